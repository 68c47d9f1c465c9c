"""What a record says, and who decided it."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from hubposture.connectors.servicenow.shape import RecordShape
from hubposture.connectors.servicenow.tables import Condition, Row, Tables
from hubposture.connectors.servicenow.values import moment
from hubposture.waivers.standing import Verdict

_APPROVERS: Final = "sysapproval_approver"
_FIELDS: Final = ("approver", "state", "comments", "sys_updated_on")
_LONGEST_COMMENT: Final = 500
_JOURNAL_HEAD: Final = re.compile(
    r"^\d[\d.:/\- ]{7,}.* - .*\((Comments|Additional comments|Work notes)\)\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Decision:
    """One approver's row: who (sys_id), what (`approved`, `rejected`, ...), when, and in which words."""

    approver: str
    state: str
    at: dt.datetime | None
    comments: str


@dataclass(frozen=True, slots=True)
class Meant:
    """What the state of a record means; `why` says what is odd about it."""

    verdict: Verdict | None
    why: str = ""


def meant(row: Row, shape: RecordShape) -> Meant:
    """What the first meaning that fits says. A state that nobody named decides nothing."""
    for one in shape.meanings:
        if row.get(one.field) == one.value:
            return Meant(one.verdict)
    states = {one.field: row.get(one.field, "") for one in shape.meanings}
    named = ", ".join(f"{name} is {value or 'empty'}" for name, value in states.items())
    return Meant(None, f"{named}, which the settings give no meaning to")


def decisions(tables: Tables, record: str) -> list[Decision]:
    """Every approver's row of a record, the oldest decision first. Raises RemoteError.

    A task is named by `sysapproval`, a record of another table by `document_id`.
    """
    for field in ("sysapproval", "document_id"):
        rows = tables.rows(_APPROVERS, (Condition(field, (record,)),), _FIELDS, journals=("comments",))
        if found := [_decision(row) for row in rows]:
            return sorted(found, key=lambda one: (one.at is not None, one.at, one.approver))
    return []


def _decision(row: Row) -> Decision:
    at = moment(row.get("sys_updated_on", ""))
    return Decision(row.get("approver", ""), row.get("state", ""), at, comment(row.get("comments", "")))


def comment(text: str) -> str:
    """The newest entry of a journal without its heading, on one line and short."""
    heads = list(_JOURNAL_HEAD.finditer(text))
    if heads:
        end = heads[1].start() if len(heads) > 1 else len(text)
        text = text[heads[0].end() : end]
    return " ".join(text.split())[:_LONGEST_COMMENT]
