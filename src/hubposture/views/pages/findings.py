"""Findings under a filter, by control or one by one, with the filter's own page and files."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubposture.errors import Problem
from hubposture.views.document import Cell, Text, Tone, counted
from hubposture.views.findings import Counts, Group, Row
from hubposture.views.pages import links
from hubposture.views.pages.parts import Column, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.words import account_name, age, day_near, last_day, resource_short, severity, state

_SAVED = (
    ("Open obligations", links.OPEN),
    ("Overdue", links.OVERDUE),
    ("CRITICAL and HIGH", f"severity>=HIGH {links.OPEN}"),
    ("Waived", links.WAIVED),
    ("Suppressed without a waiver", links.UNAPPROVED),
    ("Not measured", links.UNMEASURED),
    ("Lost sight", links.LOST),
)
_FAILING = "status=FAILED"
_FEW = 12
"""Saved filters above a list."""


@dataclass(frozen=True, slots=True)
class Search:
    """The form above the list: what was asked, whether as a list, and what is wrong with it.

    `kept` are the names of saved filters, `saved` the one that is shown; ''.
    """

    text: str
    is_list: bool
    problems: Sequence[Problem] = ()
    fields: Sequence[tuple[str, str, str]] = ()
    kept: Sequence[str] = ()
    saved: str = ""


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """A page with the form of a filter. `after` is the subject behind which the list goes on; ''."""

    page: Page
    search: Search
    exports: Sequence[Link] = ()
    pager: Sequence[Link] = field(default=())


def by_control(
    search: Search, groups: Sequence[Group], counts: Counts, *, at: dt.datetime, zone: dt.tzinfo, more: bool
) -> FindingsPage:
    """Groups in the order given; `more` says that there are further ones behind them."""
    columns = (
        Column("Control"), Column("Severity"), Column("Failing", is_number=True), Column("Of", is_number=True),
        Column("Accounts", is_number=True), Column("Oldest", is_number=True), Column("Waived", is_spare=True),
        Column("Suppressed", is_number=True, is_spare=True),
    )  # fmt: skip
    rows = [list(_group(one, search.text, at, zone)) for one in groups]
    grid = Grid("Findings by control, failing and severe ones first", columns, rows, empty=_nothing(search))
    parts: list[Part] = [*_above(search), grid]
    lead = [
        *_lead(search, counts),
        *([Text("There are more; a narrower filter shows them.", Tone.DIM)] if more else []),
    ]
    return FindingsPage(Page("Findings", parts, place="/findings", lead=lead), search, _exports(search))


def _group(one: Group, text: str, at: dt.datetime, zone: dt.tzinfo) -> Iterator[PageCell]:
    mine = (links.term("control", one.shown),) if one.control else ("kind=other", links.term("title", one.title))
    failing = (*mine, _FAILING) if one.control else mine
    if one.control:
        yield Link(one.shown or one.control, links.control(one.shown or one.control), more=one.title)
    else:
        yield Link(one.shown or "another product", _within(text, *mine), more=one.title)
    yield severity(one.severity)
    yield Link(f"{one.failing:,}", _within(text, *failing), Tone.STRONG) if one.failing else "0"
    yield Link(f"{one.subjects:,}", _within(text, *mine))
    yield f"{one.accounts:,}" if one.failing else "-"
    yield age(one.since, at)
    yield _waived(one, at, zone)
    yield f"{one.suppressed:,}" if one.suppressed else "-"


def _within(text: str, *terms: str) -> str:
    """The list of what a filter has and these terms besides, each once."""
    new = [one for one in terms if f" {one} " not in f" {text} "]
    is_any = " OR " in f" {text.upper()} "
    return links.findings(f"({text})" if is_any and new else text, *new)


def _waived(one: Group, at: dt.datetime, zone: dt.tzinfo) -> str:
    if not one.waived:
        return "-"
    return (
        f"{one.waived:,}, the next until {day_near(last_day(one.waived_until, zone), at)}"
        if one.waived_until
        else f"{one.waived:,}"
    )


def one_by_one(
    search: Search, rows: Sequence[Row], counts: Counts, *, at: dt.datetime, more: bool, after: str = ""
) -> FindingsPage:
    """Subjects in the order given; `more` says that there are further ones, `after` that there are some before."""
    columns = (
        Column("Resource"), Column("Severity"), Column("Control"), Column("Account"), Column("Region", is_spare=True),
        Column("State"), Column("For", is_number=True), Column("Waiver", is_spare=True),
    )  # fmt: skip
    grid = Grid(
        "Findings one by one, failing, severe and new ones first",
        columns,
        [list(_item(row, at)) for row in rows],
        empty=_nothing(search),
    )
    pager = [Link("First page", links.findings(search.text))] if after else []
    if more and rows:
        pager.append(Link("Next page", links.after(search.text, str(rows[-1]["subject"]))))
    page = Page("Findings", [*_above(search), grid], place="/findings", lead=_lead(search, counts))
    return FindingsPage(page, search, _exports(search), pager)


def _item(row: Row, at: dt.datetime) -> Iterator[PageCell]:
    is_other = row["kind"] == "other"
    since = row["failing_since"] or (row["first_seen_at"] if is_other else None)
    yield Link(
        resource_short(row["resource"]) or "no resource",
        links.finding(row["subject"]),
        more=row["title"] if is_other else row["control_title"],
    )
    yield severity(row["severity_shown"])
    yield row["product"] if is_other else Link(row["control_shown"], links.control(row["control_shown"]))
    yield Link(
        account_name(row["account_alias"], row["account_name"], row["account"]),
        links.account(row["account"]),
        more=row["account"],
    )
    yield row["region"]
    yield state(row["status"], row["presence"], suppressed=row["suppressed"], waived=bool(row["waiver"]))
    yield age(since, at)
    yield Link(row["waiver"], links.waiver(row["waiver"])) if row["waiver"] else "-"


def wrong(search: Search) -> FindingsPage:
    """A filter that cannot be read; the search holds what is wrong with it."""
    return FindingsPage(Page("Findings", _above(search), place="/findings"), search)


def _above(search: Search) -> list[Part]:
    saved = [Link(name, links.findings(text, one_by_one=search.is_list)) for name, text in _SAVED]
    current = next((name for name, text in _SAVED if text == search.text), "")
    views = [
        Link("By control", links.findings(search.text, one_by_one=False)), Link("One by one", links.findings(search.text)),
    ]  # fmt: skip
    return [
        Links("Often asked", saved, current),
        Links("Saved", _kept(search), search.saved),
        Links("Shown", views, "One by one" if search.is_list else "By control"),
    ]


def _kept(search: Search) -> Sequence[Link]:
    """The saved filters, the first few by name, and where the one that is shown can be saved."""
    names = dict.fromkeys(search.kept)
    shown = [Link(name, links.saved(name)) for name in list(names)[:_FEW]]
    if search.text and not search.saved and not search.problems:
        return [*shown, Link("Save this one", links.saving(search.text))]
    return [*shown, Link("All saved ones" if names else "Save one", "/filters")]


def _lead(search: Search, counts: Counts) -> list[Cell]:
    if not counts.subjects:
        return []
    found = f"{counts.failing:,} of {counted(counts.subjects, 'resource')} failing"
    return [
        Text(found, Tone.BAD if counts.failing else Tone.GOOD),
        *([f"under the filter {search.text}"] if search.text else []),
    ]


def _nothing(search: Search) -> str:
    return "Nothing is found under this filter." if search.text else "Nothing fails."


def _exports(search: Search) -> list[Link]:
    return [Link("CSV", links.export("csv", search.text)), Link("Excel", links.export("xlsx", search.text))]
