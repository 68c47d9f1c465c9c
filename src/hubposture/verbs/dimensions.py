"""Dimensions: what a survey and the matrix say of accounts, targets and controls, as tables beside the findings."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from hubposture.catalog import Catalog
from hubposture.controls.desired import Wish
from hubposture.controls.state import TargetState, Universe
from hubposture.findings.tables import DECIDED, DIMENSIONS
from hubposture.matrix.decisions import Decision
from hubposture.matrix.rows import Waivable
from hubposture.model.controls import ControlId, Disposition, Severity
from hubposture.model.organization import Account, Organization
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.ports.lake import Dimensions
from hubposture.verbs.plan import Planned, cell

Row = tuple[object, ...]
Tables = Mapping[str, Sequence[Row]]

RECORDER = "AWS Config does not record"
"""How the reason begins of a target that is lost because its recorder is off."""
_LEFT = "the account left the organization"
_UNLINKED = "the Region is no longer linked"
_LOST = (Because.SUSPENDED, Because.CLOSING, Because.HUB_OFF)
_CLOSED = (Because.NOT_OPTED_IN, Because.CLOSED_REGION)
_REFRESHED = dt.timedelta(hours=48)
"""Control findings refresh at least every 24 hours; twice that without any is no delay."""
_URL = "https://docs.aws.amazon.com/console/securityhub/{}/remediation"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say: `due_days` by severity, 0 for none; `owner_tags` in the order in which they are tried."""

    owner_tags: Sequence[str] = ("owner",)
    due_days: Mapping[Severity, int] = field(default_factory=dict)
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known beyond the survey.

    `members` are the accounts that Security Hub lists as enabled members, None where that could not be read.
    `recorders` say of a target whether AWS Config records there; targets that were not asked are missing.
    `swept` is the start of the last complete sweep by account. `fresh` is by account when the newest finding that a sweep
    saw there was updated.
    """

    members: Collection[str] | None = None
    recorders: Mapping[Target, str] = field(default_factory=dict)
    swept: Mapping[str, dt.datetime] = field(default_factory=dict)
    fresh: Mapping[str, dt.datetime] = field(default_factory=dict)


def dimensions(
    planned: Planned,
    sighting: Sighting,
    *,
    rules: Rules,
    today: dt.datetime,
    earlier: Tables,
    known_since: Mapping[ControlId, dt.datetime | None],
    frozen: bool,
) -> Dimensions:
    """The dimension tables of a survey.

    `today` is the beginning of the organization's day as naive UTC. `earlier` are the tables of the version before:
    accounts and targets that the organization no longer has stay as left or lost. Nothing is taken for gone where the
    members could not be read. Decisions and waivers are not among the tables: they stay as `LakeWriter.decided` wrote
    them, whenever that was.
    """
    organization = planned.survey.organization
    enablement = _Profiles()
    wishes = _Profiles()
    made = _Wishes(planned, rules, today)
    sights = _Sights(planned, sighting, earlier)
    targets: list[Row] = []
    for reading in planned.survey.readings:
        target = reading.target
        sight, because = sights.of(reading)
        on = enablement.key(*_enablement(reading, planned))
        wanted = ""
        if sight != "closed" and target.region in planned.survey.definitions:
            wanted = wishes.key(made.signature(target), partial(made.rows, target))
        way = str(reading.governance.way) if isinstance(reading, TargetState) else ""
        swept = sighting.swept.get(target.account)
        targets.append((target.account, target.region, sight, because, way, on, wanted, swept))
    tables: dict[str, Sequence[Row]] = {
        "accounts": [*_accounts(organization, rules), *_left(organization, earlier)],
        "units": sorted(_units(organization)),
        "targets": sorted([*targets, *_no_more(targets, organization, earlier)]),
        "enablement": enablement.rows(),
        "wishes": wishes.rows(),
        "controls": sorted(_controls(planned.catalog, known_since)),
        "standards": sorted(_standards(planned.catalog)),
    }
    assert set(tables) == {table.name for table in DIMENSIONS if table not in DECIDED}
    recorded = [(target.account, target.region) for target, why in sighting.recorders.items() if not why]
    return Dimensions(tables, frozen=frozen or sighting.members is None, recorded=recorded)


# --- accounts --------------------------------------------------------------------------------------------------------


def _accounts(organization: Organization, rules: Rules) -> Iterator[Row]:
    for account in sorted(organization.accounts.values(), key=lambda one: one.id):
        unit = organization.units.get(account.ou)
        path = unit.path if unit is not None else ""
        owner = owner_of(account, rules.owner_tags)
        yield account.id, account.name, account.alias, account.shown, str(account.state), account.ou, path, owner


def owner_of(account: Account, tags: Sequence[str]) -> str:
    """The value of the first of these tags that the account has, whatever the casing of its name; '' if none."""
    held = {name.casefold(): value for name, value in account.tags.items()}
    return next((held[tag.casefold()] for tag in tags if held.get(tag.casefold())), "")


def _left(organization: Organization, earlier: Tables) -> Iterator[Row]:
    for row in earlier.get("accounts", ()):
        if row[0] not in organization.accounts:
            yield (*row[:4], "left", *row[5:])


def _units(organization: Organization) -> Iterator[Row]:
    for account in organization.accounts.values():
        for unit in organization.lineage(account.ou):
            yield unit.path, account.id, unit.id


# --- targets ---------------------------------------------------------------------------------------------------------


class _Sights:
    """Whether and why each target is seen."""

    def __init__(self, planned: Planned, sighting: Sighting, earlier: Tables) -> None:
        self._administrator = planned.survey.organization.administrator
        self._sighting = sighting
        self._before = {row[:2]: str(row[3]) for row in earlier.get("targets", ())}
        self._newest = max(sighting.fresh.values(), default=None)

    def of(self, reading: TargetState | Unreadable) -> tuple[str, str]:
        """The target's sight and why, as in the `targets` table."""
        if isinstance(reading, Unreadable):
            return self._unreadable(reading)
        target, members = reading.target, self._sighting.members
        if members is not None and target.account not in members and target.account != self._administrator:
            return "lost", "the account is no enabled member of Security Hub"
        recorder = self._sighting.recorders.get(target)
        if recorder is None:
            recorder = self._recorder_before(target)
        return ("lost", f"{RECORDER}: {recorder}") if recorder else ("seen", "")

    def _unreadable(self, reading: Unreadable) -> tuple[str, str]:
        why = f"{reading.because}: {reading.detail}" if reading.detail else str(reading.because)
        if reading.because in _CLOSED:
            return "closed", why
        return ("lost" if reading.because in _LOST or self._is_stale(reading.target) else "unreadable"), why

    def _is_stale(self, target: Target) -> bool:
        """Whether findings of an account came before and no longer do, though it was swept since."""
        last, swept = self._sighting.fresh.get(target.account), self._sighting.swept.get(target.account)
        if last is None or swept is None or self._newest is None:
            return False
        return last < min(self._newest, swept) - _REFRESHED

    def _recorder_before(self, target: Target) -> str:
        """Why the recorder was off when it was last asked; '' where it was on or nobody knows."""
        because = self._before.get((target.account, target.region), "")
        return because.removeprefix(f"{RECORDER}: ") if because.startswith(RECORDER) else ""


def _no_more(targets: Sequence[Row], organization: Organization, earlier: Tables) -> Iterator[Row]:
    """Targets of before that are none now: their account left, or their Region is no longer linked."""
    now = {row[:2] for row in targets}
    for row in earlier.get("targets", ()):
        if row[:2] not in now:
            why = _UNLINKED if row[0] in organization.accounts else _LEFT
            yield (*row[:2], "lost", why, "", "", "", row[7])


def _enablement(reading: TargetState | Unreadable, planned: Planned) -> tuple[object, Callable[[], Iterator[Row]]]:
    """What targets that are alike share, and how to make its rows; nothing is known of an unreadable one."""
    if isinstance(reading, Unreadable):
        return None, lambda: iter(())
    signature = (reading.known, reading.enabled, reading.parameters, reading.standards | reading.settling)
    return signature, partial(_enabled, reading, planned)


def _enabled(reading: TargetState, planned: Planned) -> Iterator[Row]:
    universe: Universe = planned.survey.universe
    parameters = {
        control: ", ".join(f"{name}={value}" for name, value in values) for control, values in reading.parameters
    }
    for standard, control in universe.decode(reading.known):
        if standard in reading.standards | reading.settling:
            is_on = bool(reading.enabled >> universe.index[standard, control] & 1)
            yield standard.key, control, is_on, parameters.get(control, "")


class _Profiles:
    """Rows that many targets share, kept once under a key made from what they say."""

    def __init__(self) -> None:
        self._keys: dict[object, str] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}

    def key(self, signature: object, make: Callable[[], Iterator[Row]]) -> str:
        """The key of the rows; `make` is asked only for a signature that was not seen before."""
        if signature not in self._keys:
            rows = tuple(sorted(make()))
            digest = hashlib.blake2b(repr(rows).encode(), digest_size=8).hexdigest() if rows else ""
            self._keys[signature] = digest
            self._rows[digest] = rows
        return self._keys[signature]

    def rows(self) -> list[Row]:
        """Every row with its key before it, sorted."""
        return [(key, *row) for key in sorted(self._rows) for row in self._rows[key]]


# --- wishes ----------------------------------------------------------------------------------------------------------


class _Wishes:
    """What the matrix wants of each kind of target."""

    def __init__(self, planned: Planned, rules: Rules, today: dt.datetime) -> None:
        self._planned = planned
        self._rules = rules
        self._today = today

    def signature(self, target: Target) -> object:
        """Equal for targets with equal wishes."""
        return self._planned.resolution.signature(target), id(self._planned.wishes.of(target)), target.region

    def rows(self, target: Target) -> Iterator[Row]:
        """The wishes of a target, in the order of the table's columns without the key."""
        wish = self._planned.wishes.of(target)
        here = self._planned.survey.definitions[target.region].controls
        for control, decision in self._planned.resolution.decisions(self._planned.resolution.signature(target)).items():
            definition = here.get(control)
            if decision.disposition is not None and definition is not None and definition.available:
                yield self._row(control, decision, wish, definition.severity)

    def _row(self, control: ControlId, decision: Decision, wish: Wish, severity: Severity) -> Row:
        ours = decision.our_severity or severity
        days = decision.due_days if decision.due_days is not None else self._rules.due_days.get(ours, 0)
        due = self._today - dt.timedelta(days=days) if days else None
        in_force = self._is_in_force(control, decision, wish)
        waivable = _waivable(decision.waivable)
        texts = decision.owner, cell(decision)
        return control, str(decision.disposition), in_force, str(ours), due, *texts, waivable, days or -1

    def _is_in_force(self, control: ControlId, decision: Decision, wish: Wish) -> bool:
        settling, grace = self._planned.rules.settling, self._rules.grace_days
        return in_force(control, decision, wish, settling=settling, grace_days=grace, today=self._today.date())


def in_force(
    control: ControlId,
    decision: Decision,
    wish: Wish,
    *,
    settling: Collection[ControlId],
    grace_days: int,
    today: dt.date,
) -> bool:
    """Whether subjects of a control are obligations where this is decided: enforced, begun, not settling, checked there."""
    begins = decision.enforce_from
    has_begun = begins is None or begins + dt.timedelta(days=grace_days) <= today
    is_enforced = decision.disposition is Disposition.ENFORCE
    return is_enforced and has_begun and control not in settling and control not in wish.elsewhere


def _waivable(cell: Waivable | None) -> int:
    """For how many days waivers may run: -1 without a limit, 0 where none is allowed."""
    if cell is None:
        return -1
    if not cell.allowed:
        return 0
    return -1 if cell.max_days is None else cell.max_days


# --- controls --------------------------------------------------------------------------------------------------------


def _controls(catalog: Catalog, known_since: Mapping[ControlId, dt.datetime | None]) -> Iterator[Row]:
    for one in catalog.controls.values():
        since = known_since.get(one.id)
        naive = since.astimezone(dt.UTC).replace(tzinfo=None) if since is not None else None
        yield one.id, one.shown, one.title, one.service, str(one.severity), _URL.format(one.shown), naive


def _standards(catalog: Catalog) -> Iterator[Row]:
    for one in catalog.controls.values():
        for standard, numbers in one.membership:
            yield standard.key, one.id, ", ".join(numbers)
