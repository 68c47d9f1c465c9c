"""A filter as SQL finds exactly the rows that it means."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters.filters_world import ALIASES, COLUMNS, FIELDS, NOW, ROWS, TAGS, TEXTS, TREES, UNITS, holds
from hubposture.filters import AnyOf, Comparison, Filter, Not, Operator, parse, simplify, to_sql

NAMES = ("control", "severity", "status", "account", "region", "tagset", "resource", "since", "suppressed", "returns")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("CREATE TABLE accounts (account VARCHAR, alias VARCHAR)")
        opened.executemany("INSERT INTO accounts VALUES (?, ?)", list(ALIASES.items()))
        opened.execute("CREATE TABLE units (account VARCHAR, ou VARCHAR)")
        opened.executemany("INSERT INTO units VALUES (?, ?)", [(a, ou) for a, many in UNITS.items() for ou in many])
        opened.execute("CREATE TABLE tags (tagset VARCHAR, tag VARCHAR, value VARCHAR)")
        opened.executemany(
            "INSERT INTO tags VALUES (?, ?, ?)", [(t, *pair) for t, many in TAGS.items() for pair in many]
        )
        opened.execute(
            "CREATE TABLE rows (n BIGINT, control VARCHAR, severity VARCHAR, status VARCHAR, account VARCHAR, "
            "region VARCHAR, tagset VARCHAR, resource VARCHAR, since TIMESTAMP, suppressed BOOLEAN, returns BIGINT)"
        )
        yield opened


def found(connection: duckdb.DuckDBPyConnection, wanted: Filter) -> list[int]:
    sql, parameters = to_sql(wanted, columns=COLUMNS)
    return [n for (n,) in connection.execute(f"SELECT n FROM rows WHERE {sql} ORDER BY n", parameters).fetchall()]


def fill(connection: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute("DELETE FROM rows")
    for n, row in enumerate(rows):
        values = [row[name].replace(tzinfo=None) if isinstance(row[name], dt.datetime) else row[name] for name in NAMES]
        connection.execute(f"INSERT INTO rows VALUES (?{', ?' * len(NAMES)})", [n, *values])


@settings(deadline=None, max_examples=200)
@given(st.lists(ROWS, min_size=1, max_size=4), TREES)
@example([], AnyOf(()))
def test_the_sql_of_a_filter_finds_what_the_filter_means(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], wanted: Filter
) -> None:
    fill(connection, rows)
    expected = [n for n, row in enumerate(rows) if holds(wanted, row)]
    assert found(connection, wanted) == expected
    assert found(connection, simplify(wanted)) == expected
    assert found(connection, Not(wanted)) == [n for n in range(len(rows)) if n not in expected]


@settings(deadline=None)
@given(TREES)
def test_no_text_of_a_user_stands_in_the_sql(wanted: Filter) -> None:
    sql, parameters = to_sql(wanted, columns=COLUMNS, prefix="q")
    assert set(sql) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _$()=<>,!'")
    assert sql.replace("ESCAPE '!'", "").count("'") == 0
    assert all(f"${name}" in sql for name in parameters)


def test_only_star_and_question_mark_are_wildcards(connection: duckdb.DuckDBPyConnection) -> None:
    resources = ["a%b", "axb", "a_b", "a[b", "a!b", "A*B"]
    fill(
        connection,
        [
            {**dict.fromkeys(NAMES, ""), "resource": each, "since": None, "suppressed": False, "returns": 0}
            for each in resources
        ],
    )

    def names(text: str) -> list[str]:
        return [resources[n] for n in found(connection, parse(text, fields=FIELDS, now=NOW))]

    assert names("resource=a%b") == ["a%b"]
    assert names("resource=a_b") == ["a_b"]
    assert names('resource="a[b"') == ["a[b"]
    assert names("resource=a!b") == ["a!b"]
    assert names("resource=a?b") == names("resource=a*b") == resources
    assert names("resource~*") == ["A*B"]
    assert names("resource~%") == ["a%b"]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
def test_exactly_means_letter_by_letter_and_like_has_one_wildcard(
    connection: duckdb.DuckDBPyConnection, resources: list[str], value: str
) -> None:
    bare = {**dict.fromkeys(NAMES, ""), "since": None, "suppressed": False, "returns": 0}
    fill(connection, [{**bare, "resource": each} for each in resources])
    same = [n for n, each in enumerate(resources) if each == value]
    assert found(connection, Comparison("resource", Operator.EXACTLY, (value,))) == same
    plain = value.replace("\\", "\\\\").replace("*", "\\*")
    assert found(connection, Comparison("resource", Operator.LIKE, (plain,))) == same
    begins = [n for n, each in enumerate(resources) if each.startswith(value)]
    assert found(connection, Comparison("resource", Operator.LIKE, (plain + "*",))) == begins
    assert found(connection, Comparison("severity", Operator.EXACTLY, ("critical",))) == []
    assert found(connection, Comparison("resource", Operator.EXACTLY, ())) == []


def test_what_is_not_failing_is_neither_older_nor_younger_than_anything(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, [{**dict.fromkeys(NAMES, ""), "since": None, "suppressed": False, "returns": 0}])
    assert found(connection, parse("since>1d OR since<1d", fields=FIELDS, now=NOW)) == []
    assert found(connection, parse("-since>1d", fields=FIELDS, now=NOW)) == [0]


def test_a_field_without_a_column_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        to_sql(Comparison("nothing", Operator.IS, ("x",)), columns=COLUMNS)
