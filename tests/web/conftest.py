"""A world of pages for all tests, and the same with hostile text in every field."""

from collections.abc import Iterator

import pytest

from web.web_world import MARKUP, Pages, pages


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Two accounts, two Regions, two weeks."""
    with pages(tmp_path_factory.mktemp("web")) as found:
        yield found


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The same written by an enemy."""
    with pages(tmp_path_factory.mktemp("hostile"), text=MARKUP) as found:
        yield found


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A baseline in which nothing was ever synced."""
    with pages(tmp_path_factory.mktemp("empty"), is_empty=True) as found:
        yield found
