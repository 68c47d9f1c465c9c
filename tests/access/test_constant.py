"""Conditions that are the same whatever they are asked about."""

import pytest

from hubposture.access.constant import constant
from hubposture.cedar.check import read_rules


def of(condition: str) -> bool | None:
    (rule,) = read_rules(
        f'permit(principal, action == Action::"suppress", resource) when {{ {condition} }};', "x"
    ).rules
    (body,) = rule.conditions
    return constant(body)


@pytest.mark.parametrize(
    "condition",
    [
        "false",
        "!true",
        'resource.owner == "a" && false',
        'resource.owner == "a" && resource.owner == "b"',
        '["a", "b"].contains(resource.owner) && resource.region == "x" && "c" == resource.owner',
        "if true then false else true",
        '"a" == "b"',
        "false || !true",
    ],
)
def test_what_can_never_be_is_seen(condition: str) -> None:
    assert of(condition) is False


@pytest.mark.parametrize("condition", ["true", '"a" == "a"', 'true || resource.owner == "a"'])
def test_what_always_is_is_seen(condition: str) -> None:
    assert of(condition) is True


@pytest.mark.parametrize(
    "condition",
    [
        'resource.owner == "a"',
        'resource.owner == "a" || resource.owner == "b"',
        '["a", "b"].contains(resource.owner) && resource.owner == "b"',
        'resource.owner == "a" && resource.region == "b"',
    ],
)
def test_what_depends_is_left_open(condition: str) -> None:
    assert of(condition) is None
