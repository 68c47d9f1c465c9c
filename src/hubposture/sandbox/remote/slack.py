"""A Slack workspace by its Web API, as far as messages need it, and its incoming webhooks.

Methods: auth.test, chat.postMessage, chat.postEphemeral, chat.update, conversations.list, conversations.history,
users.lookupByEmail, users.info, views.open, apps.connections.open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubposture.sandbox.remote.slack_forms import complaint, view_complaint
from hubposture.sandbox.remote.slack_world import BOT, TEAM, Channel, Post, View, Whisper, Workspace

_NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.list": "channels:read",
    "conversations.history": "channels:history",
    "users.lookupByEmail": "users:read.email",
    "users.info": "users:read",
    "chat.postEphemeral": "chat:write",
}
_TRIGGER_SECONDS = 3.0
_MOST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is JSON, or a text as it is."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(error: str, **more: Any) -> Answer:
    """An error as Slack writes it: with status 200."""
    return Answer(200, {"ok": False, "error": error, **more})


_LIMITED = Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})


class Slack:
    """Answers requests. `clock` gives seconds since 1970; the limits and the times of messages go by it.

    `socket` gives the address of a new WebSocket, '' where there is none.
    """

    def __init__(
        self, workspace: Workspace, *, clock: Callable[[], float], socket: Callable[[], str] = lambda: ""
    ) -> None:
        self.workspace = workspace
        self._clock = clock
        self._socket = socket
        self._count = 0
        self._posted: dict[str, list[float]] = {}
        self._methods: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "auth.test": self._test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.list": self._list,
            "conversations.history": self._history,
            "users.lookupByEmail": self._person,
            "users.info": self._info,
            "chat.postEphemeral": self._whisper,
            "views.open": self._open,
        }

    def answer(self, method: str, given: Mapping[str, Any], authorization: str) -> Answer:
        """The answer to a call of the Web API."""
        if method == "apps.connections.open":
            return self._connect(authorization)
        work = self._methods.get(method)
        if work is None:
            return refusal("unknown_method")
        if not authorization:
            return refusal("not_authed")
        if authorization != f"Bearer {self.workspace.token}":
            return refusal("invalid_auth")
        needed = _NEEDED.get(method, "")
        if needed and needed not in self.workspace.scopes:
            return refusal("missing_scope", needed=needed, provided=",".join(sorted(self.workspace.scopes)))
        return work(given)

    def hooked(self, path: str, given: Mapping[str, Any]) -> Answer:
        """The answer of an incoming webhook: a word."""
        channel = self.workspace.channels.get(self.workspace.webhooks.get(path, ""))
        if channel is None:
            return Answer(404, "no_service")
        if channel.is_archived:
            return Answer(410, "channel_is_archived")
        if wrong := complaint(given):
            return Answer(400, "no_text" if wrong == "no_text" else "invalid_payload")
        if self._is_limited(channel):
            return Answer(429, "rate_limited", {"Retry-After": "1"})
        self._kept(channel, given, by="webhook")
        return Answer(200, "ok")

    # --- methods -----------------------------------------------------------------------------------------------------

    def _test(self, _given: Mapping[str, Any]) -> Answer:
        return Answer(200, {"ok": True, "team": "Sandbox", "team_id": TEAM, "user": "hubposture", "user_id": BOT})

    def _post(self, given: Mapping[str, Any]) -> Answer:
        channel = self.workspace.named(str(given.get("channel", "")))
        if wrong := self._unwritable(channel) or complaint(given):
            return refusal(wrong)
        assert channel is not None
        if self._is_limited(channel):
            return _LIMITED
        post = self._kept(channel, given, by=BOT)
        return Answer(200, {"ok": True, "channel": channel.id, "ts": post.ts, "message": _shown(post, whole=True)})

    def _update(self, given: Mapping[str, Any]) -> Answer:
        channel = self.workspace.channels.get(str(given.get("channel", "")))
        if wrong := self._unwritable(channel) or complaint(given):
            return refusal(wrong)
        assert channel is not None
        post = next((one for one in channel.posts if one.ts == given.get("ts")), None)
        if post is None:
            return refusal("message_not_found")
        if post.by != BOT:
            return refusal("cant_update_message")
        post.edits.append(post.text)
        post.text, post.blocks = given.get("text", ""), given.get("blocks") or []
        post.metadata = given.get("metadata", post.metadata)
        return Answer(200, {"ok": True, "channel": channel.id, "ts": post.ts, "text": post.text})

    def _list(self, given: Mapping[str, Any]) -> Answer:
        kinds = str(given.get("types", "public_channel")).split(",")
        shown = [
            {"id": one.id, "name": one.name, "is_private": one.is_private, "is_member": one.is_member,
             "is_archived": one.is_archived}
            for one in self.workspace.channels.values()
            if (("private_channel" if one.is_private else "public_channel") in kinds)
            and (one.is_member or not one.is_private)
            and not (one.is_archived and given.get("exclude_archived") == "true")
        ]  # fmt: skip
        page, more = _page(shown, given)
        return Answer(200, {"ok": True, "channels": page, "response_metadata": {"next_cursor": more}})

    def _history(self, given: Mapping[str, Any]) -> Answer:
        channel = self.workspace.channels.get(str(given.get("channel", "")))
        if channel is None or (channel.is_private and not channel.is_member):
            return refusal("channel_not_found")
        if not channel.is_member:
            return refusal("not_in_channel")
        whole, oldest = given.get("include_all_metadata") == "true", float(given.get("oldest") or 0)
        latest, ends = float(given.get("latest") or "inf"), given.get("inclusive") == "true"
        times = [(float(one.ts), one) for one in reversed(channel.posts)]
        among = [one for at, one in times if oldest < at < latest or (ends and at in (oldest, latest))]
        posts = [_shown(one, whole=whole) for one in among]
        page, more = _page(posts, given)
        answer = {"ok": True, "messages": page, "has_more": bool(more), "response_metadata": {"next_cursor": more}}
        return Answer(200, answer)

    def _person(self, given: Mapping[str, Any]) -> Answer:
        found = self.workspace.people.get(str(given.get("email", "")))
        return refusal("users_not_found") if found is None else Answer(200, {"ok": True, "user": {"id": found}})

    # --- people ------------------------------------------------------------------------------------------------------

    def _info(self, given: Mapping[str, Any]) -> Answer:
        found = self.workspace.members.get(str(given.get("user", "")))
        if found is None:
            return refusal("user_not_found")
        shown = found.shown
        if "users:read.email" not in self.workspace.scopes:
            shown["profile"] = {name: value for name, value in shown["profile"].items() if name != "email"}
        return Answer(200, {"ok": True, "user": shown})

    def _whisper(self, given: Mapping[str, Any]) -> Answer:
        channel = self.workspace.channels.get(str(given.get("channel", "")))
        if channel is None:
            return refusal("channel_not_found")
        if not given.get("text"):
            return refusal("no_text")
        self.workspace.whispers.append(Whisper(channel.name, str(given.get("user", "")), str(given["text"])))
        return Answer(200, {"ok": True, "message_ts": f"{int(self._clock())}.000000"})

    def _open(self, given: Mapping[str, Any]) -> Answer:
        user, at = self.workspace.triggers.pop(str(given.get("trigger_id", "")), ("", 0.0))
        if not user:
            return refusal("invalid_trigger_id")
        if self._clock() - at > _TRIGGER_SECONDS:
            return refusal("expired_trigger_id")
        view = given.get("view")
        if view_complaint(view) or not isinstance(view, Mapping):
            return refusal("invalid_arguments")
        opened = View(f"V{len(self.workspace.views) + 1:010d}", user, view)
        self.workspace.views[opened.id] = opened
        return Answer(200, {"ok": True, "view": {"id": opened.id, **view}})

    def _connect(self, authorization: str) -> Answer:
        if authorization != f"Bearer {self.workspace.app_token}":
            return refusal("not_allowed_token_type" if authorization.startswith("Bearer xoxb-") else "invalid_auth")
        url = self._socket()
        return Answer(200, {"ok": True, "url": url}) if url else refusal("internal_error")

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _unwritable(self, channel: Channel | None) -> str:
        if channel is None or (channel.is_private and not channel.is_member):
            return "channel_not_found"
        if channel.is_archived:
            return "is_archived"
        if channel.is_read_only:
            return "restricted_action_read_only_channel"
        return "" if channel.is_member else "not_in_channel"

    def _is_limited(self, channel: Channel) -> bool:
        now, most = self._clock(), self.workspace.per_second
        late = [at for at in self._posted.get(channel.id, ()) if at > now - 1.0]
        if most and len(late) >= most:
            return True
        self._posted[channel.id] = [*late, now]
        return False

    def _kept(self, channel: Channel, given: Mapping[str, Any], *, by: str) -> Post:
        self._count += 1
        ts = f"{int(self._clock())}.{self._count:06d}"
        post = Post(ts, by, str(given.get("text", "")), list(given.get("blocks") or ()), given.get("metadata"))
        channel.posts.append(post)
        return post


def _shown(post: Post, *, whole: bool) -> dict[str, Any]:
    """A message; its metadata only where they are asked for."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": post.by,
        "ts": post.ts,
        "text": post.text,
        "blocks": post.blocks,
    }
    if post.metadata is not None and whole:
        shown["metadata"] = post.metadata
    return shown


def _page(rows: list[dict[str, Any]], given: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    begin = int(given.get("cursor") or 0)
    end = begin + max(1, min(int(given.get("limit") or 100), _MOST_PAGE))
    return rows[begin:end], str(end) if end < len(rows) else ""
