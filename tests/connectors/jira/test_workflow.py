"""Ways through a workflow, as far as it is known."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.connectors.jira.fields import Field
from hubposture.connectors.jira.workflow import (
    Goal,
    Status,
    Step,
    reached,
    route_to,
    route_to_unknown,
    status_of,
    steps_of,
)
from hubposture.work.ticket import Outcome

NAMES = ("A", "B", "C", "D", "E", "F")
STATUSES = {name: Status(name, name, name in ("E", "F")) for name in NAMES}
edges = st.frozensets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=18)
known = st.frozensets(st.sampled_from(NAMES))


def graph(pairs: frozenset[tuple[str, str]], told: frozenset[str]) -> Mapping[str, tuple[Step, ...]]:
    return {
        one: tuple(Step(f"{a}{b}", f"{a} to {b}", STATUSES[b]) for a, b in sorted(pairs) if a == one)
        for one in sorted(told)
    }


def reachable(pairs: frozenset[tuple[str, str]], told: frozenset[str], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for a, b in pairs:
            if a == here and here in told and b not in found:
                found.add(b)
                waiting.append(b)
    return found


@given(edges, known, st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3).map(tuple), st.booleans())
def test_a_way_is_found_where_there_is_one_and_each_step_leads_on(
    pairs: frozenset[tuple[str, str]], told: frozenset[str], start: str, wanted: tuple[str, ...], is_done: bool
) -> None:
    ways, goal = graph(pairs, told), Goal(is_done=is_done, wanted=wanted)
    path = route_to(ways, STATUSES[start], goal)
    others = reachable(pairs, told, start) - {start}
    ends = {one for one in others if goal.rank(STATUSES[one]) is not None}
    assert (path is not None) == bool(ends)
    if path:
        here = start
        for step in path:
            assert step in ways[here]
            here = step.to.id
        assert goal.rank(STATUSES[here]) == min(goal.rank(STATUSES[one]) or 0 for one in ends)
    assert set(reached(ways, STATUSES[start])) == {start, *others}


@given(edges, known, st.sampled_from(NAMES))
def test_what_was_never_looked_at_is_tried_and_open_statuses_first(
    pairs: frozenset[tuple[str, str]], told: frozenset[str], start: str
) -> None:
    path = route_to_unknown(graph(pairs, told), STATUSES[start])
    unknown = reachable(pairs, told, start) - {start} - told
    assert (path is not None) == bool(unknown)
    if path:
        assert path[-1].to.id in unknown
        assert path[-1].to.is_done == all(STATUSES[one].is_done for one in unknown)


def test_a_barred_step_is_not_taken() -> None:
    ways = graph(frozenset({("A", "E"), ("A", "B"), ("B", "E")}), frozenset(NAMES))
    path = route_to(ways, STATUSES["A"], Goal(is_done=True), barred={("A", "AE")})
    assert [one.id for one in path or ()] == ["AB", "BE"]


def test_the_step_with_a_screen_is_taken_where_a_resolution_is_wanted() -> None:
    resolution = Field("resolution", "Resolution", is_required=True, has_default=False)
    plain = Step("1", "Done", STATUSES["E"])
    asking = Step("2", "Done, how?", STATUSES["E"], {"resolution": resolution})
    ways = {"A": (plain, asking)}
    assert route_to(ways, STATUSES["A"], Goal(is_done=True, wanted=("E/Won't Do",))) == (asking,)
    assert route_to(ways, STATUSES["A"], Goal(is_done=True, wanted=("E",))) == (plain,)


@pytest.mark.parametrize(
    ("wanted", "status", "rank", "resolution"),
    [
        ("Done", "Done", 0, ""), ("done/won't do", "Done", 0, "won't do"), ("Done / Won't Do", "Done ", 0, "Won't Do"),
        ("Won't Do / Later", "Won't Do / Later", 0, ""), ("Donetsk", "Done", None, ""), ("Done", "", None, ""),
        ("QA/Done/Fixed", "QA/Done", 0, "Fixed"),
    ],
)  # fmt: skip
def test_a_wanted_end_is_a_status_or_a_status_with_a_resolution(
    wanted: str, status: str, rank: int | None, resolution: str
) -> None:
    goal, one = Goal(is_done=True, wanted=(wanted,)), Status("1", status, True)
    assert (goal.rank(one), goal.resolution(one)) == (rank, resolution)


def test_a_resolution_is_chosen_by_the_outcome_among_those_of_the_screen() -> None:
    allowed = [{"name": name} for name in ("Duplicate", "Won't Do", "Done")]
    one = Status("1", "Done", True)
    chosen = {outcome: Goal(is_done=True, outcome=outcome).resolution_among(one, allowed) for outcome in Outcome}
    assert chosen == {
        Outcome.FIXED: "Done", Outcome.WAIVED: "Won't Do", Outcome.GONE: "Won't Do", Outcome.NOT_REQUIRED: "Won't Do",
    }  # fmt: skip
    assert Goal(is_done=True).resolution_among(one, [{"name": "Erledigt"}]) == "Erledigt"
    assert Goal(is_done=True, wanted=("Done/done",)).resolution_among(one, allowed) == "Done"
    assert Goal(is_done=True, wanted=("Done/Shipped",)).resolution_among(one, allowed) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["transitions", "to", "fields", "id", "name"]), inner)
        ),
    )
)
def test_answers_of_any_shape_raise_nothing(body: object) -> None:
    steps_of(body)
    status_of(body)
