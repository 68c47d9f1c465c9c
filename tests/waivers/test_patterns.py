"""Patterns: what `*` and `?` match, that everything else is literal, and that the engine's LIKE says the same."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.waivers.patterns import ESCAPE, is_exact, is_prefix, like, literal_prefix, literals, matches, prefix_end

SIGNS = "*?*?[]_%\\!^$.ab\nA\u00e9\U0001f600-"
PATTERNS = st.text(SIGNS, max_size=8)
TEXTS = st.text(SIGNS, max_size=10)


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def by_definition(pattern: str, text: str) -> bool:
    """Sign by sign: a `*` is nothing, or one more character."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return by_definition(pattern[1:], text) or (bool(text) and by_definition(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and by_definition(pattern[1:], text[1:])


def by_engine(engine: duckdb.DuckDBPyConnection, pattern: str, text: str) -> bool:
    asked = f"SELECT t.a LIKE t.b ESCAPE '{ESCAPE}' FROM (VALUES ($text, $pattern)) t (a, b)"
    return bool(engine.execute(asked, {"text": text, "pattern": like(pattern)}).fetchall()[0][0])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:s3:::one", "arn:aws:s3:::one", True),
        ("arn:aws:s3:::one", "arn:aws:s3:::One", False),
        ("arn:aws:s3:::one", "arn:aws:s3:::one\n", False),
        ("arn:aws:s3:::acme-*", "arn:aws:s3:::acme-", True),
        ("*-public", "acme-public\n", False),
        ("a*b", "a\nb", True),
        ("a?b", "a\nb", True),
        ("a?", "a", False),
        ("*?", "", False),
        ("**", "", True),
        ("a*a", "a", False),
        ("a*ab*b", "aabb", True),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a_b", "axb", False),
        ("100%", "100 of them", False),
        ("a\\*", "a*", False),
        ("a\\*", "a\\tail", True),
        ("?", "\u00e9", True),
        ("?", "\U0001f600", True),
        ("?", "e\u0301", False),
        ("AWS::::Account:111122223333", "AWS::::Account:111122223333", True),
    ],
)
def test_only_the_star_and_the_question_mark_mean_something(
    pattern: str, text: str, expected: bool, engine: duckdb.DuckDBPyConnection
) -> None:
    assert matches(pattern, text) is expected
    assert by_engine(engine, pattern, text) is expected


@settings(max_examples=300, deadline=None)
@given(pattern=PATTERNS, text=TEXTS)
def test_any_pattern_says_the_same_in_python_in_the_engine_and_by_definition(
    pattern: str, text: str, engine: duckdb.DuckDBPyConnection
) -> None:
    expected = by_definition(pattern, text)
    assert matches(pattern, text) is expected
    assert by_engine(engine, pattern, text) is expected


@given(pattern=PATTERNS, filling=st.lists(TEXTS, min_size=8, max_size=8))
def test_what_a_pattern_is_filled_with_it_matches_and_all_its_literals_are_in_it(
    pattern: str, filling: list[str]
) -> None:
    text = "".join(
        filling[at] if sign == "*" else (filling[at] + "x")[0] if sign == "?" else sign
        for at, sign in enumerate(pattern)
    )
    assert matches(pattern, text)
    assert text.startswith(literal_prefix(pattern))
    assert all(literal in text for literal in literals(pattern))
    assert is_exact(pattern) <= (text == pattern)


@given(pattern=PATTERNS, tail=TEXTS)
def test_a_prefix_pattern_matches_whatever_follows_its_literal_prefix(pattern: str, tail: str) -> None:
    assert not is_prefix(pattern) or matches(pattern, literal_prefix(pattern) + tail)


@given(
    prefix=st.text("ab\ud7ff\ue000\U0010ffff", max_size=4), text=st.text("abc\ud7ff\ue000\ue001\U0010ffff", max_size=6)
)
def test_what_begins_with_a_prefix_is_all_from_it_to_its_end(prefix: str, text: str) -> None:
    end = prefix_end(prefix)
    assert (prefix <= text and (end is None or text < end)) == text.startswith(prefix)
    assert end is None or end.encode() > prefix.encode()


@pytest.mark.parametrize(
    ("prefix", "end"), [("arn:", "arn;"), ("a\ud7ff", "a\ue000"), ("a\U0010ffff", "b"), ("", None)]
)
def test_the_end_of_a_prefix_is_the_first_text_behind_it(prefix: str, end: str | None) -> None:
    assert prefix_end(prefix) == end


def test_the_kinds_of_patterns_are_told_apart() -> None:
    assert [is_prefix(one) for one in ("a*", "a**", "*", "a", "a*b", "?*", "a?*", "")] == [True] * 3 + [False] * 5
    assert [is_exact(one) for one in ("", "a[b", "a*", "?")] == [True, True, False, False]
    assert literals("*ab??c*") == ("ab", "c")


def test_many_stars_come_to_an_end(engine: duckdb.DuckDBPyConnection) -> None:
    pattern, text = "a*" * 40 + "b", "a" * 4_000
    assert not matches(pattern, text)
    assert not by_engine(engine, pattern, text)
