"""What GitHub alone does: reviews with a commit, limits as 403, outsiders, lists that stop."""

import datetime as dt
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

import pytest

from connectors.forge_faces import FILE, Seen, seen_as
from hubposture.connectors.github import standing_approvals
from hubposture.errors import RemoteRefused, RemoteUnavailable

NOW = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def github() -> Iterator[Seen]:
    with seen_as("github") as found:
        yield found


def merged(seen: Seen, *reviewers: str) -> str:
    change = seen.forge.open("kim", {FILE: "waiver"})
    for one in reviewers:
        seen.forge.review(change, one)
    return seen.forge.merge(change, "max")


def limited(**more: str) -> dict[str, str]:
    return {"date": format_datetime(NOW, usegmt=True), "x-ratelimit-remaining": "0", **more}


def test_an_enterprise_server_is_asked_below_its_own_root(github: Seen) -> None:
    github.client.reviews(merged(github, "lee"))
    assert all(one.startswith("GET /api/v3/repos/acme/baseline") for one in github.forge.calls if "users" not in one)


@pytest.mark.parametrize(
    ("headers", "message", "waited"),
    [
        ({"retry-after": "5"}, "You have exceeded a secondary rate limit", 5.0),
        (limited(**{"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}), "API rate limit exceeded", 41.0),
        ({}, "You have exceeded a secondary rate limit. Please wait", 60.0),
        ({"x-ratelimit-remaining": "0"}, "API limit", 60.0),
    ],
)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_403_that_is_a_limit_is_waited_out_wherever_it_comes(
    github: Seen, headers: dict[str, str], message: str, waited: float, at: int
) -> None:
    commit = merged(github, "lee")
    answer, count = github.server.answer, [0]

    def failing(*asked: str) -> object:
        if count[0] == at:
            github.forge.trouble(403, headers=headers, message=message)
        count[0] += 1
        return answer(*asked)

    github.server.answer = failing  # type: ignore[method-assign, assignment]
    assert github.approvers(commit, FILE) == ("lee",)
    assert github.slept == [waited]


def test_a_limit_that_lasts_longer_than_our_patience_is_an_error_for_later(github: Seen) -> None:
    commit = merged(github, "lee")
    github.forge.trouble(403, headers=limited(**{"x-ratelimit-reset": str(int(NOW.timestamp()) + 3000)}))
    with pytest.raises(RemoteUnavailable, match="3001 seconds"):
        github.client.reviews(commit)
    assert github.slept == []


def test_limits_without_end_are_not_waited_for_without_end(github: Seen) -> None:
    commit = merged(github, "lee")
    github.forge.trouble(403, times=99, headers={"retry-after": "1"})
    with pytest.raises(RemoteUnavailable):
        github.client.reviews(commit)
    assert len(github.slept) == 2


def test_a_403_that_forbids_is_an_error_at_once(github: Seen) -> None:
    commit = merged(github, "lee")
    github.forge.trouble(
        403,
        message="Resource not accessible by personal access token",
        headers=limited(**{"x-ratelimit-remaining": "4999"}),
    )
    with pytest.raises(RemoteRefused, match=r"not accessible.*scope"):
        github.client.reviews(commit)
    assert github.slept == []


@pytest.mark.parametrize(("visibility", "expected"), [("private", ("out",)), ("internal", ()), ("public", ())])
def test_where_more_than_its_own_may_read_only_those_who_belong_to_it_approve(
    github: Seen, visibility: str, expected: tuple[str, ...]
) -> None:
    github.forge.visibility = visibility
    github.forge.add("out", association="CONTRIBUTOR")
    assert github.approvers(merged(github, "out")) == expected
    assert github.approvers(merged(github, "lee")) == ("lee",)


def test_who_has_a_commit_under_another_name_and_address_of_the_account_does_not_approve_it(github: Seen) -> None:
    change = github.forge.open("kim", {FILE: "waiver"})
    github.forge.push(change, {FILE: "helped"}, by="lee", signed=("L. R.", "home@example.org"))
    for one in ("lee", "max"):
        github.forge.review(change, one)
    assert github.approvers(github.forge.merge(change, "max")) == ("max",)


def test_nobody_approves_a_request_with_more_commits_than_are_listed(github: Seen) -> None:
    github.forge.listed_commits = 3
    change = github.forge.open("kim", {FILE: "1"})
    for number in range(2):
        github.forge.push(change, {FILE: f"{number}"}, by="kim")
    github.forge.review(change, "lee")
    commit = github.forge.merge(change, "max")
    assert github.approvers(commit) == ("lee",)
    more = github.forge.open("kim", {FILE: "more"})
    for number in range(3):
        github.forge.push(more, {FILE: f"more {number}"}, by="kim")
    github.forge.review(more, "lee")
    assert github.approvers(github.forge.merge(more, "max")) == ()


@pytest.mark.parametrize(
    "other", [{"merged": False}, {"base": {"ref": "main", "repo": {"id": 1}}}, {"merged_at": None}]
)
def test_a_request_that_was_not_merged_or_into_another_repository_is_no_review(
    github: Seen, other: dict[str, Any]
) -> None:
    commit = merged(github, "lee")
    assert len(github.client.reviews(commit)) == 1
    github.edit("/pulls/1", lambda body: {**body, **other} if isinstance(body, dict) else body)
    assert github.client.reviews(commit) == ()


def test_a_person_is_looked_up_once(github: Seen) -> None:
    for _ in range(3):
        github.client.reviews(merged(github, "lee"))
        github.client.email_of("lee")
    assert len([one for one in github.forge.calls if "/users/" in one]) == 1


@pytest.mark.parametrize("body", [[], "x", None, {"id": "1", "default_branch": "main"}, {"id": 1}])
def test_an_answer_that_is_no_repository_is_an_error(github: Seen, body: Any) -> None:
    github.edit("", lambda _body: body)
    with pytest.raises(RemoteRefused, match="URL that of the API"):
        github.client.reviews("0" * 40)


# The last word of each person, without the network

HEAD = "a" * 40
MERGED = dt.datetime(2026, 11, 2, 12)


def said(by: str, state: str, minute: int | None, *, head: str | None = HEAD, number: int = 1) -> dict[str, Any]:
    at = None if minute is None else f"2026-11-02T11:{minute:02}:00Z"
    return {"id": number, "user": {"login": by}, "state": state, "submitted_at": at, "commit_id": head}


def standing(*reviews: dict[str, Any], since: dt.datetime | None = None) -> set[str]:
    return {one["user"]["login"] for one in standing_approvals(reviews, head=HEAD, since=since, merged_at=MERGED)}


def test_the_last_word_counts_in_whatever_order_reviews_come_and_in_whatever_case_a_login_is_written() -> None:
    reviews = [said("lee", "APPROVED", 1), said("Lee", "CHANGES_REQUESTED", 2), said("max", "APPROVED", 3)]
    assert standing(*reviews) == standing(*reversed(reviews)) == {"max"}


def test_of_two_in_the_same_second_the_later_one_counts() -> None:
    reviews = [said("lee", "CHANGES_REQUESTED", 1, number=2), said("lee", "APPROVED", 1, number=1)]
    assert standing(*reviews) == set()


def test_a_word_without_a_time_is_the_last_one_and_an_approval_without_one_is_none() -> None:
    assert standing(said("lee", "CHANGES_REQUESTED", None), said("lee", "APPROVED", 5)) == set()
    assert standing(said("lee", "APPROVED", None)) == set()


def test_an_approval_of_an_older_commit_or_of_none_is_none() -> None:
    assert standing(said("lee", "APPROVED", 1, head="b" * 40), said("max", "APPROVED", 1, head=None)) == set()
    assert list(standing_approvals([said("lee", "APPROVED", 1, head="")], head="", since=None, merged_at=MERGED)) == []


def test_an_approval_in_the_second_of_the_merge_counts_and_one_in_that_of_another_target_does_not() -> None:
    last = {**said("lee", "APPROVED", 1), "submitted_at": "2026-11-02T12:00:00Z"}
    assert standing(last) == {"lee"}
    assert standing(said("lee", "APPROVED", 30), since=dt.datetime(2026, 11, 2, 11, 30)) == set()
    assert standing(said("lee", "APPROVED", 31), since=dt.datetime(2026, 11, 2, 11, 30)) == {"lee"}


def test_an_approval_after_the_merge_does_not_hide_the_one_before_it() -> None:
    late = {**said("lee", "APPROVED", 1, number=2), "submitted_at": "2026-11-02T12:00:01Z"}
    assert standing(said("lee", "APPROVED", 30), late) == {"lee"}
