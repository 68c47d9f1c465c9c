"""One baseline repository for all tests of what must hold."""

import pytest

from holds.holds_world import Baseline, make_baseline


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """The repository that every stage is given a copy of."""
    return make_baseline(tmp_path_factory.mktemp("holds") / "baseline")
