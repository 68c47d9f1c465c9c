"""A report as sections: the same sentences and tables for every renderer, in reading order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from hubposture.posture.movement import Cause
from hubposture.views.document import counted
from hubposture.views.movement import CAUSES
from hubposture.views.report.model import Of, Report, Worst
from hubposture.views.report.saying import aws_says, change, headline, moved_says
from hubposture.views.report.section import Column, Kind, Picture, Section, Value
from hubposture.views.words import day

FIRST = ("summary", "movement", "overdue", "looked")
"""The sections of the first page."""
FEW = 6
"""Rows of what changed that the first page has room for."""
_BESIDE = 12
"""Rows of the movement that have room beside its picture on the first page."""
_NUMBER = Kind.NUMBER


def sections(report: Report) -> Sequence[Section]:
    """All sections; those of the first page come first."""
    return [
        _summary(report),
        _movement(report),
        _overdue(report),
        _looked(report),
        _trend(report),
        *_worst(report),
        _late(report),
        _ending(report),
        _hidden(report),
        _lost(report),
        _silent(report),
        _coverage(report),
        _tickets(report),
        _aws(report),
    ]


def on_paper(found: Sequence[Section]) -> tuple[Sequence[Section], Sequence[Section]]:
    """The sections of a first page that fits on one sheet, and those behind it; what had no room comes there again."""
    first, again = [], []
    for one in found:
        if one.key not in FIRST:
            continue
        is_long = (one.key == "looked" and len(one.rows) > FEW) or (one.key == "movement" and len(one.rows) > _BESIDE)
        again += [one] if is_long else []
        rows = one.rows[:FEW] if one.key == "looked" else ()
        more = f"and {counted(len(one.rows) - FEW, 'more change')}, told further on"
        says = (*one.says, more) if is_long and rows else one.says
        first.append(replace(one, rows=rows, says=says, lists=one.lists[: len(rows)]) if is_long else one)
    return first, [*again, *(one for one in found if one.key not in FIRST)]


def title(report: Report) -> str:
    """`Weekly report of acme, 2026-W48`."""
    return f"Weekly report of {report.name}, {report.week}"


def period(report: Report) -> str:
    """`23 Nov 2026 to 29 Nov 2026, as of version 43 of 2026-11-27 09:07 UTC; frozen 2026-11-30 06:30 UTC`."""
    kept = f"frozen {report.frozen_at:%Y-%m-%d %H:%M} UTC" if report.frozen_at else "not frozen: it may still change"
    return f"{day(report.begin)} to {day(report.end)}, by version {report.version} of {report.at:%Y-%m-%d %H:%M} UTC; {kept}"


def _summary(report: Report) -> Section:
    columns = (
        "Obligations met",
        *(_share("Now"), _share("A week ago"), _number("Met"), _number("Of"), _number("Open")),
    )
    rows = [
        (
            line.name,
            _part(line.now.met, line.now.of),
            _part(line.before.met, line.before.of) if line.before else None,
            line.now.met,
            line.now.of,
            line.now.open,
        )
        for line in report.lines
    ]
    return Section("summary", "Where we stand", (*headline(report), *report.notes), _columns(*columns), tuple(rows))


def _movement(report: Report) -> Section:
    columns = _columns("", _number("Change", Kind.CHANGE), _number("Open"))
    if report.movement is None:
        return Section("movement", "What moved it", (report.movement_why,), columns)
    found = report.movement
    running = found.before.open
    rows: list[tuple[Value, ...]] = [(f"open on {day(found.begin)}", None, running)]
    for words, moved in steps(report):
        running += moved
        rows.append((words, moved, running))
    rows.append((f"open on {day(found.end)}", None, found.after.open))
    return Section(
        "movement", "What moved it", tuple(moved_says(report)), columns, tuple(rows), picture=Picture.WATERFALL
    )


def steps(report: Report) -> Iterator[tuple[str, int]]:
    """The causes of the movement in their order, each with what it added to what is open (or took away)."""
    if report.movement is None:
        return
    moved = {step.cause: step for step in report.movement.steps}
    for cause in CAUSES:
        if step := moved.get(cause):
            words = Cause(cause).text
            yield from ((words, change_) for change_ in (step.opened, -step.closed) if change_)
    if report.movement.unexplained:
        yield "causes that are not known", report.movement.unexplained


def _overdue(report: Report) -> Section:
    rows: list[tuple[Value, ...]] = [
        (one.severity, one.overdue.now, one.overdue.before, one.open.now, one.open.before, _date(one.oldest))
        for one in report.overdue
    ]
    columns = ("Severity", _number("Overdue"), _number("Overdue a week ago"), _number("Open"), _number("Open a week ago"),
               _day("Oldest fails since"))  # fmt: skip
    return Section(
        "overdue",
        "Open and overdue",
        (),
        _columns(*columns),
        tuple(rows),
        tuple(one.overdue.list for one in report.overdue),
        empty="Nothing is open.",
    )


def _looked(report: Report) -> Section:
    looked = report.looked
    rows: list[tuple[Value, ...]] = [
        ("account in", one.shown, f"{one.why}, in {one.ou or 'no OU'}") for one in looked.came
    ]
    rows += [("account out", one.shown, one.why) for one in looked.left]
    lists = [f"account={one.account}" for one in (*looked.came, *looked.left)]
    for one in looked.switched:
        parts = ((one.on, "switched on"), (one.off, "switched off"), (one.parameters, "parameters set anew"))
        for number, words in parts:
            if number:
                rows.append((words, f"{one.control} {one.title}".strip(), f"in {counted(number, 'place')}"))
                lists.append(one.list)
    empty = "Nothing: the same accounts, the same controls, the same parameters as a week ago."
    says = () if looked.is_known else ("Not known: nothing was synced before this week.",)
    return Section(
        "looked",
        "What changed in what we look at",
        says,
        _columns("What", "Which", "How"),
        tuple(rows),
        tuple(lists),
        empty if looked.is_known else "",
    )


def _trend(report: Report) -> Section:
    columns = ("Until", "Met", "Without waivers", "Nothing off", "Open", "Overdue", "All met", "Accounts", "AWS")
    kinds = (Kind.DAY, *(Kind.SHARE,) * 3, *(_NUMBER,) * 4, Kind.SHARE)
    rows = [
        (
            one.day,
            _part(one.as_is.met, one.as_is.of),
            _part(one.without_waivers.met, one.without_waivers.of),
            _part(one.nothing_off.met, one.nothing_off.of),
            one.as_is.open,
            one.overdue,
            one.accounts.met,
            one.accounts.of,
            None if one.aws is None else one.aws / 100,
        )
        for one in report.trend
    ]
    return Section(
        "trend",
        "Week by week",
        ("All met: accounts with all their obligations met. AWS: its own score, by its rule.",),
        tuple(map(Column, columns, kinds)),
        tuple(rows),
        picture=Picture.TREND,
    )


_WORST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ous": ("OUs with most open", ("OU", "", "Accounts", "")),
    "accounts": ("Accounts with most open", ("Account", "Number", "OU", "")),
    "controls": ("Controls with most open", ("Control", "", "Title", "Severity")),
    "owners": ("Owners with most open", ("Owner", "", "Accounts", "")),
}


def _worst(report: Report) -> Iterator[Section]:
    found: Mapping[str, Sequence[Worst]] = {
        "ous": report.ous, "accounts": report.worst_accounts, "controls": report.controls, "owners": report.owners,
    }  # fmt: skip
    hidden = set()
    if report.scope.of is Of.ACCOUNT:
        hidden = {"ous", "accounts", "owners"}
    if report.scope.of is Of.OWNER:
        hidden = {"ous", "owners"}
    for key, (heading, names) in _WORST.items():
        if key not in hidden:
            yield _ranking(key, heading, names, found[key])


def _ranking(key: str, heading: str, names: Sequence[str], rows: Sequence[Worst]) -> Section:
    told = [at for at, name in enumerate(names) if name]
    made = []
    for one in rows:
        words = (one.name, one.id, one.more, one.severity)
        before = one.before.open if one.before else None
        numbers = (_part(one.level.met, one.level.of), one.level.open, before, one.level.of, one.overdue, one.waived)
        made.append((*(words[at] for at in told), *numbers))
    columns = (
        *(Column(names[at]) for at in told),
        _share("Met"),
        *map(_number, ("Open", "A week ago", "Of", "Overdue", "Waived")),
    )
    return Section(
        key,
        heading,
        (),
        columns,
        tuple(made),
        tuple(one.list for one in rows),
        "Nothing is open.",
        Picture.BARS,
    )


def _late(report: Report) -> Section:
    rows = [(one.control, one.title, one.severity, one.overdue, _date(one.oldest)) for one in report.late]
    columns = _columns("Control", "Title", "Severity", _number("Overdue"), _day("Oldest fails since"))
    lists = tuple(one.list for one in report.late)
    return Section("late", "Overdue work", (), columns, tuple(rows), lists, "Nothing is overdue.")


def _ending(report: Report) -> Section:
    rows = [
        (one.waiver, one.controls, one.owner, one.last, one.covers, one.failing, one.reason) for one in report.ending
    ]
    columns = _columns(
        "Waiver", "Controls", "Owner", _day("Last day"), _number("Covers"), _number("Not passing"), "Reason"
    )
    says = f"Failing obligations that are waived: {change(report.waived)}"
    lists = tuple(one.list for one in report.ending)
    empty = "No waiver ends in the next 30 days."
    return Section("waivers", "Waivers that end in the next 30 days", (says,), columns, tuple(rows), lists, empty)


def _hidden(report: Report) -> Section:
    rows = [(one.control, one.title, one.severity, one.subjects, one.accounts) for one in report.hidden]
    columns = _columns("Control", "Title", "Severity", _number("Resources"), _number("Accounts"))
    lists = tuple(one.list for one in report.hidden)
    empty = "Nothing is suppressed without a waiver."
    return Section("unapproved", "Suppressed without a waiver", (), columns, tuple(rows), lists, empty)


def _lost(report: Report) -> Section:
    rows = [(one.where, one.why, one.subjects or None, _date(one.since)) for one in report.lost]
    columns = _columns("Where", "Why", _number("Known there"), _day("Since"))
    says = f"Obligations that we lost sight of, in no score: {change(report.lost_subjects)}"
    return Section("lost", "Lost sight", (says,), columns, tuple(rows), (), "Nothing was lost sight of.")


def _silent(report: Report) -> Section:
    rows = [(one.where, one.why, one.subjects or None, _date(one.since)) for one in report.not_measured]
    columns = _columns("Where", "Why", _number("Known there"), _day("Since"))
    says = (
        f"Checks that said neither passed nor failed: {change(report.silent)}",
        f"Controls in force without a result, by account and Region: {change(report.missing)}",
    )
    return Section("not-measured", "Not measured", says, columns, tuple(rows), (), "Everything was measured.")


def _coverage(report: Report) -> Section:
    rows = [
        (one.group, _part(one.covered, one.covered + one.partly + one.gaps), one.covered, one.partly, one.gaps)
        for one in report.coverage
    ]
    columns = _columns("Of", _share("Share covered"), _number("Covered"), _number("Partly"), _number("Gaps"))
    says = (
        ("By the workbook as it was when this report was made; `hubposture coverage` names the gaps.",) if rows else ()
    )
    empty = "The workbook names no requirements and no clauses, or could not be read."
    if report.scope.of is not Of.ORGANIZATION:
        empty = "The organization's report tells it: the workbook holds for everybody."
    return Section("coverage", "Requirements and clauses covered", says, columns, tuple(rows), (), empty)


def _tickets(report: Report) -> Section:
    columns = _columns("Tickets", _number("Number"))
    found = report.tickets
    if found is None:
        return Section("tickets", "Tickets", (), columns, empty="No tracker is set, and there are no tickets.")
    rows: list[tuple[Value, ...]] = [
        ("made in the week", found.made),
        ("closed in the week", found.closed),
        *((f"of them {kind}", number) for kind, number in found.outcomes),
        ("closed by hand while the check fails", found.by_hand),
        ("open at its end", found.open),
        ("of them with something overdue", found.late),
    ]
    says = ("As the ledger knew them when this report was made.",)
    return Section("tickets", "Tickets", says, columns, tuple(rows))


def _aws(report: Report) -> Section:
    rows = [
        (one.standard, None if one.score is None else one.score / 100, one.passed, one.failed, one.unknown, one.no_data,
         one.disabled)
        for one in report.aws
    ]  # fmt: skip
    numbers = map(_number, ("Passed", "Failed", "Unknown", "No data", "Disabled"))
    columns = _columns("Standard", _share("Score"), *numbers)
    empty = "AWS has no score here: no standard is known to be on."
    return Section("aws", "AWS's score beside ours", tuple(aws_says(report)), columns, tuple(rows), (), empty)


def _columns(*given: str | Column) -> tuple[Column, ...]:
    return tuple(Column(one) if isinstance(one, str) else one for one in given)


def _number(heading: str, kind: Kind = _NUMBER) -> Column:
    return Column(heading, kind)


def _share(heading: str) -> Column:
    return Column(heading, Kind.SHARE)


def _day(heading: str) -> Column:
    return Column(heading, Kind.DAY)


def _part(part: int, whole: int) -> float | None:
    """A share, cut so that only all is 100 %, as it is shown to one decimal."""
    return None if whole == 0 else max(part * 1000 // whole, 1 if part else 0) / 1000


def _date(at: datetime | None) -> date | None:
    return None if at is None else at.date()
