"""Proposed changes of the workbook: all of them, and one of them with its plan and its cells."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views import control_plan
from hubposture.views.control_plan import ControlPlan
from hubposture.views.document import Cell, Document, Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.blocks import as_parts
from hubposture.views.pages.forms import Button, Field, Form
from hubposture.views.pages.parts import Banner, Column, Facts, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.proposals import State, state_text
from hubposture.views.words import moment

PLACE = "/changes"
_WAYS = Links(
    "Show", (Link("Proposals", PLACE), Link("Runs", "/changes/runs"), Link("Inbox of controls", "/controls/inbox"))
)


@dataclass(frozen=True, slots=True)
class Change:
    """A proposal as it is shown; `plan` is None where what was kept cannot be read. Times are naive UTC."""

    id: str
    title: str
    control: str
    why: str
    by: str
    at: dt.datetime
    branch: str
    commit: str
    state: State
    state_why: str
    pushed_to: str
    trouble: str
    address: str
    plan: ControlPlan | None


def change_href(name: str) -> str:
    """One proposal."""
    return f"{PLACE}/{links.segment(name)}"


def ways(current: str) -> Links:
    """Proposals, runs and the inbox."""
    return Links(_WAYS.label, _WAYS.links, current)


def page(found: Sequence[Change]) -> Page:
    """Those that are open first."""
    is_open = [one for one in found if one.state in (State.OPEN, State.UNKNOWN)]
    others = [one for one in found if one not in is_open]
    lead: list[Cell] = [
        f"{counted(len(is_open), 'proposal')} open. Each is a commit on a branch: it is reviewed and merged in git, then applied.",
    ]
    parts: list[Part] = [ways("Proposals"), Heading("Open"), _grid("Open proposals", is_open, "Nothing is proposed.")]
    if others:
        parts += [Heading("Decided"), _grid("Proposals that are decided", others, "None.")]
    return Page("Changes", parts, place=PLACE, lead=lead)


def _grid(caption: str, found: Sequence[Change], empty: str) -> Grid:
    columns = (
        Column("Proposal"), Column("State"), Column("By"), Column("Proposed"), Column("Switches"),
        Column("Branch", is_spare=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            Link(one.title, change_href(one.id), more=one.why[:120]), state_text(one.state), one.by,
            moment(one.at), control_plan.said(one.plan) if one.plan else "-", one.branch,
        )
        for one in found
    ]  # fmt: skip
    return Grid(caption, columns, rows, empty=empty)


def one_page(one: Change, cells: Document | None, *, is_mine: bool, may_push: bool) -> Page:
    """One proposal; `cells` is what its commit changes by meaning, None where that cannot be told."""
    parts: list[Part] = []
    if one.trouble:
        parts.append(Banner([one.trouble], Tone.WARN))
    parts.append(Facts(list(_facts(one))))
    if one.plan is not None:
        whole = control_plan.document(one.plan).blocks
        blocks = whole if cells is None else control_plan.effects(one.plan)
        parts += [Heading("The plan as it was proposed"), *as_parts(blocks)]
    parts.append(Heading("What its commit changes"))
    if cells is not None:
        parts += as_parts(cells.blocks)
    else:
        parts.append(Lines([Text("This clone does not have its commit.", Tone.WARN)]))
    parts += list(_acts(one, is_mine=is_mine, may_push=may_push))
    return Page(one.title, parts, place=PLACE, trail=(Link("Changes", PLACE),))


def _facts(one: Change) -> Iterator[tuple[str, PageCell]]:
    yield "State", state_text(one.state)
    if one.state_why:
        yield "Why", one.state_why
    yield "Control", Link(one.control, links.control(one.control))
    yield "Reason", one.why or "-"
    yield "Proposed by", f"{one.by}, {moment(one.at)} UTC"
    yield "Branch", Link(one.branch, one.address) if links.outside(one.address) else one.branch
    yield "Commit", one.commit or "-"
    yield "Pushed to", one.pushed_to or "nowhere: the branch is in the baseline's own repository"


def _acts(one: Change, *, is_mine: bool, may_push: bool) -> Iterator[Part]:
    here = change_href(one.id)
    if one.state is State.OPEN and may_push and not one.pushed_to:
        yield Heading("Push it")
        yield Form("Push the branch", f"{here}/push", (), (Button("Push the branch"),))
    if is_mine and one.state in (State.OPEN, State.UNMADE, State.UNKNOWN):
        yield Heading("Withdraw it")
        fields: Sequence[Field] = ()
        yield Form("Withdraw the proposal", f"{here}/withdraw", fields, (Button("Withdraw it", is_grave=True),))
