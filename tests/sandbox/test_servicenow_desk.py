"""The emulated instance's desk: incidents and tasks, their rules, and what people do to them."""

from collections.abc import Iterator

import httpx
import pytest

from hubposture.sandbox.remote.servicenow import PASSWORD, USER, ServiceNow
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer

TABLE = "/api/now/table/incident"
CODED = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}


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


def write(client: httpx.Client, row: dict[str, str], **values: str) -> httpx.Response:
    return client.patch(f"{TABLE}/{row['sys_id']}", json=values)


def test_a_priority_follows_from_impact_and_urgency_and_nobody_writes_it(client: httpx.Client) -> None:
    assert made(client, impact="1", urgency="1", priority="4")["priority"] == "1"
    row = made(client)
    assert row["priority"] == "5"
    assert write(client, row, impact="2", urgency="1", priority="5").json()["result"]["priority"] == "2"


def test_an_incident_is_resolved_only_with_a_code_and_notes(client: httpx.Client, instance: ServiceNow) -> None:
    row = made(client)
    refused = write(client, row, state="6", close_code="Solution provided")
    assert refused.status_code == 403
    assert refused.json()["error"]["detail"].endswith("mandatory: Close notes")
    done = write(client, row, **CODED).json()["result"]
    assert (done["state"], done["active"], bool(done["resolved_at"])) == ("6", "true", True)
    instance.switches.close_needs_code = False
    assert write(client, made(client), state="6").status_code == 200


def test_what_is_resolved_opens_again_and_what_is_closed_does_not(client: httpx.Client, instance: ServiceNow) -> None:
    row = made(client)
    write(client, row, **CODED)
    opened = write(client, row, state="1").json()["result"]
    assert (opened["state"], opened["resolved_at"], opened["reopen_count"]) == ("1", "", "1")
    instance.desk.close(row["number"], "kim@example.com")
    assert write(client, row, state="1").status_code == 403
    assert write(client, row, work_notes="still").status_code == 200
    instance.switches.closed_is_final = False
    assert write(client, row, state="1").status_code == 200


def test_people_do_by_hand_what_rest_may_not(instance: ServiceNow, client: httpx.Client) -> None:
    row, desk = made(client), instance.desk
    desk.cancel(row["number"], "kim@example.com")
    desk.reopen(row["number"], "kim@example.com")
    desk.reassign(row["number"], "kim@example.com", group="Network")
    _, now = desk.find(row["number"])
    assert (now["state"], now["assignment_group"], now["sys_updated_by"]) == ("2", desk.group("Network"), "kim")
    desk.delete(row["number"])
    assert client.get(f"{TABLE}/{row['sys_id']}").status_code == 404


def test_entries_of_journals_are_rows_of_their_own(client: httpx.Client) -> None:
    row = made(client, work_notes="first")
    write(client, row, work_notes="second", comments="for the caller")
    params = {"sysparm_query": f"element_id={row['sys_id']}^element=work_notes^ORDERBYsys_created_on"}
    entries = client.get("/api/now/table/sys_journal_field", params=params).json()["result"]
    assert [one["value"] for one in entries] == ["first", "second"]


def test_a_policy_may_ask_for_more_when_a_record_is_made(client: httpx.Client, instance: ServiceNow) -> None:
    instance.switches.mandatory_by_policy.add(("incident", "caller_id"))
    refused = client.post(TABLE, json={"short_description": "x"})
    assert (refused.status_code, "Caller id" in refused.text) == (403, True)
    kim = instance.flow.user("kim@example.com")["sys_id"]
    made(client, caller_id=kim)
    assert [row["caller_id"] for row in instance.records("incident")] == [kim]


def test_what_may_be_chosen_can_be_looked_up(client: httpx.Client) -> None:
    query = {"sysparm_query": "name=incident^element=state"}
    rows = client.get("/api/now/table/sys_choice", params=query).json()["result"]
    assert [one["value"] for one in rows] == ["1", "2", "3", "6", "7", "8"]
