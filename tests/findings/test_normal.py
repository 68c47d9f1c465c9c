"""Whatever is fed in, either findings come out or a reason."""

import datetime as dt
import sys
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findings.asff_world import OBSERVED, control_finding, ocsf_finding
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.normal import normalize
from hubposture.findings.tables import FINDINGS, Kind
from hubposture.lake.arrow import rows_table

_TEXTS = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "2026-99-99T00:00:00Z", "9999-12-31T23:59:59-18:00", "0001-01-01T00:00:00+18:00"]
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _TEXTS
    | st.sampled_from([10**400, -(2**63), 1e308, float("nan")])
)
JUNK = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a record."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [each for key, one in inner for each in _paths(one, (*path, key))]


RECORDS = (
    control_finding(
        0, Note={"Text": "t", "UpdatedBy": "k", "UpdatedAt": "2026-11-02T00:00:00Z"}, UserDefinedFields={"a": "b"}
    ),
    ocsf_finding(0),
)
PLACES = [(number, path) for number, record in enumerate(RECORDS) for path in _paths(record)]


def mutated(changes: list[tuple[tuple[int, tuple[Any, ...]], Any]], number: int) -> dict[str, Any]:
    record: dict[str, Any] = orjson.loads(orjson.dumps(RECORDS[number]))
    for (of, path), junk in changes:
        if of != number:
            continue
        at: Any = record
        try:
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = junk
        except (TypeError, KeyError, IndexError):
            continue
    return record


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=4), st.integers(0, 1))
def test_a_damaged_record_gives_findings_that_can_be_stored_or_one_reason(changes: Any, number: int) -> None:
    holds(normalize(mutated(changes, number), observed_at=OBSERVED, where="f:1"))


@settings(max_examples=200, deadline=None)
@given(JUNK)
def test_any_value_gives_a_reason_or_findings(junk: Any) -> None:
    holds(normalize(junk, observed_at=OBSERVED, where="f:1"))
    holds(normalize({"ProductArn": junk, "Id": junk, "Resources": junk}, observed_at=OBSERVED, where="f:1"))
    holds(normalize({"class_uid": junk, "finding_info": junk, "resources": [junk]}, observed_at=OBSERVED, where="f:1"))


def holds(found: tuple[Finding, ...] | Rejected) -> None:
    """The result is what it says it is."""
    if isinstance(found, Rejected):
        assert found.why
        assert len(found.excerpt) <= 200
        found.excerpt.encode()
        found.why.encode()
        return
    assert found
    kinds = {column.name: column.kind for column in FINDINGS.columns}
    for one in found:
        for name, value in one._asdict().items():
            if name == "tags":
                assert all(isinstance(each, str) for pair in value for each in pair)
            elif kinds[name] is Kind.TEXT:
                assert isinstance(value, str), name
            else:
                assert value is None or (isinstance(value, dt.datetime) and value.tzinfo is None), name
        assert (one.kind == "control") == bool(one.control)
        assert (one.tagset == "") == (one.tags == ())
    assert len({(one.finding, one.subject) for one in found}) == len(found)
    assert rows_table(found).num_rows == len(found)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "name", ["Resources", "UserDefinedFields", "Severity", "Note", "UpdatedAt", "Id", "Compliance"]
)
def test_deep_nesting_is_a_reason_wherever_it_is(name: str) -> None:
    inner = deep(sys.getrecursionlimit() * 3)
    for value in (inner, {"x": inner}):
        found = normalize(control_finding(0, **{name: value}), observed_at=OBSERVED, where="f:1")
        assert isinstance(found, Rejected) or name in ("Severity", "Note", "Compliance")
    tagged = normalize(
        control_finding(0, Resources=[{"Id": "r", "Tags": {"a": inner}}]), observed_at=OBSERVED, where="f"
    )
    holds(tagged)


def test_normalizing_is_the_same_for_the_same_record() -> None:
    records = [control_finding(number) for number in range(50)] + [ocsf_finding(number) for number in range(50)]
    once = [normalize(record, observed_at=OBSERVED, where="f") for record in records]
    again = [normalize(record, observed_at=OBSERVED, where="f") for record in reversed(records)]
    assert once == again[::-1]


def test_what_is_no_object_or_no_finding_says_so() -> None:
    for record, why in (
        (3, "it is a number, expected an object"),
        ("x", "it is text, expected an object"),
        ([], "it is a list, expected an object"),
        ({}, "it is no finding: neither ProductArn (ASFF) nor class_uid (OCSF) is there"),
    ):
        found = normalize(record, observed_at=OBSERVED, where="f:9")
        assert found == Rejected("f:9", why, orjson.dumps(record).decode())
