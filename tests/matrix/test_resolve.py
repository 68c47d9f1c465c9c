"""resolve against a brute force that knows nothing of signatures, and its stated rules one by one."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.catalog import load
from hubposture.errors import InputError, InputErrors
from hubposture.matrix.cells import Sheet
from hubposture.matrix.decisions import DECIDING
from hubposture.matrix.resolve import Resolution, resolve
from hubposture.matrix.rows import DEFAULT, ControlRow, Matrix, Origin, ScopeRow, StandardRow
from hubposture.model.controls import ControlId, Disposition, Severity, Standard, control_id
from hubposture.model.organization import Account, Organization
from hubposture.model.targets import Target
from matrix.matrix_world import REGIONS, TODAY, controls, matrix, organization, scopes, standards, target

S38 = control_id("S3.8")
AT = {"control": 1, "disposition": 3, "scope": 9}


def resolved(*sheets: Sheet) -> Resolution:
    return resolve(matrix(*sheets), organization(), REGIONS, today=TODAY)


def of(
    resolution: Resolution, account: str, region: str = "eu-central-1", control: ControlId = S38
) -> Disposition | None:
    decision = resolution.decision(target(account, region), control)
    return decision.disposition if decision else None


# --- the rules, one by one -------------------------------------------------------------------------------------------


def test_blank_cells_of_a_narrower_row_inherit_cell_by_cell_from_wider_rows() -> None:
    resolution = resolved(
        controls(
            {"Control": "S3.8", "Disposition": "enforce", "Owner": "root-team", "Due days": "30", "Parameters": "a=1"},
            {"Control": "S3.8", "Scope": "work", "Due days": "10"},
            {"Control": "S3.8", "Scope": "prod", "Disposition": "monitor", "Parameters": "a=default"},
        ),
        scopes({"Scope": "work", "OUs": "/Workloads"}, {"Scope": "prod", "OUs": "ou-root-prodprod"}),
    )
    decision = resolution.decision(target("222222222222"), S38)
    assert decision is not None
    assert (decision.disposition, decision.due_days, decision.owner) == (Disposition.MONITOR, 10, "root-team")
    assert decision.parameters == (("a", DEFAULT),)
    assert [candidate.row.scope for candidate in decision.candidates] == ["prod", "work", ""]
    due, owner = decision.row_of("due_days"), decision.row_of("owner")
    assert due is not None
    assert owner is not None
    assert (due.scope, owner.scope, decision.scope) == ("work", "", "prod")
    assert of(resolution, "444444444444") is Disposition.ENFORCE


def test_a_reason_given_for_another_disposition_is_not_inherited() -> None:
    resolution = resolved(
        controls(
            {"Control": "S3.8", "Disposition": "not-applicable", "Reason": "unused", "Approved by": "lee"},
            {"Control": "S3.8", "Scope": "prod", "Disposition": "enforce"},
            {"Control": "S3.9", "Disposition": "enforce", "Reason": "law"},
            {"Control": "S3.9", "Scope": "prod", "Disposition": "enforce"},
        ),
        scopes({"Scope": "prod", "OUs": "/Workloads/Prod"}),
    )
    prod = target("222222222222")
    enforced = resolution.decision(prod, S38)
    same = resolution.decision(prod, control_id("S3.9"))
    assert enforced is not None
    assert same is not None
    assert (enforced.reason, enforced.approved_by, same.reason) == ("", "", "law")


RANKED = [
    {"Scope": "account", "Accounts": "acme-bank"},
    {"Scope": "priority", "Priority": "1", "OUs": "/"},
    {"Scope": "deep", "OUs": "/Workloads/Prod"},
    {"Scope": "shallow", "OUs": "/Workloads"},
    {"Scope": "tag", "Account tags": "env=*"},
    {"Scope": "region", "Regions": "eu-central-1"},
]


@pytest.mark.parametrize("strongest", range(len(RANKED)))
def test_account_beats_priority_beats_deeper_ou_beats_tag_beats_region_beats_the_whole_organization(
    strongest: int,
) -> None:
    names = [row["Scope"] for row in RANKED[strongest:]]
    wide = {"Control": "S3.8", "Disposition": "siem"}
    narrow = [{"Control": "S3.8", "Scope": name, "Disposition": "monitor"} for name in names[1:]]
    resolution = resolved(
        controls(wide, *narrow, {**wide, "Scope": names[0], "Disposition": "enforce"}), scopes(*RANKED)
    )
    assert of(resolution, "222222222222") is Disposition.ENFORCE
    assert [name for name, _ in resolution.scopes_at(target("222222222222"))] == names


def test_criteria_are_anded_and_values_of_one_criterion_are_alternatives() -> None:
    resolution = resolved(
        controls({"Control": "S3.8", "Scope": "s", "Disposition": "enforce"}),
        scopes(
            {"Scope": "s", "OUs": "/Workloads, /Sandbox", "Account tags": "tier=web; env=test", "Regions": "us-east-1"}
        ),
    )
    found = {(t.account, t.region) for t in resolution.targets if of(resolution, t.account, t.region)}
    assert found == {("012345678901", "us-east-1"), ("333333333333", "us-east-1")}


def test_excluding_takes_out_scopes_accounts_units_tags_and_regions() -> None:
    resolution = resolved(
        controls({"Control": "S3.8", "Scope": "s", "Disposition": "enforce"}),
        scopes(
            {"Scope": "s", "Excluding": "lab; /Sandbox; tier=*; us-east-1; bank in Ireland; 111111111111"},
            {"Scope": "Bank in Ireland", "Accounts": "bank", "Regions": "eu-west-1"},
        ),
    )
    found = {(t.account, t.region) for t in resolution.targets if of(resolution, t.account, t.region)}
    assert found == {("222222222222", "eu-central-1")}


def test_a_scope_never_grows_because_a_value_names_nothing() -> None:
    resolution = resolved(
        controls({"Control": "S3.8", "Scope": "s", "Disposition": "enforce"}),
        scopes({"Scope": "s", "OUs": "/Gone", "Accounts": "999999999999", "Excluding": "nobody"}),
    )
    assert not any(of(resolution, t.account, t.region) for t in resolution.targets)
    assert [(each.column, each.text) for each in resolution.unresolved] == [
        ("ous", "/Gone"), ("accounts", "999999999999"), ("excluding", "nobody"),
    ]  # fmt: skip


def test_rows_of_equal_rank_that_disagree_hold_only_the_targets_where_both_hold_and_name_both_cells() -> None:
    resolution = resolved(
        controls(
            {"Control": "S3.8", "Scope": "web", "Disposition": "enforce"},
            {"Control": "S3.8", "Scope": "production", "Disposition": "monitor"},
        ),
        scopes({"Scope": "web", "Account tags": "tier=web"}, {"Scope": "production", "Account tags": "env=prod"}),
    )
    assert {held.account for held in resolution.held} == {"012345678901"}
    why = resolution.held[target("012345678901")]
    assert "controls.xlsx!Controls!C2" in why
    assert "controls.xlsx!Controls!C3" in why
    assert of(resolution, "012345678901") is None
    assert of(resolution, "222222222222") is Disposition.MONITOR


def test_rows_of_equal_rank_that_agree_hold_nothing() -> None:
    resolution = resolved(
        controls(
            {"Control": "S3.8", "Scope": "web", "Disposition": "enforce", "Notes": "a"},
            {"Control": "S3.8", "Scope": "production", "Disposition": "enforce", "Owner": "x", "Notes": "b"},
        ),
        scopes({"Scope": "web", "Account tags": "tier=web"}, {"Scope": "production", "Account tags": "env=prod"}),
    )
    assert resolution.held == {}
    decision = resolution.decision(target("012345678901"), S38)
    assert decision is not None
    assert decision.owner == "x"


def test_a_narrower_row_that_decides_resolves_the_tie_below_it() -> None:
    resolution = resolved(
        controls(
            {"Control": "S3.8", "Scope": "web", "Disposition": "enforce"},
            {"Control": "S3.8", "Scope": "production", "Disposition": "monitor"},
            {"Control": "S3.8", "Scope": "shop", "Disposition": "siem"},
        ),
        scopes(
            {"Scope": "web", "Account tags": "tier=web"},
            {"Scope": "production", "Account tags": "env=prod"},
            {"Scope": "shop", "Accounts": "shop"},
        ),
    )
    assert resolution.held == {}
    assert of(resolution, "012345678901") is Disposition.SIEM


def test_an_expired_row_still_switches_off_and_is_named() -> None:
    resolution = resolved(controls({"Control": "S3.8", "Disposition": "not-applicable", "Expires": "2026-11-23"}))
    assert of(resolution, "222222222222") is Disposition.NOT_APPLICABLE
    assert [row.control for row in resolution.expired] == ["s3.8"]
    held = resolved(controls({"Control": "S3.8", "Disposition": "not-applicable", "Expires": "2026-11-24"}))
    assert held.expired == ()


def test_standards_are_decided_by_the_same_ranks_and_one_not_named_is_not_spoken_of() -> None:
    resolution = resolved(
        controls(),
        standards(
            {"Standard": "cis-5.0.0", "Enabled": "yes"}, {"Standard": "cis-5.0.0", "Enabled": "no", "Scope": "p"}
        ),
        scopes({"Scope": "p", "OUs": "/Sandbox"}),
    )
    cis = Standard("cis-aws-foundations-benchmark", "5.0.0")
    assert resolution.standards(resolution.signature(target("222222222222"))) == {cis: True}
    assert resolution.standards(resolution.signature(target("444444444444"))) == {cis: False}


def test_standards_that_tie_hold_the_target() -> None:
    resolution = resolved(
        controls(),
        standards({"Standard": "cis-5.0.0", "Enabled": "yes"}, {"Standard": "cis-5.0.0", "Enabled": "no"}),
    )
    assert len(resolution.held) == len(organization().accounts) * len(REGIONS)
    assert "Standards!B2" in resolution.held[target("222222222222")]


def test_controls_without_a_row_come_with_a_proposed_row_in_natural_order() -> None:
    resolution = resolved(controls({"Control": "S3.8", "Disposition": "enforce"}))
    inbox = resolution.unspoken(map(control_id, ["S3.8", "EC2.10", "EC2.2", "CloudWatch.1"]), load())
    assert inbox[0].disposition is Disposition.SIEM
    assert [each.control for each in inbox] == ["cloudwatch.1", "ec2.2", "ec2.10"]


def test_scopes_that_cannot_be_resolved_are_refused_all_at_once() -> None:
    found = matrix(
        controls({"Control": "S3.8", "Scope": "prdo"}),
        scopes(
            {"Scope": "prod"}, {"Scope": "PROD"}, {"Scope": "a", "Excluding": "b"}, {"Scope": "b", "Excluding": "a"}
        ),
    )
    with pytest.raises(InputErrors) as error:
        resolve(found, organization(), REGIONS, today=TODAY)
    assert [problem.where.rpartition("!")[2] for problem in error.value.problems] == ["I2", "A3", "G4", "G5"]
    assert error.value.problems[0].hint == "did you mean prod?"


def test_an_account_that_is_not_in_the_organization_is_an_error() -> None:
    with pytest.raises(InputError, match="999999999999"):
        resolved(controls()).signature(target("999999999999"))


# --- against brute force ---------------------------------------------------------------------------------------------

NAMES = ("a", "b", "c")
UNITS = ("/", "/Workloads", "/Workloads/Prod", "/Sandbox")
ACCOUNTS = tuple(organization().accounts)
CONTROLS = tuple(map(control_id, ("S3.8", "EC2.2")))


def some(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple))


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    at = Origin("controls.xlsx", "Controls", 2, AT)
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    made = []
    for number, name in enumerate(names):
        excluding = draw(some((*names[:number], "us-east-1", "/Workloads/Prod", "tier=web", *ACCOUNTS[:2])))
        made.append(
            ScopeRow(
                name,
                at,
                priority=draw(st.sampled_from([None, None, 0, 1])),
                ous=draw(some(UNITS)),
                accounts=draw(some(ACCOUNTS)),
                account_tags=draw(some((("env", "prod"), ("tier", "*")))),
                regions=draw(some(REGIONS[:2])),
                excluding=excluding,
            )
        )
    rows = st.builds(
        ControlRow,
        control=st.sampled_from(CONTROLS),
        at=st.integers(2, 99).map(lambda row: replace(at, row=row)),
        disposition=st.sampled_from([None, Disposition.ENFORCE, Disposition.SIEM]),
        scope=st.sampled_from(("", *names)),
        parameters=st.sampled_from([(), (("a", "1"),)]),
        owner=st.sampled_from(["", "x", "y"]),
        our_severity=st.sampled_from([None, Severity.LOW]),
        due_days=st.sampled_from([None, 0]),
        enforce_from=st.sampled_from([None, dt.date(2027, 1, 1)]),
        reason=st.sampled_from(["", "because"]),
    )
    spoken = st.builds(
        StandardRow,
        standard=st.just(Standard("pci-dss", "4.0.1")),
        at=st.just(at),
        enabled=st.sampled_from([True, False, None]),
        scope=st.sampled_from(("", *names)),
    )
    return Matrix(
        "controls.xlsx",
        "",
        controls=tuple(draw(st.lists(rows, max_size=7))),
        standards=tuple(draw(st.lists(spoken, max_size=3))),
        scopes=tuple(made),
    )


def naive_holds(name: str, found: Matrix, org: Organization, account: Account, region: str) -> tuple[Any, ...] | None:
    """The strength of a scope at a target as its documentation reads, or None."""
    row = next(each for each in found.scopes if each.scope == name)
    path = [unit.path for unit in org.lineage(account.ou)]
    deep = [len([part for part in ou.split("/") if part]) for ou in row.ous if ou in path]

    def tagged(pairs: Iterable[Sequence[str]]) -> bool:
        return any(account.tags.get(key) is not None and value in ("*", account.tags[key]) for key, value in pairs)

    inside = (
        (not row.ous or deep)
        and (not row.accounts or account.id in row.accounts)
        and (not row.account_tags or tagged(row.account_tags))
        and (not row.regions or region in row.regions)
    )
    for text in row.excluding:
        if text in NAMES:
            out = naive_holds(text, found, org, account, region) is not None
        elif "=" in text:
            out = tagged([tuple(text.split("="))])
        else:
            out = text in {region, account.id, *path}
        inside = inside and not out
    if not inside:
        return None
    priority = -1 if row.priority is None else row.priority
    return (bool(row.accounts), priority, max(deep, default=0), bool(row.account_tags), bool(row.regions))


def naive(found: Matrix, org: Organization, at: Target) -> tuple[dict[Any, Any], dict[Any, Any], bool]:
    """Per control the deciding values, per standard whether it is on, and whether anything ties."""
    account = org.accounts[at.account]
    wanted: dict[Any, Any] = {}
    held = False
    for control in CONTROLS:
        rows = []
        for row in found.controls:
            rank = (
                (False, -1, 0, False, False)
                if not row.scope
                else naive_holds(row.scope, found, org, account, at.region)
            )
            if row.control == control and rank is not None:
                rows.append((rank, row))
        values, tied = {}, False
        for column in DECIDING:
            said = [(rank, getattr(row, column)) for rank, row in rows if getattr(row, column) not in (None, "", ())]
            best = {value for rank, value in said if rank == max(rank for rank, _ in said)}
            tied = tied or len(best) > 1
            values[column] = next(iter(best), None)
        held = held or tied
        if rows and not tied:
            wanted[control] = values
    on: dict[Any, Any] = {}
    spoken = [
        (rank, row.standard, row.enabled)
        for row in found.standards
        if row.enabled is not None
        and (
            rank := (False, -1, 0, False, False)
            if not row.scope
            else naive_holds(row.scope, found, org, account, at.region)
        )
    ]
    if spoken:
        best = {enabled for rank, _, enabled in spoken if rank == max(rank for rank, *_ in spoken)}
        held = held or len(best) > 1
        if len(best) == 1:
            on[spoken[0][1]] = best.pop()
    return wanted, on, held


def shown(resolution: Resolution, at: Target) -> tuple[dict[Any, Any], dict[Any, Any]]:
    signature = resolution.signature(at)
    decisions = {
        control: {
            column: getattr(decision, column) or None if column != "due_days" else decision.due_days
            for column in DECIDING
        }
        for control, decision in resolution.decisions(signature).items()
    }
    return decisions, dict(resolution.standards(signature))


@given(matrices())
@settings(max_examples=150, deadline=None)
def test_every_target_gets_what_brute_force_says(found: Matrix) -> None:
    org = organization()
    resolution = resolve(found, org, REGIONS, today=TODAY)
    held = resolution.held
    for at in resolution.targets:
        wanted, on, tied = naive(found, org, at)
        assert shown(resolution, at) == (wanted, on)
        assert (at in held) == tied


@given(matrices(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_scopes_and_accounts_changes_nothing(found: Matrix, random: Random) -> None:
    org = organization()
    shuffled = replace(
        found,
        controls=tuple(random.sample(found.controls, len(found.controls))),
        scopes=tuple(random.sample(found.scopes, len(found.scopes))),
        standards=tuple(random.sample(found.standards, len(found.standards))),
    )
    other = organization(random.sample(list(org.accounts.values()), len(org.accounts)))
    one = resolve(found, org, REGIONS, today=TODAY)
    two = resolve(shuffled, other, reversed(REGIONS), today=TODAY)
    for at in one.targets:
        assert shown(one, at) == shown(two, at)
        for control, decision in one.decisions(one.signature(at)).items():
            again = two.decision(at, control)
            assert again is not None
            assert (decision.reason, decision.scope) == (again.reason, again.scope)
    assert set(one.held) == set(two.held)
