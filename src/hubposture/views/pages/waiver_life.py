"""The life of one waiver on its page: what was approved beside what matches now, what is open without it, how it ends; and the calendar."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Banner, Bar, Column, Grid, Link, Page, PageCell, Part, Tile, Tiles
from hubposture.views.pages.waiver_form import CHIPS
from hubposture.views.pages.waiver_scope import link_of
from hubposture.views.waivers_rows import SubjectRow, WaiverRow
from hubposture.views.waivers_subjects import account_of, gravest
from hubposture.views.words import age, day, moment, severity, state

_MOST = 50
SPANS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Released:
    """One finding that was opened again when a waiver ended, as it is now.

    `written_at` is when we wrote it, `seen_at` when the change was seen in Security Hub, None while it was not. `workflow` is
    what it shows now, '' where it is gone.
    """

    resource: str
    account: str
    control: str
    subject: str
    written_at: dt.datetime
    seen_at: dt.datetime | None
    workflow: str
    status: str

    @property
    def is_proved(self) -> bool:
        """Whether it was read back as open again."""
        return self.seen_at is not None and self.workflow in ("NEW", "NOTIFIED")


@dataclass(frozen=True)
class Life:
    """A waiver as it lives. `within`, `beyond` and `gone` compare what was approved with what matches now.

    `open_without` is what would be open tomorrow without it. `released` are findings that its end opened again, as far as
    whoever looks may see; `unseen` how many of all of these lists they may not. `pending` says what waits on the branch to be
    merged. `may_ask` and `may_revoke` are what they may do, `until` and `reason` what they filled in.
    """

    name: str
    today: dt.date
    at: dt.datetime
    within: Sequence[SubjectRow]
    beyond: Sequence[SubjectRow]
    gone: Sequence[tuple[str, str]]
    open_without: Sequence[SubjectRow]
    released: Sequence[Released]
    unseen: int = 0
    is_over: bool = False
    holds: bool = False
    ended: str = ""
    pending: Sequence[str] = ()
    most_days: int = 0
    may_ask: bool = False
    may_revoke: bool = False
    until: str = ""
    reason: str = ""
    problems: Sequence[str] = ()


def parts(found: Life) -> list[Part]:
    """What comes behind the facts of a waiver on its page."""
    made: list[Part] = []
    if found.problems:
        made.append(Banner([Text(one, Tone.STRONG) for one in found.problems], Tone.BAD))
    if found.pending:
        made.append(Banner(found.pending, Tone.WARN))
    made += [*_compared(found), *_effect(found), *_lifting(found), *_forms(found)]
    return made


def _compared(found: Life) -> Iterator[Part]:
    yield Heading("Approved, and today")
    yield Tiles(
        [
            Tile("Approved and matching", f"{len(found.within):,}", tone=Tone.GOOD if found.within else Tone.PLAIN),
            Tile(
                "Matching, not approved", f"{len(found.beyond):,}", "open until somebody approves them",
                tone=Tone.WARN if found.beyond else Tone.PLAIN,
            ),
            Tile("Approved, gone", f"{len(found.gone):,}", "deleted, moved, or not matching any more"),
        ]
    )  # fmt: skip
    if found.unseen:
        yield Lines([f"{counted(found.unseen, 'resource')} that you may not see are counted in none of this."])
    if found.beyond:
        yield _subjects("Matching now and not approved", found.beyond, found.at)
    if found.gone:
        rows: list[Sequence[PageCell]] = [
            (resource, Link(account, links.account(account))) for resource, account in found.gone[:_MOST]
        ]
        yield Grid("Approved and not matching any more", (Column("Resource"), Column("Account")), rows)


def _effect(found: Life) -> Iterator[Part]:
    yield Heading("What it does")
    if not found.holds:
        yield Lines(["It excuses nothing now."])
        return
    number = len(found.open_without)
    if not number:
        yield Lines(
            ["Nothing would be open without it: everything that it covers passes, or another waiver covers it."]
        )
        return
    yield Lines([f"Without it {counted(number, 'resource')} would be open tomorrow."])
    yield _subjects("What would be open without it, the gravest first", found.open_without, found.at)


def _lifting(found: Life) -> Iterator[Part]:
    if not found.is_over and not found.released:
        return
    yield Heading("Proof of lifting")
    if found.ended:
        yield Lines([found.ended])
    if not found.released:
        yield Lines(["Nothing that you may see was suppressed under it when it ended, or nothing was released yet."])
        return
    proved = sum(one.is_proved for one in found.released)
    waiting = len(found.released) - proved
    lines: list[Text | str] = [
        f"{counted(len(found.released), 'finding')} released, {proved:,} of them read back as open again."
    ]
    if waiting:
        lines.append(Text(f"{waiting:,} not read back as open: see their workflow below.", Tone.WARN))
    yield Lines(lines)
    columns = (
        Column("Resource"), Column("Control"), Column("Account"), Column("Released"), Column("Read back"),
        Column("Workflow now"), Column("Check"),
    )  # fmt: skip
    yield Grid("Findings that were opened again", columns, [list(_released(one)) for one in found.released[:_MOST]])


def _released(one: Released) -> Iterator[PageCell]:
    yield Link(one.resource or "no resource", links.finding(one.subject))
    yield Link(one.control, links.control(one.control)) if one.control else "-"
    yield Link(one.account, links.account(one.account)) if one.account else "-"
    yield moment(one.written_at)
    yield moment(one.seen_at) if one.seen_at is not None else Text("not yet", Tone.WARN)
    yield Text(one.workflow or "gone", Tone.GOOD if one.is_proved else Tone.WARN)
    yield state(one.status) if one.status else "-"


def _subjects(caption: str, rows: Sequence[SubjectRow], at: dt.datetime) -> Grid:
    columns = (
        Column("Resource"), Column("Severity"), Column("Account"), Column("State"), Column("For", is_number=True),
    )  # fmt: skip
    shown: list[Sequence[PageCell]] = [
        (
            link_of(one), severity(one.severity), Link(account_of(one), links.account(one.account)),
            state(one.status, suppressed=one.is_suppressed), age(one.failing_since, at),
        )
        for one in gravest(rows)[:_MOST]
    ]  # fmt: skip
    more = len(rows) - _MOST
    return Grid(f"{caption}{f'; {more:,} more are not shown' if more > 0 else ''}", columns, shown)


def _forms(found: Life) -> Iterator[Part]:
    if found.may_ask:
        yield Heading("Ask for a later end")
        yield Lines(
            ["For everything that it matches today. Until somebody approves it, the waiver holds as it does now."]
        )
        offered = sorted({one for one in (*CHIPS, found.most_days) if 0 < one <= found.most_days})
        options = [
            Option(str(one), f"{one:,} days from today", (found.today + dt.timedelta(days=one)).isoformat())
            for one in offered
        ]
        fields = [
            Field("days", "Holds for", Ask.CHIPS, "", [*options, Option("date", "until the day below")]),
            Field("until", "Last day", Ask.DATE, found.until),
            Field("comment", "Why", Ask.LINES, "", hint="Read by who decides."),
        ]
        yield Form("Ask for a later end", f"{links.waiver(found.name)}/extend", fields, [Button("Ask for approval")])
    if found.may_revoke:
        yield Heading("End it now")
        fields = [
            Field(
                "reason",
                "Reason (needed)",
                Ask.LINES,
                found.reason,
                hint="It stands in the file and in the audit trail.",
            )
        ]
        buttons = [Button("Revoke", is_grave=True)]
        yield Form("Revoke the waiver", f"{links.waiver(found.name)}/revoke", fields, buttons)


# Calendar


def calendar(rows: Sequence[WaiverRow], *, today: dt.date, month: dt.date) -> Page:
    """What ends when: by month, one month day by day, the next 7, 30 and 90 days, and what could be closed."""
    holding = sorted((one for one in rows if one.state.holds), key=lambda one: (one.until, one.waiver))
    made: list[Part] = [Tiles(list(_spans(holding, today))), Heading("By month"), _months(holding, month)]
    chosen = [one for one in holding if (one.until.year, one.until.month) == (month.year, month.month)]
    made += [
        Heading(f"Ending in {month:%B %Y}"),
        _ends(f"Waivers ending in {month:%B %Y}", chosen, today, "None ends then."),
    ]
    before = 0
    for span in SPANS:
        some = [one for one in holding if before <= one.left_days(today) <= span]
        title = f"Within {span} days" if not before else f"In {before} to {span} days"
        made += [Heading(title), _ends(title, some, today, "None.")]
        before = span + 1
    surplus = [one for one in holding if one.surplus]
    made += [Heading("Matching more than was approved"), _ends("With surplus", surplus, today, "None.")]
    idle = [one for one in holding if one.is_unneeded]
    made += [Heading("Not needed any more"), _ends("Everything that they cover passes", idle, today, "None.")]
    trail = (Link("Waivers", "/waivers"),)
    lead = [f"{counted(len(holding), 'waiver')} in force today, {day(today)}."]
    return Page("Calendar of waivers", made, place="/waivers", trail=trail, lead=lead)


def _spans(holding: Sequence[WaiverRow], today: dt.date) -> Iterator[Tile]:
    for span in SPANS:
        some = [one for one in holding if 0 <= one.left_days(today) <= span]
        failing = sum(one.failing for one in some)
        note = f"{counted(failing, 'resource')} would be open" if some else ""
        yield Tile(
            f"End within {span} days",
            f"{len(some):,}",
            note,
            tone=Tone.WARN if some and span == SPANS[0] else Tone.PLAIN,
        )
    surplus = sum(one.surplus > 0 for one in holding)
    yield Tile("With surplus", f"{surplus:,}", tone=Tone.WARN if surplus else Tone.PLAIN)
    yield Tile("Not needed any more", f"{sum(one.is_unneeded for one in holding):,}")


def _months(holding: Sequence[WaiverRow], month: dt.date) -> Grid:
    found: dict[dt.date, list[WaiverRow]] = {}
    for one in holding:
        found.setdefault(one.until.replace(day=1), []).append(one)
    most = max((len(some) for some in found.values()), default=0)
    rows: list[Sequence[PageCell]] = [
        (
            Link(f"{first:%B %Y}" + (" (shown)" if first == month else ""), f"/waivers/calendar?month={first:%Y-%m}"),
            Bar(len(some), most, f"{len(some):,}"),
            f"{sum(one.failing for one in some):,}",
        )
        for first, some in sorted(found.items())
    ]
    columns = (Column("Month"), Column("End in it"), Column("Failing", is_number=True))
    return Grid("Waivers by the month in which they end", columns, rows, empty="No waiver is in force.")


def _ends(caption: str, rows: Sequence[WaiverRow], today: dt.date, empty: str) -> Grid:
    columns = (
        Column("Waiver"), Column("Last day"), Column("Left", is_number=True), Column("Owner"), Column("Controls", is_spare=True),
        Column("Covers", is_number=True), Column("Failing", is_number=True), Column("Surplus", is_number=True),
    )  # fmt: skip
    shown: list[Sequence[PageCell]] = [
        (
            Link(one.waiver, links.waiver(one.waiver)), day(one.until), counted(one.left_days(today), "day"), one.owner,
            ", ".join(one.controls[:4]), f"{one.within:,}", f"{one.failing:,}",
            Text(f"{one.surplus:,}", Tone.WARN) if one.surplus else "-",
        )
        for one in rows[:_MOST]
    ]  # fmt: skip
    more = len(rows) - _MOST
    return Grid(f"{caption}{f'; {more:,} more are not shown' if more > 0 else ''}", columns, shown, empty=empty)
