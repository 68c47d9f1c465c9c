"""Kinds of records, each in an instance of its own."""

from collections.abc import Iterator

import pytest

from connectors.servicenow.servicenow_world import KINDS, World, world
from connectors.servicenow.ticket_world import KINDS as TICKETS
from connectors.servicenow.ticket_world import TicketWorld, ticket_world


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Iterator[World]:
    """Every kind of record."""
    with world(request.param) as found:
        yield found


@pytest.fixture
def exceptions() -> Iterator[World]:
    with world("policy exception") as found:
        yield found


@pytest.fixture
def items() -> Iterator[World]:
    with world("catalog item") as found:
        yield found


@pytest.fixture
def changes() -> Iterator[World]:
    with world("change request") as found:
        yield found


@pytest.fixture
def own() -> Iterator[World]:
    with world("own table") as found:
        yield found


@pytest.fixture(params=TICKETS)
def desk(request: pytest.FixtureRequest) -> Iterator[TicketWorld]:
    """Every kind of ticket."""
    with ticket_world(request.param) as found:
        yield found


@pytest.fixture
def incidents() -> Iterator[TicketWorld]:
    with ticket_world("incident") as found:
        yield found
