"""The fields of a table as the instance defines them, those of its parents included."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hubposture.connectors.servicenow.tables import Condition, Row, Tables

_DEEPEST: Final = 20
_DICTIONARY: Final = (
    "name",
    "element",
    "internal_type",
    "max_length",
    "read_only",
    "mandatory",
    "default_value",
    "reference",
    "active",
)
_OVERRIDE: Final = ("name", "element", "read_only", "read_only_override", "mandatory", "mandatory_override")


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """One field: its type as ServiceNow names it, the longest text (0: not said), and the table a reference leads to."""

    name: str
    type: str
    max_length: int
    is_read_only: bool
    is_mandatory: bool
    has_default: bool
    reference: str

    @property
    def is_journal(self) -> bool:
        """Whether it only takes entries and gives nothing back."""
        return self.type.startswith("journal")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The fields of a table by name; empty where the definitions may not be read. `tables`: it and its parents."""

    tables: tuple[str, ...]
    fields: Mapping[str, FieldDefinition]

    @property
    def longest(self) -> Mapping[str, int]:
        """How long texts may be, by field, where that is said."""
        return {name: one.max_length for name, one in self.fields.items() if one.max_length}


def read_dictionary(tables: Tables, table: str) -> Dictionary:
    """The fields of a table. Raises RemoteError; where rows are merely hidden from us the dictionary is empty."""
    chain = _chain(tables, table)
    found: dict[str, FieldDefinition] = {}
    named = Condition("name", chain)
    rows = list(tables.rows("sys_dictionary", (named,), _DICTIONARY, order="element"))
    # The parents first, so that what a child says of the same field counts.
    for row in sorted(rows, key=lambda row: -chain.index(row["name"].casefold())):
        if row.get("element") and row.get("active") != "false":
            found[row["element"]] = _definition(row)
    overrides = list(tables.rows("sys_dictionary_override", (named,), _OVERRIDE, order="element")) if found else []
    for row in sorted(overrides, key=lambda row: -chain.index(row["name"].casefold())):
        if (known := found.get(row.get("element", ""))) is not None:
            found[known.name] = _overridden(known, row)
    return Dictionary(chain, found)


def _chain(tables: Tables, table: str) -> tuple[str, ...]:
    """The table and those it extends, itself first; only itself where that may not be read."""
    found = [table]
    row = next(tables.rows("sys_db_object", (Condition("name", (table,)),), ("name", "super_class")), None)
    while row is not None and row.get("super_class") and len(found) < _DEEPEST:
        row = tables.one("sys_db_object", row["super_class"], ("name", "super_class"))
        if row is not None and row.get("name"):
            found.append(row["name"])
    return tuple(found)


def _definition(row: Row) -> FieldDefinition:
    longest = row.get("max_length", "")
    return FieldDefinition(
        name=row["element"],
        type=row.get("internal_type", ""),
        max_length=int(longest) if longest.isascii() and longest.isdigit() else 0,
        is_read_only=row.get("read_only") == "true",
        is_mandatory=row.get("mandatory") == "true",
        has_default=bool(row.get("default_value")),
        reference=row.get("reference", ""),
    )


def _overridden(known: FieldDefinition, row: Row) -> FieldDefinition:
    if row.get("read_only_override") == "true":
        known = replace(known, is_read_only=row.get("read_only") == "true")
    if row.get("mandatory_override") == "true":
        known = replace(known, is_mandatory=row.get("mandatory") == "true")
    return known
