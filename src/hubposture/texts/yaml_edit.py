"""Edits of YAML by place: what is not edited stays byte for byte, comments and order too."""

from collections.abc import Iterable
from typing import NamedTuple

from hubposture.texts.yaml_nodes import Entries, Items, Node, Scalar


class Edit(NamedTuple):
    """A piece of a text, from `start` to before `end`, and what comes in its place."""

    start: int
    end: int
    new: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """A text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def add_entry(text: str, node: Entries, key: str, value: str) -> Edit:
    """A new last entry of a mapping; `value` is in one line, or starts with a line end and is indented from the key on."""
    last = node.pairs[-1][1]
    if node.is_flow:
        return Edit(last.end, last.end, f", {key}: {value.strip()}")
    indent = " " * (node.column - 1)
    return _new_lines(text, last, [f"{key}:{value}" if value.startswith("\n") else f"{key}: {value}"], indent)


def add_item(text: str, node: Items, value: str) -> Edit:
    """A new last item of a list; `value` is in one line."""
    if not node.items:
        return Edit(node.end - 1, node.end - 1, value)
    last = node.items[-1]
    if node.is_flow:
        return Edit(last.end, last.end, f", {value}")
    return _new_lines(text, last, [f"- {value}"], " " * (node.column - 1))


def set_value(text: str, node: Node, value: str) -> Edit:
    """Another value, in one line, in the place of one that stands there."""
    if isinstance(node, Scalar) and not node.style and not node.text and node.start == node.end:
        return Edit(node.start, node.end, f" {value}")
    # The span of a block text, and of a block that ends in one, takes in the end of its last line.
    ends_line = node.end > node.start and text[node.end - 1] == "\n"
    return Edit(node.start, node.end, value + newline(text) if ends_line else value)


def newline(text: str) -> str:
    """How lines of a text end."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _new_lines(text: str, last: Node, lines: Iterable[str], indent: str) -> Edit:
    """Lines behind the one in which a node ends, with its comment."""
    end = newline(text)
    new = end.join(indent + line.replace("\n", end + indent) for line in lines)
    at = last.end
    if at == 0 or text[at - 1] != "\n":
        at = text.find("\n", at) + 1
    if at == 0 or (at == len(text) and not text.endswith("\n")):
        return Edit(len(text), len(text), end + new)
    return Edit(at, at, new + end)
