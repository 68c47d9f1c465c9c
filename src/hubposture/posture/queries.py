"""The portable queries, and how they are run."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

Execute = Callable[[str, Mapping[str, object]], Sequence[tuple[Any, ...]]]
"""Runs one statement with named parameters (`$name`) and gives its rows; the tables of `findings.tables` are there."""

QUERIES = ("status", "aws", "scores", "movement")
"""The queries of `sql/`, by name: each is one statement in the portable subset, its rows in a total order."""


@cache
def query(name: str) -> str:
    """The text of one of QUERIES, as DuckDB runs it."""
    return resources.files("hubposture.posture").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
