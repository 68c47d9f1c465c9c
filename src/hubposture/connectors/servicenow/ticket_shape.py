"""How tickets look in one table of an instance, as data: fields, states, and where each outcome ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from hubposture.connectors.servicenow.tables import Row
from hubposture.work.ticket import Outcome

KEY_BEGINS: Final = "shub-"
"""What every key of ours begins with."""
KEY: Final = re.compile(r"shub-[0-9a-f]{12}")
"""A key of ours."""
SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW")

_TEXTS: Final = re.compile("notes?$|comments?$|description$")


@dataclass(frozen=True, slots=True)
class TicketShape:
    """One kind of ticket. `name` is the tracker's in the settings, `url` the instance's.

    The names of fields are '' where we have no such field. `done` are pairs of field and value of which any means that
    the record is done. `open`, `outcomes` and `severities` are what is written, by field; `constants` are written when a
    record is made.
    """

    name: str
    url: str
    table: str = "incident"
    key: str = "correlation_id"
    title: str = "short_description"
    body: str = "description"
    comment: str = "work_notes"
    group: str = "assignment_group"
    assignee: str = "assigned_to"
    due: str = "due_date"
    parent: str = "parent"
    open: Mapping[str, str] = field(default_factory=dict)
    done: tuple[tuple[str, str], ...] = ()
    outcomes: Mapping[Outcome, Mapping[str, str]] = field(default_factory=dict)
    severities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def severity(self, severity: str, raised: int) -> Mapping[str, str]:
        """What is written for a severity, `raised` steps higher and at most the highest; {} for one that is not ours."""
        if severity not in SEVERITIES:
            return {}
        return self.severities.get(SEVERITIES[max(0, SEVERITIES.index(severity) - max(0, raised))], {})

    def is_done(self, row: Row) -> bool:
        """Whether a record is done."""
        return any(row.get(name) == value for name, value in self.done)

    def is_known(self, row: Row) -> bool:
        """Whether it can be told if a record is done: one of the fields that say so may be read."""
        return any(row.get(name) for name, _ in self.done)

    @property
    def states(self) -> tuple[str, ...]:
        """The fields that say how far a record is, in the order of the settings."""
        return tuple(dict.fromkeys(name for name, _ in self.done))

    @property
    def resolution(self) -> str:
        """The field that says how a record was done: the first one written with an outcome that is no state and no text."""
        written = [name for pairs in self.outcomes.values() for name in pairs]
        return next((name for name in written if name not in self.states and not _TEXTS.search(name)), "")

    def browse(self, sys_id: str) -> str:
        """Where a record is opened in a browser."""
        return f"{self.url.rstrip('/')}/nav_to.do?uri={quote(f'{self.table}.do?sys_id={sys_id}', safe='')}"

    def setting(self, name: str) -> str:
        """How a setting is called, for hints."""
        return f"servicenow.{name}"
