"""People of the emulated Jira click, and webhooks tell it, signed, again and out of order."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from hubposture.sandbox.remote.jira_webhooks import Webhook
from sandbox.remote.jira_desk import Desk, desk, doc

SECRET = "webhook secret"


class Ears:
    """Hears webhooks: (headers in lower case, raw body); answers with the statuses that wait, then 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        ears = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                ears.heard.append(({name.lower(): value for name, value in self.headers.items()}, content))
                self.send_response(ears.statuses.pop(0) if ears.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def events(self) -> list[tuple[str, str]]:
        """What was told: (event, key of the issue)."""
        bodies = [orjson.loads(content) for _, content in self.heard]
        return [(body["webhookEvent"], body["issue"]["key"]) for body in bodies]


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as found:
        found.jira.events.clear()
        yield found


@pytest.fixture
def ears() -> Iterator[Ears]:
    found = Ears()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def test_a_person_closes_over_as_many_hops_as_it_takes_and_the_history_has_each(at: Desk) -> None:
    key = at.made("DATA")
    at.jira.person("kim").close(key, "Won't Do")
    shown = at.jira.issue(key)
    assert (shown["fields"]["status"]["name"], shown["fields"]["resolution"]["name"]) == ("Done", "Won't Do")
    hops = [one["toString"] for change in shown["changelog"]["histories"] for one in change["items"]]
    assert hops == ["Done", "Won't Do", "Review", "In Progress", "Selected for Development"]
    at.jira.person("lee").reopen(key)
    assert at.jira.issue(key)["fields"]["status"]["name"] == "Backlog"


def test_a_person_says_with_which_resolution_even_where_the_workflow_has_one(at: Desk) -> None:
    key = at.made()
    at.jira.person("kim").close(key, "Won't Do")
    assert at.read(key)["resolution"]["name"] == "Won't Do"


def test_nobody_leaves_a_terminal_status(at: Desk) -> None:
    key = at.made("PLAT")
    at.jira.person("kim").close(key, "Won't Do", status="Rejected")
    with pytest.raises(LookupError, match="no way"):
        at.jira.person("kim").reopen(key)


def test_what_does_not_exist_cannot_be_clicked(at: Desk) -> None:
    with pytest.raises(LookupError, match="user"):
        at.jira.person("nobody")
    with pytest.raises(LookupError, match="issue"):
        at.jira.person("kim").close("X-1")
    with pytest.raises(LookupError, match="resolution"):
        at.jira.person("kim").close("SHOP-1", "Solved")


def test_people_comment_label_assign_and_edit(at: Desk) -> None:
    key = at.made(labels=["shub-1"])
    at.jira.advance(seconds=5)
    kim = at.jira.person("kim")
    kim.comment(key, "not mine")
    kim.label(key, "theirs")
    kim.assign(key, "lee")
    kim.edit(key, summary="Another title")
    fields = at.read(key)
    assert fields["comment"]["comments"][0]["body"] == doc("not mine")
    assert fields["comment"]["comments"][0]["author"]["accountId"] == "kim"
    assert (fields["labels"], fields["assignee"]["accountId"], fields["summary"]) == (
        ["theirs"],
        "lee",
        "Another title",
    )
    assert fields["updated"] == "2026-11-02T09:00:05.000+0000"


def test_a_webhook_is_signed_over_its_raw_body(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url, SECRET))
    key = at.made()
    at.jira.person("kim").close(key)
    assert at.jira.webhooks.send() == [200, 200]
    assert ears.events() == [("jira:issue_created", key), ("jira:issue_updated", key)]
    for headers, content in ears.heard:
        signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature"] == f"sha256={signature}"
        assert "x-atlassian-webhook-retry" not in headers
    body = orjson.loads(ears.heard[1][1])
    assert body["user"]["accountId"] == "kim"
    assert body["changelog"]["items"][0]["toString"] == "Done"
    assert body["issue"]["fields"]["status"]["name"] == "Done"


def test_only_what_its_query_and_its_events_name_is_told(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url, SECRET, jql="labels = a", events=("jira:issue_updated",)))
    one, other = at.made(labels=["a"]), at.made()
    for key in (one, other):
        at.jira.person("kim").close(key)
        at.jira.person("kim").comment(key, "x")
    at.jira.webhooks.send()
    assert ears.events() == [("jira:issue_updated", one)]


def test_comments_and_deletions_are_told(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url))
    key = at.made()
    at.jira.person("kim").comment(key, "x")
    at.jira.person("kim").delete(key)
    at.jira.webhooks.send()
    assert [name for name, _ in ears.events()] == ["jira:issue_created", "comment_created", "jira:issue_deleted"]
    assert orjson.loads(ears.heard[1][1])["comment"]["body"] == doc("x")
    assert "x-hub-signature" not in ears.heard[0][0]


def test_what_was_told_in_the_past_shows_the_issue_as_it_was_then(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url))
    key = at.made()
    at.jira.person("kim").close(key)
    at.jira.person("kim").reopen(key)
    at.jira.webhooks.send(is_reversed=True)
    statuses = [orjson.loads(content)["issue"]["fields"]["status"]["name"] for _, content in ears.heard]
    assert statuses == ["To Do", "Done", "To Do"]


def test_a_webhook_comes_twice_and_again_with_the_same_identifier(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url, SECRET))
    at.made()
    at.jira.webhooks.send(is_twice=True)
    at.jira.webhooks.send(is_again=True)
    assert len(ears.heard) == 3
    assert len({headers["x-atlassian-webhook-identifier"] for headers, _ in ears.heard}) == 1
    assert len({content for _, content in ears.heard}) == 1


def test_a_webhook_that_was_not_taken_is_sent_again_and_counts_its_tries(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url, SECRET))
    at.made()
    ears.statuses = [503, 429, 400]
    assert [at.jira.webhooks.send() for _ in range(4)] == [[503], [429], [400], []]
    assert [headers.get("x-atlassian-webhook-retry") for headers, _ in ears.heard] == [None, "1", "2"]


def test_a_webhook_to_nobody_waits(at: Desk) -> None:
    at.jira.webhooks.hooks.append(Webhook("http://127.0.0.1:9/hook"))
    at.made()
    assert [at.jira.webhooks.send() for _ in range(2)] == [[0], [0]]


def test_webhooks_are_sent_at_once_where_so_set(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url))
    at.jira.sends_at_once = True
    at.jira.person("kim").close("SHOP-1")
    assert ears.events() == [("jira:issue_updated", "SHOP-1")]


def test_issues_of_a_deleted_project_are_told_without_their_fields(at: Desk, ears: Ears) -> None:
    at.jira.webhooks.hooks.append(Webhook(ears.url))
    key = at.made()
    at.jira.delete_project("SHOP")
    at.jira.webhooks.send()
    assert ears.events() == [("jira:issue_created", key)]
