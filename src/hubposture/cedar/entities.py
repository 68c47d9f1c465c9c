"""People, places and things as Cedar's entities in JSON."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from hubposture.access.actions import Action, Kind
from hubposture.access.people import Person
from hubposture.access.things import Account, ControlAt, Places, Subject, Thing, Unit

Json = Mapping[str, Any]


def uid(kind: str, id_: str) -> dict[str, str]:
    """A thing's type and id."""
    return {"type": kind, "id": id_}


def of_places(places: Places) -> Iterator[Json]:
    """Actions, OUs and accounts. An OU lies in its own id, and in everything above it."""
    yield from (_entity("Action", action, {}, ()) for action in Action)
    units = places.units
    for path, above in units.items():
        yield _entity(Kind.UNIT, path, {}, (uid(Kind.UNIT, one) for one in sorted(above) if one))
    for account, placed in places.accounts.items():
        names = sorted({name for unit in placed.units for name in unit if name})
        yield _entity(Kind.ACCOUNT, account, {"owner": placed.owner}, (uid(Kind.UNIT, one) for one in names))


def of_person(person: Person) -> Iterator[Json]:
    """A person and their groups."""
    attributes = {
        "address": person.name,
        "groups": list(person.groups),
        "units": [{"__entity": uid(Kind.UNIT, one)} for one in person.units],
        "accounts": [{"__entity": uid(Kind.ACCOUNT, one)} for one in person.accounts],
    }
    yield _entity("User", person.name, attributes, (uid("Group", one) for one in person.groups if one))


def of_thing(thing: Thing, places: Places) -> Iterator[Json]:
    """A thing, and its account where the organization does not know it."""
    match thing:
        case Unit(path):
            if path not in places.units:
                yield _entity(Kind.UNIT, path, {}, ())
        case Account(id_):
            yield from _unknown_account(id_, places)
        case ControlAt(control, severity, at):
            yield from of_thing(at, places)
            yield _entity(Kind.CONTROL, id_of(thing), {"control": control, "severity": severity}, (uid_of(at),))
        case Subject():
            yield from _unknown_account(thing.account, places)
            yield _entity(Kind.SUBJECT, thing.id, _attributes(thing, places), (uid(Kind.ACCOUNT, thing.account),))
        case _:
            assert_never(thing)


def uid_of(thing: Thing) -> dict[str, str]:
    """A thing's type and id."""
    return uid(thing.kind, id_of(thing))


def id_of(thing: Thing) -> str:
    """A thing's id."""
    match thing:
        case Unit(path):
            return path
        case Account(id_):
            return id_
        case ControlAt(control, _, at):
            return f"{control} {id_of(at)}"
        case Subject():
            return thing.id
        case _:
            assert_never(thing)


def _attributes(thing: Subject, places: Places) -> Json:
    return {
        "control": thing.control,
        "severity": thing.severity,
        "resourceType": thing.resource_type,
        "resource": thing.resource,
        "region": thing.region,
        "product": thing.product,
        "owner": thing.owner,
        "accountOwner": places.owner_of(thing.account),
    }


def _unknown_account(id_: str, places: Places) -> Iterator[Json]:
    if id_ not in places.accounts:
        yield _entity(Kind.ACCOUNT, id_, {"owner": ""}, ())


def _entity(kind: str, id_: str, attributes: Json, parents: Iterable[dict[str, str]]) -> Json:
    return {"uid": uid(kind, id_), "attrs": attributes, "parents": list(parents)}
