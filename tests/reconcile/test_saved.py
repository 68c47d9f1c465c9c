"""Saved plans come back as they were, and are refused when anything that moves was altered."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.controls.edits import OFF, ON, Kind
from hubposture.errors import InputError
from hubposture.reconcile.plan import Plan, beyond
from hubposture.reconcile.saved import Saved, from_json, to_json
from reconcile.plans import PLANS, TARGETS, edit, off, plan

PARAMETERS = (("days", 30), ("names", ("a", "b")), ("ratio", 2.0), ("strict", True))
SAMPLE = plan(
    {
        TARGETS[0]: [edit(Kind.STANDARD, "cis-5.0.0", current=OFF, desired=ON), off("s3.8")],
        TARGETS[1]: [edit(Kind.PARAMETERS, "iam.7", current=(), desired=PARAMETERS)],
        TARGETS[2]: [off("s3.8")],
    }
)


def saved(made: Plan) -> bytes:
    return to_json(Saved(made, "abc123", "0.1.0"))


@settings(deadline=None)
@given(PLANS)
def test_a_saved_plan_comes_back_equal_with_its_digest_and_nothing_is_beyond_it(made: Plan) -> None:
    back = from_json(saved(made), name="plan.json")
    assert (back.commit, back.version) == ("abc123", "0.1.0")
    assert replace(back.plan) == replace(made)
    assert back.plan.digest == made.digest
    assert beyond(made, back.plan) == beyond(back.plan, made) == ()


def test_equal_plans_are_saved_as_the_same_bytes() -> None:
    assert saved(SAMPLE) == saved(replace(SAMPLE, edits=dict(sorted(SAMPLE.edits.items(), reverse=True))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("organization",), "other"),
        (("bundles", 0, "edits", 0, "desired"), "off"),
        (("bundles", 0, "edits", 0, "current"), "on"),
        (("bundles", 0, "edits", 0, "kind"), "parameters"),
        (("bundles", 0, "edits", 1, "key", 1), "ec2.2"),
        (("bundles", 0, "places", 0, 0), "999999999999"),
        (("bundles", 1, "edits", 0, "desired", 0, 1), 31),
        (("bundles", 1, "edits", 0, "desired", 3, 1), 1),
        (("digest",), "sha256:0"),
    ],
)
def test_an_altered_plan_is_refused(path: Any, value: Any) -> None:
    document = orjson.loads(saved(SAMPLE))
    at = document
    for step in path[:-1]:
        at = at[step]
    assert at[path[-1]] != value or at[path[-1]] is not value
    at[path[-1]] = value
    with pytest.raises(InputError, match="altered"):
        from_json(orjson.dumps(document), name="plan.json")


def test_an_added_place_or_a_removed_bundle_is_refused() -> None:
    added, removed = orjson.loads(saved(SAMPLE)), orjson.loads(saved(SAMPLE))
    added["bundles"][0]["places"].append(["333333333333", "us-east-1"])
    del removed["bundles"][0]
    for document in (added, removed):
        with pytest.raises(InputError, match="altered"):
            from_json(orjson.dumps(document), name="plan.json")


def test_a_place_that_stands_in_a_plan_twice_is_refused() -> None:
    document = orjson.loads(saved(SAMPLE))
    document["bundles"].insert(0, {"edits": [], "places": document["bundles"][0]["places"]})
    with pytest.raises(InputError, match="twice"):
        from_json(orjson.dumps(document), name="plan.json")


def test_a_plan_of_another_format_says_what_to_do() -> None:
    document = {**orjson.loads(saved(SAMPLE)), "format": "hubposture-plan/9"}
    with pytest.raises(InputError, match=r"plan.json.*hubposture-plan/9.*make a new plan"):
        from_json(orjson.dumps(document), name="plan.json")


@pytest.mark.parametrize("field", sorted(orjson.loads(saved(SAMPLE))))
@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [[]], [{}], ["x"]], ids=repr)
def test_whatever_a_field_holds_a_plan_is_read_or_refused_in_words(field: Any, value: Any) -> None:
    document = {**orjson.loads(saved(SAMPLE)), field: value}
    try:
        from_json(orjson.dumps(document), name="plan.json")
    except InputError as error:
        assert str(error).startswith("plan.json: ")  # noqa: PT017 (both ends are right, a traceback is not)


@pytest.mark.parametrize("field", sorted(orjson.loads(saved(SAMPLE))))
def test_a_plan_without_one_of_its_fields_is_refused_in_words(field: Any) -> None:
    document = orjson.loads(saved(SAMPLE))
    del document[field]
    with pytest.raises(InputError, match=r"plan\.json: not a saved plan"):
        from_json(orjson.dumps(document), name="plan.json")


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=30), st.sampled_from([b"", b"[]", b"null", b"[" * 900 + b"]" * 900, b"\xff"])))
def test_what_is_no_plan_is_refused_in_words(raw: Any) -> None:
    with pytest.raises(InputError, match="not a saved plan"):
        from_json(raw, name="plan.json")


def test_values_nested_beyond_all_reason_are_refused_in_words() -> None:
    raw = saved(SAMPLE).replace(b'"current":"off"', b'"current":' + b"[" * 900 + b"]" * 900)
    with pytest.raises(InputError):
        from_json(raw, name="plan.json")
