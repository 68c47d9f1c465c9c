"""Commands that the docs, the workflow and the action show exist, with the options shown."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from hubposture.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
FILES = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "src/hubposture/baseline/templates").iterdir(),
        ROOT / "action.yml",
    }
    - {ROOT / "docs" / "commands.md"}
)
_SHOWN = re.compile(r"(?<![\w./-])hubposture ((?:-C|[a-z])[^`\n|;&()#\[\]]*)")
_ENDS = {"||", "&&", ">", ">>", "2>", "#", ")"}


def shown(path: Path) -> Iterator[list[str]]:
    """The arguments of every command of ours that a file shows in code."""
    text = path.read_text(encoding="utf-8")
    code = re.findall(r"`+[^`]+`+", text) if path.suffix == ".md" else [text]
    for piece in code:
        for found in _SHOWN.findall(piece.replace("\\\n", " ")):
            words = found.replace("'", "").replace('"', "").split()
            end = next((at for at, word in enumerate(words) if word in _ENDS), len(words))
            if words and words[0] in COMMANDS:
                yield words[:end]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    group: click.Command = cli
    left = list(words)
    while left and isinstance(group, click.Group):
        name = left.pop(0)
        found = group.get_command(click.Context(group), name)
        assert found is not None, name
        group = found
    return group, left


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_what_is_shown_can_be_typed(path: Path) -> None:
    for words in shown(path):
        assert find_spec(COMMANDS[words[0]][0].partition(":")[0]), f"{words[0]} does not exist yet"
        command, arguments = command_of(words)
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        used = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        assert used <= options, words


def test_the_first_steps_are_among_what_is_checked() -> None:
    assert {words[0] for words in shown(ROOT / "README.md")} >= {"census", "init", "plan", "apply"}
