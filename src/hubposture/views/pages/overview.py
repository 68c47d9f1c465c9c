"""The overview: how the organization stands, what moved, and where to begin; every number leads to its list."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views import movement as moved
from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.movement import Level, Movement
from hubposture.views.pages import charts, links, waivers
from hubposture.views.pages.parts import (
    Bar,
    Column,
    Figure,
    Grid,
    Link,
    Page,
    PageCell,
    Part,
    Tile,
    Tiles,
)
from hubposture.views.pages.waivers import SOON_DAYS, KeptWaiver
from hubposture.views.posture_rows import ByRow, Missing, Overdue, Posture, WorstAccount, WorstControl
from hubposture.views.trend import Week
from hubposture.views.words import SEVERITIES, account_name, age, day, day_near, severity, share

_MOST = 8
_TOP = "/"
_GOOD, _FAIR = 95, 80


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page tells; `at` is the version's time (naive UTC), `units` the OUs, the first the root."""

    version: int
    at: dt.datetime
    posture: Posture
    weeks: Sequence[Week]
    units: Sequence[ByRow]
    waivers: Sequence[KeptWaiver]


def page(organization: str, found: Overview, *, today: dt.date) -> Page:
    """The overview of an organization."""
    return Page(f"{organization}: how it stands", [*standing(found), *where(found, today=today)], place=_TOP)


def standing(found: Overview, *, mine: str = "") -> Sequence[Part]:
    """How it stands and what moved it; `mine` is the filter's term that every list behind a number is restricted by."""
    posture = found.posture
    parts: list[Part] = [Tiles(list(_tiles(posture, mine)))]
    if posture.as_is.of == 0:
        parts.append(Lines([Text("Nothing is an obligation yet: no enforced control was measured.", Tone.WARN)]))
    parts += [Heading("The score, in three lines"), *_trend(found, mine)]
    parts += [Heading("What moved it this week"), *_movement(posture.movement)]
    return parts


def where(found: Overview, *, today: dt.date, mine: str = "") -> Sequence[Part]:
    """Where to begin: the worst, what is late, what ends soon, and what nobody sees."""
    posture = found.posture
    parts: list[Part] = [Heading("Open and overdue, by severity"), _overdue(posture.overdue, found.at, mine)]
    parts += [Heading("Controls with most open"), _controls(posture.controls, found.at, mine)]
    parts += [Heading("Accounts with most open"), _accounts(posture.worst_accounts)]
    if not mine:
        parts += [Heading("OUs with most open"), _units(found.units)]
    parts += [Heading(f"Waivers that end within {SOON_DAYS} days"), _waivers(found.waivers, today)]
    parts += [
        Heading("Lost sight"),
        _missing("Places that we lost sight of", posture.lost, "Nothing was lost sight of.", links.LOST, mine),
    ]
    parts += [
        Heading("Not measured"),
        _missing(
            "What could not be measured",
            posture.not_measured,
            "Everything in force was measured.",
            links.UNMEASURED,
            mine,
        ),
    ]
    return parts


def _tiles(found: Posture, mine: str) -> Iterator[Tile]:
    level, accounts = found.as_is, found.accounts
    yield Tile(
        "Obligations met",
        share(level.met, level.of),
        f"{level.met:,} of {level.of:,}",
        links.findings(mine, links.REQUIRED),
        tone(level),
    )
    yield Tile(
        "Open",
        f"{level.open:,}",
        "resources to fix",
        links.findings(mine, links.OPEN),
        Tone.BAD if level.open else Tone.GOOD,
    )
    whole = Tone.GOOD if accounts.open == 0 else Tone.PLAIN
    yield Tile(
        "Accounts with all met",
        f"{accounts.met:,} of {accounts.of:,}",
        "every obligation met and measured",
        "" if mine else "/accounts",
        whole,
    )
    late = sum(one.overdue for one in found.overdue)
    yield Tile(
        "Overdue",
        f"{late:,}",
        "open for longer than allowed",
        links.findings(mine, links.OVERDUE),
        Tone.BAD if late else Tone.GOOD,
    )
    given = found.waivers
    visible = f"{given.visible:,} of them accepted visibly" if given.visible else "failing, and excused"
    yield Tile("Waived", f"{given.waived:,}", visible, links.findings(mine, links.WAIVED))
    yield Tile(
        "Suppressed without a waiver", f"{given.unapproved:,}", "nobody approved it", links.findings(mine, links.UNAPPROVED),
        Tone.WARN if given.unapproved else Tone.GOOD,
    )  # fmt: skip


def tone(level: Level) -> Tone:
    """How good a share met is."""
    if not level.of:
        return Tone.DIM
    if level.open == 0:
        return Tone.GOOD
    reached = 100 * level.met / level.of
    return Tone.GOOD if reached >= _GOOD else Tone.WARN if reached >= _FAIR else Tone.BAD


# The score


def _trend(found: Overview, mine: str) -> Iterator[Part]:
    posture = found.posture
    named = (
        ("as is", "a", posture.as_is, links.OPEN, [one.as_is for one in found.weeks]),
        ("without waivers", "b", posture.without_waivers, "obligation=yes status=FAILED", [one.without_waivers for one in found.weeks]),
        ("as if nothing were off or waived", "c", posture.nothing_off, links.NOTHING_OFF, [one.nothing_off for one in found.weeks]),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (words, Bar(now.met, now.of, share(now.met, now.of)), f"{now.met:,}", f"{now.of:,}",
         Link(f"{now.open:,}", links.findings(mine, asked)) if now.open else "0")
        for words, _, now, asked, _ in named
    ]  # fmt: skip
    columns = (
        Column("Obligations"), Column("Share met", is_number=True), Column("Met", is_number=True), Column("Of", is_number=True),
        Column("Open", is_number=True),
    )  # fmt: skip
    yield Grid("The score now", columns, rows)
    if len(found.weeks) > 1:
        picture = charts.trend(
            [day_near(one.day, found.at) for one in found.weeks],
            [(words, mark, [_percent(level) for level in levels]) for words, mark, _, _, levels in named],
        )
        yield Figure("Share of obligations met, week by week", picture, _weeks(found.weeks))
    else:
        yield Lines(["The trend begins with the second week that is synced."])


def _percent(level: Level) -> float | None:
    return level.met * 1000 // level.of / 10 if level.of else None


def _weeks(found: Sequence[Week]) -> Grid:
    columns = (
        Column("Until"), Column("As is", is_number=True), Column("Without waivers", is_number=True),
        Column("Nothing off or waived", is_number=True), Column("Open", is_number=True), Column("Overdue", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            day(one.day), share(one.as_is.met, one.as_is.of), share(one.without_waivers.met, one.without_waivers.of),
            share(one.nothing_off.met, one.nothing_off.of), f"{one.as_is.open:,}", f"{one.overdue:,}",
        )
        for one in reversed(found)
    ]  # fmt: skip
    return Grid("The score week by week, the newest first", columns, rows)


# Movement


def _movement(found: Movement | None) -> Iterator[Part]:
    if found is None:
        yield Lines(["It takes two weeks of findings to tell what moved."])
        return
    steps = list(_steps(found))
    change = found.after.open - found.before.open
    said = "as many as" if not change else f"{abs(change):,} {'more' if change > 0 else 'fewer'} than"
    yield Lines([
        Text(f"{found.after.open:,} open now, {said} on {day(found.begin)}.", Tone.BAD if change > 0 else Tone.GOOD if change else Tone.PLAIN),
        *([Text(found.frozen, Tone.WARN)] if found.frozen else []),
    ])  # fmt: skip
    begin, end = (f"open on {day(found.begin)}", found.before.open), (f"open on {day(found.end)}", found.after.open)
    columns = (Column("Cause"), Column("Change", is_number=True))
    rows: list[Sequence[PageCell]] = [
        (begin[0], f"{begin[1]:,}"),
        *((words, Text(f"{by:+,}", Tone.BAD if by > 0 else Tone.GOOD)) for words, by in steps),
        (end[0], f"{end[1]:,}"),
    ]
    title = f"How open obligations moved from {day(found.begin)} to {day(found.end)}"
    yield Figure(title, charts.waterfall(begin, steps, end), Grid(title, columns, rows))
    if found.like is not None:
        then, now = found.like
        yield Lines([
            Text(f"Like for like, of {counted(now.of, 'obligation')} that existed on both days: "
                 f"{share(then.met, then.of)} met then, {share(now.met, now.of)} now.", Tone.DIM)
        ])  # fmt: skip


def _steps(found: Movement) -> Iterator[tuple[str, int]]:
    """Causes in the order in which they are told; one that both opened and closed is there twice."""
    order = list(moved.CAUSES)
    known = sorted(found.steps, key=lambda step: order.index(step.cause) if step.cause in order else len(order))
    for step in known:
        words = moved.CAUSES.get(step.cause, step.cause)
        if step.opened:
            yield words, step.opened
        if step.closed:
            yield words, -step.closed
    if found.unexplained:
        yield "causes that are not known", found.unexplained


# Where to begin


def _overdue(found: Sequence[Overdue], at: dt.datetime, within: str) -> Grid:
    columns = (
        Column("Severity"),
        Column("Open", is_number=True),
        Column("Overdue", is_number=True),
        Column("Oldest", is_number=True),
    )
    rows: list[Sequence[PageCell]] = []
    for one in sorted(found, key=lambda one: _rank(one.severity)):
        mine = links.term("severity", one.severity) if one.severity in SEVERITIES else ""
        late = Link(f"{one.overdue:,}", links.findings(within, links.OVERDUE, mine), Tone.BAD) if one.overdue else "-"
        open_ = Link(f"{one.open:,}", links.findings(within, links.OPEN, mine))
        rows.append((severity(one.severity or "-"), open_, late, age(one.oldest, at)))
    return Grid("Open and overdue obligations by severity", columns, rows, empty="Nothing is open.")


def _rank(label: str) -> int:
    return SEVERITIES.index(label) if label in SEVERITIES else len(SEVERITIES)


def _controls(found: Sequence[WorstControl], at: dt.datetime, within: str) -> Grid:
    columns = (
        Column("Control"), Column("Severity"), Column("Open", is_number=True), Column("Of", is_number=True, is_spare=True),
        Column("Overdue", is_number=True), Column("Accounts", is_number=True), Column("Oldest", is_number=True, is_spare=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = []
    for one in found[:_MOST]:
        mine = links.term("control", one.shown)
        rows.append((
            Link(one.shown, links.control(one.shown), more=one.title), severity(one.severity),
            Link(f"{one.level.open:,}", links.findings(within, mine, links.OPEN), Tone.STRONG), f"{one.level.of:,}",
            Link(f"{one.overdue:,}", links.findings(within, mine, links.OVERDUE), Tone.BAD) if one.overdue else "-",
            f"{one.accounts:,}", age(one.oldest, at),
        ))  # fmt: skip
    more = (
        Link(f"All {counted(len(found), 'control')} with something open", "/controls") if len(found) > _MOST else None
    )
    return Grid("Controls with most open", columns, rows, empty="No control has anything open.", more=more)


def _accounts(found: Sequence[WorstAccount]) -> Grid:
    columns = (
        Column("Account"), Column("OU", is_spare=True), Column("Met", is_number=True), Column("Open", is_number=True),
        Column("Overdue", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = []
    for one in found[:_MOST]:
        mine = links.term("account", one.account)
        rows.append((
            Link(account_name(one.alias, one.name, one.account), links.account(one.account), more=one.account),
            one.ou_path or "-", Bar(one.level.met, one.level.of, share(one.level.met, one.level.of)),
            Link(f"{one.level.open:,}", links.findings(mine, links.OPEN), Tone.STRONG),
            Link(f"{one.overdue:,}", links.findings(mine, links.OVERDUE), Tone.BAD) if one.overdue else "-",
        ))  # fmt: skip
    more = (
        Link(f"All {counted(len(found), 'account')} with something open", "/accounts") if len(found) > _MOST else None
    )
    return Grid("Accounts with most open", columns, rows, empty="No account has anything open.", more=more)


def _units(found: Sequence[ByRow]) -> Grid:
    columns = (
        Column("OU"),
        Column("Met", is_number=True),
        Column("Open", is_number=True),
        Column("Overdue", is_number=True),
    )
    rows: list[Sequence[PageCell]] = []
    for one in sorted((one for one in found if one.key != _TOP), key=lambda one: (-one.level.open, one.key))[:_MOST]:
        mine = links.term("ou", one.key)
        rows.append((
            Link(one.key, links.unit(one.key)), Bar(one.level.met, one.level.of, share(one.level.met, one.level.of)),
            Link(f"{one.level.open:,}", links.findings(mine, links.OPEN), Tone.STRONG) if one.level.open else "0",
            Link(f"{one.overdue:,}", links.findings(mine, links.OVERDUE), Tone.BAD) if one.overdue else "-",
        ))  # fmt: skip
    return Grid("OUs with most open, what is below them included", columns, rows, empty="No OU is known.")


def _waivers(found: Sequence[KeptWaiver], today: dt.date) -> Grid:
    soon = [one for one in found if one.holds and 0 <= one.left_days(today) <= SOON_DAYS]
    return waivers.grid("Waivers that end soon", soon, today=today, empty="None ends that soon.")


def _missing(caption: str, found: Sequence[Missing], empty: str, asked: str, mine: str) -> Grid:
    columns = (Column("Where"), Column("Why"), Column("Known there", is_number=True), Column("Since", is_spare=True))
    rows: list[Sequence[PageCell]] = [
        (one.where, one.why, f"{one.subjects:,}" if one.subjects else "-", day(one.since) if one.since else "-")
        for one in found[:_MOST]
    ]
    left = len(found) - _MOST
    known = sum(one.subjects for one in found)
    label = f"{counted(known, 'resource')} known there, in no score" if known else f"and {left:,} more"
    more = Link(label, links.findings(mine, asked)) if known else Link(label, "/controls") if left > 0 else None
    return Grid(caption, columns, rows, empty=empty, more=more)
