"""Writing to findings on the emulated hub: what is said to be taken is what the findings hold, whatever goes wrong."""

import datetime as dt
import random
from typing import Any

import pytest

from aws.sandboxed import ADMINISTRATOR, DATA, HOME, LINKED, WEB, Stage, stage
from hubposture.aws.pool import Pool
from hubposture.aws.retry import Patience
from hubposture.aws.updates import AwsUpdates
from hubposture.ports.updates import Updated
from hubposture.sandbox import Fault, Quirks
from hubposture.sandbox.clock import START
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import EmptyUserFields, FindingQuirks, SecondUpdate, UserFieldsUpdate
from hubposture.sandbox.population_inventory import Inventory, Resource
from hubposture.sandbox.quirks import FindingsLag, ReplyOrder, ThrottleError
from hubposture.waivers.decision import FindingUpdate

Key = tuple[str, str]


def still(
    monkeypatch: pytest.MonkeyPatch, *, buckets: int = 40, patience: Patience | None = None, **quirks: Any
) -> Stage:
    """Buckets in two accounts and two Regions whose days bring nothing, and their findings."""
    resources = [
        Resource("AWS::S3::Bucket", f"arn:aws:s3:::b-{at}", (WEB, DATA)[at % 2], (HOME, LINKED)[at // 2 % 2],
                 START - dt.timedelta(days=90))
        for at in range(buckets)
    ]  # fmt: skip
    findings = FindingService(
        Inventory(resources, start=START), alive=False, quirks=FindingQuirks(**quirks), empty_passes=False
    )
    common = {name: value for name, value in quirks.items() if name == "findings_lag"}
    here = stage(monkeypatch, findings=findings, quirks=Quirks(**common), patience=patience)
    here.sandbox.advance()
    return here


def keys(here: Stage) -> list[Key]:
    store: Any = here.sandbox.findings.store  # type: ignore[union-attr]  # the protocol hides the store
    return sorted(one.key for one in store if one.account in (WEB, DATA) and one.region in (HOME, LINKED))


def update(ids: list[Key], *, status: str = "SUPPRESSED", waiver: str = "W-1") -> FindingUpdate:
    return FindingUpdate(tuple(ids), status, f"waived by {waiver}", "hubposture/test", (("hubposture/waiver", waiver),))


def write(here: Stage, *updates: FindingUpdate, threads: int = 4) -> dict[Key, Updated]:
    found = list(AwsUpdates(here.gateway, Pool(threads), home=HOME).update(updates))
    answers = {(one.product, one.id): one for one in found}
    assert len(answers) == len(found)
    assert answers.keys() == {key for one in updates for key in one.ids}
    return answers


def held(here: Stage, key: Key) -> tuple[str, str, dict[str, str]]:
    """The status, the note and the user fields of a finding as it is in the store."""
    store: Any = here.sandbox.findings.store  # type: ignore[union-attr]  # the protocol hides the store
    finding = store.get(key).render()
    return finding["Workflow"]["Status"], finding.get("Note", {}).get("Text", ""), finding.get("UserDefinedFields", {})


def assert_true(here: Stage, answers: dict[Key, Updated], *, status: str = "SUPPRESSED", waiver: str = "W-1") -> None:
    """What is said to be taken is there."""
    here.sandbox.faults.update(dict.fromkeys(STORM, 0.0) | {"unprocessed": {}})
    here.sandbox.wait(600)
    for key, answer in answers.items():
        if not answer.error:
            assert held(here, key) == (status, f"waived by {waiver}", {"hubposture/waiver": waiver})


STORM = {
    "throttled": 0.1,
    "server_error": 0.1,
    "timeout": 0.05,
    "reset": 0.05,
    "lost_answer": 0.1,
    "partial": 0.05,
    "unnamed": 0.05,
    "named_twice": 0.05,
}


def test_findings_of_members_and_linked_regions_are_written_from_home_as_the_administrators_writer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = still(monkeypatch)
    some = keys(here)
    assert {one[0].split(":")[3] for one in some} == {HOME, LINKED}
    here.sandbox.calls.clear()
    answers = write(here, update(some))
    assert not [one for one in answers.values() if one.error]
    assert_true(here, answers)
    writes = [one for one in here.sandbox.calls.writes() if one.service == "securityhub"]
    assert {(one.operation, one.role, one.account, one.region) for one in writes} == {
        ("BatchUpdateFindings", "hubposture-administrator-writer", ADMINISTRATOR, HOME)
    }
    assert len(writes) == -(-len(some) // 100)


def test_the_calls_keep_to_the_quota_and_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    here = still(monkeypatch, buckets=20)
    some = keys(here)
    begun = here.sandbox.clock.now()
    answers = write(here, *(update([key], waiver=f"W-{at}") for at, key in enumerate(some)), threads=8)
    assert not [one for one in answers.values() if one.error]
    took = (here.sandbox.clock.now() - begun).total_seconds()
    ideal = (len(some) - 30) / 10
    assert len(some) > 150
    assert took <= 1.15 * ideal
    assert not [one for one in here.sandbox.calls.records if one.error]


@pytest.mark.parametrize("seed", range(4))
def test_in_a_storm_every_finding_has_its_answer_and_no_answer_is_wrong(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    here = still(monkeypatch, patience=Patience(tries=9))
    here.sandbox.core.quirks = Quirks(reply_order=list(ReplyOrder)[seed % 3])
    some = keys(here)
    random.Random(seed).shuffle(some)
    codes = {"ConcurrentUpdateError": 0.2, "InternalFailure": 0.1, "FindingNotFound": 0.02, "FindingSizeExceeded": 0.02}
    here.sandbox.faults.update({"seed": seed, "operations": ["BatchUpdateFindings"], "unprocessed": codes, **STORM})
    answers = write(here, update(some[:150]), update(some[150:], waiver="W-2"))
    failed = {key: one for key, one in answers.items() if one.error}
    assert failed
    assert len(failed) < len(some) / 4
    assert all(one.is_gone == one.error.startswith("FindingNotFound") for one in failed.values())
    assert_true(here, {key: answers[key] for key in some[:150]})
    assert_true(here, {key: answers[key] for key in some[150:]}, waiver="W-2")
    again = write(here, update(some[:150]), update(some[150:], waiver="W-2"))
    assert not [one for one in again.values() if one.error]


def test_findings_that_poison_a_call_fail_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    here = still(monkeypatch)
    some = keys(here)
    culprits = {some[at] for at in (0, 55, len(some) - 1)}
    here.sandbox.faults.poison = {id_ for _, id_ in culprits}
    answers = write(here, update(some))
    assert {key for key, one in answers.items() if one.error} == culprits
    assert_true(here, answers)
    assert {held(here, key)[0] for key in culprits} <= {"NEW", "RESOLVED"}


def test_a_finding_that_is_gone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    here = still(monkeypatch)
    gone, there = (keys(here)[0][0], "arn:never-was"), keys(here)[1]
    answers = write(here, update([gone, there]))
    assert answers[gone].is_gone
    assert answers[there] == Updated(*there)


@pytest.mark.parametrize("code", ThrottleError)
def test_somebody_elses_calls_may_use_up_the_quota(monkeypatch: pytest.MonkeyPatch, code: ThrottleError) -> None:
    here = still(monkeypatch)
    here.sandbox.core.quirks = Quirks(throttle_error=code)
    here.sandbox.faults.script = dict.fromkeys(range(1, 9), Fault.THROTTLED)
    here.sandbox.faults.operations = {"BatchUpdateFindings"}
    answers = write(here, update(keys(here)))
    assert not [one for one in answers.values() if one.error]
    assert_true(here, answers)


def test_a_finding_whose_last_change_is_not_seen_yet_is_tried_again_and_then_left_to_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = still(monkeypatch, findings_lag=FindingsLag.MINUTES_3, second_update=SecondUpdate.CONCURRENT_UPDATE_ERROR)
    some = keys(here)[:5]
    assert not [one for one in write(here, update(some)).values() if one.error]
    answers = write(here, update(some, status="NEW", waiver="released"))
    assert all(one.error.startswith("ConcurrentUpdateError") for one in answers.values())
    here.sandbox.wait(200)
    answers = write(here, update(some, status="NEW", waiver="released"))
    assert not [one for one in answers.values() if one.error]
    assert_true(here, answers, status="NEW", waiver="released")


@pytest.mark.parametrize("fields", UserFieldsUpdate)
@pytest.mark.parametrize("empty", EmptyUserFields)
def test_other_peoples_fields_stay_because_all_fields_are_sent(
    monkeypatch: pytest.MonkeyPatch, fields: UserFieldsUpdate, empty: EmptyUserFields
) -> None:
    here = still(monkeypatch, buckets=4, user_fields_update=fields, empty_user_fields=empty)
    key = keys(here)[0]
    here.sandbox.person(key[1], fields={"team": "web"})
    mine = (("hubposture/waiver", "W-1"), ("team", "web"))
    assert not write(here, FindingUpdate((key,), "SUPPRESSED", "n", "by", mine))[key].error
    assert held(here, key)[2] == dict(mine)
    assert not write(here, FindingUpdate((key,), "NEW", "", "", ()))[key].error
    assert held(here, key) == ("NEW", "n", dict(mine))


def test_doing_it_twice_is_the_same_as_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here = still(monkeypatch, buckets=6)
    some = keys(here)
    write(here, update(some))
    before = [held(here, key) for key in some]
    write(here, update(some))
    assert [held(here, key) for key in some] == before


def test_without_the_writers_role_every_finding_says_what_to_deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    here = still(monkeypatch, buckets=6)
    here.sandbox.faults.roles_missing = {(ADMINISTRATOR, "hubposture-administrator-writer")}
    answers = write(here, update(keys(here)))
    assert all("administrator-writer role's template" in one.error for one in answers.values())
