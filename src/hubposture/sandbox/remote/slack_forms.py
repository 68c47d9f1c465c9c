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
        return 1 <= len(elements) <= _MOST_ACTIONS and all(_is_text(one.get("text"), _BUTTON) for one in elements)
    return True


def _is_text(text: Any, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        return False
    words = text.get("text")
    return isinstance(words, str) and 1 <= len(words) <= most
