"""The past of a resource from AWS Config and CloudTrail: what is there, and a gap with a reason for all that is not."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, Asked, Refused, standing
from hubposture.aws.config_history import AwsConfigHistory
from hubposture.aws.lookup import AwsLookup
from hubposture.aws.trail_queries import AwsTrailAthena, AwsTrailLake, Table, literal
from hubposture.errors import InputError
from hubposture.ports.resource_history import HubRead, Recorded, Told
from hubposture.timeline.facts import Why
from hubposture.timeline.resource import Resource

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(days=90)
BUCKET = Resource(MEMBERS[0], HOME, "arn:aws:s3:::site", "AwsS3Bucket")
ROLE = Resource(MEMBERS[0], HOME, "arn:aws:iam::1:role/deploy", "AwsIamRole")
STORE = "0a1b2c3d-1234-1234-1234-0123456789ab"
RUNNING = {
    "DescribeConfigurationRecorders": {
        "ConfigurationRecorders": [{"name": "d", "recordingGroup": {"allSupported": True}}]
    },
    "DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": [{"name": "d", "recording": True}]},
}


def item(days: float, value: int = 1) -> dict[str, Any]:
    at = NOW - dt.timedelta(days=days)
    return {
        "configurationItemCaptureTime": at.timestamp(), "configurationItemStatus": "OK",
        "configuration": json.dumps({"a": value}), "tags": {"owner": "kim"},
        "relationships": [{"relationshipName": "Is in", "resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1"}],
    }  # fmt: skip


def event(number: int, *, minutes: float = 0, read: bool = False, name: str = "PutBucketPolicy") -> dict[str, Any]:
    at = NOW - dt.timedelta(minutes=minutes)
    detail = {
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "eventID": f"e{number}", "eventSource": "s3.amazonaws.com", "eventName": name,
        "awsRegion": HOME, "recipientAccountId": MEMBERS[0], "readOnly": read, "userIdentity": {"type": "IAMUser", "userName": "kim"},
    }  # fmt: skip
    return {
        "EventId": f"e{number}",
        "EventTime": at.timestamp(),
        "ReadOnly": str(read).lower(),
        "CloudTrailEvent": json.dumps(detail),
    }


def recorded(answer: Callable[[Asked], Any], resource: Resource = BUCKET, **how: Any) -> Recorded:
    def answered(asked: Asked) -> Any:
        found = answer(asked)
        return RUNNING.get(asked.operation, {}) if found is None else found

    with standing(answered) as here:
        return AwsConfigHistory(here.gateway, **how).recorded(resource, since=SINCE, until=NOW)


def told(answer: Callable[[Asked], Any], resource: Resource = BUCKET, **how: Any) -> tuple[Told, list[Asked]]:
    with standing(answer) as here:
        found = AwsLookup(here.gateway, **how).writes(resource, since=SINCE, until=NOW)
        return found, [one for one in here.aws.asked if one.operation == "LookupEvents"]


# --- AWS Config -----------------------------------------------------------------------------------------------------


def test_items_come_oldest_first_with_the_one_before_the_time_asked_for() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation != "GetResourceConfigHistory":
            return None
        assert asked.params["resourceId"] == "site"
        if "nextToken" not in asked.params:
            return {"configurationItems": [item(1, 3), item(80, 2)], "nextToken": "2"}
        return {"configurationItems": [item(100, 1), item(400, 0)], "nextToken": "3"}

    found = recorded(answer)
    assert [json.loads(one.configuration)["a"] for one in found.items] == [1, 2, 3]
    assert found.items[0].relationships == (("Is in", "AWS::EC2::VPC", "vpc-1"),)
    assert found.gaps == ()


def test_what_config_calls_by_an_id_of_its_own_is_found_by_its_name() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "ListDiscoveredResources":
            assert asked.params["resourceName"] == "deploy"
            gone = {"resourceType": "AWS::IAM::Role", "resourceId": "AROAOLD", "resourceDeletionTime": 1.0}
            return {"resourceIdentifiers": [gone, {"resourceType": "AWS::IAM::Role", "resourceId": "AROA1"}]}
        if asked.operation == "GetResourceConfigHistory":
            assert asked.params["resourceId"] == "AROA1", "the living one first"
            return {"configurationItems": [item(1)]}
        return None

    assert len(recorded(answer, ROLE).items) == 1


@pytest.mark.parametrize(
    ("recorder", "status", "why"),
    [
        ([], [], Why.RECORDER_OFF),
        ([{"name": "d"}], [{"name": "d", "recording": False}], Why.RECORDER_OFF),
        (
            [{"name": "d", "recordingGroup": {"allSupported": False}}],
            [{"name": "d", "recording": True}],
            Why.NOT_RECORDED,
        ),
        ([{"name": "d", "recordingGroup": {"allSupported": True}}], [{"name": "d", "recording": True}], Why.NOT_KNOWN),
    ],
)
def test_why_config_knows_nothing_is_told_by_its_recorder(recorder: Any, status: Any, why: Why) -> None:
    def answer(asked: Asked) -> Any:
        match asked.operation:
            case "GetResourceConfigHistory":
                raise Refused("ResourceNotDiscoveredException")
            case "ListDiscoveredResources":
                return {"resourceIdentifiers": []}
            case "DescribeConfigurationRecorders":
                return {"ConfigurationRecorders": recorder}
            case _:
                return {"ConfigurationRecordersStatus": status}

    found = recorded(answer)
    assert [one.why for one in found.gaps] == [why]
    assert found.items == ()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("AccessDeniedException", Why.DENIED),
        ("NoAvailableConfigurationRecorderException", Why.RECORDER_OFF),
        ("ThrottlingException", Why.THROTTLED),
        ("InternalServiceException", Why.UNREACHABLE),
    ],
)
def test_every_failure_of_config_is_a_gap_with_its_reason(code: str, why: Why) -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "GetResourceConfigHistory":
            raise Refused(code, status=500 if code.startswith("Internal") else 400)
        return None

    (gap,) = recorded(answer).gaps
    assert gap.why is why
    assert gap.what.startswith("AWS Config: ")


def test_a_failure_on_the_way_keeps_what_was_read() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "GetResourceConfigHistory":
            if "nextToken" in asked.params:
                raise Refused("AccessDeniedException")
            return {"configurationItems": [item(2)], "nextToken": "2"}
        return None

    found = recorded(answer)
    assert len(found.items) == 1
    assert [(one.why, one.before) for one in found.gaps] == [(Why.DENIED, NOW - dt.timedelta(days=2))]


def test_pages_without_end_are_cut_and_it_is_said() -> None:
    numbers = iter(range(1_000))

    def answer(asked: Asked) -> Any:
        if asked.operation == "GetResourceConfigHistory":
            number = next(numbers)
            return {"configurationItems": [item(number / 100, number)], "nextToken": str(number)}
        return None

    found = recorded(answer, most_pages=3)
    assert len(found.items) == 3
    assert [one.why for one in found.gaps] == [Why.CUT]


def test_a_type_without_a_name_in_config_is_not_asked_for() -> None:
    def answer(asked: Asked) -> Any:
        raise AssertionError(asked)

    assert [one.why for one in recorded(answer, Resource(MEMBERS[0], HOME, "AWS::::Account:1", "AwsAccount")).gaps] == [
        Why.NO_NAME
    ]


# --- CloudTrail's event history -------------------------------------------------------------------------------------


def test_writes_are_looked_up_by_arn_and_name_once_each_and_reads_are_left_out() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation != "LookupEvents":
            return {}
        (attribute,) = asked.params["LookupAttributes"]
        assert attribute["AttributeKey"] == "ResourceName"
        by_name = [event(1, minutes=5), event(2, minutes=4, read=True), event(3, minutes=9)]
        return {"Events": by_name if attribute["AttributeValue"] == "site" else [event(1, minutes=5)]}

    found, asked = told(answer)
    assert [one.id for one in found.writes] == ["e3", "e1"]
    assert found.gaps == ()
    assert [one.params["LookupAttributes"][0]["AttributeValue"] for one in asked] == ["arn:aws:s3:::site", "site"]


def test_global_services_are_asked_where_they_write_their_events() -> None:
    _, asked = told(lambda _: {"Events": []}, ROLE)
    assert {one.region for one in asked} == {"us-east-1"}


@pytest.mark.parametrize(
    ("code", "why"), [("AccessDeniedException", Why.DENIED), ("ThrottlingException", Why.THROTTLED)]
)
def test_every_failure_of_the_event_history_is_one_gap(code: str, why: Why) -> None:
    def answer(asked: Asked) -> Any:
        if asked.service == "cloudtrail":
            raise Refused(code)
        return {}

    found, _ = told(answer)
    assert [one.why for one in found.gaps] == [why]
    assert ("ask again later" in found.gaps[0].what) is (why is Why.THROTTLED)


def test_more_events_than_are_read_are_said() -> None:
    def answer(asked: Asked) -> Any:
        token = int(asked.params.get("NextToken", 0))
        return {"Events": [event(token, minutes=token)], "NextToken": str(token + 1)}

    found, asked = told(answer, most_pages=3)
    assert len(asked) == 6
    assert [(one.why, one.before) for one in found.gaps] == [(Why.CUT, NOW - dt.timedelta(minutes=2))] * 2


def test_the_event_history_ends_after_90_days_and_says_so() -> None:
    with standing(lambda _: {"Events": []}) as here:
        found = AwsLookup(here.gateway).writes(BUCKET, since=NOW - dt.timedelta(days=365), until=NOW)
        asked = [one for one in here.aws.asked if one.operation == "LookupEvents"]
    assert [(one.why, one.before) for one in found.gaps] == [(Why.TOO_OLD, SINCE)]
    assert {one.params["StartTime"] for one in asked} == {SINCE.timestamp()}


def test_two_lookups_a_second_are_not_exceeded() -> None:
    with standing(lambda _: {"Events": []}) as here:
        began = here.gateway.caller.clock()
        for _ in range(5):
            AwsLookup(here.gateway).writes(BUCKET, since=SINCE, until=NOW)
        assert here.gateway.caller.clock() - began >= (10 - 2) / 2 - 0.01


# --- Security Hub's own writes ---------------------------------------------------------------------------------------


def hub_read(
    answer: Callable[[Asked], Any], *, most_calls: int = 40, account: str = MEMBERS[0]
) -> tuple[HubRead, list[Asked]]:
    spans = ((NOW - dt.timedelta(hours=1), NOW), (NOW - dt.timedelta(days=3), NOW - dt.timedelta(days=2)))
    with standing(answer) as here:
        found = AwsLookup(here.gateway).hub_writes(account, HOME, spans, most_calls=most_calls)
        asked = [one for one in here.aws.asked if one.operation == "LookupEvents"]
        role = {here.aws.assumed[one.key] for one in asked}
        assert role == ({f"{ADMINISTRATOR}/admin-reader"} if account == ADMINISTRATOR else {f"{account}/reader"})
        return found, asked


@pytest.mark.parametrize("account", [MEMBERS[0], ADMINISTRATOR])
def test_writes_of_the_hub_are_read_span_by_span_by_source(account: str) -> None:
    found, asked = hub_read(
        lambda asked: {"Events": [event(1, minutes=5)]} if asked.operation == "LookupEvents" else {}, account=account
    )
    assert [one.params["LookupAttributes"] for one in asked] == [[{"AttributeKey": "EventSource", "AttributeValue": "securityhub.amazonaws.com"}]] * 2  # fmt: skip
    assert (len(found.writes), found.left, found.trouble, found.calls) == (1, (), "", 2)


def test_when_the_calls_are_used_up_the_rest_is_left_for_the_next_time() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation != "LookupEvents":
            return {}
        token = int(asked.params.get("NextToken", 0))
        return {"Events": [event(token, minutes=token * 10)], "NextToken": str(token + 1)}

    found, asked = hub_read(answer, most_calls=3)
    assert len(asked) == 3
    start, end = found.left[0]
    assert start == NOW - dt.timedelta(hours=1)
    assert end == NOW - dt.timedelta(minutes=20) + dt.timedelta(seconds=1)
    assert found.left[1] == (NOW - dt.timedelta(days=3), NOW - dt.timedelta(days=2))


def test_a_failure_keeps_what_was_read_and_leaves_the_rest() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "LookupEvents":
            if asked.params["EndTime"] < (NOW - dt.timedelta(days=1)).timestamp():
                raise Refused("AccessDeniedException")
            return {"Events": [event(1)]}
        return {}

    found, _ = hub_read(answer)
    assert len(found.writes) == 1
    assert found.left == ((NOW - dt.timedelta(days=3), NOW - dt.timedelta(days=2)),)
    assert "AccessDeniedException" in found.trouble


# --- CloudTrail Lake and Athena --------------------------------------------------------------------------------------

HOSTILE = Resource(MEMBERS[0], HOME, "x' OR '1'='1", "AwsS3Bucket")
CELLS = {
    "eventtime": "2026-11-24 11:00:00.000", "eventid": "e1", "eventsource": "s3.amazonaws.com", "eventname": "PutBucketPolicy",
    "recipientaccountid": MEMBERS[0], "awsregion": HOME, "kind": "AssumedRole", "issuer": "Dev",
    "arn": "arn:aws:sts::1:assumed-role/Dev/kim", "accesskeyid": "ASIAEXAMPLEKEY3F2A",
}  # fmt: skip


def by_lake(answer: Callable[[Asked], Any], resource: Resource = BUCKET, **how: Any) -> tuple[Told, list[Asked]]:
    with standing(answer) as here:
        lake = AwsTrailLake(
            here.gateway,
            store=f"arn:aws:cloudtrail:eu:1:eventdatastore/{STORE}",
            region=HOME,
            seconds=how.get("seconds", 30),
        )
        return lake.writes(resource, since=SINCE, until=NOW), [
            one for one in here.aws.asked if one.service == "cloudtrail"
        ]


def test_a_data_store_is_asked_with_quoted_names_and_read_to_the_end() -> None:
    states = iter(["QUEUED", "RUNNING", "FINISHED", "FINISHED"])

    def answer(asked: Asked) -> Any:
        if asked.operation == "StartQuery":
            return {"QueryId": "12345678-1234-1234-1234-123456789012"}
        if asked.operation == "GetQueryResults":
            state = next(states)
            rows = [[{name: value} for name, value in CELLS.items()]] if state == "FINISHED" else []
            return {
                "QueryStatus": state,
                "QueryResultRows": rows,
                **({} if "NextToken" in asked.params or not rows else {"NextToken": "token-2"}),
            }
        return {}

    found, asked = by_lake(answer, HOSTILE)
    assert found.gaps == ()
    assert [(one.id, str(one.who), one.who.key) for one in found.writes] == [
        ("e1", "kim (role Dev)", "ASIA...3F2A")
    ] * 2
    statement = asked[0].params["QueryStatement"]
    assert f"FROM {STORE} " in statement
    assert "('x'' OR ''1''=''1')" in statement


def test_a_query_that_fails_or_never_ends_is_a_gap() -> None:
    def answer(state: str) -> Callable[[Asked], Any]:
        given = {
            "StartQuery": {"QueryId": "12345678-1234-1234-1234-123456789012"},
            "GetQueryResults": {"QueryStatus": state, "ErrorMessage": "too much"},
        }
        return lambda asked: given.get(asked.operation, {})

    (failed,) = by_lake(answer("FAILED"))[0].gaps
    assert "FAILED: too much" in failed.what
    (late,) = by_lake(answer("RUNNING"), seconds=3)[0].gaps
    assert "did not end within 3 s; ask again later" in late.what


def by_athena(answer: Callable[[Asked], Any], resource: Resource = BUCKET) -> tuple[Told, list[Asked]]:
    with standing(answer) as here:
        table = Table("security", "logs", "hubposture", "day")
        found = AwsTrailAthena(here.gateway, table=table, region=HOME, seconds=30).writes(
            resource, since=SINCE, until=NOW
        )
        return found, [one for one in here.aws.asked if one.service == "athena"]


def test_a_table_is_asked_with_every_value_bound() -> None:
    names = list(CELLS)
    rows = [
        {"Data": [{"VarCharValue": one} for one in names]},
        {"Data": [{"VarCharValue": one} for one in CELLS.values()]},
    ]
    states = iter(["QUEUED", "SUCCEEDED"])

    def answer(asked: Asked) -> Any:
        match asked.operation:
            case "StartQueryExecution":
                return {"QueryExecutionId": "q"}
            case "GetQueryExecution":
                return {"QueryExecution": {"Status": {"State": next(states)}}}
            case "GetQueryResults":
                return {"ResultSet": {"Rows": rows}}
        return {}

    found, asked = by_athena(answer, HOSTILE)
    assert [one.id for one in found.writes] == ["e1"]
    start = asked[0].params
    assert "OR '1'" not in start["QueryString"]
    assert start["QueryString"].count("?") == len(start["ExecutionParameters"]) == 7
    assert start["ExecutionParameters"][-2:] == ["'x'' OR ''1''=''1'", "'\"x'' OR ''1''=''1\"'"]
    assert start["ExecutionParameters"][3:5] == ["'2026/08/26'", "'2026/11/24'"]


def test_a_name_with_control_characters_is_asked_for_nowhere() -> None:
    resource = Resource(MEMBERS[0], HOME, "x\ny", "AwsS3Bucket")

    def answer(asked: Asked) -> Any:
        raise AssertionError(asked)

    assert [one.why for one in by_lake(answer, resource)[0].gaps] == [Why.NOT_SET]
    assert [one.why for one in by_athena(answer, resource)[0].gaps] == [Why.NOT_SET]
    with pytest.raises(InputError):
        literal("\x00")
