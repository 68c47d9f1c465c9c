"""What one may see is a filter, and it chooses exactly what deciding one by one allows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings

from cedar.access_world import PLACES, SEVERITIES, A, access, chosen_by, people, rule_texts, subjects
from hubposture.access.actions import Action
from hubposture.access.decision import CannotCompile
from hubposture.access.people import ROLES, Person
from hubposture.access.residual import NOTHING
from hubposture.access.things import Subject
from hubposture.errors import InputErrors
from hubposture.filters import EVERYTHING, to_text

KIM = Person("kim@example.com", ("analyst",))


@settings(max_examples=250, deadline=None)
@given(rule_texts, people, subjects())
def test_the_filter_chooses_exactly_the_subjects_that_are_allowed(
    text: str, person: Person, among: list[Subject]
) -> None:
    rules = access(text)
    for action in (Action.SUPPRESS, Action.VIEW):
        decided = rules.all_allowed(person, action, among)
        expected = {one.id for one, found in zip(among, decided, strict=True) if found.is_allowed}
        assert chosen_by(rules.visible(person, action), among) == expected
        assert [found.is_allowed for found in decided] == [
            rules.allowed(person, action, one).is_allowed for one in among
        ]


@settings(max_examples=60, deadline=None)
@given(rule_texts, people, subjects())
def test_an_explanation_agrees_with_the_decision_and_names_every_rule_that_spoke(
    text: str, person: Person, among: list[Subject]
) -> None:
    rules = access(text)
    found = rules.explained(person, Action.SUPPRESS, among[0])
    assert found.decision == rules.allowed(person, Action.SUPPRESS, among[0])
    assert found.decision.is_allowed == (bool(found.permits) and not found.forbids)
    assert found.decision.rules == (found.forbids or found.permits)
    assert not {one.rule for one in found.elsewhere} & set(found.permits)


def test_without_a_permit_nothing_is_visible_and_without_conditions_everything_is() -> None:
    assert access("").visible(KIM, Action.VIEW) == NOTHING
    assert access("permit(principal, action, resource);").visible(KIM, Action.VIEW) == EVERYTHING
    both = "permit(principal, action, resource); forbid(principal, action, resource);"
    assert access(both).visible(KIM, Action.VIEW) == NOTHING


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("resource.owner == resource.accountOwner", "resource.owner == resource.accountOwner"),
        ('{a: resource.owner}.a == "x"', ".a"),
        ("resource in [principal.units].contains(principal.units) || true", ""),
    ],
)
def test_what_no_filter_can_say_is_an_error_that_names_rule_and_condition(condition: str, named: str) -> None:
    text = f'@id("odd")\npermit(principal, action == Action::"suppress", resource) when {{ {condition} }};'
    if not named:
        with pytest.raises(InputErrors):
            access(text)
        return
    rules = access(text)
    with pytest.raises(CannotCompile) as caught:
        rules.visible(KIM, Action.SUPPRESS)
    assert "access.cedar:1:1: odd" in str(caught.value)
    assert named in caught.value.condition


def test_a_side_that_decides_spares_the_other_one_as_in_cedar() -> None:
    odd = "resource.owner == resource.accountOwner"
    text = f'permit(principal, action == Action::"suppress", resource) when {{ resource is Subject || {odd} }};'
    assert access(text).visible(KIM, Action.SUPPRESS) == EVERYTHING


def test_somebody_whose_name_holds_control_signs_sees_nothing() -> None:
    rules = access("permit(principal, action, resource);")
    for name in ("a\nb", "a\x00", "\x1b[31m"):
        with pytest.raises(InputErrors):
            rules.visible(Person(name), Action.VIEW)


def test_a_name_with_any_other_signs_is_taken_or_sees_nothing() -> None:
    rules = access('permit(principal == User::"kim", action, resource);')
    for name in ('kim" || true', "kim\\", "kim'", "\u202e", "e\u0301", "😀", " kim"):
        try:
            found = rules.visible(Person(name), Action.VIEW)
        except InputErrors:
            continue
        assert found == NOTHING


def test_what_one_may_approve_depends_on_who_asked() -> None:
    rules = access(
        'permit(principal in Group::"analyst", action == Action::"approve-waiver", resource in Unit::"/Work");\n'
        'forbid(principal, action == Action::"approve-waiver", resource) when { context.requestedBy == principal.address };'
    )
    assert to_text(rules.visible(KIM, Action.APPROVE_WAIVER, requested_by="lee")) == "ou==/Work"
    assert rules.visible(KIM, Action.APPROVE_WAIVER, requested_by=" KIM@example.com") == NOTHING


def test_many_people_in_many_threads_get_their_own_answers() -> None:
    rules = access('permit(principal, action == Action::"view", resource) when { principal.address like "*7" };')
    subject = Subject("s" * 32, A)

    def asked(number: int) -> bool:
        person = Person(f"p{number % 600}")
        return rules.allowed(person, Action.VIEW, subject).is_allowed == (number % 10 == 7)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(asked, range(2_000)))


def test_an_action_that_is_not_for_subjects_makes_no_filter() -> None:
    with pytest.raises(ValueError, match="administer"):
        access("").visible(KIM, Action.ADMINISTER)


def test_the_example_of_the_sandbox_reads_as_it_was_said() -> None:
    rules = access(
        '@id("sandbox") @reason("analysts suppress in Sandbox, S3 buckets excepted")\n'
        'permit(principal in Group::"analyst", action == Action::"suppress", resource is Subject in Unit::"/Sandbox")\n'
        'unless { resource.resourceType == "AwsS3Bucket" };'
    )
    assert to_text(rules.visible(KIM, Action.SUPPRESS)) == "ou==/Sandbox NOT type==AwsS3Bucket"
    instance = Subject("i" * 32, A, severity=SEVERITIES[1], resource_type="AwsEc2Instance", control="ec2.2")
    bucket = Subject("b" * 32, A, severity=SEVERITIES[1], resource_type="AwsS3Bucket", control="s3.8")
    assert rules.allowed(KIM, Action.SUPPRESS, instance).is_allowed
    refused = rules.explained(KIM, Action.SUPPRESS, bucket)
    assert not refused.decision.is_allowed
    assert [(one.rule.id, one.only) for one in refused.elsewhere] == [("sandbox", "ou==/Sandbox NOT type==AwsS3Bucket")]
    assert PLACES.owner_of(A)
    assert "analyst" in ROLES
