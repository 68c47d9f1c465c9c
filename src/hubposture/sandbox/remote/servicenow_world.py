"""Tables of an emulated ServiceNow: their fields, their rows, and what becomes of values that are written."""

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hubposture.sandbox.remote.servicenow_switches import Switches

Row = dict[str, str]

_MOMENT = "%Y-%m-%d %H:%M:%S"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True)
class Field:
    """One entry of the dictionary."""

    type: str = "string"
    max_length: int = 40
    reference: str = ""
    read_only: bool = False
    mandatory: bool = False
    default: str = ""
    active: bool = True


@dataclass(slots=True)
class Table:
    """One table: what it extends, its own fields, its rows in the order they were made, the prefix of its numbers.

    `numbered` counts the records that were given a number: one that is deleted gives its number to no other.
    """

    name: str
    parent: str = ""
    prefix: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    numbered: int = 0


def sys_id(*of: str) -> str:
    """A sys_id, always the same for the same words."""
    return hashlib.md5("/".join(of).encode(), usedforsecurity=False).hexdigest()


class Tables:
    """All tables, and the clock that every write moves by a second."""

    def __init__(self, switches: Switches, *, now: dt.datetime) -> None:
        self.switches = switches
        self.now = now
        self.tables: dict[str, Table] = {}
        self.journal: dict[tuple[str, str], list[str]] = {}
        self._made = 0
        self._known: dict[str, dict[str, Field]] = {}
        self._is_remembering = False

    def add(self, table: Table) -> None:
        """Add a table."""
        self.tables[table.name] = table

    def get(self, name: str) -> Table | None:
        """A table that exists on this instance."""
        if name == "sn_compliance_policy_exception" and not self.switches.has_grc:
            return None
        return self.tables.get(name)

    def chain(self, name: str) -> Iterator[Table]:
        """A table and what it extends."""
        while (table := self.get(name)) is not None:
            yield table
            name = table.parent

    def fields(self, name: str) -> dict[str, Field]:
        """All fields of a table by name, inherited ones too; those of the child count."""
        if name in self._known:
            return self._known[name]
        found: dict[str, Field] = {}
        for table in reversed(list(self.chain(name))):
            found |= table.fields
        active = {name: one for name, one in found.items() if one.active}
        if self._is_remembering:
            self._known[name] = active
        return active

    @contextlib.contextmanager
    def remembering(self) -> Iterator[None]:
        """While one request is answered no table changes its fields."""
        self._is_remembering = True
        yield
        self._is_remembering = False
        self._known.clear()

    def rows(self, name: str) -> list[Row]:
        """The rows of a table; those of the dictionary are made from the tables themselves."""
        if name == "sys_db_object":
            return [
                {
                    "name": one.name,
                    "super_class": sys_id("table", one.parent) if one.parent else "",
                    **_made_at(one.name),
                }
                for one in self.tables.values()
                if self.get(one.name) is not None
            ]
        if name == "sys_dictionary":
            return [row for one in self.tables.values() if self.get(one.name) for row in _dictionary(one)]
        table = self.get(name)
        return [] if table is None else table.rows

    def family(self, name: str) -> list[Row]:
        """The rows of a table and of all that extend it: asking for tasks gives incidents too."""
        kin = [one for one in self.tables if one != name and any(table.name == name for table in self.chain(one))]
        return [*self.rows(name), *(row for one in kin for row in self.rows(one))]

    def row(self, name: str, identifier: str) -> Row | None:
        """A row of a table, or of one that extends it, by its sys_id."""
        for one in self.tables:
            if any(table.name == name for table in self.chain(one)):
                for row in self.rows(one):
                    if row["sys_id"] == identifier:
                        return row
        return None

    def read(self, name: str, row: Mapping[str, str], path: str) -> str | None:
        """The value of a field of a row, walked over references; None where there is no such field."""
        first, _, rest = path.partition(".")
        definition = self.fields(name).get(first)
        if definition is None or (name, first) in self.switches.hidden_fields:
            return None
        value = row.get(first, "")
        if not rest:
            return value
        if not definition.reference or not self.is_field(definition.reference, rest):
            return None
        found = self.row(definition.reference, value)
        return "" if found is None else self.read(definition.reference, found, rest)

    def is_field(self, name: str, path: str) -> bool:
        """Whether a path of fields exists and may be read."""
        first, _, rest = path.partition(".")
        definition = self.fields(name).get(first)
        if definition is None or (name, first) in self.switches.hidden_fields:
            return False
        return not rest or bool(definition.reference and self.is_field(definition.reference, rest))

    # Writing

    def insert(self, name: str, values: Mapping[str, str], *, by: str = "system", is_ours: bool = True) -> Row:
        """Make a row. What REST writes (`is_ours` false) goes through the dictionary and the switches."""
        table = self.tables[name]
        self._made += 1
        self.tick()
        row = {one: definition.default for one, definition in self.fields(name).items()}
        row |= {"sys_id": sys_id(name, str(self._made)), "sys_created_on": self.written, "sys_created_by": by}
        if table.prefix:
            table.numbered += 1
            row["number"] = f"{table.prefix}{10_000 + table.numbered:07d}"
        table.rows.append(row)
        self._write(name, row, values, by=by, is_ours=is_ours, cleared=self.switches.cleared_on_insert)
        return row

    def update(
        self, name: str, row: Row, values: Mapping[str, str], *, by: str = "system", is_ours: bool = True
    ) -> None:
        """Change a row."""
        self.tick()
        self._write(name, row, values, by=by, is_ours=is_ours, cleared=set())

    @property
    def written(self) -> str:
        """The moment now, as the Table API writes it."""
        return self.now.strftime(_MOMENT)

    def tick(self) -> None:
        """Move the clock on by a second."""
        self.now += dt.timedelta(seconds=1)

    def _write(
        self, name: str, row: Row, values: Mapping[str, str], *, by: str, is_ours: bool, cleared: set[tuple[str, str]]
    ) -> None:
        fields = self.fields(name)
        lost = self.switches.not_persisted | cleared
        for one, value in values.items():
            definition = fields.get(one)
            if definition is None or (not is_ours and (definition.read_only or (name, one) in lost)):
                continue
            if definition.type.startswith("journal"):
                entry = f"{self.written} - {by} (Additional comments)\n{value}\n\n"
                self.journal.setdefault((row["sys_id"], one), []).insert(0, entry)
                self._entered(name, row, one, value=value, by=by)
            else:
                row[one] = self._kept(definition, value)
        row["sys_updated_on"] = self.written
        row["sys_updated_by"] = by

    def _entered(self, name: str, row: Row, element: str, *, value: str, by: str) -> None:
        """Keep an entry of a journal as a row of its own too."""
        entries = self.tables.get("sys_journal_field")
        if entries is not None:
            about = {"element_id": row["sys_id"], "element": element, "name": name, "value": value}
            made = {"sys_created_on": self.written, "sys_created_by": by}
            entries.rows.append({"sys_id": sys_id("entry", str(len(entries.rows))), **about, **made})

    def _kept(self, definition: Field, value: str) -> str:
        """What a field makes of a value; what does not fit its type becomes nothing."""
        match definition.type:
            case "reference":
                return value if not value or self.row(definition.reference, value) is not None else ""
            case "glide_date":
                return value[:10] if _DATE.match(value) else ""
            case "glide_date_time":
                return _as_moment(value)
            case "integer":
                return value if value.lstrip("-").isdigit() else ""
            case _:
                return value[: definition.max_length]


def _as_moment(value: str) -> str:
    text = f"{value} 00:00:00" if len(value) == len("2026-01-01") else value
    try:
        return dt.datetime.strptime(text, _MOMENT).replace(tzinfo=dt.UTC).strftime(_MOMENT)
    except ValueError:
        return ""


def _made_at(name: str) -> Row:
    return {"sys_id": sys_id("table", name), "sys_created_on": "2020-01-01 00:00:00"}


def _dictionary(table: Table) -> Iterator[Row]:
    """The rows of the dictionary that speak of a table: one of the table itself, one of each of its own fields."""
    yield {**_blank(table.name), "element": "", "internal_type": "collection"}
    for name, one in table.fields.items():
        yield {
            **_blank(table.name, name),
            "element": name,
            "internal_type": one.type,
            "max_length": str(one.max_length),
            "reference": one.reference,
            "read_only": str(one.read_only).lower(),
            "mandatory": str(one.mandatory).lower(),
            "default_value": one.default,
            "active": str(one.active).lower(),
        }


def _blank(name: str, element: str = "") -> Row:
    return {"name": name, "sys_id": sys_id("dictionary", name, element), "sys_created_on": "2020-01-01 00:00:00"}
