"""A resource of Security Hub as AWS Config and CloudTrail call it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
_GLOBAL_SERVICES = frozenset({"iam", "cloudfront", "route53", "organizations", "globalaccelerator", "waf", "account"})
_OCSF = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+", re.ASCII)

_TYPES: Mapping[str, str] = {
    "AwsAcmCertificate": "AWS::ACM::Certificate",
    "AwsApiGatewayRestApi": "AWS::ApiGateway::RestApi",
    "AwsApiGatewayStage": "AWS::ApiGateway::Stage",
    "AwsApiGatewayV2Api": "AWS::ApiGatewayV2::Api",
    "AwsApiGatewayV2Stage": "AWS::ApiGatewayV2::Stage",
    "AwsAthenaWorkGroup": "AWS::Athena::WorkGroup",
    "AwsAutoScalingAutoScalingGroup": "AWS::AutoScaling::AutoScalingGroup",
    "AwsAutoScalingLaunchConfiguration": "AWS::AutoScaling::LaunchConfiguration",
    "AwsBackupBackupPlan": "AWS::Backup::BackupPlan",
    "AwsBackupBackupVault": "AWS::Backup::BackupVault",
    "AwsCloudFormationStack": "AWS::CloudFormation::Stack",
    "AwsCloudFrontDistribution": "AWS::CloudFront::Distribution",
    "AwsCloudTrailTrail": "AWS::CloudTrail::Trail",
    "AwsCloudWatchAlarm": "AWS::CloudWatch::Alarm",
    "AwsCodeBuildProject": "AWS::CodeBuild::Project",
    "AwsDmsReplicationInstance": "AWS::DMS::ReplicationInstance",
    "AwsDynamoDbTable": "AWS::DynamoDB::Table",
    "AwsEc2Eip": "AWS::EC2::EIP",
    "AwsEc2Instance": "AWS::EC2::Instance",
    "AwsEc2LaunchTemplate": "AWS::EC2::LaunchTemplate",
    "AwsEc2NetworkAcl": "AWS::EC2::NetworkAcl",
    "AwsEc2NetworkInterface": "AWS::EC2::NetworkInterface",
    "AwsEc2RouteTable": "AWS::EC2::RouteTable",
    "AwsEc2SecurityGroup": "AWS::EC2::SecurityGroup",
    "AwsEc2Subnet": "AWS::EC2::Subnet",
    "AwsEc2TransitGateway": "AWS::EC2::TransitGateway",
    "AwsEc2Volume": "AWS::EC2::Volume",
    "AwsEc2Vpc": "AWS::EC2::VPC",
    "AwsEc2VpcEndpointService": "AWS::EC2::VPCEndpointService",
    "AwsEc2VpnConnection": "AWS::EC2::VPNConnection",
    "AwsEcrRepository": "AWS::ECR::Repository",
    "AwsEcsCluster": "AWS::ECS::Cluster",
    "AwsEcsService": "AWS::ECS::Service",
    "AwsEcsTaskDefinition": "AWS::ECS::TaskDefinition",
    "AwsEfsAccessPoint": "AWS::EFS::AccessPoint",
    "AwsEksCluster": "AWS::EKS::Cluster",
    "AwsElasticBeanstalkEnvironment": "AWS::ElasticBeanstalk::Environment",
    "AwsElasticsearchDomain": "AWS::Elasticsearch::Domain",
    "AwsElbLoadBalancer": "AWS::ElasticLoadBalancing::LoadBalancer",
    "AwsElbv2LoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AwsGuardDutyDetector": "AWS::GuardDuty::Detector",
    "AwsIamGroup": "AWS::IAM::Group",
    "AwsIamPolicy": "AWS::IAM::Policy",
    "AwsIamRole": "AWS::IAM::Role",
    "AwsIamUser": "AWS::IAM::User",
    "AwsKinesisStream": "AWS::Kinesis::Stream",
    "AwsKmsKey": "AWS::KMS::Key",
    "AwsLambdaFunction": "AWS::Lambda::Function",
    "AwsMskCluster": "AWS::MSK::Cluster",
    "AwsNetworkFirewallFirewall": "AWS::NetworkFirewall::Firewall",
    "AwsNetworkFirewallFirewallPolicy": "AWS::NetworkFirewall::FirewallPolicy",
    "AwsNetworkFirewallRuleGroup": "AWS::NetworkFirewall::RuleGroup",
    "AwsOpenSearchServiceDomain": "AWS::OpenSearch::Domain",
    "AwsRdsDbCluster": "AWS::RDS::DBCluster",
    "AwsRdsDbClusterSnapshot": "AWS::RDS::DBClusterSnapshot",
    "AwsRdsDbInstance": "AWS::RDS::DBInstance",
    "AwsRdsDbSnapshot": "AWS::RDS::DBSnapshot",
    "AwsRdsEventSubscription": "AWS::RDS::EventSubscription",
    "AwsRedshiftCluster": "AWS::Redshift::Cluster",
    "AwsRoute53HostedZone": "AWS::Route53::HostedZone",
    "AwsS3AccountPublicAccessBlock": "AWS::S3::AccountPublicAccessBlock",
    "AwsS3Bucket": "AWS::S3::Bucket",
    "AwsSageMakerNotebookInstance": "AWS::SageMaker::NotebookInstance",
    "AwsSecretsManagerSecret": "AWS::SecretsManager::Secret",
    "AwsSnsTopic": "AWS::SNS::Topic",
    "AwsSqsQueue": "AWS::SQS::Queue",
    "AwsSsmPatchCompliance": "AWS::SSM::PatchCompliance",
    "AwsStepFunctionStateMachine": "AWS::StepFunctions::StateMachine",
    "AwsWafWebAcl": "AWS::WAF::WebACL",
    "AwsWafv2WebAcl": "AWS::WAFv2::WebACL",
}
_BY_ARN = frozenset(
    {
        "AWS::ACM::Certificate", "AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::MSK::Cluster",
        "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::CloudFormation::Stack", "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition", "AWS::NetworkFirewall::Firewall", "AWS::NetworkFirewall::FirewallPolicy",
        "AWS::NetworkFirewall::RuleGroup", "AWS::StepFunctions::StateMachine", "AWS::IAM::Policy", "AWS::DMS::ReplicationInstance",
    }
)  # fmt: skip
"""Types whose id in AWS Config is the ARN, at least for some of them; the last part is tried too."""
_BY_NAME = frozenset(
    {"AWS::IAM::User", "AWS::IAM::Role", "AWS::IAM::Group", "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"}
)
"""Types whose id in AWS Config is one of their own that no ARN has: it is found by the name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as a finding names it: `id` is its ARN mostly, `type` Security Hub's (`AwsS3Bucket`)."""

    account: str
    region: str
    id: str
    type: str = ""

    @property
    def name(self) -> str:
        """The last part of its id: what its own service calls it."""
        return self.id.rpartition("/")[2].rpartition(":")[2] or self.id

    @property
    def partition(self) -> str:
        """The partition of its ARN; `aws` where it has none."""
        parts = self.id.split(":", 2)
        return parts[1] if len(parts) == 3 and parts[0] == "arn" and parts[1] in _GLOBAL_REGIONS else "aws"  # noqa: PLR2004 (an ARN)

    @property
    def service(self) -> str:
        """The service of its ARN, ''."""
        parts = self.id.split(":", 3)
        return parts[2] if len(parts) == 4 and parts[0] == "arn" else ""  # noqa: PLR2004 (an ARN)

    @property
    def trail_regions(self) -> tuple[str, ...]:
        """Where CloudTrail keeps its events: its Region, or the one in which global services write theirs."""
        if self.service in _GLOBAL_SERVICES or self.type in ("AwsAccount", "AWS::::Account"):
            there = _GLOBAL_REGIONS[self.partition]
            return (there,) if self.service in _GLOBAL_SERVICES else tuple(dict.fromkeys((self.region, there)))
        return (self.region,)

    @property
    def trail_names(self) -> tuple[str, ...]:
        """Under which names its events are looked up: some services write the ARN, others the last part."""
        return tuple(dict.fromkeys(one for one in (self.id, self.name) if one))


def resource_of(row: Mapping[str, Any]) -> Resource:
    """The resource of a subject, as the lake's lists give it."""
    return Resource(row["account"], row["region"], row["resource"], row["resource_type"])


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """What AWS Config calls a resource: the ids to try, in order; `name` is what it is found by where no id fits."""

    type: str
    ids: tuple[str, ...]
    name: str


def config_key(resource: Resource) -> ConfigKey | None:
    """What AWS Config calls a resource; None where it keeps none of that type, or it is not known by which name."""
    kind = _TYPES.get(resource.type) or (resource.type if _OCSF.fullmatch(resource.type) else "")
    if not kind or not resource.id:
        return None
    if kind == "AWS::S3::AccountPublicAccessBlock":
        return ConfigKey(kind, (resource.account,), resource.account)
    if kind in _BY_NAME:
        return ConfigKey(kind, (), resource.name)
    if kind in _BY_ARN:
        return ConfigKey(kind, (resource.id, resource.name), resource.name)
    if kind == "AWS::SQS::Queue":
        return ConfigKey(kind, (_queue_url(resource),), resource.name)
    return ConfigKey(kind, (resource.name,), resource.name)


def _queue_url(resource: Resource) -> str:
    end = ".amazonaws.com.cn" if resource.partition == "aws-cn" else ".amazonaws.com"
    return f"https://sqs.{resource.region}{end}/{resource.account}/{resource.name}"
