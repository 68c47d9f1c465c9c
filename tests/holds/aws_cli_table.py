"""Which of the AWS CLI's examples do not come out on the sandbox as documented, in what, and why; and the page of it."""

from collections.abc import Sequence

_INVITATIONS = "membership by invitation is not emulated: an organization's accounts need none"
_PRODUCTS = "other products' integrations are not emulated"
_OLD_REGIONS = "the example shows the Regions as one text; the model has a list"
_MESSAGE = "the example has a message with a success too; the sandbox gives none there"
_REQUIREMENTS = "the sandbox has the numbers of requirements of CIS alone, and no texts for these"
_OLD_IDS = "the example names a control by an id that its standard had before 2023; the sandbox knows today's"
_ANSWERS_NOW = "the operation had no output when the example was written; the model has one today"

DIFFERENT: dict[str, tuple[str, tuple[str, ...], str]] = {
    "accept-administrator-invitation": ("not emulated", (), _INVITATIONS),
    "accept-invitation": ("not emulated", (), _INVITATIONS),
    "batch-get-configuration-policy-associations": (
        "refused",
        ('Unknown parameter in ConfigurationPolicyAssociationIdentifiers[0]: "OrganizationalUnitId", must be one of: Target',),
        "the program itself refuses the example, which leaves Target out",
    ),
    "batch-update-standards-control-associations": (
        "differs",
        ("prints something",),
        "the example names CIS v1.4.0 without a Region; the sandbox takes the ARN that DescribeStandards lists alone",
    ),
    "create-finding-aggregator": ("differs", ("Regions is no plain value",), _OLD_REGIONS),
    "decline-invitations": ("not emulated", (), _INVITATIONS),
    "delete-invitations": ("not emulated", (), _INVITATIONS),
    "describe-organization-configuration": ("differs", ("no OrganizationConfiguration.StatusMessage",), _MESSAGE),
    "describe-products": ("not emulated", (), _PRODUCTS),
    "describe-standards-controls": ("differs", ("Controls[].RelatedRequirements is empty",), _REQUIREMENTS),
    "disable-import-findings-for-product": ("not emulated", (), _PRODUCTS),
    "disassociate-from-administrator-account": ("not emulated", (), _INVITATIONS),
    "disassociate-from-master-account": ("not emulated", (), _INVITATIONS),
    "enable-import-findings-for-product": ("not emulated", (), _PRODUCTS),
    "enable-organization-admin-account": ("differs", ("prints something",), _ANSWERS_NOW),
    "get-administrator-account": (
        "differs", ("no Master",), "the example shows the answer of get-master-account; the model has Administrator",
    ),
    "get-configuration-policy-association": ("differs", ("no AssociationStatusMessage",), _MESSAGE),
    "get-finding-aggregator": ("differs", ("Regions is no plain value",), _OLD_REGIONS),
    "get-findings/1": ("differs", ("no Findings[].Compliance.RelatedRequirements",), _REQUIREMENTS),
    "get-insight-results": ("not emulated", (), "insights are kept, not computed"),
    "get-invitations-count": ("not emulated", (), _INVITATIONS),
    "get-master-account": (
        "differs", ("no Master.InvitationId", "no Master.InvitedAt"), "a member of an organization was never invited",
    ),
    "invite-members": ("not emulated", (), _INVITATIONS),
    "list-automation-rules": ("refused", ("InvalidInputException",), "the example's NextToken is made up"),
    "list-configuration-policy-associations": (
        "differs", ("no ConfigurationPolicyAssociationSummaries[].AssociationStatusMessage",), _MESSAGE,
    ),
    "list-enabled-products-for-import": ("not emulated", (), _PRODUCTS),
    "list-finding-aggregators": (
        "differs", ("no FindingAggregatorArn",), "the example shows one aggregator; the model has a list of them",
    ),
    "list-invitations": ("not emulated", (), _INVITATIONS),
    "start-configuration-policy-association/2": (
        "refused", ("ResourceNotFoundException",), "the example gives an account's id as OrganizationalUnitId",
    ),
    "update-finding-aggregator": ("differs", ("prints something",), _ANSWERS_NOW),
    "update-insight/2": ("differs", ("prints nothing",), "the example shows an output; the model has none"),
    "update-standards-control/1": ("refused", ("ResourceNotFoundException",), _OLD_IDS),
    "update-standards-control/2": ("refused", ("ResourceNotFoundException",), _OLD_IDS),
}  # fmt: skip
"""Example: (verdict, what differs, why). Every other example matches."""


def page(names: Sequence[str]) -> str:
    """The page about them, in markdown; `names` are all examples there are."""
    rows = [
        f"| {name} | {kind} | {'; '.join(what).replace('|', chr(92) + '|')} | {why} |"
        for name, (kind, what, why) in sorted(DIFFERENT.items())
    ]
    same = [name for name in names if name not in DIFFERENT]
    return "\n".join(
        [
            "# The AWS CLI's examples on the sandbox",
            "",
            "The sandbox emulates; it is not verified against AWS. What it can be held against is what others wrote down:",
            "the AWS CLI ships examples of its Security Hub commands with their outputs (Apache-2.0). The tests run every",
            "one of them with the real `aws` program against the sandbox and compare the shape of what comes back with the",
            "documented output: every documented member is there and is an object, a list or a plain value as documented.",
            "Ids that must exist are replaced by ones that do, Regions and accounts by those of the sandbox. Documented",
            "outputs are read with their slips forgiven (a comma, a quote or a bracket that is missing).",
            "",
            "This page is made from the table in the tests, which fails as soon as it is not exact.",
            "",
            f"{len(same)} of {len(names)} match: {', '.join(same)}.",
            "",
            "| example | verdict | what differs | why |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
