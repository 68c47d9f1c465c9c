"""Posture and what is found in one place, from a lake that holds waivers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import open_ledger
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.verbs.found_here import found_here
from hubposture.verbs.posture import read_posture, read_rows
from hubposture.views.movement import Level
from hubposture.views.posture_rows import Waivers
from lake import lake_world
from lake.lake_world import ACCOUNTS_, REGIONS, batch, decided, dimensions, waiver
from ledger_world import Clock, counting_entropy

FAILING = [one for one in batch(12) if one.compliance == "FAILED"]


@pytest.fixture
def lake(tmp_path: Path, clock: Clock) -> Iterator[tuple[Writer, Reader]]:
    """A lake with the real rollup: twelve obligations, four passed and eight failing, three of those suppressed."""
    url = "sqlite:///ledger.sqlite"
    with open_ledger(url, relative_to=tmp_path, clock=clock, entropy=counting_entropy()) as books:
        place, means = lake_world.place(tmp_path, books, clock), lake_world.means(tmp_path)
        writer = Writer(place, means, holder="w", rollup=lambda ask, _: (rollup.ROLLUP, rollup.rows(ask)), full_days=7)
        reader = Reader(place, means, rollup=rollup.ROLLUP, full_days=7)
        hidden = {one.finding for one in FAILING[:3]}
        writer.fold([one._replace(workflow="SUPPRESSED") if one.finding in hidden else one for one in batch(12)])
        writer.settle(dimensions())
        yield writer, reader
        writer.close()
        reader.close()


def test_posture_tells_waived_visible_and_unapproved_beside_its_lines(lake: tuple[Writer, Reader]) -> None:
    writer, reader = lake
    with reader.snapshot() as snapshot:
        before = read_posture(snapshot)
    assert (before.as_is, before.without_waivers, before.waivers) == (Level(4, 12), Level(4, 12), Waivers(0, 0, 3))
    hidden, visible, passed = FAILING[0], FAILING[4], batch(1)[0]
    rows = [*decided(hidden.subject, passed.subject), *decided(visible.subject, effect="visible", waiver="W-2")]
    writer.decided(rows, [waiver(), waiver("W-2")])
    with reader.snapshot() as snapshot:
        after = read_posture(snapshot)
        by_control, total = read_rows(snapshot, Dimension.CONTROL)
    assert (after.as_is, after.without_waivers, after.nothing_off) == (Level(6, 12), Level(4, 12), Level(4, 12))
    assert after.waivers == Waivers(2, 1, 2)
    assert total == after.as_is
    assert [(one.key, one.level, one.waived) for one in by_control] == [("S3.8", Level(6, 12), 2)]


def test_a_waiver_that_ended_leaves_no_trace_in_posture(lake: tuple[Writer, Reader]) -> None:
    writer, reader = lake
    with reader.snapshot() as snapshot:
        before = read_posture(snapshot)
    writer.decided(decided(*(one.subject for one in FAILING)), [waiver()])
    with reader.snapshot() as snapshot:
        assert read_posture(snapshot).as_is == Level(12, 12)
    writer.decided([], [waiver(state="expired")])
    with reader.snapshot() as snapshot:
        assert read_posture(snapshot) == before


def test_what_is_waived_in_one_place_is_told_apart_from_what_somebody_suppressed(lake: tuple[Writer, Reader]) -> None:
    writer, reader = lake
    here = [one for one in FAILING if (one.account, one.region) == (ACCOUNTS_[0], REGIONS[0])]
    hidden, plain = here
    target = Target("acme", ACCOUNTS_[0], REGIONS[0])
    said = found_here(reader, ControlId("s3.8"), target)
    assert (said.failed, said.waived, said.suppressed, said.total) == (1, 0, 1, 3)
    writer.decided(decided(hidden.subject), [waiver()])
    said = found_here(reader, ControlId("s3.8"), target)
    assert (said.passed, said.failed, said.waived, said.suppressed) == (1, 1, 1, 0)
    assert [(one.resource, one.waiver) for one in said.failing] == [
        (plain.resource, ""), (hidden.resource, "W-2026-014"),
    ]  # fmt: skip
