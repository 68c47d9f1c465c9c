"""The report's statements keep to what every engine does alike."""

import pytest
import sqlglot
from sqlglot import exp

from hubposture.verbs import report_sql
from posture.test_portable import ALLOWED, TYPES, outermost

STATEMENTS = {name: text for name, text in vars(report_sql).items() if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_of_the_report_uses_nothing_but_the_portable_subset(name: str) -> None:
    (tree,) = sqlglot.parse(STATEMENTS[name], read="duckdb")
    assert tree is not None
    used = {type(node).__name__ for node in tree.walk()}
    assert used <= ALLOWED, used - ALLOWED
    assert {cast.to.this.name for cast in tree.find_all(exp.Cast)} <= TYPES
    assert list(outermost(tree))
