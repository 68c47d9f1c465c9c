"""Whether an instance has what the settings name; everything that is missing, at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from hubposture.connectors.servicenow.dictionary import Dictionary, FieldDefinition, read_dictionary
from hubposture.connectors.servicenow.shape import SETTINGS, Dates, Mode, RecordShape, Value
from hubposture.connectors.servicenow.tables import Tables
from hubposture.errors import Problem, RemoteRefused

NEEDED: Final[Mapping[Value, int]] = {
    Value.REQUEST_ID: 26,
    Value.WAIVER_ID: 40,
    Value.DIGEST: 71,
    Value.TITLE: 80,
    Value.REASON: 255,
    Value.CONTROLS: 255,
    Value.RESOURCES: 1000,
    Value.OWNER: 80,
    Value.REQUESTER: 80,
    Value.RISK_OWNER: 80,
    Value.PREVIEW: 1000,
}
"""The shortest length of a field that serves, in characters; texts for people are cut where they are longer."""

T = TypeVar("T")

_DATES: Final = (Value.VALID_FROM, Value.UNTIL)
_DATE_TYPES: Final = {Dates.DAY: ("glide_date", "date"), Dates.MOMENT: ("glide_date_time", "due_date", "datetime")}
_APPROVERS: Final = ("approver", "state", "sysapproval", "document_id", "source_table")
_PEOPLE: Final = ("email",)
_ANSWERS: Final = ("request_item", "sc_item_option.value", "sc_item_option.item_option_new.name")


def problems(tables: Tables, shape: RecordShape) -> list[Problem]:
    """What the instance lacks, sorted by place; empty if all is well.

    Raises RemoteUnavailable, and RemoteRefused where we cannot even sign in.
    """
    found = shape.problems()
    if not shape.table:
        return sorted(found)
    unreadable = _asked(tables.any_row, shape.table, ("sys_id",))
    if isinstance(unreadable, RemoteRefused):
        hint = "correct the name, or grant the user the right to read it"
        return sorted([*found, _problem("table", f"the table {shape.table} cannot be read: {unreadable}", hint)])
    dictionary = _dictionary(tables, shape.table)
    if isinstance(dictionary, Problem):
        found.append(dictionary)
    else:
        found += _fields(shape, dictionary)
        # What an order leaves empty the catalog fills.
        found += _unfilled(shape, dictionary) if shape.mode is Mode.TABLE else ()
    found += _helpers(tables, shape)
    if shape.mode is Mode.CATALOG and shape.item:
        found += _item(tables, shape)
    return sorted(found)


def _dictionary(tables: Tables, table: str) -> Dictionary | Problem:
    hint = "grant the user the right to read sys_db_object and sys_dictionary (a read-only role does), then check again"
    try:
        dictionary = read_dictionary(tables, table)
    except RemoteRefused as error:
        _is_ours_to_tell(error)
        return _problem("table", f"the definitions of the fields of {table} cannot be read: {error}", hint)
    if not dictionary.fields:
        return _problem(
            "table", f"the definitions of the fields of {table} are hidden from us, so none is checked", hint
        )
    return dictionary


def _fields(shape: RecordShape, dictionary: Dictionary) -> Iterator[Problem]:
    """What is wrong with fields that are written, and with those that are read."""
    written: dict[str, str] = {name: f"fields.{value}" for value, name in shape.fields.items() if name}
    for value, name in shape.fields.items():
        if name:
            yield from _written(shape, value, name, dictionary)
    for name in shape.constants:
        written[name] = "constants"
        definition = dictionary.fields.get(name)
        if definition is None:
            yield _missing("constants", name, dictionary)
        elif definition.is_read_only:
            yield _problem("constants", f"{shape.table}.{name} is read-only", "leave it out")
    read = {"granted": shape.granted, "approver": shape.approver, "comments": shape.comments}
    places = [*read.items(), *(("states", one.field) for one in shape.meanings)]
    for where, name in dict.fromkeys(places):
        if name and not shape.variable_of(name) and name not in dictionary.fields and name not in written:
            yield _missing(where, name, dictionary)


def _written(shape: RecordShape, value: Value, name: str, dictionary: Dictionary) -> Iterator[Problem]:
    where, place = f"fields.{value}", f"{shape.table}.{name}"
    definition = dictionary.fields.get(name)
    if definition is None:
        yield _missing(where, name, dictionary)
        return
    if definition.is_read_only:
        yield _problem(where, f"{place} is read-only", "choose another field")
    if definition.is_journal:
        yield _problem(where, f"{place} is a journal and cannot be read back", "choose a text field")
    if 0 < definition.max_length < NEEDED.get(value, 0) and not definition.reference:
        what = f"{place} holds {definition.max_length} characters, and {value} needs {NEEDED[value]}"
        yield _problem(where, what, "make it longer, or choose another field")
    if value in _DATES and definition.type not in _DATE_TYPES[shape.dates] and _is_date(definition):
        other = next(kind for kind in Dates if kind is not shape.dates)
        yield _problem(
            where, f'{place} is of type {definition.type}, and dates is "{shape.dates}"', f'set it "{other}"'
        )
    yield from _reference(shape, value, where, definition)


def _reference(shape: RecordShape, value: Value, where: str, definition: FieldDefinition) -> Iterator[Problem]:
    lookup, place = shape.references.get(value), f"{shape.table}.{definition.name}"
    if lookup is None and definition.type == "reference":
        what = f"{place} is a reference to {definition.reference}, and {value} is a text"
        yield _problem(where, what, "choose a text field, or leave it out")
    elif lookup is not None and definition.reference not in ("", lookup.table):
        what = f"{place} is a reference to {definition.reference}, and {value} is looked up in {lookup.table}"
        yield _problem(where, what, "choose a field that refers to it")


def _unfilled(shape: RecordShape, dictionary: Dictionary) -> Iterator[Problem]:
    written = {*shape.fields.values(), *shape.constants}
    for name, definition in sorted(dictionary.fields.items()):
        needed = definition.is_mandatory and not definition.has_default and not definition.is_read_only
        if needed and name not in written and not name.startswith("sys_"):
            what = f"{shape.table}.{name} is mandatory and nothing fills it"
            yield _problem("constants", what, f'give it a value: "{name}=..."')


def _helpers(tables: Tables, shape: RecordShape) -> Iterator[Problem]:
    """The tables by which people, decisions and orders are known."""
    needs = [("sysapproval_approver", _APPROVERS, "who decided and when"), ("sys_user", _PEOPLE, "who people are")]
    if shape.mode is Mode.CATALOG:
        needs.append(("sc_item_option_mtom", _ANSWERS, "what was ordered"))
    for table, fields, what in needs:
        hint = f"grant the user the right to read {', '.join(fields)} of {table}"
        row = _asked(tables.any_row, table, fields)
        if isinstance(row, RemoteRefused):
            yield _problem("sign_in", f"{table} cannot be read, so nobody knows {what}: {row}", hint)
            continue
        hidden = [name for name in fields if row is not None and name not in row]
        if hidden:
            yield _problem("sign_in", f"{', '.join(hidden)} of {table} cannot be read, so nobody knows {what}", hint)


def _item(tables: Tables, shape: RecordShape) -> Iterator[Problem]:
    """Whether the catalog item takes our variables, and what else it asks for."""
    path = f"/api/sn_sc/servicecatalog/items/{shape.item}"
    item = _asked(tables.get, path)
    if isinstance(item, RemoteRefused):
        hint = "correct its sys_id, or make the item visible to the user"
        yield _problem("item", f"the catalog item cannot be read: {item}", hint)
        return
    known = _variables(item)
    for value, name in shape.variables.items():
        if name and name not in known:
            hint = "add it to the item, correct its name, or leave it out"
            yield _problem(f"variables.{value}", f"the catalog item has no variable {name}", hint)
    ours = set(shape.variables.values())
    for name, is_mandatory in sorted(known.items()):
        if is_mandatory and name not in ours:
            yield _problem("variables", f"the catalog item's variable {name} is mandatory and nothing fills it", "")
    granted = shape.variable_of(shape.granted)
    if granted and granted not in known and granted not in ours:
        yield _problem("granted", f"the catalog item has no variable {granted}", "correct its name, or leave it out")


def _variables(item: Any) -> dict[str, bool]:
    """The item's variables and whether each must be filled; those of variable sets lie under `children`."""
    found: dict[str, bool] = {}
    waiting = list(item.get("variables") or ()) if isinstance(item, dict) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.get("children") or ()
            if isinstance(one.get("name"), str) and one["name"]:
                found[one["name"]] = one.get("mandatory") in (True, "true")
    return found


def _asked(ask: Callable[..., T], *arguments: object) -> T | RemoteRefused:
    """What is answered, or why it is refused. That we cannot sign in is no finding about a table and is raised."""
    try:
        return ask(*arguments)
    except RemoteRefused as error:
        _is_ours_to_tell(error)
        return error


def _is_ours_to_tell(error: RemoteRefused) -> None:
    if error.code in ("401", "redirect", "invalid"):
        raise error


def _is_date(definition: FieldDefinition) -> bool:
    return any(definition.type in types for types in _DATE_TYPES.values())


def _missing(where: str, name: str, dictionary: Dictionary) -> Problem:
    extended = f" (nor {', '.join(dictionary.tables[1:])})" if dictionary.tables[1:] else ""
    what = f"{dictionary.tables[0]}{extended} has no field {name}"
    return _problem(where, what, "correct its name, add it to the table, or leave it out")


def _problem(where: str, what: str, hint: str) -> Problem:
    return Problem(f"{SETTINGS}.{where}", what, hint)
