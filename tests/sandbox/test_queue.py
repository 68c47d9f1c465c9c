"""The queue of findings events: what comes into it, what SQS does with it, and what a restart leaves of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import Quirks, RealClock, RoleSpec, Sandbox
from hubposture.sandbox.catalogue import load
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.queue_of_events import KEPT, EventQueue, Waiting
from hubposture.sandbox.quirks import QueueDelivery
from hubposture.sandbox.server import serve
from hubposture.sandbox.storage import restore, save
from sandbox.engine_world import ADMIN, AWAY, HOME, LAB, MANAGEMENT, READER, WEB, code_of, organization
from sandbox.findings_world import bucket

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=5)


# --- the queue itself ------------------------------------------------------------------------------------------------


def filled(count: int, **how: Any) -> EventQueue:
    queue = EventQueue(**how)
    for number in range(count):
        queue.send(f"message {number}", NOW)
    return queue


def texts(messages: list[Waiting]) -> list[str]:
    return [one.text() for one in messages]


def test_a_message_is_hidden_once_received_and_comes_again_unless_it_is_deleted() -> None:
    queue = filled(2)
    first, second = queue.receive(10, NOW, MINUTES)
    assert queue.receive(10, NOW, MINUTES) == []
    assert queue.delete(first.receipt)
    assert queue.counts(NOW) == (0, 1)
    (again,) = queue.receive(10, NOW + MINUTES, MINUTES)
    assert (again.text(), again.id, again.received) == (second.text(), second.id, 2)
    assert again.receipt != second.receipt


def test_an_old_receipt_deletes_nothing_and_what_is_no_receipt_is_told() -> None:
    queue = filled(1)
    (first,) = queue.receive(1, NOW, MINUTES)
    (again,) = queue.receive(1, NOW + MINUTES, MINUTES)
    assert queue.delete(first.receipt)
    assert len(queue) == 1
    assert not queue.delete("nonsense")
    assert queue.delete(again.receipt)
    assert len(queue) == 0


def test_a_message_deleted_after_it_is_shown_again_does_not_come() -> None:
    queue = filled(1)
    (first,) = queue.receive(1, NOW, MINUTES)
    assert queue.counts(NOW + MINUTES) == (1, 0)
    assert queue.delete(first.receipt)
    assert queue.receive(1, NOW + MINUTES, MINUTES) == []


def test_the_oldest_go_where_there_is_no_room_and_are_counted() -> None:
    queue = filled(5, most=3)
    assert texts(queue.receive(10, NOW, MINUTES)) == ["message 2", "message 3", "message 4"]
    assert queue.dropped == 2


def test_nothing_is_kept_longer_than_four_days() -> None:
    queue = filled(2)
    queue.send("new", NOW + KEPT)
    later = NOW + KEPT + timedelta(seconds=1)
    assert texts(queue.receive(10, later, MINUTES)) == ["new"]
    assert queue.expired == 2


@pytest.mark.parametrize("seed", range(5))
def test_with_loose_delivery_some_come_twice_in_any_order_and_none_is_lost(seed: int) -> None:
    queue = filled(200, delivery=QueueDelivery.TWICE_IN_ANY_ORDER, seed=seed)
    came: list[str] = []
    while batch := queue.receive(10, NOW, MINUTES):
        came += texts(batch)
        for one in batch:
            if one.number % 2:
                queue.delete(one.receipt)
    everything = [f"message {number}" for number in range(200)]
    assert set(came) == set(everything)
    assert len(came) > len(everything)
    assert [one for one in came if came.count(one) == 1] != [one for one in everything if came.count(one) == 1]


def test_what_waits_and_what_is_hidden_is_there_after_a_restart() -> None:
    queue = filled(3)
    (first,) = queue.receive(1, NOW, MINUTES)
    queue.delete(queue.receive(1, NOW, MINUTES)[0].receipt)
    other = EventQueue()
    other.load(json.loads(json.dumps(queue.dump())), load())
    assert texts(other.receive(10, NOW, MINUTES)) == [first.text(), "message 2"]
    other.send("later", NOW)
    assert other.receive(1, NOW, MINUTES)[0].number == 4


# --- over SQS --------------------------------------------------------------------------------------------------------


SPEC = organization(roles=(READER, RoleSpec(name="takes", allow=("sqs:ReceiveMessage",))))


def living(start: datetime) -> FindingService:
    """Some buckets in two accounts and three Regions, one of them not linked, whose findings come and go."""
    resources = [
        bucket(f"b-{number}-{region}-{account}", account=account, region=region)
        for account in (ADMIN, WEB)
        for region in (HOME, AWAY, "eu-west-1")
        for number in range(3)
    ]
    return FindingService(Inventory(resources, start=start), seed=7, empty_passes=False)


def sandbox(*, start: datetime = NOW, **how: Any) -> Sandbox:
    made = Sandbox(SPEC, seed=7, findings=living(start), **how)
    made.advance()
    return made


@pytest.fixture
def box() -> Sandbox:
    return sandbox()


def sqs(box: Sandbox, account: str = SPEC.administrator, region: str = SPEC.home_region, role: str = "") -> Any:
    return box.client("sqs", account=account, region=region, role=role)


def hub(box: Sandbox) -> Any:
    return box.client("securityhub", account=SPEC.administrator, region=SPEC.home_region)


def drained(box: Sandbox) -> list[dict[str, Any]]:
    """Every event that waits, deleted."""
    found: list[dict[str, Any]] = []
    client, url = sqs(box), box.events.url
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(one["Body"]) for one in messages]
        entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
        assert len(client.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == len(messages)
    return found


def test_a_changed_finding_comes_as_an_event_with_what_it_was_at_that_moment(box: Sandbox) -> None:
    drained(box)
    one = hub(box).get_findings(MaxResults=1)["Findings"][0]
    for status in ("NOTIFIED", "SUPPRESSED"):
        hub(box).batch_update_findings(
            FindingIdentifiers=[{"Id": one["Id"], "ProductArn": one["ProductArn"]}], Workflow={"Status": status}
        )
    events = drained(box)
    assert [event["detail"]["findings"][0]["Workflow"]["Status"] for event in events] == ["NOTIFIED", "SUPPRESSED"]
    assert {event["detail-type"] for event in events} == {"Security Hub Findings - Imported"}
    assert {event["detail"]["findings"][0]["Id"] for event in events} == {one["Id"]}
    assert drained(box) == []


def test_events_come_of_members_and_linked_regions_and_of_no_others(box: Sandbox) -> None:
    events = drained(box)
    assert {event["region"] for event in events} == {HOME, AWAY}
    assert {event["account"] for event in events} == {ADMIN, MANAGEMENT, WEB, LAB}


def test_days_bring_changes_and_no_refreshes(box: Sandbox) -> None:
    drained(box)
    box.tick(5)
    events = drained(box)
    assert events
    last: dict[str, Any] = {}
    for finding in (event["detail"]["findings"][0] for event in events):
        shown = [finding["Compliance"]["Status"], finding["Workflow"], finding["RecordState"], finding["Severity"]]
        assert last.get(finding["Id"]) != shown
        last[finding["Id"]] = shown


def test_the_queue_is_the_administrators_in_the_home_region_and_its_name_is_not_taken_elsewhere(box: Sandbox) -> None:
    url = box.events.url
    assert url == f"https://sqs.{SPEC.home_region}.amazonaws.com/{SPEC.administrator}/hubposture-findings"
    assert sqs(box).get_queue_url(QueueName="hubposture-findings")["QueueUrl"] == url
    wrong = (
        (sqs(box, region="us-east-1"), url, "NonExistent|DoesNotExist"),
        (sqs(box), url + "x", "NonExistent|DoesNotExist"),
        (sqs(box, account=SPEC.management_account), url, "AccessDenied"),
    )
    for client, named, code in wrong:
        with pytest.raises(ClientError, match=code):
            client.receive_message(QueueUrl=named)


def test_numbers_of_messages_are_attributes(box: Sandbox) -> None:
    client, url = sqs(box), box.events.url
    client.purge_queue(QueueUrl=url)
    client.send_message(QueueUrl=url, MessageBody="one")
    client.send_message(QueueUrl=url, MessageBody="two")
    client.receive_message(QueueUrl=url)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    assert client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] == dict.fromkeys(names, "1")


def test_a_message_that_is_not_deleted_comes_again_when_the_clock_says_so(box: Sandbox) -> None:
    client, url = sqs(box), box.events.url
    client.purge_queue(QueueUrl=url)
    client.send_message(QueueUrl=url, MessageBody="one")
    assert client.receive_message(QueueUrl=url, VisibilityTimeout=60)["Messages"][0]["Body"] == "one"
    assert "Messages" not in client.receive_message(QueueUrl=url)
    box.clock.advance(timedelta(seconds=60))
    bodies = [one["Body"] for one in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    assert "one" in bodies


def test_a_batch_with_a_bad_receipt_deletes_the_others(box: Sandbox) -> None:
    client, url = sqs(box), box.events.url
    client.purge_queue(QueueUrl=url)
    client.send_message(QueueUrl=url, MessageBody="one")
    receipt = client.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    entries = [{"Id": "a", "ReceiptHandle": receipt}, {"Id": "b", "ReceiptHandle": "nonsense"}]
    reply = client.delete_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in reply["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"]) for one in reply["Failed"]] == [("b", "ReceiptHandleIsInvalid")]
    assert len(box.events.queue) == 0


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": "a", "ReceiptHandle": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": str(at), "ReceiptHandle": "x"} for at in range(11)], "TooManyEntriesInBatchRequest"),
    ],
)
def test_batches_that_sqs_refuses_are_refused(box: Sandbox, entries: list[Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        sqs(box).delete_message_batch(QueueUrl=box.events.url, Entries=entries)
    assert code in code_of(caught)


def test_a_role_takes_messages_only_if_its_policy_says_so(box: Sandbox) -> None:
    client = sqs(box, role="takes")
    assert client.receive_message(QueueUrl=box.events.url)["Messages"]
    with pytest.raises(ClientError, match="not authorized"):
        client.send_message(QueueUrl=box.events.url, MessageBody="x")


def test_the_quirk_of_delivery_reaches_the_queue() -> None:
    box = sandbox(quirks=Quirks(queue_delivery=QueueDelivery.TWICE_IN_ANY_ORDER))
    client, url = sqs(box), box.events.url
    client.purge_queue(QueueUrl=url)
    for number in range(60):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    came = [
        one["Body"]
        for _ in range(12)
        for one in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    ]
    assert len(came) > len(set(came))


def test_events_wait_over_a_restart(tmp_path: Path) -> None:
    first = sandbox(clock=RealClock(), start=datetime.now(UTC))
    waiting = len(first.events.queue)
    assert waiting
    save(first, tmp_path)
    second = Sandbox(SPEC, seed=7, clock=RealClock(), findings=living(NOW))
    assert restore(second, tmp_path)
    assert len(second.events.queue) == waiting
    assert drained(second)[0]["detail"]["findings"]


@pytest.mark.slow
def test_over_http_the_queue_of_events_is_the_sandboxs_and_other_queues_are_motos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve(sandbox(start=datetime.now(UTC), clock=RealClock())) as served:
        import boto3

        client = boto3.client(
            "sqs",
            endpoint_url=served.url,
            region_name=SPEC.home_region,
            aws_access_key_id=SPEC.administrator,
            aws_secret_access_key="x",
        )
        url = served.sandbox.events.url
        message = client.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"][0]
        assert json.loads(message["Body"])["source"] == "aws.securityhub"
        mine = client.create_queue(QueueName="mine")["QueueUrl"]
        client.send_message(QueueUrl=mine, MessageBody="hello")
        assert client.receive_message(QueueUrl=mine)["Messages"][0]["Body"] == "hello"
        client.delete_queue(QueueUrl=mine)  # moto's state is the process's
        client.close()
