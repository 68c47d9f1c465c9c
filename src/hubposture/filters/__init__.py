"""The filter language: text to a tree (`parse`), a tree to text (`to_text`) and to a SQL condition (`to_sql`)."""

from hubposture.filters.fields import FREE_TEXT, Field, Shape
from hubposture.filters.parse import parse
from hubposture.filters.simplify import names, simplify
from hubposture.filters.sql import ColumnSql, to_sql
from hubposture.filters.text import to_text
from hubposture.filters.tree import EVERYTHING, All, AnyOf, Comparison, Filter, Not, Operator

__all__ = [
    "EVERYTHING",
    "FREE_TEXT",
    "All",
    "AnyOf",
    "ColumnSql",
    "Comparison",
    "Field",
    "Filter",
    "Not",
    "Operator",
    "Shape",
    "names",
    "parse",
    "simplify",
    "to_sql",
    "to_text",
]
