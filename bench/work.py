"""Planning of tickets: what fails in an organization against the tickets that there are."""

import datetime as dt
import random
from dataclasses import replace
from itertools import groupby

from bench.meter import Peak, timed
from hubposture.verbs.undisturbed import undisturbed
from hubposture.work.action import Kind, TicketPlan
from hubposture.work.content import TicketWords
from hubposture.work.groups import group_of
from hubposture.work.plan import plan_tickets
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Member, Route, Seen, State, Ticket
from hubposture.work.world import World

_NOW = dt.datetime(2026, 11, 24, 10, 40)  # noqa: DTZ001 - naive UTC, as the lake writes times
_TEAMS, _CONTROLS, _ACCOUNTS = 40, 200, 1000
_POLICY = Policy(in_progress=0)
_CHANGED = 0.01
"""The share of what is in tickets that changed since their texts were written."""


def planning(failing: int, tickets: int) -> str:
    """One plan in which few tickets change, as on a day like any other, and what has none yet gets one.

    Most of it is writing down what every ticket should say, to compare it with what it says.
    """
    world, words = _world(failing, tickets), TicketWords(_POLICY)
    with Peak() as peak, timed() as span, undisturbed():
        plan = plan_tickets(world, _POLICY, words, now=_NOW)
    made = [one.after for one in plan.actions if one.kind is Kind.CREATE]
    with timed() as texts:
        digests = {words.draft(one, world.subjects).digest for one in (*world.tickets, *made)}
    return f"{span}, of which {texts.used:.1f} s for {len(digests):,} texts; {peak} ({_counts(plan)})"


def _counts(plan: TicketPlan) -> str:
    counts = plan.counts
    said = [f"{counts[kind]:,} {kind}" for kind in Kind if counts[kind]]
    return ", ".join(
        [*said, f"{plan.unchanged:,} unchanged", f"{sum(one.subjects for one in plan.held):,} subjects held"]
    )


def _world(failing: int, tickets: int) -> World:
    draw = random.Random(1)
    before = [_subject(number, draw) for number in range(failing)]
    made = _tickets(before, tickets)
    subjects = {one.subject: one if draw.random() > _CHANGED else _changed(one) for one in before}
    return World(
        organization="acme",
        subjects=subjects,
        tickets=made,
        routes={team: _route(team) for team in map(_team, range(_TEAMS))},
        seen={one.key: _seen(one) for one in made},
    )


def _team(number: int) -> str:
    return f"team-{number}"


def _route(team: str) -> Route:
    return Route(team, "jira", team.upper())


def _subject(number: int, draw: random.Random) -> Subject:
    account = f"{draw.randrange(_ACCOUNTS):012}"
    control = draw.randrange(_CONTROLS)
    since = _NOW - dt.timedelta(hours=draw.randrange(2, 2000))
    return Subject(
        subject=f"{number:032x}",
        account=account,
        account_shown=f"acme-{account[-4:]}",
        region=draw.choice(("eu-central-1", "us-east-1")),
        control=f"s{control}.1",
        shown=f"S{control}.1",
        title="Buckets should block public access",
        url="https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
        resource=f"arn:aws:s3:::acme-{number}",
        resource_type="AwsS3Bucket",
        severity=("CRITICAL", "HIGH", "MEDIUM", "LOW")[control % 4],
        standing=Standing.FAILING,
        owner=_team(draw.randrange(_TEAMS)),
        is_team=True,
        failing_since=since,
        last_passed_at=None,
        changed_at=since,
        seen_at=_NOW - dt.timedelta(hours=3),
        returns=0,
        due_days=30,
    )


def _changed(one: Subject) -> Subject:
    return replace(one, standing=Standing.PASSED, failing_since=None, changed_at=_NOW)


def _tickets(subjects: list[Subject], count: int) -> list[Ticket]:
    """So many tickets of as many groups, whose texts are as they should be."""
    ordered = sorted(((group_of(one, "acme", By.CONTROL_OWNER), one) for one in subjects), key=lambda pair: pair[0])
    words, made = TicketWords(_POLICY), list[Ticket]()
    for group, pairs in groupby(ordered, key=lambda pair: pair[0]):
        if len(made) == count:
            break
        some = {one.subject: one for _, one in list(pairs)[: _POLICY.batch]}
        at = _NOW - dt.timedelta(days=100)
        members = tuple(Member(one, at) for one in some)
        number = len(made)
        ticket = Ticket(
            group.key(1), group, 1, _route(group.owner), State.OPEN, members, at, id=f"{number}", shown=f"WEB-{number}"
        )
        made.append(replace(ticket, written=words.draft(ticket, some).digest))
    return made


def _seen(one: Ticket) -> Seen:
    return Seen(one.id, one.shown, "", one.route.place, (one.key,), "To Do", False, one.made_at, one.made_at)
