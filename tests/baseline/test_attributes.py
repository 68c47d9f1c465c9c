from pathlib import Path

from baseline_world import git, needs_git, new_repository
from hubposture.baseline.attributes import attributes, ignored


def test_the_workbooks_line_is_added_once_and_other_lines_stay() -> None:
    once = attributes("*.txt text", workbook="controls.xlsx")
    assert once == "*.txt text\ncontrols.xlsx -text diff=hubposture merge=hubposture\n"
    assert attributes(once, workbook="controls.xlsx") == once


def test_the_local_ledger_is_never_committed() -> None:
    assert ignored("") == ".hubposture/\n"
    assert ignored(ignored("*.tmp\n")) == "*.tmp\n.hubposture/\n"


def test_git_reads_the_line_as_it_is_meant(tmp_path: Path) -> None:
    needs_git()
    root = new_repository(tmp_path)
    for workbook in ("controls.xlsx", "our matrix.xlsx"):
        (root / ".gitattributes").write_text(attributes("", workbook=workbook))
        said = git(root, "check-attr", "text", "diff", "merge", "--", workbook)
        assert [line.rpartition(": ")[2] for line in said.splitlines()] == ["unset", "hubposture", "hubposture"]
