"""Every sheet and column of the workbook, defined once: reader, writer, Guide sheet, heading notes and docs use this."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from hubposture.model.controls import Disposition, Severity
from hubposture.model.organization import REGION_PATTERN


class Takes(StrEnum):
    """What the cells of a column take; the text is what the Guide sheet shows."""

    TEXT = "text"
    TEXTS = "texts, separated by comma, semicolon or new line"
    CONTROL = "a control id"
    CHOICE = "one of the choices"
    YES_NO = "yes or no"
    DATE = "a date: 2027-05-01"
    INTEGER = "a whole number"
    PARAMETERS = "name=value, separated by comma, semicolon or new line"
    WAIVABLE = "yes, no, or the longest waiver in days"
    SCOPE = "the name of a scope; blank is the whole organization"
    STANDARD = "a standard: cis-5.0.0"
    ACCOUNTS = "12-digit account ids as text, or exact names or aliases"
    TAGS = "key=value or key=*"
    REGIONS = "Regions: eu-central-1"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    `key` is the attribute of the row it fills; `heading` what hubposture writes; `aliases` other headings understood
    on reading; `ours` marks columns that hubposture writes and never reads as input; `choices` feed the drop-down;
    `pattern` is a regular expression for one value of the cell, or ''; `width` is in characters.
    """

    key: str
    heading: str
    takes: Takes
    help: str
    aliases: tuple[str, ...] = ()
    ours: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    width: int = 16


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One sheet: its columns in order, the keys whose values name a row, and whether hubposture writes all of it.

    `identity` holds the column keys that together tell one row from another; `columns[0]` is the column by which the
    heading row is found. A sheet with `required` must be there.
    """

    name: str
    help: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    ours: bool = False
    required: bool = False

    def column(self, key: str) -> Column:
        """The column with this key; KeyError where there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def column_for(self, heading: str, mapping: Mapping[str, str] | None = None) -> Column | None:
        """The column a heading of a file means, or None for a heading that is not ours.

        `mapping` (heading of the file to heading of hubposture, '' = leave this one alone) goes before everything.
        """
        wanted = normal(heading)
        mapped = {normal(there): here for there, here in (mapping or {}).items()}.get(wanted)
        if mapped is not None:
            wanted = normal(mapped)
        names = ((column, normal(name)) for column in self.columns for name in (column.heading, *column.aliases))
        return next((column for column, name in names if name == wanted), None)


CONTROL_PATTERN = r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*\.[0-9]{1,4}"
TAG_PATTERN = r"[^=]{1,128}=.{0,256}"

_SEVERITIES = tuple(severity.value for severity in reversed(Severity))
_DISPOSITIONS = tuple(disposition.value for disposition in Disposition)
_SCOPE_HELP = "The scope this row speaks of, from the Scopes sheet; blank is the whole organization."

CONTROLS = SheetSpec(
    name="Controls",
    help="What the organization wants of each Security Hub control, and where; a control may have several rows.",
    aliases=("Control", "Security Controls", "Security Hub Controls", "Matrix"),
    identity=("control", "scope"),
    required=True,
    columns=(
        Column(
            "control",
            "Control",
            Takes.CONTROL,
            "The Security Hub control this row speaks of, by its id.",
            aliases=("Control ID", "Security Control ID", "Control Number", "ID"),
            pattern=CONTROL_PATTERN,
            width=14,
        ),
        Column("title", "Title", Takes.TEXT, "The control in short words; written by hubposture.", ours=True, width=48),
        Column("service", "Service", Takes.TEXT, "The AWS service judged; written by hubposture.", ours=True, width=14),
        Column(
            "severity",
            "Severity",
            Takes.CHOICE,
            "Security Hub's own severity; written by hubposture.",
            aliases=("Severity Rating",),
            ours=True,
            width=11,
        ),
        Column(
            "clauses",
            "Clauses",
            Takes.TEXTS,
            "The clauses of your own standard that this control serves, from the Clauses sheet.",
            aliases=("Clause", "Clause ID", "Policy Clause"),
            width=14,
        ),
        Column(
            "requirements",
            "Requirements",
            Takes.TEXTS,
            "The requirements of outside standards that the control serves; written by hubposture.",
            ours=True,
            width=30,
        ),
        Column(
            "disposition",
            "Disposition",
            Takes.CHOICE,
            "enforce and monitor keep the control on; siem, compensated and not-applicable switch it off.",
            aliases=("Decision", "Wanted", "Desired State"),
            choices=_DISPOSITIONS,
            width=16,
        ),
        Column("reason", "Reason", Takes.TEXT, "Why this disposition was chosen, for auditors.", ("Rationale", "Justification"), width=40),
        Column("evidence", "Evidence", Takes.TEXT, "Where the other measure of a compensated or siem row can be seen.", width=30),
        Column("approved_by", "Approved by", Takes.TEXT, "Who approved switching the control off.", ("Approver", "Approved"), width=20),
        Column("reference", "Reference", Takes.TEXT, "The approval's number in its system, such as PER0010042.", ("Ticket", "Approval Reference"), width=16),
        Column("expires", "Expires", Takes.DATE, "The last day on which a row that switches off is approved.", ("Expiry", "Expiration", "Valid until"), width=12),
        Column("scope", "Scope", Takes.SCOPE, _SCOPE_HELP, width=18),
        Column(
            "parameters",
            "Parameters",
            Takes.PARAMETERS,
            "Custom parameter values; a name not given is left as it is, name=default goes back to AWS's default.",
            aliases=("Custom Parameters",),
            width=34,
        ),
        Column("owner", "Owner", Takes.TEXT, "The team that must fix failures, whatever tags or accounts say; blank finds it by them.", ("Team", "Control Owner"), width=16),
        Column("our_severity", "Our severity", Takes.CHOICE, "Your severity, where it differs from Security Hub's.", ("Severity override",), choices=_SEVERITIES, width=13),
        Column("due_days", "Due days", Takes.INTEGER, "Days a team has to fix a failure, counted from its start.", ("SLA days", "SLA"), pattern=r"[0-9]{1,4}", width=10),
        Column("enforce_from", "Enforce from", Takes.DATE, "The first day on which failures are obligations; before it the control is on and only shown.", ("Effective from",), width=13),
        Column("waivable", "Waivable", Takes.WAIVABLE, "Whether waivers may be given: yes, no, or for how many days at most.", ("Exceptions allowed",), pattern=r"(?i:yes|no|[0-9]{1,4})", width=10),
        Column("review_by", "Review by", Takes.DATE, "The day by which this row must be looked at again.", ("Review date", "Next review"), width=12),
        Column("notes", "Notes", Takes.TEXT, "Anything else; hubposture keeps it and does nothing with it.", ("Note", "Comment", "Comments", "Remarks"), width=40),
    ),
)  # fmt: skip

CLAUSES = SheetSpec(
    name="Clauses",
    help="The statements of your organization's own cloud security standard.",
    aliases=("Policy Clauses", "Own Standard"),
    identity=("clause",),
    columns=(
        Column("clause", "Clause", Takes.TEXT, "The clause's number, as text; the Controls sheet names it.", ("Clause ID", "Clause Number"), width=12),
        Column("title", "Title", Takes.TEXT, "The clause in a few words.", width=40),
        Column("statement", "Statement", Takes.TEXT, "The clause's full text.", ("Text",), width=80),
        Column("version", "Version", Takes.TEXT, "The version of your standard that has this text.", width=10),
        Column("owner", "Owner", Takes.TEXT, "Who answers for the clause.", width=18),
        Column("grc_id", "GRC id", Takes.TEXT, "The clause's id in your governance system.", ("GRC", "GRC reference"), width=16),
    ),
)  # fmt: skip

STANDARDS = SheetSpec(
    name="Standards",
    help="Which Security Hub standards are on, and where; a standard that is not named is left as it is.",
    aliases=("Security Standards",),
    identity=("standard", "scope"),
    columns=(
        Column("standard", "Standard", Takes.STANDARD, "The Security Hub standard by name and version.", ("Standard name",), width=24),
        Column("enabled", "Enabled", Takes.YES_NO, "Whether the standard is on in this scope.", ("On",), choices=("yes", "no"), width=10),
        Column("scope", "Scope", Takes.SCOPE, _SCOPE_HELP, width=18),
    ),
)  # fmt: skip

SCOPES = SheetSpec(
    name="Scopes",
    help="Named sets of accounts and Regions; criteria given together must all hold, values of one criterion are alternatives.",
    identity=("scope",),
    columns=(
        Column("scope", "Scope", Takes.TEXT, "The scope's name, as other sheets use it.", ("Scope name", "Name"), width=20),
        Column("priority", "Priority", Takes.INTEGER, "Breaks ties on purpose: the greater number wins, and any number wins over none.", pattern=r"[0-9]{1,6}", width=9),
        Column("ous", "OUs", Takes.TEXTS, "Organizational units by id or path, everything below them included.", ("OU", "Organizational units"), width=34),
        Column("accounts", "Accounts", Takes.ACCOUNTS, "Accounts by 12-digit id (as text), or by exact name or alias.", ("Account", "Account IDs"), width=34),
        Column("account_tags", "Account tags", Takes.TAGS, "Tags of accounts; key=* takes any value.", ("Tags", "Account tag"), pattern=TAG_PATTERN, width=24),
        Column("regions", "Regions", Takes.REGIONS, "AWS Regions; blank is all linked Regions.", ("Region",), pattern=REGION_PATTERN, width=24),
        Column("excluding", "Excluding", Takes.TEXTS, "What is taken out again: scopes, accounts, OUs, tags or Regions.", ("Exclude", "Except"), width=30),
    ),
)  # fmt: skip

DETECTIONS = SheetSpec(
    name="Detections",
    help="Rules in the SIEM or elsewhere that cover controls or requirements in Security Hub's place.",
    aliases=("SIEM rules",),
    identity=("detection",),
    columns=(
        Column("detection", "Detection", Takes.TEXT, "The detection's name.", ("Detection name", "Use case"), width=36),
        Column("covers", "Covers", Takes.TEXTS, "The controls and requirements it covers: CloudWatch.1, CIS v5.0.0/4.1.", ("Covered controls",), width=30),
        Column("rule", "Rule id or link", Takes.TEXT, "The rule's id or address in the SIEM.", ("Rule", "Rule id", "Link"), width=30),
        Column("siem", "SIEM", Takes.TEXT, "The system the rule runs in.", ("System",), width=14),
        Column("owner", "Owner", Takes.TEXT, "Who keeps the rule working.", width=18),
        Column("enabled", "Enabled", Takes.YES_NO, "Whether the rule is on; one that is off is a gap in Coverage.", choices=("yes", "no"), width=10),
        Column("last_tested", "Last tested", Takes.DATE, "The day the rule was last seen to fire.", ("Tested",), width=12),
        Column("max_age_days", "Max age days", Takes.INTEGER, "How many days a test counts; after that the detection is stale and a gap in Coverage.", ("Max age",), pattern=r"[0-9]{1,4}", width=13),
    ),
)  # fmt: skip

FRAMEWORKS = SheetSpec(
    name="Frameworks",
    help="Requirements of your own choosing that have no Security Hub standard (CISA, STIG, SOC 2).",
    aliases=("Own requirements",),
    identity=("framework", "requirement"),
    columns=(
        Column("framework", "Framework", Takes.TEXT, "The framework and its version.", width=20),
        Column("requirement", "Requirement", Takes.TEXT, "The requirement's number, as text.", ("Requirement ID",), width=14),
        Column("title", "Title", Takes.TEXT, "The requirement in a few words.", width=48),
        Column("covered_by", "Covered by", Takes.TEXTS, "What covers it: controls, clauses or detections by name.", ("Coverage", "Mapped controls"), width=36),
    ),
)  # fmt: skip

COVERAGE = SheetSpec(
    name="Coverage",
    help="Every requirement and clause with what covers it, gaps first; written by hubposture.",
    identity=("group", "item"),
    ours=True,
    columns=(
        Column("state", "State", Takes.TEXT, "gap, partly or covered.", ours=True, width=10),
        Column("group", "Standard", Takes.TEXT, "The standard, framework or own standard the item belongs to.", ours=True, width=24),
        Column("item", "Item", Takes.TEXT, "The requirement's or clause's number.", ours=True, width=14),
        Column("title", "Title", Takes.TEXT, "The item in a few words.", ours=True, width=48),
        Column("controls", "Controls", Takes.TEXT, "Controls with their dispositions.", ours=True, width=40),
        Column("detections", "Detections", Takes.TEXT, "Detections, and whether they are fresh.", ours=True, width=34),
        Column("measures", "Other measures", Takes.TEXT, "What compensates where the control is off.", ours=True, width=34),
        Column("why", "Why", Takes.TEXT, "What is missing.", ours=True, width=48),
    ),
)  # fmt: skip

GUIDE = SheetSpec(
    name="Guide",
    help="What each sheet and column takes; written by hubposture.",
    identity=("sheet", "column"),
    ours=True,
    columns=(
        Column("sheet", "Sheet", Takes.TEXT, "The sheet.", ours=True, width=14),
        Column("column", "Column", Takes.TEXT, "The column.", ours=True, width=18),
        Column("takes", "Takes", Takes.TEXT, "What its cells take.", ours=True, width=44),
        Column("help", "Meaning", Takes.TEXT, "What it means.", ours=True, width=90),
    ),
)  # fmt: skip

SHEETS: tuple[SheetSpec, ...] = (CONTROLS, CLAUSES, STANDARDS, SCOPES, DETECTIONS, FRAMEWORKS, COVERAGE, GUIDE)
"""All sheets in the order in which hubposture writes them."""


@lru_cache(maxsize=4096)
def normal(heading: str) -> str:
    """A heading without its case, width, blanks, marks and accents of spelling: `Approved_By *` is `approvedby`."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", heading).casefold() if letter.isalnum())


def sheet_for(title: str, mapping: Mapping[str, str] | None = None) -> SheetSpec | None:
    """The sheet a sheet's title of a file means, or None for a sheet that is not ours.

    `mapping` (title of the file to name of the sheet here, '' = leave it alone) goes before names and aliases.
    """
    wanted = normal(title)
    mapped = {normal(there): here for there, here in (mapping or {}).items()}.get(wanted)
    by_name = {normal(name): spec for spec in SHEETS for name in (spec.name, *spec.aliases)}
    if mapped is not None and (normal(mapped) in by_name or not mapped.strip()):
        wanted = normal(mapped)
    return by_name.get(wanted)
