from pathlib import Path

import pytest

from hubposture.errors import InputError
from hubposture.sandbox import RealClock, Sandbox, population
from hubposture.sandbox.codec import decode, encode
from hubposture.sandbox.storage import State, _state, restore, save
from sandbox.engine_world import (
    ADMIN,
    AWAY,
    FOREIGN,
    FSBP_ARN,
    HOME,
    LAB,
    PROD,
    WEB,
    WORK,
    central,
    hub,
    off,
    organization,
    state,
)


def test_everything_that_was_done_is_there_again(tmp_path: Path) -> None:
    spec = central()
    first = Sandbox(spec, clock=RealClock(), quotas=False)
    admin = hub(first, account=ADMIN)
    hub(first, account=LAB).batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[off("S3.1", reason="kept")]
    )
    admin.start_configuration_policy_association(
        ConfigurationPolicyIdentifier=FOREIGN, Target={"OrganizationalUnitId": WORK}
    )
    first.move_account(WEB, WORK)
    first.faults.throttled = 0.0
    first.wait(3600)
    save(first, tmp_path)
    second = Sandbox(spec, clock=RealClock(), quotas=False)
    assert restore(second, tmp_path)
    assert encode(_comparable(second)) == encode(_comparable(first))
    assert state(hub(second, account=LAB), "S3.1") == "DISABLED"
    assert state(hub(second), "Macie.1") == "DISABLED"
    assert second.core.organization.parent(WEB) == WORK
    events = second.client("cloudtrail", account=ADMIN, region=HOME).lookup_events()["Events"]
    assert [one["EventName"] for one in events] == ["StartConfigurationPolicyAssociation"]


def _comparable(sandbox: Sandbox) -> State:
    found = _state(sandbox)
    found.trail = []
    return found


def test_a_pending_association_is_carried_out_after_a_restart(tmp_path: Path) -> None:
    spec = central()
    first = Sandbox(spec, clock=RealClock())
    hub(first, account=ADMIN).start_configuration_policy_disassociation(
        ConfigurationPolicyIdentifier=FOREIGN, Target={"OrganizationalUnitId": PROD}
    )
    hub(first, account=ADMIN).start_configuration_policy_association(
        ConfigurationPolicyIdentifier=FOREIGN, Target={"AccountId": LAB}
    )
    save(first, tmp_path)
    second = Sandbox(spec, clock=RealClock())
    restore(second, tmp_path)
    assert state(hub(second, account=LAB), "Macie.1") == "ENABLED"
    second.wait(60)
    assert state(hub(second, account=LAB), "Macie.1") == "DISABLED"


def test_nothing_saved_another_world_or_a_broken_file_is_told_apart(tmp_path: Path) -> None:
    sandbox = Sandbox(organization())
    assert not restore(sandbox, tmp_path)
    save(sandbox, tmp_path)
    with pytest.raises(InputError, match="another organization"):
        restore(Sandbox(central()), tmp_path)
    (tmp_path / "sandbox.json").write_text("{")
    with pytest.raises(InputError, match="not a saved sandbox"):
        restore(sandbox, tmp_path)


def test_findings_are_kept_with_the_rest(tmp_path: Path) -> None:
    spec = population.organization()
    first = Sandbox(spec, findings=population.findings(spec), quotas=False)
    admin = hub(first, account=spec.administrator, region=spec.home_region)
    (finding,) = admin.get_findings(MaxResults=1)["Findings"]
    named = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    admin.batch_update_findings(FindingIdentifiers=[named], Workflow={"Status": "SUPPRESSED"})
    save(first, tmp_path)
    second = Sandbox(spec, findings=population.findings(spec), quotas=False)
    restore(second, tmp_path)
    filters = {"Id": [{"Value": finding["Id"], "Comparison": "EQUALS"}]}
    (found,) = hub(second, account=spec.administrator, region=spec.home_region).get_findings(Filters=filters)[
        "Findings"
    ]
    assert found["Workflow"]["Status"] == "SUPPRESSED"


def test_a_state_reads_back_as_it_was_written() -> None:
    sandbox = Sandbox(organization())
    hub(sandbox, region=AWAY).describe_hub()
    hub(sandbox).batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1", FSBP_ARN)])
    first = _state(sandbox)
    assert decode(State, encode(first)) == first
