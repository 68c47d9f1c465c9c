"""Whatever goes wrong while findings are read: nothing is fixed or gone by it, and the next calm sync has the truth."""

import shutil
from pathlib import Path

import pytest

from holds.findings_world import Begun, World, begin, world
from holds.holds_world import Baseline
from hubposture.errors import RemoteError

KINDS = ("throttled", "server_error", "timeout", "reset", "lost_answer")
READS = {
    "GetFindings": "securityhub",
    "DescribeHub": "securityhub",
    "ListMembers": "securityhub",
    "GetEnabledStandards": "securityhub",
    "BatchGetStandardsControlAssociations": "securityhub",
    "ListSecurityControlDefinitions": "securityhub",
    "GetFindingAggregator": "securityhub",
    "DescribeConfigurationRecorders": "config",
    "DescribeConfigurationRecorderStatus": "config",
    "ListAccountsForParent": "organizations",
    "ListOrganizationalUnitsForParent": "organizations",
    "AssumeRole": "sts",
}
CALM = {**dict.fromkeys((*KINDS, "partial"), 0.0), "script": {}}


def stormy(there: World, operation: str, **faults: object) -> list[str]:
    """One sync in which the operation goes wrong; what it says of that, the one account left out that is never read."""
    before = there.held()
    there.box.faults.update({**CALM, "services": [READS[operation]], "operations": [operation], **faults})
    there.box.faults.reset_count()
    try:
        said = [f"{one.where}: {one.what}" for one in there.sync().failures if not one.where.startswith("dark (")]
    except RemoteError as error:
        said = [str(error)]
    there.box.faults.update(CALM)
    there.assert_sound(before)
    return said


GROUPS = [list(READS)[at : at + 3] for at in range(0, len(READS), 3)]


@pytest.mark.slow
@pytest.mark.parametrize("operations", GROUPS, ids=", ".join)
def test_a_read_that_always_fails_takes_nothing_for_fixed_or_gone_is_said_and_the_next_sync_has_the_truth(
    operations: list[str], begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    for operation in operations:
        there.pass_days()
        kind = KINDS[list(READS).index(operation) % len(KINDS)]
        assert stormy(there, operation, **{kind: 1.0}), f"it is said that {operation} failed"
    there.sync()
    there.assert_converged()


@pytest.mark.slow
def test_what_fails_once_is_asked_again(begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    for operation in ("GetFindings", "ListMembers"):
        there.pass_days()
        held = {1: KINDS[0], 3: KINDS[1], 5: KINDS[2]} if operation == "GetFindings" else {1: KINDS[3]}
        assert stormy(there, operation, script=held) == []
        there.assert_converged()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_all_reads_may_fail_often_for_days(
    seed: int, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    faults = {"seed": seed, "services": sorted(set(READS.values())), "operations": [], "partial": 0.1}
    struck = 0
    for share in (0.05, 0.15):
        there.pass_days()
        struck += len(stormy(there, "GetFindings", **{**faults, **dict.fromkeys(KINDS, share)}))
    assert struck, "some reads failed for good"
    there.sync()
    there.assert_converged()


@pytest.mark.slow
def test_faults_harm_a_ledger_in_postgresql_as_little(
    postgres_ledger: str, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(baseline.directory, tmp_path / "there")
    with (tmp_path / "there" / "hubposture.toml").open("a") as settings:
        settings.write(f'\n[ledger]\nurl = "{postgres_ledger}"\n')
    there = world(begin(Baseline(tmp_path / "there"), tmp_path / "b", monkeypatch), tmp_path / "c", monkeypatch)
    for operation in ("GetFindings", "ListMembers"):
        there.pass_days()
        assert stormy(there, operation, server_error=1.0)
    there.sync()
    there.assert_converged()
    assert there.faults() == []
