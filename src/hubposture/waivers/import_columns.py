"""Headings under which lists of exceptions are kept elsewhere, and the entries of a waiver that they mean."""

from hubposture.matrix.columns import Column, SheetSpec, Takes, normal

WAIVERS = SheetSpec(
    name="Waivers",
    help="A list of exceptions kept elsewhere; several rows of one id are one waiver.",
    identity=("controls",),
    columns=(
        Column(
            "controls", "Controls", Takes.TEXTS, "The controls that are excused, by id.",
            ("Control", "Control ID", "Control IDs", "Security Control", "Security Control ID", "Security Hub Control", "Control Number", "Check", "Check ID"),
        ),
        Column(
            "id", "ID", Takes.TEXT, "The name of the waiver; without one it is called by its row.",
            ("Exception ID", "Waiver ID", "Waiver", "Exception", "Exception Number", "Exception No", "Exception Ref", "Allow-list ID", "Risk ID"),
        ),
        Column(
            "resources", "Resources", Takes.TEXTS, "ARNs, or patterns with * and ?.",
            ("Resource", "Resource/ARN", "ARN", "ARNs", "Resource ARN", "Resource ID", "Affected Resource", "Affected Resources", "Asset"),
        ),
        Column(
            "accounts", "Accounts", Takes.ACCOUNTS, "Account ids, exact names or aliases.",
            ("Account", "Account ID", "Account IDs", "AWS Account", "AWS Account ID", "AWS Accounts", "Account Number"),
        ),
        Column("ous", "OUs", Takes.TEXTS, "Organizational units by id or path.", ("OU", "OU Path", "Organizational Unit", "Organizational Units")),
        Column("regions", "Regions", Takes.REGIONS, "Regions; blank is all.", ("Region", "AWS Region")),
        Column("tags", "Tags", Takes.TAGS, "Tags of the resource, name=pattern.", ("Tag", "Resource Tags")),
        Column("type", "Type", Takes.CHOICE, "Why something is excused.", ("Exception Type", "Waiver Type", "Category")),
        Column(
            "reason", "Reason", Takes.TEXT, "Why this is excused.",
            ("Justification", "Business Justification", "Rationale", "Comment", "Comments", "Description"),
        ),
        Column(
            "compensating", "Compensating", Takes.TEXT, "Which measure compensates.",
            ("Compensating Control", "Compensating Controls", "Compensating Measure", "Mitigation", "Mitigating Control"),
        ),
        Column("owner", "Owner", Takes.TEXT, "The team that owns what is excused.", ("Team", "Resource Owner", "Application Owner", "System Owner", "Owning Team")),
        Column("risk_owner", "Risk owner", Takes.TEXT, "Who carries the risk.", ("Risk Acceptor", "Accepted by")),
        Column("requested_by", "Requested by", Takes.TEXT, "Who asked for it.", ("Requester", "Requestor", "Submitted by", "Created by", "Raised by")),
        Column("valid_from", "Valid from", Takes.DATE, "The first day.", ("From", "Start", "Start Date", "Effective Date", "Effective from", "Approved on", "Approval Date")),
        Column(
            "expires", "Expires", Takes.DATE, "The last day, or how long from today: 90 days.",
            ("Expiry", "Expiry Date", "Expiration", "Expiration Date", "Expires on", "Valid until", "Valid to", "Until", "End", "End Date", "Duration"),
        ),
        Column("approver", "Approver", Takes.TEXT, "Who approved there; kept as a comment, never as an approval.", ("Approved by", "Approvers")),
        Column("status", "Status", Takes.TEXT, "How it stood there; kept as a comment.", ("State", "Exception Status")),
        Column("reference", "Reference", Takes.TEXT, "The number of the approval there; kept as a comment.", ("Ticket", "Ticket Number", "Approval Reference", "Change Number")),
    ),
)  # fmt: skip
"""What a row may hold. The keys are the entries of a waiver, but for `approver`, `status` and `reference`."""

KEYS = tuple(column.key for column in WAIVERS.columns)


def is_known(name: str) -> bool:
    """Whether a name is the key, the heading or another heading of a column."""
    return WAIVERS.column_for(name) is not None or normal(name) in {normal(key) for key in KEYS}
