"""What all tests share: this machine only, the samples beside the checkout, a PostgreSQL server."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text

import loopback
import postgres
from hubposture.ledger.ledger import SqlLedger, open_ledger
from ledger_world import Clock, counting_entropy
from needs import need

# How long an example takes is no fact of ours: a busy machine must not fail a test.
settings.register_profile("hubposture", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hubposture")

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def socket_guard() -> Iterator[loopback.Guard]:
    """Refuses every socket that leaves this machine, for the whole session."""
    guard = loopback.Guard()
    with pytest.MonkeyPatch.context() as patch:
        guard.install(patch)
        yield guard


@pytest.fixture(autouse=True)
def only_loopback(socket_guard: loopback.Guard) -> Iterator[None]:
    """Fails the test in which a socket was refused, also if the attempt was in a thread or the failure was caught."""
    yield
    refused, socket_guard.refused = socket_guard.refused, []
    assert not refused, f"tests may only reach this machine, not {', '.join(refused)}"


@pytest.fixture(scope="session")
def shared_samples() -> Path:
    """The directory of real inputs beside the checkout."""
    return _beside("samples")


@pytest.fixture(scope="session")
def shared_contracts() -> Path:
    """The directory of API contracts beside the checkout."""
    return _beside("contracts")


def _beside(name: str) -> Path:
    path = _SHARED / name
    need(path.is_dir(), f"the directory {name}", f"put it beside the checkout as ../shared/{name}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a running, empty PostgreSQL server's `postgres` database; make databases of your own in it."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once in SQLite and once in PostgreSQL."""
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
def ledger(database_url: str, clock: Clock, tmp_path: Path) -> Iterator[SqlLedger]:
    """A new ledger of each kind, with the test's clock."""
    with open_ledger(database_url, relative_to=tmp_path, clock=clock, entropy=counting_entropy()) as opened:
        yield opened
