"""The HTTP API: what it answers, what it says where something is wrong, and that it has all that the pages have."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubposture.web import app as application
from hubposture.web.api.app import OPERATIONS, bare_api, document
from lake.lake_world import T0, finding
from web.test_pages import data
from web.web_world import FIRST, MARKUP, NAME, Pages, pages

PROBLEM = "application/problem+json"
NEVER = (
    *("/health", "/ready", "/metrics", "/sign-in", "/sign-in/start", "/sign-in/back", "/zone"),
    # The form that changes what was asked for, and the one that hides a finding for now.
    *("/waivers/requests/{id_}/edit", "/waivers/suppress"),
    # Files of their own, one of them JSON.
    *("/reports/{week}", "/reports/{week}/report.{kind}", "/reports/evidence/{name}.zip"),
)
"""Pages that are for machines, for browsers alone, or hold what is not in the API yet."""
TABLE: Mapping[str, tuple[str, ...]] = {
    "/": ("/v1/posture", "/v1/movement", "/v1/trend", "/v1/ous"),
    "/findings": ("/v1/findings", "/v1/findings/groups", "/v1/findings/count"),
    "/findings.csv": ("/v1/findings",),
    "/findings.xlsx": ("/v1/findings",),
    "/findings/{subject:path}": ("/v1/findings/{subject}",),
    "/filters": ("/v1/filters",),
    "/accounts": ("/v1/accounts", "/v1/posture"),
    "/accounts.csv": ("/v1/accounts",),
    "/accounts.xlsx": ("/v1/accounts",),
    "/accounts/{number:path}": ("/v1/accounts/{number}",),
    "/ous": ("/v1/ous",),
    "/ous.csv": ("/v1/ous",),
    "/ous.xlsx": ("/v1/ous",),
    "/ous/{path:path}": ("/v1/ous/{path}",),
    "/controls": ("/v1/controls",),
    "/controls.csv": ("/v1/controls",),
    "/controls.xlsx": ("/v1/controls",),
    "/controls/{control:path}": ("/v1/controls/{control}",),
    "/waivers": ("/v1/waivers",),
    "/waivers.csv": ("/v1/waivers",),
    "/waivers.xlsx": ("/v1/waivers",),
    "/waivers/{name:path}": ("/v1/waivers/{name}",),
    "/tickets": ("/v1/tickets",),
    "/tickets.csv": ("/v1/tickets",),
    "/tickets.xlsx": ("/v1/tickets",),
    "/tickets/{key:path}": ("/v1/tickets/{key}",),
    "/controls/inbox": ("/v1/controls/inbox",),
    "/controls/{control}/explain": ("/v1/controls/{control}/explanation",),
    "/controls/{control}/propose": ("/v1/controls/{control}/proposals",),
    "/changes": ("/v1/changes",),
    "/changes/{name}": ("/v1/changes/{id}",),
    "/changes/runs": ("/v1/applies", "/v1/runs"),
    "/changes/runs/{run}": ("/v1/applies/{id}",),
    "/outside": ("/v1/outside",),
    "/operations": ("/v1/jobs", "/v1/runs"),
    "/waivers/calendar": ("/v1/waivers",),
    "/waivers/new": ("/v1/waiver-requests",),
    "/waivers/requests": ("/v1/waiver-requests",),
    "/waivers/requests/{id_}": ("/v1/waiver-requests/{id}",),
    "/me": ("/v1/me", "/v1/tokens"),
    "/reports": ("/v1/reports",),
    "/audit": ("/v1/audit",),
    "/audit.csv": ("/v1/audit",),
    "/audit.ndjson": ("/v1/audit",),
}
"""Every page, and the operations that have what it tells."""


ELSEWHERE = ("/v1/waiver-requests/", "/v1/changes/", "/v1/applies/", "/v1/controls/{control}/", "/v1/controls/inbox")
"""What this small world has nothing of; other tests ask for these."""


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A world whose filters and versions these tests may change."""
    with pages(tmp_path_factory.mktemp("api")) as found:
        yield found


def told(there: Pages, path: str, **headers: str) -> Any:
    found = there.get(f"/api/v1{path}", **headers)
    assert found.status_code == 200, (path, found.status_code, found.text)
    return found.json()


def some(there: Pages) -> Mapping[str, str]:
    """Something that is there, for every name in a path."""
    subject = told(there, "/findings?limit=1")["findings"][0]["subject"]
    return {
        "subject": subject, "dimension": "control", "number": FIRST, "path": "Data", "control": "S3.8",
        "name": "W-2026-014", "key": "shub-0123456789ab",
    }  # fmt: skip


def readings(there: Pages) -> list[str]:
    """Every operation that reads, of something that is there."""
    paths = [path for path, methods in document(bare_api())["paths"].items() if "get" in methods]
    return ["/api" + path.format(**some(there)) for path in paths if not path.startswith(ELSEWHERE)]


def test_every_page_has_its_data_in_the_api() -> None:
    known = set(document(bare_api())["paths"])
    shown = {path for path, _ in application._PAGES} - set(NEVER)
    assert {path for path in shown if path not in TABLE} == set(), "say which operations have what a new page tells"
    assert {one for operations in TABLE.values() for one in operations} <= known


def test_every_operation_that_reads_answers_with_its_version(there: Pages) -> None:
    for path in readings(there):
        found = there.get(path)
        assert found.status_code == 200, (path, found.text)
        body = found.json()
        assert (body["version"], body["at"]) == (4, "2026-12-01T09:00:00Z"), path
        assert found.headers["content-type"] == "application/json"


def test_who_has_an_answer_gets_an_empty_one_and_head_gives_the_same_headers(there: Pages) -> None:
    for path in readings(there):
        first = there.get(path)
        again = there.get(path, **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        head = there.client.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"]), path


def test_times_are_utc_with_z_everywhere(there: Pages) -> None:
    for path in readings(there):
        for one in re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', there.get(path).text):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", one), (path, one)


def test_the_posture_is_that_of_the_command_line(there: Pages) -> None:
    said, found = data(there, "posture"), told(there, "/posture")
    line = said["obligations"]["as_is"]
    assert (found["as_is"]["met"], found["as_is"]["of"], found["as_is"]["open"]) == (
        line["met"],
        line["of"],
        line["open"],
    )
    assert found["waivers"]["unapproved"] == said["waivers"]["unapproved"] == 1
    steps = told(there, "/movement")["movement"]["steps"]
    assert sorted((one["cause"], one["opened"], one["closed"]) for one in steps) == sorted(
        (one["cause"], one["opened"], one["closed"]) for one in said["movement"]["steps"]
    )


def test_findings_and_groups_are_those_of_the_command_line(there: Pages) -> None:
    found = told(there, "/findings?filter=status%3DFAILED")
    said = data(there, "findings", "status=FAILED", "--list")
    assert found["counts"] == {"subjects": said["subjects"], "failing": said["failing"]}
    assert len(found["findings"]) == said["subjects"]
    assert told(there, "/findings/count?filter=status%3DFAILED")["counts"] == found["counts"]
    groups = told(there, "/findings/groups?filter=status%3DFAILED")["groups"]
    assert sum(one["failing"] for one in groups) == found["counts"]["failing"]


def test_one_finding_is_told_with_all_that_the_page_tells(there: Pages) -> None:
    ticket = told(there, "/tickets/shub-0123456789ab")
    subject = ticket["findings"][0]["subject"]
    found = told(there, f"/findings/{subject}")
    assert [one["key"] for one in found["tickets"]] == ["shub-0123456789ab"]
    assert found["in_security_hub"][0]["compliance"] == "FAILED"
    assert found["history"][0]["to_status"] == "FAILED"
    assert found["requirements"] == [{"standard": "cis-5.0.0", "numbers": "2.1.4"}]
    assert {"name": "owner", "value": "team-web"} in found["tags"]


def walk(there: Pages, path: str) -> Iterator[Mapping[str, Any]]:
    """Every page of a list, two findings at a time."""
    after = ""
    while True:
        page = told(there, f"{path}&limit=2&after={after}")
        yield page
        if page["after"] is None:
            return
        after = page["after"]


def test_a_list_is_complete_and_stays_as_it_was_while_versions_are_published(mine: Pages) -> None:
    path = "/findings?filter=kind%3Dcontrol"
    wanted = [one["subject"] for one in told(mine, f"{path}&limit=1000")["findings"]]
    got: list[str] = []
    versions = set()
    for number, page in enumerate(walk(mine, path)):
        got += [one["subject"] for one in page["findings"]]
        versions.add(page["version"])
        if number in (1, 4):
            fresh = finding(f"arn:aws:s3:::later-{number}", updated=T0 + dt.timedelta(days=7), compliance="FAILED")
            mine.desk.store.writer.fold([fresh])
    assert got == wanted
    assert len(versions) == 1
    assert len(told(mine, f"{path}&limit=1000")["findings"]) == len(wanted) + 2


def test_a_list_of_a_version_that_is_not_kept_begins_again(there: Pages) -> None:
    subject = some(there)["subject"]
    for version in (1, 999):
        found = there.get(f"/api/v1/findings?after=v{version}-{subject}")
        assert (found.status_code, found.headers["content-type"]) == (410, PROBLEM)
    found = there.get(f"/api/v1/findings?after=v4-{'0' * 32}")
    assert (found.status_code, found.json()["errors"][0]["where"]) == (422, "query.after")


def test_all_that_is_wrong_is_said_at_once(there: Pages) -> None:
    found = there.get("/api/v1/findings?limit=0&colour=red&after=x").json()
    assert {one["where"] for one in found["errors"]} == {"query.limit", "query.colour", "query.after"}
    found = there.get("/api/v1/findings?filter=severity>=HUGE nofield=1").json()
    assert (found["status"], len(found["errors"])) == (422, 2)
    assert "HUGE is no severity" in found["errors"][0]["what"]
    assert there.get("/api/v1/me?x=1").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/none", 404), ("GET", "/api/v2/findings", 404), ("GET", "/api/v1/findings/zz", 404),
        ("GET", "/api/v1/accounts/1", 404), ("GET", "/api/v1/ous/None", 404), ("GET", "/api/v1/controls/none.1", 404),
        ("GET", "/api/v1/waivers/W-0", 404), ("GET", "/api/v1/tickets/shub-0", 404),
        ("GET", "/api/v1/findings?saved=none", 404), ("GET", "/api/v1/posture/colour", 422),
        ("POST", "/api/v1/findings", 405), ("PATCH", "/api/v1/filters", 405), ("DELETE", "/api/v1/filters/none", 404),
        ("OPTIONS", "/api/v1/me", 405), ("POST", "/api/v1/filters", 422), ("GET", "/api/v1/findings/", 404),
    ],
)  # fmt: skip
def test_every_problem_is_told_as_problem_details(there: Pages, method: str, path: str, status: int) -> None:
    found = there.client.request(method, path)
    assert (found.status_code, found.headers["content-type"]) == (status, PROBLEM), found.text
    body = found.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    if status == 405:
        allowed = found.headers["allow"].split(", ")
        assert method not in allowed
        assert "GET" in allowed


def test_what_is_too_long_or_from_elsewhere_is_told_as_problem_details(there: Pages) -> None:
    long = there.client.post(
        "/api/v1/filters", content=b"x" * (300 << 10), headers={"Content-Type": "application/json"}
    )
    assert (long.status_code, long.headers["content-type"]) == (413, PROBLEM)
    elsewhere = there.client.post("/api/v1/filters", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (elsewhere.status_code, elsewhere.headers["content-type"]) == (403, PROBLEM)
    other = there.get("/api/v1/me", Host="evil.example")
    assert (other.status_code, other.headers["content-type"]) == (421, PROBLEM)


def test_before_the_first_sync_the_api_says_so(empty: Pages) -> None:
    found = empty.get("/api/v1/posture")
    assert (found.status_code, found.headers["content-type"]) == (503, PROBLEM)
    assert empty.get("/api/openapi.json").status_code == 200


def test_a_filter_is_saved_once_for_a_key_changed_and_deleted(mine: Pages) -> None:
    asked = {"name": "sévère", "filter": "severity>=HIGH", "share": True}
    first = mine.client.post("/api/v1/filters", json=asked, headers={"Idempotency-Key": "a-1"})
    again = mine.client.post("/api/v1/filters", json=asked, headers={"Idempotency-Key": "a-1"})
    assert first.status_code == again.status_code == 201
    assert first.text == again.text
    other = mine.client.post("/api/v1/filters", json=asked | {"name": "b"}, headers={"Idempotency-Key": "a-1"})
    assert (other.status_code, other.headers["content-type"]) == (409, PROBLEM)
    changed = mine.client.put("/api/v1/filters/s%C3%A9v%C3%A8re", json={"filter": "severity=LOW"})
    assert (changed.status_code, changed.json()["saved"]["is_shared"]) == (200, False)
    (kept,) = told(mine, "/filters")["filters"]
    assert (kept["name"], kept["filter"]) == ("sévère", "severity=LOW")
    used = told(mine, "/findings?saved=s%C3%A9v%C3%A8re")
    assert used["filter"] == "severity=LOW"
    assert mine.client.delete("/api/v1/filters/s%C3%A9v%C3%A8re").json()["deleted"] == "sévère"
    assert told(mine, "/filters")["filters"] == []


def test_what_failed_under_a_key_may_be_tried_again(mine: Pages) -> None:
    wrong = {"name": "a", "filter": "nofield=1"}
    for _ in range(2):
        found = mine.client.post("/api/v1/filters", json=wrong, headers={"Idempotency-Key": "a-2"})
        assert (found.status_code, found.json()["errors"][0]["what"]) == (422, "there is no field nofield")


def test_a_browser_acts_only_with_the_token_of_the_forms(mine: Pages) -> None:
    from_page = {"Sec-Fetch-Site": "same-origin", "Origin": str(mine.client.base_url).rstrip("/")}
    asked = {"name": "c", "filter": "severity>=HIGH"}
    assert mine.client.post("/api/v1/filters", json=asked, headers=from_page).status_code == 403
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', mine.text("/filters"))
    assert token
    with_token = from_page | {"X-Form-Token": token[1]}
    assert mine.client.post("/api/v1/filters", json=asked, headers=with_token).status_code == 201
    assert mine.client.delete("/api/v1/filters/c", headers=with_token).status_code == 200


def test_what_enemies_write_is_told_as_it_is(hostile: Pages) -> None:
    for path in ("/posture", "/findings", "/accounts", "/ous", "/controls", "/waivers", "/tickets", "/trend"):
        found = hostile.get(f"/api/v1{path}")
        assert found.status_code == 200, (path, found.text)
        assert found.headers["content-type"] == "application/json"
        assert found.headers["x-content-type-options"] == "nosniff"
    rows = told(hostile, "/findings")["findings"]
    assert any(MARKUP in one["resource"] for one in rows)


def test_the_document_is_public_complete_and_names_nobody(there: Pages) -> None:
    made = there.get("/api/openapi.json").json()
    assert made == json.loads(json.dumps(document(bare_api())))
    text = json.dumps(made)
    for secret in (NAME, FIRST, "kim", str(Path.home())):
        assert f'"{secret}"' not in text
    ids = [one["operationId"] for methods in made["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    for methods in made["paths"].values():
        for one in methods.values():
            assert one["summary"]
            assert one["description"]
            assert {"401", "403", "422", "429", "503"} <= set(one["responses"])


def test_the_page_of_the_api_lists_every_operation(there: Pages) -> None:
    text = there.text("/api")
    for one in OPERATIONS:
        assert f"/api{one.path.replace(':path', '')}" in text
