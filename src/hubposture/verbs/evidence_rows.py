"""What the workbook said of a control, and from which commit on."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hubposture.catalog import Catalog, standard_title
from hubposture.errors import HubpostureError, InputErrors
from hubposture.matrix.coverage import OWN, coverage
from hubposture.matrix.rows import ControlRow, Matrix, Parsed
from hubposture.model.controls import ControlId, Standard
from hubposture.ports.hub import Progress
from hubposture.ports.repository import Commit
from hubposture.views.coverage import texts
from hubposture.views.evidence.model import Held, Item, Row, RowsAt, Text

_CELLS = (
    ("Disposition", "disposition"), ("Reason", "reason"), ("Evidence", "evidence"), ("Approved by", "approved_by"),
    ("Reference", "reference"), ("Expires", "expires"), ("Scope", "scope"), ("Clauses", "clauses"),
    ("Parameters", "parameters"), ("Owner", "owner"), ("Our severity", "our_severity"), ("Due days", "due_days"),
    ("Enforce from", "enforce_from"), ("Waivable", "waivable"), ("Review by", "review_by"), ("Notes", "notes"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """A version of the workbook: the commit, what it says (None where it cannot be read), and its bytes."""

    held: Held
    matrix: Matrix | None
    raw: bytes


def holding(line: Sequence[Commit], begin: dt.datetime, end: dt.datetime) -> list[Commit]:
    """Of a main line (newest first) what held when the period began and what came in it, the oldest first."""
    found: list[Commit] = []
    for one in line:
        if one.at > end:
            continue
        found.append(one)
        if one.at <= begin:
            break
    return found[::-1]


def read_books(
    commits: Sequence[Commit | None],
    *,
    raw: Callable[[str | None], bytes],
    parsed: Callable[[bytes], Parsed],
    progress: Progress | None,
) -> Iterator[Book]:
    """The workbook at each of these commits; None stands for the working tree."""
    for number, commit in enumerate(commits):
        if progress is not None:
            progress(number, len(commits))
        held = Held("", None, "", "") if commit is None else Held(
            commit.id, commit.at, f"{commit.author} <{commit.email}>", commit.subject
        )  # fmt: skip
        yield _book(held, raw, parsed)


def _book(held: Held, raw: Callable[[str | None], bytes], parsed: Callable[[bytes], Parsed]) -> Book:
    data = b""
    try:
        data = raw(held.id or None)
        found = parsed(data)
    except (HubpostureError, OSError) as error:
        return Book(replace(held, trouble=_said(error)), None, data)
    first = f"; of {len(found.problems)} problems the first: {found.problems[0]}" if found.problems else ""
    trouble = f"what could not be read of it is blank here{first}" if first else ""
    return Book(replace(held, digest=found.matrix.digest, trouble=trouble), found.matrix, data)


def _said(error: Exception) -> str:
    if isinstance(error, InputErrors):
        return f"{len(error.problems)} problems, the first: {error.problems[0]}"
    return str(error)


def rows_of(books: Sequence[Book], control: str) -> Sequence[RowsAt]:
    """The rows of a control at the first version, and at every later one in which they say something else or stand elsewhere."""
    found: list[RowsAt] = []
    for book in books:
        if book.matrix is None:
            found.append(RowsAt(book.held, ()))
            continue
        rows = tuple(_row(row) for row in book.matrix.controls if row.control == control)
        if not found or found[-1].rows != rows or found[-1].held.trouble:
            found.append(RowsAt(book.held, rows))
    return found


def _row(row: ControlRow) -> Row:
    cells = [(heading, _shown(getattr(row, name))) for heading, name in _CELLS]
    return Row(
        row.at.at("disposition"),
        row.scope,
        str(row.disposition or ""),
        tuple((one, text) for one, text in cells if text),
    )


def _shown(value: Any) -> str:
    """A cell as text; '' for a blank one."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(f"{one[0]}={_shown(one[1])}" if isinstance(one, tuple) else str(one) for one in value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(getattr(value, "value", value))


def clauses_of(books: Sequence[Book]) -> Mapping[str, list[Text]]:
    """The clauses that each control serves in any version of the period, as they read in the latest that has them."""
    found: dict[str, dict[str, Text]] = {}
    known: dict[str, Text] = {}
    for book in books:
        if book.matrix is not None:
            known |= {one.clause: Text(one.clause, one.title, one.statement) for one in book.matrix.clauses}
            for row in book.matrix.controls:
                for clause in row.clauses:
                    found.setdefault(row.control, {})[clause] = known.get(clause, Text(clause, ""))
    return {control: [known.get(name, text) for name, text in those.items()] for control, those in found.items()}


def items_of(book: Book | None, catalog: Catalog, standard: Standard | None, day: dt.date) -> Sequence[Item]:
    """What covers each requirement of the standard, or each clause (None), by a version of the workbook."""
    if book is None or book.matrix is None:
        return ()
    found = coverage(book.matrix, catalog, today=day, standards=() if standard is None else (standard,))
    groups = {OWN} if standard is None else {standard_title(standard)}
    return [Item(**texts(one)) for one in found.items if one.group in groups]


def requirement_texts(catalog: Catalog, control: str, standard: Standard, numbers: str) -> list[Text]:
    """The requirements of a standard that a control serves: those the hub named, else those the catalog knows."""
    known = catalog.requirements(ControlId(control), standard)
    said = [one.strip() for one in numbers.split(",") if one.strip()] or list(known)
    titles = {
        number: "; ".join(one.title for one in served)
        for number, served in catalog.controls_by_requirement(standard).items()
    }
    return [Text(number, titles.get(number, "")) for number in said]
