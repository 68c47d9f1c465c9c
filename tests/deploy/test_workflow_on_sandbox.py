"""The workflow's own scripts with the real program, on the emulated organization over HTTP."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.cli.main import run
from hubposture.sandbox import population
from hubposture.sandbox.clock import RealClock
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import Server, serve
from workflow_world import World, make_world

EXPECTED = """
[[organizations.main.expected_unreadable]]
account = "{account}"
reason = "a sandbox of its own"
review_by = 2099-12-31
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(Sandbox(population.organization(seed=7, accounts=12), clock=RealClock(), seed=7)) as served:
        yield served


@pytest.fixture
def world(server: Server, tmp_path: Path) -> World:
    made = make_world(tmp_path)
    (tmp_path / "programs" / "hubposture").unlink()
    keys = server.sandbox.keys(server.sandbox.core.spec.administrator)
    made.environ.update(
        PATH=f"{made.environ['PATH'].partition(':')[0]}:{Path(sys.executable).parent}:{made.environ['PATH']}",
        AWS_ENDPOINT_URL=server.url,
        AWS_ACCESS_KEY_ID=keys.access_key,
        AWS_SECRET_ACCESS_KEY=keys.secret_key,
        AWS_DEFAULT_REGION=server.sandbox.core.spec.home_region,
        ROLES_EXTERNAL_ID=population.EXTERNAL_ID,
    )
    return made


def baseline(world: World, server: Server) -> str:
    """A baseline that writes, committed; gives the commit."""
    spec = server.sandbox.core.spec
    workspace = world.root / "workspace"
    arguments = ["--administrator", spec.administrator, "--home-region", spec.home_region]
    assert run(["init", str(workspace), *arguments]) == 0
    settings = workspace / "hubposture.toml"
    observes = 'observe = { apply = ["*"], waivers = ["*"] }\n'
    text = settings.read_text().replace(observes, 'external_id = "env:ROLES_EXTERNAL_ID"\n')
    text = text.replace('"hubposture-administrator-reader"', '""').replace('"hubposture-administrator-writer"', '""')
    (account,) = [one.id for one in spec.accounts if one.name == "sandbox-kim"]
    settings.write_text(text + EXPECTED.format(account=account))
    world.git("init", "--quiet", "--initial-branch", "main")
    world.git("add", ".")
    world.git("commit", "--quiet", "-m", "Baseline")
    return world.git("rev-parse", "HEAD")


@pytest.mark.slow
def test_what_a_pull_request_shows_is_applied_once_merged_and_then_nothing_drifts(world: World, server: Server) -> None:
    base = baseline(world, server)
    review = world.temporary / "review"

    for name in ("Check what is proposed", "Take the settings", "Lint, waivers and diff", "Plan"):
        done = world.step("plan", name, BASE=base)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    assert "changes" in (review / "plan.md").read_text()
    assert json.loads((review / "plan.json").read_bytes())

    assert world.step("plan", "Put together").returncode == 0
    assert (review / "comment.md").read_text().startswith("<!-- hubposture -->\n")

    applied = world.step("apply", "Apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr + world.read("summary")

    drift = world.step("drift", "Plan; fails")
    assert drift.returncode == 0, drift.stderr + (world.temporary / "drift.md").read_text()
