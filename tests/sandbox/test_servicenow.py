"""The emulated instance behaves as ServiceNow's documentation says, which is not as one would guess."""

from collections.abc import Iterator

import httpx
import pytest

from hubposture.sandbox.remote.servicenow import CLIENT, PASSWORD, SECRET, USER, Fate, ServiceNow
from hubposture.sandbox.remote.servicenow_query import parse
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer

TABLE = "/api/now/table/change_request"


@pytest.fixture
def instance() -> ServiceNow:
    return ServiceNow()


@pytest.fixture
def client(instance: ServiceNow) -> Iterator[httpx.Client]:
    with (
        ServiceNowServer(instance) as server,
        httpx.Client(base_url=server.url, auth=(USER, PASSWORD), trust_env=False) as found,
    ):
        yield found


def made(client: httpx.Client, **values: str) -> dict[str, str]:
    reply = client.post(TABLE, json=values)
    assert reply.status_code == 201
    result: dict[str, str] = reply.json()["result"]
    return result


def titles(client: httpx.Client, query: str, **params: str | int) -> list[str]:
    reply = client.get(TABLE, params={"sysparm_query": query, **params})
    return [row["short_description"] for row in reply.json()["result"]]


def test_a_query_is_met_by_ands_of_ors_and_ordered(client: httpx.Client) -> None:
    for title in ("alpha", "beta", "gamma", "delta"):
        made(client, short_description=title)
    assert titles(client, "short_description=alpha^ORshort_description=beta") == ["alpha", "beta"]
    assert titles(client, "short_descriptionLIKEa^short_descriptionENDSWITHTA^ORDERBYDESCshort_description") == [
        "delta",
        "beta",
    ]
    assert titles(client, "short_descriptionSTARTSWITHG") == ["gamma"]


def test_a_part_that_is_not_understood_is_ignored_unless_a_property_says_otherwise(
    client: httpx.Client, instance: ServiceNow
) -> None:
    made(client, short_description="alpha")
    made(client, short_description="beta")
    assert titles(client, "u_key=x") == ["alpha", "beta"]
    assert titles(client, "u_key=x^short_description=beta") == ["beta"]
    instance.switches.invalid_query_returns_no_rows = True
    assert titles(client, "u_key=x^short_description=beta") == []


def test_the_limit_comes_before_the_access_rules_so_an_empty_page_has_a_next_one(
    client: httpx.Client, instance: ServiceNow
) -> None:
    rows = [made(client, short_description=f"n{number}") for number in range(5)]
    instance.switches.hidden_rows |= {row["sys_id"] for row in rows[:4]}
    pages, url = [], f"{TABLE}?sysparm_limit=2&sysparm_fields=short_description,nothing"
    while url:
        reply = client.get(url)
        pages.append(reply.json()["result"])
        url = str(reply.links["next"]["url"]) if "next" in reply.links else ""
    assert pages == [[], [], [{"short_description": "n4"}]]


def test_what_is_hidden_and_what_is_gone_are_answered_alike(client: httpx.Client, instance: ServiceNow) -> None:
    row = made(client, short_description="alpha")
    instance.switches.hidden_rows.add(row["sys_id"])
    hidden = client.get(f"{TABLE}/{row['sys_id']}")
    gone = client.get(f"{TABLE}/{'0' * 32}")
    assert (hidden.status_code, hidden.json()) == (gone.status_code, gone.json()) == (404, gone.json())


def test_writes_are_answered_as_if_they_had_worked(client: httpx.Client, instance: ServiceNow) -> None:
    kim = instance.flow.user("kim@example.com")["sys_id"]
    instance.switches.not_persisted.add(("change_request", "justification"))
    instance.switches.cleared_on_insert.add(("change_request", "requested_by"))
    values = {"requested_by": kim, "justification": "x", "nothing": "y", "short_description": "z" * 200}
    row = made(client, **values)
    assert (row["requested_by"], row["justification"], len(row["short_description"])) == ("", "", 160)
    client.patch(f"{TABLE}/{row['sys_id']}", json={"requested_by": kim, "justification": "x"})
    (found,) = instance.records("change_request")
    assert (found["requested_by"], found["justification"]) == (kim, "")


def test_a_reference_is_shown_in_three_ways(client: httpx.Client, instance: ServiceNow) -> None:
    kim = instance.flow.user("kim@example.com")["sys_id"]
    path = f"{TABLE}/{made(client, requested_by=kim)['sys_id']}?sysparm_fields=requested_by"
    link = f"{client.base_url}/api/now/table/sys_user/{kim}"
    shown = [
        client.get(f"{path}&sysparm_display_value={how}").json()["result"]["requested_by"]
        for how in ("false", "true", "all")
    ]
    assert shown == [
        {"link": link, "value": kim},
        {"display_value": "Kim", "link": link},
        {"display_value": "Kim", "value": kim, "link": link},
    ]
    assert client.get(f"{path}&sysparm_exclude_reference_link=true").json()["result"]["requested_by"] == kim


def test_a_journal_shows_itself_only_where_it_is_asked_to_be_displayed(client: httpx.Client) -> None:
    path = f"{TABLE}/{made(client, comments='hello')['sys_id']}?sysparm_fields=comments"
    assert client.get(path).json()["result"]["comments"] == ""
    assert "hello" in client.get(f"{path}&sysparm_display_value=true").json()["result"]["comments"]


def test_nobody_makes_an_approval_over_rest_nor_moves_a_change(client: httpx.Client) -> None:
    assert client.post("/api/now/table/sysapproval_approver", json={"state": "approved"}).status_code == 403
    row = made(client)
    assert client.patch(f"{TABLE}/{row['sys_id']}", json={"approval": "approved"}).status_code == 403


def test_client_credentials_are_off_until_both_switches_are_on(client: httpx.Client, instance: ServiceNow) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    assert client.post("/oauth_token.do", data=form).status_code == 401
    instance.switches.client_credentials = True
    assert client.post("/oauth_token.do", data=form).status_code == 401
    instance.switches.application_user = "hubposture"
    assert client.post("/oauth_token.do", data=form).json()["expires_in"] == 1800


def test_a_rejection_needs_comments(client: httpx.Client, instance: ServiceNow) -> None:
    made(client)
    with pytest.raises(ValueError, match="comments"):
        instance.reject("CHG0010001", "lee@example.com", "")


def test_an_answer_may_be_lost_after_the_record_was_made_or_come_later(
    client: httpx.Client, instance: ServiceNow
) -> None:
    instance.lose(Fate.LOST_AFTER, on="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(TABLE, json={})
    assert len(instance.records("change_request")) == 1
    instance.lose(Fate.DONE_LATER, on="POST", rests=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(TABLE, json={})
    counts = []
    for _ in range(3):
        counts.append(len(instance.records("change_request")))
        client.get(TABLE)
    assert counts == [1, 1, 2]


def test_a_query_says_whether_it_was_understood() -> None:
    found = parse("a=1^ORb=2^c!=3^NQ^ORDERBYa", lambda path: path in "abc")
    assert not found.is_valid
    assert [[part.field for part in group] for group in found.groups] == [["a", "b"], ["c"]]
    assert found.orders == (("a", False),)
