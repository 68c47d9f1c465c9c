"""What all tests share: this machine only, the samples beside the checkout, a PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import loopback
import postgres
from needs import need

_SHARED = Path(__file__).resolve().parents[2] / "shared"


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
