"""Printing documents, progress, and the options commands share."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from hubposture.errors import InputError
from hubposture.ports.hub import Progress
from hubposture.render import json, markdown, text
from hubposture.views.document import Document, Heading

F = TypeVar("F", bound=Callable[..., Any])

_PIPED_WIDTH = 120
_NARROWEST = 60


def format_option(command: F) -> F:
    """`--format text|json|markdown`."""
    choice = click.Choice(["text", "json", "markdown"])
    return click.option("--format", "form", type=choice, default="text", show_default=True, help="How it is shown.")(
        command
    )


limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Rows of each table."
)


def joined(one: Document, other: Document, *, key: str) -> Document:
    """Two documents as one; the data of the other stands under `key`."""
    return Document(one.title, (*one.blocks, Heading(other.title), *other.blocks), {**one.data, key: other.data})


def show(document: Document, form: str) -> None:
    """Print a document; colour and the terminal's width only on a terminal."""
    click.echo(rendered(document, form), nl=False)


def rendered(document: Document, form: str) -> str:
    """A document in one of the formats of `format_option`."""
    match form:
        case "json":
            return json.render(document)
        case "markdown":
            return markdown.render(document)
        case _:
            on_terminal = sys.stdout.isatty()
            width = shutil.get_terminal_size().columns if on_terminal else _PIPED_WIDTH
            return text.render(document, width=max(_NARROWEST, width), colour=on_terminal)


def write(document: Document, form: str, path: Path) -> None:
    """Write a document to a file in a format."""
    path.write_text(rendered(document, form), encoding="utf-8")


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """The values of an option that is given as NAME=VALUE, each once or more; an empty value is one."""
    found: dict[str, str] = {}
    for given in texts:
        name, equals, value = given.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {given}: write NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A progress line on standard error, only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return

    def show_progress(done: int, total: int) -> None:
        click.echo(f"\r{what}: {done:,} of {total:,}\033[K", nl=False, err=True)

    try:
        yield show_progress
    finally:
        click.echo("\r\033[K", nl=False, err=True)
