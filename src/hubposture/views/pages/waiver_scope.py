"""What a waiver covers or would cover now: figures, what must not be overlooked, accounts, and some of it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.findings.finding import subject_key
from hubposture.views.document import Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.parts import Banner, Column, Grid, Link, PageCell, Part, Tile, Tiles
from hubposture.views.waivers_rows import SubjectRow
from hubposture.views.waivers_subjects import account_of, by_account, by_severity, gravest, is_surplus, severities_said
from hubposture.views.words import age, resource_short, severity, share, state
from hubposture.waivers.rule import Fit

SAMPLE = 20
_ACCOUNTS = 20


@dataclass(frozen=True)
class Covered:
    """What a waiver covers as somebody sees it.

    `rows` are what they may see of it, `hidden` how many others there are; the figures are of all. `of` is how many resources
    its controls look at in the organization, `cautions` are what must not be overlooked, `troubles` what is wrong with the
    whole. `at` is the version's time.
    """

    rows: Sequence[SubjectRow]
    all_rows: Sequence[SubjectRow]
    of: int
    at: dt.datetime
    cautions: Sequence[str] = ()
    troubles: Sequence[str] = ()

    @property
    def hidden(self) -> int:
        """How many they may not see."""
        return len(self.all_rows) - len(self.rows)

    @property
    def allowed(self) -> Sequence[SubjectRow]:
        """What it excuses or would excuse."""
        return [one for one in self.all_rows if one.fit is not Fit.BARRED]


def link_of(row: SubjectRow) -> Link:
    """A subject's page."""
    key = subject_key(row.account, row.region, row.control.lower(), row.resource)
    return Link(resource_short(row.resource) or "no resource", links.finding(key), more=row.region)


def parts(found: Covered) -> list[Part]:
    """All of it, the gravest first."""
    made: list[Part] = []
    if found.troubles:
        made.append(Banner([Text(one, Tone.STRONG) for one in found.troubles], Tone.BAD))
    if found.cautions:
        grave = any(row.is_failing and row.severity == "CRITICAL" for row in found.allowed)
        made.append(Banner(list(found.cautions), Tone.BAD if grave else Tone.WARN))
    if not found.all_rows:
        return made
    made += [Tiles(list(_tiles(found))), _accounts(found), sample(found)]
    return made


def sample(found: Covered, caption: str = "") -> Grid:
    """The first subjects, the gravest first."""
    chosen = gravest(found.rows)
    title = caption or ("Some of them, the gravest first" if len(chosen) > SAMPLE else "All of them, the gravest first")
    columns = (
        Column("Resource"), Column("Severity"), Column("Control"), Column("Account"), Column("State"),
        Column("For", is_number=True), Column("Waived by"),
    )  # fmt: skip
    return Grid(
        title, columns, [list(_row(one, found.at)) for one in chosen[:SAMPLE]], empty="Nothing that you may see."
    )


def rest_said(found: Covered) -> str:
    """What the sample leaves out, in a sentence; ''."""
    left = max(0, len(found.rows) - SAMPLE)
    said = [f"and {left:,} more"] if left else []
    if found.hidden:
        said.append(f"{counted(found.hidden, 'resource')} that you may not see")
    return ", ".join(said)


def _tiles(found: Covered) -> Iterator[Tile]:
    allowed = found.allowed
    failing = by_severity(allowed)
    number = sum(failing.values())
    yield Tile(
        "Covers", f"{len(allowed):,}", f"of {found.of:,} that its controls look at ({share(len(allowed), found.of)})"
    )
    yield Tile("Failing now", f"{number:,}", severities_said(failing) or "nothing of it fails", tone=_tone(failing))
    yield Tile("Accounts", f"{len({one.account for one in allowed}):,}")
    others = _others(allowed)
    if others:
        names = ", ".join(f"{name} ({count:,})" for name, count in list(others.items())[:3])
        yield Tile("Waived already", f"{sum(others.values()):,}", f"by {names}")
    if surplus := sum(is_surplus(one) for one in allowed):
        yield Tile("Beyond the approved", f"{surplus:,}", "open until they are approved", tone=Tone.WARN)
    if barred := len(found.all_rows) - len(allowed):
        yield Tile("Not waivable", f"{barred:,}", "the workbook allows no such waiver of them", tone=Tone.WARN)


def _tone(failing: Mapping[str, int]) -> Tone:
    if failing.get("CRITICAL"):
        return Tone.BAD
    return Tone.WARN if failing.get("HIGH") else Tone.PLAIN


def _others(rows: Sequence[SubjectRow]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in rows:
        if one.other:
            found[one.other] = found.get(one.other, 0) + 1
    return dict(sorted(found.items()))


def _accounts(found: Covered) -> Grid:
    counts = by_account(found.rows)
    columns = (
        Column("Account"), Column("Matches", is_number=True), Column("Failing", is_number=True),
        Column("Critical", is_number=True), Column("High", is_number=True), Column("Not waivable", is_number=True, is_spare=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            Link(one.shown, links.account(one.account), more=one.account if one.shown != one.account else ""),
            f"{one.matched:,}", f"{one.failing:,}",
            Text(f"{one.critical:,}", Tone.BAD) if one.critical else "-",
            Text(f"{one.high:,}", Tone.WARN) if one.high else "-",
            f"{one.barred:,}" if one.barred else "-",
        )
        for one in counts[:_ACCOUNTS]
    ]  # fmt: skip
    more = len(counts) - _ACCOUNTS
    return Grid(f"By account{f', {more:,} more' if more > 0 else ''}", columns, rows, empty="Nothing that you may see.")


def _row(one: SubjectRow, at: dt.datetime) -> Iterator[PageCell]:
    yield link_of(one)
    yield severity(one.severity)
    yield Link(one.control, links.control(one.control))
    yield Link(account_of(one), links.account(one.account))
    yield state(one.status, suppressed=one.is_suppressed, waived=bool(one.other))
    yield age(one.failing_since, at)
    if one.fit is Fit.BARRED:
        yield Text("not waivable", Tone.WARN)
    else:
        yield Link(one.other, links.waiver(one.other)) if one.other else "-"
