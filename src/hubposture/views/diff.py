"""The difference between two workbooks by meaning, what is risky first."""

from hubposture.matrix.diff import MatrixDiff, RowDiff
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone

_EMPTY = "(empty)"


def document(found: MatrixDiff, *, old: str, new: str, most: int = 300) -> Document:
    """Row by row and cell by cell; moving rows or columns is no change."""
    blocks: list[Block] = [Lines([_count(found)])]
    if found.risks:
        risks: list[Cell] = [Text(f"{risk.text}", Tone.WARN) for risk, _ in found.risks]
        blocks += [Heading("Look at this first"), Lines(risks)]
    rows = [line for row in found.rows for line in _lines(row)]
    if rows:
        table = Table(
            ("Sheet", "Row", "Change", "Column", "Before", "After", "Cell"), rows[:most], more=max(0, len(rows) - most)
        )
        blocks += [Heading("Rows"), table]
    data = {
        "rows": [
            {
                "sheet": row.sheet,
                "row": row.row,
                "kind": row.kind,
                "risks": [risk.text for risk in row.risks],
                "cells": [
                    {"column": one.column, "before": one.before, "after": one.after, "where": one.where}
                    for one in row.cells
                ],
            }
            for row in found.rows
        ]
    }
    return Document(f"Workbook, {old} to {new}", blocks, data)


def _lines(row: RowDiff) -> list[list[Cell]]:
    return [
        [
            row.sheet,
            row.row,
            row.kind,
            one.column,
            one.before or _EMPTY,
            one.after or _EMPTY,
            one.where.partition("!")[2],
        ]
        for one in row.cells
    ]


def _count(found: MatrixDiff) -> str:
    if not found.rows:
        return "No difference."
    return "1 row differs." if len(found.rows) == 1 else f"{len(found.rows):,} rows differ."
