"""The queue of findings events: EventBridge sends `Security Hub Findings - Imported` to SQS, we take it from there.

boto3 honours AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SQS for queues; version 1 of the `aws` program does not, and goes to AWS
unless it is told `--endpoint-url`.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.session import Purpose
from hubposture.errors import InputError, RemoteError
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.normal import excerpt, normalize
from hubposture.ports.findings import Message
from hubposture.reconcile.chunks import chunks

_TEN: Final = 10
"""Most messages of one call, receiving and deleting."""
_LONGEST_WAIT: Final = 20
"""Seconds that ReceiveMessage waits at most."""
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")
_KINDS: Final = ("Security Hub Findings - Imported", "Security Hub Findings - Custom Action", "Findings Imported V2")


class SqsQueue:
    """Implements `ports.findings.FindingsQueue` in the account that the queue's URL names.

    Messages arrive at least once and in any order; both are the lake's to sort out.
    """

    def __init__(self, gateway: Gateway, url: str, *, region: str, now: Callable[[], dt.datetime]) -> None:
        self._gateway = gateway
        self._url = url
        self._now = now
        account = urlsplit(url).path.strip("/").partition("/")[0]
        if account != gateway.roles.administrator_account:
            raise InputError(
                f"findings_queue: {url} is in account {account or '(none)'}; the queue must be in the administrator's account "
                f"{gateway.roles.administrator_account}, whose role reads it"
            )
        self._seat = Seat(account, region_of(url) or region, Purpose.ADMINISTRATOR, "sqs")

    def receive(self, *, most: int, wait_seconds: int) -> Sequence[Message]:
        """See `ports.findings`. What arrived before an error is given; the next call meets the error again."""
        found: list[Message] = []
        while len(found) < most:
            try:
                messages = self._ask(min(_TEN, most - len(found)), 0 if found else wait_seconds)
            except RemoteError:
                if not found:
                    raise
                break
            if not messages:
                break
            found += [message_of(one, self._now()) for one in messages]
        return found

    def _ask(self, most: int, wait_seconds: int) -> Sequence[Mapping[str, Any]]:
        asked = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": min(_LONGEST_WAIT, wait_seconds),
        }
        return self._gateway.call(self._seat, "ReceiveMessage", asked).get("Messages") or ()

    def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        """See `ports.findings`. Raises RemoteError; messages of earlier calls are deleted by then."""
        stayed: list[str] = []
        for chunk in chunks(list(dict.fromkeys(receipts)), _TEN):
            entries = [{"Id": str(at), "ReceiptHandle": receipt} for at, receipt in enumerate(chunk)]
            reply = self._gateway.call(self._seat, "DeleteMessageBatch", {"QueueUrl": self._url, "Entries": entries})
            done = {one["Id"] for one in reply.get("Successful") or ()}
            stayed += [receipt for at, receipt in enumerate(chunk) if str(at) not in done]
        return stayed


def region_of(url: str) -> str:
    """The Region in a queue's URL; '' where the host does not say (an endpoint of one's own)."""
    return next((part for part in (urlsplit(url).hostname or "").split(".") if _REGION.fullmatch(part)), "")


def message_of(message: Mapping[str, Any], now: dt.datetime) -> Message:
    """One message in the normal form; what is no event of findings is poison and rejected whole."""
    receipt, where = message["ReceiptHandle"], f"message {message.get('MessageId', '')}"
    body = message.get("Body") or ""
    try:
        event = _event(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        return Message(
            receipt, (), (Rejected(where, f"the body is no JSON: {error}", excerpt(body.encode("utf-8", "replace"))),)
        )
    kind = event.get("detail-type") if isinstance(event, Mapping) else None
    if not isinstance(event, Mapping) or kind not in _KINDS:
        why = f"it is no event of Security Hub findings (detail-type {kind!r})"
        return Message(receipt, (), (Rejected(where, why, excerpt(event)),))
    return _read(receipt, where, event, now)


def _event(body: Any) -> Any:
    """The EventBridge event of a body, out of an SNS envelope if it is in one."""
    if isinstance(body, Mapping) and body.get("Type") == "Notification" and isinstance(body.get("Message"), str):
        return orjson.loads(body["Message"])
    return body


def _read(receipt: str, where: str, event: Mapping[str, Any], now: dt.datetime) -> Message:
    detail = event.get("detail")
    records = detail.get("findings") if isinstance(detail, Mapping) else None
    if not isinstance(records, list):
        return Message(receipt, (), (Rejected(where, "detail.findings is no list", excerpt(event)),))
    findings: list[Finding] = []
    rejected: list[Rejected] = []
    for at, record in enumerate(records):
        found = normalize(record, observed_at=_time(event, now), where=f"{where}[{at}]")
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            findings += found
    return Message(receipt, tuple(findings), tuple(rejected))


def _time(event: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """When the event was sent, naive UTC; never later than now, for nothing can be observed before it happens."""
    ours = now.astimezone(dt.UTC).replace(tzinfo=None)
    try:
        sent = dt.datetime.fromisoformat(str(event.get("time")))
        sent = (sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return ours
    return min(sent, ours)
