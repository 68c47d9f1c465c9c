"""Reports: those that are kept, one of them as a page, forms for making one, and packs of evidence."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.movement import Level
from hubposture.views.pages import charts, links
from hubposture.views.pages.charts import Trend, Waterfall
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Banner, Column, Figure, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.report.model import Of, Report
from hubposture.views.report.section import Kind, Picture, Section, Value, shown
from hubposture.views.report.sections import period, sections, steps, title
from hubposture.views.words import day, day_near, moment

PLACE = "/reports"
MOST = 100
"""Rows of a table in a page; the files have all."""
FILES = ("pdf", "xlsx", "csv", "json", "html")
_WORDS = {
    "pdf": "PDF", "xlsx": "Excel", "csv": "CSV (zip)", "json": "JSON", "html": "One page to send (HTML)",
}  # fmt: skip
_KINDS = (
    Option(Of.ORGANIZATION.value, "The organization"), Option(Of.OU.value, "An OU"), Option(Of.ACCOUNT.value, "An account"),
    Option(Of.OWNER.value, "An owner"),
)  # fmt: skip
WEEKLY = ("week", "of", "key")
EVIDENCE = ("standard", "from", "to", "ou", "every")


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that is kept: its week, what it is of, when it was frozen (naive UTC), by which version."""

    week: str
    of: str
    key: str
    frozen_at: dt.datetime
    version: int


@dataclass(frozen=True, slots=True)
class Made:
    """A pack of evidence that somebody asked for here: what it is of, since when, and how far it is.

    `state` is making, ready, failed or interrupted; `detail` says why, or the digest.
    """

    id: str
    title: str
    by: str
    at: dt.datetime
    state: str
    size: int
    detail: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows. `packs` is None for those who may not make any. `left_out` counts kept ones that the caller may not see."""

    kept: Sequence[Kept]
    week: str
    standards: Sequence[tuple[str, str]]
    packs: Sequence[Made] | None
    weekly: Mapping[str, str]
    evidence: Mapping[str, str]
    problems: Mapping[str, str]
    sees_audit: bool = False


def address(week: str, of: str, key: str, *, kind: str = "") -> str:
    """A report's page, or a file of it."""
    path = f"{PLACE}/{links.segment(week)}" + (f"/report.{kind}" if kind else "")
    asked = {"of": of} | ({"key": key} if key else {})
    return path if of == Of.ORGANIZATION.value else f"{path}?{urlencode(asked, quote_via=quote, errors='replace')}"


def pack_href(name: str) -> str:
    """The zip of a pack."""
    return f"{PLACE}/evidence/{links.segment(name)}.zip"


def page(found: Shown) -> Page:
    """The kept ones, the newest week first; then what can be made."""
    rows: list[Sequence[PageCell]] = [
        [
            Link(one.week, address(one.week, one.of, one.key)), one.of, one.key or "-", f"{moment(one.frozen_at)} UTC",
            f"{one.version:,}", Link("PDF", address(one.week, one.of, one.key, kind="pdf")),
        ]
        for one in found.kept
    ]  # fmt: skip
    columns = (
        Column("Week"), Column("Of"), Column("Which"), Column("Frozen", is_spare=True),
        Column("Version", is_number=True, is_spare=True), Column("File"),
    )  # fmt: skip
    empty = "None is kept yet that you may see: the job `report` keeps the organization's every Monday, and below you can make one."
    parts: list[Part] = [
        Heading("Weekly reports that are kept"), Grid("Weekly reports that are kept", columns, rows, empty=empty),
        Heading("A week"), _weekly(found),
    ]  # fmt: skip
    if found.packs is not None:
        parts += [Heading("Evidence for auditors"), *_packs(found)]
    if found.sees_audit:
        parts += [Heading("Audit trail"), Links("Who did what", [Link("Audit trail", "/audit")])]
    return Page("Reports", parts, place=PLACE, lead=["A report that is kept never changes; any other is made anew."])


def _weekly(found: Shown) -> Form:
    given, problems = found.weekly, found.problems
    fields = (
        Field("week", "Week", value=given.get("week") or found.week, hint="A week of the calendar like 2026-W48.",
              problem=problems.get("week", ""), is_required=True, longest=10),
        Field("of", "Of", Ask.CHOICE, given.get("of") or Of.ORGANIZATION.value, _KINDS, problem=problems.get("of", "")),
        Field("key", "Which", value=given.get("key", ""), problem=problems.get("key", ""), longest=300,
              hint="The OU's path (/Workloads), the account's id or alias, or the team; nothing for the organization."),
    )  # fmt: skip
    buttons = (Button("Show it", "do", "show"), Button("Keep it for good", "do", "freeze"))
    return Form("Make a weekly report", PLACE, fields, buttons, [problems[""]] if problems.get("") else ())


def _packs(found: Shown) -> Sequence[Part]:
    assert found.packs is not None
    given, problems = found.evidence, found.problems
    standards = [Option(key, name) for key, name in found.standards]
    fields = (
        Field("standard", "Standard", Ask.CHOICE, given.get("standard", ""), standards, problem=problems.get("standard", "")),
        Field("from", "First day", Ask.DATE, given.get("from", ""), problem=problems.get("from", ""), is_required=True),
        Field("to", "Last day", Ask.DATE, given.get("to", ""), problem=problems.get("to", ""), is_required=True),
        Field("ou", "OU", value=given.get("ou", ""), problem=problems.get("ou", ""), longest=300,
              hint="Nothing for the whole organization."),
        Field("every", "Statuses of", Ask.CHOICE, given.get("every", ""),
              (Option("", "every day up to a month, else every week"), Option("day", "every day"), Option("week", "every week"))),
    )  # fmt: skip
    wrong = [problems["evidence"]] if problems.get("evidence") else ()
    says = "Every control of a standard over a period: what was wanted and by whom, how it stood, waivers, changes. A zip that can be checked."
    form = Form("Make a pack of evidence", f"{PLACE}/evidence", fields, (Button("Make it"),), wrong)
    parts: list[Part] = [Lines([says]), form]
    if found.packs:
        rows: list[Sequence[PageCell]] = [
            [one.title, one.by, f"{moment(one.at)} UTC", _state(one), one.detail or "-"] for one in found.packs
        ]
        columns = (
            Column("Pack"),
            Column("Asked for by"),
            Column("When"),
            Column("State"),
            Column("Digest, or why not", is_spare=True),
        )
        parts.append(Grid("Packs of evidence of the last day", columns, rows))
    return parts


def _state(one: Made) -> PageCell:
    if one.state == "ready":
        return Link(f"Download ({one.size / 1_048_576:.1f} MiB)", pack_href(one.id))
    return Text(one.state, Tone.DIM if one.state == "making" else Tone.BAD)


# --- one report ------------------------------------------------------------------------------------------------------


def report_page(report: Report, *, may_export: bool, may_freeze: bool) -> Page:
    """A report as a page; every number with a list leads to it."""
    of, key = report.scope.of.value, report.scope.key
    parts: list[Part] = []
    if report.notes:
        parts.append(Banner(list(report.notes), Tone.WARN))
    if may_export:
        files = [Link(_WORDS[kind], address(report.week, of, key, kind=kind)) for kind in FILES]
        parts.append(Links("As a file", files))
    if may_freeze:
        hidden = [
            Field(name, name, Ask.HIDDEN, value) for name, value in (("week", report.week), ("of", of), ("key", key))
        ]
        parts.append(Form("Keep this report", PLACE, hidden, (Button("Keep it for good", "do", "freeze"),)))
    for one in sections(report):
        parts += _section(report, one)
    return Page(title(report), parts, place=PLACE, trail=(Link("Reports", PLACE),), lead=[period(report)])


def _section(report: Report, one: Section) -> Sequence[Part]:
    says = [*(() if one.key == "summary" and report.notes == one.says else one.says)]
    if not one.rows and one.empty:
        says.append(one.empty)
    parts: list[Part] = [Heading(one.title)]
    if says:
        parts.append(Lines(says))
    picture = _picture(report, one)
    if one.rows:
        columns = [
            Column(column.heading or "What", is_number=column.kind not in (Kind.TEXT, Kind.DAY))
            for column in one.columns
        ]
        rows = [_row(one, at, row) for at, row in enumerate(one.rows[:MOST])]
        grid = Grid(one.title, columns, rows, named=0)
        parts.append(Figure(one.title, picture, grid) if picture is not None else grid)
    if len(one.rows) > MOST:
        more = counted(len(one.rows) - MOST, "more row")
        parts.append(Lines([Text(f"and {more}: Excel, CSV and JSON have all of them", Tone.DIM)]))
    return parts


def _picture(report: Report, one: Section) -> Trend | Waterfall | None:
    """The picture of a section, where it has one that pages draw: what moved, and the weeks."""
    if one.picture is Picture.WATERFALL and report.movement is not None:
        found = report.movement
        begin, end = (f"open on {day(found.begin)}", found.before.open), (f"open on {day(found.end)}", found.after.open)
        return charts.waterfall(begin, list(steps(report)), end)
    if one.picture is Picture.TREND and len(report.trend) > 1:
        lines = [
            ("as is", "a", [_percent(week.as_is) for week in report.trend]),
            ("without waivers", "b", [_percent(week.without_waivers) for week in report.trend]),
            ("as if nothing were off or waived", "c", [_percent(week.nothing_off) for week in report.trend]),
        ]
        return charts.trend([day_near(week.day, report.end) for week in report.trend], lines)
    return None


def _percent(level: Level) -> float | None:
    return level.met * 1000 // level.of / 10 if level.of else None


def _row(section: Section, at: int, row: Sequence[Value]) -> Sequence[PageCell]:
    said: list[PageCell] = [shown(value, column.kind) for value, column in zip(row, section.columns, strict=True)]
    found = section.lists[at] if at < len(section.lists) else ""
    if found and said and isinstance(said[0], str):
        said[0] = Link(said[0] or "-", links.findings(found))
    return said
