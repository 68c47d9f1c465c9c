"""Trends from rollups, from cubes, and from every subject of every day are the same."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubposture.findings.fold import CUBE_OF_SUBJECTS, STATE_AT
from hubposture.posture.queries import Execute
from hubposture.posture.rollup import ROLLUP, rows
from hubposture.posture.scores import Dimension
from hubposture.posture.trend import trend, trend_of_cubes
from posture.posture_world import DAY, Lake, Row, State, drawn_subjects, drawn_tables, row_of, small, whole
from posture.reference import Facts, expected

FIRST = DAY.date()


class Past(Lake):
    """A lake that shows the states of several days, one after the other, and keeps the transitions between them."""

    def __init__(self) -> None:
        super().__init__()
        self.connection.execute(f"CREATE TABLE rollup ({ROLLUP.ddl})")

    def tell(self, states: list[State]) -> None:
        """Write the transitions by which each state came about; day by day is version by version."""
        self.fill("transitions", [])
        told: dict[str, Row] = {}
        made = []
        for version, state in enumerate(states, 1):
            now = {row["subject"]: row for row in state.subjects}
            vanished = {key: row | {"presence": "gone"} for key, row in told.items() if key not in now}
            for key, row in {**vanished, **now}.items():
                if told.get(key) != row:
                    values = {
                        f"to_{name}": row.get(name, False)
                        for name in ("presence", "status", "aws_status", "suppressed")
                    }
                    same = {name: row[name] for name in ("subject", "kind", "account", "region", "control", "resource")}
                    made.append(
                        {**same, **values, "version": version, "at": DAY, "failing_since": row.get("failing_since")}
                    )
            told = {**vanished, **now}
        self.fill("transitions", [row_of("transitions", row) for row in made])

    def recount(self, version: int) -> None:
        """The cube as it was at a version, from nothing but transitions."""
        state = STATE_AT.replace("$version", str(version))
        self.connection.execute("DELETE FROM cube")
        counted = CUBE_OF_SUBJECTS.replace("FROM subjects s", f"FROM ({state}) s")
        self.connection.execute(f"INSERT INTO cube BY NAME {counted}")

    def keep_rollup(self) -> None:
        self.fill("rollup", list(rows(self.execute)))


@pytest.fixture(scope="module")
def past() -> Iterator[Past]:
    opened = Past()
    yield opened
    opened.close()


def by_day(past: Past, states: list[State], *, recounted: bool) -> Iterator[tuple[dt.date, Execute]]:
    for number, state in enumerate(states):
        past.show(state)
        if recounted:
            past.recount(number + 1)
        past.keep_rollup()
        yield FIRST + dt.timedelta(days=number), past.execute


def test_a_trend_has_a_point_for_every_day_also_where_there_is_nothing(past: Past) -> None:
    states = [small(*whole(a_r1_c1="FAILED")), State(), small(*whole())]
    found = trend(by_day(past, states, recounted=False), Dimension.OU, "/W/P")
    assert [point.day for point in found] == [FIRST + dt.timedelta(days=number) for number in range(3)]
    assert [point.score.as_is if point.score else None for point in found] == [(3, 4), None, (4, 4)]


def test_a_trend_can_be_that_of_one_standard(past: Past) -> None:
    states = [small(*whole(a_r1_c1="FAILED"))]
    (found,) = trend(by_day(past, states, recounted=False), Dimension.ACCOUNT, "a", standard="cis")
    assert found.score is not None
    assert found.score.as_is == (1, 2)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(tables=drawn_tables(), days=st.lists(drawn_subjects(), min_size=1, max_size=3))
def test_the_trend_from_cubes_is_that_of_every_subject_of_every_day(
    past: Past, tables: dict[str, list[Row]], days: list[list[Row]]
) -> None:
    decisions = [{"subject": row["subject"]} for row in days[0][:2]]
    states = [State({**tables, "decisions": decisions}, rows) for rows in days]
    past.tell(states)
    kept = trend(by_day(past, states, recounted=False), Dimension.ORGANIZATION)
    counted = trend_of_cubes(by_day(past, states, recounted=True), Dimension.ORGANIZATION)
    assert [point.score for point in kept] == [point.score for point in counted]
    for point, state in zip(kept, states, strict=True):
        facts = Facts(state)
        wanted = expected(facts, facts.accounts, is_whole=True)
        found = (point.score.met, point.score.failing, point.score.accounts) if point.score else (0, 0, (0, 0))
        assert found == (wanted.met, wanted.failing, wanted.accounts)
