"""Whether an instance takes our tickets: everything that would fail, before the first one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hubposture.connectors.servicenow.dictionary import Dictionary, FieldDefinition, read_dictionary
from hubposture.connectors.servicenow.tables import Condition, Tables
from hubposture.connectors.servicenow.ticket_comments import ENTRIES
from hubposture.connectors.servicenow.ticket_lookups import Lookups
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.errors import RemoteRefused
from hubposture.ports.tracker import Doubt
from hubposture.work.ticket import Route

_KEY_LENGTH: Final = 17
_CHOICES: Final = "sys_choice"
_REFERENCES: Final = {"group": "sys_user_group", "assignee": "sys_user"}
_NOT_SIGNED_IN: Final = ("401", "redirect", "invalid")


def doubts(tables: Tables, shape: TicketShape, lookups: Lookups, *, routes: Sequence[Route]) -> tuple[Doubt, ...]:
    """What will fail, or may, sorted by place. Raises RemoteUnavailable, and RemoteRefused where we cannot sign in."""
    found = list(_of_the_shape(shape))
    try:
        tables.any_row(shape.table, ("sys_id",))
    except RemoteRefused as error:
        _raise_if_not_signed_in(error)
        hint = "correct its name, or grant the user the right to read it"
        return _sorted([*found, _doubt(shape, "table", f"{shape.table} cannot be read: {error}", hint)])
    dictionary = _dictionary(tables, shape)
    if isinstance(dictionary, Doubt):
        found.append(dictionary)
    else:
        found += [*_fields(shape, dictionary), *_unfilled(shape, dictionary), *_choices(tables, shape, dictionary)]
    found += [*_routes(shape, lookups, routes), *_journals(tables, shape)]
    return _sorted(found)


def _of_the_shape(shape: TicketShape) -> Iterator[Doubt]:
    """What contradicts itself, whatever the instance holds."""
    for name in ("key", "title"):
        if not getattr(shape, name):
            yield _doubt(shape, f"fields.{name}", f"no field is named for the {name}", "name one")
    if not shape.done:
        yield _doubt(shape, "states.done", "nothing means done", "name FIELD=VALUE")
    if shape.is_done(shape.open) or not shape.open:
        yield _doubt(shape, "states.open", "what is written to open a record again does not open it", "correct it")
    for outcome, pairs in shape.outcomes.items():
        if not shape.is_done(pairs):
            place = f"states.{outcome.name.lower()}"
            yield _doubt(shape, place, "what is written there is not among states.done", "add it to one of them")


def _dictionary(tables: Tables, shape: TicketShape) -> Dictionary | Doubt:
    hint = "grant the user the right to read sys_db_object, sys_dictionary and sys_dictionary_override"
    try:
        dictionary = read_dictionary(tables, shape.table)
    except RemoteRefused as error:
        _raise_if_not_signed_in(error)
        what = f"the definitions of the fields of {shape.table} cannot be read, so none is checked: {error}"
        return _doubt(shape, "table", what, hint, is_error=False)
    if not dictionary.fields:
        what = f"the definitions of the fields of {shape.table} are hidden from us, so none is checked"
        return _doubt(shape, "table", what, hint, is_error=False)
    return dictionary


def _fields(shape: TicketShape, dictionary: Dictionary) -> Iterator[Doubt]:
    for place, name in _written(shape).items():
        definition = dictionary.fields.get(name)
        if definition is None:
            extended = f" (nor {', '.join(dictionary.tables[1:])})" if dictionary.tables[1:] else ""
            what = f"{shape.table}{extended} has no field {name}"
            yield _doubt(shape, place, what, "correct its name, add it to the table, or leave it out")
            continue
        if definition.is_read_only:
            yield _doubt(shape, place, f"{shape.table}.{name} is read-only", "choose another field")
        if misfit := _misfit(shape, place, definition):
            yield _doubt(shape, place, misfit, "choose another field")
    for name in shape.states:
        if name not in dictionary.fields:
            yield _doubt(shape, "states.done", f"{shape.table} has no field {name}", "correct its name")


def _misfit(shape: TicketShape, place: str, definition: FieldDefinition) -> str:
    """Why a field does not serve for what is written there; ''."""
    what, name = place.removeprefix("fields."), f"{shape.table}.{definition.name}"
    if what == "comment":
        return "" if definition.is_journal else f"{name} is no journal, and every comment would replace the one before"
    if definition.is_journal:
        return f"{name} is a journal and cannot be read back"
    if what == "key" and 0 < definition.max_length < _KEY_LENGTH:
        return f"{name} holds {definition.max_length} characters, and the key needs {_KEY_LENGTH}"
    if what in _REFERENCES and definition.reference not in ("", _REFERENCES[what]):
        return f"{name} is a reference to {definition.reference}, and not to {_REFERENCES[what]}"
    if what in ("key", "title", "body", "due") and definition.type == "reference":
        return f"{name} is a reference to {definition.reference}, and {what} is none"
    return ""


def _written(shape: TicketShape) -> dict[str, str]:
    """Every field that is written, by the place in the settings that says so."""
    ours = ("key", "title", "body", "comment", "group", "assignee", "due", "parent")
    found = {f"fields.{one}": str(getattr(shape, one)) for one in ours if getattr(shape, one)}
    for place, pairs in _pairs(shape):
        found |= {f"{place}: {name}": name for name in pairs}
    return found


def _pairs(shape: TicketShape) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "constants", shape.constants
    yield "states.open", shape.open
    for outcome, pairs in shape.outcomes.items():
        yield f"states.{outcome.name.lower()}", pairs
    for severity, pairs in shape.severities.items():
        yield f"severities.{severity.lower()}", pairs


def _unfilled(shape: TicketShape, dictionary: Dictionary) -> Iterator[Doubt]:
    """Fields that a new record must have and that nothing fills."""
    filled = {shape.key, shape.title, shape.body, *shape.constants}
    filled |= {name for pairs in shape.severities.values() for name in pairs}
    for name, one in sorted(dictionary.fields.items()):
        is_needed = one.is_mandatory and not one.has_default and not one.is_read_only and not name.startswith("sys_")
        if is_needed and name not in filled and name != shape.group:
            what = f"{shape.table}.{name} is mandatory and nothing fills it"
            yield _doubt(shape, "constants", what, f'give it a value: "{name}=..."')


def _choices(tables: Tables, shape: TicketShape, dictionary: Dictionary) -> Iterator[Doubt]:
    """Values that are written and may not be chosen in the instance; a field without choices takes any."""
    written = [(place, name, value) for place, pairs in _pairs(shape) for name, value in pairs.items()]
    names = tuple(sorted({name for _, name, _ in written if name in dictionary.fields}))
    try:
        rows = list(_choice_rows(tables, dictionary, names))
    except RemoteRefused as error:
        _raise_if_not_signed_in(error)
        rows = []
    if names and not rows:
        hint = f"grant the user the right to read {_CHOICES}"
        yield _doubt(shape, "states", "what may be chosen is hidden from us and not checked", hint, is_error=False)
    known = _allowed(rows, dictionary)
    for place, name, value in written:
        if name in known and value not in known[name]:
            what = f"{value!r} is no choice of {shape.table}.{name}; there are {', '.join(sorted(known[name]))}"
            yield _doubt(shape, place, what, "write one of them as the instance stores it")


def _choice_rows(tables: Tables, dictionary: Dictionary, names: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    if names:
        by = (Condition("name", dictionary.tables), Condition("element", names))
        yield from tables.rows(_CHOICES, by, ("name", "element", "value", "inactive"))


def _allowed(rows: Sequence[Mapping[str, str]], dictionary: Dictionary) -> dict[str, set[str]]:
    """What may be chosen, by field; the choices of the nearest table that has any count."""
    found: dict[str, set[str]] = {}
    for table in reversed(dictionary.tables):
        own: dict[str, set[str]] = {}
        for row in rows:
            if row.get("name", "").casefold() == table.casefold() and row.get("inactive") != "true":
                own.setdefault(row.get("element", ""), set()).add(row.get("value", ""))
        found |= own
    return found


def _routes(shape: TicketShape, lookups: Lookups, routes: Sequence[Route]) -> Iterator[Doubt]:
    for route in routes:
        wanted = (
            ("group", "sys_user_group", route.group, lookups.group, True),
            ("assignee", "sys_user", route.assignee, lookups.user, False),
            ("parent", "task", route.parent, lookups.record, False),
        )
        if route.place not in ("", shape.table):
            what = f"tickets are made in {shape.table}, and not in {route.place}"
            yield Doubt(f"{shape.name} {route.team}", what, "correct servicenow.table")
        for field, table, named, look_up, is_error in wanted:
            if not named or not getattr(shape, field):
                continue
            try:
                missing = not look_up(named)
            except RemoteRefused as error:
                _raise_if_not_signed_in(error)
                yield Doubt(
                    f"{shape.name} {route.team}", f"{field} {named} cannot be looked up: {error}", _reads(table)
                )
                continue
            if missing:
                what = f"{field} {named}: there is not exactly one active row of {table}, or none that we may see"
                yield Doubt(f"{shape.name} {route.team}", what, "correct teams.yaml, or make it", is_error=is_error)


def _journals(tables: Tables, shape: TicketShape) -> Iterator[Doubt]:
    if not shape.comment:
        return
    try:
        row = tables.any_row(ENTRIES, ("element", "value"))
    except RemoteRefused as error:
        _raise_if_not_signed_in(error)
        row = None
    if row is None or not row.get("element"):
        what = (
            f"no entry of {ENTRIES} can be seen; where the record does not show its {shape.comment} to us either, marks "
            f"of comments are kept in {shape.body or 'nothing'}"
        )
        yield _doubt(shape, "fields.comment", what, _reads(ENTRIES), is_error=False)


def _raise_if_not_signed_in(error: RemoteRefused) -> None:
    if error.code in _NOT_SIGNED_IN:
        raise error


def _reads(table: str) -> str:
    return f"grant the user the right to read {table}"


def _doubt(shape: TicketShape, place: str, what: str, hint: str, *, is_error: bool = True) -> Doubt:
    return Doubt(f"{shape.name} {shape.setting(place)}", what, hint, is_error)


def _sorted(found: Sequence[Doubt]) -> tuple[Doubt, ...]:
    return tuple(sorted(set(found), key=lambda one: (not one.is_error, one.where, one.what)))
