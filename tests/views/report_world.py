"""A weekly report as tests want it: plain, empty, and with hostile texts in every field."""

import dataclasses
import datetime as dt
from typing import Any, TypeVar

from hubposture.views.movement import Level, Movement, Step
from hubposture.views.posture_rows import AwsScore, Missing
from hubposture.views.report.model import (
    Covered,
    Difference,
    Ending,
    Figure,
    Hidden,
    Late,
    Line,
    Looked,
    OverdueRow,
    Passage,
    Report,
    Scope,
    Switched,
    Tickets,
    Worst,
)
from hubposture.views.trend import Week

AT = dt.datetime(2026, 11, 29, 23, 45)
T = TypeVar("T")
HOSTILE = (
    "=cmd|' /C calc'!A0 <script>alert(1)</script> \"'><img src=x onerror=alert(2)> #eval(\"1\") $x$ *b* _i_ \\u{41} "
    "@import [a](javascript:alert(3)) \x1b[31m\x00\r\n\u202e&lt; {{7*7}} ${7*7} `id` | ---"
)


def report() -> Report:
    """A report of an organization with something in every section."""
    before, now = Level(80, 100), Level(85, 100)
    lines = (
        Line("as is", now, before),
        Line("without waivers", Level(82, 100), Level(80, 100)),
        Line("as if nothing were off or waived", Level(90, 120), Level(85, 120)),
    )
    weeks = tuple(
        Week(dt.date(2026, 11, 8) + dt.timedelta(days=7 * at), Level(70 + 5 * at, 100), Level(70 + 4 * at, 100),
             Level(80, 120), Level(at, 3), 9 - at, 60 + at)
        for at in range(4)
    )  # fmt: skip
    return Report(
        organization="acme",
        scope=Scope(),
        week="2026-W48",
        begin=dt.date(2026, 11, 23),
        end=dt.date(2026, 11, 29),
        version=43,
        at=AT,
        made_at=dt.datetime(2026, 11, 30, 6, 30),
        before_at=AT - dt.timedelta(days=7),
        lines=lines,
        accounts=Line("accounts with all met", Level(2, 3), Level(1, 3)),
        open=Figure(15, 20, "obligation=yes status=FAILED waived=no"),
        overdue=(
            OverdueRow("CRITICAL", Figure(2, 3, "overdue=yes severity=CRITICAL"), Figure(5, 8, "severity=CRITICAL"), AT),
            OverdueRow("HIGH", Figure(0, 1, "overdue=yes severity=HIGH"), Figure(10, 12, "severity=HIGH")),
        ),
        movement=Movement(
            AT.date() - dt.timedelta(days=7), AT.date(), before, now,
            [Step("new", opened=3, obligations=3), Step("fixed", closed=6), Step("waived", closed=2)],
            (before, now),
        ),
        movement_why="",
        trend=weeks,
        looked=Looked(
            True,
            (Passage("111122223333", "acme-new (111122223333)", "/Workloads", "new here"),),
            (Passage("444455556666", "acme-old (444455556666)", "/Sandbox", "left the organization"),),
            (Switched("S3.8", "Buckets block public access", 3, 1, 2, "control=s3.8"),),
        ),
        ous=(worst("/Workloads", more="2 accounts"),),
        worst_accounts=(worst("acme-web", id_="111122223333", more="/Workloads"),),
        controls=(worst("S3.8", more="Buckets block public access", severity="HIGH"),),
        owners=(worst("team-web", more="1 account"),),
        late=(Late("S3.2", "Buckets cannot be read by the public", "CRITICAL", 2, AT, "overdue=yes control=s3.2"),),
        waived=Figure(3, 1, "waived=yes"),
        unapproved=Figure(1, None, "unapproved=yes"),
        ending=(Ending("W-1", "S3.8", "team-web", "A static site", dt.date(2026, 12, 15), 4, 2, "waiver=W-1"),),
        hidden=(Hidden("EC2.8", "Instances use IMDSv2", "HIGH", 1, 1, "unapproved=yes control=ec2.8"),),
        lost=(Missing("acme-data in us-east-1", "the recorder is stopped", 7, AT),),
        not_measured=(Missing("KMS.4", "in force without any result in 1 place"),),
        lost_subjects=Figure(7, 7),
        silent=Figure(0, 0),
        missing=Figure(1, 0),
        coverage=(Covered("CIS AWS Foundations Benchmark v5.0.0", 36, 1, 0),),
        tickets=Tickets(4, 2, 1, 9, 3, (("fixed", 2),)),
        aws=(AwsScore("all standards", 76, 76, 24, 0), AwsScore("CIS AWS Foundations Benchmark v5.0.0", None, 0, 0, 0)),
        aws_before=75,
        difference=Difference(76, 24, 0, 60, 75, 9, 4, 3),
        frozen_at=dt.datetime(2026, 11, 30, 6, 30),
    )  # fmt: skip


def worst(name: str, *, id_: str = "", more: str = "", severity: str = "") -> Worst:
    """A row of those with most open."""
    return Worst(name, id_, more, severity, Level(40, 50), 3, 1, "severity>=HIGH", Level(38, 50))


def bare() -> Report:
    """The first report there is: nothing to compare with, nothing measured."""
    empty = Level(0, 0)
    names = ("as is", "without waivers", "as if nothing were off or waived")
    day = dt.date(2026, 11, 23)
    return Report(
        "acme", Scope(), "2026-W48", day, dt.date(2026, 11, 29), 1, AT, AT, None,
        tuple(Line(name, empty) for name in names), Line("accounts with all met", empty), Figure(0), (), None,
        "Nothing was synced before this week, so there is nothing to compare with.",
    )  # fmt: skip


def hostile() -> Report:
    """The plain report with a hostile text in every field that holds one."""
    return poisoned(report(), HOSTILE)


def poisoned(value: T, text: str) -> T:
    """A value with a text behind every text in it; causes and kinds, which are ours, stay."""
    found: Any = value
    if isinstance(value, str) and type(value) is str:
        found = text + value
    elif isinstance(value, (tuple, list)):
        found = type(value)(poisoned(one, text) for one in value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = ("cause", "name") if isinstance(value, (Step, Line)) else ()
        changes = {
            one.name: poisoned(getattr(value, one.name), text)
            for one in dataclasses.fields(value)
            if one.name not in kept
        }
        found = dataclasses.replace(value, **changes)
    return found  # type: ignore[no-any-return]
