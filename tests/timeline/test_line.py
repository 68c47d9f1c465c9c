"""One time line of everything, newest first, with likely causes marked and gaps as entries."""

import datetime as dt
import json
from typing import Any

import pytest

from hubposture.timeline.facts import ConfigItem, Gap, Past, Source, Who, Why, Write, as_data, from_data
from hubposture.timeline.line import Entry, Kind, time_line
from hubposture.timeline.trail import shortened, write_of_event

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def at(minutes: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def write(minutes: float, *, id_: str = "e1", error: str = "") -> Write:
    return Write(
        at(minutes), id_, "s3", "PutBucketPolicy", "111122223333", "eu-central-1", Who("kim", "role Dev"), error=error
    )


def item(minutes: float, value: int, status: str = "OK") -> ConfigItem:
    return ConfigItem(at(minutes), status, json.dumps({"a": value}))


def past(*, items: Any = (), writes: Any = (), gaps: Any = ()) -> Past:
    return Past(NOON, "kim", NOON - dt.timedelta(days=90), tuple(items), tuple(writes), tuple(gaps))


def failing(minutes: float) -> Entry:
    return Entry(Kind.CHECK, at(minutes), "The check says: failing", starts_failing=True)


def test_the_newest_stands_first_and_a_gap_without_a_time_above_all() -> None:
    gaps = [Gap(Source.TRAIL, Why.DENIED, "denied"), Gap(Source.CONFIG, Why.TOO_OLD, "old", at(-1000))]
    line = time_line(past(items=[item(-60, 1), item(-10, 2)], writes=[write(-12)], gaps=gaps), [failing(-5)])
    assert [one.kind for one in line] == [Kind.GAP, Kind.CHECK, Kind.CONFIG, Kind.WRITE, Kind.CONFIG, Kind.GAP]


def test_a_write_shortly_before_a_recorded_change_and_before_it_failed_is_likely_behind_both() -> None:
    line = time_line(past(items=[item(-600, 1), item(-10, 2)], writes=[write(-12)]), [failing(-5)])
    (found,) = [one for one in line if one.kind is Kind.WRITE]
    assert found.likely == "likely why it began to fail 7 min later; likely behind the change recorded 2 min later"


@pytest.mark.parametrize(
    ("minutes", "error"), [(-12, "AccessDenied"), (-10 - 31, ""), (-7, "")], ids=["refused", "too early", "after"]
)
def test_what_was_refused_or_not_near_is_no_cause_of_a_recorded_change(minutes: float, error: str) -> None:
    line = time_line(past(items=[item(-600, 1), item(-10, 2)], writes=[write(minutes, error=error)]), ())
    assert [one.likely for one in line if one.kind is Kind.WRITE] == [""]


def test_of_several_writes_only_the_last_before_it_began_to_fail_is_marked() -> None:
    writes = [write(-300, id_="a"), write(-200, id_="b"), write(30, id_="c"), write(-24 * 60 - 1, id_="d")]
    line = time_line(past(writes=writes), [failing(0)])
    assert [one.write.id for one in line if one.write and one.likely] == ["b"]
    assert next(one.likely for one in line if one.likely) == "likely why it began to fail about 3 h later"


def test_a_deleted_resource_and_one_that_was_only_recorded_again_say_so() -> None:
    line = time_line(past(items=[item(0, 1, "ResourceDiscovered"), item(1, 1), item(2, 1, "ResourceDeleted")]), ())
    assert [one.told for one in line] == [
        "The resource was deleted",
        "Recorded again; nothing that people read differs",
        "AWS Config saw it for the first time",
    ]


def test_without_an_answer_of_aws_the_line_has_what_is_ours() -> None:
    assert [one.kind for one in time_line(None, [failing(0)])] == [Kind.CHECK]


def test_a_past_is_kept_as_json_and_read_back_the_same() -> None:
    gaps = [Gap(Source.TRAIL, Why.CUT, "cut", at(0)), Gap(Source.CONFIG, Why.DENIED, "no")]
    whole = past(items=[item(0, 1)], writes=[write(0)], gaps=gaps)
    assert from_data(json.loads(json.dumps(as_data(whole)))) == whole


def event(identity: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "eventTime": "2026-11-24T12:00:00Z", "eventID": "e", "eventSource": "securityhub.amazonaws.com",
        "eventName": "BatchUpdateFindings", "awsRegion": "eu-central-1", "recipientAccountId": "111122223333",
        "readOnly": False, "sourceIPAddress": "198.51.100.7", "userIdentity": identity, **more,
    }  # fmt: skip


ISSUER = {"sessionContext": {"sessionIssuer": {"userName": "Analyst"}}}


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (
            {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Analyst/kim@example.com", **ISSUER},
            "kim@example.com (role Analyst)",
        ),
        ({"type": "IAMUser", "userName": "terraform", "arn": "arn:aws:iam::1:user/terraform"}, "terraform (IAM user)"),
        ({"type": "Root", "accountId": "1", "arn": "arn:aws:iam::1:root"}, "root user (1)"),
        ({"type": "AWSService", "invokedBy": "securityhub.amazonaws.com"}, "securityhub.amazonaws.com (AWS service)"),
        ({"type": "AWSAccount", "accountId": "444455556666"}, "account 444455556666 (another account)"),
        ({"type": "IdentityCenterUser", "principalId": "p"}, "p (IdentityCenterUser)"),
        ({}, "unknown"),
    ],
)
def test_who_did_it_is_told_as_people_know_it(identity: dict[str, Any], said: str) -> None:
    found = write_of_event(event(identity))
    assert found is not None
    assert str(found.who) == said


def test_the_request_says_which_findings_and_controls_it_was_about() -> None:
    asked = {
        "findingIdentifiers": [{"id": "f1", "productArn": "p"}, {"Id": "f2", "ProductArn": "p"}, "x"],
        "workflow": {"status": "SUPPRESSED"},
        "standardsControlAssociationUpdates": [{"securityControlId": "S3.8", "standardsArn": "arn:x"}],
    }
    found = write_of_event(json.dumps(event({}, requestParameters=asked)))
    assert found is not None
    assert found.of == (("p", "f1"), ("p", "f2"))
    assert found.controls == ("S3.8", "arn:x")
    assert found.said == "Workflow SUPPRESSED"


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"eventName": 1}', "[" * 100_000, json.dumps(event({}, eventTime="soon")), json.dumps(event({}, readOnly=True)), json.dumps(event({}, readOnly="true"))],
)  # fmt: skip
def test_what_is_no_write_or_cannot_be_read_is_left_out(text: str) -> None:
    assert write_of_event(text) is None


def test_hostile_fields_of_an_event_are_survived() -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    found = write_of_event(event({"type": 5, "arn": None, "sessionContext": "x"}, requestParameters=deep, errorCode=7))
    assert found is not None
    assert (found.error, found.who.name) == ("", "unknown")


def test_of_an_access_key_only_both_ends_are_kept() -> None:
    assert shortened("ASIAEXAMPLEKEY3F2A") == "ASIA...3F2A"
    assert shortened("short") == ""
