"""The emulated Jira in a browser: the list, an issue as it reads, and the buttons that people press."""

from collections.abc import Iterator

import httpx
import pytest

from hubposture.sandbox.remote.jira import Jira
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer

HOSTILE = "<script>alert(1)</script> \" ' &"


@pytest.fixture
def site() -> Iterator[tuple[Jira, httpx.Client]]:
    jira = acme()
    with JiraServer(jira) as server, httpx.Client(base_url=server.url) as client:
        yield jira, client


def _issue(jira: Jira) -> str:
    project = jira.projects["SHOP"]
    text = {"type": "text", "text": HOSTILE, "marks": [{"type": "link", "attrs": {"href": "javascript:alert(1)"}}]}
    description = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}
    fields = {"summary": HOSTILE, "priority": "3", "description": description, "labels": (HOSTILE,)}
    return jira.add_issue(project, project.types[0], fields, "kim").key


def test_an_issue_is_listed_and_shown_and_nothing_in_it_executes(site: tuple[Jira, httpx.Client]) -> None:
    jira, client = site
    key = _issue(jira)
    for path in ("/", f"/browse/{key}"):
        page = client.get(path)
        assert page.status_code == 200
        assert key in page.text
        assert "<script" not in page.text
        assert 'href="javascript' not in page.text
        assert "&lt;script&gt;" in page.text
    assert client.get("/browse/NONE-1").status_code == 404


@pytest.mark.parametrize(
    ("pressed", "status", "resolution"),
    [("close", "Done", "Done"), ("wont", "Done", "Won't Do"), ("other", "To Do", None)],
)
def test_a_button_does_what_a_person_would_do(
    site: tuple[Jira, httpx.Client], pressed: str, status: str, resolution: str | None
) -> None:
    jira, client = site
    key = _issue(jira)
    assert client.post(f"/browse/{key}", data={"do": pressed}).status_code == 303
    fields = jira.issue(key)["fields"]
    assert (fields["status"]["name"], (fields["resolution"] or {}).get("name")) == (status, resolution)


def test_not_mine_is_a_label_beside_the_others_and_what_is_closed_is_opened_again(
    site: tuple[Jira, httpx.Client],
) -> None:
    jira, client = site
    key = _issue(jira)
    for pressed in ("not-mine", "close", "reopen"):
        client.post(f"/browse/{key}", data={"do": pressed})
    fields = jira.issue(key)["fields"]
    assert set(fields["labels"]) == {HOSTILE, "not-mine"}
    assert fields["status"]["statusCategory"]["key"] != "done"
