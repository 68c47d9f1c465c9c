"""Parameters keep their kinds on the way in and out, and reasons fit what the API takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.aws.values import custom_values, parameter_specs, parameter_update, plain_reason
from hubposture.model.parameters import ParameterKind, ParameterSpec

SPECS = (
    ParameterSpec("days", ParameterKind.INTEGER),
    ParameterSpec("share", ParameterKind.DOUBLE),
    ParameterSpec("on", ParameterKind.BOOLEAN),
    ParameterSpec("mode", ParameterKind.ENUM, choices=("a", "b")),
    ParameterSpec("names", ParameterKind.STRING_LIST),
    ParameterSpec("ports", ParameterKind.INTEGER_LIST),
)


def test_a_value_travels_in_the_member_of_its_kind() -> None:
    desired = (("days", 30), ("mode", "a"), ("names", ("x", "y")), ("on", True), ("ports", (22, 443)), ("share", 1))
    assert parameter_update(desired, (), SPECS) == {
        "days": {"ValueType": "CUSTOM", "Value": {"Integer": 30}},
        "mode": {"ValueType": "CUSTOM", "Value": {"Enum": "a"}},
        "names": {"ValueType": "CUSTOM", "Value": {"StringList": ["x", "y"]}},
        "on": {"ValueType": "CUSTOM", "Value": {"Boolean": True}},
        "ports": {"ValueType": "CUSTOM", "Value": {"IntegerList": [22, 443]}},
        "share": {"ValueType": "CUSTOM", "Value": {"Double": 1.0}},
    }


def test_a_name_that_is_wanted_no_more_goes_back_to_its_default() -> None:
    update = parameter_update((("days", 30),), (("days", 7), ("on", False)), SPECS)
    assert update["on"] == {"ValueType": "DEFAULT"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "days": st.integers(),
            "share": st.floats(allow_nan=False, allow_infinity=False),
            "on": st.booleans(),
            "mode": st.sampled_from(["a", "b"]),
            "names": st.lists(st.text(min_size=1), min_size=1).map(tuple),
            "ports": st.lists(st.integers(), min_size=1).map(tuple),
        },
    )
)
def test_what_is_written_reads_back_as_it_was(values: dict[str, object]) -> None:
    desired = tuple(sorted(values.items()))
    assert custom_values(parameter_update(desired, (), SPECS)) == desired  # type: ignore[arg-type]


def test_defaults_are_no_custom_values() -> None:
    assert custom_values({"days": {"ValueType": "DEFAULT", "Value": {"Integer": 90}}}) == ()


@pytest.mark.parametrize(
    ("name", "value"), [("days", "30"), ("days", True), ("on", 1), ("names", "x"), ("days", (1,)), ("mode", 3)]
)
def test_a_value_of_another_kind_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        parameter_update(((name, value),), (), SPECS)  # type: ignore[arg-type]


def test_a_parameter_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no parameter hours.*there are days, mode"):
        parameter_update((("hours", 1),), (), SPECS)


def test_definitions_give_kind_default_bounds_and_choices() -> None:
    specs = parameter_specs(
        {
            "b": {"ConfigurationOptions": {"Integer": {"DefaultValue": 90, "Min": 1, "Max": 365}}, "Description": "d"},
            "a": {
                "ConfigurationOptions": {
                    "EnumList": {"DefaultValue": ["x"], "AllowedValues": ["x", "y"], "MaxItems": 2}
                }
            },
            "c": {"ConfigurationOptions": {"Unheard": {}}},
        }
    )
    assert specs == (
        ParameterSpec("a", ParameterKind.ENUM_LIST, ("x",), choices=("x", "y"), max_items=2),
        ParameterSpec("b", ParameterKind.INTEGER, 90, 1, 365),
    )


@given(st.text())
def test_every_reason_fits_the_pattern_of_last_update_reason(text: str) -> None:
    assert re.fullmatch(r"([^\u0000-\u007F]|[-_ a-zA-Z0-9])+", plain_reason(text))


def test_a_reason_keeps_its_words() -> None:
    assert plain_reason("prod: enforce, keys (90 d)") == "prod enforce keys 90 d"
