"""What can be asked of a workbook's sheets (defined where merging makes them), and what came of it."""

from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.matrix.edits import CellEdit, Edit, NewCell, RowAppend, RowDelete

__all__ = ["CellEdit", "Edit", "NewCell", "Patched", "RowAppend", "RowDelete"]


@dataclass(frozen=True, slots=True)
class Patched:
    """A patched workbook and the edits left out, with the cell and the reason; `data` is the original if none was needed."""

    data: bytes
    left_out: tuple[Problem, ...]
