"""What in an edit a reviewer must see first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hubposture.catalog import Catalog
from hubposture.matrix.columns import CONTROLS, SCOPES, STANDARDS, SheetSpec
from hubposture.matrix.rows import ControlRow, Matrix, Origin, ScopeRow, StandardRow
from hubposture.matrix.scope_names import scope_key
from hubposture.matrix.tables import TableRow
from hubposture.model.controls import Disposition, Severity


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of an edit, as a sentence; `severity` is that of the control, HIGH for standards and scopes."""

    severity: Severity
    text: str


class _Placed(Protocol):
    @property
    def at(self) -> Origin: ...


Placed = TypeVar("Placed", bound=_Placed)
Side = tuple[Matrix | None, TableRow | None]


def risks_of(spec: SheetSpec, old: Side, new: Side, catalog: Catalog) -> tuple[Risk, ...]:
    """The risks of one row's edit: controls going off or easier, standards going off, scopes meaning something else."""
    if spec is CONTROLS:
        rows = _typed(old, lambda matrix: matrix.controls), _typed(new, lambda matrix: matrix.controls)
        return tuple(_of_control(*rows, catalog))
    if spec is STANDARDS:
        return tuple(
            _of_standard(_typed(old, lambda matrix: matrix.standards), _typed(new, lambda matrix: matrix.standards))
        )
    if spec is SCOPES:
        scopes = _typed(old, lambda matrix: matrix.scopes), _typed(new, lambda matrix: matrix.scopes)
        return tuple(_of_scope(*scopes, old[0]))
    return ()


def _typed(side: Side, rows: Callable[[Matrix], Iterable[Placed]]) -> Placed | None:
    matrix, row = side
    if matrix is None or row is None:
        return None
    return next((each for each in rows(matrix) if each.at.row == row.row), None)


def _of_control(old: ControlRow | None, new: ControlRow | None, catalog: Catalog) -> Iterator[Risk]:
    row = new or old
    if row is None:
        return
    known = catalog.get(row.control)
    severity = known.severity if known else Severity.HIGH
    name = f"{catalog.shown(row.control)} ({severity}) in {row.scope or 'the whole organization'}"
    before, after = (each.disposition if each else None for each in (old, new))
    if after is not None and not after.is_on and (before is None or before.is_on):
        yield Risk(severity, f"{name} is switched off: {after}")
    elif before is Disposition.ENFORCE and after is Disposition.MONITOR:
        yield Risk(severity, f"{name} makes no obligations any more")
    elif before is not None and before.is_on and new is None:
        yield Risk(severity, f"{name} is no longer wanted by a row of its own: {before} removed")
    if old and new and old.waivable and not old.waivable.allowed and (new.waivable is None or new.waivable.allowed):
        yield Risk(severity, f"{name} may be waived now")
    if old and new and old.our_severity and new.our_severity and new.our_severity.rank < old.our_severity.rank:
        yield Risk(severity, f"{name} counts as {new.our_severity} instead of {old.our_severity}")
    if old and new and old.parameters != new.parameters:
        yield Risk(severity, f"{name} is checked with other parameters")


def _of_standard(old: StandardRow | None, new: StandardRow | None) -> Iterator[Risk]:
    if new and new.enabled is False and (old is None or old.enabled is not False):
        where = new.scope or "the whole organization"
        yield Risk(Severity.HIGH, f"{new.standard.key} is turned off in {where}, and AWS forgets its disabled controls")


def _of_scope(old: ScopeRow | None, new: ScopeRow | None, before: Matrix | None) -> Iterator[Risk]:
    if old is None or old == new or before is None:
        return
    count = sum(scope_key(row.scope) == scope_key(old.scope) for row in before.controls)
    if count:
        how = "is gone" if new is None else "takes in other targets"
        yield Risk(Severity.HIGH, f"the scope {old.scope} {how}, and {count} rows speak of it")
