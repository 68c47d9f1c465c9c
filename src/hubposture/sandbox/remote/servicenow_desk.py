"""What people of an emulated ServiceNow do to tickets by hand."""

from hubposture.sandbox.remote import servicenow_rules
from hubposture.sandbox.remote.servicenow_flow import Flow
from hubposture.sandbox.remote.servicenow_world import Row, Tables


class Desk:
    """People at their desks: what they do goes past the rules for REST, as an administrator may."""

    def __init__(self, tables: Tables, flow: Flow) -> None:
        self._tables = tables
        self._flow = flow

    def find(self, number: str) -> tuple[str, Row]:
        """A record by its number, with its table. Raises KeyError where there is none."""
        for name in self._tables.tables:
            for row in self._tables.rows(name):
                if row.get("number") == number:
                    return name, row
        raise KeyError(number)

    def group(self, name: str) -> str:
        """The sys_id of the group of that name; made if there is none."""
        for row in self._tables.rows("sys_user_group"):
            if row["name"] == name:
                return row["sys_id"]
        return self._tables.insert("sys_user_group", {"name": name, "active": "true"})["sys_id"]

    def remove_group(self, name: str) -> None:
        """Delete a group; records keep a reference that leads nowhere."""
        rows = self._tables.rows("sys_user_group")
        rows[:] = [row for row in rows if row["name"] != name]

    def work_on(self, number: str, by: str) -> None:
        """Begin with a ticket."""
        self.set(number, by, state="2", assigned_to=self._flow.user(by)["sys_id"])

    def resolve(self, number: str, by: str, *, code: str = "Solution provided", notes: str = "Done.") -> None:
        """Resolve an incident; it may be opened again."""
        self.set(number, by, state="6", close_code=code, close_notes=notes)

    def close(self, number: str, by: str, *, code: str = "Solution provided", notes: str = "Done.") -> None:
        """Close a ticket for good."""
        name, _ = self.find(number)
        coded = {"close_code": code} if name == "incident" else {"u_outcome": code}
        self.set(number, by, state="7" if name == "incident" else "3", close_notes=notes, **coded)

    def cancel(self, number: str, by: str) -> None:
        """Cancel an incident."""
        self.set(number, by, state="8")

    def reopen(self, number: str, by: str) -> None:
        """Open a ticket again."""
        self.set(number, by, state="2")

    def delete(self, number: str) -> None:
        """Delete a ticket."""
        name, row = self.find(number)
        self._tables.rows(name).remove(row)

    def reassign(self, number: str, by: str, *, group: str) -> None:
        """Give a ticket to another group, and to nobody of it."""
        self.set(number, by, assignment_group=self.group(group), assigned_to="")

    def say(self, number: str, by: str, words: str) -> None:
        """Write a work note."""
        self.set(number, by, work_notes=words)

    def said(self, number: str, *, element: str = "work_notes") -> list[str]:
        """The entries of a ticket's journal, the oldest first."""
        _, row = self.find(number)
        entries = self._tables.rows("sys_journal_field")
        return [one["value"] for one in entries if (one["element_id"], one["element"]) == (row["sys_id"], element)]

    def set(self, number: str, by: str, **values: str) -> None:
        """Set fields of a ticket by hand."""
        name, row = self.find(number)
        before, user = dict(row), self._flow.user(by)["user_name"]
        self._tables.update(name, row, values, by=user)
        servicenow_rules.apply(self._tables, name, row, before=before, by=user)
