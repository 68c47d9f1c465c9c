"""Which cell formats of a workbook show dates, so that a date can be written as one."""

import datetime as dt
import re

from hubposture.workbook.container import Container
from hubposture.workbook.limits import Limits
from hubposture.workbook.package import Package
from hubposture.workbook.parsing import parse_part

_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_CODES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_EPOCH = dt.date(1899, 12, 30)
_EPOCH_1904 = dt.date(1904, 1, 1)


def date_styles(container: Container, package: Package, *, limits: Limits) -> frozenset[str]:
    """The style indexes, as cells write them, whose number format shows a date; empty without a styles part."""
    part = package.related("styles")
    if part is None:
        return frozenset()
    codes: dict[str, str] = {}
    formats: list[str] = []
    inside = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        local = name.rpartition(" ")[2]
        if local in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside = local
        elif local == "numFmt" and inside != "dxfs":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local == "xf" and inside == "cellXfs":
            formats.append(attributes.get("numFmtId", "0"))

    parse_part(container, part.target, start=start, limits=limits)
    return frozenset(str(index) for index, number in enumerate(formats) if _shows_date(number, codes))


def _shows_date(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        code = _NOT_CODES.sub("", codes[number]).lower()
        return "y" in code or "d" in code
    return number.isascii() and number.isdigit() and int(number) in _BUILT_IN_DATES


def serial_number(text: str, *, since_1904: bool) -> int | None:
    """The number that stands for an ISO 8601 date in a workbook; None for a text that is no date after 1900-03-01."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    if day < dt.date(1904, 1, 2):
        return None  # around 1900 programs disagree about a leap day
    return (day - (_EPOCH_1904 if since_1904 else _EPOCH)).days
