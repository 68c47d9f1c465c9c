"""Findings with several resources: two subjects, one will."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.findings.finding import subject_key
from hubposture.waivers.agree import agreed
from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Decision, Memory, Verb
from hubposture.waivers.rule import Case
from waivers.decide_world import (
    ACCOUNT,
    AROUND,
    CONTROL,
    COVERED,
    COVERS,
    ENDED,
    HOUR,
    NOW,
    REGION,
    applied,
    case,
    finding,
    known,
    ours,
    remembered,
)

W2 = COVERED._replace(waiver="W-2")


def subject(name: str, one: Case) -> Case:
    resource = f"arn:aws:s3:::{name}"
    return replace(one, subject=subject_key(ACCOUNT, REGION, CONTROL, resource), resource=resource)


def run(cases: list[Case], memory: Memory) -> tuple[tuple[Decision, ...], list[Case], Memory]:
    """Decide on all, agree, write, see."""
    made = agreed(cases, [decide(one, memory, AROUND) for one in cases])
    after = cases
    for decision in made:
        after = [applied(one, decision, NOW) for one in after]
    for one, decision in zip(cases, made, strict=True):
        memory = remembered(one, decision, memory, AROUND)
    return made, after, memory


def test_findings_of_one_subject_each_need_no_agreement() -> None:
    cases = [subject("a", case(finding(1), cover=COVERED)), subject("b", case(finding(2), cover=W2))]
    made = [decide(one, Memory(), AROUND) for one in cases]

    assert agreed(cases, made) == tuple(made)


def test_of_two_waivers_the_smaller_ones_mark_is_put_on_the_finding_and_stays() -> None:
    cases = [subject("a", case(finding(), cover=W2)), subject("b", case(finding(), cover=COVERED))]

    made, after, memory = run(cases, Memory())

    assert [one.verb for one in made] == [Verb.SUPPRESS, Verb.SUPPRESS]
    assert made[0].updates == made[1].updates
    assert dict(made[0].updates[0].fields)["hubposture/waiver"] == "W-1"
    again, _, _ = run(after, memory)
    assert [(one.verb, one.updates) for one in again] == [(Verb.KEEP, ()), (Verb.KEEP, ())]
    assert again[0].reason == "W-2 covers it too; its finding is marked for another of the resources in it"


def test_a_subjects_other_findings_are_written_all_the_same() -> None:
    both = [subject("a", case(ours(1), finding(2), cover=W2)), subject("b", case(ours(1), cover=COVERED))]

    (first, second), _, _ = run(both, known(ours(1)))

    assert [id_ for update in first.updates for _, id_ in update.ids] == [finding(2).id]
    assert (first.verb, second.verb) == (Verb.SUPPRESS, Verb.KEEP)


def test_of_two_reasons_to_open_a_finding_one_is_written() -> None:
    shared = ours(is_shared=True)
    cases = [subject("a", case(shared, cover=COVERED)), subject("b", case(shared, cover=ENDED))]

    made, after, memory = run(cases, known(shared))

    assert [one.verb for one in made] == [Verb.RELEASE, Verb.RELEASE]
    first = min(cases, key=lambda one: one.subject)
    assert made[0].updates == made[1].updates == decide(first, known(shared), AROUND).updates
    again, _, _ = run(after, memory)
    assert [one.updates for one in again] == [(), ()]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(COVERS, min_size=2, max_size=4),
    st.sampled_from([finding(), ours(), finding(workflow="RESOLVED"), finding(workflow="SUPPRESSED")]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_whatever_covers_the_subjects_of_a_finding_one_thing_is_written_and_nothing_the_next_time(
    covers: list[object], one: object, is_known: bool, shuffle: object
) -> None:
    made_of = [subject(str(at), case(one, cover=cover)) for at, cover in enumerate(covers)]  # type: ignore[arg-type]
    uncovered = [not _suppresses(each) for each in made_of]
    cases = [
        replace(each, findings=(each.findings[0]._replace(is_shared=any(uncovered[:at] + uncovered[at + 1 :])),))
        for at, each in enumerate(made_of)
    ]
    shuffle.shuffle(cases)  # type: ignore[attr-defined]
    memory = replace(known(ours()) if is_known else Memory(), resolved_since={ours().finding: NOW - 30 * HOUR})

    made, after, memory = run(cases, memory)

    assert len({update for decision in made for update in decision.updates}) <= 1
    again, _, _ = run(after, memory)
    assert all(decision.updates == () for decision in again)


def _suppresses(one: Case) -> bool:
    return one.cover is not None and one.cover.fit == "covers" and one.cover.effect == "suppress"


@pytest.mark.parametrize("turned", [False, True])
def test_a_subject_that_is_left_has_no_say(turned: bool) -> None:
    """One of its other findings carries another instance's mark; the subject of the other waiver is suppressed."""
    foreign = finding(2, user_fields='{"hubposture/instance":"emea","hubposture/waiver":"W-7"}')
    cases = [subject("a", case(finding(1), foreign, cover=COVERED)), subject("b", case(finding(1), cover=W2))]

    made, _, _ = run(cases[::-1] if turned else cases, Memory())

    left, written = made[::-1] if turned else made
    assert (left.verb, written.verb) == (Verb.LEAVE, Verb.SUPPRESS)
    assert dict(written.updates[0].fields)["hubposture/waiver"] == "W-2"
