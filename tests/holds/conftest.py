"""One baseline repository, and one first sync of findings, for all tests of what must hold."""

import pytest

from holds.findings_world import Begun, begin
from holds.holds_world import Baseline, make_baseline


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """The repository that every stage is given a copy of."""
    return make_baseline(tmp_path_factory.mktemp("holds") / "baseline")


@pytest.fixture(scope="session")
def begun(baseline: Baseline, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """The findings of the first sync, of which every world is given a copy."""
    with pytest.MonkeyPatch.context() as patch:
        return begin(baseline, tmp_path_factory.mktemp("begun") / "baseline", patch)
