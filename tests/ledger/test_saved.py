from dataclasses import replace
from datetime import timedelta

import pytest

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.saved import Asked, AskedForOther, KeptAnswers, NameTaken, SavedFilter, SavedFilters, StillAsked
from ledger_world import START, Clock

MINE = SavedFilter("main", "Größe <b>", "severity>=HIGH\n", "kim", is_shared=False, made_at=START)
ASKED = Asked("main", "kim", "key-1", "d" * 64)


def test_a_filter_is_read_back_as_it_was_saved(ledger: SqlLedger) -> None:
    port: SavedFilters = ledger
    assert port.save_filter(MINE)
    assert port.saved_filters("main") == (MINE,)
    assert port.saved_filters("other") == ()


def test_a_filter_saved_again_takes_the_place_of_the_one_before(ledger: SqlLedger) -> None:
    ledger.save_filter(MINE)
    later = replace(MINE, text="severity=LOW", is_shared=True, made_at=START + timedelta(days=1))
    assert not ledger.save_filter(later)
    assert ledger.saved_filters("main") == (later,)


def test_everybody_may_use_a_name_and_one_may_share_it(ledger: SqlLedger) -> None:
    ledger.save_filter(replace(MINE, is_shared=True))
    other = replace(MINE, owner="lee")
    assert ledger.save_filter(other)
    with pytest.raises(NameTaken, match="shares a filter"):
        ledger.save_filter(replace(other, is_shared=True))
    with pytest.raises(NameTaken):
        ledger.save_filter(replace(other, owner="ana", is_shared=True))
    assert ledger.save_filter(replace(MINE, organization="other", owner="ana", is_shared=True))
    assert [(one.owner, one.is_shared) for one in ledger.saved_filters("main")] == [("kim", True), ("lee", False)]


def test_only_ones_own_filter_is_deleted(ledger: SqlLedger) -> None:
    ledger.save_filter(MINE)
    assert not ledger.delete_filter("main", "lee", MINE.name)
    assert ledger.delete_filter("main", "kim", MINE.name)
    assert not ledger.delete_filter("main", "kim", MINE.name)
    assert ledger.saved_filters("main") == ()


def test_who_asks_twice_is_answered_the_same(ledger: SqlLedger) -> None:
    port: KeptAnswers = ledger
    assert port.begin_answer(ASKED) is None
    port.keep_answer(ASKED, {"status": 201, "body": {"ä": None}})
    assert port.begin_answer(ASKED) == {"status": 201, "body": {"ä": None}}
    assert port.begin_answer(replace(ASKED, who="lee")) is None


def test_a_key_is_for_one_question_and_nobody_does_it_twice_at_a_time(ledger: SqlLedger) -> None:
    ledger.begin_answer(ASKED)
    with pytest.raises(StillAsked, match="look whether it was done"):
        ledger.begin_answer(ASKED)
    with pytest.raises(AskedForOther, match="something else"):
        ledger.begin_answer(replace(ASKED, digest="e" * 64))
    ledger.drop_answer(ASKED)
    assert ledger.begin_answer(replace(ASKED, digest="e" * 64)) is None


def test_answers_are_forgotten_after_a_day(ledger: SqlLedger, clock: Clock) -> None:
    ledger.begin_answer(ASKED)
    ledger.keep_answer(ASKED, {"status": 201})
    clock.move(timedelta(days=1, seconds=1))
    assert ledger.begin_answer(ASKED) is None
