"""SQL that comes with the package: files of statements, run one by one on a connection."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Protocol


class Connection(Protocol):
    """What is used of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run one statement with `$name` parameters."""


def run(connection: Connection, package: str, name: str, parameters: Mapping[str, object] | None = None) -> None:
    """Run the statements of `sql/NAME.sql` of a package in order, each with those parameters that it names."""
    given = parameters or {}
    for statement in statements(package, name):
        named = set(re.findall(r"\$(\w+)", statement))
        connection.execute(statement, {key: value for key, value in given.items() if key in named})


@cache
def statements(package: str, name: str) -> tuple[str, ...]:
    """The statements of a file; no comment or text in them ends a line with a semicolon."""
    text = resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return tuple(part for part in text.split(";\n") if part.strip())
