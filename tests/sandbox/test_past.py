"""AWS Config's history and CloudTrail's events of emulated resources, by botocore's own clients."""

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import population
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.storage import restore, save

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def box() -> Sandbox:
    spec = population.organization()
    found = Sandbox(spec, findings=population.findings(spec, alive=False, density=0.2))
    found.advance()
    return found


def bucket(box: Sandbox) -> tuple[str, str]:
    account = box.core.spec.administrator
    return account, box.create_resource("AWS::S3::Bucket", account, name=f"past-{next(NUMBERS)}")


def history(box: Sandbox, account: str, name: str) -> list[Any]:
    client = box.client("config", account=account, region=box.core.home)
    return list(
        client.get_resource_config_history(resourceType="AWS::S3::Bucket", resourceId=name, limit=100)[
            "configurationItems"
        ]
    )


def events(box: Sandbox, account: str, **attribute: str) -> list[Any]:
    client = box.client("cloudtrail", account=account, region=box.core.home)
    (key, value), *_ = attribute.items()
    box.wait(1)
    return list(client.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])["Events"])


def test_a_change_of_a_resource_is_recorded_and_has_somebody_who_made_it(box: Sandbox) -> None:
    account, arn = bucket(box)
    name = arn.rpartition(":")[2]
    box.wait(3600)
    box.break_resource(arn, "S3.8", account=account)
    box.wait(600)
    newest, first = history(box, account, name)
    said = [
        json.loads(one["supplementaryConfiguration"]["PublicAccessBlockConfiguration"])["blockPublicAcls"]
        for one in (first, newest)
    ]
    assert said == [True, False]
    assert (first["configurationItemStatus"], newest["configurationItemStatus"]) == ("ResourceDiscovered", "OK")
    made = [
        one for one in events(box, account, ResourceName=name) if "errorCode" not in json.loads(one["CloudTrailEvent"])
    ]
    assert [one["EventName"] for one in made] == ["DeleteBucketPublicAccessBlock", "CreateBucket"]
    assert made[0]["EventTime"] < newest["configurationItemCaptureTime"]
    assert json.loads(made[0]["CloudTrailEvent"])["userIdentity"]["arn"].startswith("arn:aws:")


def test_a_hand_on_a_finding_is_an_event_with_its_name(box: Sandbox) -> None:
    account, arn = bucket(box)
    box.break_resource(arn, "S3.8", account=account)
    box.person((account, box.core.home, "S3.8", arn), status="SUPPRESSED", who="noor@example.com")
    (found,) = [
        one for one in events(box, account, EventName="BatchUpdateFindings") if one["Username"] == "noor@example.com"
    ]
    assert json.loads(found["CloudTrailEvent"])["requestParameters"]["workflow"] == {"Status": "SUPPRESSED"}


def test_lookups_are_limited_to_two_a_second_and_to_ninety_days(box: Sandbox) -> None:
    account, arn = bucket(box)
    name = arn.rpartition(":")[2]
    client = box.client("cloudtrail", account=account, region=box.core.home)
    box.wait(2)
    with pytest.raises(ClientError, match="ThrottlingException"):
        [client.lookup_events() for _ in range(3)]
    assert events(box, account, ResourceName=name)
    box.wait(dt.timedelta(days=91).total_seconds())
    assert events(box, account, ResourceName=name) == []
    assert history(box, account, name)


def test_what_config_does_not_know_is_said_in_its_words(box: Sandbox) -> None:
    with pytest.raises(ClientError, match="ResourceNotDiscoveredException"):
        history(box, box.core.spec.administrator, "nothing")


def test_deeds_are_kept_with_the_rest_of_the_sandbox(box: Sandbox, tmp_path: Any) -> None:
    account, arn = bucket(box)
    save(box, tmp_path)
    spec = population.organization()
    other = Sandbox(spec, findings=population.findings(spec, alive=False, density=0.2))
    assert restore(other, tmp_path)
    assert other.findings is not None
    assert box.findings is not None
    assert other.findings.deeds.dump() == box.findings.deeds.dump()
    assert [one.kind for one in other.findings.deeds.of(account, box.core.home, arn)] == ["create"]
