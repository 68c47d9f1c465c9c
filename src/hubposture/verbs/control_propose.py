"""A drafted change becomes a commit on a branch of its own, with its plan: never a silent write, never on the main branch."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hubposture.errors import HubpostureError, InputError, InputErrors, Problem
from hubposture.ports.ledger import Entry, Ledger
from hubposture.ports.proposals import Proposal, ProposalLedger
from hubposture.ports.repository import Author, NoGit, Repository
from hubposture.verbs.control_draft import Draft
from hubposture.verbs.control_reach import Place
from hubposture.views.control_plan import ControlPlan, said, to_data

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}")
_MOST_LINES = 50
_LONGEST_SUBJECT = 100


@dataclass(frozen=True, slots=True)
class Means:
    """What proposing needs: the baseline and its workbook, where it is pushed to ('' for nowhere), ids and the time."""

    repository: Repository
    file: str
    remote: str
    new_id: Callable[[], str]
    now: Callable[[], dt.datetime]


class BothLedgers(Ledger, ProposalLedger, Protocol):
    """What is asked of the ledger."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A draft with what is kept beside its commit: whom it concerns, its severity, who proposes it, and the plan shown."""

    draft: Draft
    places: Sequence[Place]
    severity: str
    plan: ControlPlan


def propose(means: Means, ledger: BothLedgers, wanted: Wanted, *, organization: str, by: str) -> Proposal:
    """Commit the drafted workbook onto a new branch, and push it where a remote is set.

    The working tree and all other branches stay as they are. What was committed and could not be pushed stays, and says
    why. Raises InputErrors for a draft with problems, InputError where it changes nothing, NoGit without history.
    """
    draft = wanted.draft
    if draft.wrong:
        raise InputErrors([_problem(one.field, one.what) for one in draft.wrong])
    if draft.raw == draft.old.raw:
        raise InputError(f"{wanted.plan.control}: the workbook says that already, so there is nothing to propose")
    if not draft.old.commit:
        raise NoGit(
            "the workbook is not committed in git, so no branch can be made: git init, git add and git commit first"
        )
    made = _written(means, wanted, organization, by)
    ledger.put_proposal(made)
    author = _author(by)
    message = _message(made, wanted)
    try:
        done = means.repository.propose(
            made.branch, files={means.file: draft.raw}, message=message, author=author, base=made.base
        )
    except HubpostureError as error:
        ledger.put_proposal(replace(made, trouble=str(error)))
        raise
    made = _pushed(means, replace(made, commit=done.id))
    ledger.put_proposal(made)
    before, after = _changed(wanted.plan)
    ledger.audit([Entry(by, f"proposed a change of {made.title} on {made.branch}", before, after, made.why)])
    return made


def push_again(means: Means, ledger: ProposalLedger, one: Proposal) -> Proposal:
    """Push a proposal that could not be pushed. Raises InputError where no remote is set."""
    if not means.remote:
        raise InputError("no remote is set: controls.remote says where proposals are pushed")
    done = _pushed(means, one)
    ledger.put_proposal(done)
    return done


def _written(means: Means, wanted: Wanted, organization: str, by: str) -> Proposal:
    name = means.new_id()
    draft = wanted.draft
    return Proposal(
        id=name,
        organization=organization,
        control=draft.asked.control,
        scope=draft.scope,
        title=f"{wanted.plan.control}: {draft.row['disposition']} in {wanted.plan.scope}",
        why=draft.row["reason"],
        by=by,
        at=means.now(),
        branch=f"controls/{draft.asked.control}-{name}",
        base=draft.old.commit,
        severity=wanted.severity,
        places=tuple(wanted.places),
        row=dict(draft.row),
        plan=to_data(wanted.plan),
    )


def _pushed(means: Means, one: Proposal) -> Proposal:
    if not means.remote:
        return one
    try:
        means.repository.push(one.branch, means.remote)
    except HubpostureError as error:
        return replace(one, trouble=f"committed, but not pushed: {error}")
    return replace(one, pushed_to=means.remote, trouble="")


def _changed(plan: ControlPlan) -> tuple[str, str]:
    befores = "; ".join(f"{one.column}: {one.before or '(empty)'}" for one in plan.rows)
    afters = "; ".join(f"{one.column}: {one.after or '(empty)'}" for one in plan.rows)
    return befores, afters


def _author(by: str) -> Author:
    """Whoever proposes, as git takes it."""
    name = one_line(by.replace("<", " ").replace(">", " "), 100) or "hubposture"
    return Author(name, by if _ADDRESS.fullmatch(by) else "hubposture@localhost")


def _message(one: Proposal, wanted: Wanted) -> str:
    """Who, why and the plan. What people wrote is indented: no line of it can be taken for a trailer."""
    lines = [
        one_line(one.title, _LONGEST_SUBJECT),
        "",
        f"Why: {one_line(one.why, 500) or 'no reason is given'}",
        f"Proposed by {one_line(one.by, 100)}",
        "",
        "Cells of the workbook:",
        *(f"  {one_line(text, 300)}" for text in _cells(wanted.plan)),
        "",
        f"Plan ({one_line(wanted.plan.source, 200)}): {said(wanted.plan)}",
        *(f"  {one_line(text, 300)}" for text in _moves(wanted.plan)),
        "",
        "Nothing is switched by this commit. Merge it, and the next apply does what its plan says.",
    ]
    return "\n".join(lines) + "\n"


def _cells(plan: ControlPlan) -> Iterator[str]:
    for one in plan.rows[:_MOST_LINES]:
        yield f"{one.sheet}, {one.row}, {one.column}: {one.before or '(empty)'} -> {one.after or '(empty)'}"
    if len(plan.rows) > _MOST_LINES:
        yield f"and {len(plan.rows) - _MOST_LINES:,} more"


def _moves(plan: ControlPlan) -> Iterator[str]:
    for one in plan.cells[:_MOST_LINES]:
        yield f"{one.shown} {one.region}: {one.what}: {one.current} -> {one.desired} ({one.way})"
    if plan.moves > _MOST_LINES:
        yield f"and {plan.moves - _MOST_LINES:,} more"


def one_line(text: str, most: int) -> str:
    """A text in one line, without signs that are not printed or turn text around, and cut."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def _problem(field: str, what: str) -> Problem:
    return Problem(field.replace("_", " ") or "the change", what)
