"""The shipped rules, role by role: what each may do inside and outside of what is theirs."""

from importlib import resources

import pytest

from cedar.access_world import PLACES, A, B, access
from hubposture.access.actions import ABOUT, Action, Kind
from hubposture.access.people import ROLES, People, Person
from hubposture.access.schema import schema
from hubposture.access.things import Account, ControlAt, Subject, Thing, Unit
from hubposture.cedar.check import read_rules
from hubposture.verbs.access_check import check_access

TEXT = resources.files("hubposture.baseline").joinpath("templates", "access.cedar").read_text(encoding="utf-8")
RULES = access(TEXT)
V, E, RW, AW, XW, S, P, AP, T, C, AD = (
    Action.VIEW, Action.EXPORT, Action.REQUEST_WAIVER, Action.APPROVE_WAIVER, Action.REVOKE_WAIVER, Action.SUPPRESS,
    Action.PROPOSE_CONTROL_CHANGE, Action.APPLY_CONTROLS, Action.MANAGE_TICKETS, Action.MANAGE_CONNECTORS,
    Action.ADMINISTER,
)  # fmt: skip
ALL = frozenset(Action)
WORK = frozenset({V, E, RW, P, T})
EXPECTED: dict[str, tuple[frozenset[Action], frozenset[Action]]] = {
    # Inside of what is theirs, and outside; of something LOW, asked for by somebody else.
    "reader": (frozenset({V}), frozenset({V})),
    "account-owner": (WORK, frozenset()),
    "analyst": (WORK | {S}, WORK | {S}),
    "ou-administrator": (WORK | {AW, XW, S, AP}, frozenset()),
    "risk-approver": (frozenset({V, E, AW, XW}), frozenset({V, E, AW, XW})),
    "administrator": (ALL, ALL),
    "": (frozenset(), frozenset()),
}


def person(role: str) -> Person:
    """Somebody with the role, and with Sandbox and account A of theirs."""
    theirs = {"ou-administrator": ["/Sandbox"], "account-owner": [A]}
    return People({"kim": [role] if role else []}, places={"kim": theirs.get(role, ["/Sandbox", A])}).named("kim")


def things(account: str, unit: str, severity: str = "LOW") -> dict[Kind, Thing]:
    """One of each kind in a place."""
    return {
        Kind.SUBJECT: Subject(
            "s" * 32, account, control="s3.8", severity=severity, resource="r", resource_type="AwsS3Bucket"
        ),
        Kind.ACCOUNT: Account(account),
        Kind.CONTROL: ControlAt("s3.8", severity, Account(account)),
        Kind.UNIT: Unit(unit),
    }


@pytest.mark.parametrize("role", EXPECTED)
@pytest.mark.parametrize("is_inside", [True, False])
def test_each_role_may_do_what_it_is_for_and_nothing_else(role: str, is_inside: bool) -> None:
    there = things(A, "/Sandbox") if is_inside else things(B, "/Work")
    expected = EXPECTED[role][0 if is_inside else 1]
    for action in Action:
        for kind in ABOUT[action].kinds:
            found = RULES.allowed(person(role), action, there[kind], requested_by="lee").is_allowed
            wanted = action in expected
            if role == "account-owner" and kind is Kind.UNIT:
                wanted = False  # an account is theirs, not the OU around it
            assert found == wanted, (role, action, kind)


@pytest.mark.parametrize("role", [*ROLES, ""])
@pytest.mark.parametrize("severity", ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"])
def test_severe_waivers_are_approved_by_risk_approvers_alone_and_never_by_who_asked(role: str, severity: str) -> None:
    subject = things(A, "/Sandbox", severity)[Kind.SUBJECT]
    found = RULES.allowed(person(role), AW, subject, requested_by="lee")
    is_severe = severity in ("HIGH", "CRITICAL")
    may = {"risk-approver"} if is_severe else {"risk-approver", "ou-administrator", "administrator"}
    assert found.is_allowed == (role in may)
    asked = RULES.allowed(person(role), AW, subject, requested_by=" KIM ")
    assert not asked.is_allowed
    assert "requester-never-approves" in {rule.id for rule in asked.rules}


def test_an_administrator_who_approves_severe_waivers_must_be_a_risk_approver_too() -> None:
    both = People({"kim": ["administrator", "risk-approver"]}).named("kim")
    assert RULES.allowed(both, AW, things(A, "/Sandbox", "CRITICAL")[Kind.SUBJECT], requested_by="lee").is_allowed


def test_a_team_works_on_what_it_owns_in_any_account() -> None:
    web = People({"kim": ["account-owner", "team-web"]}).named("kim")
    own = Subject("s" * 32, B, control="s3.8", severity="LOW", owner="team-web")
    others = Subject("t" * 32, B, control="s3.8", severity="LOW", owner="team-data")
    assert RULES.allowed(web, RW, own).is_allowed
    assert not RULES.allowed(web, RW, others).is_allowed
    assert RULES.allowed(web, V, Account(A)).is_allowed  # team-web owns it
    assert not RULES.allowed(web, V, Account(B)).is_allowed  # Team-Web is another name


def test_nothing_is_wrong_with_the_shipped_rules() -> None:
    found = read_rules(TEXT, "access.cedar")
    assert check_access(found, people=People(), places=PLACES) == ()
    assert all(one.rule.id and one.rule.reason for one in found.rules)
    assert {role for role in ROLES if f'Group::"{role}"' in TEXT} == set(ROLES)


def test_the_schema_that_is_checked_in_is_the_one_that_is_made() -> None:
    stored = resources.files("hubposture.access").joinpath("schema.cedarschema").read_text(encoding="utf-8")
    assert stored == schema()
