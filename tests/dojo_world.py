"""Subjects, an emulated DefectDojo without a network in between or with one, and means to sync the two."""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson

from connectors.scripted_server import Clock
from hubposture.connectors.defectdojo import DefectDojo as Connector
from hubposture.connectors.defectdojo import defectdojo_http
from hubposture.sandbox.remote.defectdojo import TOKEN, DefectDojo
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked
from hubposture.sandbox.remote.defectdojo_server import DefectDojoServer, read_body
from hubposture.sandbox.remote.defectdojo_world import Finding
from hubposture.verbs.dojo_sync import Means, dojo_sync
from hubposture.work.dojo import unique_id
from hubposture.work.dojo_desired import Layout
from hubposture.work.dojo_result import DojoResult
from hubposture.work.subject import Standing, Subject

A, B = "111122223333", "444455556666"
WEST, EAST = "eu-west-1", "us-east-1"
NOW = dt.datetime(2026, 11, 24, 9)
SINCE = dt.datetime(2026, 11, 3, 8, 30)
BASE = "http://127.0.0.1:1"


def subject_id(account: str, region: str, control: str, resource: str) -> str:
    return hashlib.blake2b(f"{account}\x1f{region}\x1f{control}\x1f{resource}".encode(), digest_size=16).hexdigest()


def subject(resource: str = "bucket-1", /, **changes: Any) -> Subject:
    """A subject that fails S3.8 in account A, eu-west-1, owned by the team web."""
    given = {"account": A, "region": WEST, "control": "s3.8", **changes}
    account, region, control = given["account"], given["region"], given["control"]
    values: dict[str, Any] = {
        "subject": subject_id(account, region, control, resource),
        "account_shown": f"shop ({account})",
        "shown": control.upper(),
        "title": "S3 general purpose buckets should block public access",
        "url": "https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
        "resource": f"arn:aws:s3:::{resource}",
        "resource_type": "AwsS3Bucket",
        "severity": "HIGH",
        "standing": Standing.FAILING,
        "owner": "web",
        "is_team": True,
        "failing_since": SINCE,
        "last_passed_at": None,
        "changed_at": SINCE,
        "seen_at": NOW,
        "returns": 0,
        "due_days": 30,
        **given,
    }
    return Subject(**values)


def waived(resource: str = "bucket-1", /, **changes: Any) -> Subject:
    """One that a waiver covers until the end of April 2027."""
    given = {"waiver": "W-2026-014", "until": dt.datetime(2027, 5, 1), **changes}
    return subject(resource, standing=Standing.WAIVED, **given)


def passed(resource: str = "bucket-1", /, **changes: Any) -> Subject:
    return subject(resource, standing=Standing.PASSED, failing_since=None, last_passed_at=NOW, **changes)


def unknown(resource: str = "bucket-1", /, **changes: Any) -> Subject:
    return subject(resource, standing=Standing.UNKNOWN, why="the account was lost sight of", **changes)


class Direct(httpx.BaseTransport):
    """A way to an emulated instance without a socket."""

    def __init__(self, dojo: DefectDojo) -> None:
        self.dojo = dojo
        self.heard: list[tuple[Asked, Answer | None]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        body, file = read_body(request.headers.get("content-type", ""), content)
        query = dict(parse_qsl(request.url.query.decode()))
        asked = Asked(request.method, request.url.path, query, body, file, base=BASE)
        found = self.dojo.answer(asked, request.headers.get("authorization", ""))
        self.heard.append((asked, found))
        if found is None:
            raise httpx.RemoteProtocolError("cut")
        if isinstance(found.body, str):
            return httpx.Response(found.status, headers=found.headers, html=found.body)
        sent = b"" if found.body is None else orjson.dumps(found.body)
        return httpx.Response(found.status, headers=found.headers, content=sent)


@dataclass
class World:
    """An emulated instance and a hubposture that syncs it."""

    dojo: DefectDojo
    connector: Connector
    clock: Clock
    layout: Layout = field(default_factory=Layout)
    means: dict[str, Any] = field(default_factory=dict)

    def sync(self, *subjects: Subject, **means: Any) -> DojoResult:
        """Look, and bring it in line with these subjects; all others are unknown."""
        current = self.connector.look()
        return dojo_sync(self.the_means(**means), current, subjects)

    def the_means(self, **means: Any) -> Means:
        return Means(**{"dojo": self.connector, "layout": self.layout, **self.means, **means})

    def of(self, one: Subject) -> Finding:
        """The only finding of a subject."""
        (found,) = self.all_of(one)
        return found

    def all_of(self, one: Subject) -> Sequence[Finding]:
        return [each for each in self.dojo.world.findings.values() if each.unique_id == unique_id(one.subject)]

    def writes(self) -> list[str]:
        """What was written so far, forgotten once it is told."""
        found = [call for call in self.dojo.calls if not call.startswith("GET")]
        self.dojo.calls.clear()
        return found

    def state(self) -> list[dict[str, Any]]:
        """How every finding stands, without when it was saved."""
        names = ("unique_id", "severity", "active", "is_mitigated", "risk_accepted", "date", "tags", "planned")
        return [{name: getattr(one, name) for name in names} for one in self.dojo.world.findings.values()]


def direct(dojo: DefectDojo | None = None, **options: Any) -> tuple[World, Direct]:
    """A world without a socket in between, and what was heard."""
    found, clock = dojo or DefectDojo(), Clock()
    way = Direct(found)
    http = defectdojo_http(BASE, TOKEN, clock=clock, sleep=clock.sleep, transport=way)
    return World(found, connector(http, **options), clock), way


@contextlib.contextmanager
def served(dojo: DefectDojo | None = None, **options: Any) -> Iterator[tuple[World, DefectDojoServer]]:
    """A world with real HTTP in between."""
    clock = Clock()
    with (
        DefectDojoServer(dojo or DefectDojo()) as server,
        defectdojo_http(server.url, TOKEN, clock=clock, sleep=clock.sleep) as http,
    ):
        yield World(server.dojo, connector(http, **options), clock), server


def connector(http: Any, **options: Any) -> Connector:
    return Connector(http, **{"engagement": "AWS Security Hub", "instance": "one", **options})
