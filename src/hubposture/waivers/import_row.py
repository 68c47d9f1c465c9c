"""One row of a list of exceptions, as what it says of a waiver."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hubposture.matrix.cells import Cell
from hubposture.matrix.columns import normal
from hubposture.matrix.rows import Origin
from hubposture.matrix.values import RowReader
from hubposture.model.controls import control_id, is_control_id
from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN, REGION_PATTERN, Organization
from hubposture.waivers.waiver import WaiverType

LISTS = ("controls", "resources", "accounts", "ous", "regions", "tags")
"""What several rows of one id join."""
SAME = ("type", "reason", "compensating", "owner", "risk_owner", "requested_by", "valid_from", "expires")
"""What all rows of one id that say it must say alike."""

_EVERYTHING = frozenset({"all", "any", "*", "everywhere", "global", "alle"})
_FOREVER = frozenset({"never", "none", "na", "permanent", "permanently", "indefinite", "unlimited", "forever", "tbd"})
_RELATIVE = re.compile(r"(?:in |for |\+ ?)?([0-9]{1,3}) ?(d|days?|w|weeks?|m|months?|y|years?)", re.IGNORECASE)
_ID_IN_TEXT = re.compile(rf"(?<![0-9]){ACCOUNT_PATTERN}(?![0-9])")
_TIDY = re.compile(r"[^A-Za-z0-9._-]+")
_TYPES = {
    "exception": WaiverType.RISK_ACCEPTANCE,
    "riskaccepted": WaiverType.RISK_ACCEPTANCE,
    "acceptedrisk": WaiverType.RISK_ACCEPTANCE,
    "accepted": WaiverType.RISK_ACCEPTANCE,
    "fp": WaiverType.FALSE_POSITIVE,
    "compensated": WaiverType.COMPENSATING,
    "compensatingcontrol": WaiverType.COMPENSATING,
    "mitigated": WaiverType.COMPENSATING,
    "remediation": WaiverType.REMEDIATION_PLAN,
    "temporary": WaiverType.REMEDIATION_PLAN,
}


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row: `lists` and `values` by the entry of a waiver, only what it says, in a form that can be taken.

    `called` is the id as the sheet writes it. `given` are the entries for which it has a cell, readable or not (`is_broken`); `said` is what is kept as a comment.
    """

    id: str
    called: str
    at: Origin
    lists: Mapping[str, tuple[str, ...]]
    values: Mapping[str, object]
    given: frozenset[str]
    said: tuple[str, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading rows needs: the day from which "90 days" counts, and accounts by name where they are known."""

    today: dt.date
    prefix: str
    organization: Organization | None = None

    def row(self, read: RowReader, at: Origin, given: frozenset[str]) -> ImportedRow:
        """What a row says; what is wrong is put into the reader's problems. `given` are the keys of its cells."""
        lists = {
            "controls": _controls(read),
            "resources": _resources(read),
            "accounts": self._accounts(read),
            "ous": _matching(read, "ous", f"{OU_PATTERN}|/.*", "write its id or its path (/Workloads/Prod)"),
            "regions": _matching(read, "regions", f"(?i:{REGION_PATTERN})", "Regions look like eu-central-1"),
            "tags": _matching(read, "tags", "[^=]+=.*", "write name=pattern; name=* is any value"),
        }
        values: dict[str, object] = {
            "type": read.choice("type", WaiverType, _TYPES),
            "valid_from": read.date("valid_from"),
            "expires": self._end(read),
            "reason": read.text("reason"),
            "compensating": read.text("compensating"),
            **{key: " ".join(read.text(key).split()) for key in ("owner", "risk_owner", "requested_by")},
        }
        called = read.name("id")
        said = {"approved there by": "approver", "reference there:": "reference", "status there:": "status"}
        return ImportedRow(
            id=_TIDY.sub("-", called).strip("-._") or f"{self.prefix}-{at.row}",
            called=called,
            at=at,
            lists={key: one for key, one in lists.items() if one},
            values={key: value for key, value in values.items() if value not in (None, "")},
            given=given,
            said=tuple(f"{words} {text}" for words, key in said.items() if (text := read.text(key))),
        )

    def _accounts(self, read: RowReader) -> tuple[str, ...]:
        cell = read.cell("accounts")
        found: dict[str, None] = {}
        for text in read.accounts("accounts"):
            if text.casefold() in _EVERYTHING:
                continue
            ids = _ID_IN_TEXT.findall(text) or [one for one in [self._named(text)] if one]
            if cell is not None and len(ids) != 1:
                read.problem(cell, f"{text!r} is not an account", "write its 12 digits, or its exact name or alias")
            found.update(dict.fromkeys(ids))
        return tuple(found)

    def _named(self, text: str) -> str:
        """The id of an account by its name or alias; '' where there is none, or more than one."""
        if self.organization is None:
            return ""
        wanted = text.casefold()
        known = self.organization.accounts.values()
        found = [one.id for one in known if wanted in (one.name.casefold(), one.alias.casefold())]
        return found[0] if len(found) == 1 else ""

    def _end(self, read: RowReader) -> dt.date | None:
        """The last day; how long it may be from today is made a day."""
        cell = read.cell("expires")
        if cell is None:
            return None
        text = " ".join(cell.text.split())
        if found := _RELATIVE.fullmatch(text):
            return after(self.today, int(found[1]), found[2])
        if normal(text) in _FOREVER:
            read.problem(cell, f"{text!r} is no end", "a waiver expires; write the last day, or how long: 90 days")
            return None
        return read.date("expires")


def after(today: dt.date, count: int, unit: str) -> dt.date:
    """A number of days, weeks, months or years after a day; the last of the month where it has no such day."""
    match unit[0].lower():
        case "d":
            return today + dt.timedelta(days=count)
        case "w":
            return today + dt.timedelta(weeks=count)
        case "m":
            months = today.month - 1 + count
        case _:
            months = today.month - 1 + 12 * count
    year, month = today.year + months // 12, months % 12 + 1
    return dt.date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _controls(read: RowReader) -> tuple[str, ...]:
    cell = read.cell("controls")
    names = read.names("controls")
    for text in names:
        if cell is not None and not is_control_id(text):
            read.problem(cell, f"{text!r} is not a control id", "control ids look like S3.8, and take no wildcards")
    return tuple(dict.fromkeys(control_id(text) for text in names if is_control_id(text)))


def _resources(read: RowReader) -> tuple[str, ...]:
    return tuple("*" if text.casefold() in _EVERYTHING else text for text in read.names("resources"))


def _matching(read: RowReader, key: str, pattern: str, hint: str) -> tuple[str, ...]:
    cell = read.cell(key)
    found = [text for text in read.names(key) if text.casefold() not in _EVERYTHING]
    for text in found:
        if cell is not None and not re.fullmatch(pattern, text):
            read.problem(cell, f"{text!r} cannot stand in {key}", hint)
    return tuple(text for text in found if re.fullmatch(pattern, text))


def filled(cells: Mapping[str, Cell], defaults: Mapping[str, str], first: Cell) -> dict[str, Cell]:
    """A row's cells with those of the defaults where it has none; a default stands where the row begins."""
    given = {key: Cell(first.sheet, first.row, first.column, text) for key, text in defaults.items() if text.strip()}
    return {**given, **cells}
