"""Plan: from rows of a workbook and a survey to what must change; the same input gives the same plan."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import (
    ACCOUNTS,
    CONTROLS,
    DARK,
    HOME,
    IAM6,
    IAM7,
    OTHER,
    S31,
    S38,
    TARGETS,
    after,
    state,
    states,
)
from hubposture.catalog import load
from hubposture.catalog.standards import CIS_5, FSBP, PCI_4
from hubposture.controls.desired import GlobalControls
from hubposture.controls.state import Reading, TargetState
from hubposture.errors import InputErrors
from hubposture.model.controls import Disposition
from hubposture.model.parameters import Parameters
from hubposture.model.targets import Governance, Target, Way
from hubposture.reconcile.change import Value
from hubposture.verbs.plan import Choices, Planned, plan
from verbs.worlds import matrix, survey

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
READABLE = TARGETS[:-1]
Rows = Sequence[Mapping[str, str]]


def world() -> list[Reading]:
    return [*(state(target) for target in READABLE), DARK]


def planned(
    controls: Rows,
    readings: Sequence[Reading] | None = None,
    *,
    scopes: Rows = (),
    standards: Rows = (),
    choices: Choices | None = None,
) -> Planned:
    rows = {"Controls": controls, "Scopes": scopes, "Standards": standards}
    found = survey(readings if readings is not None else world())
    return plan(matrix(rows), found, catalog=load(), choices=choices or Choices(), now=NOW)


def moves(made: Planned) -> set[tuple[str, ...]]:
    return {
        (change.place.account, change.place.region, *change.edit.key, str(change.edit.desired))
        for change in made.plan.changes()
    }


def test_a_row_of_the_workbook_becomes_changes_with_its_cell_wherever_it_differs() -> None:
    made = planned([{"control": "S3.8", "disposition": "siem", "reason": "an alarm"}])
    assert moves(made) == {
        (one.account, one.region, standard, "s3.8", "off")
        for one in READABLE
        for standard in ("cis-5.0.0", "fsbp-1.0.0")
    }
    assert {change.edit.source for change in made.plan.changes()} == {"Controls!G2"}
    assert {change.edit.reason for change in made.plan.changes()} == {"organization: siem, an alarm"}
    assert made.plan.unreadable == (DARK,)


def test_a_narrower_row_wins_where_its_scope_holds_and_names_it() -> None:
    made = planned(
        [
            {"control": "S3.8", "disposition": "enforce"},
            {"control": "S3.8", "disposition": "not-applicable", "scope": "shop"},
        ],
        scopes=[{"scope": "shop", "accounts": "acme-shop", "regions": OTHER}],
    )
    assert {(account, region) for account, region, *_ in moves(made)} == {(ACCOUNTS[1], OTHER)}
    (edit, _) = made.plan.edits[Target("acme", ACCOUNTS[1], OTHER)]
    assert (edit.source, edit.reason) == ("Controls!G3", "shop: not-applicable")


def test_rows_that_tie_hold_their_targets_and_no_others() -> None:
    made = planned(
        [
            {"control": "S3.8", "disposition": "siem"},
            {"control": "S3.8", "disposition": "enforce", "scope": "prod"},
            {"control": "S3.8", "disposition": "monitor", "scope": "tagged"},
        ],
        scopes=[{"scope": "prod", "account_tags": "env=prod"}, {"scope": "tagged", "account_tags": "env=*"}],
    )
    tied = {one for one in TARGETS if one.account == ACCOUNTS[1]}
    assert {one.place for one in made.plan.held} == tied
    assert all("Controls!G3" in one.why and "Controls!G4" in one.why for one in made.plan.held)
    assert set(made.plan.edits) == set(READABLE) - tied


def test_a_control_that_is_settling_is_held_once_and_written_nowhere() -> None:
    choices = Choices(first_seen={S38: NOW - dt.timedelta(days=3), S31: NOW - dt.timedelta(days=15), IAM6: None})
    made = planned([{"control": one, "disposition": "siem"} for one in ("S3.8", "S3.1")], choices=choices)
    assert {key for *_, key, _ in moves(made)} == {"s3.1"}
    assert [(one.key, one.why.partition(":")[0]) for one in made.plan.held] == [(("S3.8",), "settling")]
    later = planned(
        [{"control": "S3.8", "disposition": "siem"}], choices=Choices(settling_days=2, first_seen=choices.first_seen)
    )
    assert later.plan.held == ()
    assert {key for *_, key, _ in moves(later)} == {"s3.8"}


def test_controls_of_global_resources_are_known_from_the_catalog_and_placed_by_the_rule() -> None:
    row = [{"control": "IAM.6", "disposition": "enforce"}]
    assert {region for _, region, *_ in moves(planned(row))} == {OTHER}
    assert planned(row, choices=Choices(global_rule=GlobalControls.LEAVE)).plan.edits == {}
    assert planned(row, choices=Choices(global_rule=GlobalControls.EVERYWHERE)).plan.edits == {}


def test_parameters_that_do_not_fit_are_all_told_with_their_cells_before_anything_is_planned() -> None:
    with pytest.raises(InputErrors) as raised:
        planned(
            [
                {"control": "IAM.7", "disposition": "enforce", "parameters": "days=500; strict=perhaps"},
                {"control": "S3.8", "disposition": "enforce", "parameters": "days=1"},
            ]
        )
    assert len(raised.value.problems) == 3
    assert {one.where for one in raised.value.problems} == {"controls.xlsx!Controls!N2", "controls.xlsx!Controls!N3"}


def test_parameters_go_back_to_default_by_name_and_all_at_once() -> None:
    custom: Parameters = (("days", 30), ("strict", False))
    readings: list[Reading] = [*(state(target, parameters={IAM7: custom}) for target in READABLE), DARK]

    def wanted(parameters: str) -> set[Value]:
        row = {"control": "IAM.7", "disposition": "enforce", "parameters": parameters}
        made = planned([row], readings, choices=Choices(global_rule=GlobalControls.EVERYWHERE))
        return {change.edit.desired for change in made.plan.changes()}

    assert wanted("days=default") == {(("strict", False),)}
    assert wanted("default") == {()}
    assert wanted("strict=no") == set()


def test_controls_without_a_row_wait_in_the_inbox_with_a_proposed_one() -> None:
    made = planned([{"control": "S3.8", "disposition": "enforce"}])
    assert {one.control for one in made.inbox} == set(CONTROLS) - {S38}
    assert {one.disposition for one in made.inbox} <= {Disposition.ENFORCE, Disposition.MONITOR}


def test_targets_governed_by_a_policy_of_security_hub_are_not_planned_by_account() -> None:
    central = state(READABLE[0], governance=Governance(Way.CENTRAL, by="policy"))
    made = planned([{"control": "S3.8", "disposition": "siem"}], [central, *world()[1:]])
    assert READABLE[0] not in made.plan.edits
    assert len(made.plan.edits) == len(READABLE) - 1


def test_a_standard_that_is_wanted_comes_on_and_one_that_is_not_named_stays() -> None:
    made = planned([], standards=[{"standard": "pci-dss-4.0.1", "enabled": "yes"}])
    assert {(key, value) for *_, key, value in moves(made)} == {("pci-dss-4.0.1", "on")}
    assert {change.edit.source for change in made.plan.changes()} == {"Standards!B2"}


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "control": st.sampled_from(["S3.1", "S3.8", "IAM.6", "IAM.7", "KMS.4", "CloudFront.1"]),
            "disposition": st.sampled_from(["", *[one.value for one in Disposition]]),
            "scope": st.sampled_from(["", "shop", "home", "prod"]),
        }
    ),
    max_size=8,
    unique_by=lambda row: (row["control"], row["scope"]),
)
STANDARDS = st.lists(
    st.fixed_dictionaries(
        {
            "standard": st.sampled_from([one.key for one in (CIS_5, FSBP, PCI_4)]),
            "enabled": st.sampled_from(["yes", "no"]),
            "scope": st.sampled_from(["", "shop", "home"]),
        }
    ),
    max_size=4,
    unique_by=lambda row: (row["standard"], row["scope"]),
)
SCOPES = (
    {"scope": "shop", "accounts": "acme-shop"},
    {"scope": "home", "regions": HOME},
    {"scope": "prod", "ous": "/Prod"},
)
CHOICES = st.builds(Choices, global_rule=st.sampled_from(list(GlobalControls)), disable_standards=st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.tuples(*(states(target) for target in READABLE)), ROWS, STANDARDS, CHOICES, st.randoms())
def test_rows_scopes_and_targets_in_any_order_give_the_same_plan_and_what_it_achieves_plans_nothing(
    found: Any, rows: Any, standards: Any, choices: Any, chance: random.Random
) -> None:
    readings: list[Reading] = [*found, DARK]
    one = planned(rows, readings, scopes=SCOPES, standards=standards, choices=choices)
    other = planned(
        chance.sample(rows, len(rows)),
        chance.sample(readings, len(readings)),
        scopes=chance.sample(SCOPES, len(SCOPES)),
        standards=chance.sample(standards, len(standards)),
        choices=choices,
    )
    assert one.plan.digest == other.plan.digest
    assert {(one.place, one.key) for one in one.plan.held} == {(one.place, one.key) for one in other.plan.held}
    achieved: list[Reading] = [
        after(now, one.plan.edits.get(now.target, ())) if isinstance(now, TargetState) else now for now in readings
    ]
    again = planned(rows, achieved, scopes=SCOPES, standards=standards, choices=choices)
    assert again.plan.edits == {}
