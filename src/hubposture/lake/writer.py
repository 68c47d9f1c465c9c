"""The writer of one organization's lake."""

import datetime as dt
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import FINDINGS, TAGS
from hubposture.lake.arrow import rows_table, tags_table
from hubposture.lake.bench import Bench, Rollup
from hubposture.lake.check import check
from hubposture.lake.compact import compact
from hubposture.lake.deciding import deciding
from hubposture.lake.engine import Connection, Means
from hubposture.lake.folding import Register, folding, missing, settling
from hubposture.lake.load import loaded
from hubposture.lake.manifest import needs_compaction
from hubposture.lake.publish import Place, Step, publish
from hubposture.lake.retention import tidy
from hubposture.ports.hub import Progress
from hubposture.ports.lake import Compacted, Dimensions, Fault, Folded, Loaded
from hubposture.ports.versions import Publication

_ONLY = Publication()


class Writer:
    """Implements `ports.lake.LakeWriter`; keeps the head's relations warm. Safe in threads, which take turns.

    `holder` names this process in the lease. `full_days`: for how many days findings are kept as they were.
    """

    def __init__(self, place: Place, means: Means, *, holder: str, rollup: Rollup | None, full_days: int) -> None:
        self._place = place
        self._means = means
        self._holder = holder
        self._full_days = full_days
        self._bench = Bench(place.storage, means, rollup=rollup)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Free the memory; the writer can go on and begins afresh."""
        with self._turn:
            self._bench.close()

    def fold(
        self, findings: Sequence[Finding], *, rejected: Sequence[Rejected] = (), also: Publication | None = None
    ) -> Folded:
        """See `ports.lake`."""
        step = folding(self._bench, _register(findings), size=len(findings), rejected=rejected, now=self._place.now)
        return self._publish(step, also)

    def missed(
        self, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, also: Publication | None = None
    ) -> Folded:
        """See `ports.lake`."""
        return self._publish(missing(self._bench, accounts, seen, started=started, now=self._place.now), also)

    def settle(self, dimensions: Dimensions, *, also: Publication | None = None) -> Folded:
        """See `ports.lake`."""
        return self._publish(settling(self._bench, dimensions, now=self._place.now), also)

    def decided(
        self,
        decisions: Sequence[tuple[object, ...]],
        waivers: Sequence[tuple[object, ...]],
        *,
        also: Publication | None = None,
    ) -> Folded:
        """See `ports.lake`."""
        return self._publish(deciding(self._bench, decisions, waivers, now=self._place.now), also)

    def load(
        self,
        files: Sequence[Path],
        *,
        observed_at: dt.datetime,
        progress: Progress | None = None,
        also: Publication | None = None,
    ) -> Loaded:
        """See `ports.lake`."""
        reading = loaded(self._place, files, observed_at=observed_at, workers=self._means.threads, progress=progress)
        with reading as one:
            step = folding(self._bench, one.register, size=one.rows, rejected=one.rejects, now=self._place.now)
            folded = self._publish(step, also)
        if self.needs_compaction():
            self.compact()
        return Loaded(replace(folded, rejected=one.rejected), one.control, one.rows - one.control, one.rejects)

    def needs_compaction(self) -> bool:
        """See `ports.lake`."""
        return needs_compaction(self._place.head().manifest)

    def compact(self) -> Compacted:
        """See `ports.lake`."""
        return compact(self._place, self._means)

    def tidy(self, *, keep_days: int) -> tuple[int, int]:
        """See `ports.lake`."""
        return tidy(self._place, keep_days=keep_days, full_days=self._full_days)

    def check(self, *, deep: bool = False) -> tuple[Fault, ...]:
        """See `ports.lake`."""
        return check(self._place, self._means, deep=deep, full_days=self._full_days)

    def _publish(self, step: Step, also: Publication | None) -> Folded:
        with self._turn:
            return publish(self._place, step, also=also or _ONLY, holder=self._holder).folded


def _register(findings: Sequence[Finding]) -> Register:
    """How a batch comes onto a connection."""
    rows, tags = rows_table(findings), tags_table(findings)

    def register(connection: Connection) -> None:
        for name, table, columns in (("arrived", rows, FINDINGS.names), ("arrived_tags", tags, TAGS.names)):
            connection.register("arriving", table)
            wanted = ", ".join(column for column in columns if column != "misses")
            connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {wanted} FROM arriving")  # noqa: S608 - our own names
            connection.unregister("arriving")

    return register
