"""The page of operations: a summary for everybody, and who, what and why for those who run hubposture itself."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.forms import Button, Form
from hubposture.views.pages.parts import Banner, Column, Facts, Grid, Link, Page, PageCell, Part, Tile, Tiles
from hubposture.views.words import age, day, moment

HREF = "/operations"
CHECK = "/operations/check"
_FEW = 10
_LONG = 400
_TWO_MINUTES = 120
_TONES = {
    "done": Tone.GOOD, "failed": Tone.BAD, "incomplete": Tone.WARN, "interrupted": Tone.WARN, "running": Tone.STRONG,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of a verb; `has_page` where its changes have one. Times are aware and UTC."""

    id: str
    verb: str
    who: str
    started: dt.datetime
    ended: dt.datetime | None
    status: str
    counts: Mapping[str, int]
    failures: Sequence[tuple[str, str]]
    has_page: bool


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job and its schedule; times are aware and UTC."""

    name: str
    schedule: str
    zone: str
    next_at: dt.datetime | None
    last_ended: dt.datetime | None
    last_status: str
    last_detail: str
    holder: str
    is_late: bool
    is_failed: bool


@dataclass(frozen=True, slots=True)
class Connector:
    """Another system by what came of the last things that were asked of it; times are naive UTC, None for never.

    `waiting` is how many things wait for it, `what` says of what kind.
    """

    name: str
    good_at: dt.datetime | None
    bad_at: dt.datetime | None
    failure: str
    waiting: int
    what: str

    @property
    def is_failing(self) -> bool:
        """Whether the last that is known of it is a failure."""
        return bool(self.failure) and (self.good_at is None or self.bad_at is None or self.bad_at >= self.good_at)


@dataclass(frozen=True, slots=True)
class LakeFacts:
    """The newest version and what is kept; times are naive UTC. `bytes` are those of its files, 0 where unknown."""

    version: int
    at: dt.datetime
    kept: int
    bytes: int
    needs_compaction: bool
    synced_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Blind:
    """A target that cannot be read (`unreadable`) or was lost sight of, and how many checks were lost with it.

    `reason` and `review_by` are those of the settings where it is known to be so.
    """

    account: str
    shown: str
    region: str
    sight: str
    because: str
    swept_at: dt.datetime | None
    lost: int
    reason: str = ""
    review_by: dt.date | None = None
    is_overdue: bool = False


@dataclass(frozen=True)
class Operations:
    """Everything; runs the newest first."""

    runs: Sequence[RunRow]
    jobs: Sequence[JobRow]
    connectors: Sequence[Connector]
    lake: LakeFacts
    blind: Sequence[Blind]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the connectors found: where, what, and whether it will fail."""

    where: str
    what: str
    is_error: bool


def page(
    found: Operations, *, now: dt.datetime, is_whole: bool, may_check: bool, checked: Sequence[Checked] | None
) -> Page:
    """The page; `is_whole` with who, why and how. `now` is aware UTC. `checked` is what a check found just now."""
    parts: list[Part] = [*_banners(found), Tiles(_tiles(found, now))]
    if checked is not None:
        parts += [Heading("Checked just now"), _checked(checked)]
    parts += [Heading("Schedules"), _jobs(found.jobs, is_whole=is_whole)]
    parts += [Heading("Connectors"), _connectors(found.connectors, now, is_whole=is_whole)]
    if may_check and found.connectors:
        parts.append(Form("Ask the connectors", CHECK, (), (Button("Check now"),)))
    parts += [Heading("Runs"), _runs(found.runs, is_whole=is_whole)]
    if is_whole:
        parts += _failures(found.runs)
    parts += [Heading("Lake"), _lake(found.lake, now), Heading("What cannot be seen"), _blind(found.blind)]
    if not is_whole:
        parts.append(
            Lines((Text("Who ran what and why something failed is shown to those who run hubposture.", Tone.DIM),))
        )
    return Page("Operations", parts, place="Operations")


def _banners(found: Operations) -> Iterator[Part]:
    late = [one.name for one in found.jobs if one.is_late]
    if late:
        yield Banner((f"{counted(len(late), 'job')} late: {', '.join(late)}. Does `hubposture listen` run?",))
    overdue = [one for one in found.blind if one.is_overdue]
    if overdue:
        yield Banner((f"{counted(len(overdue), 'unreadable target')} past the day of review.",))


def _tiles(found: Operations, now: dt.datetime) -> Sequence[Tile]:
    naive = _naive(now)
    failed = [one for one in found.jobs if one.is_failed]
    broken = [one for one in found.connectors if one.is_failing]
    last = found.runs[0] if found.runs else None
    synced = found.lake.synced_at
    return (
        Tile("Last sync", _ago(synced, naive), f"version {found.lake.version:,}"),
        Tile("Last run", last.status if last else "none", f"{last.verb}, {moment(last.started)} UTC" if last else "",
             tone=_TONES.get(last.status, Tone.PLAIN) if last else Tone.PLAIN),
        Tile("Jobs failing", f"{len(failed):,}", f"of {len(found.jobs):,}", tone=Tone.BAD if failed else Tone.PLAIN),
        Tile("Connectors failing", f"{len(broken):,}", f"of {len(found.connectors):,}", tone=Tone.BAD if broken else Tone.PLAIN),
        Tile("Targets not seen", f"{len(found.blind):,}", "unreadable or lost", tone=Tone.WARN if found.blind else Tone.PLAIN),
    )  # fmt: skip


def _jobs(found: Sequence[JobRow], *, is_whole: bool) -> Grid:
    columns = [Column("Job"), Column("Schedule"), Column("Next (UTC)"), Column("Last (UTC)"), Column("Last result")]
    rows = [
        [
            one.name,
            f"{one.schedule} ({one.zone})" if one.schedule else "off",
            _next(one),
            moment(one.last_ended) if one.last_ended else "never",
            Text(one.last_status or "-", _TONES.get(one.last_status, Tone.PLAIN)),
            *([_short(one.last_detail) or "-"] if is_whole else []),
        ]
        for one in found
    ]
    empty = "No job was planned yet; `hubposture listen` does that."
    return Grid("Schedules", [*columns, *([Column("Said")] if is_whole else [])], rows, empty=empty)


def _next(one: JobRow) -> PageCell:
    if one.holder:
        return Text("being done now", Tone.STRONG)
    if one.next_at is None:
        return "-"
    return Text(f"{moment(one.next_at)}, late", Tone.BAD) if one.is_late else moment(one.next_at)


def _connectors(found: Sequence[Connector], now: dt.datetime, *, is_whole: bool) -> Grid:
    naive = _naive(now)
    columns = [
        Column("System"),
        Column("State"),
        Column("Last success"),
        Column("Last failure"),
        Column("Waiting", is_number=True),
    ]
    rows: list[list[PageCell]] = []
    for one in found:
        state = (
            Text("failing", Tone.BAD)
            if one.is_failing
            else Text("fine" if one.good_at else "not used yet", Tone.GOOD if one.good_at else Tone.DIM)
        )
        bad = _ago(one.bad_at, naive) if one.bad_at else "-"
        rows.append([one.name, state, _ago(one.good_at, naive), bad, f"{one.waiting:,}"])
        if is_whole:
            rows[-1] += [_short(one.failure) or "-"]
    more = [Column("What it said")] if is_whole else []
    return Grid("Connectors", [*columns, *more], rows, empty="No other system is set in the settings.")


def _runs(found: Sequence[RunRow], *, is_whole: bool) -> Grid:
    columns = [
        Column("Run"),
        Column("Started (UTC)"),
        Column("Took"),
        Column("Result"),
        Column("Failures", is_number=True),
    ]
    rows: list[list[PageCell]] = []
    for one in found:
        name: PageCell = Link(one.verb, f"/changes/runs/{links.segment(one.id)}") if one.has_page else one.verb
        row: list[PageCell] = [
            name,
            moment(one.started),
            _took(one),
            Text(one.status, _TONES.get(one.status, Tone.PLAIN)),
            f"{len(one.failures):,}",
        ]
        rows.append([*row, *([one.who, _counts(one.counts)] if is_whole else [])])
    more = [Column("Who"), Column("Counts", is_spare=True)] if is_whole else []
    return Grid("Runs, the newest first", [*columns, *more], rows, empty="Nothing ran yet.")


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in found.items()) or "-"


def _failures(found: Sequence[RunRow]) -> Iterator[Part]:
    """What went wrong in the newest runs that were not whole."""
    for run in [one for one in found if one.failures][:3]:
        rows = [[_short(where), _short(what)] for where, what in run.failures[:_FEW]]
        more = f" (the first {_FEW} of {len(run.failures):,})" if len(run.failures) > _FEW else ""
        title = f"What failed in {run.verb} of {moment(run.started)} UTC{more}"
        yield Heading(title)
        yield Grid(title, (Column("Where"), Column("What")), rows)


def _took(one: RunRow) -> str:
    """Seconds where it took less than two minutes."""
    if one.ended is None:
        return "-"
    seconds = max(0, int((one.ended - one.started).total_seconds()))
    return f"{seconds} s" if seconds < _TWO_MINUTES else age(one.started, one.ended)


def _ago(at: dt.datetime | None, now: dt.datetime) -> str:
    if at is None:
        return "never"
    return "just now" if now - at < dt.timedelta(minutes=1) else f"{age(at, now)} ago"


def _lake(found: LakeFacts, now: dt.datetime) -> Facts:
    size = f"{found.bytes / (1 << 20):,.1f} MiB" if found.bytes else "not known"
    due = Text("due; the job tidy does it", Tone.WARN) if found.needs_compaction else "not due"
    return Facts((
        ("Version", f"{found.version:,}, of {moment(found.at)} UTC"),
        ("Age", age(found.at, _naive(now))),
        ("Versions that are kept", f"{found.kept:,}"),
        ("Size of the newest", size),
        ("Compaction", due),
    ))  # fmt: skip


def _blind(found: Sequence[Blind]) -> Grid:
    columns = (
        Column("Account"), Column("Region"), Column("State"), Column("Why"), Column("Checks lost", is_number=True),
        Column("Known reason"), Column("Review by"),
    )  # fmt: skip
    rows: list[list[PageCell]] = [
        [
            Link(one.shown, links.account(one.account)),
            one.region,
            Text(one.sight, Tone.WARN),
            _short(one.because) or "-",
            Link(f"{one.lost:,}", links.findings(links.LOST, links.term("account", one.account))) if one.lost else "0",
            one.reason or "-",
            Text(day(one.review_by), Tone.BAD if one.is_overdue else Tone.PLAIN) if one.review_by else "-",
        ]
        for one in found
    ]
    return Grid("Targets that cannot be seen", columns, rows, empty="Everything that is looked at can be seen.")


def _checked(found: Sequence[Checked]) -> Part:
    rows: list[list[PageCell]] = [
        [
            one.where,
            Text("will fail", Tone.BAD) if one.is_error else Text("fine or in doubt", Tone.DIM),
            _short(one.what),
        ]
        for one in found
    ]
    return Grid(
        "What the connectors answer",
        (Column("System"), Column("State"), Column("What")),
        rows,
        empty="Nothing was asked.",
    )


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONG else f"{said[: _LONG - 3]}..."


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)
