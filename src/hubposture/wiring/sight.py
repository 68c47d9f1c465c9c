"""What whoever runs a command may see, and whether they may run the service's own work, where the rules are enforced."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.people import person_key
from hubposture.access.residual import NOTHING
from hubposture.access.things import ROOT, Places, Unit
from hubposture.cedar.access import CedarAccess
from hubposture.filters.tree import EVERYTHING, Filter
from hubposture.ports.lake import NoSuchVersion, Snapshot
from hubposture.wiring.access import access_over, guard_at, is_enforced, read_access_file
from hubposture.wiring.store import Store
from hubposture.wiring.workplace import Workplace


def seen_here(at: Workplace, store: Store, *, revision: str | None = None) -> Filter:
    """The subjects that whoever runs this may view; everything where nothing is asked, and for the service itself.

    Where nothing was ever synced that is nothing. Raises InputErrors for rules with problems.
    """
    if not is_enforced(at) or is_service(at):
        return EVERYTHING
    found = read_access_file(at, revision)
    person = at.settings.access.people.named(at.who())
    try:
        with store.reader.snapshot() as whole:
            return access_over(at, found, whole).rules.visible(person, Action.VIEW)
    except NoSuchVersion:
        return NOTHING


@contextmanager
def seen_snapshot(
    at: Workplace, store: Store, *, day: dt.date | None = None, revision: str | None = None
) -> Iterator[Snapshot]:
    """The newest version, or the last one of a day, with only what whoever runs this may view. Raises NoSuchVersion."""
    within = seen_here(at, store, revision=revision)
    with store.reader.snapshot(day=day, within=within) as snapshot:
        yield snapshot


def demand_everything(at: Workplace, store: Store, what: str, *, revision: str | None = None) -> None:
    """Go on only if whoever runs this sees everything: what comes out is about all of it. Raises NotAllowed."""
    if seen_here(at, store, revision=revision) != EVERYTHING:
        guard_at(at, store.name, Action.VIEW, [Unit(ROOT)], revision=revision)
        raise NotAllowed(f"{what} is about all findings, and {at.who()} may view only some of them")


def demand_service(at: Workplace, name: str, *, revision: str | None = None) -> None:
    """Go on only if this is the service or the pipeline by the settings, or who may administer. Raises NotAllowed."""
    if not is_enforced(at) or is_service(at):
        return
    try:
        guard_at(at, name, Action.ADMINISTER, [Unit(ROOT)], revision=revision)
    except NoSuchVersion:  # nothing was synced yet; who may administer does not depend on it
        person, whole = at.settings.access.people.named(at.who()), Unit(ROOT)
        decided = CedarAccess(read_access_file(at, revision).rules, Places({})).allowed(
            person, Action.ADMINISTER, whole
        )
        if not decided.is_allowed:
            raise NotAllowed(decided.sentence(person, Action.ADMINISTER, whole)) from None


def is_service(at: Workplace) -> bool:
    """Whether this is run under a name that the settings give to the pipeline or the service (access.services)."""
    return person_key(at.who()) in {person_key(one) for one in at.settings.access.services}
