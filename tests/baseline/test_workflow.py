"""The workflow's own scripts, run with stand-ins for the programs they call."""

import json
import subprocess
from pathlib import Path

import pytest

from workflow_world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def _needs_jq() -> None:
    if subprocess.run(["sh", "-c", "command -v jq"], capture_output=True, check=False).returncode:
        pytest.skip("jq is not installed")


def review(world: World) -> Path:
    path = world.temporary / "review"
    path.mkdir(exist_ok=True)
    return path


@pytest.mark.usefixtures("_needs_jq")
def test_the_comment_is_updated_and_not_repeated(world: World) -> None:
    people = [{"id": 1, "user": {"type": "User"}, "body": "<!-- hubposture --> quoted by a person"}]
    world.written("comments.json", [*people, {"id": 2, "user": {"type": "Bot"}, "body": "another bot"}])
    for text in ("first", "second"):
        (world.root / "artifact" / "comment.md").write_text(f"<!-- hubposture -->\n{text}\n")
        done = world.step("comment", "Write the comment")
        assert done.returncode == 0, done.stderr
        (world.root / "workspace" / "review" / "comment.md").unlink()
        (world.root / "workspace" / "review").rmdir()
    comments = json.loads(world.read("comments.json"))
    assert [one["body"] for one in comments] == [
        "<!-- hubposture --> quoted by a person",
        "another bot",
        "<!-- hubposture -->\nsecond\n",
    ]


def reviewed(world: World) -> tuple[Path, str]:
    """A workspace whose base has settings; gives it and the base's commit."""
    workspace = world.root / "workspace"
    world.git("init", "--quiet", "--initial-branch", "main")
    (workspace / "hubposture.toml").write_text("reviewed")
    world.git("add", ".")
    world.git("commit", "--quiet", "-m", "Baseline")
    return workspace, world.git("rev-parse", "HEAD")


def test_a_pull_request_is_judged_with_the_settings_of_its_base(world: World) -> None:
    workspace, base = reviewed(world)
    (workspace / "hubposture.toml").write_text("proposed")
    assert world.step("plan", "Check what is proposed").returncode == 0
    assert world.step("plan", "Take the settings", BASE=base).returncode == 0
    assert world.read("output") == "reviewed=yes\n"
    assert world.step("plan", "Lint, waivers and diff", BASE=base).returncode == 0
    assert world.step("plan", "Plan", ENDS="2").returncode == 0
    called = [line.split(" | ") for line in world.read("called").splitlines()]
    assert [(" ".join(command.split()[:2]), settings) for command, settings in called] == [
        ("lint --format", "proposed"),
        ("waivers check", "proposed"),
        ("lint --against", "reviewed"),
        ("waivers check", "reviewed"),
        (f"diff {base}", "reviewed"),
        ("plan --out", "reviewed"),
    ]


@pytest.mark.parametrize("step", ["Check what is proposed", "Lint, waivers and diff"])
@pytest.mark.parametrize("bad", ["lint", "waivers"])
def test_a_bad_row_or_a_bad_waiver_fails_the_check_and_everything_is_looked_at_all_the_same(
    world: World, step: str, bad: str
) -> None:
    _, base = reviewed(world)
    review(world)
    assert world.step("plan", step, BASE=base, FAILS=bad).returncode == 2
    called = [line.split()[0] for line in world.read("called").splitlines()]
    assert called[:2] == ["lint", "waivers"]


def test_the_comment_and_the_summary_hold_what_is_wrong_with_waivers(world: World) -> None:
    _, base = reviewed(world)
    for name in ("lint", "waivers", "diff", "plan"):
        (review(world) / f"{name}.md").write_text(f"{name} said\n")
    assert world.step("plan", "Put together").returncode == 0
    said = [line for line in (review(world) / "comment.md").read_text().splitlines() if line.endswith(" said")]
    assert said == ["lint said", "waivers said", "diff said", "plan said"]
    world.step("plan", "Lint, waivers and diff", BASE=base)
    assert world.read("summary") == "said\n" * 3


def test_settings_that_are_a_link_lead_nowhere(world: World) -> None:
    workspace, base = reviewed(world)
    elsewhere = world.root / "elsewhere"
    elsewhere.write_text("untouched")
    (workspace / "hubposture.toml").unlink()
    (workspace / "hubposture.toml").symlink_to(elsewhere)
    assert world.step("plan", "Take the settings", BASE=base).returncode == 0
    assert elsewhere.read_text() == "untouched"
    assert (workspace / "hubposture.toml").read_text() == "reviewed"


def test_nothing_in_the_pull_request_is_imported_when_installing(world: World) -> None:
    (world.root / "workspace" / "pip.py").write_text("raise SystemExit('ran the pull request')")
    done = world.step("plan", "Install", REQUIREMENT="./does-not-exist")
    assert "ran the pull request" not in done.stdout + done.stderr


def test_without_settings_on_the_base_nothing_is_planned(world: World) -> None:
    world.git("init", "--quiet", "--initial-branch", "main")
    world.git("commit", "--quiet", "--allow-empty", "-m", "Empty")
    (world.root / "workspace" / "hubposture.toml").write_text("proposed")
    assert world.step("plan", "Take the settings", BASE=world.git("rev-parse", "HEAD")).returncode == 0
    assert world.read("output") == ""
    assert "no hubposture.toml" in (review(world) / "plan.md").read_text()


@pytest.mark.parametrize(("size", "whole"), [(100, True), (64_000, False)])
def test_the_comment_never_outgrows_what_github_takes(world: World, size: int, whole: bool) -> None:
    (review(world) / "lint.md").write_text("lint\n")
    (review(world) / "diff.md").write_text("ü" * 2000)
    (review(world) / "plan.md").write_text("p" * size)
    assert world.step("plan", "Put together").returncode == 0
    comment = (review(world) / "comment.md").read_text()
    assert comment.startswith("<!-- hubposture -->\n")
    assert "p" * size in comment
    assert ("lint\n" in comment) == whole
    assert len(comment) < 65_536


def test_a_plan_that_failed_is_said_in_the_comment(world: World) -> None:
    assert world.step("plan", "Put together", RUN="https://example.com/run").returncode == 0
    assert "[the run](https://example.com/run) says why" in (review(world) / "comment.md").read_text()


@pytest.mark.parametrize(("ends", "passes"), [(0, True), (2, True), (1, False)])
def test_a_plan_that_differs_passes_and_one_that_is_incomplete_does_not(world: World, ends: int, passes: bool) -> None:
    review(world)
    assert (world.step("plan", "Plan", ENDS=str(ends)).returncode == 0) == passes


def test_what_lint_finds_fails_the_check(world: World) -> None:
    assert world.step("plan", "Check what is proposed", ENDS="2").returncode == 2


@pytest.mark.usefixtures("_needs_jq")
def test_the_plan_that_is_applied_is_the_one_of_the_merged_pull_request(world: World) -> None:
    world.written("comments.json", [])
    world.written("pulls.json", [{"merged_at": None, "head": {"sha": "0"}}, {"merged_at": "x", "head": {"sha": "abc"}}])
    world.written(
        "runs.json", {"workflow_runs": [{"id": 9, "status": "in_progress"}, {"id": 8, "status": "completed"}]}
    )
    (world.root / "artifact" / "plan.json").write_text("{}")
    fetched = world.step("apply", "Fetch the reviewed plan")
    assert fetched.returncode == 0, fetched.stderr
    assert "head_sha=abc" in world.read("asked")
    assert "run download 8 " in world.read("asked")
    applied = world.step("apply", "Apply")
    assert applied.returncode == 0, applied.stderr
    assert world.read("called").startswith(f"apply {world.temporary}/review/plan.json --format markdown")


@pytest.mark.usefixtures("_needs_jq")
def test_a_commit_that_nobody_reviewed_is_not_applied(world: World) -> None:
    world.written("comments.json", [])
    world.written("pulls.json", [])
    done = world.step("apply", "Fetch the reviewed plan")
    assert done.returncode == 1
    assert "nothing was reviewed" in done.stdout


def test_without_a_reviewed_plan_nothing_is_applied(world: World) -> None:
    done = world.step("apply", "Apply")
    assert done.returncode == 1
    assert world.read("called") == ""


@pytest.mark.parametrize("ends", [1, 2])
def test_drift_and_failures_fail_the_daily_job(world: World, ends: int) -> None:
    done = world.step("drift", "Plan; fails", ENDS=str(ends))
    assert done.returncode == ends
    assert world.read("summary") == "said\n"


def test_nothing_is_installed_that_nobody_named(world: World) -> None:
    done = world.step("plan", "Install", REQUIREMENT="")
    assert done.returncode == 1
    assert "REQUIREMENT" in done.stdout
