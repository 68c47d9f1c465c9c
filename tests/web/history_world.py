"""The pages of the usual world with an AWS that answers from a script: AWS Config and CloudTrail of every bucket."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from aws.scripted import Asked, Aws, Refused
from hubposture.web.caller import LocalDoor
from hubposture.web.desk import Desk
from hubposture.wiring import Surroundings, open_store, workplace
from lake.lake_world import T0
from web.web_world import NAME, SETTINGS, WEEK, dimensions, findings, served, ticket

SINCE = T0 - dt.timedelta(days=20)
"""Since when the buckets of that world fail."""
_RUNNING = {
    "DescribeConfigurationRecorders": {
        "ConfigurationRecorders": [{"name": "d", "recordingGroup": {"allSupported": True}}]
    },
    "DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": [{"name": "d", "recording": True}]},
}


@dataclass
class History:
    """The pages, and what AWS was asked; `refuses` is an error that it answers everything with."""

    desk: Desk
    client: httpx.Client
    aws: Aws
    says: str
    refuses: list[Refused] = field(default_factory=list)

    def get(self, path: str) -> Any:
        """An answer."""
        return self.client.get(path, follow_redirects=False)

    def failing(self) -> str:
        """The first subject that fails."""
        with self.desk.snapshot() as snapshot:
            rows = snapshot.execute(
                "SELECT subject FROM subjects WHERE status = 'FAILED' AND kind = 'control' ORDER BY subject", {}
            )
        return str(rows[0][0])

    def asked(self) -> list[str]:
        """The operations that AWS was asked, roles aside."""
        return [one for one in self.aws.operations() if one != "AssumeRole"]

    def ask(self, subject: str, *, token: str | None = None) -> Any:
        """Press the button of a finding's page."""
        given = self.text_of(f"/findings/{subject}") if token is None else ""
        sent = token if token is not None else given.partition('name="form_token" value="')[2].partition('"')[0]
        return self.client.post(f"/findings/{subject}/history", data={"form_token": sent}, follow_redirects=False)

    def text_of(self, path: str) -> str:
        """A page's text."""
        return str(self.get(path).text)


def _answer(world: list[History], asked: Asked) -> Any:
    here = world[0]
    if here.refuses and asked.operation != "AssumeRole":
        raise here.refuses[0]
    if asked.operation == "GetResourceConfigHistory":
        return {"configurationItems": [_item(30, True, ""), _item(20, False, here.says)]}
    if asked.operation == "LookupEvents":
        return {"Events": [_event(here.says, number) for number in range(2)]}
    return _RUNNING.get(asked.operation, {})


def _item(days: float, blocks: bool, text: str) -> dict[str, Any]:
    at = (T0 - dt.timedelta(days=days) + dt.timedelta(minutes=2)).replace(tzinfo=dt.UTC)
    policy = json.dumps({"Statement": [{"Sid": f"Public{text}", "Principal": "*"}]})
    return {
        "configurationItemCaptureTime": at.timestamp(), "configurationItemStatus": "OK", "tags": {"owner": f"kim{text}"},
        "configuration": json.dumps({"name": "site", "masterPassword": f"hunter2{days}"}),
        "supplementaryConfiguration": {
            "PublicAccessBlockConfiguration": json.dumps({"blockPublicAcls": blocks}),
            f"BucketPolicy{text}": json.dumps({"policyText": None if blocks else policy}),
        },
    }  # fmt: skip


def _event(text: str, number: int) -> dict[str, Any]:
    at = SINCE.replace(tzinfo=dt.UTC) - dt.timedelta(minutes=number * 90)
    detail = {
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "eventID": f"e{number}", "eventSource": "s3.amazonaws.com",
        "eventName": f"DeleteBucketPublicAccessBlock{text}", "awsRegion": "eu-central-1", "recipientAccountId": "1",
        "sourceIPAddress": f"198.51.100.7{text}", "readOnly": False, "errorMessage": text, "errorCode": "AccessDenied" if number else "",
        "userIdentity": {
            "type": "AssumedRole", "arn": f"arn:aws:sts::1:assumed-role/Developer{text}/kim@example.com{text}",
            "accessKeyId": "ASIAEXAMPLEKEY3F2A", "sessionContext": {"sessionIssuer": {"userName": f"Developer{text}"}},
        },
    }  # fmt: skip
    return {
        "EventId": f"e{number}",
        "EventTime": at.timestamp(),
        "ReadOnly": "false",
        "CloudTrailEvent": json.dumps(detail),
    }


@contextmanager
def history_pages(base: Path, *, text: str = "", settings: str = "", who: str = "") -> Iterator[History]:
    """A world in a directory; `text` stands in everything that AWS says."""
    world: list[History] = []
    aws = Aws(lambda asked: _answer(world, asked))
    (base / "hubposture.toml").write_text(SETTINGS + settings)
    now = (T0 + WEEK).replace(tzinfo=dt.UTC)
    around = Surroundings(now=lambda: now, clock=aws.time.clock, sleep=aws.time.sleep, attach=aws.attach, environ={})
    at = workplace(base, surroundings=around)
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        made = findings()
        store.writer.fold(made)
        store.writer.settle(dimensions())
        ledger.put_tickets([ticket([one.subject for one in made if one.compliance == "FAILED"])])
        desk = Desk(at, NAME, store)
        door = LocalDoor(who, at.settings.access.people.named(who), "secret", is_asked=True) if who else None
        with served(desk, door=door) as client:
            world.append(History(desk, client, aws, text))
            yield world[0]
