"""Whatever goes wrong while findings are read: nothing is fixed or gone by it, and the next calm sync has the truth."""

from pathlib import Path

import pytest

from holds.findings_world import Begun, World, world
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
    "ListAccounts": "organizations",
    "AssumeRole": "sts",
}
QUICK = ("GetFindings", "ListMembers", "DescribeConfigurationRecorderStatus")
CALM = {**dict.fromkeys((*KINDS, "partial"), 0.0), "script": {}}


def stormy(there: World, operation: str, **faults: object) -> bool:
    """One sync in which the operation goes wrong; whether everything was read."""
    before = there.held()
    there.box.faults.update({**CALM, "services": [READS[operation]], "operations": [operation], **faults})
    there.box.faults.reset_count()
    try:
        complete = there.sync().complete
    except RemoteError:
        complete = False
    there.box.faults.update(CALM)
    there.assert_sound(before)
    return complete


def holds(there: World, operation: str, number: int) -> None:
    """Once of every kind, then often and partly, then always; a day passes before each and with it life."""
    there.pass_days()
    stormy(there, operation, script={1 + 2 * at: kind for at, kind in enumerate(KINDS)})
    there.pass_days()
    stormy(there, operation, partial=0.2, **dict.fromkeys(KINDS, 0.15))
    there.pass_days()
    stormy(there, operation, **{KINDS[number % len(KINDS)]: 1.0})
    there.sync()
    there.assert_converged()


@pytest.mark.slow
@pytest.mark.parametrize("operation", QUICK)
def test_a_sync_among_faults_takes_nothing_for_fixed_or_gone_and_the_next_has_the_truth(
    operation: str, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(world(begun, tmp_path / "b", monkeypatch), operation, list(READS).index(operation))
