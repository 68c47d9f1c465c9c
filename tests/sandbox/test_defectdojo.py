import datetime as dt
import json
from typing import Any

import pytest

from hubposture.sandbox.remote.defectdojo import PASSWORD, TOKEN, USERNAME, DefectDojo, Fate
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked
from hubposture.sandbox.remote.defectdojo_world import ASFF_SCAN, HUB_SCAN, Finding

KEY = f"Token {TOKEN}"
WHERE = {
    "product_type_name": "AWS",
    "product_name": "shop",
    "engagement_name": "AWS Security Hub",
    "test_title": "one",
    "auto_create_context": "true",
}


def item(name: str = "a", **changes: Any) -> dict[str, Any]:
    """A finding of Security Hub that fails; a change to None takes the key out."""
    values = {
        "Id": f"arn:aws:securityhub:eu-west-1:111122223333:{name}",
        "ProductFields": {"aws/securityhub/ProductName": "Security Hub"},
        "AwsAccountId": "111122223333",
        "Region": "eu-west-1",
        "CreatedAt": "2026-10-01T08:00:00.000Z",
        "Title": f"bucket {name} should be closed",
        "Description": "It is open.",
        "Severity": {"Label": "HIGH"},
        "Resources": [{"Type": "AwsS3Bucket", "Id": f"arn:aws:s3:::{name}"}],
        "Compliance": {"Status": "FAILED"},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


def ask(dojo: DefectDojo, method: str, path: str, body: Any = None, *, key: str = KEY, **params: str) -> Answer:
    found = dojo.answer(Asked(method, f"/api/v2/{path}", params, body or {}, base="http://dojo"), key)
    assert found is not None
    return found


def upload(
    dojo: DefectDojo, *items: dict[str, Any], scan: str = HUB_SCAN, name: str = "reimport-scan", **form: str
) -> Answer:
    tree: Any = list(items) if scan == ASFF_SCAN else {"Findings": list(items)}
    body = {"scan_type": scan, **WHERE, **form}
    asked = Asked("POST", f"/api/v2/{name}/", {}, body, json.dumps(tree).encode(), base="http://dojo")
    found = dojo.answer(asked, KEY)
    assert found is not None
    return found


def only(dojo: DefectDojo) -> Finding:
    (found,) = dojo.world.findings.values()
    return found


@pytest.fixture
def dojo() -> DefectDojo:
    return DefectDojo()


MEASURED = [
    ({}, "open", "open"),
    ({"Compliance": {"Status": "PASSED"}}, "closed", "open"),
    ({"Compliance": {"Status": "WARNING"}}, "open", "open"),
    ({"Workflow": {"Status": "SUPPRESSED"}}, "open", "open"),
    ({"RecordState": "ARCHIVED"}, "open", "inactive"),
    ({"Compliance": None}, "closed", "open"),
]


@pytest.mark.parametrize(("changes", "by_hub", "by_asff"), MEASURED)
def test_both_parsers_read_a_finding_as_was_measured(changes: dict[str, Any], by_hub: str, by_asff: str) -> None:
    for scan, expected in ((HUB_SCAN, by_hub), (ASFF_SCAN, by_asff)):
        dojo = DefectDojo()
        assert upload(dojo, item(**changes), scan=scan).status == 201
        one = only(dojo)
        assert ("open" if one.active else "closed" if one.is_mitigated else "inactive") == expected


def test_an_item_without_resources_loses_the_whole_upload(dojo: DefectDojo) -> None:
    assert upload(dojo, item("a"), item("b", Resources=[])).status == 500
    assert not dojo.world.findings
    assert upload(dojo, item("b", Resources=[]), scan=ASFF_SCAN).status == 201


def test_guardduty_without_provider_fields_loses_the_whole_upload(dojo: DefectDojo) -> None:
    guard = item("g", ProductFields={"aws/securityhub/ProductName": "GuardDuty"})
    assert upload(dojo, item("a"), guard).status == 500
    assert not dojo.world.findings


def test_titles_get_capitals_and_the_end_of_the_resource(dojo: DefectDojo) -> None:
    upload(dojo, item("acme"))
    assert only(dojo).title == "Bucket Acme Should Be Closed - Resource: Acme"


def test_a_reimport_changes_neither_severity_nor_title_nor_date(dojo: DefectDojo) -> None:
    upload(dojo, item())
    dojo.world.now += dt.timedelta(days=3)
    answer = upload(dojo, item(Severity={"Label": "CRITICAL"}, Title="another"))
    assert (only(dojo).severity, only(dojo).title[:6], only(dojo).date) == ("High", "Bucket", dt.date(2026, 11, 24))
    assert answer.body["statistics"]["delta"]["untouched"]["total"]["total"] == 1


def test_the_days_of_an_sla_begin_with_the_import_but_for_the_other_parser(dojo: DefectDojo) -> None:
    upload(dojo, item())
    upload(dojo, item("b"), scan=ASFF_SCAN, test_title="two")
    rows = ask(dojo, "GET", "findings/").body["results"]
    assert [(one["date"], one["sla_expiration_date"]) for one in rows] == [
        ("2026-11-24", "2026-12-24"),
        ("2026-10-01", "2026-10-31"),
    ]


def test_what_is_not_in_a_reimport_closes_and_opens_again_with_the_next(dojo: DefectDojo) -> None:
    upload(dojo, item("a"), item("b"))
    answer = upload(dojo, item("b"))
    assert answer.body["statistics"]["delta"]["closed"]["high"]["total"] == 1
    a, b = dojo.world.findings.values()
    assert ((a.active, a.is_mitigated), (b.active, b.is_mitigated)) == ((False, True), (True, False))
    upload(dojo, item("a"), item("b"), do_not_reactivate="true")
    assert not a.active
    answer = upload(dojo, item("a"), item("b"))
    assert (a.active, a.is_mitigated, answer.body["statistics"]["delta"]["reactivated"]["total"]["total"]) == (
        True,
        False,
        1,
    )


def test_an_import_closes_nothing_unless_told_and_makes_a_test_every_time(dojo: DefectDojo) -> None:
    upload(dojo, item("a"), name="import-scan")
    upload(dojo, item("b"), name="import-scan")
    assert len(dojo.world.tests) == 2
    assert all(one.active for one in dojo.world.findings.values())


def test_nothing_is_closed_with_another_service_or_where_it_is_told_not_to(dojo: DefectDojo) -> None:
    upload(dojo, item("a"), service="mine")
    upload(dojo, item("b"))
    upload(dojo, item("b"), service="mine", close_old_findings="false")
    assert all(one.active for one in dojo.world.findings.values())
    upload(dojo, item("b"), service="mine")
    assert [one.active for one in dojo.world.findings.values()] == [False, True]


def test_what_people_called_false_counts_as_fixed_with_the_next_reimport(dojo: DefectDojo) -> None:
    upload(dojo, item())
    dojo.call_false(only(dojo).id)
    upload(dojo, item())
    assert (only(dojo).false_p, only(dojo).is_mitigated) == (True, True)


def test_duplicates_are_made_within_a_product_and_only_once_that_is_switched_on(dojo: DefectDojo) -> None:
    upload(dojo, item())
    upload(dojo, item(), test_title="two")
    assert not any(one.duplicate for one in dojo.world.findings.values())
    dojo.world.switches.enable_deduplication = True
    upload(dojo, item(), test_title="three", engagement_name="another")
    upload(dojo, item(), test_title="four", product_name="other")
    upload(dojo, item(), test_title="five", engagement_name="own", deduplication_on_engagement="true")
    assert [one.duplicate for one in dojo.world.findings.values()] == [False, False, True, False, False]


def test_a_product_of_another_type_is_a_conflict_and_without_its_type_it_is_found(dojo: DefectDojo) -> None:
    upload(dojo, item())
    assert upload(dojo, item(), product_type_name="Sales").status == 400
    assert upload(dojo, item(), product_type_name="").status == 201


def test_a_file_that_is_too_large_or_of_tomorrow_is_refused(dojo: DefectDojo) -> None:
    dojo.world.switches.max_scan_mib = 0.0001
    assert "too large" in str(upload(dojo, item()).body)
    dojo.world.switches.max_scan_mib = 100
    assert "future" in str(upload(dojo, item(), scan_date="2026-11-25").body)
    assert upload(dojo, item(), auto_create_context="false").status == 404


# Risk acceptances


def acceptance(dojo: DefectDojo, *findings: int, **fields: Any) -> Answer:
    body = {"name": "W-1", "owner": dojo.user, "accepted_findings": list(findings), **fields}
    return ask(dojo, "POST", "risk_acceptance/", body)


@pytest.fixture
def two(dojo: DefectDojo) -> tuple[Finding, Finding]:
    upload(dojo, item("a"), item("b"))
    a, b = dojo.world.findings.values()
    return a, b


def test_an_acceptance_needs_a_product_that_allows_it(dojo: DefectDojo, two: tuple[Finding, Finding]) -> None:
    product = next(iter(dojo.world.products.values()))
    product.enable_full_risk_acceptance = False
    assert acceptance(dojo, two[0].id).status == 403
    product.enable_full_risk_acceptance = True
    assert acceptance(dojo).status == 400
    answer = acceptance(dojo, two[0].id)
    assert (answer.status, two[0].active, two[0].risk_accepted, two[1].active) == (201, False, True, True)


def test_a_change_without_the_list_opens_everything_in_it(dojo: DefectDojo, two: tuple[Finding, Finding]) -> None:
    number = acceptance(dojo, two[0].id, two[1].id).body["id"]
    changed = ask(dojo, "PATCH", f"risk_acceptance/{number}/", {"accepted_findings": [two[1].id], "decision": "M"})
    assert (changed.body["accepted_findings"], two[0].active, two[1].active) == ([two[1].id], True, False)
    ask(dojo, "PATCH", f"risk_acceptance/{number}/", {"decision_details": "x"})
    assert two[1].active
    assert not two[1].risk_accepted


def test_deleting_an_acceptance_opens_its_findings_and_those_that_were_fixed_too(
    dojo: DefectDojo, two: tuple[Finding, Finding]
) -> None:
    number = acceptance(dojo, two[0].id, two[1].id).body["id"]
    upload(dojo, item("b"))
    assert (two[0].is_mitigated, two[0].risk_accepted) == (True, True)
    assert ask(dojo, "DELETE", f"risk_acceptance/{number}/").status == 204
    assert (two[0].active, two[0].is_mitigated, two[1].active) == (True, True, True)


def test_an_acceptance_ends_on_the_day_of_its_date_once_the_job_runs(
    dojo: DefectDojo, two: tuple[Finding, Finding]
) -> None:
    answer = acceptance(dojo, two[0].id, expiration_date="2026-12-01T23:00:00Z")
    dojo.expire()
    assert not two[0].active
    dojo.world.now = dt.datetime(2026, 12, 1, 0, 30, tzinfo=dt.UTC)
    dojo.expire()
    shown = ask(dojo, "GET", f"risk_acceptance/{answer.body['id']}/").body
    assert (two[0].active, bool(shown["expiration_date_handled"])) == (True, True)


def test_what_is_accepted_stays_so_with_a_reimport_and_is_not_accepted_by_a_field(
    dojo: DefectDojo, two: tuple[Finding, Finding]
) -> None:
    acceptance(dojo, two[0].id)
    upload(dojo, item("a"), item("b"))
    assert (two[0].risk_accepted, two[0].is_mitigated) == (True, False)
    assert ask(dojo, "PATCH", f"findings/{two[1].id}/", {"risk_accepted": True}).status == 400
    assert ask(dojo, "PATCH", f"findings/{two[0].id}/", {"active": True}).status == 400


# The rest


def test_lists_come_in_pages_and_only_what_is_asked_for(dojo: DefectDojo) -> None:
    upload(dojo, *(item(f"n{number}") for number in range(30)))
    first = ask(dojo, "GET", "findings/").body
    assert (first["count"], len(first["results"]), first["previous"]) == (30, 25, None)
    rest = ask(dojo, "GET", "findings/", limit="20", offset="20").body
    assert (len(rest["results"]), rest["next"]) == (10, None)
    assert ask(dojo, "GET", "findings/", unique_id_from_tool=item("n7")["Id"]).body["count"] == 1
    assert ask(dojo, "GET", "findings/", is_mitigated="true").body["count"] == 0


def test_tags_notes_and_metadata_are_kept(dojo: DefectDojo) -> None:
    upload(dojo, item())
    at = f"findings/{only(dojo).id}"
    assert ask(dojo, "POST", f"{at}/tags/", {"tags": ["Big, red", "x"]}).body == {"tags": ["big-_red", "x"]}
    assert ask(dojo, "PATCH", f"{at}/remove_tags/", {"tags": ["x"]}).status == 204
    assert ask(dojo, "GET", f"{at}/tags/").body == {"tags": ["big-_red"]}
    ask(dojo, "POST", f"{at}/notes/", {"entry": "look"})
    assert [one["entry"] for one in ask(dojo, "GET", f"{at}/notes/").body["notes"]] == ["look"]
    ask(dojo, "POST", f"{at}/metadata/", {"name": "k", "value": "v"})
    assert ask(dojo, "GET", f"{at}/metadata/").body == [{"name": "k", "value": "v"}]


def test_people_and_keys(dojo: DefectDojo) -> None:
    assert ask(dojo, "GET", "findings/", key="Token x").status == 401
    told = ask(dojo, "POST", "api-token-auth/", {"username": USERNAME, "password": PASSWORD}, key="")
    assert told.body == {"token": TOKEN}
    assert ask(dojo, "GET", "user_profile/").body["user"]["username"] == USERNAME
    dojo.world.switches.is_read_only = True
    assert upload(dojo, item()).status == 403


def test_a_deleted_product_takes_everything_with_it(dojo: DefectDojo) -> None:
    upload(dojo, item())
    acceptance(dojo, only(dojo).id)
    dojo.delete_product("shop")
    world = dojo.world
    assert not [*world.products, *world.engagements, *world.tests, *world.findings, *world.acceptances]


def test_faults_come_by_path_and_count_before_or_after_it_is_done(dojo: DefectDojo) -> None:
    dojo.fail(429, on="findings", times=2, after=1, retry_after=3)
    assert [ask(dojo, "GET", "findings/").status for _ in range(4)] == [200, 429, 429, 200]
    dojo.lose(Fate.LOST_AFTER, on="reimport")
    asked = Asked(
        "POST",
        "/api/v2/reimport-scan/",
        {},
        {"scan_type": HUB_SCAN, **WHERE},
        json.dumps({"Findings": [item()]}).encode(),
    )
    assert dojo.answer(asked, KEY) is None
    assert only(dojo).active
    dojo.show_html(on="findings")
    assert "<html>" in ask(dojo, "GET", "findings/").body
