"""The weekly report: everything it says, gathered from the version of the week's end and the one before the week."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hubposture.catalog import find_standard, standard_title
from hubposture.filters import EVERYTHING, Filter
from hubposture.ports.lake import LakeReader, NoSuchVersion, Snapshot
from hubposture.posture.scores import Score
from hubposture.verbs.movement import read_movement
from hubposture.verbs.posture import aws_score, level
from hubposture.verbs.report_change import looked
from hubposture.verbs.report_parts import FAILING, LATE, Part, difference, late, waivers_of
from hubposture.verbs.report_rows import read_part, worst
from hubposture.verbs.report_scope import dimension_of, find_scope, key_of, listed, within_of
from hubposture.verbs.report_tickets import tickets_of
from hubposture.verbs.trend import read_trend
from hubposture.views.movement import Level, Movement
from hubposture.views.posture_rows import AwsScore
from hubposture.views.report.model import Covered, Figure, Line, Of, OverdueRow, Report, Scope, Tickets
from hubposture.views.report.week import days_of, week_of
from hubposture.views.trend import Week
from hubposture.views.words import SEVERITIES
from hubposture.work.ticket import Ticket

WEEKS = 13
"""How far the trend goes back."""
_NAMES = ("as is", "without waivers", "as if nothing were off or waived")
_OWNER_NOTE = (
    "Of what this owner has by the chain of owners as it is now: a row, the resource, its tags, its account, its OU. Weeks "
    "are not drawn as a line: whose a resource was is known only as long as the findings of a day are kept."
)
_OWNERS_GONE = (
    "--owner: the findings of {day} are no longer kept, so whose they were is not known; ask within lake.full_days, or freeze "
    "the report every week"
)
_PART_NOTE = "Only what you may see is in this report."


@dataclass(frozen=True, slots=True)
class Means:
    """What a report is gathered from.

    `coverage` gives what the workbook covers, or why that cannot be told; `tickets` are all of the organization, None
    where no tracker is set. `now` is naive UTC, `today` the day in the organization's `zone`. `visible` is what who asks may
    take out: nothing else is in the report.
    """

    organization: str
    reader: LakeReader
    coverage: Callable[[], Sequence[Covered] | str]
    tickets: Sequence[Ticket] | None
    now: dt.datetime
    today: dt.date
    zone: dt.tzinfo = dt.UTC
    visible: Filter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which week, and of what: at most one of OU, account and owner."""

    week: str
    ou: str | None = None
    account: str | None = None
    owner: str | None = None


def read_report(means: Means, wanted: Wanted) -> Report:
    """The report of a week. Raises InputError, NoSuchVersion where the lake does not reach back to it."""
    begin, end = days_of(wanted.week)
    if begin > means.today:
        raise NoSuchVersion(f"--week {wanted.week}: it begins on {begin.isoformat()}, which is still to come")
    with _asked(means, wanted, end) as (scope, within), means.reader.snapshot(day=end, within=within) as now:
        is_of_owner = scope.of is Of.OWNER
        if is_of_owner and not is_full(now):
            raise NoSuchVersion(_OWNERS_GONE.format(day=end))
        with _before(means.reader, begin, within) as before:
            known = before if before is None or not is_of_owner or is_full(before) else None
            gathering = _Gathering(means, scope, begin, end, now, known, within, was_there=before is not None)
            return gathering.report()


@contextmanager
def _asked(means: Means, wanted: Wanted, end: dt.date) -> Iterator[tuple[Scope, Filter]]:
    """What the report is of, by all that may be seen, and what of each version it reads."""
    with means.reader.snapshot(day=end, within=means.visible) as all_of_it:
        scope = find_scope(all_of_it, ou=wanted.ou, account=wanted.account, owner=wanted.owner)
        yield scope, within_of(wanted.owner, means.visible)


def is_full(snapshot: Snapshot) -> bool:
    """Whether the findings of a version are kept: without them nobody knows whose a resource was."""
    try:
        snapshot.findings_of("")
    except NoSuchVersion:
        return False
    return True


@contextmanager
def _before(reader: LakeReader, begin: dt.date, within: Filter) -> Iterator[Snapshot | None]:
    """The version before the week; None where there is none."""
    day = begin - dt.timedelta(days=1)
    if not any(one <= day for one in reader.days()):
        yield None
        return
    with reader.snapshot(day=day, within=within) as snapshot:
        yield snapshot


@dataclass(frozen=True, slots=True)
class _Gathering:
    """One report in the making."""

    means: Means
    scope: Scope
    begin: dt.date
    end: dt.date
    now: Snapshot
    before: Snapshot | None
    within: Filter
    was_there: bool

    def report(self) -> Report:
        """All of it."""
        part = read_part(self.now, self.scope)
        old = read_part(self.before, self.scope) if self.before is not None else None
        movement, why = self._movement()
        whole, was = part.score, old.score if old else None
        begun = Report(
            organization=self.means.organization,
            scope=self.scope,
            week=week_of(self.begin),
            begin=self.begin,
            end=self.end,
            version=self.now.number,
            at=self.now.at,
            made_at=self.means.now,
            before_at=self.before.at if self.before is not None else None,
            lines=tuple(_lines(whole, was)),
            accounts=Line("accounts with all met", level(whole.accounts), level(was.accounts) if was else None),
            open=_figure(whole.failing, was.failing if was else None, listed(self.scope, FAILING)),
            overdue=tuple(self._overdue(part, old)),
            movement=movement,
            movement_why=why,
            notes=tuple(self._notes()),
        )
        return self._unseen(self._ranked(begun, part, old), part, old)

    def _ranked(self, begun: Report, part: Part, old: Part | None) -> Report:
        """With what led here, and who has most open."""
        of = self.scope.of
        return replace(
            begun,
            trend=tuple(self._trend()),
            looked=looked(self.means.reader, (self.before, self.now), old, part),
            ous=worst("ou", part, old) if of in (Of.ORGANIZATION, Of.OU) else (),
            worst_accounts=worst("account", part, old) if of is not Of.ACCOUNT else (),
            controls=worst("control", part, old),
            owners=worst("owner", part, old) if of in (Of.ORGANIZATION, Of.OU) else (),
            late=late(part),
        )

    def _unseen(self, begun: Report, part: Part, old: Part | None) -> Report:
        """With what is waived, hidden, lost and not measured, and how others count."""
        whole, was = part.score, old.score if old else None
        ending, hidden, unapproved = waivers_of(self.now, self.scope, self.means.zone)
        covered, notes = self._coverage()
        waived = listed(self.scope, "obligation=yes status=FAILED waived=yes")
        return replace(
            begun,
            waived=_figure(whole.waived, was.waived if was else None, waived),
            unapproved=Figure(unapproved, None, listed(self.scope, "unapproved=yes")),
            ending=ending,
            hidden=hidden,
            lost=part.lost,
            not_measured=part.not_measured,
            lost_subjects=_figure(whole.lost, was.lost if was else None),
            silent=_figure(whole.not_measured, was.not_measured if was else None),
            missing=_figure(whole.missing, was.missing if was else None),
            coverage=covered,
            tickets=self._tickets(),
            aws=tuple(_aws(part)),
            aws_before=was.aws.score.nearest if was else None,
            difference=difference(part, self.now),
            notes=(*begun.notes, *notes),
        )

    def _movement(self) -> tuple[Movement | None, str]:
        if self.before is None and self.was_there:
            return None, "The findings of the week before are no longer kept, so whose they were is not known."
        if self.before is None:
            return None, "Nothing was synced before this week, so there is nothing to compare with."
        if self.before.number == self.now.number:
            return None, "Nothing was synced in this week, so nothing can have moved."
        found = read_movement(
            self.means.reader, self.before, self.now, dimension=dimension_of(self.scope), key=key_of(self.scope)
        )
        return found, ""

    def _overdue(self, part: Part, old: Part | None) -> Iterator[OverdueRow]:
        for severity in SEVERITIES:
            one = part.by_severity(severity)
            was = old.by_severity(severity) if old else None
            if one.failing or (was and was.failing):
                rated = f"severity={severity}"
                yield OverdueRow(
                    severity,
                    _figure(one.overdue, was.overdue if was else None, listed(self.scope, LATE, rated)),
                    _figure(one.failing, was.failing if was else None, listed(self.scope, FAILING, rated)),
                    one.oldest,
                )

    def _trend(self) -> list[Week]:
        if self.scope.of is Of.OWNER:
            return []  # whose what was is known of few days only, and a line with holes would mislead
        found = read_trend(
            self.means.reader, weeks=WEEKS, dimension=dimension_of(self.scope), key=key_of(self.scope), until=self.end,
            within=self.within,
        )  # fmt: skip
        return found[-WEEKS:]

    def _coverage(self) -> tuple[tuple[Covered, ...], list[str]]:
        if self.scope.of is not Of.ORGANIZATION or self.means.visible != EVERYTHING:
            return (), []
        found = self.means.coverage()
        if isinstance(found, str):
            return (), [f"Coverage is not told: {found}"]
        return tuple(found), []

    def _tickets(self) -> Tickets | None:
        if self.means.tickets is None:
            return None
        return tickets_of(self.means.tickets, self.now, self.scope, begin=self.begin, end=self.end)

    def _notes(self) -> Iterator[str]:
        if self.end >= self.means.today:
            yield f"The week is not over yet: this is how it stood at {self.now.at:%Y-%m-%d %H:%M} UTC."
        elif self.now.at.date() < self.begin:
            yield f"Nothing was synced in this week; what is shown is of {self.now.at:%Y-%m-%d %H:%M} UTC."
        if self.scope.of is Of.OWNER:
            yield _OWNER_NOTE
        if self.means.visible != EVERYTHING:
            yield _PART_NOTE


def _lines(whole: Score, was: Score | None) -> Iterator[Line]:
    for name, pick in zip(_NAMES, _PICKS, strict=True):
        yield Line(name, pick(whole), pick(was) if was else None)


_PICKS: Sequence[Callable[[Score], Level]] = (
    lambda score: level(score.as_is),
    lambda score: level(score.without_waivers),
    lambda score: level(score.nothing_off),
)


def _figure(now: int, before: int | None, filtered: str = "") -> Figure:
    return Figure(now, before, filtered)


def _aws(part: Part) -> Iterator[AwsScore]:
    yield aws_score("all standards", part.score.aws)
    for one in part.standards:
        known = find_standard(one.standard)
        found = aws_score(standard_title(known) if known else one.standard, one.aws)
        if found.passed + found.failed + found.unknown + found.no_data + found.disabled:
            yield found
