"""The fields that findings are filtered by, and where each of them is found in the lake's tables.

SQL here is written over `subjects s`; whatever else a field needs is a semi-join of its own or a join by name (`JOINS`).
"""

from collections.abc import Mapping, Sequence

from hubposture.filters import FREE_TEXT, ColumnSql, Field, Shape

SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
EFFECTS = ("suppress", "visible")
DISPOSITIONS = ("enforce", "monitor", "siem", "compensated", "not-applicable", "no-row")

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("control", Shape.TEXT, "the control's id", "control=S3.8,EC2.2"),
        Field("service", Shape.TEXT, "the control's service", "service=iam"),
        Field("title", Shape.TEXT, "title of the control, or of another product's finding", "title~public"),
        Field("standard", Shape.TEXT, "a standard that the control belongs to", "standard=cis-5.0.0"),
        Field(
            "severity",
            Shape.RANK,
            "severity of what failed; of what passed, the severity its control has",
            "severity>=HIGH",
            SEVERITIES,
        ),
        Field("status", Shape.CHOICE, "what the check says", "status=FAILED", ("FAILED", "WARNING", "NOT_AVAILABLE", "PASSED")),
        Field("account", Shape.TEXT, "the account's id, alias or name", "account=acme-web-prod"),
        Field("ou", Shape.PATH, "the account is in this OU or below it", "ou=/Workloads"),
        Field("region", Shape.TEXT, "Region", "region=eu-*"),
        Field("resource", Shape.TEXT, "the resource's id, an ARN mostly", "resource~public"),
        Field("type", Shape.TEXT, "type of the resource", "type=AwsS3Bucket"),
        Field("tag", Shape.TEXT, "a tag of the resource, its name behind the colon", "tag:owner=team-web", is_keyed=True),
        Field("owner", Shape.TEXT, "the team that must fix it, by the chain of docs/owners.md", "owner=team-web"),
        Field("owned", Shape.TRUTH, "a row, a resource, a tag, an account or an OU names its team; a fallback names nobody", "owned=no"),
        Field("product", Shape.TEXT, "the product that found it", "product=guardduty"),
        Field("kind", Shape.CHOICE, "a control's subject, or a finding of another product", "kind=control", ("control", "other")),
        Field("disposition", Shape.CHOICE, "what the matrix wants of the control there", "disposition=enforce", DISPOSITIONS),
        Field("obligation", Shape.TRUTH, "it must be met: enforced, in force by now, in sight and measured", "obligation=yes"),
        Field("overdue", Shape.TRUTH, "an obligation that failed for longer than its due days, and is not waived", "overdue=yes"),
        Field("waiver", Shape.TEXT, "id of the waiver that covers it", "waiver=W-2026-014"),
        Field("waived", Shape.TRUTH, "an approved waiver covers it", "waived=no"),
        Field("effect", Shape.CHOICE, "what that waiver does: suppress it, or leave it visible", "effect=visible", EFFECTS),
        Field("unapproved", Shape.TRUTH, "of a control, did not pass, and suppressed without a waiver", "unapproved=yes"),
        Field("suppressed", Shape.TRUTH, "it did not pass, and is suppressed in Security Hub", "suppressed=yes"),
        Field("workflow", Shape.CHOICE, "workflow status", "workflow=NOTIFIED", ("NEW", "NOTIFIED", "SUPPRESSED", "RESOLVED")),
        Field(
            "presence",
            Shape.CHOICE,
            "whether it is there; without this field a filter finds what is present or unsure",
            "presence=lost,gone",
            ("present", "unsure", "gone", "off", "lost"),
        ),
        Field("since", Shape.TIME, "since when it fails; an age is how long it has been failing", "since>30d"),
        Field("passed", Shape.TIME, "when it last passed", "passed<7d"),
        Field("seen", Shape.TIME, "when it was first seen", "seen<7d"),
        Field("changed", Shape.TIME, "when its state last changed", "changed<24h"),
        Field("returns", Shape.NUMBER, "how often it failed again after it had passed", "returns>=2"),
        Field(FREE_TEXT, Shape.TEXT, "control id, title, resource, account; what a bare word searches", '"block public access"'),
    )
}  # fmt: skip

JOINS: Mapping[str, str] = {
    "wishes": "LEFT JOIN targets t ON t.account = s.account AND t.region = s.region "
    "LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = s.control",
    "controls": "LEFT JOIN controls c ON c.control = s.control",
    "owners": "LEFT JOIN owner_rows o_row ON o_row.name = w.owner "
    "LEFT JOIN owner_resources o_res ON o_res.resource = s.resource "
    "LEFT JOIN owner_tagsets o_tag ON o_tag.tagset = s.tagset "
    "LEFT JOIN owner_accounts o_acc ON o_acc.account = s.account",
}
"""Joins by the name under which a column needs them, in the order in which they are made; none adds rows."""

SEVERITY = "CASE WHEN s.severity <> 'INFORMATIONAL' THEN s.severity ELSE COALESCE(w.severity, NULLIF(c.severity, ''), 'INFORMATIONAL') END"
"""Severity as it is shown; needs wishes and controls."""
OWNER = "COALESCE(o_row.owner, o_res.owner, o_tag.owner, o_acc.owner, '')"
"""Owner as it is shown, a name that no team has too; needs wishes and owners (`lake.owning`), as the two below do."""
OWNER_IS_TEAM = "COALESCE(o_row.is_team, o_res.is_team, o_tag.is_team, o_acc.is_team, FALSE)"
LINK = (
    "CASE WHEN o_row.owner IS NOT NULL THEN 'row' WHEN o_res.owner IS NOT NULL THEN 'resource' "
    "WHEN o_tag.owner IS NOT NULL THEN 'resource tag' "
    "ELSE COALESCE(o_acc.link, 'none') END"
)
"""Which link of the chain decided, as `owners.chain.Link` writes it."""
OF_OWNERS = frozenset({"owner", "owned", "account-owner"})
"""The fields for which owners must be shown first."""
FAILING = "(s.status IN ('FAILED', ''))"
"""What counts as failing: FAILED, and findings of other products that have no compliance."""

WAIVED = "s.subject IN (SELECT d.subject FROM decisions d)"
OBLIGATION = (
    "(COALESCE(w.in_force, FALSE) AND s.presence IN ('present', 'unsure') AND s.status IN ('PASSED', 'FAILED'))"
)
OVERDUE = (
    f"({OBLIGATION} AND s.status = 'FAILED' AND w.due_before IS NOT NULL AND s.failing_since IS NOT NULL "
    f"AND COALESCE(DATE_TRUNC('day', s.failing_since) < w.due_before, FALSE) AND NOT ({WAIVED}))"
)
"""By the day, as `cube` counts it."""
_ACCOUNT = ColumnSql(
    "n.word",
    within="s.account IN (SELECT n.account FROM (SELECT x.account, x.alias AS word FROM accounts x "
    "UNION ALL SELECT x.account, x.name AS word FROM accounts x "
    "UNION ALL SELECT x.account, x.shown AS word FROM accounts x) n WHERE {})",
)
_OF_CONTROL = "s.control IN (SELECT x.control FROM controls x WHERE {})"

COLUMNS: Mapping[str, Sequence[ColumnSql]] = {
    "control": [ColumnSql("s.control", is_lower=True)],
    "service": [ColumnSql("x.service", within=_OF_CONTROL)],
    "title": [ColumnSql("s.title"), ColumnSql("x.title", within=_OF_CONTROL)],
    "standard": [ColumnSql("x.standard", within="s.control IN (SELECT x.control FROM standards x WHERE {})")],
    "severity": [ColumnSql(SEVERITY, ranks=SEVERITIES, needs=("wishes", "controls"))],
    "status": [ColumnSql("s.status", is_exact=True)],
    "account": [ColumnSql("s.account", is_lower=True), _ACCOUNT],
    "ou": [ColumnSql("x.ou_path", within="s.account IN (SELECT x.account FROM units x WHERE {})")],
    "region": [ColumnSql("s.region", is_lower=True)],
    "resource": [ColumnSql("s.resource")],
    "type": [ColumnSql("s.resource_type")],
    "tag": [ColumnSql("x.value", within="s.tagset IN (SELECT x.tagset FROM tags x WHERE {})", key="x.tag")],
    "owner": [ColumnSql(OWNER, needs=("wishes", "owners"))],
    "owned": [
        ColumnSql(
            f"({OWNER_IS_TEAM} AND {LINK} NOT IN ('fallback', 'none'))", is_truth=True, needs=("wishes", "owners")
        )
    ],
    "product": [ColumnSql("s.product")],
    "kind": [ColumnSql("s.kind", is_exact=True)],
    "disposition": [ColumnSql("COALESCE(w.disposition, 'no-row')", is_exact=True, needs=("wishes",))],
    "obligation": [ColumnSql(OBLIGATION, is_truth=True, needs=("wishes",))],
    "overdue": [ColumnSql(OVERDUE, is_truth=True, needs=("wishes",))],
    "waiver": [ColumnSql("x.waiver", within="s.subject IN (SELECT x.subject FROM decisions x WHERE {})")],
    "waived": [ColumnSql(f"({WAIVED})", is_truth=True)],
    "effect": [
        ColumnSql("x.effect", within="s.subject IN (SELECT x.subject FROM decisions x WHERE {})", is_exact=True)
    ],
    "unapproved": [ColumnSql(f"(s.kind = 'control' AND s.suppressed AND NOT ({WAIVED}))", is_truth=True)],
    "suppressed": [ColumnSql("s.suppressed", is_truth=True)],
    "workflow": [ColumnSql("s.workflow", is_exact=True)],
    "presence": [ColumnSql("s.presence", is_exact=True)],
    "since": [ColumnSql("s.failing_since")],
    "passed": [ColumnSql("s.last_passed_at")],
    "seen": [ColumnSql("s.first_seen_at")],
    "changed": [ColumnSql("s.changed_at")],
    "returns": [ColumnSql("s.returns")],
    # What computed filters name besides (access rules); not to be written, so not among FIELDS.
    "subject": [ColumnSql("s.subject")],
    "account-id": [ColumnSql("s.account")],
    "account-owner": [ColumnSql("COALESCE(o_acc.owner, '')", needs=("wishes", "owners"))],
    "ou-id": [ColumnSql("x.ou", within="s.account IN (SELECT x.account FROM units x WHERE {})")],
    FREE_TEXT: [
        ColumnSql("s.control", is_lower=True),
        ColumnSql("s.title"),
        ColumnSql("s.resource"),
        ColumnSql("s.account", is_lower=True),
        _ACCOUNT,
        ColumnSql("x.title", within=_OF_CONTROL),
    ],
}
"""Where every field is found."""


def fields_markdown() -> str:
    """The fields as a table for the documentation, in the order of `FIELDS`."""
    lines = ["| field | is | takes | operators | example |", "| --- | --- | --- | --- | --- |"]
    for field in FIELDS.values():
        name = f"{field.name}:NAME" if field.is_keyed else field.name
        operators = " ".join(f"`{operator}`" for operator in field.operators)
        lines.append(f"| `{name}` | {field.meaning} | {field.takes} | {operators} | `{field.example}` |")
    return "\n".join(lines) + "\n"
