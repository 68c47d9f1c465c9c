import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubposture.owners.resources import can_be_given, closeness, is_exact, matches
from owners import reference

TEXTS = st.text("ab*?:%_!\n\\[", max_size=8)


@given(TEXTS, TEXTS)
@example("*", "")
@example("a*", "a\n")
def test_an_entry_speaks_of_what_the_plain_reference_says(entry: str, resource: str) -> None:
    assert matches(entry, resource) is reference.speaks(entry, resource)


@given(TEXTS)
def test_an_id_without_signs_speaks_of_itself_alone(entry: str) -> None:
    assert matches(entry, entry)
    if is_exact(entry):
        assert not matches(entry, f"{entry}a")


@pytest.mark.parametrize("resource", ["", "a*", "a?", "a\nb", " a", "\ud83d", "a" * 1025, "111122223333"])
def test_of_such_an_id_no_entry_speaks_alone(resource: str) -> None:
    assert not can_be_given(resource)
    assert can_be_given("AWS::::Account:111122223333")


def test_many_stars_over_a_long_id_take_no_long_time() -> None:
    assert not matches("*a" * 300 + "b", "a" * 1024)


@pytest.mark.parametrize(
    ("first", "then"),
    [("arn:x", "arn:x*"), ("arn:abc*", "arn:*"), ("*b", "a*"), ("a*", "b*"), ("arn:aws:s3:::si?e", "arn:aws:s3:::s*")],
)
def test_the_closer_of_two_entries_decides(first: str, then: str) -> None:
    assert closeness(first) < closeness(then)
