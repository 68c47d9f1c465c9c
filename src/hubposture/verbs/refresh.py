"""Refresh: what hubposture owns in the workbook, as rows by column key; everything else is the user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubposture.catalog import Catalog
from hubposture.matrix.columns import CONTROLS
from hubposture.matrix.coverage import Coverage
from hubposture.matrix.tables import Table
from hubposture.model.controls import ControlId, control_id
from hubposture.verbs.init import owned
from hubposture.views.coverage import texts

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the workbook shall hold: owned cells of Controls by row number, new Controls rows, the Coverage sheet."""

    columns: Mapping[int, Row]
    added: Sequence[Row]
    coverage: Sequence[Row]


def wanted(table: Table, catalog: Catalog, *, coverage: Coverage, new: Sequence[tuple[ControlId, str, str]]) -> Wanted:
    """The owned cells of every row that names a known control, and rows for `new` (control, disposition, reason)."""
    ours = {column.key for column in CONTROLS.columns if column.ours}
    columns: dict[int, Row] = {}
    for row in table.rows:
        control = control_id(row.text("control"))
        if control in catalog.controls:
            texts = owned(control, catalog)
            columns[row.row] = {key: texts.get(key, "") for key in ours}
    added = [{**owned(control, catalog), "disposition": said, "reason": why} for control, said, why in new]
    return Wanted(columns, added, coverage_rows(coverage))


def coverage_rows(found: Coverage) -> list[Row]:
    """The rows of the Coverage sheet, gaps first."""
    return [texts(item) for item in found.items]
