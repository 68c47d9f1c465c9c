"""Messages in Slack by a bot: sent, changed in place, and found again by the key in their metadata.

Follows chat.postMessage, chat.update, conversations.list and conversations.history of the Web API. Scopes: `chat:write`;
`channels:read`, `groups:read`, `channels:history` and `groups:history` to find what may have been sent.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hubposture.connectors.http import Http, Reply, told_pause
from hubposture.connectors.slack_errors import LIMITED, failed, is_final, said
from hubposture.connectors.slack_pace import Pace
from hubposture.errors import AnswerLost, RemoteError, RemoteUnavailable
from hubposture.ports.messenger import Sent
from hubposture.render.slack import blocks, fallback
from hubposture.render.slack_offers import beside
from hubposture.work.message import Message

API: Final = "https://slack.com/api"
EVENT: Final = "hubposture"
"""The event type in the metadata of our messages; the payload has the message's `key`."""

_LOOK_BACK: Final = dt.timedelta(days=7)
_MOST_PAGES: Final = 50
_PAGE: Final = 200
_TRIES: Final = 3
_LONGEST_PAUSE: Final = 120.0
_Answer = Mapping[str, Any]


def headers(token: str) -> Mapping[str, str]:
    """The headers of every request."""
    return {"authorization": f"Bearer {token}", "content-type": "application/json; charset=utf-8"}


class Slack:
    """Implements `ports.messenger.Messenger`. `now` is aware UTC: messages are looked for in the last 7 days."""

    def __init__(self, http: Http, *, now: Callable[[], dt.datetime]) -> None:
        self._http = http
        self._now = now
        self._pace = Pace(clock=http.clock, sleep=http.sleep)
        self._ids: dict[str, str] | None = None

    @property
    def can_update(self) -> bool:
        """See `ports.messenger`."""
        return True

    def send(self, message: Message) -> Sent:
        """See `ports.messenger`."""
        self._pace.wait(message.to)
        metadata = {"event_type": EVENT, "event_payload": {"key": message.key}}
        given = {"channel": message.to, **_written(message), "metadata": metadata, **_QUIET}
        return self._write("chat.postMessage", message, given, is_repeatable=False)

    def update(self, where: str, message: Message) -> Sent:
        """See `ports.messenger`. `where` is the channel's id and the message's ts."""
        channel, _, ts = where.partition(" ")
        self._pace.wait(channel)
        metadata = {"event_type": EVENT, "event_payload": {"key": message.key}}
        given = {"channel": channel, "ts": ts, **_written(message), "metadata": metadata}
        sent = self._write("chat.update", message, given, is_repeatable=True)
        return sent if not sent.error or is_final(sent.error) else replace(sent, where=where)

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        """See `ports.messenger`. A channel whose last days cannot be read in full gives nothing."""
        wanted: dict[str, list[str]] = {}
        for one in messages:
            wanted.setdefault(one.to, []).append(one.key)
        found: dict[str, str] = {}
        for channel, keys in wanted.items():
            there = self._sent_to(channel)
            if there is not None:
                found |= {key: there.get(key, "") for key in keys}
        return found

    # --- writing -----------------------------------------------------------------------------------------------------

    def _write(self, method: str, message: Message, given: _Answer, *, is_repeatable: bool) -> Sent:
        where = message.to
        try:
            answer = self._ask("POST", method, json=given, is_repeatable=is_repeatable)
        except AnswerLost:
            return Sent(error=f"Slack {where}: no answer came; the message may have been sent", is_doubtful=True)
        except RemoteError as error:
            return Sent(error=str(error))
        if answer is None:
            return Sent(error=f"Slack {where}: the answer is none of Slack's", is_doubtful=not is_repeatable)
        if answer.get("ok") is not True:
            return failed(where, str(answer.get("error", "")), answer)
        channel, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            return Sent(error=f"Slack {where}: the answer names no message", is_doubtful=not is_repeatable)
        return Sent(where=f"{channel} {ts}")

    def _ask(
        self,
        verb: str,
        method: str,
        *,
        is_repeatable: bool,
        params: Mapping[str, str | int] | None = None,
        json: _Answer | None = None,
    ) -> _Answer | None:
        """An answer as Slack writes it, None where it is something else; limits that are told there are waited out."""
        tries = 0
        while True:
            tries += 1
            reply = self._http.request(verb, f"/{method}", repeatable=is_repeatable, params=params, json=json)
            answer = reply.body if isinstance(reply.body, Mapping) else None
            if answer is None or answer.get("error") not in LIMITED or tries >= _TRIES:
                return answer
            self._http.sleep(_pause(reply))

    # --- looking -----------------------------------------------------------------------------------------------------

    def _sent_to(self, channel: str) -> dict[str, str] | None:
        """Where our messages of the last days are, by key; None where they cannot be told in full."""
        try:
            id_ = self._id_of(channel)
            return None if id_ is None else self._keys_in(id_)
        except RemoteError:
            return None

    def _keys_in(self, channel: str) -> dict[str, str]:
        oldest = (self._now() - _LOOK_BACK).timestamp()
        params = {"channel": channel, "oldest": f"{oldest:.6f}", "include_all_metadata": "true"}
        found: dict[str, str] = {}
        for answer in self._pages("conversations.history", params):
            for one in answer.get("messages") or ():
                key, ts = _key_of(one), one.get("ts") if isinstance(one, Mapping) else None
                if key and isinstance(ts, str):
                    found[key] = f"{channel} {ts}"
        return found

    def _id_of(self, channel: str) -> str | None:
        """The id of a channel by its name; None where there is none that we may see."""
        if not channel.startswith("#"):
            return channel
        if self._ids is None:
            params = {"types": "public_channel,private_channel", "exclude_archived": "true"}
            pages = self._pages("conversations.list", params)
            named = [one for answer in pages for one in answer.get("channels") or () if isinstance(one, Mapping)]
            self._ids = {str(one.get("name")): str(one.get("id")) for one in named if one.get("id")}
        return self._ids.get(channel.removeprefix("#"))

    def _pages(self, method: str, params: Mapping[str, str]) -> Iterator[_Answer]:
        """Every page of a list. Raises RemoteError where it is not answered in full."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            given: dict[str, str | int] = {**params, "limit": _PAGE, **({"cursor": cursor} if cursor else {})}
            answer = self._ask("GET", method, params=given, is_repeatable=True)
            if answer is None or answer.get("ok") is not True:
                raise RemoteUnavailable(said(method, str((answer or {}).get("error", "")), answer))
            yield answer
            more = answer.get("response_metadata")
            cursor = str(more.get("next_cursor") or "") if isinstance(more, Mapping) else ""
            if not cursor:
                return
        raise RemoteUnavailable(f"Slack {method}: the pages do not end")


_QUIET: Final = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none"}


_BESIDE: Final = 2
"""The blocks under a message: what was done from it, and what may be done."""


def _written(message: Message) -> dict[str, Any]:
    above = blocks(message.title, message.body, room=_BESIDE)
    return {
        "text": fallback(message.title, message.body),
        "blocks": [*above, *beside(message.offers, message.notes)],
    }


def _pause(reply: Reply) -> float:
    told = told_pause(reply.headers)
    return min(1.0 if told is None else told, _LONGEST_PAUSE)


def _key_of(found: Any) -> str:
    """The key in the metadata of a message; ''."""
    metadata = found.get("metadata") if isinstance(found, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT:
        return ""
    payload = metadata.get("event_payload")
    key = payload.get("key") if isinstance(payload, Mapping) else None
    return key if isinstance(key, str) else ""
