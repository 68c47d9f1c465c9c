"""People in Slack: who presses, forms before them, answers to them alone, and what is written under a message.

Follows auth.test, users.info, views.open, chat.postEphemeral, conversations.history and chat.update. Scopes: `users:read`
and `users:read.email` beside those of messages.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import orjson

from hubposture.connectors.http import Http
from hubposture.connectors.slack_errors import said
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.ports.acts import Profile
from hubposture.render.slack import escape
from hubposture.render.slack_offers import view_of, with_notes
from hubposture.work.offers import Doing, Form, Note

_CACHED_SECONDS: Final = 300.0
"""How long what is known of somebody holds: whoever was taken out of the workspace may act no longer than this."""
_MOST_CACHED: Final = 10_000
_LONGEST_ADDRESS: Final = 254
"""Characters of an address (RFC 5321)."""
_FINAL: Final = frozenset({"users_not_found", "user_not_found", "user_not_visible"})
TOO_LATE: Final = frozenset({"expired_trigger_id", "trigger_expired", "trigger_exchanged", "exchanged_trigger_id"})
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class TooLate(RemoteRefused):
    """Slack opens no form any more: too much time went by since the press."""


class SlackDesk:
    """Implements `ports.acts.Chat`. `http` speaks with the bot's token; safe in threads."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._home: tuple[str, str] | None = None
        self._known: dict[tuple[str, str], tuple[float, Profile]] = {}
        self._lock = threading.Lock()

    def profile(self, user: str, workspace: str) -> Profile:
        """See `ports.acts`. Asked of Slack again after five minutes."""
        now = self._http.clock()
        with self._lock:
            at, known = self._known.get((user, workspace), (now - 2 * _CACHED_SECONDS, None))
        if known is not None and now - at < _CACHED_SECONDS:
            return known
        found = self._asked(user, workspace)
        with self._lock:
            if len(self._known) >= _MOST_CACHED:
                self._known.clear()
            self._known[user, workspace] = (now, found)
        return found

    def ask(self, trigger: str, form: Form) -> None:
        """See `ports.acts`. Raises TooLate."""
        answer = self._answer("views.open", {"trigger_id": trigger, "view": view_of(form)}, is_repeatable=False)
        if answer.get("ok") is not True:
            word = str(answer.get("error", ""))
            raise (TooLate if word in TOO_LATE else RemoteUnavailable)(said("views.open", word, answer))

    def tell(self, where: str, user: str, text: str) -> None:
        """See `ports.acts`."""
        channel = where.partition(" ")[0]
        given = {"channel": channel, "user": user, "text": escape(text), "link_names": False, "parse": "none"}
        self._done("chat.postEphemeral", given, is_repeatable=False)

    def show(self, where: str, notes: Sequence[Note], *, settled: Collection[Doing]) -> None:
        """See `ports.acts`. A message that is gone, or may not be changed any more, is left as it is."""
        channel, _, ts = where.partition(" ")
        there = self._message(channel, ts)
        if there is None:
            return
        before = [one for one in there.get("blocks") or () if isinstance(one, Mapping)]
        after = with_notes(before, notes, settled)
        if not _differs(before, after):
            return
        given = {"channel": channel, "ts": ts, "text": there.get("text", ""), "blocks": after}
        if isinstance(there.get("metadata"), Mapping):
            given["metadata"] = there["metadata"]
        answer = self._answer("chat.update", given, is_repeatable=True)
        if answer.get("ok") is not True and answer.get("error") not in _GONE:
            raise RemoteUnavailable(said("chat.update", str(answer.get("error", "")), answer))

    def workspace(self) -> str:
        """The name of the bot's own workspace: whoever gets it has a token that holds. Raises RemoteError."""
        return self._at_home()[1]

    # --- asking ------------------------------------------------------------------------------------------------------

    def _asked(self, user: str, workspace: str) -> Profile:
        home, called = self._at_home()
        if not user or workspace != home:
            return Profile(user, "", f"only people of the workspace {called} may act from its messages")
        answer = self._answer("users.info", {"user": user}, is_repeatable=True, verb="GET")
        if answer.get("error") in _FINAL:
            return Profile(user, "", "Slack knows nobody of that id")
        found = answer.get("user")
        if answer.get("ok") is not True or not isinstance(found, Mapping):
            raise RemoteUnavailable(said("users.info", str(answer.get("error", "")), answer))
        return profile_of(found, user, home)

    def _at_home(self) -> tuple[str, str]:
        """The bot's own workspace: id and name."""
        if self._home is None:
            answer = self._answer("auth.test", {}, is_repeatable=True)
            id_, name = answer.get("team_id"), answer.get("team")
            if answer.get("ok") is not True or not isinstance(id_, str) or not id_:
                raise RemoteUnavailable(said("auth.test", str(answer.get("error", "")), answer))
            self._home = (id_, name if isinstance(name, str) and name else id_)
        return self._home

    def _message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """A message as it is there now; None where it is not."""
        wanted: dict[str, str | int] = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": "true", "limit": 1}
        answer = self._answer("conversations.history", {**wanted, "include_all_metadata": "true"}, verb="GET")
        if answer.get("ok") is not True:
            raise RemoteUnavailable(said("conversations.history", str(answer.get("error", "")), answer))
        found = [one for one in answer.get("messages") or () if isinstance(one, Mapping) and one.get("ts") == ts]
        return found[0] if found else None

    def _done(self, method: str, given: Mapping[str, Any], *, is_repeatable: bool) -> None:
        answer = self._answer(method, given, is_repeatable=is_repeatable)
        if answer.get("ok") is not True:
            raise RemoteUnavailable(said(method, str(answer.get("error", "")), answer))

    def _answer(
        self, method: str, given: Mapping[str, Any], *, is_repeatable: bool = True, verb: str = "POST"
    ) -> Mapping[str, Any]:
        is_read = verb == "GET"
        params = {name: value for name, value in given.items() if isinstance(value, str | int)} if is_read else None
        json = None if is_read else given
        reply = self._http.request(verb, f"/{method}", repeatable=is_repeatable, params=params, json=json)
        if not isinstance(reply.body, Mapping):
            raise RemoteUnavailable(f"Slack {method}: the answer is none of Slack's; run it again later")
        return reply.body


def profile_of(found: Mapping[str, Any], user: str, home: str) -> Profile:
    """Who a user of users.info is, and why they may do nothing.

    An address counts only where Slack says that it is confirmed, or says nothing of it, as workspaces with single sign-on do.
    """
    profile = found.get("profile")
    mail = profile.get("email") if isinstance(profile, Mapping) else None
    address = mail.strip() if isinstance(mail, str) else ""
    checks = (
        (found.get("id") != user, "Slack answered for somebody else"),
        (bool(found.get("deleted")), "this account is switched off in Slack"),
        (bool(found.get("is_bot") or found.get("is_app_user") or user == "USLACKBOT"), "bots may do nothing"),
        (
            bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
            "guests of the workspace may do nothing",
        ),
        (bool(found.get("is_stranger") or found.get("team_id") != home), "people of other workspaces may do nothing"),
        (found.get("is_email_confirmed") is False, "the address of this account is not confirmed in Slack"),
        (not _is_address(address), "Slack names no plain address; the app may lack the scope users:read.email"),
    )
    why = next((text for is_so, text in checks if is_so), "")
    return Profile(user, "" if why else address, why)


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    is_plain = text.isascii() and text.isprintable() and " " not in text  # other letters may read as somebody else's
    return bool(name and at and "." in host) and is_plain and len(text) <= _LONGEST_ADDRESS


def _differs(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> bool:
    def normal(blocks: Sequence[Mapping[str, Any]]) -> bytes:
        return orjson.dumps(blocks, option=orjson.OPT_SORT_KEYS)

    return normal(before) != normal(after)
