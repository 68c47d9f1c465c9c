"""Programs with tokens: who is let in, what their rules let them see and do, and how much they may ask."""

from collections.abc import Iterator

import pytest

from hubposture.access.actions import Action
from web.api_world import ADMIN, Programs, programs
from web.web_world import FIRST, SECOND

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    with programs(tmp_path_factory.mktemp("tokens")) as found:
        yield found


@pytest.mark.parametrize("header", ["", "Bearer x", "Bearer hubp_" + "a" * 43, "Basic a2ltOmtpbQ==", "Bearer"])
def test_without_a_good_token_nothing_is_told_but_the_document(world: Programs, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for method, path in (("GET", "/api/v1/posture"), ("POST", "/api/v1/filters"), ("HEAD", "/api/v1/findings")):
        found = world.client.request(method, path, headers=headers)
        assert (found.status_code, found.headers["content-type"]) == (401, PROBLEM), path
        assert found.headers["www-authenticate"] == "Bearer"
    assert world.client.get("/api/openapi.json", headers=headers).status_code == 200


def test_a_program_acts_with_its_token_alone(world: Programs) -> None:
    headers = world.bearing(world.token(groups=("administrator",)))
    made = world.client.post("/api/v1/filters", json={"name": "mine", "filter": "severity>=HIGH"}, headers=headers)
    assert (made.status_code, made.json()["saved"]["owner"]) == (201, ADMIN)
    me = world.client.get("/api/v1/me", headers=headers).json()
    assert (me["name"], me["way"], me["groups"], me["is_asked"]) == (ADMIN, "token", ["administrator"], True)
    assert world.client.delete("/api/v1/filters/mine", headers=headers).status_code == 200


def test_a_refusal_names_the_rule(world: Programs) -> None:
    found = world.client.get("/api/v1/audit", headers=world.bearing(world.token("lee@example.com", groups=("reader",))))
    assert (found.status_code, found.headers["content-type"]) == (403, PROBLEM)
    assert "may not administer the organization: no rule permits it" in found.json()["detail"]


def test_a_token_is_for_its_actions_alone(world: Programs) -> None:
    token = world.token(groups=("administrator",), actions=[Action.VIEW])
    found = world.client.get("/api/v1/audit", headers=world.bearing(token))
    assert (found.status_code, found.json()["detail"]) == (403, "this token is not for administer")
    file = world.client.get("/accounts.csv", headers=world.bearing(token))
    assert file.status_code == 403
    assert world.client.get("/api/v1/accounts", headers=world.bearing(token)).status_code == 200


def test_lists_counts_and_scores_hold_only_what_one_may_see(world: Programs) -> None:
    whole = world.bearing(world.token(groups=("reader",)))
    part = world.bearing(world.token("pat@example.com", groups=("account-owner", "team-data")))
    every = world.client.get("/api/v1/findings?limit=1000", headers=whole).json()
    seen = world.client.get("/api/v1/findings?limit=1000", headers=part).json()
    assert {one["account"] for one in every["findings"]} == {FIRST, SECOND}
    assert {one["account"] for one in seen["findings"]} == {SECOND}
    assert seen["counts"]["subjects"] == len(seen["findings"]) < every["counts"]["subjects"]
    assert world.client.get(f"/api/v1/accounts/{FIRST}", headers=part).status_code == 404
    hidden = next(one["subject"] for one in every["findings"] if one["account"] == FIRST)
    assert world.client.get(f"/api/v1/findings/{hidden}", headers=part).status_code == 404
    score = world.client.get("/api/v1/posture", headers=part).json()["as_is"]
    assert 0 < score["of"] < world.client.get("/api/v1/posture", headers=whole).json()["as_is"]["of"]
    cursor = f"v{every['version']}-{hidden}"
    assert world.client.get(f"/api/v1/findings?after={cursor}", headers=part).status_code == 422


def test_what_one_knows_is_of_no_use_to_somebody_else(world: Programs) -> None:
    whole = world.bearing(world.token(groups=("reader",)))
    part = world.bearing(world.token("pat@example.com", groups=("account-owner", "team-data")))
    tag = world.client.get("/api/v1/accounts", headers=whole).headers["etag"]
    again = world.client.get("/api/v1/accounts", headers=part | {"If-None-Match": tag})
    assert again.status_code == 200


def test_a_key_is_of_one_person(world: Programs) -> None:
    for person in ("kim@example.com", "lee@example.com"):
        headers = world.bearing(world.token(person, groups=("reader",))) | {"Idempotency-Key": "same"}
        made = world.client.post("/api/v1/filters", json={"name": "k", "filter": "since<7d"}, headers=headers)
        assert (made.status_code, made.json()["saved"]["owner"]) == (201, person)


def test_too_many_requests_are_told_when_to_come_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    with programs(tmp_path_factory.mktemp("many"), requests=3) as world:
        headers = world.bearing(world.token(groups=("reader",)))
        answers = [world.client.get("/api/v1/me", headers=headers) for _ in range(5)]
        assert [one.status_code for one in answers[:3]] == [200, 200, 200]
        assert (answers[-1].status_code, answers[-1].headers["content-type"]) == (429, PROBLEM)
        assert int(answers[-1].headers["retry-after"]) > 0
