"""A ledger in SQLite and one in PostgreSQL, for one and the same tests."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from hubposture.ledger.ledger import SqlLedger, open_ledger
from ledger_world import Clock, counting_entropy

_NUMBERS = itertools.count(1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
    name = f"t{next(_NUMBERS)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture
def ledger(url: str, clock: Clock, tmp_path: Path) -> Iterator[SqlLedger]:
    with open_ledger(url, relative_to=tmp_path, clock=clock, entropy=counting_entropy(), busy_seconds=10) as opened:
        yield opened
