"""Tickets that were there before: rows of a list, or what a ticket's text names, become tickets of ours (pure)."""

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Group, Member, Seen, State, Ticket
from hubposture.work.world import World

COLUMNS = ("ticket", "control", "account", "region", "resource")
"""The columns of the list. `ticket` and `control` are needed, and `resource` or `account`."""
_ALIASES = {"key": "ticket", "issue": "ticket", "number": "ticket", "arn": "resource", "account id": "account"}
_MOST_ROWS = 100_000
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*\.\d+")
_SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: a ticket as people call it, and what it is about; texts that are not given are ''."""

    ticket: str
    control: str
    account: str
    region: str
    resource: str
    source: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """What would be adopted, and what cannot be: where, why."""

    tickets: tuple[Ticket, ...]
    problems: tuple[Problem, ...]


def read_rows(raw: bytes, file: str) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """The rows of a csv with headings; `file` is the name that problems show. Raises nothing for what is in it."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (), (Problem(file, f"it is not UTF-8 ({error.reason} at byte {error.start})", "save it as CSV UTF-8"),)
    try:
        lines = list(csv.reader(io.StringIO(text), strict=True, delimiter=_delimiter(text)))
    except csv.Error as error:
        return (), (Problem(file, f"it is no csv: {error}"),)
    headings = [_ALIASES.get(one.strip().casefold(), one.strip().casefold()) for one in lines[0]] if lines else []
    missing = [one for one in ("ticket", "control") if one not in headings]
    if missing or not {"resource", "account"} & set(headings):
        why = f"its first line must name the columns {', '.join(COLUMNS)}; ticket, control and resource or account are needed"
        return (), (Problem(f"{file}:1", why),)
    if len(lines) > _MOST_ROWS:
        return (), (Problem(file, f"it has more than {_MOST_ROWS:,} lines", "cut it into several"),)
    return _rows(lines[1:], headings, file)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(
    lines: Iterable[Sequence[str]], headings: Sequence[str], file: str
) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=2):
        cells = {name: cell.strip() for name, cell in zip(headings, line, strict=False)}
        if not any(cells.values()):
            continue
        ticket, control, account, region, resource = (cells.get(name, "") for name in COLUMNS)
        row = Row(ticket, control, account, region, resource, source=f"{file}:{number}")
        missing = [name for name in ("ticket", "control") if not cells.get(name)]
        if missing:
            problems.append(Problem(row.source, f"it names no {' and no '.join(missing)}"))
        elif not row.resource and not row.account:
            problems.append(Problem(row.source, "it names no resource and no account"))
        else:
            rows.append(row)
    return tuple(rows), tuple(problems)


def rows_of_texts(seen: Iterable[Seen], subjects: Iterable[Subject]) -> tuple[Row, ...]:
    """What tickets are about by what their title and description say: a control's id and a resource, letter by letter.

    A resource is named by its whole id or by its last part between word borders; a ticket that names none gives no row.
    """
    by_control: dict[str, list[Subject]] = {}
    for one in subjects:
        if one.standing is Standing.FAILING:
            by_control.setdefault(one.control, []).append(one)
    found: list[Row] = []
    for ticket in seen:
        text = f"{ticket.title}\n{ticket.text}"
        for control in sorted({word.casefold() for word in _WORD.findall(text)} & set(by_control)):
            found += [
                Row(ticket.shown, one.control, one.account, one.region, one.resource, ticket.shown)
                for one in by_control[control]
                if _names(text, one.resource)
            ]
    return tuple(found)


def _names(text: str, resource: str) -> bool:
    name = re.split(r"[:/]", resource)[-1]
    named = [resource] if len(name) < _SHORTEST_NAME else [resource, name]
    return any(re.search(rf"(?<![\w.-]){re.escape(one)}(?!\.?[\w-])", text) is not None for one in named)


def adopt(
    rows: Sequence[Row], seen: Mapping[str, Seen], world: World, policy: Policy, *, tracker: str, now: dt.datetime
) -> Adopted:
    """Tickets of ours from rows. `seen` are the tickets by how people call them, as the tracker shows them now."""
    problems: list[Problem] = []
    wanted: dict[str, dict[str, Subject]] = {}
    taken = {member.subject: one for one in world.tickets if one.state.is_live for member in one.members}
    failing = [one for one in world.subjects.values() if one.standing is Standing.FAILING]
    index = _index(failing)
    for row in rows:
        matched = _matching(row, index)
        free = [one for one in matched if one.subject not in taken]
        if not matched:
            problems.append(Problem(row.source, f"{row.ticket}: nothing that fails is called so", _about(row)))
        elif not free:
            other = taken[matched[0].subject]
            problems.append(Problem(row.source, f"{row.ticket}: it is in {other.shown or other.key} already"))
        for one in free:
            wanted.setdefault(row.ticket, {})[one.subject] = one
    tickets = list(_tickets(wanted, seen, world, policy, problems, tracker=tracker, now=now))
    return Adopted(tuple(tickets), tuple(sorted(problems)))


def _about(row: Row) -> str:
    return " ".join(filter(None, (row.control, row.account, row.region, row.resource)))


def _index(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    found: dict[str, list[Subject]] = {}
    for one in subjects:
        found.setdefault(one.control, []).append(one)
    return found


def _matching(row: Row, index: Mapping[str, Sequence[Subject]]) -> list[Subject]:
    return [
        one
        for one in index.get(row.control.casefold(), ())
        if row.account in ("", one.account) and row.region in ("", one.region) and row.resource in ("", one.resource)
    ]


def _tickets(
    wanted: Mapping[str, Mapping[str, Subject]],
    seen: Mapping[str, Seen],
    world: World,
    policy: Policy,
    problems: list[Problem],
    *,
    tracker: str,
    now: dt.datetime,
) -> Iterator[Ticket]:
    known = {one.id: one for one in world.tickets if one.id}
    numbers = _numbers(world.tickets)
    used: dict[str, str] = {}
    for name, subjects in sorted(wanted.items()):
        there = seen.get(name)
        if why := _why_not(there, known, tracker):
            problems.append(Problem(name, why))
            continue
        groups = {_group(one, world.organization, policy.by) for one in subjects.values()}
        if why := _several(groups) or _twice(subjects, used):
            problems.append(Problem(name, why))
            continue
        group = groups.pop()
        route = world.routes.get(group.owner)
        if route is None or there is None:
            problems.append(Problem(name, f"{group.owner or 'nobody'} gets no tickets: no tracker is set for it"))
            continue
        used |= dict.fromkeys(subjects, name)
        numbers[group] = numbers.get(group, 0) + 1
        yield Ticket(
            key=group.key(numbers[group]),
            group=group,
            number=numbers[group],
            route=route,
            state=State.OPEN,
            members=tuple(Member(one, now) for one in sorted(subjects)),
            made_at=now,
            id=there.id,
            shown=there.shown,
            url=there.url,
            is_full=len(subjects) >= policy.batch,
            is_adopted=True,
        )


def _why_not(there: Seen | None, known: Mapping[str, Ticket], tracker: str) -> str:
    if there is None:
        return f"{tracker} shows no such ticket"
    if there.id in known:
        return f"it is ours already, under {known[there.id].key}"
    if there.is_done:
        return f"it is done there ({there.status}); open it again, or leave it out"
    return ""


def _several(groups: Collection[Group]) -> str:
    if len(groups) == 1:
        return ""
    few = sorted(f"{one.control} of {one.owner or 'nobody'}" for one in groups)[:3]
    return f"it is about several things that have tickets of their own: {', '.join(few)}; keep one of them in the list"


def _twice(subjects: Iterable[str], used: Mapping[str, str]) -> str:
    other = next((used[one] for one in subjects if one in used), "")
    return f"something in it is in {other} as well; a resource has one ticket for a control" if other else ""


def _group(one: Subject, organization: str, by: By) -> Group:
    return Group(
        organization,
        by,
        one.control,
        one.owner,
        "" if by is By.CONTROL_OWNER else one.account,
        one.subject if by is By.SUBJECT else "",
    )


def _numbers(tickets: Iterable[Ticket]) -> dict[Group, int]:
    found: dict[Group, int] = {}
    for one in tickets:
        found[one.group] = max(found.get(one.group, 0), one.number)
    return found
