"""Checks of waivers as a document and as annotations beside the line."""

import pytest

from hubposture.matrix.lint_finding import LintFinding, error, note, warning
from hubposture.render import text
from hubposture.views import lint
from hubposture.views.document import Lines, Table, Text, Tone
from hubposture.views.waivers_check import annotations, document
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words

FINDINGS = (
    error("unapproved", "waivers/W-1.yaml:3:5", "it excuses nothing", "ask for approval"),
    error("file", "waivers/W-2.yaml", "it is no YAML"),
    warning("wide-pattern", "waivers/a b,c:d.yaml:14:2", "100% match:\nall of them", "write more"),
    note("over", "waivers/W-4.yaml:1", "it is over"),
)


def test_all_problems_are_listed_with_their_places_and_counted_by_level() -> None:
    found = document(FINDINGS, waivers=12, name="waivers")
    assert found.title == "Check of waivers"
    assert words(sections(found)[""]) == [
        "12 waivers read: 2 errors, 1 warning, 1 note",
        "While a file cannot be read whole, nothing is released.",
    ]
    table = next(block for block in found.blocks if isinstance(block, Table))
    assert words(Table((), [table.rows[0]])) == [
        "error",
        "waivers/W-1.yaml:3:5",
        "it excuses nothing",
        "ask for approval",
        "unapproved",
    ]
    assert found.data["counts"] == {"error": 2, "warning": 1, "note": 1}
    assert [one["where"] for one in found.data["findings"]] == [one.where for one in FINDINGS]


@pytest.mark.parametrize(
    ("findings", "tone", "said"),
    [
        ((), Tone.GOOD, "3 waivers read: nothing to mend"),
        (FINDINGS[2:], Tone.WARN, "3 waivers read: 1 warning, 1 note"),
        (FINDINGS[3:], Tone.GOOD, "3 waivers read: 1 note"),
    ],
)
def test_without_errors_nothing_is_said_of_releases(findings: tuple[LintFinding, ...], tone: Tone, said: str) -> None:
    lines = sections(document(findings, waivers=3, name="waivers"))[""]
    assert isinstance(lines, Lines)
    assert list(lines.lines) == [Text(said, tone)]


def test_an_annotation_stands_at_file_line_and_column_and_breaks_out_of_nothing() -> None:
    assert annotations(FINDINGS).splitlines() == [
        "::error file=waivers/W-1.yaml,line=3,col=5,title=unapproved::it excuses nothing (ask for approval)",
        "::error file=waivers/W-2.yaml,title=file::it is no YAML",
        "::warning file=waivers/a b%2Cc%3Ad.yaml,line=14,col=2,title=wide-pattern::100%25 match:%0Aall of them (write more)",
        "::notice file=waivers/W-4.yaml,line=1,title=over::it is over",
    ]
    assert annotations(()) == ""


def test_annotations_of_the_workbook_have_its_cell_in_the_title() -> None:
    found = [error("unknown-control", "Controls!A2", "there is none", "S3.8?")]
    assert lint.annotations(found, file="controls.xlsx") == (
        "::error file=controls.xlsx,title=Controls!A2 unknown-control::there is none (S3.8?)\n"
    )


def test_many_are_cut_and_the_data_has_all() -> None:
    many = [error("x", f"waivers/W-{number}.yaml:1:1", "y") for number in range(700)]
    found = document(many, waivers=700, name="waivers")
    table = next(block for block in found.blocks if isinstance(block, Table))
    assert (len(table.rows), table.more, len(found.data["findings"])) == (500, 200, 700)
    assert numbers_said(found) <= numbers_had(found)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    found = document(FINDINGS, waivers=12, name="waivers")
    assert widest(found, width) <= width
    assert "waivers/W-1.yaml:3:5" in text.render(found, width=120)
