"""Commands on a small organization with waivers, run as a user does in a terminal or in a pipe."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
import pytest

from baseline_world import commit_all, new_repository
from holds.waivers_world import WaiversWorld
from hubposture.cli.main import run
from hubposture.wiring import Surroundings, Workplace, workplace

_MODULES = (
    "dojo", "findings", "listen", "notify", "posture", "report_weekly", "run", "sync", "ticket_reading",
    "ticket_writing", "waiver_enforce", "waiver_reading", "waiver_requesting", "waiver_writing",
)  # fmt: skip
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TIMES = re.compile(
    r"\bon the \d+\b|\d+ (?:days?|h|min|s)\b|\d{4}-\d\d(-\d\d)?(T[\d:.]+Z)?|\b\d{1,2} [A-Z][a-z]{2}( \d{4})?\b|\b\d\d:\d\d\b"
)
_NUMBER = re.compile(r"(?<![\w.:/#-])\d[\d,]*(?![\w.:/-])")


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Mapping[str, Any]:
        """Its JSON."""
        found: Mapping[str, Any] = orjson.loads(self.out)
        return found

    @property
    def text(self) -> str:
        """All it said, with single blanks, so that it does not matter where lines break."""
        return " ".join((self.out + self.err).split())


@dataclass
class Commands:
    """Runs commands in the baseline of a world, whose clock and AWS they are given; `environ` is added to its variables."""

    there: WaiversWorld
    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> Said:
        """Run one in a pipe."""
        self._around()
        self.capsys.readouterr()
        status = run(["-C", str(self.there.directory), *arguments])
        told = self.capsys.readouterr()
        return Said(status, told.out, told.err)

    def on_terminal(self, columns: int, *arguments: str) -> Said:
        """Run one on a terminal of a width; colours are taken out."""
        with self.patch.context() as patch:
            patch.setattr("sys.stdout.isatty", lambda: True, raising=False)
            patch.setenv("COLUMNS", str(columns))
            said = self(*arguments)
        return Said(said.status, _COLOUR.sub("", said.out), said.err)

    def json(self, *arguments: str) -> Mapping[str, Any]:
        """The data of one that is shown."""
        return self(*arguments, "--format", "json").data

    def settings(self, more: str) -> None:
        """Add lines to the settings."""
        path = self.there.directory / "hubposture.toml"
        path.write_text(path.read_text() + more)

    def commit(self) -> str:
        """Make the baseline a repository of git if it is none, and commit what is there."""
        if not (self.there.directory / ".git").exists():
            new_repository(self.there.directory)
            (self.there.directory / ".gitignore").write_text(".hubposture/\n")
        return commit_all(self.there.directory)

    def workplace(self) -> Workplace:
        """The baseline as a command finds it."""
        return workplace(self.there.directory, surroundings=self._surroundings())

    def _surroundings(self) -> Surroundings:
        around = self.there.around.made()
        return replace(around, environ={**around.environ, **self.environ})

    def _around(self) -> None:
        around = self._surroundings()
        for name in _MODULES:
            self.patch.setattr(f"hubposture.cli.{name}.workplace", partial(workplace, surroundings=around))


def numbers_in(text: str) -> set[int]:
    """The whole numbers of a text that are no part of a name, a day or an age."""
    return {int(one.replace(",", "")) for one in _NUMBER.findall(_TIMES.sub("", text))}


def numbers_of(value: Any) -> Iterator[int]:
    """The whole numbers of data, those in its texts, and how long its lists are."""
    match value:
        case bool() | None:
            return
        case Mapping():
            for one in value.values():
                yield from numbers_of(one)
        case list():
            yield len(value)
            for one in value:
                yield from numbers_of(one)
        case str():
            yield from numbers_in(value)
        case _:
            yield int(value)
