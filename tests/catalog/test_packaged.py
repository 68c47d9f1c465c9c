import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hubposture.catalog import STANDARDS, find_standard, load
from hubposture.catalog.standards import AI, CIS_1_2, CIS_1_4, CIS_3, CIS_5, FSBP, NIST_800_53, TAGGING
from hubposture.model.controls import Severity, control_id, natural_key
from hubposture.model.parameters import ParameterKind

CATALOG = load()
TITLES = {each.shown: each.title for each in CATALOG.controls.values()} | {
    each.shown: each.title for each in CATALOG.retired.values()
}
PACKAGE = Path(__file__).parents[2] / "src" / "hubposture" / "catalog"

# How many controls each standard has, as counted from the facts the catalog was made of.
COUNTS = {
    "fsbp-1.0.0": 368, "ai-1.0.0": 31, "tagging-1.0.0": 140, "cis-1.2.0": 42, "cis-1.4.0": 39, "cis-3.0.0": 37,
    "cis-5.0.0": 40, "nist-800-53-5.0.0": 298, "nist-800-171-2.0.0": 63, "pci-dss-3.2.1": 44, "pci-dss-4.0.1": 142,
}  # fmt: skip


def test_the_catalog_has_592_live_and_7_retired_controls() -> None:
    assert (len(CATALOG.controls), len(CATALOG.retired)) == (592, 7)
    assert not set(CATALOG.controls) & set(CATALOG.retired)


@pytest.mark.parametrize(("key", "count"), COUNTS.items())
def test_a_standard_has_as_many_controls_as_the_facts_say(key: str, count: int) -> None:
    standard = find_standard(key)
    assert standard is not None
    assert len(CATALOG.members(standard)) == count


def test_every_standard_with_controls_is_known_and_shown_in_the_usual_order() -> None:
    assert {standard.key for standard in CATALOG.standards} == set(COUNTS)
    assert list(CATALOG.standards) == [standard for standard in STANDARDS if standard.key in COUNTS]


def test_severities_are_counted_as_in_the_facts_retired_controls_left_out() -> None:
    counted = Counter(control.severity for control in CATALOG.controls.values())
    assert counted[Severity.CRITICAL] == 29
    assert sum(counted.values()) == 592


@pytest.mark.parametrize(
    ("shown", "numbers"),
    [
        ("Account.1", ("1.2", "1.2", None, None)),
        ("CloudTrail.2", ("3.5", "3.5", "3.7", "2.7")),
        ("CloudWatch.1", (None, None, "4.3", "1.1;3.3")),
        ("CloudWatch.10", (None, None, "4.10", "3.10")),
        ("EC2.53", ("5.3", "5.2", None, None)),
        ("EFS.1", ("2.3.1", "2.4.1", None, None)),
        ("EFS.8", ("2.3.1", None, None, None)),
        ("IAM.18", ("1.16", "1.17", "1.17", "1.20")),
        ("RDS.15", ("2.2.4", None, None, None)),
        ("S3.8", ("2.1.4", "2.1.4", "2.1.5", None)),
        ("S3.22", ("3.8", "3.8", None, None)),
    ],
)
def test_cis_requirement_numbers_are_those_of_the_mapping(shown: str, numbers: tuple[str | None, ...]) -> None:
    for standard, expected in zip((CIS_5, CIS_3, CIS_1_4, CIS_1_2), numbers, strict=True):
        wanted = tuple(expected.split(";")) if expected else ()
        assert CATALOG.requirements(control_id(shown), standard) == wanted


def test_every_member_of_a_cis_version_has_a_requirement_number_and_others_have_none() -> None:
    for standard in (CIS_5, CIS_3, CIS_1_4, CIS_1_2):
        assert all(control.requirements(standard) for control in CATALOG.members(standard))
    for standard in (FSBP, NIST_800_53, TAGGING, AI):
        assert not any(control.requirements(standard) for control in CATALOG.members(standard))


def test_requirement_numbers_are_in_natural_order_and_list_all_their_controls() -> None:
    found = CATALOG.controls_by_requirement(CIS_5)
    assert list(found) == sorted(found, key=natural_key)
    assert [control.shown for control in found["2.1.4"]] == ["S3.1", "S3.8"]
    assert list(found).index("1.9") < list(found).index("1.11")


def test_labels_name_every_requirement_newest_cis_first() -> None:
    labels = [str(label) for label in CATALOG.labels(control_id("S3.8"))]
    assert labels == ["CIS v5.0.0/2.1.4", "CIS v3.0.0/2.1.4", "CIS v1.4.0/2.1.5"]
    assert CATALOG.labels(control_id("No.1")) == ()


def test_controls_come_in_natural_order() -> None:
    ids = list(CATALOG.controls)
    assert ids == sorted(ids, key=natural_key)
    assert ids.index(control_id("EC2.2")) < ids.index(control_id("EC2.10"))


def test_an_id_is_found_in_any_casing_and_shown_as_aws_writes_it() -> None:
    for text in ("autoscaling.5", "AutoScaling.5", " AUTOSCALING.5 "):
        found = CATALOG.get(text)
        assert found is not None
        assert found.shown == "Autoscaling.5"
    assert CATALOG.shown(control_id("S3.8")) == "S3.8"
    assert CATALOG.shown(control_id("appsync.6")) == "AppSync.6"
    assert CATALOG.shown(control_id("azure.storage.1")) == "Azure.storage.1"


def test_every_title_is_one_line_of_10_to_90_characters_without_blanks_around_it() -> None:
    for shown, title in TITLES.items():
        assert 10 <= len(title) <= 90, shown
        assert title == " ".join(title.split()), shown
        assert not title.endswith("."), shown


def test_no_two_titles_are_equal() -> None:
    titles = Counter(title.casefold() for title in TITLES.values())
    assert [title for title, count in titles.items() if count > 1] == []


def test_retired_controls_say_since_when() -> None:
    assert CATALOG.retired[control_id("MQ.3")].since == date(2026, 1, 12)
    assert str(CATALOG.retired[control_id("Redshift.9")]) == "Redshift.9 was retired by AWS on 2025-09-24"


def test_announced_retirements_stay_in_the_catalog_with_their_day() -> None:
    announced = {each.shown: each.retiring for each in CATALOG.controls.values() if each.retiring}
    assert announced == {
        "EKS.3": date(2026, 8, 10),
        "IoTEvents.1": date(2026, 7, 7),
        "IoTEvents.2": date(2026, 7, 7),
        "IoTEvents.3": date(2026, 7, 7),
    }


def test_global_and_single_region_controls_are_marked() -> None:
    assert sum(control.is_global for control in CATALOG.controls.values()) == 48
    iam, front, accelerator = (
        CATALOG.controls[control_id(each)] for each in ("IAM.4", "CloudFront.1", "GlobalAccelerator.1")
    )
    assert (iam.is_global, iam.only_region) == (True, "")
    assert (front.only_region, accelerator.only_region) == ("us-east-1", "us-west-2")


def test_a_parameter_has_its_type_default_and_bounds() -> None:
    days = CATALOG.controls[control_id("ACM.1")].parameter("DAYSTOEXPIRATION")
    assert days is not None
    assert (days.kind, days.default, days.minimum, days.maximum) == (ParameterKind.INTEGER, 30, 14, 365)
    ports = CATALOG.controls[control_id("EC2.18")].parameter("authorizedTcpPorts")
    assert ports is not None
    assert (ports.kind, ports.default) == (ParameterKind.INTEGER_LIST, (80, 443))
    zones = CATALOG.controls[control_id("ELB.10")].parameter("minAvailabilityZones")
    assert zones is not None
    assert (zones.default, zones.choices) == ("2", ("2", "3", "4", "5", "6"))
    role = CATALOG.controls[control_id("Config.1")].parameter("includeConfigServiceLinkedRoleCheck")
    assert role is not None
    assert role.default is True


def test_defaults_lie_within_their_own_bounds_and_choices() -> None:
    for control in CATALOG.controls.values():
        for spec in control.parameters:
            items = (
                spec.default if isinstance(spec.default, tuple) else (spec.default,) if spec.default is not None else ()
            )
            for item in items:
                if isinstance(item, int | float) and not isinstance(item, bool):
                    assert spec.minimum is None or spec.minimum <= item, (control.shown, spec.name)
                    assert spec.maximum is None or item <= spec.maximum, (control.shown, spec.name)
                if spec.choices:
                    assert item in spec.choices, (control.shown, spec.name)


def test_parameters_belong_to_customizable_controls_and_all_but_two_of_those_have_them() -> None:
    unknown = {each.shown for each in CATALOG.controls.values() if each.customizable and not each.parameters}
    assert unknown == {"EFS.8", "RDS.36"}
    assert all(each.customizable for each in CATALOG.controls.values() if each.parameters)
    assert sum(each.customizable for each in CATALOG.controls.values()) == 193


def test_parameter_rows_name_controls_of_the_catalog_and_no_parameter_twice() -> None:
    with (PACKAGE / "parameters.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["control"] for row in rows} <= {control.shown for control in CATALOG.controls.values()}
    assert len({(row["control"], row["name"].casefold()) for row in rows}) == len(rows)
    assert {row["source"] for row in rows} == {"hub", "guide", "family"}
    assert all(row["choices"] for row in rows if row["kind"] in ("Enum", "EnumList"))


def test_the_catalog_is_read_once() -> None:
    assert load() is CATALOG


def test_the_catalog_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOG.controls[control_id("S3.8")] = CATALOG.controls[control_id("S3.1")]  # type: ignore[index]
    with pytest.raises(AttributeError):
        CATALOG.controls[control_id("S3.8")].title = "x"  # type: ignore[misc]
