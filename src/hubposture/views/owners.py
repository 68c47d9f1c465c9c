"""Who owns what: teams with their work, what decided, names that no team has, and the queue of what nobody owns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubposture.owners.chain import Link
from hubposture.texts.yaml_text import scalar
from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.owners_rows import LinkRow, LooseRow, Ownership, TeamRow, UnknownRow, Work
from hubposture.views.posture import Stamp
from hubposture.views.words import account_name, percent, share

LINKS: Mapping[Link, str] = {
    Link.ROW: "the Owner of the control's row",
    Link.RESOURCE: "the resource, as teams.yaml lists it",
    Link.RESOURCE_TAG: "a tag of the resource",
    Link.ACCOUNT: "the account, as teams.yaml lists it",
    Link.ACCOUNT_TAG: "the owner tag of the account",
    Link.OU: "the nearest OU that a team has",
    Link.FALLBACK: "nothing: the fallback of teams.yaml",
    Link.NONE: "nothing",
}
"""What decided, in words."""
_NUMBERS = ("Resources", "Failing", "CRITICAL", "HIGH", "Overdue")
_FEW = 2
_BEGINNING = 50


def document(stamp: Stamp, found: Ownership, *, most: int = 20) -> Document:
    """Everything; at most `most` rows a table, the data has all of them."""
    blocks: list[Block] = [Lines(list(_summary(found)))]
    if found.teams:
        blocks += [Heading("Teams"), _teams(found.teams, most)]
    blocks += [Heading("What decided"), _links(found.links)]
    if found.names:
        blocks += [Heading(f"Names that no team has ({len(found.names):,})"), _names(found.names, most)]
        blocks += _names_help(found)
    if found.loose:
        blocks += [Heading(f"Without an owner ({counted(len(found.loose), 'account')})"), _loose(found.loose, most)]
        blocks.append(Lines(list(_ways(found))))
    if found.astray:
        blocks += [Heading("Entries of teams.yaml that lead nowhere"), _astray(found.astray, most)]
    return Document(f"Owners of {stamp.title}", blocks, _data(stamp, found))


def _summary(found: Ownership) -> Iterator[Cell]:
    whole = found.everything.obligations
    if not found.has_file:
        yield Text("There is no teams.yaml: names stand as rows and tags have them, and lead to nobody.", Tone.WARN)
    if found.broken:
        things = counted(found.broken, "thing")
        yield Text(f"{things} in teams.yaml cannot be read and counted here: hubposture owners check", Tone.BAD)
    if not whole:
        yield Text("Nothing is an obligation yet: no enforced control was measured.", Tone.WARN)
        return
    tone = Tone.GOOD if found.owned == whole else Tone.WARN
    yield Text(f"Obligations with a team: {share(found.owned, whole)} ({found.owned:,} of {whole:,})", tone)
    nobody = whole - found.owned - found.unknown
    if found.unknown:
        yield Text(f"{found.unknown:,} with an owner by a name that no team has", Tone.WARN)
    if nobody:
        after = f"; {found.fallback} gets them as the fallback" if found.fallback else "; there is no fallback"
        yield Text(f"{nobody:,} with nobody{after}", Tone.WARN)


def _numbers(work: Work) -> tuple[Cell, ...]:
    return (
        f"{work.resources:,}",
        Text(f"{work.failing:,}", Tone.STRONG) if work.failing else "-",
        Text(f"{work.critical:,}", Tone.BAD) if work.critical else "-",
        Text(f"{work.high:,}", Tone.WARN) if work.high else "-",
        Text(f"{work.overdue:,}", Tone.BAD) if work.overdue else "-",
    )


def _teams(rows: Sequence[TeamRow], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            row.name,
            row.via,
            ", ".join(row.reach) or Text("nobody is told", Tone.WARN),
            f"{row.accounts:,}",
            *_numbers(row.work),
        )
        for row in rows[:most]
    ]
    headings = ("Team", "Tickets via", "Reached by", "Accounts", *_NUMBERS)
    more = max(0, len(rows) - most)
    return Table(headings, cells, numbers=frozenset(range(3, 9)), more=more, spare=(1, 2, 3), cut=frozenset({2}))


def _links(rows: Sequence[LinkRow]) -> Table:
    cells: list[Sequence[Cell]] = [
        (LINKS[row.link], f"{row.work.resources:,}", f"{row.work.obligations:,}", f"{row.work.failing:,}")
        for row in rows
        if row.work.resources
    ]
    headings = ("What said who", "Resources", "Obligations", "Failing")
    return Table(headings, cells, numbers=frozenset({1, 2, 3}))


def _names(rows: Sequence[UnknownRow], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (row.name, ", ".join(row.links), _some(row.accounts), row.guess or "-", *_numbers(row.work))
        for row in rows[:most]
    ]
    headings = ("Name", "Stands in", "Accounts", "Perhaps", *_NUMBERS)
    more = max(0, len(rows) - most)
    table = Table(headings, cells, numbers=frozenset(range(4, 9)), more=more, spare=(2, 4, 1), cut=frozenset({0, 2}))
    return without_empty(table)


def _names_help(found: Ownership) -> Iterator[Block]:
    if found.teams:
        yield Lines(["Give each to a team as an alias, or mend the tag or the row; until then nobody is told."])
        return
    names = [f"  {scalar(row.name)}: {{}}" for row in found.names[:_BEGINNING]]
    yield Lines(["Until a team is called so, nobody is told. A teams.yaml to begin with:"])
    yield Code("\n".join(("teams:", *names)))


def _some(texts: Sequence[str]) -> str:
    named = ", ".join(texts[:_FEW])
    return named + (f" and {len(texts) - _FEW:,} more" if len(texts) > _FEW else "")


def _loose(rows: Sequence[LooseRow], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            account_name(row.alias, row.name, row.account),
            row.account,
            row.ou_path or "-",
            *_numbers(row.work),
            _by_tag(row),
        )
        for row in rows[:most]
    ]
    headings = ("Account", "Id", "OU", *_NUMBERS, "By which tag it could")
    more = max(0, len(rows) - most)
    return Table(headings, cells, numbers=frozenset(range(3, 8)), more=more, spare=(2, 3), cut=frozenset({0, 2, 8}))


def _by_tag(row: LooseRow) -> Cell:
    if row.tag is None:
        return "-"
    said = f"{row.tag.tag}={row.tag.common} on {row.tag.resources:,}"
    return Text(f"{said}, a team's name", Tone.GOOD) if row.tag.is_team else said


def _ways(found: Ownership) -> Iterator[Cell]:
    tags = [row.tag for row in found.loose if row.tag is not None]
    if any(tag.is_team for tag in tags):
        yield "A tag that has the names of teams belongs into posture.resource_owner_tags."
    if any(not tag.is_team for tag in tags):
        yield 'A tag that many have may be given to a team, value by value: tags: ["app=shop"].'
    yield "Or name the account or its OU in teams.yaml: hubposture owners reassign ACCOUNT --to TEAM"


def _astray(rows: Sequence[tuple[str, str]], most: int) -> Table:
    return Table(("Where", "What"), [list(row) for row in rows[:most]], more=max(0, len(rows) - most))


# --- data ------------------------------------------------------------------------------------------------------------


def _data(stamp: Stamp, found: Ownership) -> dict[str, Any]:
    whole = found.everything.obligations
    return {
        "organization": stamp.organization,
        "version": stamp.version,
        "at": f"{stamp.at.isoformat()}Z",
        "has_file": found.has_file,
        "broken": found.broken,
        "fallback": found.fallback,
        "obligations": whole,
        "owned": found.owned,
        "owned_percent": percent(found.owned, whole),
        "unknown": found.unknown,
        "unowned": whole - found.owned - found.unknown,
        "everything": work_data(found.everything),
        "teams": [
            {
                "team": row.name, "via": row.via, "reached_by": list(row.reach), "accounts": row.accounts,
                **work_data(row.work), "source": row.source,
            }
            for row in found.teams
        ],
        "links": [{"link": row.link, **work_data(row.work)} for row in found.links],
        "unknown_teams": [
            {
                "name": row.name, "links": list(row.links), "accounts": list(row.accounts), "perhaps": row.guess,
                **work_data(row.work),
            }
            for row in found.names
        ],
        "without_an_owner": [_loose_data(row) for row in found.loose],
        "astray": [{"where": where, "what": what} for where, what in found.astray],
    }  # fmt: skip


def work_data(work: Work) -> dict[str, int]:
    """Numbers for JSON."""
    return {
        "resources": work.resources, "obligations": work.obligations, "failing": work.failing,
        "critical": work.critical, "high": work.high, "overdue": work.overdue,
    }  # fmt: skip


def _loose_data(row: LooseRow) -> dict[str, Any]:
    tag = row.tag
    return {
        "account": row.account, "alias": row.alias, "name": row.name, "ou": row.ou_path, **work_data(row.work),
        "tag": None if tag is None else {
            "tag": tag.tag, "common": tag.common, "resources": tag.resources, "is_team": tag.is_team,
        },
    }  # fmt: skip
