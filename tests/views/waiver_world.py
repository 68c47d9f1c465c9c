"""Waivers as they may stand, for the documents that show them."""

import datetime as dt
from typing import Any

from hubposture.reconcile.guard import Exceeded
from hubposture.views.waivers_rows import (
    ApprovalRow,
    DecisionRow,
    Enforcement,
    Fate,
    NoticeRow,
    PreviewRow,
    Seen,
    SubjectRow,
    Trouble,
    WaiverDetail,
    WaiverRow,
)
from hubposture.waivers.decision import Verb
from hubposture.waivers.rule import Fit
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import Effect, WaiverType

TODAY = dt.date(2026, 11, 24)
AT = dt.datetime(2026, 11, 24, 10, 40)
NAMES = {
    "111122223333": ("acme-web-prod", "Web production"),
    "444455556666": ("", "Data platform of the analytics department"),
}
DIGEST = "sha256:" + "0123456789abcdef" * 4


def ago(days: float) -> dt.datetime:
    return AT - dt.timedelta(days=days)


def waiver(name: str = "W-2026-014", **more: Any) -> WaiverRow:
    """A waiver of the web team that holds until May."""
    given: dict[str, Any] = {
        "waiver": name, "state": State.HOLDING, "controls": ("S3.2", "S3.8"), "type": WaiverType.BY_DESIGN,
        "effect": Effect.SUPPRESS, "owner": "team-web", "until": dt.date(2027, 5, 1), "valid_from": dt.date(2026, 11, 2),
        "approved_by": "lee@example.com", "approval": "servicenow PER0010042", "requested_by": "kim@example.com",
        "risk_owner": "lee@example.com", "reason": "Static web site, public on purpose",
        "compensating": "CloudFront with WAF in front; no customer data", "matched": 17, "within": 17, "failing": 12,
        "source": f"waivers/{name}.yaml:1:1",
    }  # fmt: skip
    return WaiverRow(**(given | more))


def ends(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


ALL = (
    waiver("W-2026-001", surplus=5, surplus_failing=4, matched=22, until=ends(12)),
    waiver("W-2026-002", surplus=1, surplus_failing=1),
    waiver("W-2026-003", until=ends(6), asked_until=dt.date(2027, 6, 30), owner="team-with-a-rather-long-name"),
    waiver("W-2026-004", until=TODAY, controls=tuple(f"EC2.{number}" for number in range(20))),
    waiver("W-2026-005", state=State.PROVISIONAL, approved_by="", approval="", within=8_123, failing=8_000, matched=8_123),
    waiver("W-2026-006", state=State.UNAPPROVED, why="nobody has approved it yet", approved_by="", within=0, failing=0),
    waiver("W-2026-007", state=State.CHANGED, why="S3.8 was added to its controls after it was approved"),
    waiver("W-2026-008", failing=0, passing_since=ago(43), is_unneeded=True, missing=3),
    waiver("W-2026-009", effect=Effect.VISIBLE),
    waiver("W-2026-010", state=State.EXPIRED, until=ends(-9), why="it ended on 15 Nov 2026"),
    waiver("W-2026-011", state=State.REVOKED, until=ends(90), why="taken back by lee: the site is gone"),
)  # fmt: skip


def subject(number: int = 1, **more: Any) -> SubjectRow:
    """A failing bucket of the web account."""
    account = more.pop("account", "111122223333")
    alias, name = NAMES.get(account, ("", ""))
    given: dict[str, Any] = {
        "account": account, "region": "eu-central-1", "control": "S3.8", "severity": "HIGH", "status": "FAILED",
        "resource": f"arn:aws:s3:::acme-public-site-assets-{number}", "alias": alias, "name": name,
        "failing_since": ago(number),
    }  # fmt: skip
    return SubjectRow(**(given | more))


SUBJECTS = (
    *(subject(number) for number in range(1, 9)),
    subject(20, severity="CRITICAL", control="IAM.6", resource="AWS::::Account:444455556666", account="444455556666"),
    subject(21, severity="CRITICAL", is_beyond=True, region="us-east-1"),
    subject(22, severity="MEDIUM", fit=Fit.BARRED, account="444455556666"),
    subject(23, status="PASSED", failing_since=None),
    subject(24, other="W-2026-001", is_suppressed=True),
    subject(25, status="WARNING", severity="", failing_since=None),
)  # fmt: skip

DETAIL = WaiverDetail(
    row=waiver(surplus=1, surplus_failing=1, barred=1, missing=2, covers_new=3, asked_until=dt.date(2027, 9, 1)),
    criteria=(("controls", ("S3.2", "S3.8")), ("resources", ("arn:aws:s3:::acme-public-site-*",)), ("accounts", tuple(NAMES))),
    digest=DIGEST,
    set_file="waivers/W-2026-014.subjects",
    set_subjects=16,
    approvals=(
        ApprovalRow("servicenow", "PER0010042", "lee@example.com", dt.date(2026, 11, 2), dt.date(2027, 5, 1), counts=True),
        ApprovalRow("file", "", "kim@example.com", dt.date(2026, 11, 1), dt.date(2027, 5, 1), counts=False, why="kim asked for it"),
    ),
    subjects=SUBJECTS,
    notices=(NoticeRow("W-2026-014", "surplus", dt.date(2027, 5, 1), ago(2), "team-web", "1 resource was not approved"),),
)  # fmt: skip


def preview(name: str = "W-2026-014", **more: Any) -> PreviewRow:
    given: dict[str, Any] = {
        "waiver": name, "controls": ("S3.2", "S3.8"), "type": WaiverType.BY_DESIGN, "effect": Effect.SUPPRESS,
        "owner": "team-web", "requested_by": "kim@example.com", "reason": "Static web site, public on purpose",
        "valid_from": dt.date(2026, 11, 2), "until": dt.date(2027, 5, 1), "criteria": DETAIL.criteria,
        "subjects": SUBJECTS, "digest": DIGEST, "set_file": f"waivers/{name}.subjects", "set_bytes": 1_234,
        "missing": 2, "state": State.HOLDING,
    }  # fmt: skip
    return PreviewRow(**(given | more))


def decision(verb: Verb, number: int = 1, **more: Any) -> DecisionRow:
    about = {name: more.pop(name) for name in ("severity", "account", "region", "control") if name in more}
    given: dict[str, Any] = {
        "verb": verb,
        "reason": f"why {verb}",
        "subject": subject(number, **about),
        "waiver": "W-2026-014",
    }
    return DecisionRow(**(given | more))


SUPPRESSED = tuple(
    decision(Verb.SUPPRESS, number, fate=Fate.SENT, reason="W-2026-014 covers it until 2027-05-01") for number in range(1, 41)
)  # fmt: skip
DECISIONS = (
    *SUPPRESSED,
    decision(Verb.SUPPRESS, 50, fate=Fate.SENT, severity="CRITICAL", waiver="W-2026-001", reason="W-2026-001 covers it until 2026-12-06"),
    decision(Verb.SUPPRESS, 51, fate=Fate.FAILED, why="InternalException: try again later"),
    decision(Verb.RELEASE, 52, fate=Fate.HELD_BACK, why="it waits for the working window, Wed 25 Nov 09:00", waiver="W-2026-010", reason="W-2026-010 held until 2026-11-15"),
    decision(Verb.RELEASE, 53, fate=Fate.STOPPED, severity="CRITICAL", waiver="W-2026-010", reason="W-2026-010 held until 2026-11-15"),
    decision(Verb.ADOPT, 54, fate=Fate.OBSERVED, account="444455556666"),
    decision(Verb.KEEP, 55),
    decision(Verb.HELD, 56, rule="Suppress sandbox accounts", reason="it is not covered any more"),
    decision(Verb.HELD, 57, rule="Suppress sandbox accounts", reason="it is not covered any more", region="us-east-1"),
    decision(Verb.UNAPPROVED, 58, waiver="", who="arn:aws:sts::111122223333:assumed-role/Admin/kim", since=ago(400), severity="CRITICAL"),
    decision(Verb.UNAPPROVED, 59, waiver=""),
    decision(Verb.UNAPPROVED, 60, waiver="", who="arn:aws:sts::111122223333:assumed-role/Admin/kim", since=ago(30)),
    decision(Verb.SURPLUS, 61, waiver="W-2026-001"),
)  # fmt: skip
ENFORCED = Enforcement(
    decisions=DECISIONS,
    left=1_204,
    failing=9_400,
    run="01JDEXAMPLE0000000000000000",
    version=58,
    guards=(Exceeded("released of all subjects suppressed by us", "30%", "1 of 2 (50.0%)", "--allow-release-share 51"),),
    before=Seen(seen=30, waiting=2, lost=1),
    after=Seen(seen=40, waiting=1),
    notices=DETAIL.notices,
    troubles=(Trouble("automation rules in us-east-1", "AccessDeniedException: no role"),),
)  # fmt: skip
