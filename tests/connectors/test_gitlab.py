"""What GitLab alone does: projects by path, approvals without a commit, accounts that commits do not name."""

from collections.abc import Iterator

import pytest

from connectors.forge_faces import FILE, Seen, seen_as
from hubposture.errors import RemoteRefused
from hubposture.sandbox.remote.forge import COMMENTED


@pytest.fixture
def gitlab() -> Iterator[Seen]:
    with seen_as("gitlab") as found:
        yield found


def test_a_project_in_groups_is_one_part_of_the_address(gitlab: Seen) -> None:
    gitlab.client.reviews("0" * 40)
    assert gitlab.forge.calls[0] == "GET /api/v4/projects/acme%2Fsecurity%2Fbaseline"


def test_a_project_may_be_given_by_its_number(gitlab: Seen) -> None:
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    with seen_as("gitlab", name="4711") as numbered:
        numbered.server.answer = gitlab.server.answer  # type: ignore[method-assign]
        assert numbered.approvers(commit, FILE) == ("lee",)


@pytest.mark.parametrize("pushed", [False, True])
def test_older_gitlabs_tell_the_time_of_an_approval_in_a_note(gitlab: Seen, pushed: bool) -> None:
    gitlab.forge.knows_approved_at = False
    gitlab.forge.page_size = 2
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.dismiss(gitlab.forge.review(change, "lee"))
    gitlab.forge.push(change, {FILE: "2"}, by="kim")
    gitlab.forge.review(change, "lee")
    gitlab.forge.review(change, "max")
    if pushed:
        gitlab.forge.push(change, {FILE: "3"}, by="kim")
    assert gitlab.approvers(gitlab.forge.merge(change, "max")) == (() if pushed else ("lee", "max"))


def test_a_time_that_nobody_tells_is_no_approval(gitlab: Seen) -> None:
    gitlab.forge.knows_approved_at = False
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    assert gitlab.approvers(commit) == ("lee",)
    gitlab.edit("/notes", lambda body: [{**one, "system": False} for one in body])
    assert gitlab.approvers(commit) == ()


def test_a_comment_with_the_words_of_an_approval_grants_nothing(gitlab: Seen) -> None:
    gitlab.forge.knows_approved_at = False
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    gitlab.forge.push(change, {FILE: "another"}, by="kim")
    commit = gitlab.forge.merge(change, "max")
    words = {"id": 99, "system": False, "body": "approved this merge request", "author": {"id": 1001}}
    gitlab.edit("/notes", lambda body: [*body, {**words, "created_at": "2026-11-02T09:04:00.500Z"}])
    assert gitlab.approvers(commit) == ()


def test_a_newest_version_that_is_not_what_was_merged_is_no_approval(gitlab: Seen) -> None:
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    gitlab.edit("/versions", lambda body: [{**one, "head_commit_sha": "0" * 40} for one in body])
    assert gitlab.approvers(commit) == ()
    gitlab.edit("/versions", lambda _body: [])
    assert gitlab.approvers(commit) == ()


def test_commits_that_lack_the_last_one_name_no_authors_so_nobody_approves(gitlab: Seen) -> None:
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    gitlab.edit("/commits?", lambda body: [one for one in body if one["id"] != change.head])
    assert gitlab.approvers(commit) == ()


def test_an_account_of_which_it_is_not_said_that_it_is_no_bot_does_not_approve(gitlab: Seen) -> None:
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    gitlab.edit("/users/", lambda body: {name: value for name, value in body.items() if name != "bot"})
    assert gitlab.approvers(commit) == ()


def test_an_answer_that_is_no_project_is_an_error(gitlab: Seen) -> None:
    gitlab.edit("/projects/", lambda _body: {"id": 1})
    with pytest.raises(RemoteRefused, match="URL that of the API"):
        gitlab.client.reviews("0" * 40)


def test_a_request_into_a_fork_is_no_review_of_this_project(gitlab: Seen) -> None:
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    commit = gitlab.forge.merge(change, "max")
    gitlab.edit("/merge_requests/1", lambda body: {**body, "target_project_id": 1} if isinstance(body, dict) else body)
    assert gitlab.client.reviews(commit) == ()


def test_a_request_that_is_not_called_merged_is_no_review(gitlab: Seen) -> None:
    commit = gitlab.forge.merge(gitlab.forge.open("kim", {FILE: "waiver"}), "max")
    assert len(gitlab.client.reviews(commit)) == 1
    gitlab.edit("/merge_requests/1", lambda body: {**body, "state": "locked"} if isinstance(body, dict) else body)
    assert gitlab.client.reviews(commit) == ()


def test_another_note_after_the_push_is_no_approval(gitlab: Seen) -> None:
    gitlab.forge.knows_approved_at = False
    change = gitlab.forge.open("kim", {FILE: "waiver"})
    gitlab.forge.review(change, "lee")
    gitlab.forge.push(change, {FILE: "another"}, by="kim")
    gitlab.forge.review(change, "lee", COMMENTED)
    assert gitlab.approvers(gitlab.forge.merge(change, "max")) == ()


def test_an_account_that_only_resembles_the_login_is_not_taken_for_it(gitlab: Seen) -> None:
    gitlab.edit("/users?", lambda body: [{"id": 1000, "username": "leeroy"}, *body])
    assert gitlab.client.email_of("lee") == "lee@example.com"
