"""A client at an emulated Jira, for its tests."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contracts import Traffic, validator
from hubposture.sandbox.remote.jira import ADDRESS, TOKEN, Jira
from hubposture.sandbox.remote.jira_model import JiraKind
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer

_CONTRACT = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "jira-cloud-v3.openapi.json"

NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def doc(*paragraphs: str) -> dict[str, Any]:
    """A document of plain paragraphs."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": one}]} for one in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


def details(project: str = "SHOP", *, kind: str = "Task", **fields: Any) -> dict[str, Any]:
    """What makes an issue."""
    given = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "S3.8 fails", **fields}
    return {"fields": given}


@dataclass(frozen=True, slots=True)
class Desk:
    """A site, its server and a client that is signed in."""

    jira: Jira
    server: JiraServer
    client: httpx.Client

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """Ask for something below the API's root."""
        more = {} if body is None else {"json": body}
        return self.client.request(method, path, params=params or None, **more)

    def made(self, project: str = "SHOP", **fields: Any) -> str:
        """Make an issue; gives its key."""
        reply = self.ask("POST", "/issue", details(project, **fields))
        assert reply.status_code == 201, reply.text
        key: str = reply.json()["key"]
        return key

    def read(self, key: str) -> dict[str, Any]:
        """The fields of an issue."""
        fields: dict[str, Any] = self.ask("GET", f"/issue/{key}").json()["fields"]
        return fields

    def found(self, jql: str, **more: Any) -> list[str]:
        """The ids that a search of Cloud finds."""
        reply = self.ask("POST", "/search/jql", {"jql": jql, **more})
        assert reply.status_code == 200, reply.text
        return [one["id"] for one in reply.json()["issues"]]

    def walk(self, key: str, transition: str, **more: Any) -> httpx.Response:
        """Take a transition."""
        return self.ask("POST", f"/issue/{key}/transitions", {"transition": {"id": transition}, **more})


@contextmanager
def desk(kind: JiraKind = JiraKind.CLOUD) -> Iterator[Desk]:
    """A desk at the company's site, its clock standing still; what Cloud answered is held against the contract at the end."""
    jira = acme(kind, now=NOW)
    is_cloud = kind is JiraKind.CLOUD
    auth = httpx.BasicAuth(ADDRESS, TOKEN) if is_cloud else None
    headers = {} if is_cloud else {"authorization": f"Bearer {TOKEN}"}
    with JiraServer(jira) as server:
        root = f"{server.url}/rest/api/{3 if is_cloud else 2}"
        with httpx.Client(base_url=root, auth=auth, headers=headers, trust_env=False, timeout=10) as client:
            traffic = Traffic()
            jira.watchers.append(traffic.saw)
            yield Desk(jira, server, client)
    if is_cloud and _CONTRACT.is_file():  # test_jira_contract says so where it is missing
        traffic.check(validator(_CONTRACT), are_requests_good=False)
