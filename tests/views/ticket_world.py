"""Plans and runs of tickets as they may stand, for the documents that show them."""

import datetime as dt
from dataclasses import dataclass, replace

from hubposture.reconcile.guard import Exceeded
from hubposture.views.tickets_rows import SyncRow, TicketRow
from hubposture.work.action import Action, Answer, Held, Kind, TicketPlan
from hubposture.work.body import Body
from hubposture.work.ticket import By, Draft, Group, Member, Outcome, Route, State, Ticket
from hubposture.work.verify import Disagreement


@dataclass(frozen=True, slots=True)
class Proposal:
    """A waiver that a ticket asked for."""

    answer: Answer
    waiver: str
    commit: str


AT = dt.datetime(2026, 11, 24, 10, 40)
ROUTES = {"team-web": Route("team-web", "jira", "WEB"), "team-app": Route("team-app", "servicenow", "incident")}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What may fail."""

    where: str
    what: str
    hint: str = ""
    is_error: bool = True


def ticket(number: int, *, team: str = "team-web", resources: int = 3, state: State = State.OPEN) -> Ticket:
    """The `number`th ticket of a team."""
    group = Group("acme", By.CONTROL_OWNER, "s3.8", team)
    members = tuple(Member(f"{number:016x}{at:016x}", AT) for at in range(resources))
    return Ticket(
        group.key(number), group, number, ROUTES[team], state, members, AT, id=str(number),
        shown=f"WEB-{number}", url=f"https://acme.atlassian.net/browse/WEB-{number}",
    )  # fmt: skip


def action(kind: Kind, number: int, reason: str, *, team: str = "team-web", resources: int = 3) -> Action:
    """An action on that ticket; a new one is not called anything yet."""
    after = ticket(number, team=team, resources=resources)
    draft = Draft(
        after.key, after.route, "S3.8: S3 buckets (3 resources)", Body(), "HIGH", dt.date(2026, 12, 1), ("a",)
    )
    if kind is Kind.CREATE:
        return Action(kind, replace(after, id="", shown="", url="", state=State.SENDING), None, reason, draft=draft)
    if kind is Kind.CLOSE:
        closed = replace(after, state=State.CLOSED, closed_at=AT, outcome=Outcome.FIXED)
        return Action(kind, closed, after, reason, draft=draft, comment=Body(), outcome=Outcome.FIXED)
    return Action(kind, after, after, reason, draft=draft)


ACTIONS = (
    action(Kind.CLOSE, 41, "all 3 resources pass"),
    action(Kind.REOPEN, 42, "closed by hand on 2026-11-22, and 2 resources still fail at the check of 2026-11-24"),
    action(Kind.UPDATE, 43, "1 resource passed", team="team-app"),
    action(Kind.CREATE, 44, "12 resources fail for longer than 24 hours", resources=12),
    action(Kind.CREATE, 45, "2 resources fail for longer than 24 hours", team="team-app", resources=2),
)
HELD = (
    Held("team-app", "ec2.2", "20 tickets are open, and that is its limit", 31),
    Held("", "iam.6", "nobody owns it", 2),
)
ANSWERS = (Answer("not mine", "WEB-42", "team-web", "label not-mine", "kim@example.com", AT),)
PLAN = TicketPlan(ACTIONS, HELD, ANSWERS, unchanged=37)
GUARDS = (Exceeded("new tickets", "1", "2", "--allow-new 2"),)
TROUBLES = (Trouble("servicenow", "503 Service Unavailable"),)
SYNCED = SyncRow(
    PLAN,
    done=ACTIONS[:2],
    failed=((ACTIONS[3], "labels: Field 'labels' cannot be set"), (ACTIONS[2], "403 Forbidden")),
    skipped=((ACTIONS[4], "403 Forbidden"),),
    broken={("servicenow", "incident"): "403 Forbidden: the user may not write here"},
    exceeded=GUARDS,
    failures=TROUBLES,
    answers=ANSWERS,
    calls={"jira:GET issue": 12, "jira:POST issue/bulk": 2, "servicenow:PATCH incident": 1},
    run="01JDEXAMPLE0000000000000000",
    proposed=(Proposal(Answer("won't do", "WEB-43", "team-app", "Won't Do", "kim@example.com", AT), "T-1", "f" * 40),),
    notified=17,
    more=(Trouble("WEB-44", "the waiver that it asks for is not proposed: no branch"),),
)
ROWS = (
    TicketRow(
        "shub-000000000001", "WEB-42", "team-web", "jira", "WEB", "S3.8", "CRITICAL", "open", True, 3, 12,
        dt.date(2026, 11, 20), 4, "https://acme.atlassian.net/browse/WEB-42", hand_closed=1,
    ),
    TicketRow(
        "shub-000000000002", "", "team-of-the-data-platform", "servicenow", "incident", "EC2.2", "HIGH", "sending",
        True, 5, 5, dt.date(2026, 12, 24), trouble="503 Service Unavailable",
    ),
    TicketRow("shub-000000000003", "WEB-7", "team-web", "jira", "WEB", "IAM.6", "", "closed", False, 0, 2),
)  # fmt: skip
DISAGREEMENTS = (
    Disagreement(
        "jira WEB",
        "WEB-42",
        "done (Won't Do)",
        "2 resources fail in it",
        AT,
        "a sync opens it again from 2026-11-25 on",
    ),
    Disagreement("team-app", "", "no ticket", "1 resource of IAM.6 fails", None, "the next sync makes one"),
)
