"""Chunks and the meaning of partial replies, by key and never by position."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.reconcile.chunks import chunks, split_reply


@settings(deadline=None)
@given(st.lists(st.integers()), st.integers(1, 7))
def test_chunks_keep_order_are_full_but_the_last_and_never_empty(items: Any, size: Any) -> None:
    found = list(chunks(items, size))
    assert [item for chunk in found for item in chunk] == items
    assert all(len(chunk) == size for chunk in found[:-1])
    assert all(found)


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), unique=True), st.data())
def test_every_sent_item_is_taken_or_refused_with_its_code(sent: Any, data: Any) -> None:
    refused = {key: f"code {key}" for key in sent if data.draw(st.booleans())}
    taken, not_taken = split_reply(sent, refused)
    assert sorted([*taken, *not_taken]) == sorted(sent)
    assert not_taken == refused


def test_a_reply_about_something_that_was_not_sent_means_nothing_was_taken() -> None:
    taken, refused = split_reply(["a", "b"], {"c": "InvalidInput"})
    assert taken == []
    assert sorted(refused) == ["a", "b"]
    assert "'c'" in refused["a"]
