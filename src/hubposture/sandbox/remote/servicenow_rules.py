"""Business rules and data policies of the desk: what a write is refused for, and what it brings about."""

from collections.abc import Mapping

from hubposture.sandbox.remote.servicenow_world import Row, Tables

DESK: Mapping[str, Mapping[str, str]] = {
    "incident": {"6": "resolved", "7": "closed", "8": "canceled"},
    "u_security_task": {"3": "closed", "4": "closed", "7": "closed"},
}
"""Tables of tickets, and which of their states are an end."""

_FINAL = ("closed", "canceled")
_NOTES = frozenset({"work_notes", "comments"})
_NEEDED = ("close_code", "close_notes")
_PRIORITIES = {"11": "1", "12": "2", "13": "3", "21": "2", "22": "3", "23": "4", "31": "3", "32": "4", "33": "5"}
"""Priority by impact and urgency, as a new instance looks it up."""


def refusal(tables: Tables, name: str, row: Row | None, *, values: Mapping[str, str]) -> str:
    """Why a write over REST is refused; ''. `row` is the record that is changed, None for a new one."""
    if name not in DESK:
        return ""
    if row is not None and tables.switches.closed_is_final and DESK[name].get(row.get("state", "")) in _FINAL:
        touched = {one for one, value in values.items() if row.get(one, "") != value} - _NOTES
        return f"Operation against file '{name}' was aborted by Business Rule 'Closed is final'" if touched else ""
    after = {**(row or {}), **values}
    needed = [one for table, one in sorted(tables.switches.mandatory_by_policy) if table == name and row is None]
    ended = DESK[name].get(after.get("state", ""))
    if name == "incident" and tables.switches.close_needs_code and ended in ("resolved", "closed"):
        needed += _NEEDED
    empty = ", ".join(one.replace("_", " ").capitalize() for one in needed if not after.get(one))
    return f"Data Policy Exception: The following fields are mandatory: {empty}" if empty else ""


def apply(tables: Tables, name: str, row: Row, *, before: Mapping[str, str], by: str) -> None:
    """Set what follows from a write: the priority, and the marks of an end or of a new beginning."""
    if name not in DESK:
        return
    row["priority"] = _PRIORITIES.get(row.get("impact", "") + row.get("urgency", ""), "4")
    was, now = (DESK[name].get(one.get("state", ""), "") for one in (before, row))
    if was == now:
        return
    row["active"] = str(now not in _FINAL).lower()
    person = next((one["sys_id"] for one in tables.rows("sys_user") if by in (one["user_name"], one["email"])), "")
    if now == "resolved":
        row |= {"resolved_at": tables.written, "resolved_by": person}
    elif now:
        row |= {"closed_at": tables.written, "closed_by": person}
    else:
        row |= {one: "" for one in ("resolved_at", "resolved_by", "closed_at", "closed_by") if one in row}
        if "reopen_count" in row:
            row["reopen_count"] = str(int(row["reopen_count"] or "0") + 1)
