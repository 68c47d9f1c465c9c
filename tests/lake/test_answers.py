"""Answers of a version are asked once, and kept within bounds."""

from functools import partial

import pytest

from hubposture.lake import answers
from hubposture.lake.answers import Answers


def test_a_question_is_asked_once_and_another_one_by_itself() -> None:
    asked: list[str] = []
    kept = Answers()
    for name in ("a", "b", "a", "a"):
        assert kept.get(name, partial(_ask, asked, name)) == [name]
    assert asked == ["a", "b"]


def _ask(asked: list[str], name: str) -> list[str]:
    asked.append(name)
    return [name]


def test_none_is_an_answer_too() -> None:
    kept = Answers()
    assert kept.get("a", lambda: None) is None
    assert kept.get("a", lambda: "asked twice") is None


def test_the_one_not_asked_for_the_longest_goes_and_long_ones_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 2)
    monkeypatch.setattr(answers, "MOST_ROWS", 3)
    kept = Answers()
    for name in ("a", "b", "a", "c"):
        kept.get(name, lambda: [1])
    assert kept.get("a", lambda: [2]) == [1]
    assert kept.get("b", lambda: [2]) == [2]
    assert kept.get("long", lambda: [0] * 4) == [0] * 4
    assert kept.get("long", lambda: [1]) == [1]
