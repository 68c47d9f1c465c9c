"""One baseline repository, and one first sync of findings, for all tests of what must hold."""

import itertools

import pytest
from sqlalchemy import create_engine, make_url, text

from holds import waivers_world
from holds.findings_world import Begun, begin
from holds.holds_world import Baseline, make_baseline
from holds.waiver_faults_world import Right, Story, right, tell

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """The repository that every stage is given a copy of."""
    return make_baseline(tmp_path_factory.mktemp("holds") / "baseline")


@pytest.fixture(scope="session")
def begun(baseline: Baseline, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """The findings of the first sync, of which every world is given a copy."""
    with pytest.MonkeyPatch.context() as patch:
        return begin(baseline, tmp_path_factory.mktemp("begun") / "baseline", patch)


@pytest.fixture(scope="session")
def story(begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A past of waivers, of which every test of the run that is due next gets a copy."""
    with pytest.MonkeyPatch.context() as patch:
        return tell(begun, tmp_path_factory.mktemp("story") / "baseline", patch)


@pytest.fixture(scope="session")
def wanted(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Right:
    """What that run makes of it in calm."""
    with pytest.MonkeyPatch.context() as patch:
        return right(story, tmp_path_factory.mktemp("right") / "baseline", patch)


@pytest.fixture(scope="session")
def waivers_begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """The first sync of a world of waivers, of which every test is given a copy."""
    with pytest.MonkeyPatch.context() as patch:
        baseline = waivers_world.make_baseline(tmp_path_factory.mktemp("waivers") / "baseline")
        return waivers_world.begin(baseline, tmp_path_factory.mktemp("waivers_begun") / "baseline", patch)


@pytest.fixture
def postgres_ledger(postgres_url: str) -> str:
    """The URL of an empty database of a PostgreSQL server."""
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    name = f"holds{next(_NUMBERS)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
