"""Fields, rows and a filter's meaning in plain Python, beside the SQL."""

import datetime as dt
import fnmatch
import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from hubposture.filters import All, AnyOf, ColumnSql, Comparison, Field, Filter, Not, Operator, Shape

NOW = dt.datetime(2026, 11, 24, 10, 40, tzinfo=dt.UTC)
SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
STATUSES = ("FAILED", "WARNING", "NOT_AVAILABLE", "PASSED")
FIELDS = {
    field.name: field
    for field in (
        Field("control", Shape.TEXT, "control id", "control=S3.8"),
        Field("severity", Shape.RANK, "severity", "severity>=HIGH", SEVERITIES),
        Field("status", Shape.CHOICE, "status", "status=FAILED", STATUSES),
        Field("account", Shape.TEXT, "account id, alias or name", "account=acme-prod"),
        Field("ou", Shape.PATH, "OU", "ou=/Workloads"),
        Field("region", Shape.TEXT, "Region", "region=eu-*"),
        Field("tag", Shape.TEXT, "a tag", "tag:owner=web", is_keyed=True),
        Field("resource", Shape.TEXT, "resource", "resource~public"),
        Field("since", Shape.TIME, "failing since", "since>30d"),
        Field("suppressed", Shape.TRUTH, "suppressed", "suppressed=yes"),
        Field("returns", Shape.NUMBER, "returns", "returns>=2"),
        Field("text", Shape.TEXT, "anything that is text", '"public bucket"'),
    )
}
COLUMNS = {
    "control": [ColumnSql("control", is_lower=True)],
    "severity": [ColumnSql("severity", ranks=SEVERITIES)],
    "status": [ColumnSql("status", is_exact=True)],
    "account": [
        ColumnSql("account", is_lower=True),
        ColumnSql("alias", within="account IN (SELECT account FROM accounts WHERE {})"),
    ],
    "ou": [ColumnSql("ou", within="account IN (SELECT account FROM units WHERE {})")],
    "region": [ColumnSql("region", is_lower=True)],
    "tag": [ColumnSql("value", within="tagset IN (SELECT tagset FROM tags WHERE {})", key="tag")],
    "resource": [ColumnSql("resource")],
    "since": [ColumnSql("since")],
    "suppressed": [ColumnSql("suppressed", is_truth=True)],
    "returns": [ColumnSql("returns")],
    "text": [ColumnSql("control", is_lower=True), ColumnSql("resource")],
}
ALIASES = {"111111111111": "acme-Prod", "222222222222": "", "333333333333": "100%_[x]"}
UNITS = {"111111111111": ("/", "/Work", "/Work/Prod"), "222222222222": ("/", "/Work"), "333333333333": ("/",)}
TAGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "": (),
    "t1": (("Owner", "web"), ("env", "")),
    "t2": (("owner", "Data_1"), ("cost center", "7!")),
}
SIGNS = "abAB01%_[]!*?\\\"'-,: ()=<>~.ÄäΣσ;$\n"
TEXTS = st.text(alphabet=SIGNS, max_size=6)
MOMENTS = st.integers(0, 84 * 86_400).map(lambda seconds: NOW - dt.timedelta(seconds=seconds))

ROWS = st.fixed_dictionaries(
    {
        "control": st.sampled_from(["s3.8", "s3.1", "ec2.2", "a_1"]),
        "severity": st.sampled_from(SEVERITIES),
        "status": st.sampled_from(STATUSES),
        "account": st.sampled_from(sorted(ALIASES)),
        "region": st.sampled_from(["eu-central-1", "us-east-1"]),
        "tagset": st.sampled_from(sorted(TAGS)),
        "resource": TEXTS,
        "since": st.none() | MOMENTS,
        "suppressed": st.booleans(),
        "returns": st.integers(0, 3),
    }
)


_NO_KEY = st.just("")


def _texts(name: str, *samples: str, key: st.SearchStrategy[str] = _NO_KEY) -> st.SearchStrategy[Filter]:
    values = st.lists(st.sampled_from(samples) | TEXTS, min_size=1, max_size=3).map(tuple)
    operators = st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.CONTAINS, Operator.CONTAINS_NOT])
    return st.builds(Comparison, st.just(name), operators, values, key)


_EITHER = st.sampled_from([Operator.IS, Operator.IS_NOT])
_ANY = st.sampled_from(FIELDS["since"].operators)
_ORDERED = st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW])


def _choices(name: str, *values: str) -> st.SearchStrategy[Filter]:
    many = st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)
    return st.builds(Comparison, st.just(name), _EITHER, many)


COMPARISONS = st.one_of(
    _texts("control", "s3.8", "S3.*", "ec2.?"),
    _texts("account", "acme-prod", "111111111111", "100%*"),
    _texts("region", "EU-*", "us-east-1"),
    _texts("tag", "web", "data*", "", key=st.sampled_from(["owner", "ENV", "cost center", "a:b"])),
    _texts("resource", "*a*", "?"),
    _texts("text", "s3", "a", "AND", "or"),
    _choices("ou", "/", "/Work", "/work/prod", "/W*"),
    _choices("status", *STATUSES),
    _choices("severity", *SEVERITIES),
    _choices("suppressed", "yes", "no"),
    st.builds(Comparison, st.just("severity"), _ORDERED, st.sampled_from(SEVERITIES).map(lambda one: (one,))),
    st.builds(Comparison, st.just("returns"), _ORDERED, st.integers(0, 3).map(lambda one: (one,))),
    st.builds(Comparison, st.just("returns"), _EITHER, st.lists(st.integers(0, 3), min_size=1, max_size=2).map(tuple)),
    st.builds(Comparison, st.just("since"), _ANY, MOMENTS.map(lambda one: (one,))),
)
TREES: st.SearchStrategy[Filter] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: All(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=8,
)


def holds(wanted: Filter, row: Mapping[str, Any]) -> bool:
    """Whether a row has what a filter wants; says in Python what the SQL should."""
    match wanted:
        case Not(inner):
            return not holds(inner, row)
        case All(parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row) for part in parts)
        case Comparison(name, operator, values, key):
            negative = operator in (Operator.IS_NOT, Operator.CONTAINS_NOT)
            return negative != any(_one(name, operator, value, key, row) for value in values)


def _one(name: str, operator: Operator, value: Any, key: str, row: Mapping[str, Any]) -> bool:
    match name:
        case "severity":
            return _ordered(operator, SEVERITIES.index(row[name]), SEVERITIES.index(value))
        case "since" | "returns":
            return row[name] is not None and _ordered(operator, row[name], value)
        case "suppressed":
            return bool(row[name] == (value == "yes"))
        case "account":
            texts = [row["account"], ALIASES[row["account"]]]
        case "ou":
            texts = list(UNITS[row["account"]])
        case "tag":
            texts = [found for tag, found in TAGS[row["tagset"]] if _fold(tag) == _fold(key)]
        case "text":
            texts = [row["control"], row["resource"]]
        case _:
            texts = [row[name]]
    return any(_like(operator, text, value) for text in texts)


def _like(operator: Operator, text: str, value: str) -> bool:
    if operator in (Operator.CONTAINS, Operator.CONTAINS_NOT):
        return _fold(value) in _fold(text)
    pattern = _fold(value).replace("[", "[[]")
    return re.match(fnmatch.translate(pattern), _fold(text)) is not None


def _fold(text: str) -> str:
    """Sign by sign, as SQL does it."""
    return "".join(sign.lower() for sign in text)


def _ordered(operator: Operator, left: Any, right: Any) -> bool:
    match operator:
        case Operator.AT_LEAST:
            return bool(left >= right)
        case Operator.AT_MOST:
            return bool(left <= right)
        case Operator.ABOVE:
            return bool(left > right)
        case Operator.BELOW:
            return bool(left < right)
        case _:
            return bool(left == right)
