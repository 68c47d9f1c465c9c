"""Which writes are not ours, and how far CloudTrail was read for them."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.timeline.facts import Who, Write
from hubposture.timeline.outside import (
    Ours,
    Reading,
    Rule,
    Span,
    What,
    about,
    is_past_us,
    left_of,
    reading_data,
    reading_of,
    to_read,
)

T0 = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
OURS = Ours(frozenset({"hubposture-writer"}), ("arn:aws:iam::*:user/admin",))


def write(arn: str, operation: str = "BatchUpdateFindings", kind: str = "AssumedRole") -> Write:
    return Write(T0, "e", "securityhub", operation, "1", "eu", Who("x", kind=kind, arn=arn))


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("arn:aws:sts::111122223333:assumed-role/hubposture-writer/hubposture", False),
        ("arn:aws:sts::111122223333:assumed-role/hubposture-writer-2/kim", True),
        ("arn:aws:sts::111122223333:assumed-role/Admin/hubposture-writer", True),
        ("arn:aws:iam::111122223333:user/admin", False),
        ("arn:aws:iam::111122223333:user/hubposture-writer", True),
        ("", True),
    ],
)
def test_only_our_roles_and_whom_the_settings_name_are_ours(arn: str, told: bool) -> None:
    assert is_past_us(write(arn), OURS, imports=False) is told


def test_aws_itself_and_imports_are_left_out_unless_imports_are_asked_for() -> None:
    assert not is_past_us(write("", kind="AWSService"), OURS, imports=True)
    assert not is_past_us(write("", "BatchImportFindings"), OURS, imports=False)
    assert is_past_us(write("", "BatchImportFindings"), OURS, imports=True)


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("BatchUpdateFindings", What.FINDINGS), ("CreateAutomationRuleV2", What.RULE), ("BatchDeleteAutomationRules", What.RULE),
        ("UpdateStandardsControl", What.CONTROL), ("BatchDisableStandards", What.STANDARD),
        ("StartConfigurationPolicyAssociation", What.POLICY), ("DisableSecurityHub", What.HUB),
        ("UpdateFindingAggregator", What.HUB), ("CreateInsight", What.OTHER),
    ],
)  # fmt: skip
def test_a_write_is_about_something(operation: str, what: What) -> None:
    assert about(write("", operation)) is what


MINUTES = st.integers(0, 2_000)


def minute(number: int) -> dt.datetime:
    return T0 + dt.timedelta(minutes=number)


@given(st.lists(st.tuples(MINUTES, st.integers(0, 6), MINUTES), max_size=8))
def test_however_reading_was_cut_everything_is_read_in_the_end_and_nothing_is_forgotten(
    turns: list[tuple[int, int, int]],
) -> None:
    reading: Reading | None = None
    now, seen = 0, set[int]()
    for forward, whole, reached in turns:
        now += forward + 1
        spans = to_read(reading, now=minute(now), since=T0)
        done = min(whole, len(spans))
        for start, end in spans[:done]:
            seen |= covered(start, end)
        cut = None
        if done < len(spans):
            start, end = spans[done]
            cut = min(end, max(start, minute(reached)))
            seen |= covered(cut, end)
        reading = Reading("1", "eu", minute(now), minute(now), left_of(spans, done=done, reached=cut))
        left = set[int]().union(*(covered(start, end) for start, end in reading.left))
        assert seen | left == covered(T0, minute(now))
        assert list(reading.left) == sorted(reading.left, reverse=True)
    final: tuple[Span, ...] = tuple(to_read(reading, now=minute(now + 1), since=T0))
    for start, end in final:
        seen |= covered(start, end)
    assert seen == covered(T0, minute(now + 1))


def covered(start: dt.datetime, end: dt.datetime) -> set[int]:
    return set(range(int((start - T0).total_seconds() // 60), int((end - T0).total_seconds() // 60)))


def test_many_failures_leave_one_span_and_what_is_too_old_is_given_up() -> None:
    reading: Reading | None = None
    for day in range(1, 50):
        now = T0 + dt.timedelta(days=day)
        spans = to_read(reading, now=now, since=now - dt.timedelta(days=10))
        assert len(spans) == 1
        reading = Reading("1", "eu", now, now, left_of(spans, done=0, reached=None), "denied")
    assert reading is not None
    assert reading.left == ((T0 + dt.timedelta(days=39), T0 + dt.timedelta(days=49)),)


def test_a_reading_is_kept_as_json_and_read_back_the_same() -> None:
    whole = Reading(
        "1", "eu", T0, T0, ((T0, T0 + dt.timedelta(hours=1)),), "why", (Rule("n", "arn", "sets SUPPRESSED"),)
    )
    assert reading_of("1", "eu", json.loads(json.dumps(reading_data(whole)))) == whole
