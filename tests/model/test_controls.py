"""Controls, severities, dispositions and standards."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.catalog import STANDARDS
from hubposture.model.controls import Disposition, Severity, Standard, control_id, is_control_id, natural_key


@pytest.mark.parametrize("text", ["S3.8", " s3.8 ", "S3.8\n"])
def test_an_id_is_the_same_whatever_its_casing_and_the_blanks_around_it(text: Any) -> None:
    assert control_id(text) == "s3.8"
    assert is_control_id(text)


@pytest.mark.parametrize("text", ["", "S3", "3.8", "S3.", "S3.8.x", "S3.80000", "S3 8", "S3.8;EC2.2", "S3.\uff18"])
def test_what_has_not_the_form_of_an_id_is_none(text: Any) -> None:
    assert not is_control_id(text)


def test_ids_with_several_parts_are_ids() -> None:
    assert is_control_id("Azure.Storage.1")


def test_numbers_in_ids_count_as_numbers() -> None:
    assert sorted(["EC2.10", "ec2.2", "EC2.1", "ACM.2"], key=natural_key) == ["ACM.2", "EC2.1", "ec2.2", "EC2.10"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(alphabet="aB1.9\u00b2\u0663", max_size=6), st.just("9" * 5000))), st.randoms())
def test_any_texts_can_be_sorted_by_their_natural_key_whatever_their_order(texts: Any, chance: Any) -> None:
    ordered = sorted(texts, key=natural_key)
    again = sorted(chance.sample(texts, len(texts)), key=natural_key)
    assert [natural_key(one) for one in again] == [natural_key(one) for one in ordered]


def test_severities_rank_from_low_to_critical() -> None:
    assert sorted(Severity, key=lambda one: one.rank) == ["LOW", "MEDIUM", "HIGH", "CRITICAL"]


def test_only_enforce_and_monitor_are_on() -> None:
    assert {one for one in Disposition if one.is_on} == {Disposition.ENFORCE, Disposition.MONITOR}


def test_standards_have_a_short_key_of_name_and_version_that_tells_them_apart() -> None:
    assert Standard("cis-aws-foundations-benchmark", "5.0.0").key == "cis-5.0.0"
    assert Standard("my-own", "1").key == "my-own-1"
    assert len({one.key for one in STANDARDS}) == len(STANDARDS)


def test_only_standards_of_a_service_are_service_managed() -> None:
    assert {one.key for one in STANDARDS if one.is_service_managed} == {"control-tower-1.0.0"}
