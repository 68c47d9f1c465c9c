"""The real inputs beside the checkout load, record by record."""

from pathlib import Path

import pytest

from findings.asff_world import OBSERVED
from hubposture.lake.files import Files

EXPECTED = {
    "securityhub-asff-2020-three-controls.json": (3, 0, 0),
    "securityhub-asff-multiple-resources.json": (5, 0, 0),
    "securityhub-asff-one-active.json": (1, 0, 0),
    "guardduty-asff.json": (0, 4, 0),
    "prowler-asff-731-findings.json": (0, 731, 0),
    "prowler-ocsf-three-findings.json": (0, 3, 0),
    "foreign-controls-workbook.xlsx": (0, 0, 1),
}
"""File -> rows of control findings, rows of other findings, rejected records."""


def counted(path: Path) -> tuple[int, int, int]:
    pages = list(Files(clock=lambda: OBSERVED).read(path))
    kinds = [one.kind for page in pages for one in page.findings]
    return kinds.count("control"), kinds.count("other"), sum(len(page.rejected) for page in pages)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_loads_with_the_expected_counts(shared_samples: Path, name: str) -> None:
    assert counted(shared_samples / name) == EXPECTED[name]


def test_no_sample_is_forgotten(shared_samples: Path) -> None:
    assert {path.name for path in Files().found(str(shared_samples))} == set(EXPECTED)


def test_a_suppression_of_prowler_counts_only_where_its_two_words_agree(shared_samples: Path) -> None:
    (page,) = Files(clock=lambda: OBSERVED).read(shared_samples / "prowler-ocsf-three-findings.json")
    assert [one.workflow for one in page.findings] == ["NEW", "NEW", "SUPPRESSED"]
    assert {(one.compliance, one.severity, one.region) for one in page.findings} == {("FAILED", "HIGH", "us-east-1")}


def test_findings_of_2020_get_today_s_controls_their_standard_and_their_region(shared_samples: Path) -> None:
    (page,) = Files(clock=lambda: OBSERVED).read(shared_samples / "securityhub-asff-2020-three-controls.json")
    assert [one.control for one in page.findings] == ["iam.5", "ssm.2", "elb.1"]
    assert {(one.standard, one.region, one.compliance) for one in page.findings} == {
        ("fsbp-1.0.0", "us-east-1", "PASSED")
    }
