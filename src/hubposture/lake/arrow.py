"""Rows of the lake as Arrow tables, column by column as `findings.tables` names and types them."""

from collections.abc import Iterable, Sequence
from functools import cache

import pyarrow as pa

from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import FINDINGS, TAGS, Kind, Table

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.TRUTH: pa.bool_(),
    Kind.TIME: pa.timestamp("us"),
}
REJECTS = pa.schema([("where", pa.string()), ("why", pa.string()), ("excerpt", pa.string())])
"""The columns of rejected records."""


@cache
def schema_of(table: Table) -> pa.Schema:
    """The Arrow schema of a table of the lake."""
    return pa.schema([(column.name, _TYPES[column.kind]) for column in table.columns])


def rows_table(findings: Sequence[Finding]) -> pa.Table:
    """The rows of FINDINGS of these findings, in their order, with no misses."""
    schema = schema_of(FINDINGS)
    columns = tuple(zip(*findings, strict=True)) if findings else ((),) * len(Finding._fields)
    by_name = dict(zip(Finding._fields, columns, strict=True))
    by_name["misses"] = (0,) * len(findings)
    return pa.Table.from_arrays([pa.array(by_name[field.name], field.type) for field in schema], schema=schema)


def tags_table(findings: Iterable[Finding]) -> pa.Table:
    """The rows of TAGS of these findings, each set of tags once, in the order in which it first occurs."""
    return tagsets_table({one.tagset: one.tags for one in findings if one.tagset})


def tagsets_table(tagsets: dict[str, tuple[tuple[str, str], ...]]) -> pa.Table:
    """The rows of TAGS of sets of tags by their keys."""
    rows = [(key, *pair) for key, pairs in tagsets.items() for pair in pairs]
    return _table(rows, schema_of(TAGS))


def rejects_table(rejected: Sequence[Rejected]) -> pa.Table:
    """Rejected records: where, why, excerpt."""
    return _table([(one.where, one.why, one.excerpt) for one in rejected], REJECTS)


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = tuple(zip(*rows, strict=True)) if rows else ((),) * len(schema)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
