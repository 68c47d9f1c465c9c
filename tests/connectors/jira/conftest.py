"""Sites of both kinds."""

from collections.abc import Iterator

import pytest

from connectors.jira.jira_place import KINDS, Place, place


@pytest.fixture(params=KINDS)
def at(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Cloud and Data Center."""
    with place(request.param) as found:
        yield found


@pytest.fixture
def cloud() -> Iterator[Place]:
    with place("cloud") as found:
        yield found


@pytest.fixture
def data_center() -> Iterator[Place]:
    with place("data-center") as found:
        yield found
