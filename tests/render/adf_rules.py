"""A small validator of the nodes of Atlassian Document Format that are used, by its published schema."""

from typing import Any

_BLOCKS = {"paragraph", "heading", "bulletList", "table"}
_ALONE = [set(), {"strong"}, {"code"}, {"link"}]


def check(document: dict[str, Any]) -> None:
    """Fails where the document is none that Jira takes."""
    assert set(document) == {"version", "type", "content"}
    assert (document["version"], document["type"]) == (1, "doc")
    for node in document["content"]:
        assert node["type"] in _BLOCKS
        _node(node)


def texts(node: dict[str, Any]) -> list[str]:
    """Every text in a node, in reading order."""
    if node["type"] == "text":
        return [node["text"]]
    return [text for one in node["content"] for text in texts(one)]


def _node(node: dict[str, Any]) -> None:
    match node["type"]:
        case "paragraph":
            assert set(node) == {"type", "content"}
            _texts(node)
        case "heading":
            assert set(node) == {"type", "attrs", "content"}
            assert node["attrs"] == {"level": 3}
            _texts(node)
        case "bulletList":
            assert node["content"], "a list has at least one item"
            _children(node, {"listItem"})
        case "table":
            assert node["content"], "a table has at least one row"
            _children(node, {"tableRow"})
            assert len({len(row["content"]) for row in node["content"]}) == 1
        case "tableRow":
            assert node["content"], "a row has at least one cell"
            _children(node, {"tableHeader", "tableCell"})
        case "listItem" | "tableHeader" | "tableCell":
            assert node["content"], "an item or a cell holds at least one block"
            _children(node, {"paragraph"})
        case other:
            raise AssertionError(other)


def _children(node: dict[str, Any], kinds: set[str]) -> None:
    assert set(node) == {"type", "content"}
    for one in node["content"]:
        assert one["type"] in kinds
        _node(one)


def _texts(node: dict[str, Any]) -> None:
    for one in node["content"]:
        assert set(one) <= {"type", "text", "marks"}
        assert one["type"] == "text"
        assert one["text"], "a text is never empty"
        assert one.get("marks", ["some"]), "marks are left out where there are none"
        assert {mark["type"] for mark in one.get("marks", [])} in _ALONE
        for mark in one.get("marks", []):
            assert mark["type"] != "link" or mark["attrs"]["href"].startswith(("http://", "https://"))
