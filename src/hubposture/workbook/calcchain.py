"""The calculation chain names every formula cell; a name of a cell without one makes Excel call the file damaged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.workbook.container import Container
from hubposture.workbook.package import Package, relations_path

_CELL = re.compile(rb"<(?P<tag>(?:\w+:)?c)\b[^>]*?/>")
_ATTRIBUTE = re.compile(rb"\b(?P<name>[ri])\s*=\s*[\"'](?P<value>[^\"']*)[\"']")


@dataclass(frozen=True, slots=True)
class ChainChange:
    """Parts to replace and to leave out so that the chain names only formulas that are still there."""

    changed: Mapping[str, bytes] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


def without_formulas(container: Container, package: Package, gone: set[tuple[str, str]]) -> ChainChange:
    """Take `gone`, pairs of sheet id and reference, out of the chain; drop the whole part when nothing stays."""
    part = package.related("calcChain")
    if part is None or not gone or part.target not in container.entries:
        return ChainChange()
    xml = container.read(part.target)
    sheet = b""
    kept = 0

    def one(match: re.Match[bytes]) -> bytes:
        nonlocal sheet, kept
        values = {found["name"]: found["value"] for found in _ATTRIBUTE.finditer(match[0])}
        sheet = values.get(b"i", sheet)  # an entry without it is on the sheet of the one before
        if (sheet.decode(), values.get(b"r", b"").decode()) in gone:
            return b""
        kept += 1
        if b"i" in values:
            return match[0]
        return match[0].replace(match["tag"], match["tag"] + b' i="' + sheet + b'"', 1)

    changed = _CELL.sub(one, xml)
    if kept:
        return ChainChange({part.target: changed})
    return ChainChange(_without_part(container, package, part.target), frozenset({part.target}))


def _without_part(container: Container, package: Package, path: str) -> dict[str, bytes]:
    """The content types and the workbook's relationships without a part."""
    name = re.escape(path.rpartition("/")[2].encode())
    relations = relations_path(package.workbook_path)
    types = "[Content_Types].xml"
    return {
        types: re.sub(rb"<(?:\w+:)?Override\b[^>]*?" + name + rb"[\"'][^>]*?/>", b"", container.read(types)),
        relations: re.sub(
            rb"<(?:\w+:)?Relationship\b[^>]*?" + name + rb"[\"'][^>]*?/>", b"", container.read(relations)
        ),
    }
