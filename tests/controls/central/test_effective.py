"""What nodes get: inheritance, nodes left to themselves, Security Hub switched off; and wishes made from a target's."""

from types import MappingProxyType

from controls.central.central_world import (
    ACME,
    ALL,
    CIS,
    EC2,
    FSBP,
    S3,
    UNIVERSE,
    A,
    B,
    C,
    organization,
    policy,
    profile,
    state,
)
from hubposture.controls.central.edits import NO_ASSOCIATION, PolicyKind
from hubposture.controls.central.effective import Standing, advance, as_governance, settings, standings_now
from hubposture.controls.central.tree import tree_of
from hubposture.controls.central.types import SELF_MANAGED, ServiceDisabled
from hubposture.controls.central.wishes import region_wish
from hubposture.controls.desired import Intent, StandardIntent, Wish
from hubposture.model.controls import Disposition
from hubposture.model.targets import Governance, Way
from hubposture.reconcile.change import Edit

NOW = state([policy("p", profile()), policy("q", profile([S3]))], {"r": "p", "ou-prod": "q", B: SELF_MANAGED})


def test_the_nearest_association_governs_and_nothing_is_merged() -> None:
    found = standings_now(ACME, NOW)
    assert (found[A], found[C]) == (Standing("id-q", "ou-prod"), Standing("id-p", "r"))
    assert found[B].is_self_managed


def test_without_any_association_everybody_manages_itself() -> None:
    found = standings_now(ACME, state([], {}))
    assert all(one == Standing(SELF_MANAGED, "") for one in found.values())


def test_explain_says_which_policy_and_from_where() -> None:
    tree, found = tree_of(ACME), standings_now(ACME, NOW)
    assert as_governance(found[A], NOW, tree) == Governance(Way.CENTRAL, "q", "/ou-prod")
    assert as_governance(found[B], NOW, tree).way is Way.SELF_MANAGED


def test_disassociating_leaves_what_was_set_where_nothing_is_inherited() -> None:
    now = state([policy("p", profile([S3]))], {A: "p"})
    before = settings(ACME, now, {A: profile(), C: profile([EC2])})
    edit = Edit(1, PolicyKind.DISASSOCIATE, ("account", A), ("policy", "p"), NO_ASSOCIATION, "", "")
    (after,) = advance(now, [edit])
    assert settings(ACME, after, before)[A] == profile([S3])
    assert settings(ACME, after, before)[C] == profile([EC2])


def test_a_policy_that_switches_security_hub_off_spares_the_administrator() -> None:
    here = organization({"r": None}, {"888888888888": "r", A: "r"})
    now = state([policy("p", ServiceDisabled())], {"r": "p"})
    found = settings(here, now, {"888888888888": profile()})
    assert found["888888888888"] == profile()
    assert found[A] == ServiceDisabled()


def test_a_targets_wish_becomes_a_complete_one() -> None:
    intent = Intent(S3, Disposition.ENFORCE, {"days": 30, "old": None}, "Controls!G7", "all", "")
    standards = {FSBP: StandardIntent(enabled=True, source="Standards!B2", scope="all")}
    target = Wish(standards, UNIVERSE.of_control[S3], UNIVERSE.of_control[EC2], {S3: intent}, {})
    now = MappingProxyType({S3: (("days", 9), ("left", 1), ("old", 2))})
    found = region_wish(target, standards_now=frozenset([CIS]), parameters_now=now)
    assert found.standards == {FSBP, CIS}
    assert (found.spoken, found.on) == (UNIVERSE.encode([(FSBP, S3), (CIS, S3), (FSBP, EC2), (CIS, EC2)]), target.on)
    assert found.on & ~ALL == 0
    assert found.parameters == ((S3, (("days", 30), ("left", 1))),)
    assert found.cells[S3] == "Controls!G7"
    assert found.cells[FSBP] == "Standards!B2"
