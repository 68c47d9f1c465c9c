"""Acting through the API: waivers asked for and decided on, changes proposed and withdrawn, by the same rules as the pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lake.lake_world import T0
from web.asking_world import ANA, BRANCH, KIM, LEE, RED, SITE, World, answers, asking, bucket
from web.changes_world import branches, changing
from web.web_world import FIRST, SECOND, Pages

PROBLEM = "application/problem+json"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with asking(tmp_path) as found, found.opened:
        yield found


def wanted(**more: Any) -> dict[str, Any]:
    """What a program asks for: buckets 0 to 2 of the first account for 90 days."""
    plain = answers()
    lists = {"controls": ["S3.8"], "resources": plain["resources"].split("\n"), "accounts": [FIRST]}
    texts = {name: plain[name] for name in ("type", "reason", "owner", "expires")}
    return lists | texts | more


def asked(world: World, **more: Any) -> Any:
    found = world.client(KIM).http.post("/api/v1/waiver-requests", json=wanted(**more))
    assert found.status_code == 201, found.text
    return found.json()


def refused(found: httpx.Response, status: int) -> Any:
    assert (found.status_code, found.headers["content-type"]) == (status, PROBLEM), found.text
    return found.json()


def decide(world: World, who: str, one: Any, do: str, **more: Any) -> httpx.Response:
    sent = {"do": do, "revision": one["revision"], "digest": one["digest"]} | more
    return world.client(who).http.post(f"/api/v1/waiver-requests/{one['request']['id']}/decision", json=sent)


def test_a_waiver_is_asked_for_and_approved_by_somebody_else(world: World) -> None:
    one = asked(world, comment="for the site")
    assert (one["request"]["waiver"], one["request"]["covers"], one["request"]["is_mine"]) == ("W-2026-001", 3, True)
    assert [event["text"] for event in one["events"]] == ["for the site"]
    own = refused(decide(world, KIM, one, "approve"), 403)
    assert "somebody else must decide" in own["detail"]
    (waiting,) = world.client(LEE).http.get("/api/v1/waiver-requests").json()["requests"]
    assert waiting["is_for_me"]
    seen = world.client(LEE).http.get(f"/api/v1/waiver-requests/{waiting['id']}").json()
    assert {row["resource"] for row in seen["covered"]} == {f"{SITE}{number}" for number in range(3)}
    done = decide(world, LEE, seen, "approve", comment="fine")
    assert (done.status_code, done.json()["request"]["state"]) == (200, "approved")
    assert done.json()["commit"] == world.git("rev-parse", BRANCH)


def test_asking_twice_under_one_key_asks_once(world: World) -> None:
    client = world.client(KIM).http
    answered = [
        client.post("/api/v1/waiver-requests", json=wanted(), headers={"Idempotency-Key": "k"}).text for _ in range(2)
    ]
    assert answered[0] == answered[1]
    assert len(world.store.ledger.asked("acme")) == 1


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_asked(world: World) -> None:
    client = world.client(KIM).http
    bad = wanted(controls=["nothing"], accounts=["12"], regions=["?"], expires=T0.date().isoformat())
    found = refused(client.post("/api/v1/waiver-requests", json=bad), 422)
    assert {one["where"] for one in found["errors"]} >= {"controls", "accounts", "regions"}
    shapes = refused(client.post("/api/v1/waiver-requests", json={"type": "because", "colour": "red"}), 422)
    assert {one["where"] for one in shapes["errors"]} >= {"body.controls", "body.type", "body.colour", "body.reason"}
    assert world.store.ledger.asked("acme") == ()


def test_who_lacks_authority_is_refused_by_the_rule(world: World) -> None:
    elsewhere = wanted(accounts=[SECOND], resources=[f"{SITE}100"])
    assert world.client(KIM).http.post("/api/v1/waiver-requests", json=elsewhere).status_code in (403, 422)
    found = refused(world.client(RED).http.post("/api/v1/waiver-requests", json=wanted()), 403)
    assert "no rule permits it" in found["detail"]
    one = asked(world)
    assert "may not approve-waiver" in refused(decide(world, ANA, one, "approve"), 403)["detail"]


def test_an_approval_is_bound_to_what_was_told(world: World) -> None:
    one = asked(world, resources=[f"{SITE}*"])
    seen = world.client(LEE).http.get(f"/api/v1/waiver-requests/{one['request']['id']}").json()
    world.fold(bucket(50))
    refused(decide(world, LEE, seen, "approve"), 409)
    again = world.client(LEE).http.get(f"/api/v1/waiver-requests/{one['request']['id']}").json()
    assert again["added"]
    assert decide(world, LEE, again, "approve").status_code == 200


def test_a_request_is_withdrawn_or_rejected_with_a_reason(world: World) -> None:
    one = asked(world)
    assert decide(world, LEE, one, "reject", comment="no").json()["request"]["state"] == "rejected"
    refused(decide(world, LEE, one, "approve"), 409)
    two = asked(world)
    assert decide(world, KIM, two, "withdraw").json()["request"]["state"] == "withdrawn"
    refused(world.client(KIM).http.get("/api/v1/waiver-requests/none"), 404)


def test_a_waiver_is_extended_and_ended(world: World) -> None:
    one = asked(world)
    assert decide(world, LEE, one, "approve").status_code == 200
    world.merge()
    until = wanted()["expires"].replace("2027-02", "2027-03")
    longer = world.client(KIM).http.post("/api/v1/waivers/W-2026-001/extension", json={"until": until})
    assert (longer.status_code, longer.json()["request"]["until"]) == (201, until)
    ended = world.client(LEE).http.post("/api/v1/waivers/W-2026-001/revocation", json={"reason": "it is private now"})
    assert (ended.status_code, ended.json()["branch"]) == (200, BRANCH)
    refused(world.client(LEE).http.post("/api/v1/waivers/W-9/revocation", json={"reason": "x"}), 404)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Pages]:
    with changing(tmp_path / "base") as found:
        yield found


def test_a_change_is_proposed_on_a_branch_and_withdrawn(there: Pages) -> None:
    asked_ = {"disposition": "monitor", "reason": "Not yet", "scope": "data"}
    made = there.client.post("/api/v1/controls/S3.8/proposals", json=asked_)
    assert made.status_code == 201, made.text
    one = made.json()["proposal"]
    assert (one["state"], one["row"]["disposition"]) == ("open", "monitor")
    assert one["branch"] in branches(there.base)
    (listed,) = there.get("/api/v1/changes").json()["proposals"]
    assert listed == one
    gone = there.client.post(f"/api/v1/changes/{one['id']}/withdrawal")
    assert (gone.status_code, gone.json()["proposal"]["state"]) == (200, "withdrawn")
    assert one["branch"] not in branches(there.base)
    assert refused(there.get("/api/v1/changes/none"), 404)["detail"]


def test_a_change_that_cannot_be_is_told_with_all_that_is_wrong(there: Pages) -> None:
    bad = {"disposition": "maybe", "scope": "nowhere", "expires": "soon"}
    found = refused(there.client.post("/api/v1/controls/S3.8/proposals", json=bad), 422)
    assert len(found["errors"]) >= 2
    assert there.get("/api/v1/changes").json()["proposals"] == []
    refused(there.client.post("/api/v1/controls/none.1/proposals", json={"disposition": "enforce"}), 404)


def test_controls_are_explained_and_those_without_a_row_wait(there: Pages) -> None:
    found = there.get(f"/api/v1/controls/S3.8/explanation?account={FIRST}&region=eu-central-1")
    assert found.status_code == 200, found.text
    assert found.json()["control"] == "S3.8"
    assert there.get("/api/v1/controls/inbox").status_code == 200
    for path in ("/api/v1/applies", "/api/v1/outside", "/api/v1/tokens"):
        assert there.get(path).status_code == 200, path
    refused(there.get("/api/v1/applies/none"), 404)
