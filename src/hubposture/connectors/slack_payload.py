"""What Slack delivers when somebody presses a button, chooses from a list or sends a form: read, and nothing believed.

Follows the payloads `block_actions` and `view_submission`. A button's value only names a thing of its own message.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from hubposture.ports.acts import Heard
from hubposture.render.slack_offers import ACTION, ITSELF
from hubposture.work.offers import Doing

_ID: Final = 64
_WHERE: Final = 64
_FIELD: Final = 4_000


def heard_of(payload: Mapping[str, Any]) -> Heard | None:
    """What a payload asks for; None where it asks for nothing of ours (a link that was followed, another app's form)."""
    kind = payload.get("type")
    if kind == "block_actions":
        return _pressed(payload)
    return _sent(payload) if kind == "view_submission" else None


def _pressed(payload: Mapping[str, Any]) -> Heard | None:
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    doing = _doing(_text(action, "action_id").removeprefix(ACTION))
    container = _inner(payload, "container")
    where = f"{_text(container, 'channel_id')} {_text(container, 'message_ts')}"
    if doing is None or not where.strip():
        return None
    option = _inner(action, "selected_option")
    value = _text(option, "value") if option else _text(action, "value")
    who = _who(payload)
    pressed = _digest("press", *who, where, _text(action, "action_id"), value, _text(action, "action_ts"))
    thing = "" if value == ITSELF else value[:_ID]
    return Heard(pressed, doing, where[:_WHERE], thing, *who, trigger=_text(payload, "trigger_id"))


def _sent(payload: Mapping[str, Any]) -> Heard | None:
    view = _inner(payload, "view")
    doing = _doing(_text(view, "callback_id").removeprefix(ACTION))
    kept = _json(_text(view, "private_metadata"))
    where, thing = _text(kept, "where"), _text(kept, "thing")
    if doing is None or not where:
        return None
    who = _who(payload)
    # A view has an id of its own, and is sent once: sent again after an error it has a new hash.
    sent = _digest("form", *who, _text(view, "id"))
    fields = {
        name: _value(inputs.get("value"))[:_FIELD]
        for name, inputs in _inner(_inner(view, "state"), "values").items()
        if isinstance(inputs, Mapping)
    }
    return Heard(sent, doing, where[:_WHERE], thing[:_ID], *who, fields=fields)


def _who(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The user, and the workspace that is theirs."""
    user = _inner(payload, "user")
    workspace = _text(user, "team_id") or _text(_inner(payload, "team"), "id")
    return _text(user, "id")[:_ID], workspace[:_ID]


def _doing(name: str) -> Doing | None:
    return Doing(name) if name in set(Doing) else None


def _value(given: Any) -> str:
    """What stands in an input: a text, or the option that was chosen."""
    found = given if isinstance(given, Mapping) else {}
    return _text(found, "value") or _text(_inner(found, "selected_option"), "value")


def _inner(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = found.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _text(found: Mapping[str, Any], name: str) -> str:
    text = found.get(name)
    return text if isinstance(text, str) else ""


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()
