"""From what `findings.fold` leaves on a connection to files of the next version."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from dataclasses import replace
from pathlib import Path

from hubposture.findings.tables import FINDINGS, SUBJECTS, TRANSITIONS, Table
from hubposture.lake.engine import Connection, columns_of, parquet
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.lake.manifest import File, Layers, Manifest, Tally
from hubposture.lake.output import Output, write_subjects_base


class Outs:
    """Takes `out_findings`, `out_subjects` and `out_transitions` once or several times, for subjects that differ.

    On nothing they become base files, else deltas.
    """

    def __init__(self, connection: Connection, output: Output, held: Manifest) -> None:
        self._connection = connection
        self._output = output
        self._held = held
        self._tally = held.tally
        self._is_first = held.findings == Layers()
        self._findings: list[File] = []
        self._subjects: list[File] = []
        self._transitions: list[File] = []
        self._aside: list[Path] = []

    def take(self, *, new_findings: int) -> None:
        """Write what is there now; `new_findings` of `out_findings` were not held before."""
        self._tally = _next_tally(self._connection, self._tally, new_findings=new_findings)
        kind = "base" if self._is_first else "delta"
        self._findings += self._write(FINDINGS, f"findings/{kind}", order="subject, finding")
        self._transitions += self._write(TRANSITIONS, "transitions/transitions", order="subject")
        if self._is_first:
            rows = f"SELECT {columns_of(SUBJECTS)} FROM out_subjects"
            self._aside.append(self._output.put_aside(self._connection, rows))
        else:
            self._subjects += self._write(SUBJECTS, "subjects/delta", order="subject")

    def on_top(self, manifest: Manifest) -> Manifest:
        """A manifest over the held one with what was taken."""
        if self._is_first:
            subjects = write_subjects_base(self._output, self._connection, f"({parquet(self._aside, SUBJECTS)})")
            findings, all_subjects = Layers(tuple(self._findings)), Layers(subjects)
        else:
            findings = manifest.findings.with_deltas(self._findings)
            all_subjects = manifest.subjects.with_deltas(self._subjects)
        transitions = (*manifest.transitions, *self._transitions)
        return replace(manifest, findings=findings, subjects=all_subjects, transitions=transitions, tally=self._tally)

    def _write(self, table: Table, prefix: str, *, order: str) -> list[File]:
        query = f"SELECT {columns_of(table)} FROM out_{table.name} ORDER BY {order}"
        file = self._output.write(self._connection, query, prefix)
        return [] if file is None else [file]


def _next_tally(connection: Connection, held: Tally, *, new_findings: int) -> Tally:
    """The tally with `out_subjects` in place of `held_subjects`."""
    failing = f"count(*) FILTER (s.status = 'FAILED' AND {IN_SIGHT})"
    after = _pair(connection, f"SELECT count(*), {failing} FROM out_subjects s")
    touched = "held_subjects s SEMI JOIN out_subjects o ON o.subject = s.subject"
    before = _pair(connection, f"SELECT count(*), {failing} FROM {touched}")
    return Tally(
        held.subjects + after[0] - before[0], held.failing + after[1] - before[1], held.findings + new_findings
    )


def _pair(connection: Connection, query: str) -> tuple[int, int]:
    ((first, second),) = connection.execute(query).fetchall()
    return first, second
