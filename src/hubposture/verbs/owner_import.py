"""A list of who owns what, kept elsewhere, becomes entries of teams.yaml; all that is wrong at once, with its cell.

What people wrote into teams.yaml stays: a team gets what it lacks, and what another team has stays with that team. Rows
of one team are one team.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hubposture.errors import Problem
from hubposture.matrix.cells import Book
from hubposture.matrix.rows import Origin
from hubposture.matrix.tables import Table, TableRow, best_table
from hubposture.matrix.values import RowReader
from hubposture.model.organization import ACCOUNT_PATTERN
from hubposture.owners.having import Thing, merge, only, texts_of, thing_key
from hubposture.owners.read import read_teams
from hubposture.owners.team import Jira, Team, Teams, Via, name_key
from hubposture.owners.write import to_yaml
from hubposture.texts.near import nearest
from hubposture.verbs.owner_columns import KEYS, TEAMS, is_known

_NOTHING: Mapping[str, str] = {}
_ID_IN_TEXT = re.compile(rf"(?<![0-9]){ACCOUNT_PATTERN}(?![0-9])")
_LISTS = {"aliases": Thing.NAME, "accounts": Thing.ACCOUNT, "ous": Thing.OU, "tags": Thing.TAG}
_ONCE = ("jira_project", "jira_epic", "jira_parent", "servicenow", "defectdojo", "slack", "mail", "via")


@dataclass(frozen=True, slots=True)
class ImportedTeams:
    """What a list gives: `new` teams, and of those that are there what they get (`more`).

    `problems` are cells that cannot be taken, `notes` what stays as teams.yaml has it. Both are sorted by place.
    """

    new: tuple[Team, ...] = ()
    more: tuple[Team, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def import_teams(book: Book, known: Teams, *, sheet: str = "", mapping: Mapping[str, str] = _NOTHING) -> ImportedTeams:
    """The teams of a workbook's sheet, or of the one with the most known headings, beside those of teams.yaml.

    `mapping` gives the column that a heading of the file means, '' to leave it alone.
    """
    problems = [
        Problem(book.name, f"{name!r} in the mapping is no column of a team", nearest(name, KEYS) or ", ".join(KEYS))
        for name in mapping.values()
        if name and not is_known(name)
    ]
    table = best_table(book, TEAMS, sheet=sheet, mapping=mapping, problems=problems)
    if table is None:
        return ImportedTeams(problems=tuple(sorted(set(problems))))
    gathering = _Gathering(known, problems)
    for row in table.rows:
        if any(not key.startswith("?") and cell.text.strip() for key, cell in row.cells.items()):
            gathering.take(RowReader(row, book.name, problems), row, _origin(book, table, row))
    return gathering.result()


def _origin(book: Book, table: Table, row: TableRow) -> Origin:
    return Origin(book.name, table.title, row.row, table.columns)


@dataclass
class _Entry:
    """A team while its rows are read: where it was first named, and the place of each of its entries."""

    name: str
    at: Origin
    is_known: bool
    team: Team
    once: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Gathering:
    """Rows, gathered by team."""

    def __init__(self, known: Teams, problems: list[Problem]) -> None:
        self._known = known
        self._problems = problems
        self._notes: list[Problem] = []
        self._entries: dict[str, _Entry] = {}
        self._claimed: dict[tuple[Thing, object], tuple[str, str]] = {}
        self._held = {
            (thing, thing_key(thing, text)): team.name
            for team in known.teams
            for thing in Thing
            for text in (team.names if thing is Thing.NAME else texts_of(team, thing))
        }

    def take(self, read: RowReader, row: TableRow, at: Origin) -> None:
        """Take one row; what is wrong with it is recorded."""
        called = " ".join(read.name("team").split())
        if not called:
            what = "a row without a team" if row.cells.get("team") is None else "a team without a name"
            self._problems.append(Problem(at.at("team"), what, "name the team, or remove the row"))
            return
        entry = self._entry(called, at)
        for key, thing in _LISTS.items():
            for text in self._texts(read, key, at):
                self._claim(entry, thing, text, at.at(key))
        for key in _ONCE:
            self._say(entry, key, " ".join(read.text(key).split()), at.at(key))

    def _entry(self, called: str, at: Origin) -> _Entry:
        held = self._held.get((Thing.NAME, name_key(called)))
        name = held or called
        key = name_key(name)
        if key not in self._entries:
            self._entries[key] = _Entry(name, at, held is not None, Team(name))
            other, first = self._claimed.setdefault((Thing.NAME, key), (name, at.at("team")))
            if other != name:
                what = f"{name} is a team here and an alias of {other} in {first}"
                self._problems.append(Problem(at.at("team"), what, "keep one of them"))
        return self._entries[key]

    def _texts(self, read: RowReader, key: str, at: Origin) -> Iterator[str]:
        """The items of a cell; accounts by the number that stands in them."""
        if key != "accounts":
            yield from read.names(key)
            return
        for text in read.accounts(key):
            ids = _ID_IN_TEXT.findall(text)
            if len(ids) == 1:
                yield ids[0]
            else:
                self._problems.append(Problem(at.at(key), f"{text!r} is not an account", "write its 12 digits"))

    def _claim(self, entry: _Entry, thing: Thing, text: str, where: str) -> None:
        """Give a team an item, unless another one has it."""
        key = thing_key(thing, text)
        kind = {
            Thing.NAME: "name",
            Thing.ACCOUNT: "account",
            Thing.OU: "OU",
            Thing.TAG: "tag",
            Thing.RESOURCE: "resource",
        }[thing]
        if thing is Thing.NAME and key == name_key(entry.name):
            return
        if wrong := _wrong(only(entry.name, thing, text), where):
            self._problems += wrong
            return
        held = self._held.get((thing, key))
        if held and held != entry.name:
            what = f"the {kind} {text} is {held}'s in teams.yaml and stays there"
            hint = f"hubposture owners reassign {text} --to {entry.name}"
            self._notes.append(Problem(where, what, hint))
            return
        other, first = self._claimed.setdefault((thing, key), (entry.name, where))
        if other != entry.name:
            what = f"the {kind} {text} is {other}'s too, in {first}"
            self._problems.append(Problem(where, what, "let one team have it"))
        elif not held:
            entry.team = merge(entry.team, only(entry.name, thing, text))

    def _say(self, entry: _Entry, key: str, text: str, where: str) -> None:
        """What may be said once of a team; two rows must agree."""
        if not text:
            return
        said, first = entry.once.setdefault(key, (text, where))
        if said != text:
            heading = TEAMS.column(key).heading
            what = f"{heading} of {entry.name} is {text!r} here and {said!r} in {first}"
            self._problems.append(Problem(where, what, "let the rows of a team say the same"))

    def result(self) -> ImportedTeams:
        """The teams of all rows."""
        new: list[Team] = []
        more: list[Team] = []
        for entry in self._entries.values():
            team = _with_once(entry)
            if wrong := list(_unreadable(team, entry)):
                self._problems += wrong
            elif entry.is_known:
                more += self._more(entry, team)
            else:
                new.append(team)
        problems, notes = tuple(sorted(set(self._problems))), tuple(sorted(set(self._notes)))
        return ImportedTeams(tuple(new), tuple(more), problems, notes)

    def _more(self, entry: _Entry, team: Team) -> Iterator[Team]:
        """What a known team gets; entries that it has stay, and so does who makes its tickets."""
        have = next(one for one in self._known.teams if one.name == entry.name)
        if team.jira and have.jira:
            team = replace(team, jira=replace(team.jira, site=have.jira.site))  # lists name no sites
        lacking = replace(team, via=have.via)
        for name, heading in (("jira", "Jira project"), ("servicenow_group", "ServiceNow group")):
            has_other = have.via is not Via.HUBPOSTURE or have.jira or have.servicenow_group
            if getattr(team, name) and has_other and getattr(have, name) != getattr(team, name):
                lacking = replace(lacking, **{name: getattr(have, name)})
                self._stays(entry, heading, have)
        for name, heading in (("defectdojo_product", "DefectDojo product"), ("slack", "Slack"), ("mail", "Mail")):
            if getattr(team, name) and getattr(have, name) not in ("", getattr(team, name)):
                self._stays(entry, heading, have)
        if "via" in entry.once and team.via is not have.via:
            self._stays(entry, "Via", have)
        if merge(have, lacking) != have:
            yield lacking

    def _stays(self, entry: _Entry, heading: str, have: Team) -> None:
        what = f"{heading} of {entry.name} stays as teams.yaml has it"
        self._notes.append(Problem(entry.at.at("team"), what, f"see {have.source}"))


def _with_once(entry: _Entry) -> Team:
    said = {key: text for key, (text, _) in entry.once.items()}
    slack = said.get("slack", "")
    if slack and not slack.startswith("#") and not re.fullmatch(r"[CG][A-Z0-9]{8,20}", slack):
        slack = f"#{slack.casefold()}"
    has_jira = any(said.get(key) for key in ("jira_project", "jira_epic", "jira_parent"))
    jira = Jira(said.get("jira_project", ""), said.get("jira_epic", ""), said.get("jira_parent", ""))
    via = said.get("via", "").casefold()
    return replace(
        entry.team,
        jira=jira if has_jira else None,
        servicenow_group=said.get("servicenow", ""),
        defectdojo_product=said.get("defectdojo", ""),
        slack=slack,
        mail=said.get("mail", ""),
        via=Via(via) if via in set(Via) else Via.HUBPOSTURE,
    )


def _unreadable(team: Team, entry: _Entry) -> Iterator[Problem]:
    """What reading would refuse in the entries of a team."""
    via, where = entry.once.get("via", ("", ""))
    if via and via.casefold() not in set(Via):
        yield Problem(where, f"Via is {via!r}", f"write one of {', '.join(Via)}")
    yield from (replace(one, what=f"{team.name}: {one.what}") for one in _wrong(team, entry.at.at("team")))


def _wrong(team: Team, where: str) -> list[Problem]:
    """What reading would refuse in a team, at a cell."""
    raw = to_yaml(Teams((team,))).encode("utf-8", "replace")
    return [Problem(where, one.what, one.hint) for one in read_teams(raw, "").problems]


def counts(found: ImportedTeams) -> Mapping[str, int]:
    """How many accounts, OUs, tags and names teams get."""
    given: Sequence[Team] = (*found.new, *found.more)
    return {thing.value: sum(len(texts_of(team, thing)) for team in given) for thing in Thing}
