"""The weekly report and a pack of evidence over a million findings."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryFile

from bench import asff
from bench.lake_world import World, opened
from bench.meter import Peak, timed
from hubposture.catalog import find_standard, load
from hubposture.errors import InputError
from hubposture.ledger.ledger import open_ledger
from hubposture.matrix.rows import Parsed
from hubposture.render.reports import written
from hubposture.verbs.evidence import Means, Wanted, write_pack
from hubposture.verbs.evidence_check import check_pack
from hubposture.verbs.evidence_waivers import Sources
from hubposture.verbs.report import Means as ReportMeans
from hubposture.verbs.report import Wanted as Week
from hubposture.verbs.report import read_report
from hubposture.views.report.week import week_of


def weekly(directory: Path) -> str:
    """The organization's report and one of an OU, gathered; the first one as page and PDF."""
    with opened(directory) as world, Peak() as peak:
        now = _now(world)
        means = ReportMeans("main", world.reader, lambda: "not asked", None, now, now.date())
        week = week_of(now.date())
        with timed() as whole:
            found = read_report(means, Week(week))
        with timed() as part:
            read_report(means, Week(week, ou="/Workloads/Unit7"))
        with timed() as owner:
            read_report(means, Week(week, owner="team-7"))
        with timed() as drawn:
            written(found, "html")
        with timed() as printed:
            written(found, "pdf")
    return f"{whole}; an OU {part}; an owner {owner}; HTML {drawn}, PDF {printed}; {peak}"


def pack(directory: Path) -> str:
    """A pack for CIS v5.0.0 of the one day that there is, and its check."""
    standard = find_standard("cis-5.0.0")
    with opened(directory) as world, open_ledger("sqlite:///ledger.sqlite", relative_to=directory) as ledger:
        now = _now(world).replace(tzinfo=dt.UTC)
        sources = Sources(lambda _: {}, _nothing, lambda _: None, (), lambda name: name)
        means = Means(
            "main", world.reader, ledger, load(), "controls.xlsx", _nothing, _unread, lambda _: None, lambda: False, sources,
            now, "bench",
        )  # fmt: skip
        with TemporaryFile() as file, Peak() as peak:
            with timed() as made:
                write_pack(means, Wanted(standard, now.date(), now.date()), file)
            size = file.tell()
            with timed() as checked:
                assert not check_pack(file, name="pack").faults
    return f"{made}, checked in {checked}; {size / 1e6:.1f} MB, {peak} ({len(asff.kinds())} controls in all)"


def _now(world: World) -> dt.datetime:
    with world.reader.snapshot() as snapshot:
        return snapshot.at


def _nothing(path: str, revision: str | None) -> bytes:
    del path, revision
    raise InputError("there is no workbook here")


def _unread(raw: bytes) -> Parsed:
    raise AssertionError(raw[:10])
