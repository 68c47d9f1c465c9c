import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.catalog import load, suggest

CATALOG = load()


@pytest.mark.parametrize(
    ("text", "close"),
    [("S3-8", "S3.8"), ("s3 8", "S3.8"), ("S3.08", "S3.8"), ("PCI.S3.1", "S3.1"), ("autoscaling_5", "Autoscaling.5")],
)
def test_an_id_written_another_way_is_recognised(text: str, close: str) -> None:
    assert suggest(CATALOG, text).close == (close,)


def test_a_wrong_number_gets_the_nearest_ones_of_the_service() -> None:
    assert suggest(CATALOG, "S3.99").close == ("S3.25", "S3.24", "S3.23")
    assert suggest(CATALOG, "EC2.11").close == ("EC2.10", "EC2.12", "EC2.9")


def test_a_misspelt_service_gets_close_ids() -> None:
    assert suggest(CATALOG, "Cloudtrial.2").close[0] == "CloudTrail.2"
    assert str(suggest(CATALOG, "IAMM.1")).startswith("did you mean IAM.1")


@pytest.mark.parametrize("text", ["ECS.1", "ecs.1", "ECS-1"])
def test_a_retired_control_is_named_with_its_day(text: str) -> None:
    assert str(suggest(CATALOG, text)) == "ECS.1 was retired by AWS on 2026-03-04; remove the row"


def test_nonsense_gets_no_suggestion() -> None:
    assert str(suggest(CATALOG, "")) == ""
    assert str(suggest(CATALOG, "Azure.Storage.1")) == ""


@given(st.text(max_size=40))
def test_whatever_is_suggested_exists(text: str) -> None:
    found = suggest(CATALOG, text)
    assert len(found.close) <= 3
    assert all(CATALOG.get(each) for each in found.close)


@given(st.sampled_from(sorted(CATALOG.controls)), st.sampled_from(["-", "_", " ", "/", ":"]))
def test_any_id_with_another_separator_is_found_again(control: str, separator: str) -> None:
    close = suggest(CATALOG, control.replace(".", separator)).close
    assert [each.casefold() for each in close] == [control]
