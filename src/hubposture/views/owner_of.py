"""Whose one resource or account is: every link of the chain, and which one decided."""

from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.owners.chain import Owner, Step
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone
from hubposture.views.owners import LINKS, work_data
from hubposture.views.owners_rows import RowOwner, Whose


def document(found: Whose) -> Document:
    """The owner first, then why."""
    blocks: list[Block] = [Lines(list(_summary(found))), Heading("The chain"), _steps(found.steps)]
    if found.rows:
        blocks += [Heading("Controls whose row names the owner"), _rows(found.rows)]
    if found.tags:
        blocks += [Heading("Its tags"), Table(("Tag", "Value"), [list(pair) for pair in found.tags])]
    if found.others:
        blocks += [Heading("Whose its resources are"), _others(found)]
    return Document(f"Owner of {found.thing}", blocks, _data(found))


def _summary(found: Whose) -> Iterator[Cell]:
    step = next(one for one in found.steps if one.decides)
    assert step.owner is not None  # the step that decides names somebody, be it nobody
    yield _said(step.owner)
    yield f"Decided by {LINKS[step.link]}" + (f": {step.found}" if step.found else "")
    if found.rows:
        yield "For some controls the row decides instead, see below"
    where = found.ou_path or "no OU"
    yield where if found.is_account else f"{found.account}, {where}"


def _said(owner: Owner) -> Text:
    if owner.is_owned:
        return Text(owner.name, Tone.GOOD)
    if not owner.name:
        return Text("Nobody", Tone.BAD)
    why = "as the fallback; nobody was named" if owner.is_team else "which no team is called"
    return Text(f"{owner.name}, {why}", Tone.WARN)


def _steps(steps: Sequence[Step]) -> Table:
    rows: list[Sequence[Cell]] = []
    is_over = False
    for step in steps:
        mark = Text("decides", Tone.STRONG) if step.decides else Text("not reached" if is_over else "-", Tone.DIM)
        rows.append((str(step.link), step.looked, step.found or "-", _team(step.owner), mark))
        is_over = is_over or step.decides
    return Table(("Link", "What was looked for", "What stands there", "Team", ""), rows, spare=(1,))


def _team(owner: Owner | None) -> Cell:
    if owner is None or not owner.name:
        return "-"
    return owner.name if owner.is_team else Text("unknown team", Tone.WARN)


def _rows(rows: Sequence[RowOwner]) -> Table:
    cells: list[Sequence[Cell]] = [
        (row.control, row.cell, row.said, row.owner if row.is_team else Text("unknown team", Tone.WARN)) for row in rows
    ]
    return Table(("Control", "Row", "Owner", "Team"), cells)


def _others(found: Whose) -> Table:
    cells: list[Sequence[Cell]] = [
        (owner or "nobody", str(link), f"{work.resources:,}", f"{work.failing:,}") for owner, link, work in found.others
    ]
    return Table(("Owner", "Link", "Resources", "Failing"), cells, numbers=frozenset({2, 3}))


def _data(found: Whose) -> dict[str, Any]:
    owner = next(one.owner for one in found.steps if one.decides and one.owner is not None)
    return {
        "of": found.thing,
        "account": found.account,
        "ou": found.ou_path,
        "owner": owner.name,
        "is_team": owner.is_team,
        "link": owner.link,
        "steps": [
            {
                "link": one.link, "looked": one.looked, "found": one.found, "owner": one.owner.name if one.owner else "",
                "is_team": one.owner.is_team if one.owner else False, "decides": one.decides,
            }
            for one in found.steps
        ],
        "rows": [
            {"control": one.control, "row": one.cell, "said": one.said, "owner": one.owner, "is_team": one.is_team}
            for one in found.rows
        ],
        "tags": [{"tag": tag, "value": value} for tag, value in found.tags],
        "resources_of": [{"owner": name, "link": link, **work_data(work)} for name, link, work in found.others],
    }  # fmt: skip
