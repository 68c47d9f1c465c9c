"""The Atlassian Document Format, as far as an emulated Jira takes it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

LONGEST_TEXT = 32_767

_BLOCKS = {"paragraph", "heading", "bulletList", "orderedList", "table", "rule", "codeBlock", "panel", "blockquote"}
_INLINE = {"text", "hardBreak"}
_CELL = _BLOCKS - {"table"}
_CONTENT: Mapping[str, set[str]] = {
    "doc": _BLOCKS,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": _CELL,
    "tableCell": _CELL,
    "panel": {"paragraph", "heading", "bulletList", "orderedList"},
    "blockquote": {"paragraph"},
    "codeBlock": {"text"},
}
_MAY_BE_EMPTY = {"doc", "paragraph", "heading", "codeBlock"}
_LEAVES = {"text", "hardBreak", "rule"}
_MARKS = {"strong", "code", "link", "em", "strike", "underline"}
_PANELS = {"info", "note", "warning", "success", "error"}
_SCHEMES = {"http", "https", "mailto"}
_DEEPEST_HEADING = 6
_DEEPEST = 40


def faults(document: Any) -> list[str]:
    """What is wrong with a document; empty where it is one that Jira takes."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return ["a document has type doc and version 1"]
    if extra := set(document) - {"type", "version", "content"}:
        return [f"a document has no {min(extra)}"]
    if not isinstance(document.get("content"), list):
        return ["a document has content"]
    return list(_inner(document, 0))


def text(document: Any) -> str:
    """The plain text of a document, one line a block."""
    if not isinstance(document, dict):
        return ""
    if document.get("type") == "text":
        return str(document.get("text", ""))
    if document.get("type") == "hardBreak":
        return "\n"
    parts = [text(one) for one in document.get("content", [])]
    is_line = document.get("type") in {"paragraph", "heading", "codeBlock"}
    return "".join(parts) + "\n" if is_line else "".join(parts)


def _inner(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    kind = str(node["type"])
    content = node.get("content", [])
    if depth > _DEEPEST:
        yield "it is nested too deep"
        return
    if not isinstance(content, list) or (not content and kind not in _MAY_BE_EMPTY):
        yield f"{kind} needs content"
        return
    for one in content:
        if not isinstance(one, dict) or str(one.get("type")) not in _CONTENT[kind]:
            yield f"{kind} cannot hold {one.get('type') if isinstance(one, dict) else one!r}"
            continue
        yield from _node(one, depth, is_code=kind == "codeBlock")
    if kind == "listItem" and content[0].get("type") not in {"paragraph", "codeBlock"}:
        yield "a listItem begins with a paragraph"


def _node(node: Mapping[str, Any], depth: int, *, is_code: bool) -> Iterator[str]:
    kind = node["type"]
    if extra := set(node) - {"type", "content", "attrs", "marks", "text"}:
        yield f"{kind} has no {min(extra)}"
    if not isinstance(node.get("attrs", {}), dict):
        yield f"the attrs of {kind} are no object"
        return
    if kind == "text":
        yield from _text(node, is_code=is_code)
    elif "text" in node or "marks" in node:
        yield f"{kind} has neither text nor marks"
    yield from _attributes(kind, node.get("attrs", {}))
    if kind in _LEAVES:
        if "content" in node:
            yield f"{kind} has no content"
    else:
        yield from _inner(node, depth + 1)


def _attributes(kind: str, attrs: Mapping[str, Any]) -> Iterator[str]:
    level = attrs.get("level")
    if kind == "heading" and (not isinstance(level, int) or not 1 <= level <= _DEEPEST_HEADING):
        yield "a heading has a level from 1 to 6"
    if kind == "panel" and str(attrs.get("panelType")) not in _PANELS:
        yield f"there is no panel {attrs.get('panelType')!r}"


def _text(node: Mapping[str, Any], *, is_code: bool) -> Iterator[str]:
    if not isinstance(node.get("text"), str) or not node["text"]:
        yield "a text has at least one character"
    marks = node.get("marks", [])
    if not isinstance(marks, list) or not all(isinstance(one, dict) for one in marks):
        yield "marks are objects"
        return
    names = [str(one.get("type")) for one in marks]
    if unknown := [name for name in names if name not in _MARKS]:
        yield f"there is no mark {unknown[0]!r}"
    if is_code and names:
        yield "text of a codeBlock has no marks"
    if "code" in names and set(names) - {"code", "link"}:
        yield "code goes with link alone"
    if len(names) != len(set(names)):
        yield "a mark is there twice"
    for one in marks:
        if one.get("type") == "link":
            yield from _link(one)


def _link(mark: Mapping[str, Any]) -> Iterator[str]:
    attrs = mark.get("attrs")
    href = attrs.get("href") if isinstance(attrs, dict) else None
    try:
        scheme = urlsplit(href).scheme if isinstance(href, str) else ""
    except ValueError:
        scheme = ""
    if scheme not in _SCHEMES:
        yield f"a link leads nowhere: {href!r}"
