"""Edits that change nothing in effect: rows that differ from before while every target wants the same."""

from collections.abc import Iterator
from dataclasses import replace

from hubposture.matrix.decisions import DECIDING, OF_DISPOSITION, Decision
from hubposture.matrix.resolve import Resolution
from hubposture.matrix.rows import ControlRow
from hubposture.matrix.scope_names import scope_key
from hubposture.model.controls import ControlId

_SEEN = (*DECIDING, *OF_DISPOSITION, "review_by", "clauses")


def without_effect(old: Resolution, new: Resolution) -> Iterator[ControlRow]:
    """The rows of `new` that were added or edited although no target wants anything else for their control.

    Notes count for nothing. Both must be of one organization; rows are known by control and scope.
    """
    before = {_key(row): _silent(row) for row in old.matrix.controls}
    edited = [row for row in new.matrix.controls if before.get(_key(row)) != _silent(row)]
    pairs = {(old.signature(target), new.signature(target)) for target in new.targets}
    still = {control for control in {row.control for row in edited} if _same(old, new, pairs, control)}
    yield from (row for row in edited if row.control in still)


def _key(row: ControlRow) -> tuple[ControlId, str]:
    return row.control, scope_key(row.scope)


def _silent(row: ControlRow) -> ControlRow:
    return replace(row, notes="")


def _same(old: Resolution, new: Resolution, pairs: set[tuple[int, int]], control: ControlId) -> bool:
    return all(
        _wish(old.decisions(before).get(control)) == _wish(new.decisions(after).get(control)) for before, after in pairs
    )


def _wish(decision: Decision | None) -> tuple[object, ...] | None:
    return None if decision is None else tuple(getattr(decision, column) for column in _SEEN)
