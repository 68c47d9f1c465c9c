"""Findings of the sandbox through the adapters: the API and the queue tell the same, whatever goes wrong on the way."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from aws.sandboxed import ADMINISTRATOR, DATA, HOME, LINKED, LOOSE, WEB, Stage, stage
from hubposture.aws.findings import AwsFindings
from hubposture.aws.pool import Pool
from hubposture.aws.queue import SqsQueue
from hubposture.findings.finding import Finding
from hubposture.ports.findings import Page, Suppression
from hubposture.sandbox import Quirks
from hubposture.sandbox.clock import START
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks, Paging
from hubposture.sandbox.population_inventory import Inventory, Resource
from hubposture.sandbox.quirks import QueueDelivery

ACCOUNTS = (WEB, DATA, ADMINISTRATOR)


def living(
    monkeypatch: pytest.MonkeyPatch,
    *,
    quirks: Quirks | None = None,
    paging: Paging = Paging.FROZEN,
    alive: bool = True,
) -> Stage:
    """Sixty buckets in two accounts and three Regions, one of them not linked; if alive, their days bring changes."""
    buckets = [
        Resource("AWS::S3::Bucket", f"arn:aws:s3:::b-{at}", (WEB, DATA)[at % 2], (HOME, LINKED, LOOSE)[at % 3],
                 START - dt.timedelta(days=90), {"team": "web"}, {}, {})
        for at in range(60)
    ]  # fmt: skip
    findings = FindingService(
        Inventory(buckets, start=START),
        seed=5,
        alive=alive,
        quirks=replace(FindingQuirks(), paging=paging),
        empty_passes=False,
    )
    here = stage(monkeypatch, findings=findings, quirks=quirks)
    here.sandbox.advance()
    return here


def reader(here: Stage) -> AwsFindings:
    return AwsFindings(here.gateway, Pool(4), home=HOME, now=here.sandbox.clock.now)


def queue(here: Stage) -> SqsQueue:
    return SqsQueue(here.gateway, here.sandbox.events.url, region=HOME, now=here.sandbox.clock.now)


def rows(pages: Iterable[Page]) -> list[Finding]:
    found = list(pages)
    assert not [one for page in found for one in page.rejected]
    return [one for page in found for one in page.findings]


def there(here: Stage, *, state: str = "ACTIVE") -> set[str]:
    """What the store holds of the accounts for the administrator's eyes."""
    store: Any = here.sandbox.findings.store  # type: ignore[union-attr]
    return {one.id for one in store if one.record_state == state and one.region != LOOSE and one.account in ACCOUNTS}


def now(here: Stage) -> dt.datetime:
    return here.sandbox.clock.now().replace(tzinfo=None)


@pytest.mark.parametrize("paging", Paging)
def test_a_sweep_gives_what_is_active_in_linked_regions_once_though_calls_fail(
    monkeypatch: pytest.MonkeyPatch, paging: Paging
) -> None:
    here = living(monkeypatch, paging=paging)
    here.sandbox.faults.throttled = here.sandbox.faults.server_error = here.sandbox.faults.lost_answer = 0.15
    found = rows(reader(here).sweep(ACCOUNTS))
    assert len(found) > 200
    assert sorted(one.id for one in found) == sorted(there(here))
    assert {one.observed_at.date() for one in found} == {now(here).date()}


def test_days_are_told_alike_by_increments_by_the_queue_and_by_a_new_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    here = living(monkeypatch, quirks=Quirks(queue_delivery=QueueDelivery.TWICE_IN_ANY_ORDER))
    known = {one.id: told(one) for one in rows(reader(here).sweep(ACCOUNTS))}
    everything(here)
    since = now(here)
    here.sandbox.tick(3)
    swept = {one.id: told(one) for one in rows(reader(here).sweep(ACCOUNTS))}
    archived = there(here, state="ARCHIVED")
    for news in (rows(reader(here).increment(since)), everything(here)):
        newest = {one.id: one for one in sorted(news, key=lambda one: one.updated_at) if one.account in ACCOUNTS}
        now_known = known | {id_: told(one) for id_, one in newest.items() if one.record_state == "ACTIVE"}
        gone = {id_ for id_, one in newest.items() if one.record_state == "ARCHIVED"}
        assert gone == archived
        assert {id_: one for id_, one in now_known.items() if id_ not in gone} == swept
    found = rows(reader(here).increment(since, archived_only=True))
    assert {one.id for one in found if one.account in ACCOUNTS} == archived


def told(one: Finding) -> tuple[str, ...]:
    """What of a finding is news; its times move with every refresh."""
    return one.resource, one.control, one.compliance, one.reason, one.severity, one.workflow


def everything(here: Stage) -> list[Finding]:
    """What waits in the queue, taken and deleted."""
    found: list[Finding] = []
    while messages := queue(here).receive(most=200, wait_seconds=1):
        assert not [one for message in messages for one in message.rejected]
        found += [one for message in messages for one in message.findings]
        assert list(queue(here).delete([one.receipt for one in messages])) == []
    return found


def test_who_suppressed_what_is_read_from_history(monkeypatch: pytest.MonkeyPatch) -> None:
    here = living(monkeypatch, alive=False)
    hub = here.sandbox.client("securityhub", account=ADMINISTRATOR, region=HOME)
    some = hub.get_findings(MaxResults=3)["Findings"]
    ids = [(one["ProductArn"], one["Id"]) for one in some]
    here.sandbox.wait(60)
    at = now(here)
    hub.batch_update_findings(
        FindingIdentifiers=[{"ProductArn": product, "Id": id_} for product, id_ in ids[:2]],
        Workflow={"Status": "SUPPRESSED"},
    )
    assert {one.id for one in rows(reader(here).suppressed())} == {id_ for _, id_ in ids[:2]}
    assert {one.id for one in rows(reader(here).check(ids))} == {id_ for _, id_ in ids}
    first, second, never = reader(here).suppressions(ids)
    for one in (first, second):
        assert isinstance(one, Suppression)
        assert one.who == f"arn:aws:iam::{ADMINISTRATOR}:user/admin"
        assert one.at == at
    assert isinstance(never, Suppression)
    assert (never.who, never.at) == ("", None)


def test_the_emulated_hub_says_whether_findings_are_consolidated(monkeypatch: pytest.MonkeyPatch) -> None:
    here = living(monkeypatch)
    assert reader(here).is_consolidated()
    hub = here.sandbox.client("securityhub", account=ADMINISTRATOR, region=HOME)
    hub.update_security_hub_configuration(ControlFindingGenerator="STANDARD_CONTROL")
    assert not reader(here).is_consolidated()
