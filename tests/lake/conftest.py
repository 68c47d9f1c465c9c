"""A lake on an SQLite ledger, its writer and its reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger, open_ledger
from lake import lake_world
from ledger_world import Clock, counting_entropy


@pytest.fixture
def books(tmp_path: Path, clock: Clock) -> Iterator[SqlLedger]:
    """A ledger in SQLite with the test's clock."""
    url = "sqlite:///ledger.sqlite"
    with open_ledger(url, relative_to=tmp_path, clock=clock, entropy=counting_entropy()) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, books: SqlLedger, clock: Clock) -> Place:
    """An empty lake in a directory."""
    return lake_world.place(tmp_path, books, clock)


@pytest.fixture
def writer(place: Place, tmp_path: Path) -> Iterator[Writer]:
    """Its writer."""
    opened = lake_world.writer(place, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def reader(place: Place, tmp_path: Path) -> Iterator[Reader]:
    """Its reader."""
    opened = lake_world.reader(place, tmp_path)
    yield opened
    opened.close()
