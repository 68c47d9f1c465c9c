"""What Slack checks of a message's form: blocks and their lengths."""

from collections.abc import Mapping
from typing import Any

MOST_BLOCKS = 50
MOST_TEXT = 40_000
_TEXTS = {"section": 3_000, "header": 150}
_KINDS = frozenset({"section", "header", "divider", "context", "actions", "image", "rich_text", "markdown"})
_MOST_FIELDS, _FIELD = 10, 2_000
_MOST_CONTEXT = 10
_MOST_ACTIONS = 25
_BUTTON = 75
_MOST_VALUE, _MOST_OPTION, _MOST_OPTIONS, _MOST_ID = 2_000, 150, 100, 255
_MOST_METADATA, _MOST_VIEW_BLOCKS = 3_000, 100


def complaint(given: Mapping[str, Any]) -> str:
    """Slack's word for what is wrong with a message; '' for nothing."""
    text, blocks = given.get("text", ""), given.get("blocks")
    if not isinstance(text, str) or (blocks is not None and not isinstance(blocks, list)):
        return "invalid_arguments"
    if not text and not blocks:
        return "no_text"
    if len(text) > MOST_TEXT:
        return "msg_too_long"
    if len(blocks or ()) > MOST_BLOCKS:
        return "invalid_blocks"
    return "" if all(_is_good(block) for block in blocks or ()) else "invalid_blocks"


def _is_good(block: Any) -> bool:
    if not isinstance(block, Mapping) or block.get("type") not in _KINDS:
        return False
    kind = block["type"]
    if kind == "header":
        return _is_text(block.get("text"), _TEXTS[kind], kinds=("plain_text",))
    if kind == "section":
        fields = block.get("fields") or []
        has_text = _is_text(block.get("text"), _TEXTS[kind])
        are_good = len(fields) <= _MOST_FIELDS and all(_is_text(one, _FIELD) for one in fields)
        return are_good and (has_text or (bool(fields) and "text" not in block))
    if kind == "context":
        return 1 <= len(block.get("elements") or ()) <= _MOST_CONTEXT
    if kind == "actions":
        elements = block.get("elements") or ()
        return 1 <= len(elements) <= _MOST_ACTIONS and all(_is_element(one) for one in elements)
    return True


def _is_element(one: Any) -> bool:
    """A button or a list in a row of actions."""
    if not isinstance(one, Mapping) or not 1 <= len(str(one.get("action_id", ""))) <= _MOST_ID:
        return False
    if one.get("type") == "static_select":
        return _is_list(one) and _is_text(one.get("placeholder"), 150, kinds=("plain_text",))
    is_button = one.get("type") == "button" and _is_text(one.get("text"), _BUTTON, kinds=("plain_text",))
    return is_button and len(one.get("value", "")) <= _MOST_VALUE and _is_confirm(one.get("confirm"))


def _is_list(one: Mapping[str, Any]) -> bool:
    options = one.get("options") or ()
    values = [option.get("value") for option in options if isinstance(option, Mapping)]
    are_good = all(
        _is_text(option.get("text"), _BUTTON) and 1 <= len(option.get("value", "")) <= _MOST_OPTION
        for option in options
    )
    return 1 <= len(options) <= _MOST_OPTIONS and are_good and len(set(values)) == len(values)


def _is_confirm(one: Any) -> bool:
    if one is None:
        return True
    sizes = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return isinstance(one, Mapping) and all(_is_text(one.get(name), most) for name, most in sizes.items())


def view_complaint(view: Any) -> str:
    """Slack's word for what is wrong with a modal view; '' for nothing."""
    if not isinstance(view, Mapping) or view.get("type") != "modal":
        return "invalid_arguments"
    names = [_is_text(view.get(name), 24, kinds=("plain_text",)) for name in ("title", "submit", "close")]
    blocks = view.get("blocks") or ()
    fits = len(str(view.get("private_metadata", ""))) <= _MOST_METADATA and 1 <= len(blocks) <= _MOST_VIEW_BLOCKS
    return "" if all(names) and fits and all(_is_good(one) or _is_input(one) for one in blocks) else "invalid_arguments"


def _is_input(one: Any) -> bool:
    if not isinstance(one, Mapping) or one.get("type") != "input" or not _is_text(one.get("label"), 2_000):
        return False
    element = one.get("element")
    if not isinstance(element, Mapping) or len(str(one.get("block_id", ""))) > _MOST_ID:
        return False
    if element.get("type") == "static_select":
        return _is_list(element)
    return element.get("type") == "plain_text_input" and element.get("max_length", 3_000) <= 3_000  # noqa: PLR2004 (Slack's)


def _is_text(text: Any, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        return False
    words = text.get("text")
    return isinstance(words, str) and 1 <= len(words) <= most
