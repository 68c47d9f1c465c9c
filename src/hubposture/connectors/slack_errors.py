"""What Slack's errors mean: in words, with what to do, and whether the message may be there all the same."""

from collections.abc import Mapping
from typing import Any, Final

from hubposture.ports.messenger import Sent

_INVITE: Final = "invite the bot there (/invite @hubposture), or correct the channel in teams.yaml or the settings"
_TOKEN: Final = "put a bot token (xoxb-...) of the installed app where messages.slack.token points"  # noqa: S105 - words
_WEBHOOK: Final = "make the webhook anew and put its URL where messages.slack.webhooks points"
_LATER: Final = "run it again later"
_DEFECT: Final = "please report this as a defect"

ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "channel_not_found": ("there is no such channel, or it is private and the bot is not in it", _INVITE),
    "not_in_channel": ("the bot is not in this channel", _INVITE),
    "is_archived": ("the channel is archived", "open it again, or name another one"),
    "channel_is_archived": ("the channel is archived", "open it again, or name another one"),
    "restricted_action": ("the workspace does not let the bot post there", "ask an administrator of the workspace"),
    "restricted_action_read_only_channel": ("only some people may post there", "let the bot post, or name another one"),
    "not_allowed_token_type": ("this kind of token may not post", _TOKEN),
    "invalid_auth": ("the token is refused", _TOKEN),
    "not_authed": ("no token arrived", _TOKEN),
    "account_inactive": ("the token's app or workspace is gone", _TOKEN),
    "token_revoked": ("the token was taken back", _TOKEN),
    "token_expired": ("the token has expired", _TOKEN),
    "no_permission": ("the token may not do this", _TOKEN),
    "missing_scope": ("the app lacks a scope", "add the scope in the app's settings and install it again"),
    "ekm_access_denied": ("the workspace's administrators have stopped it", "ask them"),
    "org_login_required": ("the workspace is being moved", _LATER),
    "team_access_not_granted": ("the app is not allowed in this workspace", "have it approved"),
    "msg_too_long": ("the message is too long", _DEFECT),
    "msg_blocks_too_long": ("the message is too long", _DEFECT),
    "invalid_blocks": ("Slack does not take the form of the message", _DEFECT),
    "invalid_blocks_format": ("Slack does not take the form of the message", _DEFECT),
    "invalid_payload": ("Slack does not take the form of the message", _DEFECT),
    "no_text": ("the message has no text", _DEFECT),
    "metadata_too_large": ("the key of the message is too long", _DEFECT),
    "ratelimited": ("Slack asks for fewer messages", _LATER),
    "rate_limited": ("Slack asks for fewer messages", _LATER),
    "message_limit_exceeded": ("the workspace has no room for more messages", "ask an administrator of the workspace"),
    "message_not_found": ("the message is not there any more", "nothing: it was deleted in Slack"),
    "cant_update_message": ("the message may not be changed: another app sent it", "nothing; the next one is ours"),
    "edit_window_closed": ("the workspace lets nobody change a message that old", "nothing; the next one will tell"),
    "update_failed": ("the message could not be changed", _LATER),
    "service_unavailable": ("Slack does not work just now", _LATER),
    "request_timeout": ("the request did not arrive in full", _LATER),
    "no_service": ("the webhook is switched off or was taken back", _WEBHOOK),
    "no_service_id": ("the webhook is switched off or was taken back", _WEBHOOK),
    "no_team": ("the webhook's workspace is gone", _WEBHOOK),
    "team_disabled": ("the webhook's workspace is switched off", _WEBHOOK),
    "invalid_token": ("the webhook is not valid any more", _WEBHOOK),
    "action_prohibited": ("the workspace does not let this webhook post", "ask an administrator of the workspace"),
    "posting_to_general_channel_denied": ("only some people may post there", "name another channel"),
    "user_not_found": ("there is no such person", "name a channel"),
}
"""By Slack's word: what it means, and what to do."""
LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
UNSURE: Final = frozenset({"fatal_error", "internal_error"})
"""Slack says of these that some of it may have been done."""


_FINAL: Final = ("message_not_found", "cant_update_message", "edit_window_closed")


def is_final(error: str) -> bool:
    """Whether an error of ours says that a message can never be changed any more."""
    return any(f"({code})" in error for code in _FINAL)


def said(where: str, code: str, answer: Mapping[str, Any] | None = None) -> str:
    """The error as people read it: where, what, Slack's own word, what to do."""
    what, hint = ERRORS.get(code, ("Slack refuses it", "look the word up in Slack's documentation of the method"))
    needed = (answer or {}).get("needed")
    if code == "missing_scope" and isinstance(needed, str):
        what += f" ({word(needed, most=100)})"
    return f"Slack {where}: {what} ({word(code)}); {hint}"


def failed(where: str, code: str, answer: Mapping[str, Any] | None = None) -> Sent:
    """What became of a message that was answered with an error."""
    return Sent(error=said(where, code, answer), is_doubtful=code in UNSURE)


def word(text: object, *, most: int = 60) -> str:
    """A word of Slack's that may be repeated: letters, digits and what scopes have; never more of an answer than that."""
    if not isinstance(text, str):
        return "no word"
    return "".join(letter for letter in text[:most] if letter.isascii() and (letter.isalnum() or letter in "_:.,-"))
