"""Limits of Security Hub's inputs that its documentation states and its model does not.

Keys are `Operation.Member.Member`, lists and maps passed through; each entry replaces the model's own limit.
Where AWS documents no size for a batch, 100 is assumed, as the operations that do declare one take 100.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Limit:
    """A most (items, entries or characters) and a pattern; None and '' leave the model's."""

    most: int | None = None
    pattern: str = ""


_ACCOUNT = Limit(pattern=r"^\d{12}$")
_BATCH = Limit(most=100)
_ARN = Limit(pattern=r"^arn:aws[a-z-]*:securityhub:.*")
_TAGS = Limit(most=50)
_POLICY_NAME = Limit(most=128, pattern=r"^[A-Za-z0-9\-.!*/]+$")

LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "BatchGetSecurityControls.SecurityControlIds": _BATCH,
        "BatchGetStandardsControlAssociations.StandardsControlAssociationIds": _BATCH,
        "BatchUpdateStandardsControlAssociations.StandardsControlAssociationUpdates": _BATCH,
        "BatchGetConfigurationPolicyAssociations.ConfigurationPolicyAssociationIdentifiers": _BATCH,
        "BatchUpdateFindings.FindingIdentifiers": _BATCH,
        "BatchUpdateFindings.Note.Text": Limit(most=512),
        "BatchUpdateFindings.UserDefinedFields": Limit(most=50),
        "BatchUpdateFindings.UserDefinedFields.key": Limit(most=128),
        "BatchUpdateFindings.UserDefinedFields.value": Limit(most=1024),
        "CreateActionTarget.Name": Limit(most=20),
        "CreateActionTarget.Id": Limit(most=20, pattern=r"^[A-Za-z0-9]+$"),
        "CreateAutomationRule.Tags": _TAGS,
        "CreateConfigurationPolicy.Name": _POLICY_NAME,
        "CreateConfigurationPolicy.Tags": _TAGS,
        "CreateMembers.AccountDetails.AccountId": _ACCOUNT,
        "DisableOrganizationAdminAccount.AdminAccountId": _ACCOUNT,
        "DisassociateMembers.AccountIds": _ACCOUNT,
        "EnableOrganizationAdminAccount.AdminAccountId": _ACCOUNT,
        "EnableSecurityHub.Tags": _TAGS,
        "GetMembers.AccountIds": _ACCOUNT,
        "ListTagsForResource.ResourceArn": _ARN,
        "TagResource.ResourceArn": _ARN,
        "TagResource.Tags": _TAGS,
        "UntagResource.ResourceArn": _ARN,
        "UpdateConfigurationPolicy.Name": _POLICY_NAME,
    }
)
