"""What records refer to: groups by their names, people by their addresses, other records by their numbers."""

import re
from typing import Final

from hubposture.connectors.servicenow.tables import Condition, Tables

SYS_ID: Final = re.compile(r"[0-9a-f]{32}")
"""The id of a record."""

_TASKS: Final = "task"


class Lookups:
    """Looks up sys_ids, each once. Methods give '' where there is no active one or more than one, and raise RemoteError."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[tuple[str, str, str], str] = {}

    def group(self, name: str) -> str:
        """An active group by its name."""
        return self._one("sys_user_group", "name", name)

    def user(self, address: str) -> str:
        """An active user by address."""
        return self._one("sys_user", "email", address)

    def record(self, named: str) -> str:
        """A task of any kind, by its number or its sys_id."""
        return named if SYS_ID.fullmatch(named) else self._one(_TASKS, "number", named)

    def forget(self) -> None:
        """Look everything up anew: something was not where it had been."""
        self._known.clear()

    def _one(self, table: str, by: str, value: str) -> str:
        place = (table, by, value.casefold())
        if place not in self._known:
            # Tasks that are done are not active, and may well be referred to.
            rows = list(self._tables.rows(table, (Condition(by, (value,)),), ("active",)))
            found = [row["sys_id"] for row in rows if table == _TASKS or row.get("active") != "false"]
            if len(found) != 1:
                return ""
            self._known[place] = found[0]
        return self._known[place]
