"""Any history: the statements do what the reference does; order, repetition and cuts into batches do not matter."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from findings import reference
from findings.fold_world import Beside, Small, check_cube, hours, row, subject
from findings.reference import Facts, Row, World

PLACES = [
    {"account": account, "region": region, "control": control, "resource": resource}
    for account, region, control, resource in (
        ("a1", "r1", "s3.8", "b1"),
        ("a1", "r1", "s3.8", "b2"),
        ("a1", "r2", "iam.9", "a1"),
        ("a2", "r1", "ec2.1", "i1"),
        ("a2", "r2", "s3.8", "b3"),
    )
]
BECAUSE = ["", "", "CONSOLIDATED_CONTROL_FINDINGS_UPDATE", "RESOURCE_DELETED"]
REASONS = ["", "CONFIG_RETURNS_NOT_APPLICABLE", "CONFIG_RULE_EVALUATION_ERROR"]
LATE = 2000
"""Hours after noon that no row of these histories reaches."""

few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def small() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@st.composite
def rows(draw: st.DrawFn, *, futures: bool = False) -> Row:
    """A finding of one of five subjects: consolidated, of one of two standards, or of another product."""
    place = draw(st.sampled_from(PLACES))
    sort = draw(st.sampled_from(["", "", "cis", "fsbp", "other"]))
    state = draw(st.sampled_from(["ACTIVE", "ACTIVE", "ARCHIVED"]))
    step = draw(st.sampled_from([1, 15]))
    at = step * draw(st.integers(0, 6))
    if futures and draw(st.integers(0, 9)) == 0:
        at = 99_999
    made = row(
        draw(st.sampled_from(["FAILED", "FAILED", "PASSED", "WARNING", "NOT_AVAILABLE", ""])),
        at,
        seen=step * draw(st.integers(0, 6)),
        **place,
        finding=f"{sort}:{subject(**place)}",
        standard=sort,
        reason=draw(st.sampled_from(REASONS)),
        severity=draw(st.sampled_from(["INFORMATIONAL", "LOW", "HIGH", "CRITICAL"])),
        record_state=state,
        archived_because=draw(st.sampled_from(BECAUSE)) if state == "ARCHIVED" else "",
        first_observed_at=draw(st.sampled_from([None, hours(-48), hours(1), hours(500)])),
        workflow=draw(st.sampled_from(["NEW", "NOTIFIED", "SUPPRESSED", "SUPPRESSED", "RESOLVED"])),
        note=draw(st.sampled_from(["", "", "mark"])),
        tagset=draw(st.sampled_from(["", "", "t1", "t2"])),
    )
    if sort == "other":
        made |= {"kind": "other", "subject": made["finding"], "control": "", "product": "arn:p/guardduty", "title": "T"}
    return made


batches = st.lists(rows(), min_size=1, max_size=8)
ids = st.sampled_from(sorted(f"{sort}:{subject(**place)}" for place in PLACES for sort in ("", "cis", "fsbp", "other")))
places = st.sampled_from([(account, region) for account in ("a1", "a2") for region in ("r1", "r2")])
facts = st.builds(
    Facts,
    accounts=st.dictionaries(st.sampled_from(["a1", "a2"]), st.sampled_from(["active", "active", "left"])),
    targets=st.dictionaries(
        places,
        st.tuples(
            st.sampled_from(["seen", "seen", "seen", "unreadable", "lost", "closed"]),
            st.sampled_from(["", "p1", "p2"]),
            st.sampled_from([None, hours(3), hours(40), hours(900)]),
        ),
    ),
    on=st.just({"p1": ["s3.8", "iam.9", "ec2.1"], "p2": ["s3.8"]}),
    recorded=st.sets(places),
    frozen=st.booleans(),
)
sweeps = st.tuples(st.sets(ids, max_size=6), st.sets(st.sampled_from(["a1", "a2"]), min_size=1), st.integers(0, 100))
histories = st.lists(
    st.one_of(
        st.tuples(st.just("fold"), st.lists(rows(futures=True), min_size=1, max_size=6)),
        st.tuples(st.just("missed"), sweeps),
        st.tuples(st.just("settle"), facts),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.slow
@few
@given(first=batches, history=histories)
def test_the_statements_do_what_the_reference_does(
    small: Small, first: list[Row], history: Sequence[tuple[str, Any]]
) -> None:
    beside = Beside(small)
    beside.fold(first)
    for step, given_ in history:
        match step:
            case "fold":
                beside.fold(given_)
            case "missed":
                seen, swept, started = given_
                beside.missed(seen=seen, swept=swept, started=started)
            case _:
                beside.settle(given_)
        beside.check()


@pytest.mark.slow
@few
@given(batch=st.lists(rows(futures=True), min_size=1, max_size=8), frozen=st.booleans())
def test_closing_may_be_frozen(small: Small, batch: list[Row], frozen: bool) -> None:
    beside = Beside(small)
    beside.fold(batch, frozen=frozen)
    beside.check()


# --- order ----------------------------------------------------------------------------------------------------------


def telling(some: Sequence[Row]) -> list[Row]:
    """The rows with news in each of them, so that none is a mere refresh; and without tags."""
    return [{**one, "note": f"n{place:02}", "title": f"t{place:02}", "tagset": ""} for place, one in enumerate(some)]


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Row], list[list[Row]]]:
    """Telling rows, and the same ones in another order, some twice, cut into batches."""
    some = telling(draw(batches))
    again = draw(st.permutations(some + draw(st.lists(st.sampled_from(some), max_size=3))))
    cuts = sorted(draw(st.sets(st.integers(1, len(again)))) | {0, len(again)})
    return some, [list(again[start:end]) for start, end in pairwise(cuts)]


def free_of_order(world: World) -> dict[str, tuple[Any, ...]]:
    """Of every subject what does not depend on the order of batches: all that is judged while it is ACTIVE.

    Not: returns, failing_since, first_failed_at, last_passed_at, first_seen_at, changed_at, which tell of what was
    seen in between; nor what a subject without an ACTIVE finding was frozen at.
    """
    judged = ("status", "aws_status", "suppressed", "severity", "workflow", "finding", "resource_type", "title")
    return {
        key: (one["presence"], one["findings"], *(one[name] for name in judged if one["findings"]))
        for key, one in world.subjects.items()
    }


def folded(parts: Sequence[Sequence[Row]]) -> World:
    world = World()
    for version, part in enumerate(parts, start=1):
        world = reference.fold(world, part, version=version, at=hours(LATE + version))
    return world


@many
@given(both=shuffled())
def test_any_order_and_any_cut_into_batches_gives_the_same_findings_and_state(
    both: tuple[list[Row], list[list[Row]]],
) -> None:
    some, parts = both
    at_once, piecewise = folded([some]), folded(parts)
    assert piecewise.findings == at_once.findings
    assert free_of_order(piecewise) == free_of_order(at_once)


@pytest.mark.slow
@few
@given(both=shuffled())
def test_any_order_gives_the_same_in_the_statements(small: Small, both: tuple[list[Row], list[list[Row]]]) -> None:
    some, parts = both
    small.clear()
    for part in parts:
        small.fold(part)
    assert small.world().findings == folded([some]).findings
    assert free_of_order(small.world()) == free_of_order(folded([some]))


@many
@given(batch=batches, data=st.data())
def test_the_order_of_rows_in_a_batch_is_nothing(batch: list[Row], data: st.DataObject) -> None:
    assert folded([data.draw(st.permutations(batch))]) == folded([batch])


@many
@given(batch=batches, data=st.data())
def test_after_a_sweep_every_history_has_the_same_state(batch: list[Row], data: st.DataObject) -> None:
    """Also where refreshes without news were not written: the newest rows put everything right."""
    keys = {reference.key_of(one) for one in batch}
    at_once = folded([batch]).findings
    swept = [{**at_once[key], "updated_at": hours(LATE - 1), "observed_at": hours(LATE - 1)} for key in sorted(keys)]
    for one in swept:
        del one["misses"]
        one["tagset"] = one["tagset"] or "t3"
    mixed = data.draw(st.permutations(batch))
    cut = data.draw(st.integers(0, len(mixed)))
    parts = [part for part in (mixed[:cut], mixed[cut:], swept) if part]
    again = folded(parts)
    assert free_of_order(again) == free_of_order(folded([batch, swept]))
    for key, one in folded([batch, swept]).findings.items():
        assert {**again.findings[key], "updated_at": 0} == {**one, "updated_at": 0}


# --- once and all -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@few
@given(before=batches, batch=batches)
def test_the_same_batch_again_writes_nothing(small: Small, before: list[Row], batch: list[Row]) -> None:
    small.clear()
    small.fold(before)
    small.fold(batch)
    counts = small.fold(batch)
    assert small.out() == (0, 0, 0)
    assert (counts.new, counts.changed, counts.unchanged, counts.transitions) == (0, 0, len(batch), 0)


@pytest.mark.slow
@few
@given(before=batches, batch=batches)
def test_nothing_that_came_is_lost_and_every_row_is_counted(small: Small, before: list[Row], batch: list[Row]) -> None:
    small.clear()
    small.fold(before)
    counts = small.fold(batch)
    assert set(small.world().findings) == {reference.key_of(one) for one in before + batch}
    assert set(small.world().subjects) == {one["subject"] for one in before + batch}
    assert counts.new + counts.changed + counts.unchanged == len(batch)
    assert (counts.new + counts.changed, counts.transitions) == (small.out()[0], small.out()[2])
    check_cube(small)


@pytest.mark.slow
@few
@given(batch=batches, given_=facts)
def test_settling_again_changes_nothing_but_doubts_that_are_decided(
    small: Small, batch: list[Row], given_: Facts
) -> None:
    small.clear()
    small.fold(batch)
    small.settle(given_)
    small.settle(given_)
    moved = small.query("SELECT DISTINCT from_presence FROM out_transitions")
    assert set(moved) <= {("unsure",)}  # lost and back again it is unsure first, gone then
    small.settle(given_)
    assert small.out() == (0, 0, 0)


@many
@given(batch=batches, given_=facts)
def test_nothing_becomes_gone_off_or_lost_by_what_could_not_be_read(batch: list[Row], given_: Facts) -> None:
    unreadable = Facts(
        accounts=dict.fromkeys(("a1", "a2"), "active"),
        targets={
            (account, region): ("unreadable", "p2", hours(900)) for account in ("a1", "a2") for region in ("r1", "r2")
        },
        on=given_.on,
        recorded=given_.recorded,
        frozen=given_.frozen,
    )
    world = folded([batch])
    assert reference.settle(world, unreadable, version=9, at=hours(LATE + 9)) == world


def test_the_reference_takes_naive_times_only() -> None:
    assert hours(0).tzinfo is None
    assert hours(24) - hours(0) == dt.timedelta(days=1)
