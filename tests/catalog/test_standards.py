import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.catalog import (
    STANDARDS,
    Requirement,
    find_standard,
    parse_requirement,
    parse_standard_arn,
    standard_arn,
    standard_title,
    subscription_arn,
)
from hubposture.catalog.standards import CIS_1_2, CIS_5, CONTROL_TOWER, FSBP, NIST_800_53, NIST_800_171, PCI_3, PCI_4
from hubposture.errors import InputError
from hubposture.model.controls import Standard

PLACES = [("aws", "eu-central-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")]
VERSIONS = st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,4}", fullmatch=True).filter(lambda name: name != "arn")


@pytest.mark.parametrize(("partition", "region"), PLACES)
@pytest.mark.parametrize("standard", STANDARDS, ids=lambda each: each.key)
def test_an_arn_leads_back_to_its_standard_in_every_partition(standard: Standard, partition: str, region: str) -> None:
    arn = standard_arn(standard, partition=partition, region=region)
    assert parse_standard_arn(arn) == standard
    assert arn.startswith(f"arn:{partition}:securityhub:")
    subscription = subscription_arn(standard, partition=partition, region=region, account="111122223333")
    assert parse_standard_arn(subscription) == standard


@given(NAMES, VERSIONS, st.sampled_from(PLACES))
def test_a_standard_nobody_has_heard_of_makes_the_round_trip(name: str, version: str, place: tuple[str, str]) -> None:
    standard = Standard(name, version)
    assert parse_standard_arn(standard_arn(standard, partition=place[0], region=place[1])) == standard
    assert parse_standard_arn(f"standards/{name}/v/{version}") == standard


def test_the_arns_are_those_aws_writes() -> None:
    assert standard_arn(CIS_1_2, partition="aws", region="eu-central-1") == (
        "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
    )
    assert standard_arn(CIS_5, partition="aws-us-gov", region="us-gov-west-1") == (
        "arn:aws-us-gov:securityhub:us-gov-west-1::standards/cis-aws-foundations-benchmark/v/5.0.0"
    )
    assert standard_arn(CONTROL_TOWER, partition="aws", region="us-east-1") == (
        "arn:aws:securityhub:us-east-1::standards/service-managed-aws-control-tower/v/1.0.0"
    )
    assert subscription_arn(FSBP, partition="aws-cn", region="cn-north-1", account="111122223333") == (
        "arn:aws-cn:securityhub:cn-north-1:111122223333:subscription/aws-foundational-security-best-practices/v/1.0.0"
    )


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("standards/aws-foundational-security-best-practices/v/1.0.0", FSBP),
        ("ruleset/cis-aws-foundations-benchmark/v/1.2.0", CIS_1_2),
        ("arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.10", CIS_1_2),
        ("arn:aws:securityhub:eu-west-1:111122223333:control/pci-dss/v/3.2.1/PCI.IAM.5", PCI_3),
        ("arn:aws:securityhub:eu-west-1:111122223333:subscription/pci-dss/v/3.2.1/PCI.IAM.5/finding/1-2", PCI_3),
        ("aws-foundational-security-best-practices/v/1.0.0/Config.1", FSBP),
    ],
)
def test_paths_and_arns_below_a_standard_lead_to_it(text: str, standard: Standard) -> None:
    assert parse_standard_arn(text) == standard


@pytest.mark.parametrize(
    "text", ["", "arn:aws:s3:::bucket", "security-control/Config.1", "standards/pci-dss", "CIS-1.4",
             "arn:aws:securityhub:eu-west-1::product/aws/securityhub"],
)  # fmt: skip
def test_anything_else_is_an_error_that_says_what_was_expected(text: str) -> None:
    with pytest.raises(InputError, match=r"names no standard: expected arn:PARTITION"):
        parse_standard_arn(text)


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda each: each.key)
def test_a_standard_is_found_by_key_name_and_arn_in_any_casing(standard: Standard) -> None:
    arn = standard_arn(standard, partition="aws", region="us-east-1")
    for text in (standard.key, standard_title(standard), arn):
        assert find_standard(text) == standard
        assert find_standard(f"  {text.upper()} ") == standard


def test_keys_are_unique() -> None:
    assert len({standard.key for standard in STANDARDS}) == len(STANDARDS)


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("cis-7.0.0", Standard("cis-aws-foundations-benchmark", "7.0.0")),
        ("CIS AWS Foundations Benchmark v6.0.0", Standard("cis-aws-foundations-benchmark", "6.0.0")),
        ("NIST Special Publication 800-53 Revision 5", NIST_800_53),
        ("CIS AWS Foundations Benchmark 5.0.0", CIS_5),
        ("CIS AWS Foundations Benchmark version 5.0.0", CIS_5),
        ("some-standard-2.0.0", Standard("some-standard", "2.0.0")),
    ],
)
def test_a_version_that_is_not_known_yet_is_understood(text: str, standard: Standard) -> None:
    assert find_standard(text) == standard


@pytest.mark.parametrize("text", ["", "CIS", "S3.8", "5.0.0", "GDPR", "cis-5", "ISO 27001 v2.0"])
def test_a_text_that_names_no_standard_gives_none(text: str) -> None:
    assert find_standard(text) is None


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("CIS AWS Foundations Benchmark v5.0.0/2.1.4", Requirement(CIS_5, "2.1.4")),
        ("CIS v5.0.0/2.1.4", Requirement(CIS_5, "2.1.4")),
        ("CIS AWS Foundations Benchmark v1.2.0/1.20", Requirement(CIS_1_2, "1.20")),
        ("PCI DSS v4.0.1/1.2", Requirement(PCI_4, "1.2")),
        ("PCI DSS v3.2.1/10.5.2", Requirement(PCI_3, "10.5.2")),
        ("PCI DSS 10.5.2", Requirement(PCI_3, "10.5.2")),
        ("NIST.800-53.r5 AC-2(1)", Requirement(NIST_800_53, "AC-2(1)")),
        ("NIST.800-171.r2 3.13.11", Requirement(NIST_800_171, "3.13.11")),
        ("NIST 800-53 r5/AC-2(1)", Requirement(NIST_800_53, "AC-2(1)")),
    ],
)
def test_related_requirements_of_every_form_are_read(text: str, requirement: Requirement) -> None:
    assert parse_requirement(text) == requirement
    assert parse_requirement(str(requirement)) == requirement


def test_the_standards_at_hand_decide_the_version_of_an_old_text() -> None:
    assert parse_requirement("PCI DSS 1.2", among=(CIS_5, PCI_4)) == Requirement(PCI_4, "1.2")
    assert parse_requirement("PCI DSS 1.2", among=(CIS_5,)) == Requirement(PCI_3, "1.2")


@pytest.mark.parametrize("text", ["", "1.2.3", "ISO 27001 A.5", "GDPR v1.0/1", "CIS"])
def test_a_text_in_no_known_form_is_no_requirement(text: str) -> None:
    assert parse_requirement(text) is None


@given(st.text())
def test_no_text_makes_the_readers_fail(text: str) -> None:
    found = parse_requirement(text)
    assert found is None or found.number
    standard = find_standard(text)
    assert standard is None or standard.version
