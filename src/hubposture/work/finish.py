"""From what tickets are on course for to actions, with what they say."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hubposture.work.action import Action, Kind
from hubposture.work.bearing import Bearing, changes_said, known, refreshed
from hubposture.work.body import Body
from hubposture.work.course import Course
from hubposture.work.policy import Policy
from hubposture.work.subject import Subject
from hubposture.work.ticket import Draft, Member, Missing, State, Ticket
from hubposture.work.world import Words, World

_LEFT_ONCE = 2
"""At which closing by hand the last word is said; it is said once."""


def actions_of(
    course: Course, joins: Sequence[Subject], world: World, policy: Policy, words: Words, *, now: dt.datetime
) -> Iterator[Action]:
    """The actions of one ticket: none where it is as it should be."""
    if course.kind is not Kind.LINK:
        yield from _main(course, joins, world, policy, words, now=now)
    for double in course.doubles:
        ticket = course.after  # by then it is adopted, if it was to be
        reason = f"{ticket.shown or ticket.key} is older and for the same work"
        yield Action(Kind.LINK, ticket, ticket, reason, other=double)


def _main(
    course: Course, joins: Sequence[Subject], world: World, policy: Policy, words: Words, *, now: dt.datetime
) -> Iterator[Action]:
    after = _with(course.after, joins, policy, now)
    subjects = known(after, world.subjects)
    draft = words.draft(after, subjects) if course.is_written else None
    if draft is not None:
        draft, after = _written(draft, after, subjects)
    if course.kind is None and draft is None and after == course.before:
        return
    yield Action(
        kind=course.kind or Kind.UPDATE,
        after=after,
        before=course.before,
        reason=_reason(course, after, joins),
        draft=draft,
        comment=_comment(course, after, subjects, policy, words) or _taken_over(course, draft),
        outcome=course.outcome,
        other=course.other or _followed(course, after, world),
    )


def _followed(course: Course, after: Ticket, world: World) -> str:
    """The id of the ticket that one follows which is asked for once more; ''."""
    if course.kind is not Kind.CREATE or not after.previous:
        return ""
    previous = next((one for one in world.tickets if one.key == after.previous), None)
    return previous.id if previous is not None and _can_be_followed(previous, after, world) else ""


def _with(ticket: Ticket, joins: Sequence[Subject], policy: Policy, now: dt.datetime) -> Ticket:
    if not joins:
        return ticket
    members = (*ticket.members, *(Member(one.subject, now) for one in joins))
    return replace(ticket, members=members, is_full=len(members) >= policy.batch)


def _written(draft: Draft, after: Ticket, subjects: Mapping[str, Subject]) -> tuple[Draft | None, Ticket]:
    """The draft and the ticket once it is written; no draft where the tracker has it already."""
    digest = draft.digest
    if digest == after.written:
        return None, after
    return draft, replace(refreshed(after, subjects), written=digest)


def _reason(course: Course, after: Ticket, joins: Sequence[Subject]) -> str:
    if not course.reason:
        taken = "taken over" if _is_first(course) else ""
        return taken if taken and not joins else "; ".join(filter(None, (taken, changes_said(course.before, after))))
    return f"{course.reason}; {changes_said(course.before, after)}" if joins else course.reason


def _is_first(course: Course) -> bool:
    """Whether nothing was ever written to a ticket that people made before us."""
    return course.before.is_adopted and not course.before.written


def _taken_over(course: Course, draft: Draft | None) -> Body | None:
    """What people are told once in a ticket of theirs, whose text stays: everything that we would have written there."""
    return draft.body if draft is not None and draft.keeps_text and _is_first(course) else None


def _comment(
    course: Course, after: Ticket, subjects: Mapping[str, Subject], policy: Policy, words: Words
) -> Body | None:
    match course.kind:
        case Kind.CLOSE if course.outcome is not None and course.bearing.moved:
            return words.moving(after, sorted({one.owner for one in course.bearing.moved} - {""}))
        case Kind.CLOSE if course.outcome is not None:
            return words.closing(after, course.outcome, subjects)
        case Kind.REOPEN:
            return words.reopening(after, subjects, closed_at=course.hand_closed_at)
        case Kind.LEAVE if after.hand_closed <= _LEFT_ONCE:
            return words.leaving(after, subjects)
        case Kind.ESCALATE:
            return _escalation(course.bearing, after, subjects, policy, words)
        case _:
            return None


def _escalation(
    bearing: Bearing, after: Ticket, subjects: Mapping[str, Subject], policy: Policy, words: Words
) -> Body | None:
    due = bearing.due
    return None if due is None else words.escalation(after, policy.ladder[after.rung - 1], subjects, due=due)


def creation(ticket: Ticket, previous: Ticket | None, reason: str, world: World, words: Words) -> Action:
    """The making of a new ticket. The comment is for the one that it follows, if that is there still."""
    subjects = known(ticket, world.subjects)
    draft = words.draft(ticket, subjects)
    followed = previous if previous is not None and _can_be_followed(previous, ticket, world) else None
    return Action(
        kind=Kind.CREATE,
        after=replace(ticket, written=draft.digest),
        before=None,
        reason=reason,
        draft=draft,
        comment=None if followed is None else words.following(ticket, followed),
        other="" if followed is None else followed.id,
    )


def _can_be_followed(previous: Ticket, ticket: Ticket, world: World) -> bool:
    """Whether the earlier ticket exists in the same tracker, as far as we know."""
    is_gone = previous.state is State.LOST or isinstance(world.seen.get(previous.key), Missing)
    return bool(previous.id) and not is_gone and previous.route.tracker == ticket.route.tracker
