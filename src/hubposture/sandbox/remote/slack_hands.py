"""The hands of people in the emulated Slack: they press buttons, choose from lists and send forms.

What they do goes out as Slack sends it: over a WebSocket that is open, else as a signed request to the app's request URL.
"""

import hashlib
import hmac
import itertools
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hubposture.sandbox.remote.slack_socket import Sockets
from hubposture.sandbox.remote.slack_world import TEAM, Channel, Member, Post, Workspace

_WAIT_SECONDS = 10.0


class NothingThere(Exception):
    """There is no such message, button, choice or form."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came back: whether it was taken, with which answer."""

    is_taken: bool
    answer: Any = None


class Hands:
    """People of a workspace. `clock` gives seconds since 1970."""

    def __init__(self, workspace: Workspace, sockets: Sockets, *, clock: Callable[[], float]) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._clock = clock
        self._numbers = itertools.count(1)

    def press(self, channel: str, action: str, by: str, *, choice: str = "", at: int = -1, team: str = "") -> Delivered:
        """Press a button under a message (the `at`th of the channel; the last one), or choose what begins with `choice`.

        `action` is the end of its action id, `by` an address. Raises NothingThere.
        """
        return self.deliver(self.pressed(channel, action, by, choice=choice, at=at, team=team))

    def pressed(
        self, channel: str, action: str, by: str, *, choice: str = "", at: int = -1, team: str = ""
    ) -> dict[str, Any]:
        """The payload of a press."""
        where, who = self._workspace.channel(channel), self._workspace.member(by)
        if not where.posts:
            raise NothingThere(f"{channel} has no message")
        post = where.posts[at]
        element = _element(post, action)
        trigger = f"{next(self._numbers)}.{int(self._clock())}.sandbox"
        self._workspace.triggers[trigger] = (who.id, self._clock())
        done = {**_chosen(element, choice), "action_id": element["action_id"], "action_ts": f"{next(self._numbers)}.0"}
        return {
            "type": "block_actions",
            **self._beside(who, team),
            "container": {"type": "message", "channel_id": where.id, "message_ts": post.ts, "is_ephemeral": False},
            "channel": {"id": where.id, "name": where.name},
            "message": _message(where, post),
            "trigger_id": trigger,
            "response_url": "https://hooks.slack.com/actions/none",
            "actions": [done],
        }

    def send(self, view: str, values: Mapping[str, str]) -> Delivered:
        """Send a form that was opened, filled with these values. Raises NothingThere."""
        return self.deliver(self.filled(view, values))

    def filled(self, view: str, values: Mapping[str, str]) -> dict[str, Any]:
        """The payload of a form."""
        opened = self._workspace.views.get(view)
        if opened is None:
            raise NothingThere(f"no form {view} is open")
        state: dict[str, Any] = {}
        for block in opened.view.get("blocks", ()):
            if block.get("type") == "input":
                given = values.get(block["block_id"], "")
                state[block["block_id"]] = {block["element"]["action_id"]: _input(block["element"], given)}
        who = self._workspace.members[opened.user]
        shown = {"id": opened.id, "hash": "1.abc", **opened.view, "state": {"values": state}}
        return {"type": "view_submission", **self._beside(who, ""), "view": shown}

    def deliver(self, payload: Mapping[str, Any]) -> Delivered:
        """Send a payload to the app, and wait for its answer."""
        if self._sockets.is_listened_to or not self._workspace.request_url:
            envelope = self._sockets.deliver(payload)
            return Delivered(envelope.done.wait(_WAIT_SECONDS), envelope.answer)
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post(body, self.signed(body))

    def signed(self, body: bytes, *, stamp: int | None = None) -> dict[str, str]:
        """The headers that sign a body."""
        at = str(int(self._clock()) if stamp is None else stamp)
        said = hmac.new(self._workspace.signing_secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256)
        kind = "application/x-www-form-urlencoded"
        return {
            "x-slack-request-timestamp": at,
            "x-slack-signature": f"v0={said.hexdigest()}",
            "content-type": kind,
        }

    def post(self, body: bytes, headers: Mapping[str, str]) -> Delivered:
        """Send a request to the app's request URL."""
        request = urllib.request.Request(self._workspace.request_url, data=body, headers=dict(headers))  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_WAIT_SECONDS) as answer:  # noqa: S310 - on this machine
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            return Delivered(is_taken=False, answer=error.code)
        try:
            return Delivered(is_taken=True, answer=json.loads(text) if text else None)
        except json.JSONDecodeError:
            return Delivered(is_taken=True, answer=text)

    def _beside(self, who: Member, team: str) -> dict[str, Any]:
        home = team or TEAM
        user = {"id": who.id, "name": who.mail.partition("@")[0], "team_id": team or who.team}
        return {"user": user, "team": {"id": home, "domain": "sandbox"}, "api_app_id": "A0SANDBOX", "token": "old"}


def _element(post: Post, action: str) -> Mapping[str, Any]:
    for block in post.blocks:
        for one in block.get("elements", ()) if block.get("type") == "actions" else ():
            if str(one.get("action_id", "")).endswith(action):
                found: Mapping[str, Any] = one
                return found
    raise NothingThere(f"the message has no {action}")


def _chosen(element: Mapping[str, Any], choice: str) -> dict[str, Any]:
    if element["type"] != "static_select":
        return {"type": "button", "value": element.get("value", "")}
    for option in element["options"]:
        if option["text"]["text"].startswith(choice):
            return {"type": "static_select", "selected_option": option}
    raise NothingThere(f"there is no choice {choice}")


def _input(element: Mapping[str, Any], given: str) -> dict[str, Any]:
    if element["type"] != "static_select":
        return {"type": element["type"], "value": given or element.get("initial_value") or None}
    options = [one for one in element["options"] if one["value"] == given]
    return {"type": element["type"], "selected_option": (options or [element.get("initial_option")])[0]}


def _message(where: Channel, post: Post) -> dict[str, Any]:
    return {"type": "message", "user": post.by, "ts": post.ts, "text": post.text, "blocks": post.blocks, "team": TEAM,
            "channel": where.id}  # fmt: skip
