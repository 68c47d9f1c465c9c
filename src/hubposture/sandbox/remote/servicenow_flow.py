"""What the instance's own flow makes of a record: it asks approvers, and keeps the parent's approval."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.sandbox.remote.servicenow_world import Row, Tables


@dataclass(frozen=True, slots=True)
class Course:
    """How records of one table go: what is set when approvers are asked, and at each end."""

    asked: Mapping[str, str]
    approved: Mapping[str, str]
    rejected: Mapping[str, str]
    withdrawn: Mapping[str, str]
    end: str = ""


COURSES = {
    "sn_compliance_policy_exception": Course(
        {"state": "6", "approval": "requested"},
        {"state": "8", "approval": "approved"},
        {"state": "7", "approval": "rejected"},
        {"state": "3", "approval": "cancelled"},
        end="valid_to",
    ),
    "sc_req_item": Course(
        {"approval": "requested"}, {"approval": "approved", "state": "2"}, {"approval": "rejected"}, {"state": "4"}
    ),
    "change_request": Course(
        {"approval": "requested", "state": "-4"},
        {"approval": "approved", "state": "-2"},
        {"approval": "rejected", "state": "-5"},
        {"state": "4"},
        end="end_date",
    ),
    "u_waiver_request": Course(
        {"u_state": "asked"}, {"u_state": "granted"}, {"u_state": "refused"}, {"u_state": "taken back"}, end="u_until"
    ),
}
"""The tables for which a flow is defined."""


@dataclass(slots=True)
class Flow:
    """Asks `approvers` (addresses) whenever a record of one of the tables is made."""

    tables: Tables
    approvers: list[str] = field(default_factory=list)

    def made(self, table: str, row: Row) -> None:
        """Ask the approvers of a new record, as far as the instance does so."""
        course = COURSES.get(table)
        if course is None or not self.tables.switches.flow_asks:
            return
        self.tables.update(table, row, course.asked)
        for email in self.approvers:
            self.ask(table, row, email)

    def ask(self, table: str, row: Row, email: str) -> Row:
        """Make the row of one approver: by `sysapproval` for a task, by `document_id` for any other record."""
        is_task = any(one.name == "task" for one in self.tables.chain(table))
        named = {"sysapproval": row["sys_id"]} if is_task else {}
        values = {
            "document_id": row["sys_id"],
            "source_table": table,
            "approver": self.user(email)["sys_id"],
            "state": "requested",
        }
        return self.tables.insert("sysapproval_approver", values | named)

    def decide(self, row: Row, email: str, state: str, comments: str) -> None:
        """Let an approver decide; the others' rows are not needed any more."""
        user = self.user(email)["sys_id"]
        rows = [one for one in self.tables.rows("sysapproval_approver") if one["document_id"] == row["sys_id"]]
        for one in rows:
            if one["approver"] == user:
                said = {"comments": comments} if comments else {}
                self.tables.update("sysapproval_approver", one, {"state": state, **said}, by=email)
            elif one["state"] == "requested":
                self.tables.update("sysapproval_approver", one, {"state": "not_required"})

    def user(self, email: str) -> Row:
        """The user with an address; made if there is none."""
        for row in self.tables.rows("sys_user"):
            if row["email"] == email:
                return row
        name = email.partition("@")[0]
        values = {"email": email, "user_name": name, "name": name.title(), "active": "true"}
        return self.tables.insert("sys_user", values)
