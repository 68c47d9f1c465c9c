from collections import Counter

from hubposture.catalog import load, propose, propose_all
from hubposture.catalog.dispositions import _WATCHED
from hubposture.catalog.standards import CIS_5, FSBP, PCI_4, TAGGING
from hubposture.model.controls import Disposition, Severity, control_id

CATALOG = load()
PROPOSALS = {proposal.control: proposal for proposal in propose_all(CATALOG)}


def test_every_live_control_gets_one_proposal_but_those_aws_is_retiring() -> None:
    left_out = set(CATALOG.controls) - set(PROPOSALS)
    assert {CATALOG.shown(each) for each in left_out} == {"EKS.3", "IoTEvents.1", "IoTEvents.2", "IoTEvents.3"}
    assert not set(PROPOSALS) & set(CATALOG.retired)


def test_the_monitoring_alarms_go_to_the_siem_and_nothing_else_does() -> None:
    siem = {each for each, proposal in PROPOSALS.items() if proposal.disposition is Disposition.SIEM}
    assert siem == {control_id(f"CloudWatch.{number}") for number in range(1, 15)}
    assert all(CATALOG.controls[each].severity is Severity.LOW for each in siem)


def test_everything_but_enforce_has_a_reason_of_one_line() -> None:
    for proposal in PROPOSALS.values():
        assert bool(proposal.reason) == (proposal.disposition is not Disposition.ENFORCE)
        assert len(proposal.reason) <= 120
        assert "\n" not in proposal.reason


def test_the_cis_version_in_scope_is_enforced_but_for_two_controls() -> None:
    watched = {
        control.shown for control in CATALOG.members(CIS_5)
        if PROPOSALS[control.id].disposition is not Disposition.ENFORCE
    }  # fmt: skip
    assert watched == {"EFS.1", "S3.20"}


def test_no_critical_control_of_the_scope_is_only_watched() -> None:
    critical = [each for each in CATALOG.members(FSBP) if each.severity is Severity.CRITICAL]
    assert len(critical) > 20
    assert all(PROPOSALS[control.id].disposition is Disposition.ENFORCE for control in critical)


def test_low_severity_and_tagging_are_watched() -> None:
    for control in CATALOG.members(FSBP):
        if control.severity is Severity.LOW and CIS_5 not in control.standards:
            assert PROPOSALS[control.id].disposition is Disposition.MONITOR
    tagging = [control for control in CATALOG.members(TAGGING) if control.retiring is None]
    assert Counter(PROPOSALS[control.id].disposition for control in tagging) == {Disposition.MONITOR: 137}


def test_the_exceptions_name_controls_of_the_scope_and_none_twice() -> None:
    named = [control_id(each) for ids, _ in _WATCHED for each in ids.split()]
    assert len(set(named)) == len(named)
    for control in named:
        assert set(CATALOG.controls[control].standards) & {CIS_5, FSBP}


def test_another_scope_enforces_its_own_members() -> None:
    only_pci = next(each for each in CATALOG.members(PCI_4) if not {CIS_5, FSBP} & set(each.standards))
    medium = next(
        each for each in CATALOG.members(PCI_4)
        if not {CIS_5, FSBP} & set(each.standards) and each.severity is not Severity.LOW
    )  # fmt: skip
    assert propose(only_pci).disposition is Disposition.MONITOR
    assert propose(medium, scope=(PCI_4,)).disposition is Disposition.ENFORCE
