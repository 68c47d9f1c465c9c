"""Every attribute that GetFindings and automation rules can filter on: its kind and where it lies in a finding.

Taken from the API model's AwsSecurityFindingFilters; a test holds this table against botocore's copy of the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What an attribute holds, hence which filter shape it takes."""

    STRING = "StringFilter"
    DATE = "DateFilter"
    NUMBER = "NumberFilter"
    MAP = "MapFilter"
    IP = "IpFilter"
    KEYWORD = "KeywordFilter"
    BOOLEAN = "BooleanFilter"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One filter attribute; `path` are member names from the finding down, lists on the way are entered."""

    name: str
    kind: Kind
    path: tuple[str, ...]


_TABLE = """
STRING ProductArn
STRING AwsAccountId
STRING Id
STRING GeneratorId
STRING Region
STRING Type Types
DATE FirstObservedAt
DATE LastObservedAt
DATE CreatedAt
DATE UpdatedAt
NUMBER SeverityProduct Severity.Product
NUMBER SeverityNormalized Severity.Normalized
STRING SeverityLabel Severity.Label
NUMBER Confidence
NUMBER Criticality
STRING Title
STRING Description
STRING RecommendationText Remediation.Recommendation.Text
STRING SourceUrl
MAP ProductFields
STRING ProductName
STRING CompanyName
MAP UserDefinedFields
STRING MalwareName Malware.Name
STRING MalwareType Malware.Type
STRING MalwarePath Malware.Path
STRING MalwareState Malware.State
STRING NetworkDirection Network.Direction
STRING NetworkProtocol Network.Protocol
IP NetworkSourceIpV4 Network.SourceIpV4
IP NetworkSourceIpV6 Network.SourceIpV6
NUMBER NetworkSourcePort Network.SourcePort
STRING NetworkSourceDomain Network.SourceDomain
STRING NetworkSourceMac Network.SourceMac
IP NetworkDestinationIpV4 Network.DestinationIpV4
IP NetworkDestinationIpV6 Network.DestinationIpV6
NUMBER NetworkDestinationPort Network.DestinationPort
STRING NetworkDestinationDomain Network.DestinationDomain
STRING ProcessName Process.Name
STRING ProcessPath Process.Path
NUMBER ProcessPid Process.Pid
NUMBER ProcessParentPid Process.ParentPid
DATE ProcessLaunchedAt Process.LaunchedAt
DATE ProcessTerminatedAt Process.TerminatedAt
STRING ThreatIntelIndicatorType ThreatIntelIndicators.Type
STRING ThreatIntelIndicatorValue ThreatIntelIndicators.Value
STRING ThreatIntelIndicatorCategory ThreatIntelIndicators.Category
DATE ThreatIntelIndicatorLastObservedAt ThreatIntelIndicators.LastObservedAt
STRING ThreatIntelIndicatorSource ThreatIntelIndicators.Source
STRING ThreatIntelIndicatorSourceUrl ThreatIntelIndicators.SourceUrl
STRING ResourceType Resources.Type
STRING ResourceId Resources.Id
STRING ResourcePartition Resources.Partition
STRING ResourceRegion Resources.Region
MAP ResourceTags Resources.Tags
STRING ResourceAwsEc2InstanceType Resources.Details.AwsEc2Instance.Type
STRING ResourceAwsEc2InstanceImageId Resources.Details.AwsEc2Instance.ImageId
IP ResourceAwsEc2InstanceIpV4Addresses Resources.Details.AwsEc2Instance.IpV4Addresses
IP ResourceAwsEc2InstanceIpV6Addresses Resources.Details.AwsEc2Instance.IpV6Addresses
STRING ResourceAwsEc2InstanceKeyName Resources.Details.AwsEc2Instance.KeyName
STRING ResourceAwsEc2InstanceIamInstanceProfileArn Resources.Details.AwsEc2Instance.IamInstanceProfileArn
STRING ResourceAwsEc2InstanceVpcId Resources.Details.AwsEc2Instance.VpcId
STRING ResourceAwsEc2InstanceSubnetId Resources.Details.AwsEc2Instance.SubnetId
DATE ResourceAwsEc2InstanceLaunchedAt Resources.Details.AwsEc2Instance.LaunchedAt
STRING ResourceAwsS3BucketOwnerId Resources.Details.AwsS3Bucket.OwnerId
STRING ResourceAwsS3BucketOwnerName Resources.Details.AwsS3Bucket.OwnerName
STRING ResourceAwsIamAccessKeyUserName Resources.Details.AwsIamAccessKey.UserName
STRING ResourceAwsIamAccessKeyPrincipalName Resources.Details.AwsIamAccessKey.PrincipalName
STRING ResourceAwsIamAccessKeyStatus Resources.Details.AwsIamAccessKey.Status
DATE ResourceAwsIamAccessKeyCreatedAt Resources.Details.AwsIamAccessKey.CreatedAt
STRING ResourceAwsIamUserUserName Resources.Details.AwsIamUser.UserName
STRING ResourceContainerName Resources.Details.Container.Name
STRING ResourceContainerImageId Resources.Details.Container.ImageId
STRING ResourceContainerImageName Resources.Details.Container.ImageName
DATE ResourceContainerLaunchedAt Resources.Details.Container.LaunchedAt
MAP ResourceDetailsOther Resources.Details.Other
STRING ComplianceStatus Compliance.Status
STRING VerificationState
STRING WorkflowState
STRING WorkflowStatus Workflow.Status
STRING RecordState
STRING RelatedFindingsProductArn RelatedFindings.ProductArn
STRING RelatedFindingsId RelatedFindings.Id
STRING NoteText Note.Text
DATE NoteUpdatedAt Note.UpdatedAt
STRING NoteUpdatedBy Note.UpdatedBy
KEYWORD Keyword *
NUMBER FindingProviderFieldsConfidence FindingProviderFields.Confidence
NUMBER FindingProviderFieldsCriticality FindingProviderFields.Criticality
STRING FindingProviderFieldsRelatedFindingsId FindingProviderFields.RelatedFindings.Id
STRING FindingProviderFieldsRelatedFindingsProductArn FindingProviderFields.RelatedFindings.ProductArn
STRING FindingProviderFieldsSeverityLabel FindingProviderFields.Severity.Label
STRING FindingProviderFieldsSeverityOriginal FindingProviderFields.Severity.Original
STRING FindingProviderFieldsTypes FindingProviderFields.Types
BOOLEAN Sample
STRING ComplianceSecurityControlId Compliance.SecurityControlId
STRING ComplianceAssociatedStandardsId Compliance.AssociatedStandards.StandardsId
STRING VulnerabilitiesExploitAvailable Vulnerabilities.ExploitAvailable
STRING VulnerabilitiesFixAvailable Vulnerabilities.FixAvailable
STRING ComplianceSecurityControlParametersName Compliance.SecurityControlParameters.Name
STRING ComplianceSecurityControlParametersValue Compliance.SecurityControlParameters.Value
STRING AwsAccountName
STRING ResourceApplicationName Resources.ApplicationName
STRING ResourceApplicationArn Resources.ApplicationArn
STRING ResourceOwnerAccountId Resources.Owner.Account.Id
STRING ResourceOwnerOrgId Resources.Owner.Org.Id
STRING ResourceProvider Resources.Provider
"""


def _attribute(line: str) -> Attribute:
    kind, name, *path = line.split()
    return Attribute(name, Kind[kind], tuple((path[0] if path else name).split(".")))


ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType(
    {attribute.name: attribute for attribute in map(_attribute, _TABLE.strip().splitlines())}
)
"""Filter attributes by name, in the model's order; the path of Keyword is `*`, the whole finding."""

_CRITERIA = """
ProductArn AwsAccountId Id GeneratorId Type FirstObservedAt LastObservedAt CreatedAt UpdatedAt Confidence
Criticality Title Description SourceUrl ProductName CompanyName SeverityLabel ResourceType ResourceId
ResourcePartition ResourceRegion ResourceTags ResourceDetailsOther ComplianceStatus ComplianceSecurityControlId
ComplianceAssociatedStandardsId VerificationState WorkflowStatus RecordState RelatedFindingsProductArn
RelatedFindingsId NoteText NoteUpdatedAt NoteUpdatedBy UserDefinedFields ResourceApplicationArn
ResourceApplicationName AwsAccountName ResourceProvider ResourceOwnerAccountId ResourceOwnerOrgId
"""

RULE_CRITERIA: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(_CRITERIA.split(), 20) | {"AwsAccountId": 100, "GeneratorId": 100, "Title": 100, "ResourceId": 100}
)
"""The criteria of automation rules and how many values each takes."""
