"""What docs/audit.md and docs/evidence.md show works: the program checks a copy, the commands are there."""

import re
from pathlib import Path

import click
import pytest

from hubposture.cli.main import cli
from hubposture.ledger.ledger import open_ledger
from hubposture.ports.ledger import Entry, Sought
from hubposture.verbs.audit import copied

DOCS = Path(__file__).parents[2] / "docs"


def test_the_program_that_is_shown_checks_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (DOCS / "audit.md").read_text(encoding="utf-8"), re.DOTALL)
    with open_ledger("sqlite:///ledger.sqlite", relative_to=tmp_path) as ledger:
        ledger.audit(Entry("kim ü", f"thing {one}", None, ("on", one, 1.5, True), "why \x00") for one in range(9))
        lines = list(copied(ledger, Sought()))
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "trail.ndjson"
    copy.write_text("\n".join(lines) + "\n")
    exec(program, {})
    copy.write_text("\n".join([*lines[:3], lines[3].replace("kim", "lee"), *lines[4:]]) + "\n")
    with pytest.raises(AssertionError):
        exec(program, {})


@pytest.mark.parametrize("page", ["audit.md", "evidence.md", "report.md"])
def test_every_command_and_option_that_is_shown_exists(page: str) -> None:
    found = re.findall(
        r"^hubposture ((?:audit|report) [a-z-]+)(.*)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found
    for words, rest in found:
        command: click.Command = cli
        for word in words.split():
            assert isinstance(command, click.Group)
            inner = command.get_command(click.Context(command), word)
            assert inner is not None, words
            command = inner
        options = {name for one in command.params for name in one.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options, words
