"""Problems sort by place, as people count."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.errors import InputErrors, Problem


def test_line_2_comes_before_line_10_and_all_are_told_at_once() -> None:
    error = InputErrors([Problem("f:10:1", "b"), Problem("f:2:10", "c"), Problem("f:2:9", "a", "do this")])
    assert str(error) == "f:2:9: a (do this)\nf:2:10: c\nf:10:1: b"


@settings(deadline=None)
@given(st.lists(st.text(alphabet="a1\u00b2\u0663:!", max_size=5)))
def test_any_places_can_be_sorted(places: Any) -> None:
    assert len(InputErrors([Problem(one, "x") for one in [*places, "9" * 5000]]).problems) == len(places) + 1


def test_problems_of_one_place_sort_by_what_they_say() -> None:
    assert InputErrors((Problem("f", "b"), Problem("f", "a"))).problems[0].what == "a"
    with pytest.raises(InputErrors, match="f: b"):
        raise InputErrors([Problem("f", "b")])
