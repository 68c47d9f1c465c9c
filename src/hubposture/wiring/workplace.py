"""Surroundings, and the place of work: a baseline repository with its settings."""

import datetime as dt
import getpass
import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hubposture.baseline.repository import open_repository
from hubposture.baseline.settings import settings_from as read_settings
from hubposture.catalog import load
from hubposture.errors import InputError, InputErrors, RemoteUnavailable
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.matrix.cells import Book
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.ports.repository import Author, Repository
from hubposture.settings.model import Settings
from hubposture.wiring.secrets import secret
from hubposture.wiring.surroundings import Surroundings, utc_now
from hubposture.workbook.read import read_book

SANDBOX_VARIABLE = "HUBPOSTURE_SANDBOX"
"""Where a served sandbox listens; `hubposture sandbox up` prints it."""

AUTHOR = Author("hubposture", "hubposture@localhost")
"""Who makes the commits that hubposture proposes."""


@dataclass(frozen=True)
class Workplace:
    """A baseline repository with its settings."""

    repository: Repository
    settings: Settings
    notes: tuple[str, ...]
    surroundings: Surroundings
    actor: str = ""

    @property
    def today(self) -> dt.date:
        """The day it is in the organization's zone."""
        return self.surroundings.now().astimezone(self.settings.zone_info).date()

    @property
    def commit(self) -> str:
        """The commit of the working tree, '' without git."""
        found = self.repository.commit()
        return found.id if found is not None else ""

    def book(self, revision: str | None = None) -> Book:
        """The workbook in the working tree or at a revision. Raises InputErrors and what the repository raises."""
        name = self.settings.files.controls
        return read_book(self.repository.read(name, revision), name=name)

    def parsed(self, revision: str | None = None) -> Parsed:
        """The matrix with all problems of its file."""
        return parse(self.book(revision), load())

    def matrix(self, revision: str | None = None) -> Matrix:
        """The matrix. Raises InputErrors with every problem of the file."""
        parsed = self.parsed(revision)
        if parsed.problems:
            raise InputErrors(parsed.problems)
        return parsed.matrix

    def organization(self, name: str | None) -> str:
        """The organization meant: the only one, or the named one. Raises InputError otherwise."""
        names = sorted(self.settings.organizations)
        if name is None and len(names) == 1:
            return names[0]
        if name in names:
            return str(name)
        raise InputError(f"--organization: name one of {', '.join(names)}" + (f", not {name}" if name else ""))

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        """The ledger, opened and closed again."""
        reference = self.settings.ledger.reference
        url = secret(reference, self.surroundings) if reference else self.settings.ledger.url
        with open_ledger(url, relative_to=self.repository.root, clock=self.surroundings.now) as found:
            yield found

    def who(self) -> str:
        """Who does this: the `actor` who is known by name, the pipeline's, or the user of the machine."""
        if self.actor:
            return self.actor
        environ = self.surroundings.environ
        return environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or getpass.getuser()


def surroundings_of(environ: Mapping[str, str]) -> Surroundings:
    """The real surroundings; where `HUBPOSTURE_SANDBOX` names a served sandbox, with its time, which may be ahead.

    Raises RemoteUnavailable where no sandbox answers there, InputError for anything but this machine.
    """
    url = environ.get(SANDBOX_VARIABLE, "")
    if not url:
        return Surroundings()
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise InputError(f"{SANDBOX_VARIABLE}: a sandbox is on this machine; unset it to work with AWS")
    try:
        with urllib.request.urlopen(f"{url}/_sandbox/", timeout=30) as answer:  # noqa: S310 (loopback, as checked)
            ahead = dt.timedelta(seconds=float(json.loads(answer.read())["ahead_seconds"]))
    except (OSError, ValueError, KeyError) as error:
        raise RemoteUnavailable(
            f"{SANDBOX_VARIABLE}: no sandbox answers at {url}; start `hubposture sandbox up`, or unset the variable"
        ) from error
    return Surroundings(now=lambda: utc_now() + ahead)


def workplace(
    directory: Path, *, settings_from: str | None = None, surroundings: Surroundings | None = None
) -> Workplace:
    """The baseline at or above a directory; `settings_from` is a git revision whose settings hold instead.

    Raises InputErrors for its settings, NoBaseline where there is none, UnknownRevision.
    """
    around = surroundings or surroundings_of(os.environ)
    repository = open_repository(directory)
    loaded = read_settings(repository, settings_from, environ=around.environ)
    return Workplace(repository, loaded.settings, loaded.notes, around)
