"""Write the sandbox's control catalogue: `tools/sandbox_catalogue.py CONTROLS_CSV WORKBOOK_XLSX`.

CONTROLS_CSV is the extracted table of controls (ids, severities, Config rules, standards and requirement numbers);
WORKBOOK_XLSX is an exported list of controls whose Parameters column holds names, types, defaults and limits.
Titles are this project's own: written by hand for the controls the population speaks of, else made from the name of
the Config rule. The result is src/hubposture/sandbox/data/controls.csv, which the package ships.
"""

import csv
import re
import sys
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
OUT = HERE.parent / "src" / "hubposture" / "sandbox" / "data" / "controls.csv"
TITLES = HERE / "sandbox_titles.csv"

STANDARDS = {
    "fsbp_1_0_0": "fsbp",
    "cis_1_2_0": "cis12",
    "cis_1_4_0": "cis14",
    "cis_3_0_0": "cis30",
    "cis_5_0_0": "cis50",
    "nist_800_53_r5": "nist53",
    "nist_800_171_r2": "nist171",
    "pci_dss_3_2_1": "pci32",
    "pci_dss_4_0_1": "pci40",
    "resource_tagging_1_0_0": "tagging",
    "ai_security_1_0_0": "ai",
}

# What the exported list lacks: controls newer than it, and the values an enumeration allows.
EXTRA_PARAMETERS = {
    "CloudTrail.10": ["kmsKeyArns|StringList||||"],
    "Cognito.3": [
        "minLength|Integer|8|8|128|",
        "requireLowercase|Boolean|true|||",
        "requireUppercase|Boolean|true|||",
        "requireNumbers|Boolean|true|||",
        "requireSymbols|Boolean|true|||",
        "temporaryPasswordValidity|Integer|7|7|365|",
    ],
    "EFS.8": ["kmsKeyArns|StringList||||"],
    "FSx.4": ["deploymentTypes|EnumList|MULTI_AZ_1||| MULTI_AZ_1 SINGLE_AZ_1"],
    "RDS.36": ["logTypes|StringList|postgresql|||"],
    "RDS.42": ["logTypes|EnumList|audit error||| audit error general slowquery"],
    "RDS.50": ["minimumBackupRetentionPeriod|Integer|7|7|35|"],
    "RedshiftServerless.4": ["kmsKeyArns|StringList||||"],
    "S3.25": ["targetExpirationDays|Integer||1|2147483647|"],
}
ALLOWED = {
    ("APIGateway.1", "loggingLevel"): "ERROR INFO",
    ("APIGateway.8", "authorizationType"): "AWS_IAM CUSTOM JWT",
    ("AppSync.2", "fieldLoggingLevel"): "ERROR ALL",
    ("CloudWatch.16", "MinRetentionTime"): "365 400 545 731 1827 3653",
    ("Cognito.1", "SecurityMode"): "AUDIT ENFORCED",
    ("EC2.172", "vpcBpaInternetGatewayBlockMode"): "block-bidirectional block-ingress",
    ("ElasticBeanstalk.2", "UpdateLevel"): "minor patch",
    ("ElasticBeanstalk.3", "RetentionInDays"): "1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1827 3653",
    ("NetworkFirewall.2", "logType"): "ALERT FLOW",
    ("RDS.6", "monitoringInterval"): "1 5 10 15 30 60",
    ("RDS.40", "logTypes"): "agent error",
    (
        "S3.13",
        "targetTransitionStorageClass",
    ): "DEEP_ARCHIVE GLACIER GLACIER_IR INTELLIGENT_TIERING ONEZONE_IA STANDARD_IA",
    ("S3.15", "mode"): "GOVERNANCE COMPLIANCE",
    ("StepFunctions.1", "logLevel"): "ALL ERROR FATAL",
    ("AutoScaling.2", "minAvailabilityZones"): "2 3 4 5 6",
    ("ELB.10", "minAvailabilityZones"): "2 3 4 5 6",
    ("ELB.13", "minAvailabilityZones"): "2 3 4 5 6",
    ("Lambda.5", "availabilityZones"): "2 3 4 5 6",
    ("S3.11", "eventTypes"): "s3:IntelligentTiering s3:LifecycleExpiration:* s3:LifecycleTransition s3:ObjectAcl:Put "
    "s3:ObjectCreated:* s3:ObjectRemoved:* s3:ObjectRestore:* s3:ObjectTagging:* s3:ReducedRedundancyLostObject "
    "s3:Replication:*",
}

GLOSSARY = (
    "acm=ACM api=API apigateway=API_Gateway apigatewayv2=API_Gateway_v2 appsync=AppSync autoscaling=Auto_Scaling "
    "athena=Athena bedrock=Bedrock bedrockagentcore=AgentCore cloudformation=CloudFormation cloudfront=CloudFront "
    "cloudtrail=CloudTrail cloudwatch=CloudWatch cmk=KMS-key codebuild=CodeBuild cognito=Cognito dax=DAX "
    "db=database dms=DMS docdb=DocumentDB dynamodb=DynamoDB ebs=EBS ec2=EC2 ecr=ECR ecs=ECS efs=EFS eks=EKS "
    "elasticache=ElastiCache elasticsearch=Elasticsearch elb=ELB elbv2=ELB emr=EMR fsx=FSx glue=Glue "
    "guardduty=GuardDuty http=HTTP https=HTTPS iam=IAM igw=internet-gateway imdsv2=IMDSv2 inspector=Inspector "
    "ip=IP kinesis=Kinesis kms=KMS lambda=Lambda macie=Macie mfa=MFA mq=MQ msk=MSK mwaa=MWAA neptune=Neptune "
    "netfw=Network_Firewall opensearch=OpenSearch rds=RDS redshift=Redshift route53=Route_53 s3=S3 "
    "sagemaker=SageMaker sg=security-group sns=SNS sqs=SQS ssh=SSH ssl=SSL ssm=SSM tls=TLS ttl=TTL vpc=VPC "
    "vpn=VPN waf=WAF wafv2=WAF workspaces=WorkSpaces xray=X-Ray az=AZ acl=ACL nacl=network-ACL pitr=point-in-time "
    "kinesisanalytics=Kinesis_Analytics lifecycle=life-cycle config=configuration vol=volume inf=inference "
    "multicontainer=multi-container cust=custom auth=authentication userpool=user-pool ike=IKE"
)
"""How AWS writes the words of rule names: `word=as_written`, underscores for blanks."""

ACRONYMS = dict(pair.split("=") for pair in GLOSSARY.split())


def words(rule: str) -> str:
    """The words of a Config rule's name with AWS names written as AWS writes them."""
    return " ".join(ACRONYMS.get(word, word).replace("_", " ") for word in rule.split("-"))


def title_of(control: str, rule: str) -> str:
    """A short title made from the rule's name; the control id when there is no name to use."""
    rule = rule.removesuffix(" (custom Security Hub rule)")
    if not rule:
        return f"{control} check"
    if rule.startswith("tagged-"):
        return f"Tags: {words(rule.removeprefix('tagged-'))} carries the required keys"
    if rule.endswith("-tagged"):
        return f"Tags: {words(rule.removesuffix('-tagged'))} carries the required keys"
    text = words(re.sub(r"-check$", "", rule))
    return text[0].upper() + text[1:]


def parameter_lines(text: str) -> dict[str, str]:
    """`Name: value` lines of one parameter's block."""
    pairs = (line.partition(":") for line in text.strip().splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def shown(value: str) -> str:
    """A default or limit as compact text: lists space-joined, blanks for what is not given."""
    if value in ("N/A", ""):
        return ""
    if value.startswith("["):
        return " ".join(part.strip(" '\"") for part in value.strip("[]").split(","))
    return value.lower() if value in ("True", "False") else value


def parameters_of(control: str, row: dict[str, str], exported: str) -> list[str]:
    """Parameters as `name|type|default|min|max|allowed`, in the order they are listed."""
    if row["supports_custom_parameters"] != "Yes":
        return []
    found = []
    for block in re.split(r"\n---", exported):
        facts = parameter_lines(block)
        if not facts:
            continue
        name = facts["Parameter"]
        limits = [shown(facts[key]) for key in ("Default Value", "Min", "Max")]
        found.append("|".join([name, facts["Type"], *limits, ALLOWED.get((control, name), "")]))
    if not found and (row["resource_tagging_1_0_0"] or "tagged" in row["config_rule"]):
        found.append("requiredTagKeys|StringList||||")
    return found or [line.replace("| ", "|") for line in EXTRA_PARAMETERS.get(control, [])]


def released_of(row: dict[str, str]) -> str:
    """The day AWS released the newest controls, to the month; blank for all older ones."""
    if not row["source_control"].startswith("c2hans"):
        return ""
    return "2026-06-30" if row["ai_security_1_0_0"] and not row["fsbp_1_0_0"] else "2026-05-15"


def retirement_of(row: dict[str, str]) -> str:
    """The day after which a control AWS has announced to retire goes away; blank if none."""
    found = re.search(r"announced after (\d{4}-\d{2}-\d{2})", row["status"])
    return found[1] if found else ""


def main() -> None:
    """Read the two inputs, write the data file, print how many controls it holds."""
    controls_csv, workbook = sys.argv[1:3]
    with Path(controls_csv).open(newline="") as source:
        rows = list(csv.DictReader(source))
    with TITLES.open(newline="") as source:
        titles = dict(csv.reader(source))
    sheet = openpyxl.load_workbook(workbook, read_only=True).worksheets[0]
    exported = {str(line[0]): str(line[6] or "") for line in sheet.iter_rows(min_row=2, values_only=True)}
    fields = (
        "id title severity schedule resource_type config_rule standards parameters global only_region released retires"
    )
    live = [row for row in rows if row["status"] == "active" or "announced" in row["status"]]
    with OUT.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(fields.split())
        for row in live:
            control = row["control_id"]
            members = [
                short if row[column] == "yes" else f"{short}={row[column].replace(' ', '')}"
                for column, short in STANDARDS.items()
                if row[column]
            ]
            writer.writerow(
                [
                    control,
                    titles.pop(control, None) or title_of(control, row["config_rule"]),
                    row["severity"],
                    row["schedule_type"],
                    row["resource_type"],
                    row["config_rule"],
                    " ".join(members),
                    "\n".join(parameters_of(control, row, exported.get(control, ""))),
                    row["global_resource"],
                    row["only_region"],
                    released_of(row),
                    retirement_of(row),
                ]
            )
    print(f"{len(live)} controls written to {OUT.name}; titles for unknown controls: {sorted(titles) or 'none'}")


if __name__ == "__main__":
    main()
