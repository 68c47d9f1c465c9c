"""Gather: findings from the API, with the survey beside them when it is due."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from hubposture.errors import RemoteError
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target, Unreadable
from hubposture.ports.census import CensusReader
from hubposture.ports.lake import Dimensions, LakeReader, NoSuchVersion
from hubposture.ports.ledger import Failure
from hubposture.verbs.dimensions import Row, Rules, Sighting, dimensions
from hubposture.verbs.plan import Planned
from hubposture.verbs.sync import ApiCursor, ApiMeans, Synced, is_due, settle, sync_api

_ACCOUNTS = "SELECT account, name, alias, shown, state, ou, ou_path, owner FROM accounts ORDER BY account"
_TARGETS = (
    "SELECT account, region, sight, because, way, enablement, wishes, swept_at FROM targets ORDER BY account, region"
)


@dataclass(frozen=True)
class Means:
    """What gathering needs. `plan` surveys and plans; `first_seen` says since when each control has been known."""

    api: ApiMeans
    census: CensusReader
    lake: LakeReader
    plan: Callable[[], Planned]
    first_seen: Callable[[Planned], Mapping[ControlId, dt.datetime | None]]
    rules: Rules
    zone: ZoneInfo
    sweep_every: dt.timedelta
    survey_every: dt.timedelta


@dataclass(frozen=True, slots=True)
class _Before:
    """What the lake said before of accounts and targets."""

    tables: Mapping[str, list[Row]]

    @property
    def live(self) -> list[str]:
        """The accounts that were live."""
        return [str(row[0]) for row in self.tables.get("accounts", ()) if row[4] in ("active", "management")]


def gather(means: Means, *, sweep: bool = False, survey: bool = False) -> Synced:
    """Read what is new; sweep and survey where asked for, or due. A sweep always comes with a survey.

    Raises RemoteError where the organization itself cannot be read; whatever else fails is listed in the result.
    """
    cursor, now = means.api.cursor(), means.api.now()
    accounts = [] if survey else _before(means).live
    sweep = sweep or not accounts or cursor.sweep_is_due(now, means.sweep_every, accounts)
    planned = None
    if survey or sweep or is_due(cursor.surveyed, now, means.survey_every):
        planned = means.plan()
        accounts = [one.id for one in planned.survey.organization.accounts.values() if one.state.is_live]
        sweep = sweep or cursor.sweep_is_due(now, means.sweep_every, accounts)
    done = sync_api(means.api, sorted(accounts), sweep=sweep)
    if planned is None:
        return done
    failures: list[Failure] = []
    found = _dimensions(means, planned, means.api.cursor(), failures, sweep=sweep)
    folded = done.folded + settle(means.api, found)
    return replace(done, folded=folded, settled=True, failures=(*done.failures, *failures))


def _before(means: Means) -> _Before:
    try:
        with means.lake.snapshot() as snapshot:
            tables = {"accounts": snapshot.execute(_ACCOUNTS, {}), "targets": snapshot.execute(_TARGETS, {})}
    except NoSuchVersion:
        return _Before({})
    return _Before(tables)


def _dimensions(
    means: Means, planned: Planned, cursor: ApiCursor, failures: list[Failure], *, sweep: bool
) -> Dimensions:
    """The dimensions; recorders are asked only together with a sweep, for nothing is gone without one."""
    before = _before(means)
    now = means.api.now().replace(tzinfo=dt.UTC).astimezone(means.zone)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC).replace(tzinfo=None)
    failures += unread(planned)
    sighting = Sighting(
        members=_members(means, planned, failures),
        recorders=_recorders(means, planned, failures) if sweep else {},
        swept=cursor.complete,
        fresh=cursor.fresh,
    )
    return dimensions(
        planned, sighting, rules=means.rules, today=today, earlier=before.tables,
        known_since=means.first_seen(planned), frozen=cursor.is_frozen(means.api.now()),
    )  # fmt: skip


def unread(planned: Planned) -> list[Failure]:
    """Targets that should have been readable."""
    readings = planned.survey.readings
    return _failures(planned, [one for one in readings if isinstance(one, Unreadable) and not one.expected])


def _failures(planned: Planned, unread: Iterable[Unreadable], what: str = "") -> list[Failure]:
    """One failure for all Regions of an account that have the same reason."""
    regions: dict[tuple[str, str], list[str]] = {}
    for one in unread:
        regions.setdefault((one.target.account, f"{one.because}: {one.detail}"), []).append(one.target.region)
    accounts = planned.survey.organization.accounts
    return [
        Failure(f"{what}{accounts[one].shown} in {', '.join(sorted(found))}", why)
        for (one, why), found in sorted(regions.items())
    ]


def _members(means: Means, planned: Planned, failures: list[Failure]) -> set[str] | None:
    try:
        members = means.census.members(planned.survey.organization)
    except RemoteError as error:
        failures.append(Failure("members", str(error)))
        return None
    return {one.account for one in members if one.status == "Enabled"}


def _recorders(means: Means, planned: Planned, failures: list[Failure]) -> dict[Target, str]:
    """Each target's recorder: '' where it records, else what is amiss; targets that cannot be asked are missing."""
    targets = [one.target for one in planned.survey.readings if not isinstance(one, Unreadable)]
    found: dict[Target, str] = {}
    silent: list[Unreadable] = []
    for one in means.census.recorders(targets):
        if isinstance(one, Unreadable):
            silent.append(one)
        else:
            found[one.target] = "" if one.is_on else one.detail or "off"
    failures += _failures(planned, silent, "recorders of ")
    return found
