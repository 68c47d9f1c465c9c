"""Edits of YAML by place: what is not edited stays byte for byte, comments and order too."""

from collections.abc import Iterable, Sequence
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
    return add_entries(text, node, [(key, value)])


def add_entries(text: str, node: Entries, entries: Iterable[tuple[str, str]]) -> Edit:
    """New last entries of a mapping that has some; values as of `add_entry`."""
    last = node.pairs[-1][1]
    if node.is_flow:
        return Edit(last.end, last.end, "".join(f", {key}: {value.strip()}" for key, value in entries))
    indent = " " * (node.column - 1)
    lines = [f"{key}:{value}" if value.startswith("\n") else f"{key}: {value}" for key, value in entries]
    return _new_lines(text, last, lines, indent)


def add_item(text: str, node: Items, value: str) -> Edit:
    """A new last item of a list; `value` is in one line."""
    return add_items(text, node, [value])


def add_items(text: str, node: Items, values: Sequence[str]) -> Edit:
    """New last items of a list; each is in one line."""
    if not node.items:
        return Edit(node.end - 1, node.end - 1, ", ".join(values))
    last = node.items[-1]
    if node.is_flow:
        return Edit(last.end, last.end, "".join(f", {value}" for value in values))
    return _new_lines(text, last, [f"- {value}" for value in values], " " * (node.column - 1))


def remove_item(text: str, node: Items, at: int) -> Edit:
    """A list without one of its items, of which it has more than one; the comment in its line goes with it."""
    spans = [(one.start, one.end) for one in node.items]
    return _without(text, spans, at, is_flow=node.is_flow)


def remove_entry(text: str, node: Entries, at: int) -> Edit:
    """A mapping without one of its entries, of which it has more than one; the comment in its line goes with it."""
    spans = [(key.start, value.end) for key, value in node.pairs]
    return _without(text, spans, at, is_flow=node.is_flow)


def fill(text: str, key: Scalar, node: Node, entries: Iterable[tuple[str, str]]) -> Edit:
    """The first entries of an empty mapping, in lines of their own below its key; values as of `add_entry`."""
    end, indent = newline(text), " " * (key.column + 1)
    lines = [f"{name}:{value}" if value.startswith("\n") else f"{name}: {value}" for name, value in entries]
    new = "".join(end + indent + line.replace("\n", end + indent) for line in lines)
    return Edit(key.end, max(key.end, node.end), ":" + new)


def _without(text: str, spans: Sequence[tuple[int, int]], at: int, *, is_flow: bool) -> Edit:
    start, end = spans[at]
    if not is_flow:
        return Edit(text.rfind("\n", 0, start) + 1, _end_of_line(text, end), "")
    if at + 1 < len(spans):
        return Edit(start, spans[at + 1][0], "")
    before, behind = spans[at - 1][1], text[end:].lstrip()
    if "\n" not in text[before:start]:
        return Edit(before, end, "")
    # Over several lines, what stands behind the comma before it belongs to the one before.
    return Edit(start, len(text) - len(behind) + 1 if behind.startswith(",") else end, "")


def _end_of_line(text: str, at: int) -> int:
    """Where the next line begins."""
    if at > 0 and text[at - 1] == "\n":
        return at
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


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
