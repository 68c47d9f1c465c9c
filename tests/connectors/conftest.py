"""Forges by both of their faces."""

from collections.abc import Iterator

import pytest

from connectors.forge_faces import FACES, Seen, seen_as


@pytest.fixture(params=FACES)
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    """The forge, once as GitHub and once as GitLab."""
    with seen_as(request.param) as found:
        yield found
