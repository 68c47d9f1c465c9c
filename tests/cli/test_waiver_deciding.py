"""Requests for waivers from a terminal: the same verbs, and four eyes there too."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubposture.cli.main import cli
from hubposture.verbs.waiver_ask import ask
from hubposture.waivers.standing import State
from hubposture.wiring import Surroundings
from web.asking_world import KIM, LEE, World, answers, asking


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world; commands live at its time."""
    with asking(tmp_path, record="hubposture") as found:

        def around(environ: Mapping[str, str]) -> Surroundings:
            return Surroundings(now=lambda: found.now[-1], environ=dict(environ))

        monkeypatch.setattr(sys.modules["hubposture.wiring.workplace"], "surroundings_of", around)
        yield found


def run(world: World, *arguments: str, who: str) -> object:
    done = CliRunner().invoke(
        cli, ["-C", str(world.base), "waivers", *arguments, "--format", "json"], standalone_mode=False,
        env={"GITHUB_ACTOR": who},
    )  # fmt: skip
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def test_a_request_is_listed_shown_and_approved_by_somebody_else(world: World) -> None:
    with world.means(KIM) as means:
        request = ask(means, answers(expires=str(means.today.replace(year=means.today.year + 1))))
    (listed,) = run(world, "requests", who=LEE)["requests"]  # type: ignore[index]
    assert (listed["waiver"], listed["state"], listed["is_for_me"]) == ("W-2026-001", "asked", True)
    shown = run(world, "requests", request.id, who=LEE)
    assert shown["covers_now"] == 3  # type: ignore[index]
    with pytest.raises(Exception, match="somebody else must decide"):
        run(world, "decide", request.id, "approve", who=KIM)
    with pytest.raises(Exception, match="say why"):
        run(world, "decide", request.id, "reject", who=LEE)
    with pytest.raises(Exception, match="is not what your page showed"):
        run(world, "decide", request.id, "approve", "--digest", "sha256:x", who=LEE)
    run(world, "decide", request.id, "comment", "--comment", "looking", who=LEE)
    done = run(world, "decide", request.id, "approve", "--digest", shown["digest"], who=LEE)  # type: ignore[index]
    assert done["state"] == "approved"  # type: ignore[index]
    world.merge()
    assert world.standing("W-2026-001").state is State.HOLDING
    told = run(world, "approvals", who=LEE)
    assert told["failures"] == []  # type: ignore[index]
    assert replace(world.standing("W-2026-001"), why="").state is State.HOLDING


def test_a_waiver_of_the_baseline_is_asked_for_where_our_pages_are_the_record(world: World) -> None:
    (world.base / "waivers" / "W-1.yaml").write_text(
        "id: W-1\ncontrols: [S3.8]\nresources: ['arn:aws:s3:::site-*']\ntype: by-design\nreason: x\nowner: t\n"
        f"requested_by: {KIM}\nvalid_from: 2026-11-24\nexpires: 2027-05-01\n"
    )
    run(world, "request", "W-1", who=KIM)
    ((request, draft),) = world.store.ledger.asked("acme")
    assert (request.waiver, draft.kind.value) == ("W-1", "again")
    with pytest.raises(Exception, match="being asked for already"):
        run(world, "request", "W-1", who=KIM)
