"""A ticket of twelve buckets in three accounts and two Regions, of which some fail, some are done and one is out of sight."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Paragraph
from hubposture.work.policy import Policy, Rung
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket

NOW = dt.datetime(2026, 11, 24, 10, 40)
DAY = dt.timedelta(days=1)
ACCOUNTS = {"111122223333": "acme-web-prod", "222233334444": "acme-web-test", "333344445555": "333344445555"}
POLICY = Policy(
    link="https://posture.example.com",
    rows=4,
    ladder=(Rung(7, raise_priority=1), Rung(14, raise_priority=1, mention="lee@example.com")),
    wont_do=("Won't Do",),
)
GROUP = Group("acme", By.CONTROL_OWNER, "s3.8", "team-web")
ROUTE = Route("team-web", "jira", "WEB")


def subject(number: int, standing: Standing = Standing.FAILING, **changes: object) -> Subject:
    """The `number`th bucket."""
    account = list(ACCOUNTS)[number % 3]
    made = Subject(
        subject=f"{number:032x}",
        account=account,
        account_shown=ACCOUNTS[account] if ACCOUNTS[account] == account else f"{ACCOUNTS[account]} ({account})",
        region=("eu-central-1", "us-east-1")[number % 2],
        control="s3.8",
        shown="S3.8",
        title="S3 general purpose buckets should block public access",
        url="https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
        resource=f"arn:aws:s3:::acme-site-{number}",
        resource_type="AwsS3Bucket",
        severity="HIGH",
        standing=standing,
        owner="team-web",
        is_team=True,
        failing_since=NOW - (number + 3) * DAY if standing in (Standing.FAILING, Standing.WAIVED) else None,
        last_passed_at=None,
        changed_at=NOW - number * DAY,
        seen_at=NOW - dt.timedelta(hours=2),
        returns=0,
        due_days=30,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


SUBJECTS = [
    *(subject(number) for number in range(5)),
    replace(subject(5), severity="CRITICAL", due_days=7, returns=4),
    subject(6, Standing.PASSED),
    subject(7, Standing.PASSED),
    subject(8, Standing.WAIVED, waiver="W-2026-014", until=NOW.replace(month=12, day=2, hour=0, minute=0)),
    subject(9, Standing.GONE),
    subject(10, Standing.NOT_REQUIRED, why="the row of S3.8 is monitor now"),
    subject(11, Standing.UNKNOWN, why="us-east-1 is not linked any more"),
]


def known(*subjects: Subject) -> Mapping[str, Subject]:
    """Subjects by id."""
    return {one.subject: one for one in subjects}


def ticket(*subjects: Subject, **changes: object) -> Ticket:
    """An open ticket of these subjects."""
    members = tuple(Member(one.subject, NOW - 20 * DAY) for one in subjects)
    group = changes.pop("group", GROUP)
    assert isinstance(group, Group)
    made = Ticket(
        group.key(1), group, 1, ROUTE, State.OPEN, members, NOW - 20 * DAY, id="10042", shown="WEB-42",
        url="https://acme.atlassian.net/browse/WEB-42",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


WORLD = known(*SUBJECTS)
TICKET = ticket(*SUBJECTS)
REDACTED = replace(POLICY, redacted=frozenset({"WEB"}))


def said(body: Body) -> str:
    """Every word of a body, blocks on lines of their own."""
    return "\n".join(one for block in body.blocks for one in _block(block))


def _block(block: Block) -> list[str]:
    match block:
        case Heading(text):
            return [text]
        case Paragraph(spans):
            return [_line(spans)]
        case Bullets(lines):
            return [_line(line) for line in lines]
        case Grid(headings, rows, more):
            return [" | ".join(headings), *(" | ".join(_line(cell) for cell in row) for row in rows), f"more {more}"]


def _line(line: Line) -> str:
    return "".join(f"{one.text} {one.url}" if isinstance(one, Link) else one.text for one in line)
