"""A workbook's cells become the matrix; everything that is wrong is collected with its cell."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from hubposture.catalog import Catalog, find_standard
from hubposture.errors import Problem
from hubposture.matrix.cells import Book
from hubposture.matrix.columns import CLAUSES, CONTROLS, DETECTIONS, FRAMEWORKS, SCOPES, STANDARDS, SheetSpec
from hubposture.matrix.parameters import parameters_of
from hubposture.matrix.rows import (
    Clause,
    ControlRow,
    Detection,
    FrameworkRow,
    Matrix,
    Origin,
    Parsed,
    ScopeRow,
    StandardRow,
    Waivable,
)
from hubposture.matrix.standards import standard_named
from hubposture.matrix.tables import Table, TableRow, tables
from hubposture.matrix.values import RowReader
from hubposture.model.controls import Disposition, Severity, Standard, control_id, is_control_id
from hubposture.texts.near import nearest

Row = TypeVar("Row")
_Make = Callable[[RowReader, Origin], Row | None]

_WHOLE = frozenset({"", "*"})
_DISPOSITIONS = {"na": Disposition.NOT_APPLICABLE, "notapplicable": Disposition.NOT_APPLICABLE}


def parse(book: Book, catalog: Catalog, *, mapping: Mapping[str, str] | None = None) -> Parsed:
    """The matrix of a workbook and all problems of the file, sorted by place.

    The catalog is asked for the standards a Standards sheet may name; whether controls exist is for lint. `mapping`
    gives the meaning of foreign sheet titles and headings (`{"Control no.": "Control"}`). Rows that say nothing in an input column are
    passed over; a row without its key is a problem.
    """
    found, problems = tables(book, mapping)
    collected = list(problems)
    known = catalog.standards

    def rows(spec: SheetSpec, make: _Make[Row]) -> tuple[Row, ...]:
        return tuple(row for table in found if table.spec is spec for row in _rows(book, table, make, collected))

    matrix = Matrix(
        book=book.name,
        digest=book.digest,
        controls=rows(CONTROLS, _control),
        clauses=rows(CLAUSES, _clause),
        standards=rows(STANDARDS, lambda read, at: _standard(read, at, known)),
        scopes=rows(SCOPES, _scope),
        detections=rows(DETECTIONS, _detection),
        frameworks=rows(FRAMEWORKS, _framework),
        tables=found,
    )
    return Parsed(matrix, tuple(sorted(set(collected))))


def _rows(book: Book, table: Table, make: _Make[Row], problems: list[Problem]) -> Iterable[Row]:
    columns = table.columns
    inputs = [column.key for column in table.spec.columns if not column.ours]
    for row in table.rows:
        if not any(key in row.cells for key in inputs):
            continue
        at = Origin(book.name, table.title, row.row, columns)
        missing = [key for key in _keys(table.spec) if key not in row.cells]
        if missing:
            problems.append(_keyless(table, row, at, missing[0]))
            continue
        made = make(RowReader(row, book.name, problems), at)
        if made is not None:
            yield made


def _keys(spec: SheetSpec) -> tuple[str, ...]:
    """The columns a row cannot be without: its identity, but for the scope of a row, where blank has a meaning."""
    return tuple(key for key in spec.identity if key != "scope" or spec is SCOPES)


def _keyless(table: Table, row: TableRow, at: Origin, key: str) -> Problem:
    heading = table.spec.column(key).heading
    given = next(cell for name, cell in row.cells.items() if not name.startswith("?"))
    hint = f"write the {heading}, or clear the row; merged cells hold their value in the first row only"
    return Problem(at.at(key), f"the row says {given.text[:40]!r} but has no {heading}", hint)


def _control(read: RowReader, at: Origin) -> ControlRow | None:
    cell = read.cell("control")
    if cell is None:
        return None
    if not is_control_id(cell.text):
        read.problem(
            cell, f"{cell.text!r} is not a control id", "control ids look like S3.8; one row speaks of one control"
        )
        return None
    return ControlRow(
        control=control_id(cell.text),
        at=at,
        disposition=read.choice("disposition", Disposition, _DISPOSITIONS),
        reason=read.text("reason"),
        evidence=read.text("evidence"),
        approved_by=read.text("approved_by"),
        reference=read.text("reference"),
        expires=read.date("expires"),
        scope=_scope_name(read),
        parameters=parameters_of(read),
        owner=read.text("owner"),
        our_severity=read.choice("our_severity", Severity),
        due_days=read.number("due_days"),
        enforce_from=read.date("enforce_from"),
        waivable=_waivable(read),
        review_by=read.date("review_by"),
        clauses=read.names("clauses"),
        notes=read.text("notes"),
    )


def _scope_name(read: RowReader) -> str:
    text = read.name("scope")
    return "" if text in _WHOLE else text


def _waivable(read: RowReader) -> Waivable | None:
    cell = read.cell("waivable")
    if cell is None:
        return None
    text = cell.text.strip().casefold()
    if text.isascii() and text.isdecimal():
        days = read.number("waivable")
        return None if days is None else Waivable(days > 0, days or None)
    answer = read.yes_no("waivable")
    return None if answer is None else Waivable(answer)


def _clause(read: RowReader, at: Origin) -> Clause | None:
    name = read.name("clause")
    texts = {key: read.text(key) for key in ("title", "statement", "version", "owner", "grc_id")}
    return Clause(name, at, **texts) if name else None


def _standard(read: RowReader, at: Origin, known: tuple[Standard, ...]) -> StandardRow | None:
    cell = read.cell("standard")
    if cell is None:
        return None
    standard = standard_named(cell.text, known) or find_standard(cell.text)
    enabled, scope = read.yes_no("enabled"), _scope_name(read)
    if standard is None:
        keys = [standard.key for standard in known]
        read.problem(
            cell, f"{cell.text!r} is not a known standard", nearest(cell.text, keys) or f"known: {', '.join(keys)}"
        )
        return None
    return StandardRow(standard, at, enabled=enabled, scope=scope)


def _scope(read: RowReader, at: Origin) -> ScopeRow | None:
    name = read.name("scope")
    row = ScopeRow(
        scope=name,
        at=at,
        priority=read.number("priority"),
        ous=read.names("ous"),
        accounts=read.accounts("accounts"),
        account_tags=_tags(read),
        regions=tuple(region.casefold() for region in read.names("regions")),
        excluding=read.accounts("excluding"),
    )
    return row if name else None


def _tags(read: RowReader) -> tuple[tuple[str, str], ...]:
    cell = read.cell("account_tags")
    found: list[tuple[str, str]] = []
    for text in read.names("account_tags"):
        key, equals, value = (part.strip() for part in text.partition("="))
        if key and equals:
            found.append((key, value))
        elif cell is not None:
            read.problem(cell, f"{text!r} is not a tag", "write key=value, or key=* for any value")
    return tuple(found)


def _detection(read: RowReader, at: Origin) -> Detection | None:
    name = read.name("detection")
    row = Detection(
        detection=name,
        at=at,
        covers=read.names("covers"),
        rule=read.text("rule"),
        siem=read.text("siem"),
        owner=read.text("owner"),
        enabled=read.yes_no("enabled"),
        last_tested=read.date("last_tested"),
        max_age_days=read.number("max_age_days"),
    )
    return row if name else None


def _framework(read: RowReader, at: Origin) -> FrameworkRow | None:
    framework, requirement = read.name("framework"), read.name("requirement")
    row = FrameworkRow(framework, requirement, at, title=read.text("title"), covered_by=read.names("covered_by"))
    return row if framework and requirement else None
