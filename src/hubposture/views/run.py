"""A run of everything: what each step did, what it called, what failed; and the jobs that begin them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.words import iso, moment

_STATES = {
    "done": ("done", Tone.GOOD),
    "incomplete": ("incomplete", Tone.BAD),
    "skipped": ("skipped", Tone.DIM),
    "failed": ("failed", Tone.BAD),
    "interrupted": ("interrupted", Tone.WARN),
    "running": ("running", Tone.STRONG),
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a run.

    `counts` are the step's own figures by name, `failures` (where, what); `skipped` says why it was, '' if it was done.
    `line` is what people read of it.
    """

    name: str
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[tuple[str, str]] = ()
    skipped: str = ""
    line: str = ""

    @property
    def state(self) -> str:
        """done, incomplete or skipped."""
        return "skipped" if self.skipped else "incomplete" if self.failures else "done"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run.

    `status` is running, done, incomplete, failed or interrupted; times are aware, UTC; `ended` is None while it runs.
    `calls` are calls by operation. `commit` is the baseline's, '' without one.
    """

    run: str
    status: str
    began: dt.datetime
    ended: dt.datetime | None
    steps: Sequence[StepRow] = ()
    calls: Mapping[str, int] = field(default_factory=dict)
    who: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of an organization.

    `schedule` is five fields as cron has them, read in `zone`; '' is never. Times are aware; `holder` has it in hand
    until `until`. `last_started` is of the newest try, the other last ones of the newest that ended.
    """

    organization: str
    name: str
    schedule: str
    zone: str
    next_at: dt.datetime | None = None
    holder: str = ""
    until: dt.datetime | None = None
    attempts: int = 0
    last_started: dt.datetime | None = None
    last_ended: dt.datetime | None = None
    last_status: str = ""
    last_detail: str = ""


_OPERATIONS = 10
"""How many operations are shown; the data has all."""


def document(organization: str, run: RunRow, *, most: int = 50, is_observed: bool = False) -> Document:
    """The record of a run; at most `most` failures and the most frequent calls, the data has all of them.

    `is_observed` says that nothing was written to Security Hub.
    """
    lines = list(_summary(run))
    if is_observed:
        lines.append(Text("Only observed: nothing was written to Security Hub.", Tone.WARN))
    blocks: list[Block] = [Lines(lines)]
    if run.steps:
        blocks.append(_steps(run.steps))
    failures = [(step.name, where, what) for step in run.steps for where, what in step.failures]
    if failures:
        rows: list[Sequence[Cell]] = [(step, Text(where, Tone.BAD), what) for step, where, what in failures]
        blocks += [Heading(f"Failed or not read: {counted(len(rows), 'thing')}")]
        blocks += [Table(("Step", "Where", "What"), rows[:most], more=max(0, len(rows) - most))]
    if run.calls:
        calls = sorted(run.calls.items(), key=lambda item: (-item[1], item[0]))
        made: list[Sequence[Cell]] = [(name, f"{number:,}") for name, number in calls]
        blocks += [Heading(f"Calls: {sum(run.calls.values()):,}")]
        more = max(0, len(made) - _OPERATIONS)
        blocks += [Table(("Operation", "Calls"), made[:_OPERATIONS], numbers=frozenset({1}), more=more)]
    return Document(f"Run of {organization}", blocks, _data(organization, run) | {"observed": is_observed})


def _summary(run: RunRow) -> Iterator[Cell]:
    said, tone = _STATES.get(run.status, (run.status, Tone.PLAIN))
    ended = f", took {took((run.ended - run.began).total_seconds())}" if run.ended is not None else ""
    yield Text(f"{said}; began {moment(run.began)} UTC{ended}", tone)
    failed = [one.name for one in run.steps if one.state == "incomplete"]
    if failed:
        others = "; the other steps were done all the same" if len(failed) < len(run.steps) else ""
        yield Text(f"not complete: {', '.join(failed)}{others}", Tone.BAD)
    by = f", by {run.who}" if run.who else ""
    commit = f", of the baseline at {run.commit[:12]}" if run.commit else ""
    if run.run:
        yield f"recorded as run {run.run}{by}{commit}"


def _steps(steps: Sequence[StepRow]) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            one.name,
            Text(*_STATES[one.state]),
            took(one.seconds) if not one.skipped else "-",
            one.skipped or one.line or _counts(one.counts),
            Text(f"{len(one.failures):,}", Tone.BAD) if one.failures else "-",
        )
        for one in steps
    ]
    return Table(("Step", "State", "Took", "What", "Failed"), rows, numbers=frozenset({2, 4}))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items()) or "-"


def took(seconds: float) -> str:
    """`0.4 s`, `12 s`, `4 min 12 s`, `1 h 02 min`."""
    whole = int(seconds)
    if seconds < 10:  # noqa: PLR2004 - under ten seconds tenths are worth saying
        return f"{max(0.0, seconds):.1f} s"
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left:02} min" if hours else f"{minutes} min {rest:02} s"


def _data(organization: str, run: RunRow) -> dict[str, Any]:
    return {
        "organization": organization,
        "run": run.run,
        "status": run.status,
        "began": iso(run.began),
        "ended": iso(run.ended),
        "seconds": round((run.ended - run.began).total_seconds(), 3) if run.ended is not None else None,
        "who": run.who,
        "commit": run.commit,
        "calls": dict(run.calls),
        "calls_in_all": sum(run.calls.values()),
        "steps": [
            {
                "step": one.name,
                "state": one.state,
                "seconds": round(one.seconds, 3),
                "counts": dict(one.counts),
                "line": one.line,
                "skipped": one.skipped,
                "failed": len(one.failures),
                "failures": [{"where": where, "what": what} for where, what in one.failures],
            }
            for one in run.steps
        ],
    }


def jobs(found: Sequence[JobRow], *, now: dt.datetime, organization: str = "") -> Document:
    """The jobs of an organization, or of all of them with '', in the order given; `now` is aware."""
    is_one = organization != ""
    rows = [_job(one, now) for one in found]
    headings: tuple[str, ...] = ("Organization", "Job", "Schedule", "Next (UTC)", "Last (UTC)", "Took", "Was", "Said")
    spare: tuple[int, ...] = (5, 7, 2)
    if is_one:
        headings, rows = headings[1:], [row[1:] for row in rows]
        spare = (4, 6, 1)
    zones = sorted({one.zone for one in found if one.schedule})
    late = sum(1 for one in found if _is_due(one, now))
    lines: list[Cell] = [f"{counted(len(found), 'job')}, {late:,} due now"]
    if not found:
        lines = ["No jobs yet: `hubposture listen` plans those under [jobs] of the settings when it begins."]
    if zones:
        lines.append(Text(f"Schedules are read in {', '.join(zones)}; times here are UTC.", Tone.DIM))
    blocks: list[Block] = [Lines(lines), Table(headings, rows, spare=spare, cut=frozenset({len(headings) - 1}))]
    data = {
        "organization": organization,
        "in_all": len(found),
        "due": late,
        "jobs": [_job_data(one, now) for one in found],
    }
    return Document(f"Jobs of {organization}" if is_one else "Jobs", blocks, data)


def _is_due(job: JobRow, now: dt.datetime) -> bool:
    return job.next_at is not None and job.next_at <= now and not job.holder


def _job(one: JobRow, now: dt.datetime) -> Sequence[Cell]:
    if one.holder:
        following: Cell = Text("running", Tone.STRONG)
    elif one.next_at is None:
        following = Text("never", Tone.DIM)
    else:
        following = Text("due now", Tone.WARN) if _is_due(one, now) else moment(one.next_at)
    said, tone = _STATES.get(one.last_status, (one.last_status, Tone.PLAIN))
    again = f" ({one.attempts:,} tries)" if one.attempts > 1 else ""
    return (
        one.organization,
        one.name,
        one.schedule or "-",
        following,
        moment(one.last_started) if one.last_started is not None else Text("never", Tone.DIM),
        _took(one),
        Text(f"{said}{again}", tone) if said else "-",
        one.last_detail or "-",
    )


def _took(one: JobRow) -> str:
    """How long the newest try took; `-` while it runs, or where it never did."""
    started, ended = one.last_started, one.last_ended
    return took((ended - started).total_seconds()) if started and ended and ended >= started else "-"


def _job_data(one: JobRow, now: dt.datetime) -> dict[str, Any]:
    return {
        "organization": one.organization, "job": one.name, "schedule": one.schedule, "zone": one.zone,
        "next": iso(one.next_at), "due": _is_due(one, now), "holder": one.holder, "until": iso(one.until),
        "attempts": one.attempts, "last_started": iso(one.last_started), "last_ended": iso(one.last_ended),
        "last_status": one.last_status, "last_detail": one.last_detail,
    }  # fmt: skip
