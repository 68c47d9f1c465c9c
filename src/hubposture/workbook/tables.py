"""Excel tables on a sheet: their heading cells are fixed, and a row added right below one becomes part of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hubposture.workbook.container import Container
from hubposture.workbook.limits import Limits
from hubposture.workbook.names import Area, parse_area
from hubposture.workbook.package import read_relations
from hubposture.workbook.parsing import parse_part


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its part, its area, and whether it has a heading row and a row of totals."""

    path: str
    area: Area
    heading: bool
    totals: bool

    def is_heading(self, row: int, column: int) -> bool:
        """Whether that cell names a column of the table."""
        return self.heading and row == self.area.top and self.area.left <= column <= self.area.right

    def grown_over(self, row: int, columns: Iterable[int]) -> "Table":
        """The table with a row right below it taken in, if a new cell of it stands under the table."""
        below = row == self.area.bottom + 1 and any(self.area.left <= column <= self.area.right for column in columns)
        return replace(self, area=replace(self.area, bottom=row)) if below and not self.totals else self


def tables_on(container: Container, sheet_path: str, *, limits: Limits) -> tuple[Table, ...]:
    """The tables of a sheet, in the order of its relationships."""
    found: list[Table] = []
    for relation in read_relations(container, sheet_path, limits=limits):
        if relation.kind == "table":
            table = _read_table(container, relation.target, limits=limits)
            if table is not None:
                found.append(table)
    return tuple(found)


def _read_table(container: Container, path: str, *, limits: Limits) -> Table | None:
    roots: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not roots and name.endswith(" table"):
            roots.append(attributes)

    parse_part(container, path, start=start, limits=limits)
    area = parse_area(roots[0].get("ref", "")) if roots else None
    if area is None:
        return None
    return Table(path, area, roots[0].get("headerRowCount", "1") != "0", roots[0].get("totalsRowCount", "0") != "0")


def resized(xml: bytes, *, before: Area, after: Area) -> bytes:
    """A table's XML with its area and its filter's area changed."""
    old, new = str(before).encode(), str(after).encode()
    return re.sub(
        rb"(<(?:\w+:)?(?:table|autoFilter)\b[^>]*?\bref\s*=\s*[\"'])" + old + rb"(?=[\"'])", rb"\g<1>" + new, xml
    )
