"""The tables of the lake, column by column: what is written, what the SQL reads, what docs/lake.md shows."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Column types that every engine has; `time` is a UTC timestamp without a zone, in microseconds."""

    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "truth"
    TIME = "time"

    @property
    def duckdb(self) -> str:
        """The type's name in DuckDB (and, but for TIMESTAMP(6), in Athena and Spark)."""
        return {"text": "VARCHAR", "integer": "BIGINT", "truth": "BOOLEAN", "time": "TIMESTAMP"}[self.value]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `meaning` says what '' and NULL stand for where they occur; only times may be NULL.

    `before` is what it reads as in files that were written before there was such a column; None where all files have it.
    """

    name: str
    kind: Kind
    meaning: str
    before: str | int | bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a version; `key` are the columns by which a row is unique."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def ddl(self) -> str:
        """The columns as DuckDB's CREATE TABLE takes them, without the parentheses; quoted, for `at` is a word of SQL."""
        return ", ".join(f'"{column.name}" {column.kind.duckdb}' for column in self.columns)


def _text(name: str, meaning: str) -> Column:
    return Column(name, Kind.TEXT, meaning)


def _time(name: str, meaning: str) -> Column:
    return Column(name, Kind.TIME, meaning)


def _number(name: str, meaning: str) -> Column:
    return Column(name, Kind.INTEGER, meaning)


def _truth(name: str, meaning: str) -> Column:
    return Column(name, Kind.TRUTH, meaning)


_PLACE = (
    _text("account", "12-digit account id"),
    _text("region", "Region of the finding"),
    _text("control", "control id in lower case (`s3.8`); '' for findings of other products"),
    _text("resource", "resource id as the product writes it, an ARN mostly"),
)
_SUBJECT = _text("subject", "32 hex digits of (account, region, control, resource); of other products: of the finding")

FINDINGS = Table(
    "findings",
    "One row per finding and resource in it, merged by field group; ACTIVE and ARCHIVED.",
    ("finding", "subject"),
    (
        _text("finding", "32 hex digits of (product, id)"),
        _SUBJECT,
        _text("kind", "`control` or `other`"),
        _text("product", "ProductArn"),
        _text("id", "the finding's Id"),
        *_PLACE,
        _text("resource_type", "`AwsS3Bucket`; '' if not given"),
        _text("standard", "key of the standard whose finding it is (`cis-5.0.0`); '' with consolidated findings"),
        _text("title", "title, of findings of other products; '' for controls, whose titles are in `controls`"),
        _text("compliance", "PASSED, FAILED, WARNING, NOT_AVAILABLE; '' if not given"),
        _text("reason", "first Compliance.StatusReasons code; ''"),
        _text("severity", "INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL"),
        _text("record_state", "ACTIVE or ARCHIVED"),
        _text("archived_because", "first ArchivalReasons code; ''"),
        _time("created_at", "CreatedAt"),
        _time("updated_at", "UpdatedAt: orders compliance, severity and record state"),
        _time("first_observed_at", "FirstObservedAt: since when the status is what it is; NULL if not given"),
        _time("last_observed_at", "LastObservedAt; NULL if not given"),
        _text("workflow", "NEW, NOTIFIED, RESOLVED, SUPPRESSED"),
        _text("note", "Note.Text; ''"),
        _text("note_by", "Note.UpdatedBy; ''"),
        _time("note_at", "Note.UpdatedAt; NULL without a note"),
        _text("user_fields", "UserDefinedFields as JSON with sorted keys; '' if none"),
        _time("observed_at", "when we saw the customer's fields (workflow, note, user fields) as they are here"),
        _text("tagset", "16 hex digits of the resource's tags, a key of `tags`; '' if none"),
        _number("misses", "complete sweeps in a row that did not see it; 2 say enough and are not counted on"),
    ),
)

SUBJECTS = Table(
    "subjects",
    "One row per subject; findings of other products are subjects of their own.",
    ("subject",),
    (
        _SUBJECT,
        _text("kind", "`control` or `other`"),
        *_PLACE,
        _text("resource_type", "`AwsS3Bucket`; '' if not given"),
        _text("product", "last part of the ProductArn (`securityhub`, `guardduty`)"),
        _text("title", "title, of findings of other products; ''"),
        _text("presence", "present, unsure, gone, off, lost"),
        _text("status", "worst compliance of its ACTIVE findings: FAILED, WARNING, NOT_AVAILABLE, PASSED; frozen "
              "while it is not present; '' for other products without compliance"),
        _text("aws_status", "the same over ACTIVE findings that are not SUPPRESSED, as AWS's rule sees it; ''"),
        _text("severity", "worst severity of its ACTIVE findings that did not pass; INFORMATIONAL if all passed"),
        _text("workflow", "of its ACTIVE findings the first of NEW, NOTIFIED, SUPPRESSED, RESOLVED that occurs"),
        _truth("suppressed", "it did not pass, and all its ACTIVE findings that did not pass are SUPPRESSED"),
        _time("first_seen_at", "when we first saw it"),
        _time("first_failed_at", "when its check failed for the first time; NULL if never"),
        _time("failing_since", "since when it has been failing; NULL if it is not FAILED"),
        _time("last_passed_at", "when it last passed; NULL if never seen passing"),
        _number("returns", "how often it failed again after it had passed"),
        _time("changed_at", "when status, presence or suppression last changed"),
        _number("findings", "how many ACTIVE findings it has"),
        _text("finding", "its worst finding, a key of `findings`"),
        _text("tagset", "key of `tags`; ''"),
    ),
)  # fmt: skip

TRANSITIONS = Table(
    "transitions",
    "Append-only: every change of a subject's state. The newest row at or before a moment is its state then.",
    ("subject", "version"),
    (
        _SUBJECT,
        _number("version", "the version that published it"),
        _time("at", "the time of that version; never goes back"),
        _time("happened_at", "when it happened by the finding's own times"),
        _text("cause", "finding, archived, missed, facts, switch (see findings.fold)"),
        _text("kind", "`control` or `other`"),
        *_PLACE,
        *(
            column
            for side in ("from", "to")
            for column in (
                _text(f"{side}_presence", "'' before the first row"),
                _text(f"{side}_status", "'' before the first row"),
                _text(f"{side}_aws_status", ""),
                _truth(f"{side}_suppressed", "FALSE before the first row"),
            )
        ),
        _time("failing_since", "as in `subjects` after the change"),
    ),
)

CUBE = Table(
    "cube",
    "Subjects of controls counted by everything that posture is computed from.",
    (
        "account",
        "region",
        "control",
        "presence",
        "status",
        "aws_status",
        "suppressed",
        "waived",
        "visible",
        "failing_day",
    ),
    (
        *_PLACE[:3],
        _text("presence", "as in `subjects`"),
        _text("status", "as in `subjects`"),
        _text("aws_status", "as in `subjects`"),
        _truth("suppressed", "as in `subjects`"),
        _truth("waived", "an approved waiver holds (`decisions`)"),
        Column("visible", Kind.TRUTH, "it is waived with effect `visible`", before=False),
        _time("failing_day", "midnight UTC of the day since which they have been failing; NULL if not FAILED"),
        _number("n", "how many subjects"),
    ),
)

ACCOUNTS = Table(
    "accounts",
    "Every account of the organization, those that left included as long as they have subjects.",
    ("account",),
    (
        _text("account", "12-digit account id"),
        _text("name", "name; ''"),
        _text("alias", "IAM alias; ''"),
        _text("shown", "`alias (111122223333)`"),
        _text("state", "active, management, suspended, closing, left"),
        _text("ou", "id of the OU; ''"),
        _text("ou_path", "`/Workloads/Prod`; ''"),
        _text("owner", "value of the account's owner tag; ''"),
    ),
)

UNITS = Table(
    "units",
    "Which accounts are under which OU, at any depth; the root is `/`.",
    ("ou_path", "account"),
    (
        _text("ou_path", "path of an OU"),
        _text("account", "an account in it or below it"),
        Column("ou", Kind.TEXT, "id of that OU; ''", before=""),
    ),
)

TARGETS = Table(
    "targets",
    "Every account and Region that is or was looked at.",
    ("account", "region"),
    (
        _text("account", "12-digit account id"),
        _text("region", "Region"),
        _text("sight", "seen; unreadable (enablement unknown, findings may come); lost; closed (nothing is expected)"),
        _text("because", "why it is not seen; ''"),
        _text("way", "how it is governed; '' if unknown"),
        _text("enablement", "key of `enablement`; '' if unknown"),
        _text("wishes", "key of `wishes`; '' if nothing is wanted"),
        _time("swept_at", "start of the last complete sweep; NULL if never"),
    ),
)

ENABLEMENT = Table(
    "enablement",
    "What is switched on, once for all targets that are alike; only pairs that exist there.",
    ("enablement", "standard", "control"),
    (
        _text("enablement", "key, referenced by `targets`"),
        _text("standard", "key of an enabled standard (`cis-5.0.0`)"),
        _text("control", "control id"),
        _truth("is_on", "whether it is checked in that standard"),
        _text("parameters", "custom parameters as text; ''"),
    ),
)

WISHES = Table(
    "wishes",
    "What the matrix wants, once for all targets that are alike; only controls with a row.",
    ("wishes", "control"),
    (
        _text("wishes", "key, referenced by `targets`"),
        _text("control", "control id"),
        _text("disposition", "enforce, monitor, siem, compensated, not-applicable"),
        _truth("in_force", "enforce, past Enforce from, not settling: its subjects are obligations"),
        _text("severity", "our severity if the row has one, else AWS's"),
        _time("due_before", "failing since before this is overdue; NULL where no due days are set"),
        _text("owner", "Owner of the row; ''"),
        _text("row", "the deciding cell (`Controls!G12`)"),
        Column(
            "waivable",
            Kind.INTEGER,
            "-1 where waivers are not limited, 0 where none is allowed, else for how many days at most",
            before=-1,
        ),
        Column("due_days", Kind.INTEGER, "in how many days what fails is due; -1 for never", before=-1),
    ),
)

CONTROLS = Table(
    "controls",
    "Every control the hub offers or a finding names.",
    ("control",),
    (
        _text("control", "control id"),
        _text("shown", "as AWS writes it (`S3.8`)"),
        _text("title", "title"),
        _text("service", "`S3`"),
        _text("severity", "AWS's severity; ''"),
        _text("url", "remediation; ''"),
        _time("known_since", "when AWS released it, as far as we saw; NULL if it was always there"),
    ),
)

STANDARDS = Table(
    "standards",
    "Which control covers which requirement of which standard.",
    ("standard", "control"),
    (
        _text("standard", "key (`cis-5.0.0`)"),
        _text("control", "control id"),
        _text("requirements", "numbers, joined by `, `; ''"),
    ),
)

DECISIONS = Table(
    "decisions",
    "Subjects that an approved waiver covers.",
    ("subject",),
    (
        _SUBJECT,
        _text("waiver", "id of the waiver"),
        _time("until", "first moment at which the waiver no longer holds"),
        Column("effect", Kind.TEXT, "suppress, or visible: accepted and not suppressed", before="suppress"),
    ),
)

WAIVERS = Table(
    "waivers",
    "Every waiver of the baseline as it stood, whether it held or not.",
    ("waiver",),
    (
        _text("waiver", "id"),
        _text("state", "holding, provisional, not yet valid, waits for approval, ... (docs/waivers.md)"),
        _text("type", "risk-acceptance, false-positive, by-design, compensating, remediation-plan"),
        _text("effect", "suppress or visible"),
        _text("controls", "controls as AWS writes them, joined by `, `"),
        _text("owner", "the team that asked for it"),
        _text("risk_owner", "who carries the risk; ''"),
        _text("requested_by", "who asked"),
        _text("approved_by", "who approved; ''"),
        _text("approval", "system and number of the approval; ''"),
        _text("reason", "why"),
        _time("valid_from", "first moment"),
        _time("until", "first moment at which it no longer holds"),
        _number("within", "subjects that it covers"),
        _number("failing", "of them not passing"),
        _number("surplus", "subjects that it matches and that nobody approved"),
        _time("passing_since", "since when all that it covers pass; NULL if something fails or nothing is covered"),
    ),
)

TAGS = Table(
    "tags",
    "The tags of resources, once for all resources tagged alike.",
    ("tagset", "tag"),
    (_text("tagset", "key"), _text("tag", "name of the tag, as written"), _text("value", "its value")),
)

TABLES = (
    FINDINGS, SUBJECTS, TRANSITIONS, CUBE, ACCOUNTS, UNITS, TARGETS, ENABLEMENT, WISHES, CONTROLS, STANDARDS, DECISIONS,
    WAIVERS, TAGS,
)  # fmt: skip
DIMENSIONS = (ACCOUNTS, UNITS, TARGETS, ENABLEMENT, WISHES, CONTROLS, STANDARDS, DECISIONS, WAIVERS)
"""Small tables that are written whole; a version keeps the file of the one before where nothing changed."""
DECIDED = (DECISIONS, WAIVERS)
"""Those that deciding on waivers writes; a settling writes the others."""
