"""Worlds for planning tickets, briefly written down; and a tracker that does what is asked, to plan again after it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hubposture.work.action import Action, Kind, TicketPlan
from hubposture.work.body import Body, paragraph
from hubposture.work.plan import plan_tickets
from hubposture.work.policy import Policy, Rung
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Draft, Group, Member, Missing, Outcome, Route, Seen, State, Ticket
from hubposture.work.world import World

NOW = dt.datetime(2026, 11, 24, 10, 40)
ROUTES = {"web": Route("web", "jira", "WEB"), "data": Route("data", "snow", "incident")}
UNROUTED = {"shop": "its findings go to DefectDojo"}
ACCOUNTS = ("111122223333", "444455556666")
POLICY = Policy(batch=3, in_progress=4, ladder=(Rung(7, raise_priority=1), Rung(14)), wont_do=("Won't Do",))


def hours(count: float) -> dt.datetime:
    """A moment so many hours from now, in the past where it is below 0."""
    return NOW + dt.timedelta(hours=count)


def days(count: float) -> dt.datetime:
    """A moment so many days from now."""
    return hours(24 * count)


def subject(name: str, standing: Standing = Standing.FAILING, **changes: Any) -> Subject:
    """A bucket of team web that fails since ten days, and was looked at an hour ago."""
    made = Subject(
        subject=name,
        account=ACCOUNTS[0],
        account_shown="acme-web",
        region="eu-central-1",
        control="s3.8",
        shown="S3.8",
        title="S3 buckets should block public access",
        url="https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
        resource=f"arn:aws:s3:::{name}",
        resource_type="AwsS3Bucket",
        severity="HIGH",
        standing=standing,
        owner="web",
        is_team=True,
        failing_since=days(-10) if standing is Standing.FAILING else None,
        last_passed_at=None,
        changed_at=days(-10),
        seen_at=hours(-1),
        returns=0,
        due_days=30,
    )
    return replace(made, **changes)


def group(owner: str = "web", control: str = "s3.8", by: By = By.CONTROL_OWNER) -> Group:
    """The group of a control and a team."""
    return Group("acme", by, control, owner)


def ticket(*names: str, number: int = 1, state: State = State.OPEN, of: Group | None = None, **changes: Any) -> Ticket:
    """A ticket with these subjects, made nine days ago, whose text nobody has written yet."""
    of = of or group()
    made = Ticket(
        key=of.key(number),
        group=of,
        number=number,
        route=ROUTES[of.owner],
        state=state,
        members=tuple(Member(name, days(-9)) for name in names),
        made_at=days(-9),
        id=f"1000{number}",
        shown=f"WEB-{number}",
        url=f"https://acme.atlassian.net/browse/WEB-{number}",
    )
    if state is State.SENDING:
        made = replace(made, id="", shown="", url="", sent_at=hours(-1))
    if state is State.CLOSED:
        made = replace(made, closed_at=days(-1), outcome=Outcome.FIXED)
    return replace(made, **changes)


def seen(one: Ticket, **changes: Any) -> Seen:
    """A ticket as its tracker shows it: open, and made when we made it."""
    made = Seen(one.id, one.shown, one.url, one.route.place, (one.key,), "To Do", False, one.made_at, one.made_at)
    return replace(made, **changes)


def done_there(one: Ticket, at: dt.datetime, **changes: Any) -> Seen:
    """A ticket that is done there, by a person."""
    return seen(one, status="Done", is_done=True, done_at=at, updated=at, by="lee", **changes)


def world(
    *subjects: Subject,
    tickets: Iterable[Ticket] = (),
    shown: Mapping[str, Seen | Missing | None] | None = None,
    **more: Any,
) -> World:
    """A world in which every ticket with an id is there and open, or done if it is closed; `shown` says otherwise."""
    tickets = tuple(tickets)
    there: dict[str, Seen | Missing] = {
        one.key: done_there(one, one.closed_at or NOW) if one.state in (State.CLOSED, State.LEFT) else seen(one)
        for one in tickets
        if one.id
    }
    for key, one in (shown or {}).items():
        if one is None:
            there.pop(key, None)
        else:
            there[key] = one
    return World(
        organization="acme",
        subjects={one.subject: one for one in subjects},
        tickets=tickets,
        **{"routes": ROUTES, "unrouted": UNROUTED, "seen": there, **more},
    )


class BriefWords:
    """Words that say what they were asked for, and change when the subjects do."""

    def draft(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Draft:
        said = "; ".join(
            f"{one.subject} {subjects[one.subject].standing}" for one in ticket.members if one.subject in subjects
        )
        failing = [one for one in subjects.values() if one.standing is Standing.FAILING]
        due = min((one.due for one in failing if one.due is not None), default=None)
        return Draft(ticket.key, ticket.route, "title", Body((paragraph(said),)), "HIGH", due, raised=ticket.rung)

    def closing(self, ticket: Ticket, outcome: Outcome, subjects: Mapping[str, Subject]) -> Body:
        return Body((paragraph(f"closing as {outcome}"),))

    def reopening(self, ticket: Ticket, subjects: Mapping[str, Subject], *, closed_at: dt.datetime | None) -> Body:
        return Body((paragraph(f"reopening, closed by people: {closed_at}"),))

    def escalation(self, ticket: Ticket, rung: Rung, subjects: Mapping[str, Subject], *, due: dt.date) -> Body:
        return Body((paragraph(f"escalation after {rung.after_days} days, due {due}"),))

    def leaving(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Body:
        return Body((paragraph("leaving"),))

    def moving(self, ticket: Ticket, owners: Sequence[str]) -> Body:
        return Body((paragraph(f"moving to {', '.join(owners) or 'nobody'}"),))

    def following(self, ticket: Ticket, previous: Ticket) -> Body:
        return Body((paragraph(f"{previous.shown} is followed"),))


WORDS = BriefWords()


def written(one: Ticket, *subjects: Subject) -> Ticket:
    """A ticket whose text is what it should be now."""
    known = {each.subject: each for each in subjects}
    members = tuple(
        replace(each, standing=known[each.subject].standing) for each in one.members if each.subject in known
    )
    return replace(one, written=WORDS.draft(one, {each.subject: known[each.subject] for each in members}).digest)


def planned(at: World, policy: Policy = POLICY, now: dt.datetime = NOW) -> TicketPlan:
    """The plan for a world."""
    return plan_tickets(at, policy, WORDS, now=now)


def only(plan: TicketPlan) -> Action:
    """The one action that there is."""
    (action,) = plan.actions
    return action


def said(body: Body | None) -> str:
    """A comment's words; '' for none."""
    return "" if body is None else repr(body).split("text='")[1].split("'")[0]


def names(one: Ticket) -> set[str]:
    """The subjects in a ticket."""
    return {member.subject for member in one.members}


def whys(plan: TicketPlan) -> dict[str, int]:
    """What is held, by why."""
    found: dict[str, int] = {}
    for one in plan.held:
        found[one.why] = found.get(one.why, 0) + one.subjects
    return found


# A tracker that does what is asked


@dataclass
class Doing:
    """A world in which actions are done, one after the other, as trackers and the ledger would."""

    world: World

    def do(self, action: Action) -> None:
        """Do one action there, and write it down."""
        after = action.after
        there = dict(self.world.seen)
        found = dict(self.world.found)
        match action.kind:
            case Kind.CREATE:
                after = replace(after, id=f"made-{after.key}", shown=f"NEW-{after.number}", sent_at=NOW)
                there[after.key] = replace(seen(after), created=NOW)
                found.pop(after.key, None)
            case Kind.ADOPT:
                there[after.key] = next(one for one in found[after.key] if one.id == action.other)
            case Kind.LINK:
                found[after.key] = [
                    replace(one, is_done=True) if one.id == action.other else one for one in found.get(after.key, ())
                ]
            case Kind.CLOSE if action.outcome is not None:
                there[after.key] = replace(self._shown(after.key), is_done=True, done_at=NOW)
            case Kind.REOPEN:
                there[after.key] = replace(self._shown(after.key), is_done=False, done_at=None)
        found[after.key] = [self._same(one, there.get(after.key)) for one in found.get(after.key, ())]
        others = [one for one in self.world.tickets if one.key != after.key]
        found = {key: some for key, some in found.items() if some or key in self.world.found}
        self.world = replace(self.world, tickets=(*others, after), seen=there, found=found)

    def _shown(self, key: str) -> Seen:
        shown = self.world.seen[key]
        assert isinstance(shown, Seen)
        return shown

    @staticmethod
    def _same(entry: Seen, shown: Seen | Missing | None) -> Seen:
        """A look-up shows what reading shows."""
        return shown if isinstance(shown, Seen) and shown.id == entry.id else entry


def done(at: World, plan: TicketPlan) -> World:
    """The world once everything planned is done."""
    doing = Doing(at)
    for action in plan.actions:
        doing.do(action)
    return doing.world


def settled(at: World, policy: Policy = POLICY, *, rounds: int = 4) -> tuple[World, TicketPlan]:
    """The world after planning and doing until nothing is left to do, and the last plan."""
    for _ in range(rounds):
        plan = planned(at, policy)
        if not plan.actions:
            break
        at = done(at, plan)
    return at, planned(at, policy)
