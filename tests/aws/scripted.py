"""A transport without a network: answers every request from a function, and remembers who asked for what."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.awsrequest import AWSResponse

from hubposture.aws.calls import Caller
from hubposture.aws.credentials import Roles
from hubposture.aws.gateway import Gateway
from hubposture.aws.record import CallRecord
from hubposture.aws.retry import Patience
from hubposture.aws.session import Clients, signing_key

ADMINISTRATOR = "999900000001"
MEMBERS = ("111100000001", "111100000002")
HOME, OTHER = "eu-west-1", "us-east-1"
PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `key` is the access key it is signed with, `params` its body."""

    service: str
    operation: str
    region: str
    key: str
    params: dict[str, Any]


@dataclass(slots=True)
class Refused(Exception):
    """Answer with this AWS error."""

    code: str
    status: int = 400
    message: str = "no"


class Raw(io.BytesIO):
    """What urllib3 would hand to botocore."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


Answer = Callable[[Asked], Any]


class VirtualTime:
    """Seconds that pass only when somebody sleeps; safe from threads."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=self.seconds)


@dataclass
class Aws:
    """Hand `attach` to `Clients`; `answer` gives a dict (JSON), a str (raw body), or raises `Refused` or a botocore error."""

    answer: Answer
    time: VirtualTime = field(default_factory=VirtualTime)
    asked: list[Asked] = field(default_factory=list)
    assumed: dict[str, str] = field(default_factory=dict)

    def attach(self, client: Any) -> None:
        client.meta.events.register_last("before-send", self._send)

    def operations(self) -> list[str]:
        return [one.operation for one in self.asked]

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        asked = _asked(request, event_name)
        self.asked.append(asked)
        try:
            if asked.operation == "AssumeRole":
                body, status = self._assume(asked), 200
            else:
                answer = self.answer(asked)
                body, status = answer if isinstance(answer, str) else json.dumps(answer), 200
        except Refused as problem:
            body, status = _error(asked, problem), problem.status
        headers = {"content-type": "application/json"}
        return AWSResponse(request.url, status, headers, Raw(body.encode()))

    def _assume(self, asked: Asked) -> str:
        self.answer(asked)
        account, role = asked.params["RoleArn"].split(":")[4], asked.params["RoleArn"].rpartition("/")[2]
        key = f"ASIA{account}{len(self.assumed):04d}"
        self.assumed[key] = f"{account}/{role}"
        ends = self.time.now() + timedelta(seconds=int(asked.params["DurationSeconds"]))
        return (
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s-{key}</SecretAccessKey>"
            f"<SessionToken>t-{key}</SessionToken><Expiration>{ends.isoformat()}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )


def _asked(request: Any, event_name: str) -> Asked:
    _, service, operation = event_name.split(".")
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    region = text.partition("Credential=")[2].split("/")[2]
    body = request.body or b""
    plain = body.decode() if isinstance(body, bytes) else str(body)
    params = json.loads(plain) if plain.startswith("{") else dict(parse_qsl(plain))
    params |= dict(parse_qsl(urlsplit(request.url).query))
    return Asked(service, operation, region, signing_key(request.headers), params)


def _error(asked: Asked, problem: Refused) -> str:
    if asked.service in ("sts", "iam", "ec2"):
        return (
            f"<ErrorResponse><Error><Code>{problem.code}</Code><Message>{problem.message}</Message></Error>"
            "<RequestId>r</RequestId></ErrorResponse>"
        )
    return json.dumps({"__type": problem.code, "message": problem.message})


def roles(**changes: Any) -> Roles:
    values: dict[str, Any] = {
        "partition": PARTITION,
        "administrator_account": ADMINISTRATOR,
        "region": HOME,
        "reader": "reader",
        "writer": "writer",
        "administrator": "admin-reader",
        "administrator_writer": "admin-writer",
        "external_id": "x-1",
    }
    return Roles(**{**values, **changes})


@dataclass
class Stand:
    """A gateway on a scripted AWS, with its record of calls."""

    aws: Aws
    gateway: Gateway
    record: CallRecord


@contextmanager
def standing(answer: Answer, *, patience: Patience | None = None, **changes: Any) -> Iterator[Stand]:
    """A gateway whose calls are answered by a function, on virtual time."""
    from hubposture.aws.credentials import Credentials

    aws, record = Aws(answer), CallRecord()
    clients = Clients(attach=aws.attach, sent=record.note)
    caller = Caller(clients, patience=patience, clock=aws.time.clock, sleep=aws.time.sleep)
    named = roles(**changes)
    try:
        yield Stand(aws, Gateway(caller, named, Credentials(caller, named, now=aws.time.now)), record)
    finally:
        clients.close()
