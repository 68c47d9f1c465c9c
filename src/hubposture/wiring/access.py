"""The access rules of a baseline over an organization, and the one place where the command line asks them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hubposture.access.actions import Action
from hubposture.access.decision import Decision, NotAllowed
from hubposture.access.people import Person
from hubposture.access.things import ROOT, Account, Places, Thing, Unit
from hubposture.cedar.access import CedarAccess
from hubposture.cedar.check import read_rules
from hubposture.errors import HubpostureError, InputError
from hubposture.filters import EVERYTHING
from hubposture.matrix.lint_finding import LintFinding, warning
from hubposture.ports.access import Access, ReadRules
from hubposture.ports.lake import Snapshot
from hubposture.ports.repository import FileMissing
from hubposture.reconcile.plan import Plan
from hubposture.verbs.access import Means, any_of_subjects, places_of, subjects_of
from hubposture.verbs.access_check import check_access
from hubposture.wiring.connection import Connection
from hubposture.wiring.owners import owner_chain
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import open_store
from hubposture.wiring.workplace import Workplace

_CHUNK = 2_000
_FEW = 3


@dataclass(frozen=True, slots=True)
class AccessFile:
    """The rules with everything that is wrong with them; `is_shipped` where the baseline has no file of its own."""

    rules: ReadRules
    is_shipped: bool


def read_access_file(at: Workplace, revision: str | None = None) -> AccessFile:
    """The rules of the working tree, or of a git revision: in a pull request the base branch's must hold."""
    name = at.settings.files.access
    try:
        raw = at.repository.read(name, revision)
    except FileMissing:
        shipped = resources.files("hubposture.baseline").joinpath("templates", "access.cedar")
        return AccessFile(read_rules(shipped.read_text(encoding="utf-8"), f"{name} (shipped)"), is_shipped=True)
    try:
        return AccessFile(read_rules(raw.decode("utf-8-sig"), name), is_shipped=False)
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: it is not UTF-8 (byte {error.start})") from error


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """The rules over a version of an organization, and what finds things in it."""

    rules: Access
    means: Means


@contextmanager
def open_access(at: Workplace, name: str, *, revision: str | None = None) -> Iterator[OpenAccess]:
    """The rules over the newest version of an organization. Raises InputErrors for rules with problems, NoSuchVersion."""
    found = read_access_file(at, revision)
    with at.ledger() as ledger, open_store(at, name, ledger) as store, store.reader.snapshot() as snapshot:
        yield access_over(at, found, snapshot)


def access_over(at: Workplace, found: AccessFile, snapshot: Snapshot) -> OpenAccess:
    """The rules over a version. Raises InputErrors for rules with problems."""
    places = places_of(snapshot, owner_chain(at))
    return OpenAccess(CedarAccess(found.rules, places), Means(snapshot, places))


def known_places(at: Workplace) -> Places | None:
    """Every account of every organization that was synced; None where none can be read. For checks only."""
    found: list[Places] = []
    url = at.settings.ledger.url
    if url.startswith("sqlite:") and not (at.repository.root / Path(url.removeprefix("sqlite:///"))).is_file():
        return None  # a check makes no ledger
    for name in at.settings.organizations:
        try:
            with at.ledger() as ledger, open_store(at, name, ledger) as store, store.reader.snapshot() as snapshot:
                found.append(places_of(snapshot, owner_chain(at)))
        except HubpostureError:
            continue
    if len(found) < len(at.settings.organizations):
        return None
    return Places({account: placed for one in found for account, placed in one.accounts.items()})


def access_findings(at: Workplace, found: AccessFile) -> tuple[LintFinding, ...]:
    """Everything that is wrong or doubtful in the rules and in what the settings say of people; errors first."""
    settings = at.settings
    people, name = settings.access.people, settings.files.access
    findings = check_access(found.rules, people=people, places=known_places(at), file=name, is_shipped=found.is_shipped)
    if settings.access.enforce and settings.ledger.reference is None and not has_shared_ledger(at):
        hint = "name a PostgreSQL in ledger.url"
        what = "access.enforce holds for shared ledgers; with this one nothing is asked"
        return (*findings, warning("access-alone", "hubposture.toml: access.enforce", what, hint))
    return findings


def is_enforced(at: Workplace) -> bool:
    """Whether the command line asks the rules: where the settings say so and the ledger is shared."""
    return at.settings.access.enforce and has_shared_ledger(at)


def has_shared_ledger(at: Workplace) -> bool:
    """Whether the ledger is in PostgreSQL."""
    reference = at.settings.ledger.reference
    url = secret(reference, at.surroundings) if reference else at.settings.ledger.url
    return url.startswith("postgresql")


def guard(connection: Connection, action: Action, things: Sequence[Thing], *, revision: str | None = None) -> None:
    """Go on only if whoever runs this may do it to every one of these things. Raises NotAllowed, naming the rules.

    Where access is not enforced nothing is asked.
    """
    guard_at(connection.workplace, connection.name, action, things, revision=revision)


def guard_at(
    at: Workplace, name: str | None, action: Action, things: Sequence[Thing], *, revision: str | None = None
) -> None:
    """The same without reaching for AWS; `name` is the organization asked for, None for the only one."""
    if not is_enforced(at):
        return
    person = at.settings.access.people.named(at.who())
    with open_access(at, at.organization(name), revision=revision) as access:
        _all_or_none(access.rules, person, action, things)


def guard_administration(at: Workplace, name: str, *, revision: str | None = None) -> None:
    """Go on only if whoever runs this may administer hubposture. Raises NotAllowed, naming the rules.

    Where access is not enforced nothing is asked.
    """
    if is_enforced(at):
        with open_access(at, name, revision=revision) as access:
            _all_or_none(access.rules, at.settings.access.people.named(at.who()), Action.ADMINISTER, [Unit(ROOT)])


def guard_plan(connection: Connection, plan: Plan, *, has_policies: bool, revision: str | None = None) -> None:
    """The same for every account in which a plan changes something; policies are about the organization as a whole."""
    accounts = sorted({place.account for place in plan.edits})
    things: list[Thing] = [Unit(ROOT)] if has_policies else []
    guard(connection, Action.APPLY_CONTROLS, [*things, *map(Account, accounts)], revision=revision)


def guard_waiver(
    connection: Connection,
    action: Action,
    subjects: Sequence[str],
    *,
    waiver: str,
    requested_by: str = "",
    by: str | None = None,
    revision: str | None = None,
) -> None:
    """The same for every subject that a waiver matches, for whoever runs this and for `by`, in whose name it is done.

    Where it matches nothing, only who may do it to any subject may do it. Raises NotAllowed, naming the rules.
    """
    at = connection.workplace
    if not is_enforced(at):
        return
    people = [at.settings.access.people.named(name) for name in dict.fromkeys((at.who(), by or at.who()))]
    with open_access(at, connection.name, revision=revision) as access:
        for person in people:
            if not subjects:
                _without_subjects(access.rules, person, action, waiver, requested_by)
            for first in range(0, len(subjects), _CHUNK):
                wanted = any_of_subjects(subjects[first : first + _CHUNK])
                found = subjects_of(access.means.snapshot, wanted, most=_CHUNK)
                if len(found) < len(subjects[first : first + _CHUNK]):
                    raise NotAllowed(f"{waiver}: what it matches changed just now, so nothing was done; run it again")
                _all_or_none(access.rules, person, action, found, requested_by=requested_by)


def _all_or_none(
    rules: Access, person: Person, action: Action, things: Sequence[Thing], *, requested_by: str = ""
) -> None:
    decided = rules.all_allowed(person, action, things, requested_by=requested_by)
    refused = [(thing, one) for thing, one in zip(things, decided, strict=True) if not one.is_allowed]
    if refused:
        raise NotAllowed(_said(person, action, refused, len(things)))


def _said(person: Person, action: Action, refused: Sequence[tuple[Thing, Decision]], number: int) -> str:
    lines = [decision.sentence(person, action, thing) for thing, decision in refused[:_FEW]]
    more = f" (and {len(refused) - _FEW:,} more)" if len(refused) > _FEW else ""
    said = ". ".join(lines) + more
    part = f" Refused for {len(refused):,} of {number:,}, so nothing was done." if number > 1 else ""
    return f"{said}.{part} `hubposture access explain {person.name} {action} RESOURCE` says more"


def _without_subjects(rules: Access, person: Person, action: Action, waiver: str, requested_by: str) -> None:
    if rules.visible(person, action, requested_by=requested_by) != EVERYTHING:
        raise NotAllowed(
            f"{waiver} matches nothing now, so only who may {action} everywhere may do it; {person.name} may not"
        )
