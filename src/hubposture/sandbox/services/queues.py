"""SQS for the one queue of findings events; other queues are moto's, where the sandbox is served."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.queue_of_events import KEPT, NAME, EventQueue, Waiting
from hubposture.sandbox.seams import Operation

HIDDEN = timedelta(minutes=15)
"""How long a received message stays hidden by default."""
_BATCH = 10
_SIZE = 1_048_576


class QueueOperations:
    """What SQS does with the queue. It is the administrator's of the beginning, in the home Region of the beginning.

    `up_to_date` is called before messages are received or counted: it lets everything happen that is due.
    """

    def __init__(self, core: Core, queue: EventQueue, up_to_date: Callable[[], None]) -> None:
        self.queue = queue
        self.account, self.region = core.spec.administrator, core.spec.home_region
        self._partition = core.spec.partition
        self._began = core.began
        self._up_to_date = up_to_date

    @property
    def url(self) -> str:
        """The queue's URL, as AWS writes it."""
        host = "amazonaws.com.cn" if self._partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{self.region}.{host}/{self.account}/{NAME}"

    def is_named(self, params: Mapping[str, Any]) -> bool:
        """Whether a request speaks of this queue."""
        path = urlsplit(str(params.get("QueueUrl", ""))).path
        return path == f"/{self.account}/{NAME}" or params.get("QueueName") == NAME

    def has_messages(self, now: datetime) -> bool:
        """Whether a message could be received."""
        self._up_to_date()
        return self.queue.counts(now)[0] > 0

    def operations(self) -> Mapping[str, Operation]:
        """The operations answered here, by name."""
        answers: dict[str, Operation] = {
            "DeleteMessage": self.delete,
            "DeleteMessageBatch": self.delete_batch,
            "GetQueueAttributes": self.attributes,
            "GetQueueUrl": self.queue_url,
            "PurgeQueue": self.purge,
            "ReceiveMessage": self.receive,
            "SendMessage": self.send,
        }
        return {name: self._guarded(answer) for name, answer in answers.items()}

    def _guarded(self, answer: Operation) -> Operation:
        def guarded(call: Call, params: Params) -> Params:
            if call.region != self.region or not self.is_named(params):
                raise ServiceError("QueueDoesNotExist", "The specified queue does not exist.")
            if call.account != self.account:
                raise ServiceError("AccessDenied", "Access to the resource is denied.", status=403)
            return answer(call, params)

        return guarded

    def queue_url(self, _call: Call, _params: Params) -> Params:
        """Give the queue's URL."""
        return {"QueueUrl": self.url}

    def attributes(self, call: Call, params: Params) -> Params:
        """Give the queue's attributes, all of them or those that are named."""
        self._up_to_date()
        ready, hidden = self.queue.counts(call.at)
        known = {
            "QueueArn": f"arn:{self._partition}:sqs:{self.region}:{self.account}:{NAME}",
            "ApproximateNumberOfMessages": str(ready),
            "ApproximateNumberOfMessagesNotVisible": str(hidden),
            "ApproximateNumberOfMessagesDelayed": "0",
            "CreatedTimestamp": str(int(self._began.timestamp())),
            "MessageRetentionPeriod": str(int(KEPT.total_seconds())),
            "VisibilityTimeout": str(int(HIDDEN.total_seconds())),
        }
        wanted = params.get("AttributeNames", [])
        named = known if "All" in wanted else {name: known[name] for name in wanted if name in known}
        return {"Attributes": named} if named else {}

    def receive(self, call: Call, params: Params) -> Params:
        """Give waiting messages and hide them. Waiting for the first one is the server's business, not this one's."""
        most = params.get("MaxNumberOfMessages", 1)
        if not 1 <= most <= _BATCH:
            raise ServiceError("InvalidParameterValue", "MaxNumberOfMessages must be between 1 and 10, if provided.")
        self._up_to_date()
        hidden = timedelta(seconds=params.get("VisibilityTimeout", HIDDEN.total_seconds()))
        wanted = {*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())}
        messages = [_message(one, wanted) for one in self.queue.receive(most, call.at, hidden)]
        return {"Messages": messages} if messages else {}

    def send(self, call: Call, params: Params) -> Params:
        """Take in a text, as if a rule had sent it."""
        body = params["MessageBody"]
        if not body or len(body.encode()) > _SIZE:
            raise ServiceError("InvalidParameterValue", f"A message has 1 to {_SIZE} bytes.")
        sent = self.queue.send(body, call.at)
        return {"MessageId": sent.id, "MD5OfMessageBody": _digest(body)}

    def delete(self, _call: Call, params: Params) -> Params:
        """Delete the message of a receipt."""
        if not self.queue.delete(params["ReceiptHandle"]):
            raise ServiceError("ReceiptHandleIsInvalid", "The input receipt handle is not valid.")
        return {}

    def delete_batch(self, _call: Call, params: Params) -> Params:
        """Delete the messages of up to ten receipts, each by itself."""
        entries = params["Entries"]
        if not entries:
            raise ServiceError("EmptyBatchRequest", "There should be at least one entry in the request.")
        if len(entries) > _BATCH:
            raise ServiceError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.")
        if len({one["Id"] for one in entries}) < len(entries):
            raise ServiceError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        done = {one["Id"]: self.queue.delete(one["ReceiptHandle"]) for one in entries}
        code, message = "ReceiptHandleIsInvalid", "The input receipt handle is not valid."
        return {
            "Successful": [{"Id": name} for name, was in done.items() if was],
            "Failed": [
                {"Id": name, "SenderFault": True, "Code": code, "Message": message}
                for name, was in done.items()
                if not was
            ],
        }

    def purge(self, _call: Call, _params: Params) -> Params:
        """Delete every message."""
        self._up_to_date()
        self.queue.clear()
        return {}


def _message(one: Waiting, wanted: set[str]) -> Params:
    text = one.text()
    known = {
        "SentTimestamp": str(int(one.at.timestamp() * 1000)),
        "ApproximateReceiveCount": str(one.received),
    }
    named = known if "All" in wanted else {name: known[name] for name in known if name in wanted}
    message: Params = {"MessageId": one.id, "ReceiptHandle": one.receipt, "MD5OfBody": _digest(text), "Body": text}
    return message | ({"Attributes": named} if named else {})


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
