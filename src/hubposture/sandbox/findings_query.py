"""Finding records by filter and order: cheap columns first, the rendered finding only where a filter needs it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from hubposture.sandbox.filters import Query, SortBy, Term, parse_time, values_at
from hubposture.sandbox.filters_attributes import Kind
from hubposture.sandbox.findings_record import Record

Column = Callable[[Record], Any]
RowTest = Callable[[Record], bool]

_TEXT_COLUMNS: Mapping[str, Column] = {
    "ProductArn": lambda record: record.product_arn,
    "AwsAccountId": lambda record: record.account,
    "AwsAccountName": lambda record: record.account_name or record.account,
    "Id": lambda record: record.id,
    "Region": lambda record: record.region,
    "GeneratorId": lambda record: record.body.generator_id,
    "ComplianceStatus": lambda record: record.compliance,
    "ComplianceSecurityControlId": lambda record: record.body.control_id,
    "WorkflowStatus": lambda record: record.workflow,
    "RecordState": lambda record: record.record_state,
    "SeverityLabel": lambda record: record.severity_label,
}
"""Attributes with at most one text, '' meaning absent."""

_TIME_COLUMNS: Mapping[str, Column] = {
    "UpdatedAt": lambda record: record.refreshed_at,
    "CreatedAt": lambda record: record.created_at,
}

_LIST_COLUMNS: Mapping[str, Column] = {
    "ResourceId": lambda record: [resource.id for resource in record.body.resources],
    "ResourceType": lambda record: [resource.type for resource in record.body.resources],
}


def select(records: Iterable[Record], query: Query) -> list[Record]:
    """The records that match, in the order given."""
    quick, slow = row_tests(query)
    for test in quick:
        records = filter(test, records)
    if slow:
        records = filter(partial(_matches_rendered, slow), records)
    return list(records)


def row_tests(query: Query) -> tuple[list[RowTest], list[Term]]:
    """A query as tests on columns, most telling first, and the conditions that need the rendered finding."""
    quick: list[tuple[int, RowTest]] = []
    slow: list[Term] = []
    for term in query.terms:
        name = term.attribute.name
        if name in _TEXT_COLUMNS:
            exact = term.wanted is not None
            quick.append(
                (0 if exact else 1, partial(_is_one_of if exact else _text_matches, _TEXT_COLUMNS[name], term))
            )
        elif name in _TIME_COLUMNS:
            quick.append((1, partial(_time_matches, _TIME_COLUMNS[name], term)))
        elif name in _LIST_COLUMNS:
            quick.append((2, partial(_list_matches, _LIST_COLUMNS[name], term)))
        else:
            slow.append(term)
    return [test for _, test in sorted(quick, key=lambda pair: pair[0])], slow


def _is_one_of(column: Column, term: Term, record: Record) -> bool:
    return column(record) in term.wanted  # type: ignore[operator]  # chosen only where wanted is given


def _text_matches(column: Column, term: Term, record: Record) -> bool:
    value = column(record)
    return term.test((value,) if value else ())


def _time_matches(column: Column, term: Term, record: Record) -> bool:
    return term.test((column(record),))


def _list_matches(column: Column, term: Term, record: Record) -> bool:
    return term.test(column(record))


def _matches_rendered(terms: Sequence[Term], record: Record) -> bool:
    finding = record.render()
    return all(term.matches(finding) for term in terms)


def order(records: list[Record], criteria: Sequence[SortBy]) -> list[Record]:
    """The records sorted by the criteria, the first one weighing most; equal ones keep their order."""
    ordered = records
    for criterion in reversed(criteria):
        keyed = [(_sort_value(record, criterion), record) for record in ordered]
        held = [pair for pair in keyed if pair[0] is not None]
        held.sort(key=lambda pair: pair[0], reverse=criterion.descending)
        ordered = [record for _, record in held] + [record for value, record in keyed if value is None]
    return ordered


def _sort_value(record: Record, criterion: SortBy) -> Any:
    attribute = criterion.attribute
    column = _TEXT_COLUMNS.get(attribute.name) or _TIME_COLUMNS.get(attribute.name)
    if column is not None:
        return column(record) or None
    values = values_at(record.render(), attribute)
    if not values:
        return None
    return _as_time(values[0]) if attribute.kind is Kind.DATE else values[0]


def _as_time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else parse_time(value)
