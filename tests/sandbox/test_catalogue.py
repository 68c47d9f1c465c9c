"""The sandbox's own list of standards and controls."""

from collections import Counter
from datetime import date

import pytest

from hubposture.sandbox.catalogue import CIS_1_2, CIS_5, CONTROL_TOWER, FSBP, load


def test_standards_hold_as_many_controls_as_aws_lists() -> None:
    counts = {path: len(load().members(path)) for path in load().standards}
    assert (counts[FSBP], counts[CIS_5], counts[CIS_1_2]) == (368, 40, 42)
    assert counts["standards/ai-security-best-practices/v/1.0.0"] == 31


def test_there_are_29_critical_controls() -> None:
    assert Counter(control.severity for control in load().controls.values())["CRITICAL"] == 29


def test_a_control_is_found_in_any_letter_case_and_shown_as_aws_writes_it() -> None:
    control = load().control("autoscaling.1")
    assert control is not None
    assert control.id == "AutoScaling.1"
    assert load().control("MQ.3") is None  # retired


def test_a_control_names_the_requirements_it_serves() -> None:
    assert load().controls["S3.8"].standards[CIS_5] == ("2.1.4",)
    assert load().controls["CloudWatch.1"].standards[CIS_1_2] == ("1.1", "3.3")


def test_only_cis_1_2_has_an_arn_without_region_and_both_are_default_with_fsbp() -> None:
    cis, fsbp = load().standards[CIS_1_2], load().standards[FSBP]
    assert cis.arn("eu-central-1") == "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
    assert fsbp.arn("eu-central-1").startswith("arn:aws:securityhub:eu-central-1::standards/")
    assert {one.path for one in load().standards.values() if one.default_on} == {CIS_1_2, FSBP}
    assert load().standards[CONTROL_TOWER].managed_by


def test_a_standard_is_found_by_its_arn_its_subscription_and_its_path() -> None:
    cis = load().standards[CIS_5]
    for arn in (cis.arn("us-east-1"), cis.subscription_arn("us-east-1", "123456789012"), cis.path):
        assert load().standard_of(arn) == cis


def test_cloudfront_exists_in_one_region_and_global_accelerator_in_another() -> None:
    front, accelerator = load().controls["CloudFront.1"], load().controls["GlobalAccelerator.1"]
    assert [region for region in ("us-east-1", "us-west-2", "eu-central-1") if front.available_in(region)] == [
        "us-east-1"
    ]
    assert accelerator.available_in("us-west-2")
    assert not accelerator.available_in("us-east-1")


def test_some_control_lacks_in_every_small_region_and_no_critical_one_does() -> None:
    lacking = [one for one in load().controls.values() if not one.only_region and not one.available_in("eu-north-1")]
    assert lacking
    assert all(one.severity != "CRITICAL" and CIS_5 not in one.standards for one in lacking)


@pytest.mark.parametrize(
    ("control", "name", "good", "bad"),
    [
        ("ACM.1", "daysToExpiration", 30, 13),
        ("ACM.1", "daysToExpiration", 365, "30"),
        ("EC2.18", "authorizedTcpPorts", [80, 443], [0]),
        ("EC2.18", "authorizedTcpPorts", [80], 80),
        ("IAM.7", "RequireSymbols", False, 1),
        ("S3.15", "mode", "GOVERNANCE", "governance"),
        ("RDS.14", "BacktrackWindowInHours", 0.5, 100.0),
        ("S3.5", "", None, None),
    ],
)
def test_a_parameter_accepts_values_of_its_type_and_range_only(
    control: str, name: str, good: object, bad: object
) -> None:
    parameters = load().controls[control].parameters
    if not name:
        assert not parameters
        return
    assert parameters[name].problem_with(good) is None
    assert parameters[name].problem_with(bad)


def test_defaults_are_of_the_parameters_type() -> None:
    parameters = [one for control in load().controls.values() for one in control.parameters.values()]
    assert len(parameters) > 190
    assert all(one.default is None or one.problem_with(one.default) is None for one in parameters)


def test_a_control_is_there_from_its_release_until_its_retirement() -> None:
    assert "EKS.3" in load().released_by(date(2026, 8, 10)).controls
    assert "EKS.3" not in load().released_by(date(2026, 8, 11)).controls
    assert "EC2.183" not in load().released_by(date(2026, 3, 1)).controls


def test_every_control_has_a_title_of_its_own_words() -> None:
    assert all(3 < len(control.title) < 90 and control.title != control.id for control in load().controls.values())
