"""The portable queries stay within what every engine does alike, and their translations are up to date."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from hubposture.posture.queries import QUERIES, query
from posture.posture_world import Between, parameters, small, whole

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "hubposture" / "posture" / "sql"
ALLOWED = {
    # statements and relations
    "Select", "With", "CTE", "Subquery", "From", "Table", "TableAlias", "Join", "Where", "Group", "Order", "Ordered",
    "Union", "Distinct",
    # values
    "Column", "Identifier", "Alias", "Literal", "Placeholder", "Parameter", "Boolean", "Null", "DataType",
    # conditions and arithmetic
    "And", "Or", "Not", "Paren", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "In", "Is", "Like", "Escape", "Case", "If",
    "Add", "Sub", "Neg",
    # functions
    "Count", "Sum", "Max", "Min", "Coalesce", "Cast", "Window", "RowNumber",
}  # fmt: skip
TYPES = {"BIGINT"}
"""Types that may be cast to: percentages and times are made outside."""


def outermost(tree: exp.Expr) -> Iterator[str]:
    order = tree.args.get("order")
    assert order is not None, "no ORDER BY"
    for one in order.expressions:
        assert isinstance(one.this, exp.Column), "ordered by something else than a column"
        yield one.this.name


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_uses_nothing_but_the_portable_subset(name: str) -> None:
    (tree,) = sqlglot.parse(query(name), read="duckdb")
    assert tree is not None
    used = {type(node).__name__ for node in tree.walk()}
    assert used <= ALLOWED, used - ALLOWED
    assert {cast.to.this.name for cast in tree.find_all(exp.Cast)} <= TYPES
    for like in tree.find_all(exp.Like):
        assert isinstance(like.parent, exp.Escape), "LIKE without ESCAPE"
    assert not [one for one in tree.find_all(exp.Join) if one.args.get("using") or one.args.get("method")]
    for window in tree.find_all(exp.Window):
        assert window.args.get("order") is not None, "a window without an order"
    assert list(outermost(tree))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM cube ORDER BY n",
        "SELECT ROUND(n) AS n FROM cube ORDER BY n",
        "SELECT n FROM cube WHERE control LIKE 's3%' ORDER BY n",
        "SELECT failing_day - INTERVAL 1 DAY AS d FROM cube ORDER BY d",
        "SELECT [n] AS n FROM cube ORDER BY n",
        "SELECT n FROM cube QUALIFY ROW_NUMBER() OVER (ORDER BY n) = 1 ORDER BY n",
        "SELECT CAST(n AS DOUBLE) AS n FROM cube ORDER BY n",
        "SELECT n FROM cube",
    ],
)
def test_the_subset_is_held(monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    monkeypatch.setitem(globals(), "query", lambda _: sql)
    with pytest.raises(AssertionError):
        test_a_query_uses_nothing_but_the_portable_subset("any")


def test_no_two_rows_are_equal_in_the_columns_that_order_them() -> None:
    before, after = small(*whole(a_r1_c1="FAILED")), small(*whole(a_r1_c2="FAILED", b_r1_c2="FAILED"))
    with closing(Between()) as lake:
        lake.between(before, after).show(after)
        for name in QUERIES:
            rows = lake.connection.execute(query(name), parameters(name))
            columns = [column[0] for column in rows.description]
            order = [columns.index(one) for one in outermost(sqlglot.parse_one(query(name), read="duckdb"))]
            keys = [tuple(row[place] for place in order) for row in rows.fetchall()]
            assert keys
            assert len(set(keys)) == len(keys)


def test_every_query_is_listed() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.sql")) == sorted(QUERIES)


def test_the_spark_and_trino_texts_are_not_stale() -> None:
    done = subprocess.run(
        [sys.executable, "tools/portable.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
