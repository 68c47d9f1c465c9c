"""Printing: formats, width, and progress that keeps quiet where nobody watches."""

import json
from pathlib import Path

import pytest

from hubposture.cli import output
from hubposture.views.document import Document, Lines, Text, Tone

DOCUMENT = Document("Title", [Lines([Text("bad", Tone.BAD)])], {"number": 7})


def test_each_format_is_its_own() -> None:
    assert json.loads(output.rendered(DOCUMENT, "json")) == {"title": "Title", "number": 7}
    assert output.rendered(DOCUMENT, "markdown") == "## Title\n\n- **bad**\n"
    assert output.rendered(DOCUMENT, "text") == "Title\n  bad\n"


def test_what_is_piped_has_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(DOCUMENT, "text")
    assert capsys.readouterr().out == "Title\n  bad\n"


def test_on_a_terminal_there_is_colour_and_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "70")
    long = Document("t", [Lines(["word " * 40])])
    assert "\x1b[1;31mbad" in output.rendered(DOCUMENT, "text")
    assert max(len(line) for line in output.rendered(long, "text").splitlines()[1:]) <= 70


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("reading") as told:
        told(1, 2)
    assert capsys.readouterr().err == ""


def test_progress_on_a_terminal_is_one_line_that_is_wiped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with output.progress("reading") as told:
        told(1, 2000)
    said = capsys.readouterr().err
    assert "reading: 1 of 2,000" in said
    assert said.endswith("\r\x1b[K")


def test_a_document_is_written_to_a_file_in_its_format(tmp_path: Path) -> None:
    output.write(DOCUMENT, "markdown", tmp_path / "x.md")
    assert (tmp_path / "x.md").read_text(encoding="utf-8") == "## Title\n\n- **bad**\n"
