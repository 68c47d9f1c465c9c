"""The emulated forge by itself: what its two faces answer, page by page, and what they do not know."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hubposture.sandbox.remote.forge import CHANGES_REQUESTED, COMMENTED, TOKEN, Forge
from hubposture.sandbox.remote.forge_server import ForgeServer

ROOTS = ("/api/v3/repos/acme/baseline", "/api/v4/projects/acme%2Fbaseline")


@pytest.fixture
def server() -> Iterator[ForgeServer]:
    forge = Forge("acme/baseline")
    for login in ("kim", "lee"):
        forge.add(login, email=f"{login}@example.com")
    with ForgeServer(forge) as found:
        yield found


@pytest.fixture
def client(server: ForgeServer) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    transport = httpx.HTTPTransport(verify=False)
    with httpx.Client(base_url=server.url, headers=headers, transport=transport) as found:
        yield found


def got(client: httpx.Client, path: str) -> Any:
    reply = client.get(path)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_both_faces_show_the_same_repository(client: httpx.Client) -> None:
    assert [got(client, root)["default_branch"] for root in ROOTS] == ["main", "main"]


def test_who_shows_no_token_is_told_so_and_what_is_not_there_is_not_there(
    server: ForgeServer, client: httpx.Client
) -> None:
    for root in ROOTS:
        assert client.get(root, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get(f"{root}x").status_code == 404
    assert client.get("/elsewhere").status_code == 404
    assert len(server.forge.calls) == 5


@pytest.mark.parametrize("root", ROOTS)
def test_what_it_does_not_emulate_it_names(client: httpx.Client, root: str) -> None:
    reply = client.get(f"{root}/releases/latest")
    assert reply.status_code == 501
    assert "releases/latest" in reply.json()["message"]


def test_a_list_comes_in_pages_with_links_and_no_page_is_larger_than_allowed(
    server: ForgeServer, client: httpx.Client
) -> None:
    forge = server.forge
    change = forge.open("kim", {"a": "1"})
    for _ in range(5):
        forge.review(change, "lee", COMMENTED)
    forge.page_size = 2
    url, found = f"{ROOTS[0]}/pulls/1/reviews?per_page=100", []
    while url:
        reply = client.get(url)
        found.append([one["id"] for one in reply.json()])
        url = reply.links.get("next", {}).get("url", "")
    assert found == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize(("how", "parents"), [("merge", 2), ("squash", 1), ("rebase", 1)])
def test_every_way_to_merge_brings_the_same_files_and_leads_back_to_the_request(
    server: ForgeServer, client: httpx.Client, how: str, parents: int
) -> None:
    forge = server.forge
    change = forge.open("kim", {"a": "1"})
    forge.push(change, {"b": "2"}, by="kim")
    forge.commit("main", {"c": "3"}, by="lee")
    sha = forge.merge(change, "lee", how=how)
    tip = forge.commits[forge.branches["main"]]
    assert (tip.sha, len(tip.parents)) == (sha, parents)
    assert dict(tip.files) == {"README": "baseline", "a": "1", "b": "2", "c": "3"}
    assert [one["number"] for one in got(client, f"{ROOTS[0]}/commits/{sha}/pulls")] == [1]
    assert [one["iid"] for one in got(client, f"{ROOTS[1]}/repository/commits/{sha}/merge_requests")] == [1]


def test_a_push_leaves_a_review_at_its_commit_and_makes_a_version(server: ForgeServer, client: httpx.Client) -> None:
    forge = server.forge
    change = forge.open("kim", {"a": "1"})
    first = change.head
    forge.review(change, "lee")
    forge.push(change, {"a": "2"}, by="kim")
    (review,) = got(client, f"{ROOTS[0]}/pulls/1/reviews")
    assert (review["commit_id"], review["state"]) == (first, "APPROVED")
    assert got(client, f"{ROOTS[0]}/pulls/1")["head"]["sha"] == change.head != first
    versions = got(client, f"{ROOTS[1]}/merge_requests/1/versions")
    assert [one["head_commit_sha"] for one in versions] == [change.head, first]
    approved = got(client, f"{ROOTS[1]}/merge_requests/1/approvals")["approved_by"]
    assert [one["approved_at"] < versions[0]["created_at"] for one in approved] == [True]


def test_a_dismissal_changes_the_review_and_keeps_its_time(server: ForgeServer, client: httpx.Client) -> None:
    forge = server.forge
    change = forge.open("kim", {"a": "1"})
    review = forge.review(change, "lee")
    at = got(client, f"{ROOTS[0]}/pulls/1/reviews")[0]["submitted_at"]
    forge.dismiss(review)
    (found,) = got(client, f"{ROOTS[0]}/pulls/1/reviews")
    assert (found["state"], found["submitted_at"]) == ("DISMISSED", at)
    assert got(client, f"{ROOTS[1]}/merge_requests/1/approvals")["approved_by"] == []
    forge.review(change, "lee", CHANGES_REQUESTED)
    assert got(client, f"{ROOTS[1]}/merge_requests/1/reviewers")[0]["state"] == "requested_changes"


def test_a_merge_at_home_may_hold_more_than_the_request(server: ForgeServer, client: httpx.Client) -> None:
    forge = server.forge
    change = forge.open("kim", {"a": "1"})
    sha = forge.push_merge(change, "kim", {"a": "evil"})
    assert forge.commits[forge.branches["main"]].files["a"] == "evil"
    ids = [got(client, f"{ROOTS[0]}/contents/a?ref={ref}")["sha"] for ref in (sha, change.head)]
    assert ids[0] != ids[1]
    assert ids == [got(client, f"{ROOTS[1]}/repository/files/a?ref={ref}")["blob_id"] for ref in (sha, change.head)]


def test_trouble_lasts_as_long_as_it_was_told_to(server: ForgeServer, client: httpx.Client) -> None:
    server.forge.trouble(403, times=2, headers={"retry-after": "5"}, message="rate limit")
    replies = [client.get(ROOTS[0]) for _ in range(3)]
    assert [one.status_code for one in replies] == [403, 403, 200]
    assert (replies[0].headers["retry-after"], replies[0].json()["message"]) == ("5", "rate limit")
