"""A filter as a tree: what the text says, before it becomes SQL."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    r"""How a field is compared. `matches` takes `*` and `?`; everything else in its value is literal.

    EXACTLY and LIKE are for filters that are computed, not written: case matters there, and nothing in EXACTLY's values is
    a wildcard. Of LIKE's only `*` is, and `\*` and `\\` stand for the signs themselves.
    """

    IS = "="
    IS_NOT = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    CONTAINS = "~"
    CONTAINS_NOT = "!~"
    EXACTLY = "=="
    LIKE = "~~"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one or several values (any of them; for `!=` and `!~` none of them).

    `name` is the field as in `fields.FIELDS`; of `tag:owner` it is `tag` and `key` is `owner`, else `key` is ''.
    """

    name: str
    operator: Operator
    values: tuple[str | int | dt.datetime, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """What a filter does not have."""

    inner: "Filter"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them; empty has everything."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    parts: tuple["Filter", ...]


Filter = Comparison | Not | All | AnyOf

EVERYTHING: Filter = All(())
