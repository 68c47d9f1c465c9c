"""Hooks: believed when signed, kept once, and told as little as possible."""

import datetime as dt
from collections.abc import Mapping

from hubposture.errors import RemoteUnavailable
from hubposture.ports.work import Hook
from hubposture.verbs.hooks import Means, Told, accept

_NOW = dt.datetime(2026, 11, 24, 9)


class Kept:
    """The ledger's part of hooks, in memory."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.hooks: dict[str, Hook] = {}
        self.is_away = is_away

    def take_hook(self, hook: Hook) -> bool:
        if self.is_away:
            raise RemoteUnavailable("the ledger is away")
        is_new = hook.delivery not in self.hooks
        self.hooks.setdefault(hook.delivery, hook)
        return is_new


def _means(kept: Kept) -> Means:
    def read(headers: Mapping[str, str], body: bytes) -> Told | None:
        return Told(headers["id"], body.decode()) if headers.get("signature") == "good" else None

    return Means(kept, {"main": read}, lambda: _NOW)  # type: ignore[arg-type] # one method of it is used


def test_a_signed_hook_is_kept_once_and_a_repeated_one_is_taken_all_the_same() -> None:
    kept = Kept()
    for _ in range(2):
        assert accept(_means(kept), "main", {"signature": "good", "id": "d1"}, b"10001") == 204
    assert list(kept.hooks.values()) == [Hook("main", "d1", "10001", _NOW)]


def test_an_unsigned_hook_and_one_of_an_unknown_system_are_refused() -> None:
    kept = Kept()
    assert accept(_means(kept), "main", {"signature": "bad", "id": "d1"}, b"10001") == 401
    assert accept(_means(kept), "other", {"signature": "good", "id": "d1"}, b"10001") == 404
    assert not kept.hooks


def test_a_hook_of_no_ticket_is_taken_and_forgotten() -> None:
    kept = Kept()
    assert accept(_means(kept), "main", {"signature": "good", "id": "d1"}, b"") == 204
    assert not kept.hooks


def test_a_hook_asks_to_be_sent_again_while_the_ledger_is_away() -> None:
    assert accept(_means(Kept(is_away=True)), "main", {"signature": "good", "id": "d1"}, b"1") == 503
