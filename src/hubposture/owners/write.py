"""teams.yaml as text: a new file, and edits of one that people keep, with their comments and their order.

Every edit is read back; one that would say anything else than was wanted is refused and must be made by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from hubposture.errors import InputError, InputErrors
from hubposture.owners.having import Thing, holder, merge, only, texts_of, thing_key, without
from hubposture.owners.read import read_teams
from hubposture.owners.read_team import JIRA_KEYS
from hubposture.owners.team import Team, Teams, Via, name_key, tag_text
from hubposture.texts.yaml_edit import (
    Edit,
    add_entries,
    add_items,
    apply,
    fill,
    newline,
    remove_entry,
    remove_item,
    set_value,
)
from hubposture.texts.yaml_nodes import Entries, Items, Node, Scalar, read_yaml
from hubposture.texts.yaml_text import flow_list, flow_mapping, scalar

BY_HAND = "is written in a way that must be edited by hand"
EMPTY = b"teams: {}\n"
_BOM = b"\xef\xbb\xbf"
_LISTS = ("aliases", "accounts", "ous", "tags", "resources")


def to_yaml(teams: Teams) -> str:
    """The text of a new file; reading it gives the same teams."""
    lines = [f"fallback: {scalar(teams.fallback)}"] if teams.fallback else []
    if not teams.teams:
        return "".join(f"{line}\n" for line in (*lines, "teams: {}"))
    lines.append("teams:")
    for team in teams.teams:
        entries = [f"    {key}: {value}" for key, value in _entries(team)]
        lines += [f"  {scalar(team.name)}:", *entries] if entries else [f"  {scalar(team.name)}: {{}}"]
    return "".join(f"{line}\n" for line in lines)


def with_teams(raw: bytes, new: Sequence[Team], more: Sequence[Team] = ()) -> bytes:
    """A file with new teams behind its others, and with what `more` says of teams that are there.

    Lists get the items that they lack; other entries are written only where none is given. What stood there stays byte for
    byte. Raises InputErrors where the file has problems, InputError where it must be edited by hand.
    """
    found = _Found.of(raw)
    edits: list[Edit] = []
    wanted = list(found.teams.teams)
    for one in more:
        at = [team.name for team in wanted].index(one.name)
        merged = merge(wanted[at], one)
        edits += _additions(found, wanted[at], merged)
        wanted[at] = merged
    if new:
        edits.append(_new(found, new))
        wanted += new
    return found.edited(edits, replace(found.teams, teams=tuple(wanted)))


@dataclass(frozen=True, slots=True)
class Moved:
    """A file in which something belongs to another team; `before` is whose it was, '' for nobody's."""

    raw: bytes
    before: str


def moved(raw: bytes, thing: Thing, what: str, to: str) -> Moved:
    """Take something from the team that has it and give it to another, which the file must have.

    `what` is as the file writes it. Raises as `with_teams`, and InputError for a team's own name, and for a team that
    is not there.
    """
    found = _Found.of(raw)
    names = {name_key(name): team for team in found.teams.teams for name in team.names}
    target = names.get(name_key(to))
    if target is None:
        raise InputError(
            f"no team is called {to!r}; teams.yaml has {', '.join(team.name for team in found.teams.teams)}"
        )
    before = holder(found.teams, thing, what)
    if before == target.name:
        return Moved(raw, before)
    if thing is Thing.NAME and name_key(what) == name_key(before):
        raise InputError(f"{before} is the name of a team and no alias; rename or remove the team by hand")
    wanted = {team.name: team for team in found.teams.teams}
    edits: list[Edit] = []
    if before:
        smaller = without(wanted[before], thing, what)
        edits.append(_removal(found, wanted[before], thing, what))
        wanted[before] = smaller
    larger = merge(target, only(target.name, thing, what))
    edits += _additions(found, target, larger)
    wanted[target.name] = larger
    return Moved(found.edited(edits, replace(found.teams, teams=tuple(wanted.values()))), before)


def moved_together(raw: bytes, thing: Thing, whats: Sequence[str], to: str) -> Moved:
    """Give several things of a kind, at least one, to a team as `moved` gives one; `before` names all who had some.

    What nobody has is added at once, so that a long file is not read anew for each.
    """
    teams = _Found.of(raw).teams
    had = {what: holder(teams, thing, what) for what in whats}
    loose = [what for what, before in had.items() if not before]
    for what in (*(what for what, before in had.items() if before), *loose[:1]):
        raw = moved(raw, thing, what, to).raw
    if len(loose) > 1:
        team = holder(teams, Thing.NAME, to)
        more = [only(team, thing, what) for what in loose[1:]]
        raw = with_teams(raw, (), [reduce(merge, more)])
    return Moved(raw, ", ".join(sorted({before for before in had.values() if before})))


# --- the file --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A file without problems: its teams, and the nodes of each by name. `key` and `node` are those of `teams`."""

    raw: bytes
    text: str
    teams: Teams
    key: Scalar
    node: Node
    nodes: Mapping[str, tuple[Scalar, Node]]

    @staticmethod
    def of(raw: bytes) -> "_Found":
        read = read_teams(raw, "teams.yaml")
        if read.problems:
            raise InputErrors(read.problems)
        root = next(node for node in read_yaml(raw, "teams.yaml") if isinstance(node, Entries))
        key, node = next((key, node) for key, node in root.pairs if key.text == "teams")
        pairs = node.pairs if isinstance(node, Entries) else ()
        nodes = {" ".join(name.text.split()): (name, one) for name, one in pairs}
        return _Found(raw, raw.decode("utf-8-sig"), read.teams, key, node, nodes)

    def edited(self, edits: Iterable[Edit], wanted: Teams) -> bytes:
        """The file after edits. Raises InputError if reading it gives anything else than was wanted."""
        made = (_BOM if self.raw.startswith(_BOM) else b"") + apply(self.text, edits).encode()
        after = read_teams(made, "teams.yaml")
        if after.problems or after.teams != wanted:
            raise InputError(f"teams.yaml {BY_HAND}")
        return made


def _entries(team: Team) -> list[tuple[str, str]]:
    """The entries of a team that are given, in their order, each value in one line."""
    jira = team.jira
    pairs = [(key, str(getattr(jira, key))) for key in JIRA_KEYS] if jira else []
    entries = [
        ("aliases", flow_list(team.aliases) if team.aliases else ""),
        ("accounts", flow_list(team.accounts) if team.accounts else ""),
        ("ous", flow_list(team.ous) if team.ous else ""),
        ("tags", flow_list(map(tag_text, team.tags)) if team.tags else ""),
        ("resources", flow_list(team.resources) if team.resources else ""),
        ("via", str(team.via) if team.via is not Via.HUBPOSTURE else ""),
        ("jira", flow_mapping((name, value) for name, value in pairs if value) if jira else ""),
        ("servicenow", flow_mapping([("group", team.servicenow_group)]) if team.servicenow_group else ""),
        ("defectdojo", flow_mapping([("product", team.defectdojo_product)]) if team.defectdojo_product else ""),
        ("assignee", scalar(team.assignee) if team.assignee else ""),
        ("in_progress", "" if team.in_progress is None else str(team.in_progress)),
        ("slack", scalar(team.slack) if team.slack else ""),
        ("mail", scalar(team.mail) if team.mail else ""),
        ("pace", str(team.pace) if team.pace else ""),
    ]
    return [(key, value) for key, value in entries if value]


def _new(found: _Found, teams: Sequence[Team]) -> Edit:
    """New teams behind the others."""
    node = found.node
    if isinstance(node, Entries) and node.pairs and node.is_flow:
        flow = [(scalar(team.name), "{" + ", ".join(map(": ".join, _entries(team))) + "}") for team in teams]
        return add_entries(found.text, node, flow)
    blocks = [
        (scalar(team.name), "".join(f"\n  {key}: {value}" for key, value in _entries(team)) or "{}") for team in teams
    ]
    if isinstance(node, Entries) and node.pairs:
        return add_entries(found.text, node, blocks)
    return fill(found.text, found.key, node, blocks)


def _additions(found: _Found, old: Team, new: Team) -> list[Edit]:
    """What a team has more than before."""
    key, node = found.nodes[old.name]
    before = dict(_entries(old))
    entries = [(name, value) for name, value in _entries(new) if name not in before]
    edits = []
    if entries and isinstance(node, Entries) and node.pairs:
        edits.append(add_entries(found.text, node, entries))
    elif entries:
        is_within = isinstance(found.node, Entries) and found.node.is_flow
        flow = "{" + ", ".join(map(": ".join, entries)) + "}"
        edits.append(set_value(found.text, node, flow) if is_within else fill(found.text, key, node, entries))
    for name in _LISTS:
        had, has = texts_of(old, Thing(name)), texts_of(new, Thing(name))
        if name in before and (added := has[len(had) :]):
            edits.append(_longer(found.text, _value(node, name), [scalar(one) for one in added]))
    return edits


def _longer(text: str, node: Node, added: Sequence[str]) -> Edit:
    if isinstance(node, Items):
        return add_items(text, node, added)
    return set_value(text, node, f"[{', '.join((text[node.start : node.end].rstrip(), *added))}]")


def _removal(found: _Found, team: Team, thing: Thing, what: str) -> Edit:
    """A team's list without something, or the team without the list where nothing else is in it."""
    _, node = found.nodes[team.name]
    assert isinstance(node, Entries)  # it has the list
    items = _value(node, thing)
    if isinstance(items, Items) and len(items.items) > 1:
        texts = [thing_key(thing, one.text) if isinstance(one, Scalar) else "" for one in items.items]
        return remove_item(found.text, items, texts.index(thing_key(thing, what)))
    if len(node.pairs) > 1:
        return remove_entry(found.text, node, [name.text for name, _ in node.pairs].index(thing))
    return Edit(found.nodes[team.name][0].end, node.end, ": {}" + _line_end(found.text, node))


def _line_end(text: str, node: Node) -> str:
    """The end of a line that the span of a node takes in."""
    return newline(text) if text[node.end - 1 : node.end] == "\n" else ""


def _value(node: Node, key: str) -> Node:
    assert isinstance(node, Entries)
    return next(value for name, value in node.pairs if name.text == key)
