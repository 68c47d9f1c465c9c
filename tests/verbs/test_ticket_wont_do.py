"""A ticket that people will not do: a waiver is proposed once, without an approval."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from baseline_world import SETTINGS, commit_all, git, needs_git, new_repository
from hubposture.baseline.repository import open_repository
from hubposture.ports.repository import Author
from hubposture.verbs.ticket_wont_do import Means, propose_waivers
from hubposture.waivers.read import read_waivers
from hubposture.work.action import Answer
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket
from hubposture.work.world import World

_NOW = dt.datetime(2026, 11, 24, 9)
_BRANCH = "hubposture/waivers"
_GROUP = Group("acme", By.CONTROL_OWNER, "s3.8", "team-web")
_ANSWER = Answer("won't do", _GROUP.key(1), "team-web", "Won't Do", "kim@example.com", _NOW)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    needs_git()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    top = new_repository(tmp_path / "top")
    (top / "hubposture.toml").write_bytes(SETTINGS)
    (top / "waivers.yaml").write_text("[]\n")
    commit_all(top, "First")
    return top


def _means(root: Path, *, list_file: str = "") -> Means:
    return Means(
        repository=open_repository(root),
        path=lambda name: f"waivers/{name}",
        branch=_BRANCH,
        author=Author("hubposture", "hubposture@localhost"),
        today=_NOW.date(),
        days=90,
        shown=str.upper,
        list_file=list_file,
    )


def _subject(number: int, standing: Standing = Standing.FAILING) -> Subject:
    return Subject(
        subject=f"{number:032x}", account="111122223333", account_shown="acme-web (111122223333)",
        region="eu-central-1", control="s3.8", shown="S3.8", title="Public access is blocked", url="",
        resource=f"arn:aws:s3:::bucket-{number}", resource_type="AwsS3Bucket", severity="HIGH", standing=standing,
        owner="team-web", is_team=True, failing_since=_NOW, last_passed_at=None, changed_at=_NOW, seen_at=_NOW, returns=0,
    )  # fmt: skip


def _world(*subjects: Subject) -> World:
    ticket = Ticket(
        key=_GROUP.key(1), group=_GROUP, number=1, route=Route("team-web", "main", "SHOP"), state=State.OPEN,
        members=tuple(Member(one.subject, _NOW) for one in subjects), made_at=_NOW, id="1", shown="SHOP-7",
    )  # fmt: skip
    return World("acme", {one.subject: one for one in subjects}, tickets=[ticket])


def test_what_still_fails_is_proposed_once_as_a_waiver_that_nobody_approved(root: Path) -> None:
    world = _world(_subject(1), _subject(2, Standing.PASSED))
    proposed, failures = propose_waivers(_means(root), [_ANSWER], world)
    again, _ = propose_waivers(_means(root), [_ANSWER], world)
    assert not failures
    assert [one.commit for one in again] == [one.commit for one in proposed]
    name = f"waivers/{proposed[0].waiver}.yaml"
    assert git(root, "show", "--format=", "--name-only", _BRANCH) == name
    read = read_waivers({name: open_repository(root).read(name, _BRANCH)})
    (waiver,) = read.waivers
    assert not read.problems
    assert (waiver.criteria.resources, waiver.requested_by, waiver.approvals) == (
        ("arn:aws:s3:::bucket-1",),
        "kim@example.com",
        (),
    )
    assert waiver.expires == dt.date(2027, 2, 22)


def test_a_list_of_waivers_gets_them_one_behind_the_other(root: Path) -> None:
    world = _world(_subject(1))
    other = replace(world.tickets[0], key=_GROUP.key(2))
    both = replace(world, tickets=[*world.tickets, other])
    answers = [_ANSWER, replace(_ANSWER, ticket=other.key)]
    proposed, failures = propose_waivers(_means(root, list_file="waivers.yaml"), answers, both)
    assert not failures
    read = read_waivers({"waivers.yaml": open_repository(root).read("waivers.yaml", _BRANCH)})
    assert [one.id for one in read.waivers] == [one.waiver for one in proposed]


def test_other_answers_and_tickets_in_which_nothing_fails_propose_nothing(root: Path) -> None:
    assert propose_waivers(_means(root), [replace(_ANSWER, kind="not mine")], _world(_subject(1))) == ([], [])
    assert propose_waivers(_means(root), [_ANSWER], _world(_subject(1, Standing.GONE))) == ([], [])
    assert propose_waivers(_means(root), [replace(_ANSWER, ticket="shub-0")], _world(_subject(1))) == ([], [])


def test_a_branch_that_somebody_works_on_is_a_failure_that_names_the_ticket(root: Path) -> None:
    git(root, "checkout", "-q", "-b", _BRANCH)
    proposed, failures = propose_waivers(_means(root), [_ANSWER], _world(_subject(1)))
    assert not proposed
    assert failures[0].where == "SHOP-7"
