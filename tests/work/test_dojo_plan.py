import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dojo_world import EAST, NOW, WEST, A, B, World, direct, passed, subject, unknown, waived
from hubposture.sandbox.remote.defectdojo_world import Finding
from hubposture.work.dojo import Current, Do, DojoAcceptance, DojoFinding, DojoTest, Field, Place
from hubposture.work.dojo_desired import Layout, desired
from hubposture.work.dojo_plan import CloseGuard, held_uploads, plan_dojo
from hubposture.work.subject import Standing, Subject

PLACE = Place(f"AWS {A}", A, WEST)


def there(one: Subject, number: int = 1, **changes: Any) -> DojoFinding:
    """The finding of a subject as a sync leaves it."""
    wanted = desired([replace(one, standing=Standing.FAILING)], Layout()).findings[one.subject]
    values: dict[str, Any] = {
        "is_active": True,
        "is_mitigated": False,
        "date": wanted.date,
        "sla_start": wanted.date,
        "planned": wanted.planned,
        "component": wanted.component,
        "tags": wanted.tags,
        **changes,
    }
    return DojoFinding(number, one.subject, "High", **values)


def has(*findings: DojoFinding, acceptances: tuple[DojoAcceptance, ...] = ()) -> Current:
    return Current({PLACE: DojoTest(PLACE, 5, 4, findings)}, acceptances, product_types={PLACE.product: "Old type"})


def test_nothing_is_done_where_all_is_as_it_should_be() -> None:
    closed = there(passed("b2"), 2, is_active=False, is_mitigated=True)
    assert plan_dojo(has(there(subject("b1")), closed), desired([subject("b1"), passed("b2")], Layout())).is_empty


def test_an_upload_says_what_it_makes_opens_and_closes() -> None:
    current = has(
        there(subject("b1")), there(subject("b2"), 2, is_active=False, is_mitigated=True), there(passed("b3"), 3)
    )
    plan = plan_dojo(current, desired([subject("b1"), subject("b2"), passed("b3"), subject("b4")], Layout()))
    (one,) = plan.uploads
    assert (one.creates, one.reopens, one.closes, one.active) == (1, 1, 1, 2)
    assert (one.test, one.product_type) == (5, "Old type")
    assert [each.subject.resource[-2:] for each in one.wanted] != []


def test_what_is_unknown_or_not_told_of_is_sent_again_and_closes_nothing() -> None:
    current = has(there(subject("b1")), there(subject("b2"), 2), there(subject("b3"), 3))
    plan = plan_dojo(current, desired([passed("b1"), unknown("b2")], Layout()))
    (one,) = plan.uploads
    assert one.closes == 1
    assert {each.id for each in one.kept} == {2, 3}
    assert plan_dojo(current, desired([unknown("b1")], Layout())).is_empty


def test_an_unknown_one_that_is_closed_there_is_not_opened_by_sending_it() -> None:
    current = has(there(subject("b1")), there(subject("b2"), 2, is_active=False, is_mitigated=True))
    (one,) = plan_dojo(current, desired([passed("b1"), unknown("b2")], Layout())).uploads
    assert one.kept == ()


def test_nothing_is_done_where_it_could_not_be_read() -> None:
    current = replace(Current(), unread={PLACE: "HTTP 503"})
    assert plan_dojo(current, desired([subject("b1"), waived("b2")], Layout())).is_empty


def test_a_finding_is_brought_in_line_field_by_field_and_tags_of_people_stay() -> None:
    one = there(subject("b1"), tags=("hub-owner:old", "mine"), component="AwsS3Bucket", sla_start=None)
    (patch,) = plan_dojo(has(replace(one, severity="Low")), desired([subject("b1")], Layout())).patches
    assert patch.fields == {
        Field.SEVERITY: "High",
        Field.SLA_START: "2026-11-03",
        Field.COMPONENT: "arn:aws:s3:::b1",
        Field.TAGS: (f"hub-account:{A}", "hub-control:s3.8", "hub-owner:web", "mine"),
    }
    assert patch.before[Field.SEVERITY] == "Low"


def test_what_people_set_aside_stays_set_aside() -> None:
    for name in ("is_false_positive", "is_out_of_scope", "is_duplicate"):
        one = there(subject("b1"), is_active=False, **{name: True})
        assert plan_dojo(has(one), desired([subject("b1")], Layout())).is_empty
        assert plan_dojo(has(replace(one, is_mitigated=True)), desired([subject("b1")], Layout())).is_empty


def test_a_subject_of_another_team_closes_here_and_is_made_there() -> None:
    plan = plan_dojo(has(there(subject("b1"))), desired([subject("b1")], Layout(products={"web": "Web"})))
    assert [(one.place.product, one.creates, one.closes) for one in plan.uploads] == [(f"AWS {A}", 0, 1), ("Web", 1, 0)]


def test_of_two_findings_for_one_subject_the_older_stays() -> None:
    plan = plan_dojo(has(there(subject("b1")), there(subject("b1"), 2)), desired([subject("b1")], Layout()))
    assert [(one.closes, len(one.wanted)) for one in plan.uploads] == [(1, 1)]
    rest = plan_dojo(
        has(there(subject("b1")), there(subject("b1"), 2)), desired([subject("b1")], Layout()), uploaded=[PLACE]
    )
    assert [(one.id, one.fields) for one in rest.patches] == [(2, {Field.ACTIVE: False, Field.MITIGATED: True})]


def test_what_was_uploaded_and_is_not_there_is_missing() -> None:
    plan = plan_dojo(has(), desired([subject("b1")], Layout()), uploaded=[PLACE])
    assert plan.missing == ((PLACE, subject("b1").subject),)
    assert plan.uploads == ()


def ra(number: int, *findings: int, **changes: Any) -> DojoAcceptance:
    (wanted,) = desired([waived("b1")], Layout()).acceptances.values()
    values: dict[str, Any] = {"is_ours": True, "expires": wanted.expires, **changes}
    return DojoAcceptance(number, "W-2026-014", PLACE.product, findings, **values)


def accepted(one: Subject, number: int) -> DojoFinding:
    return there(one, number, is_active=False, is_accepted=True)


def test_an_acceptance_gets_its_whole_list_when_one_more_is_waived() -> None:
    current = has(accepted(waived("b1"), 1), there(waived("b2"), 2), acceptances=(ra(9, 1),))
    plan = plan_dojo(current, desired([waived("b1"), waived("b2")], Layout()))
    assert plan.lifts == ()
    assert [(one.do, one.id, one.findings) for one in plan.acceptances] == [(Do.UPDATE, 9, (1, 2))]


def test_what_passes_leaves_its_acceptance_before_it_is_closed() -> None:
    current = has(accepted(waived("b1"), 1), accepted(waived("b2"), 2), acceptances=(ra(9, 1, 2),))
    plan = plan_dojo(current, desired([waived("b1"), passed("b2")], Layout()))
    assert [(one.do, one.findings) for one in plan.lifts] == [(Do.UPDATE, (1,))]
    assert [one.closes for one in plan.uploads] == [1]
    assert plan.acceptances == ()


def test_an_acceptance_whose_waiver_holds_for_nothing_is_deleted() -> None:
    current = has(accepted(subject("b1"), 1), acceptances=(ra(9, 1),))
    assert [one.do for one in plan_dojo(current, desired([subject("b1")], Layout())).lifts] == [Do.DELETE]


def test_an_acceptance_of_what_is_unknown_stays_as_it_is() -> None:
    current = has(accepted(waived("b1"), 1), accepted(waived("b2"), 2), acceptances=(ra(9, 1, 2, 77),))
    assert plan_dojo(current, desired([unknown("b1")], Layout())).is_empty
    plan = plan_dojo(current, desired([unknown("b1"), subject("b2")], Layout()))
    assert [(one.do, one.findings) for one in plan.lifts] == [(Do.UPDATE, (1, 77))]


def test_an_acceptance_of_people_is_never_touched() -> None:
    current = has(accepted(subject("b1"), 1), acceptances=(ra(9, 1, is_ours=False),))
    assert plan_dojo(current, desired([subject("b1")], Layout())).is_empty


def test_where_one_has_ended_and_the_waiver_holds_another_is_made() -> None:
    current = has(there(waived("b1"), 1), acceptances=(ra(9, 1, is_expired=True),))
    assert [(one.do, one.findings) for one in plan_dojo(current, desired([waived("b1")], Layout())).acceptances] == [
        (Do.CREATE, (1,))
    ]


def test_the_guard_holds_an_upload_that_closes_too_large_a_share() -> None:
    current = has(*(there(subject(f"b{number}"), number) for number in range(1, 11)))
    plan = plan_dojo(current, desired([passed(f"b{number}") for number in range(1, 7)], Layout()))
    (held,) = held_uploads(plan, CloseGuard(share=0.5, share_from=5))
    assert (held.closes, held.active, held.place) == (6, 10, PLACE)
    assert held_uploads(plan, CloseGuard(share=0.5, share_from=7)) == ()
    assert held_uploads(plan, CloseGuard(share=0.5, share_from=5), allowed=[PLACE]) == ()


def test_a_frozen_place_keeps_its_findings_and_their_acceptances() -> None:
    current = has(accepted(waived("b1"), 1), there(subject("b2"), 2), acceptances=(ra(9, 1),))
    assert plan_dojo(current, desired([passed("b1"), passed("b2")], Layout()), frozen=[PLACE]).is_empty


# Whatever the world does, two syncs bring it in line and a third does nothing.

STATES = st.sampled_from(["failing", "passed", "waived", "waived otherwise", "unknown", "absent", "observed", "gone"])
NAMES = [f"b{number}" for number in range(4)]
CLICKS = st.sampled_from(["close", "false", "accept", "severity", "inactive", "expire", "tag", "drop"])


def made(name: str, state: str, where: tuple[str, str]) -> Subject | None:
    at: dict[str, Any] = {"account": where[0], "region": where[1]}
    kinds: dict[str, Callable[[], Subject]] = {
        "failing": lambda: subject(name, **at),
        "passed": lambda: passed(name, **at),
        "waived": lambda: waived(name, **at),
        "waived otherwise": lambda: waived(name, waiver="W-2", **at),
        "unknown": lambda: unknown(name, **at),
        "observed": lambda: subject(name, is_observed=True, **at),
        "gone": lambda: subject(name, standing=Standing.GONE, **at),
    }
    return kinds[state]() if state in kinds else None


def click(world: World, kind: str, number: int) -> None:
    """A person does something to a finding."""
    findings = list(world.dojo.world.findings.values())
    if not findings:
        return
    one = findings[number % len(findings)]
    kinds: dict[str, Callable[[], object]] = {
        "close": lambda: world.dojo.close_by_hand(one.id),
        "false": lambda: world.dojo.call_false(one.id),
        "accept": lambda: None if one.risk_accepted else world.dojo.accept("by hand", one.id),
        "severity": lambda: world.dojo.change(one.id, severity="Low"),
        "inactive": lambda: None if one.risk_accepted else world.dojo.change(one.id, active=False),
        "tag": lambda: world.dojo.change(one.id, tags=[*one.tags, "mine"]),
        "expire": lambda: end_acceptances(world),
        "drop": lambda: drop_acceptances(world),
    }
    kinds[kind]()


def end_acceptances(world: World) -> None:
    for one in world.dojo.world.acceptances.values():
        one.expires = world.dojo.world.now
    world.dojo.expire()


def drop_acceptances(world: World) -> None:
    """They are gone, and what they accepted still says that it is."""
    world.dojo.world.acceptances.clear()
    for engagement in world.dojo.world.engagements.values():
        engagement.acceptances.clear()


ROUND = st.tuples(
    st.lists(st.tuples(st.sampled_from(NAMES), STATES), max_size=6, unique_by=lambda one: one[0]),
    st.lists(st.tuples(CLICKS, st.integers(0, 9)), max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(rounds=st.lists(ROUND, min_size=1, max_size=4), seed=st.integers(0, 99))
def test_syncing_converges_and_never_closes_what_is_unknown(rounds: list[Any], seed: int) -> None:
    world, _ = direct()
    places = [(A, WEST), (A, EAST), (B, WEST)]
    for states, clicks in rounds:
        for kind, number in clicks:
            click(world, kind, number)
        subjects = [
            one
            for name, state in states
            if (one := made(name, state, places[NAMES.index(name) % len(places)])) is not None
        ]
        known = {one.subject for one in subjects if one.standing is not Standing.UNKNOWN and not one.is_observed}
        before = {
            one.id: stood(one)
            for one in world.dojo.world.findings.values()
            if one.unique_id.partition("/")[2] not in known
        }
        random.Random(seed).shuffle(subjects)
        first = world.sync(*subjects)
        assert not first.failures
        assert not first.missing
        world.sync(*subjects)
        world.writes()
        third = world.sync(*subjects)
        assert world.writes() == []
        assert third.is_whole
        check(world, subjects)
        for number, as_before in before.items():
            assert stood(world.dojo.world.findings[number]) == as_before


def stood(one: Finding) -> tuple[object, ...]:
    return one.active, one.is_mitigated, one.risk_accepted, one.severity, tuple(one.tags)


def check(world: World, subjects: list[Subject]) -> None:
    """Every subject's finding stands as the check says, unless people set it aside or accepted it themselves."""
    mine = {name for one in world.dojo.world.acceptances.values() if one.name != "by hand" for name in one.findings}
    for one in subjects:
        found = world.all_of(one)
        if one.is_observed or one.standing is Standing.UNKNOWN:
            continue
        assert len(found) == (1 if one.standing in (Standing.FAILING, Standing.WAIVED) else len(found))
        for finding in found:
            if finding.false_p or (finding.risk_accepted and finding.id not in mine):
                continue
            match one.standing:
                case Standing.FAILING:
                    assert (finding.active, finding.is_mitigated, finding.risk_accepted) == (True, False, False)
                case Standing.WAIVED:
                    assert (finding.active, finding.is_mitigated, finding.risk_accepted) == (False, False, True)
                case _:
                    assert (finding.active, finding.is_mitigated) == (False, True)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), STATES), max_size=6, unique_by=lambda one: one[0]), st.integers(0, 99)
)
def test_a_plan_is_the_same_in_any_order(states: list[tuple[str, str]], seed: int) -> None:
    subjects = [one for name, state in states if (one := made(name, state, (A, WEST))) is not None]
    other = list(subjects)
    random.Random(seed).shuffle(other)
    current = has(*(there(subject(name), number) for number, name in enumerate(NAMES, 1)))
    assert plan_dojo(current, desired(subjects, Layout())) == plan_dojo(current, desired(other, Layout()))
    assert NOW.tzinfo is None
