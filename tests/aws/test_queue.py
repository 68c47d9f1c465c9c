"""Messages of the queue: every shape an event comes in, what is poison, and what deleting does when it fails."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.scripted import ADMINISTRATOR, HOME, Asked, Refused, standing
from findings.asff_world import control_finding, ocsf_finding
from hubposture.aws.gateway import Gateway
from hubposture.aws.queue import SqsQueue, message_of, region_of
from hubposture.aws.retry import Patience
from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable
from hubposture.findings.normal import normalize
from hubposture.ports.findings import FindingsQueue, Message

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
SENT = dt.datetime(2026, 11, 24, 7, 30)
URL = f"https://sqs.us-east-1.amazonaws.com/{ADMINISTRATOR}/hubposture-findings"


def event(*findings: Any, kind: str = "Security Hub Findings - Imported", **changes: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e-1",
        "detail-type": kind,
        "source": "aws.securityhub",
        "account": ADMINISTRATOR,
        "time": "2026-11-24T07:30:00Z",
        "region": HOME,
        "resources": [],
        "detail": {"findings": list(findings)},
        **changes,
    }


def raw(body: Any, number: int = 1) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {"MessageId": f"m-{number}", "ReceiptHandle": f"r-{number}", "Body": text}


def read(body: Any) -> Message:
    return message_of(raw(body), NOW)


def poison(body: Any) -> str:
    """Why a body is rejected, as a whole."""
    found = read(body)
    assert found.receipt == "r-1"
    assert found.findings == ()
    (rejected,) = found.rejected
    assert rejected.where == "message m-1"
    return rejected.why


# --- what a message says -----------------------------------------------------------------------------------------------


def test_an_event_gives_its_findings_as_observed_when_it_was_sent() -> None:
    records = [control_finding(1), control_finding(2)]
    found = read(event(*records))
    assert found.rejected == ()
    first, second = (normalize(one, observed_at=SENT, where="") for one in records)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert found.findings == first + second
    assert {one.observed_at for one in found.findings} == {SENT}


def test_an_event_in_an_envelope_of_sns_says_the_same() -> None:
    inner = event(control_finding(1))
    envelope = {"Type": "Notification", "MessageId": "s", "TopicArn": "t", "Message": json.dumps(inner)}
    assert read(envelope) == read(inner)


def test_an_event_of_security_hub_v2_is_read_as_ocsf() -> None:
    found = read(event(ocsf_finding(4), kind="Findings Imported V2"))
    assert found.rejected == ()
    (finding,) = found.findings
    assert finding.compliance == "FAILED"


def test_a_custom_action_brings_its_findings_too() -> None:
    action = event(control_finding(1), kind="Security Hub Findings - Custom Action")
    action["detail"]["actionName"] = "Send to triage"
    assert len(read(action).findings) == 1


def test_one_bad_finding_is_rejected_by_its_place_and_the_others_count() -> None:
    found = read(event(control_finding(1), {"Id": "x"}, control_finding(2)))
    assert len(found.findings) == 2
    (rejected,) = found.rejected
    assert rejected.where == "message m-1[1]"


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2026-11-24T07:30:00Z", SENT),
        ("2026-11-24T08:30:00+01:00", SENT),
        ("2026-11-24T07:30:00", SENT),
        ("2027-01-01T00:00:00Z", dt.datetime(2026, 11, 24, 8)),
        ("soon", dt.datetime(2026, 11, 24, 8)),
        (None, dt.datetime(2026, 11, 24, 8)),
        (7, dt.datetime(2026, 11, 24, 8)),
    ],
)
def test_an_event_is_never_observed_later_than_now_and_now_where_it_names_no_time(time: Any, at: dt.datetime) -> None:
    (finding,) = read(event(control_finding(1), time=time)).findings
    assert finding.observed_at == at


# --- poison ------------------------------------------------------------------------------------------------------------


def test_a_body_that_is_no_json_is_rejected_and_its_beginning_kept() -> None:
    assert "no JSON" in poison("<xml/>")
    assert read("<xml/>").rejected[0].excerpt == "<xml/>"
    assert "no JSON" in poison("")
    assert "no JSON" in poison({"Type": "Notification", "Message": "hello"})


def test_another_kind_of_event_is_rejected_by_its_name() -> None:
    assert "EC2 Instance State-change Notification" in poison(event(kind="EC2 Instance State-change Notification"))
    bodies: list[Any] = [[], 7, None, "text", {}, {"Type": "Notification"}, {"Type": "Notification", "Message": "[]"}]
    for body in bodies:
        assert "no event of Security Hub findings" in poison(json.dumps(body))


def test_an_event_without_a_list_of_findings_is_rejected() -> None:
    details: list[Any] = [None, {}, [], {"findings": {}}, {"findings": None}]
    for detail in details:
        assert poison(event(detail=detail)) == "detail.findings is no list"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(
    st.sampled_from(["detail", "detail-type", "findings", "Type", "Message", "time"]), one), max_leaves=8), st.text())  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_whatever_a_body_holds_its_receipt_comes_back(body: Any, text: str) -> None:
    for one in (json.dumps(body), json.dumps(event(body)), json.dumps({"detail-type": body}), text):
        assert read(one).receipt == "r-1"


# --- taking and deleting -----------------------------------------------------------------------------------------------


class Sqs:
    """A queue of so many messages; `breaks` are numbers of calls that fail, `keeps` receipts that cannot be deleted."""

    def __init__(self, count: int, *, breaks: tuple[int, ...] = (), keeps: tuple[str, ...] = ()) -> None:
        self.waiting = [raw(event(control_finding(number)), number) for number in range(count)]
        self.calls: list[dict[str, Any]] = []
        self._breaks, self._keeps = breaks, keeps

    def __call__(self, asked: Asked) -> Any:
        if asked.service != "sqs":
            return {}
        assert asked.params["QueueUrl"] == URL
        self.calls.append(asked.params)
        if len(self.calls) in self._breaks:
            raise Refused("AccessDenied", 403)
        if asked.operation == "ReceiveMessage":
            most = asked.params["MaxNumberOfMessages"]
            assert 1 <= most <= 10
            given_, self.waiting = self.waiting[:most], self.waiting[most:]
            return {"Messages": given_} if given_ else {}
        entries = asked.params["Entries"]
        assert 1 <= len(entries) <= 10
        failed = [one for one in entries if one["ReceiptHandle"] in self._keeps]
        return {
            "Successful": [{"Id": one["Id"]} for one in entries if one not in failed],
            "Failed": [{"Id": one["Id"], "SenderFault": False, "Code": "InternalError"} for one in failed],
        }


def queue(gateway: Gateway, url: str = URL) -> FindingsQueue:
    return SqsQueue(gateway, url, region=HOME, now=lambda: NOW)


def test_messages_are_taken_in_tens_with_the_administrators_role_in_the_queues_region_until_none_are_left() -> None:
    sqs = Sqs(34)
    with standing(sqs) as here:
        found = queue(here.gateway).receive(most=100, wait_seconds=5)
        last = here.aws.asked[-1]
        assert (last.region, here.aws.assumed[last.key]) == ("us-east-1", f"{ADMINISTRATOR}/admin-reader")
    assert [one.receipt for one in found] == [f"r-{number}" for number in range(34)]
    assert [one["WaitTimeSeconds"] for one in sqs.calls] == [5, 0, 0, 0, 0]


def test_no_more_messages_are_taken_than_asked_for() -> None:
    sqs = Sqs(34)
    with standing(sqs) as here:
        assert len(queue(here.gateway).receive(most=13, wait_seconds=0)) == 13
    assert [one["MaxNumberOfMessages"] for one in sqs.calls] == [10, 3]
    assert len(sqs.waiting) == 21


def test_an_empty_queue_is_waited_at_once_and_never_longer_than_sqs_allows() -> None:
    sqs = Sqs(0)
    with standing(sqs) as here:
        assert list(queue(here.gateway).receive(most=100, wait_seconds=60)) == []
    assert [one["WaitTimeSeconds"] for one in sqs.calls] == [20]


def test_what_was_taken_before_an_error_is_given_and_the_error_met_by_the_next_call() -> None:
    sqs = Sqs(34, breaks=(3, 4))
    with standing(sqs) as here:
        found = queue(here.gateway)
        assert len(found.receive(most=100, wait_seconds=0)) == 20
        with pytest.raises(RemoteRefused, match="administrator role needs sqs:ReceiveMessage"):
            found.receive(most=100, wait_seconds=0)
        assert len(found.receive(most=100, wait_seconds=0)) == 14


def test_messages_are_deleted_in_tens_and_those_that_stayed_are_named() -> None:
    sqs = Sqs(0, keeps=("r-3", "r-21"))
    receipts = [f"r-{number}" for number in range(25)]
    with standing(sqs) as here:
        assert list(queue(here.gateway).delete([*receipts, "r-3"])) == ["r-3", "r-21"]
    assert [len(one["Entries"]) for one in sqs.calls] == [10, 10, 5]
    assert [one["ReceiptHandle"] for call in sqs.calls for one in call["Entries"]] == receipts


def test_deleting_nothing_calls_nobody() -> None:
    with standing(Sqs(0)) as here:
        assert list(queue(here.gateway).delete([])) == []
        assert here.aws.asked == []


def test_a_queue_that_does_not_answer_is_worth_another_try() -> None:
    def answer(asked: Asked) -> Any:
        if asked.service == "sqs":
            raise Refused("ServiceUnavailable", 503)
        return {}

    with standing(answer, patience=Patience(tries=2)) as here, pytest.raises(RemoteUnavailable):
        queue(here.gateway).receive(most=10, wait_seconds=0)


# --- where it is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "https://sqs.eu-west-1.amazonaws.com/111100000001/work", "https://sqs.eu-west-1.amazonaws.com/", "nonsense",
])  # fmt: skip
def test_a_queue_outside_the_administrators_account_is_refused_by_name(url: str) -> None:
    with (
        standing(Sqs(0)) as here,
        pytest.raises(InputError, match=f"must be in the administrator's account {ADMINISTRATOR}"),
    ):
        queue(here.gateway, url)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sqs.eu-central-1.amazonaws.com", "eu-central-1"),
        ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("eu-west-1.queue.amazonaws.com", "eu-west-1"),
        ("sqs-fips.us-east-1.api.aws", "us-east-1"),
        ("127.0.0.1:4599", ""),
        ("localhost", ""),
    ],
)
def test_the_region_is_read_from_a_queues_host_where_it_says_one(host: str, region: str) -> None:
    assert region_of(f"https://{host}/{ADMINISTRATOR}/hubposture-findings") == region
