"""Pictures as coordinates: everything lies within, lines and bars say what the numbers say."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hubposture.views.pages.charts import WIDTH, trend, waterfall

SHARES = st.floats(0, 100).map(lambda value: round(value, 1))
MOVES = st.lists(st.tuples(st.just("cause"), st.integers(-500, 500).filter(bool)), max_size=12)


@given(st.lists(st.tuples(SHARES, SHARES | st.none()), max_size=40))
def test_every_point_lies_within_the_grid_and_the_higher_share_stands_higher(
    weeks: list[tuple[float, float | None]],
) -> None:
    found = trend(
        [str(at) for at in range(len(weeks))],
        [("a", "a", [one for one, _ in weeks]), ("b", "b", [one for _, one in weeks])],
    )
    for series in found.series:
        for x, y in series.dots:
            assert found.left <= x <= found.right
            assert 0 <= y <= found.bottom + 0.1
    heights = list(zip((one for one, _ in weeks), (y for _, y in found.series[0].dots), strict=True))
    for (one, high), (other, low) in pairwise(sorted(heights)):
        assert other < one + 1e-9 or low <= high
    assert len(found.series[1].dots) == sum(one is not None for _, one in weeks)
    assert sum(bool(tick.text) for tick in found.columns) <= 7


def test_a_trend_of_one_day_and_of_none_is_drawn() -> None:
    assert trend([], [("a", "a", [])]).series[0].last == "-"
    assert trend(["1 Nov"], [("a", "a", [100.0])]).series[0].last == "100.0 %"


@given(st.integers(0, 10_000), MOVES)
def test_bars_lie_within_the_picture_and_each_begins_where_the_one_before_ended(
    begin: int, moves: list[tuple[str, int]]
) -> None:
    end = begin + sum(change for _, change in moves)
    if end < 0 or any(begin + sum(change for _, change in moves[:at]) < 0 for at in range(len(moves))):
        return
    found = waterfall(("then", begin), moves, ("now", end))
    for step in found.steps:
        assert step.x >= 0
        assert step.x + step.width <= WIDTH + 1.5
        assert step.y + found.row <= found.height
    for before, after in pairwise(found.steps[:-1]):
        assert min(abs(after.x - before.join), abs(after.x + after.width - before.join)) <= 1.6
    assert found.floor <= min(begin, end)
    assert [step.kind for step in found.steps[1:-1]] == ["worse" if change > 0 else "better" for _, change in moves]
