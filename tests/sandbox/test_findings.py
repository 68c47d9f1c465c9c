"""What the findings operations answer: import, get, update, history, and the events they cause."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from hubposture.sandbox.answers import ServiceError
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import (
    EmptyUserFields,
    FindingQuirks,
    Paging,
    SecondUpdate,
    StaleImport,
    UserFieldsUpdate,
)
from hubposture.sandbox.findings_record import stamp
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.quirks import FindingsLag
from sandbox.findings_world import ADMIN, HOME, MEMBER, OTHER, PRODUCT, START, PlainEstate, World, bucket, equals

DEFAULT = f"arn:aws:securityhub:{HOME}:{MEMBER}:product/{MEMBER}/default"


def own_finding(**members: Any) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": "scan-1",
        "ProductArn": DEFAULT,
        "GeneratorId": "scanner/rule-7",
        "AwsAccountId": MEMBER,
        "Types": ["Software and Configuration Checks/Vulnerabilities/CVE"],
        "CreatedAt": stamp(START),
        "UpdatedAt": stamp(START),
        "Severity": {"Label": "MEDIUM"},
        "Title": "Old library",
        "Description": "A library with known holes",
        "Resources": [{"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:eu-central-1:222222222222:instance/i-1"}],
    } | members


def imported(world: World, *findings: dict[str, Any], account: str = MEMBER, region: str = HOME) -> dict[str, Any]:
    return world.call("BatchImportFindings", account=account, region=region, Findings=list(findings))


def scan(world: World) -> dict[str, Any]:
    (finding,) = world.find(ProductArn=DEFAULT)
    return finding


def failing(**quirks: Any) -> World:
    return World(bucket(blocks_public_access=False), quirks=FindingQuirks(**quirks))


def history(world: World, finding: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    answer = world.call("GetFindingHistory", FindingIdentifier=identifier, **more)
    return list(answer["Records"])


# --- import --------------------------------------------------------------------------------------------------------


def test_an_import_makes_a_finding_and_the_service_fills_in_what_it_knows() -> None:
    world = World()
    assert imported(world, own_finding()) == {"SuccessCount": 1, "FailedCount": 0, "FailedFindings": []}
    finding = scan(world)
    assert finding["Region"] == HOME
    assert finding["AwsAccountName"] == "web-prod"
    assert finding["Severity"] == {"Label": "MEDIUM", "Normalized": 40}
    assert finding["FindingProviderFields"]["Severity"] == {"Label": "MEDIUM"}
    assert (finding["Workflow"], finding["RecordState"]) == ({"Status": "NEW"}, "ACTIVE")
    assert finding["ProcessedAt"] == stamp(world.estate.now())


def test_a_later_import_updates_the_finding_and_an_earlier_one_does_not() -> None:
    world = World()
    imported(world, own_finding())
    imported(world, own_finding(Title="Newer", UpdatedAt=stamp(START + timedelta(hours=1))))
    imported(world, own_finding(Title="Older", UpdatedAt=stamp(START + timedelta(minutes=1))))
    assert scan(world)["Title"] == "Newer"


@pytest.mark.parametrize("quirk", list(StaleImport))
def test_whether_a_stale_import_counts_as_failure_is_a_quirk(quirk: StaleImport) -> None:
    world = World(quirks=FindingQuirks(stale_import=quirk))
    imported(world, own_finding())
    assert imported(world, own_finding())["FailedCount"] == (1 if quirk is StaleImport.COUNTS_AS_FAILURE else 0)


def test_an_import_cannot_touch_what_customers_set() -> None:
    world = World()
    imported(world, own_finding())
    note = {"Text": "being fixed", "UpdatedBy": "kim"}
    world.update(scan(world), Note=note, Workflow={"Status": "SUPPRESSED"}, UserDefinedFields={"k": "v"})
    later = stamp(START + timedelta(hours=1))
    imported(
        world,
        own_finding(
            UpdatedAt=later,
            Note={"Text": "theirs", "UpdatedBy": "scanner", "UpdatedAt": later},
            Workflow={"Status": "NEW"},
            UserDefinedFields={"k": "theirs"},
        ),
    )
    finding = scan(world)
    assert finding["Note"]["Text"] == "being fixed"
    assert finding["UserDefinedFields"] == {"k": "v"}
    assert finding["Workflow"]["Status"] == "SUPPRESSED"


def test_a_severity_set_by_a_customer_outlives_the_providers() -> None:
    world = World()
    imported(world, own_finding())
    world.update(scan(world), Severity={"Label": "CRITICAL"})
    imported(world, own_finding(UpdatedAt=stamp(START + timedelta(hours=1)), Severity={"Label": "LOW"}))
    finding = scan(world)
    assert finding["Severity"]["Label"] == "CRITICAL"
    assert finding["FindingProviderFields"]["Severity"]["Label"] == "LOW"
    assert world.find(SeverityLabel="CRITICAL", ProductArn=DEFAULT)


@pytest.mark.parametrize(
    "members",
    [
        {"SchemaVersion": "1"},
        {"CreatedAt": "rubbish"},
        {"AwsAccountId": ADMIN},
        {"ProductArn": f"arn:aws:securityhub:{OTHER}:{MEMBER}:product/{MEMBER}/default"},
        {"ProductArn": f"arn:aws:securityhub:{HOME}::product/aws/securityhub"},
        {"Title": "x" * 257},
        {"Resources": [{"Type": "Other", "Id": str(number)} for number in range(33)]},
        {"Types": ["a/b/c/d"]},
        {"ProductFields": {str(number): "" for number in range(51)}},
        {"Description": "x", "ProductFields": {"k": "x" * 250_000}},
    ],
)
def test_a_finding_that_breaks_a_rule_fails_alone(members: dict[str, Any]) -> None:
    world = World()
    answer = imported(world, own_finding(Id="good"), own_finding(Id="bad", **members))
    assert (answer["SuccessCount"], answer["FailedCount"]) == (1, 1)
    assert answer["FailedFindings"][0]["Id"] == "bad"
    assert answer["FailedFindings"][0]["ErrorCode"] == "InvalidInput"
    assert [one["Id"] for one in world.find(GeneratorId="scanner/rule-7")] == ["good"]


def test_the_administrator_cannot_import_for_a_member_with_the_default_product() -> None:
    world = World()
    assert imported(world, own_finding(), account=ADMIN)["FailedCount"] == 1


# --- get -----------------------------------------------------------------------------------------------------------


def test_the_administrator_sees_members_and_a_member_sees_itself() -> None:
    world = World()
    assert {one["AwsAccountId"] for one in world.find()} == {ADMIN, MEMBER}
    assert {one["AwsAccountId"] for one in world.find(account=MEMBER)} == {MEMBER}


def test_the_home_region_sees_linked_regions_and_a_linked_region_sees_itself() -> None:
    world = World()
    assert {one["Region"] for one in world.find()} == {HOME, OTHER}
    assert {one["Region"] for one in world.find(region=OTHER)} == {OTHER}


def test_an_account_out_of_view_cannot_be_asked_for() -> None:
    world = World()
    assert world.find(account=MEMBER, AwsAccountId=ADMIN) == []
    hidden = world.find(AwsAccountId=ADMIN)[0]["Id"]
    assert world.find(account=MEMBER, Id=hidden) == []


def pages(world: World, size: int, between: Any = None) -> list[str]:
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = world.call("GetFindings", MaxResults=size, Filters={"WorkflowStatus": [equals("NEW")]}, **token)
        found += [one["Id"] for one in answer["Findings"]]
        if "NextToken" not in answer:
            return found
        token = {"NextToken": answer["NextToken"]}
        if between:
            between()


def many(paging: Paging) -> World:
    sites = [bucket(f"site{number:02d}", blocks_public_access=False, accepts_TLS_only=False) for number in range(20)]
    return World(*sites, quirks=FindingQuirks(paging=paging), controls=["S3.8", "S3.5"])


@pytest.mark.parametrize("paging", list(Paging))
def test_pages_hold_every_finding_once_while_nothing_changes(paging: Paging) -> None:
    found = pages(many(paging), 7)
    assert len(found) == len(set(found)) == 40


def test_with_shifting_pages_findings_are_missed_while_others_leave_the_filter() -> None:
    missed = {}
    for paging in Paging:
        world = many(paging)

        def suppress_one(world: World = world) -> None:
            world.update(world.find(WorkflowStatus="NEW")[0], Workflow={"Status": "SUPPRESSED"})

        missed[paging] = 40 - len(set(pages(world, 7, suppress_one)))
    assert missed[Paging.FROZEN] == 0
    assert missed[Paging.SHIFTING] > 0


def test_a_token_belongs_to_its_request() -> None:
    world = many(Paging.FROZEN)
    token = world.call("GetFindings", MaxResults=5)["NextToken"]
    for wrong in ({"NextToken": token, "Filters": {"Region": [equals(HOME)]}}, {"NextToken": "garbage"}):
        with pytest.raises(ServiceError, match="NextToken"):
            world.call("GetFindings", MaxResults=5, **wrong)


def test_findings_sort_by_several_fields_and_those_without_a_value_come_last() -> None:
    world = World()
    imported(world, own_finding(Id="a", Confidence=10), own_finding(Id="b", Confidence=90), own_finding(Id="c"))
    answer = world.call(
        "GetFindings",
        Filters={"ProductArn": [equals(DEFAULT)]},
        SortCriteria=[{"Field": "Confidence", "SortOrder": "desc"}, {"Field": "Id", "SortOrder": "asc"}],
    )
    assert [one["Id"] for one in answer["Findings"]] == ["b", "a", "c"]


def test_filters_give_the_same_by_column_and_by_the_rendered_finding() -> None:
    world = many(Paging.FROZEN)
    everything = world.find()
    for name, path in (("WorkflowStatus", "Workflow"), ("ComplianceStatus", "Compliance")):
        for value in ("NEW", "RESOLVED", "PASSED", "FAILED"):
            expected = [one["Id"] for one in everything if one[path]["Status"] == value]
            assert [one["Id"] for one in world.find(**{name: value})] == expected
    tagged = world.find(ResourceTags=[{"Key": "owner", **equals("team-web")}], ResourceType="AwsS3Bucket")
    assert {one["Resources"][0]["Type"] for one in tagged} == {"AwsS3Bucket"}
    assert len(tagged) == 40


# --- update --------------------------------------------------------------------------------------------------------


def test_an_update_sets_fields_and_does_not_move_updated_at() -> None:
    world = failing()
    before = world.one()
    world.after(minutes=1)
    answer = world.update(before, Workflow={"Status": "NOTIFIED"}, UserDefinedFields={"hub": "x"}, Confidence=70)
    assert answer["UnprocessedFindings"] == []
    after = world.one()
    assert (after["Workflow"]["Status"], after["UserDefinedFields"], after["Confidence"]) == (
        "NOTIFIED",
        {"hub": "x"},
        70,
    )
    assert after["UpdatedAt"] == before["UpdatedAt"]


def test_only_the_latest_note_is_kept() -> None:
    world = failing()
    world.update(world.one(), Note={"Text": "first", "UpdatedBy": "kim"})
    world.update(world.one(), Note={"Text": "second", "UpdatedBy": "lee"})
    assert {key: world.one()["Note"][key] for key in ("Text", "UpdatedBy")} == {"Text": "second", "UpdatedBy": "lee"}


def test_findings_that_are_unknown_or_out_of_sight_or_twice_come_back_unprocessed() -> None:
    world = failing()
    known = {key: world.one()[key] for key in ("Id", "ProductArn")}
    hidden = {key: world.find(AwsAccountId=ADMIN)[0][key] for key in ("Id", "ProductArn")}
    unknown = {"Id": "nothing", "ProductArn": PRODUCT}
    answer = world.call(
        "BatchUpdateFindings",
        account=MEMBER,
        FindingIdentifiers=[known, hidden, known, unknown],
        Workflow={"Status": "NOTIFIED"},
    )
    assert answer["ProcessedFindings"] == [known]
    assert [(one["FindingIdentifier"], one["ErrorCode"]) for one in answer["UnprocessedFindings"]] == [
        (hidden, "FindingNotFound"),
        (known, "DuplicatedFindingIdentifier"),
        (unknown, "FindingNotFound"),
    ]


def test_an_update_becomes_visible_only_after_the_lag() -> None:
    world = failing(findings_lag=FindingsLag.MINUTES_3)
    assert world.update(world.one(), Workflow={"Status": "SUPPRESSED"})["ProcessedFindings"]
    world.after(minutes=2)
    assert world.one()["Workflow"]["Status"] == "NEW"
    world.after(minutes=1)
    assert world.one()["Workflow"]["Status"] == "SUPPRESSED"


def test_a_second_update_during_the_lag_may_be_refused() -> None:
    world = failing(findings_lag=FindingsLag.MINUTES_3, second_update=SecondUpdate.CONCURRENT_UPDATE_ERROR)
    world.update(world.one(), Workflow={"Status": "SUPPRESSED"})
    answer = world.update(world.one(), Workflow={"Status": "NEW"})
    assert [one["ErrorCode"] for one in answer["UnprocessedFindings"]] == ["ConcurrentUpdateError"]


@pytest.mark.parametrize(
    ("quirk", "after"),
    [
        (UserFieldsUpdate.REPLACES, {"waiver": "W-2"}),
        (UserFieldsUpdate.MERGES, {"team": "web", "waiver": "W-2"}),
    ],
)
def test_user_fields_that_are_not_named_go_or_stay(quirk: UserFieldsUpdate, after: dict[str, str]) -> None:
    world = failing(user_fields_update=quirk)
    world.update(world.one(), UserDefinedFields={"team": "web", "waiver": "W-1"})
    world.update(world.one(), UserDefinedFields={"waiver": "W-2"})
    assert world.one()["UserDefinedFields"] == after


@pytest.mark.parametrize(
    ("quirk", "after"), [(EmptyUserFields.CLEARS, None), (EmptyUserFields.IGNORED, {"team": "web"})]
)
@pytest.mark.parametrize("update", UserFieldsUpdate)
def test_an_empty_map_of_user_fields_clears_them_or_does_nothing(
    quirk: EmptyUserFields, after: dict[str, str] | None, update: UserFieldsUpdate
) -> None:
    world = failing(empty_user_fields=quirk, user_fields_update=update)
    world.update(world.one(), UserDefinedFields={})
    assert "UserDefinedFields" not in world.one()
    world.update(world.one(), UserDefinedFields={"team": "web"})
    world.update(world.one(), UserDefinedFields={})
    assert world.one().get("UserDefinedFields") == after


def test_an_empty_map_of_user_fields_may_be_refused() -> None:
    world = failing(empty_user_fields=EmptyUserFields.REFUSED)
    with pytest.raises(ServiceError, match="UserDefinedFields"):
        world.update(world.one(), UserDefinedFields={}, Workflow={"Status": "NEW"})


def test_an_update_of_nothing_is_refused() -> None:
    world = failing()
    with pytest.raises(ServiceError, match="at least one field"):
        world.update(world.one())


# --- history -------------------------------------------------------------------------------------------------------


def test_the_history_says_who_suppressed_and_what_the_checks_did() -> None:
    site = bucket(blocks_public_access=False)
    world = World(site)
    world.after(minutes=1)
    world.update(world.one(), Workflow={"Status": "SUPPRESSED"}, by="lee")
    world.after(minutes=1)
    world.edit(site, blocks_public_access=True)
    fixed, suppressed, created = history(world, world.one())
    assert created["FindingCreated"]
    assert suppressed["UpdateSource"] == {
        "Type": "BATCH_UPDATE_FINDINGS",
        "Identity": f"arn:aws:iam::{ADMIN}:user/lee",
    }
    assert suppressed["Updates"] == [{"UpdatedField": "Workflow.Status", "OldValue": "NEW", "NewValue": "SUPPRESSED"}]
    assert fixed["UpdateSource"]["Type"] == "BATCH_IMPORT_FINDINGS"
    assert {"UpdatedField": "Compliance.Status", "OldValue": "FAILED", "NewValue": "PASSED"} in fixed["Updates"]


def test_history_is_paged_and_bounded_by_time() -> None:
    world = failing()
    for number in range(5):
        world.after(minutes=1)
        world.update(world.one(), Note={"Text": str(number), "UpdatedBy": "kim"})
    finding = world.one()
    assert len(history(world, finding, StartTime=START + timedelta(minutes=3))) == 3
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    first = world.call("GetFindingHistory", FindingIdentifier=identifier, MaxResults=4)
    rest = world.call("GetFindingHistory", FindingIdentifier=identifier, MaxResults=4, NextToken=first["NextToken"])
    assert (len(first["Records"]), len(rest["Records"])) == (4, 2)
    assert "NextToken" not in rest


# --- events --------------------------------------------------------------------------------------------------------


def test_every_change_is_an_event_and_a_batch_update_is_one_even_without_news() -> None:
    world = failing()
    events: list[dict[str, Any]] = []
    world.service.on_event(events.append)
    finding = world.one()
    world.update(finding, Workflow={"Status": "SUPPRESSED"})
    world.update(finding, Workflow={"Status": "SUPPRESSED"})
    assert [one["detail"]["findings"][0]["Workflow"]["Status"] for one in events] == ["SUPPRESSED", "SUPPRESSED"]
    assert events[0]["detail-type"] == "Security Hub Findings - Imported"
    assert events[0]["resources"] == [f"{PRODUCT}/{finding['Id']}"]


def test_a_refresh_without_news_is_an_event_too() -> None:
    world = failing()
    heard: list[str] = []
    world.service.on_change(lambda record, _at: heard.append(record.id))
    world.after(days=3)
    assert heard.count(world.one()["Id"]) == 3


# --- state ---------------------------------------------------------------------------------------------------------


def test_a_store_dumped_to_json_and_loaded_goes_on_as_if_nothing_had_happened() -> None:
    def world() -> World:
        made = World(
            *(bucket(f"b{number}") for number in range(10)),
            alive=True,
            quirks=FindingQuirks(findings_lag=FindingsLag.MINUTES_3),
        )
        imported(made, own_finding())
        made.after(days=2)
        made.update(made.find()[0], Note={"Text": "pending", "UpdatedBy": "kim"})
        return made

    whole, cut = world(), world()
    state = orjson.loads(orjson.dumps(cut.service.dump()))
    cut.service = FindingService(
        Inventory((), start=START), seed=3, quirks=FindingQuirks(findings_lag=FindingsLag.MINUTES_3)
    )
    cut.service.load(state)
    for one in (whole, cut):
        one.after(days=9)
    key = lambda finding: str(finding["Id"])  # noqa: E731 - a name for the sort below
    assert sorted(cut.find(), key=key) == sorted(whole.find(), key=key)
    assert history(cut, cut.one(resource="arn:aws:s3:::b1")) == history(whole, whole.one(resource="arn:aws:s3:::b1"))


def test_a_store_that_was_never_advanced_says_so() -> None:
    service = FindingService(Inventory((), start=START))
    world = World()
    world.service = service
    world.estate = PlainEstate()
    service.advance = lambda _estate: None  # type: ignore[method-assign]
    with pytest.raises(ServiceError, match="never advanced"):
        world.find()


@pytest.mark.parametrize("consolidated", [True, False])
def test_every_finding_is_valid_by_the_api_model(consolidated: bool) -> None:
    shape = get_session().get_service_model("securityhub").shape_for("AwsSecurityFinding")
    world = World(bucket(), controls=["S3.8", "S3.5", "IAM.7", "CloudWatch.1", "Config.1"])
    world.estate.is_consolidated = consolidated
    imported(world, own_finding(Note={"Text": "t", "UpdatedBy": "u", "UpdatedAt": stamp(START)}))
    world.after(hours=2)
    world.update(*world.find()[:20], Note={"Text": "t", "UpdatedBy": "u"}, Severity={"Label": "LOW"}, Confidence=3)
    found = world.find()
    assert len(found) > 10
    for finding in found:
        report = ParamValidator().validate(finding, shape)
        assert not report.has_errors(), report.generate_report()
        assert finding.keys() <= shape.members.keys()


def test_an_event_bus_hears_what_its_account_sees_from_there() -> None:
    world = failing()
    heard: dict[str, list[dict[str, Any]]] = {"admin": [], "member": [], "other": []}
    world.service.on_event(heard["admin"].append, account=ADMIN, region=HOME)
    world.service.on_event(heard["member"].append, account=MEMBER, region=HOME)
    world.service.on_event(heard["other"].append, account=ADMIN, region=OTHER)
    world.update(world.one(), Workflow={"Status": "NOTIFIED"})
    assert {bus: len(events) for bus, events in heard.items()} == {"admin": 1, "member": 1, "other": 0}
