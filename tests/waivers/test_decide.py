"""Every row of the table in `waivers.decide`, and what holds whatever stands there."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Circumstances, Decision, ForeignRule, Memory, PersonsNote, Verb
from hubposture.waivers.note import author_of, read_note, waived_note
from hubposture.waivers.rule import Case, Cover, FindingFacts
from hubposture.waivers.shorten import one_line
from hubposture.waivers.stamp import INSTANCE, RELEASED, UNTIL, WAIVER, read_fields, stamp_of
from waivers.decide_world import (
    AROUND,
    BARRED,
    COVERED,
    DAY,
    ENDED,
    HOUR,
    NOW,
    OURS,
    PAST,
    REGION,
    SENTENCE,
    SURPLUS,
    UNTIL_AT,
    VISIBLE,
    applied,
    case,
    cases,
    fields,
    finding,
    known,
    mark,
    memories,
    ours,
    remembered,
    wanted,
)

many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOTHING = Memory()
SAME = ours()
RULE = ForeignRule(
    arn="arn:aws:securityhub:eu-central-1:999999999999:automation-rule/1",
    name="quiet buckets",
    region=REGION,
    order=1,
    status="SUPPRESSED",
    criteria={"ResourceType": [{"Value": "AwsS3Bucket", "Comparison": "EQUALS"}]},
)
AGAIN = "the automation rule 'quiet buckets' may set SUPPRESSED again at the next check"
RULED = replace(AROUND, rules=(RULE,))
LIFTING = replace(AROUND, release_unapproved=True)
BY_HAND = finding(workflow="SUPPRESSED", note="ok for now", note_by="kim@example.com")
CLOSED = finding(workflow="RESOLVED", updated_at=NOW - 5 * HOUR)
FULL = {f"field{at}": "x" for at in range(49)}


def since(hours: int) -> Memory:
    return Memory(resolved_since={CLOSED.finding: NOW - hours * HOUR})


ROWS: Sequence[tuple[str, Case, Memory, Circumstances, Verb, str]] = [
    ("the control is off", case(finding(), cover=COVERED, presence="off"), NOTHING, AROUND, Verb.LEAVE,
     "the control is off there"),
    ("lost sight", case(ours(), presence="lost"), known(SAME), AROUND, Verb.LEAVE, "we lost sight of it"),
    ("gone", case(ours(), presence="gone"), known(SAME), AROUND, Verb.LEAVE, "it is gone"),
    ("a word for presence that nobody knows", case(ours(), presence="dreaming"), known(SAME), AROUND, Verb.LEAVE,
     "its presence is 'dreaming'"),
    ("unsure counts as present", case(finding(), cover=COVERED, presence="unsure"), NOTHING, AROUND, Verb.SUPPRESS,
     "W-1 covers it until 2027-05-01"),
    ("another instance's mark", case(ours(user_fields=fields(OURS, {INSTANCE: "emea"})), cover=COVERED), known(SAME),
     AROUND, Verb.LEAVE, "marked by another instance: emea"),
    ("another instance's mark on one of two", case(finding(1), ours(2, user_fields=fields({INSTANCE: "emea"})),
     cover=COVERED), NOTHING, AROUND, Verb.LEAVE, "marked by another instance: emea"),
    ("another instance's note, and no room for its mark", case(ours(note_by=author_of("emea"), user_fields=fields(FULL))),
     known(SAME), AROUND, Verb.LEAVE, "marked by another instance: emea"),
    ("another instance's mark under a person's note",
     case(finding(note="mine", note_by="kim", user_fields=fields(OURS, {INSTANCE: "emea"})), cover=COVERED), NOTHING,
     AROUND, Verb.LEAVE, "marked by another instance: emea"),
    ("no ACTIVE finding", case(cover=COVERED), NOTHING, AROUND, Verb.LEAVE, "it has no ACTIVE finding"),
    ("passes, uncovered", case(finding(compliance="PASSED", workflow="RESOLVED")), NOTHING, AROUND, Verb.LEAVE,
     "it passes"),
    ("passes, covered", case(ours(compliance="PASSED"), cover=COVERED), known(SAME), AROUND, Verb.LEAVE,
     "it passes; W-1 covers it"),
    ("passes, ours, uncovered", case(ours(compliance="PASSED")), known(SAME), AROUND, Verb.LEAVE,
     "it passes; it will be released if it fails"),
    ("passes, ours, accepted visibly", case(ours(compliance="PASSED"), cover=VISIBLE), known(SAME), AROUND, Verb.LEAVE,
     "it passes; it will be released if it fails"),
    ("covered, NEW", case(finding(), cover=COVERED), NOTHING, AROUND, Verb.SUPPRESS, "W-1 covers it until 2027-05-01"),
    ("covered, NOTIFIED, WARNING", case(finding(workflow="NOTIFIED", compliance="WARNING"), cover=COVERED), NOTHING,
     AROUND, Verb.SUPPRESS, "W-1 covers it until 2027-05-01"),
    ("covered, RESOLVED", case(CLOSED, cover=COVERED), NOTHING, AROUND, Verb.SUPPRESS,
     "W-1 covers it until 2027-05-01; it is RESOLVED, though its check fails"),
    ("covered, as we want it", case(SAME, cover=COVERED), known(SAME), AROUND, Verb.KEEP,
     "suppressed under W-1 until 2027-05-01"),
    ("covered, ours, somebody added a field", case(ours(user_fields=fields(OURS, {"team": "web"})), cover=COVERED),
     known(SAME), AROUND, Verb.KEEP, "suppressed under W-1 until 2027-05-01"),
    ("covered by another waiver than before", case(SAME, cover=COVERED._replace(waiver="W-2")), known(SAME), AROUND,
     Verb.RE_NOTE, "suppressed under W-1, now under W-2"),
    ("covered, extended", case(SAME, cover=COVERED._replace(until=UNTIL_AT + 24 * HOUR)), known(SAME), AROUND,
     Verb.RE_NOTE, "W-1 now holds until 2027-05-02"),
    ("covered, a person wrote over the note", case(ours(note="mine", note_by="kim"), cover=COVERED), known(SAME), AROUND,
     Verb.RE_NOTE, "somebody wrote over the note; W-1 covers it until 2027-05-01"),
    ("covered, a person took our fields away", case(ours(user_fields=""), cover=COVERED), known(SAME), AROUND,
     Verb.RE_NOTE, "the note or the mark is not what W-1 asks for"),
    ("covered, the waiver's sentence changed", case(SAME, cover=COVERED), known(SAME),
     replace(AROUND, notes={"W-1": "New words"}), Verb.RE_NOTE, "the note or the mark is not what W-1 asks for"),
    ("covered, suppressed by a person", case(BY_HAND, cover=COVERED), NOTHING, AROUND, Verb.ADOPT,
     "somebody suppressed it; W-1 covers it"),
    ("covered, our mark, ledger lost", case(SAME, cover=COVERED), NOTHING, AROUND, Verb.ADOPT,
     "it carries our mark, and the ledger does not know it; W-1 covers it"),
    ("covered, suppressed by a person after our release",
     case(ours(user_fields=fields(OURS, {WAIVER: RELEASED})), cover=COVERED), known(SAME, state="released"), AROUND,
     Verb.ADOPT, "somebody suppressed it; W-1 covers it"),
    ("covered, shared with an uncovered subject", case(finding(is_shared=True), cover=COVERED), NOTHING, AROUND,
     Verb.LEAVE, "W-1 covers it, but its finding speaks of another resource too, which no waiver covers"),
    ("covered, shared, suppressed by a person", case(BY_HAND._replace(is_shared=True), cover=COVERED), NOTHING, AROUND,
     Verb.LEAVE, "W-1 covers it, but its finding speaks of another resource too, which no waiver covers"),
    ("covered, shared, ours", case(ours(is_shared=True), cover=COVERED), known(SAME), AROUND, Verb.RELEASE,
     "its finding speaks of another resource too, which no waiver covers"),
    ("visible, NEW", case(finding(), cover=VISIBLE), NOTHING, AROUND, Verb.LEAVE,
     "W-1 accepts it, and it stays visible"),
    ("visible, ours", case(SAME, cover=VISIBLE), known(SAME), AROUND, Verb.RELEASE,
     "W-1 accepts it, and it stays visible"),
    ("visible, suppressed by a person", case(BY_HAND, cover=VISIBLE), NOTHING, AROUND, Verb.LEAVE,
     "W-1 accepts it, and it stays visible; suppressed by somebody else"),
    ("visible, RESOLVED, checked since", case(CLOSED, cover=VISIBLE), since(6), AROUND, Verb.UNRESOLVE,
     "it was RESOLVED, but its check still fails"),
    ("ours, expired", case(SAME, cover=ENDED), known(SAME, until=PAST), AROUND, Verb.RELEASE,
     "W-1 matches it, but does not hold (it expired on 2026-11-23)"),
    ("ours, surplus", case(SAME, cover=SURPLUS), known(SAME), AROUND, Verb.RELEASE,
     "W-1 matches it, but it is not among what was approved"),
    ("ours, barred", case(SAME, cover=BARRED), known(SAME), AROUND, Verb.RELEASE,
     "W-1 matches it, but its row of the matrix allows no such waiver"),
    ("ours, the waiver was taken out", case(SAME), known(SAME), AROUND, Verb.RELEASE, "W-1 does not cover it any more"),
    ("ours, the waiver was taken out after its end", case(SAME), known(SAME, until=PAST), AROUND, Verb.RELEASE,
     "W-1 held until 2026-11-23"),
    ("ours, the release was never carried out", case(SAME), known(SAME, state="released", seen_at=None), AROUND,
     Verb.RELEASE, "W-1 does not cover it any more"),
    ("ours, a rule would suppress it again", case(SAME), known(SAME), RULED, Verb.HELD,
     f"W-1 does not cover it any more; {AGAIN}"),
    ("ours in the ledger, without our mark", case(ours(user_fields="")), known(SAME), AROUND, Verb.UNAPPROVED,
     "suppressed, and no waiver covers it"),
    ("our mark, and a release that was seen", case(SAME), known(SAME, state="released"), AROUND, Verb.UNAPPROVED,
     "suppressed, and no waiver covers it; it carries our mark, and the ledger does not know it"),
    ("our mark, ledger lost, uncovered", case(SAME), NOTHING, AROUND, Verb.UNAPPROVED,
     "suppressed, and no waiver covers it; it carries our mark, and the ledger does not know it"),
    ("suppressed by a person", case(BY_HAND), NOTHING, AROUND, Verb.UNAPPROVED, "suppressed, and no waiver covers it"),
    ("suppressed by a person, surplus", case(BY_HAND, cover=SURPLUS), NOTHING, AROUND, Verb.UNAPPROVED,
     "suppressed; W-1 matches it, but it is not among what was approved"),
    ("suppressed by a person, barred", case(BY_HAND, cover=BARRED), NOTHING, AROUND, Verb.UNAPPROVED,
     "suppressed; W-1 matches it, but its row of the matrix allows no such waiver"),
    ("suppressed by a person, ended", case(BY_HAND, cover=ENDED), NOTHING, AROUND, Verb.UNAPPROVED,
     "suppressed; W-1 matches it, but does not hold (it expired on 2026-11-23)"),
    ("suppressed by a rule", case(BY_HAND), NOTHING, RULED, Verb.UNAPPROVED,
     "suppressed, and no waiver covers it; the automation rule 'quiet buckets' may set it"),
    ("suppressed by a person, lifted by setting", case(BY_HAND), NOTHING, LIFTING, Verb.RELEASE,
     "it was suppressed, and nobody approved that"),
    ("suppressed by a rule, lifted by setting", case(BY_HAND), NOTHING, replace(LIFTING, rules=(RULE,)), Verb.HELD,
     f"it was suppressed, and nobody approved that; {AGAIN}"),
    ("RESOLVED, just seen so", case(CLOSED), since(0), AROUND, Verb.LEAVE,
     "it is RESOLVED, though its check fails; it waits for its next check"),
    ("RESOLVED, never seen so before", case(CLOSED), NOTHING, AROUND, Verb.LEAVE,
     "it is RESOLVED, though its check fails; it waits for its next check"),
    ("RESOLVED, checked since", case(CLOSED), since(6), AROUND, Verb.UNRESOLVE,
     "it was RESOLVED, but its check still fails"),
    ("RESOLVED for 25 hours, the finding's time stands still", case(CLOSED._replace(updated_at=NOW - 50 * HOUR)),
     since(25), AROUND, Verb.UNRESOLVE, "it was RESOLVED, but its check still fails"),
    ("RESOLVED by a rule", case(CLOSED), since(6), replace(AROUND, rules=(replace(RULE, status="RESOLVED"),)), Verb.HELD,
     f"it was RESOLVED, but its check still fails; {AGAIN.replace('SUPPRESSED', 'RESOLVED')}"),
    ("open, surplus", case(finding(), cover=SURPLUS), NOTHING, AROUND, Verb.SURPLUS,
     "W-1 matches it, but it is not among what was approved"),
    ("open, barred", case(finding(), cover=BARRED), NOTHING, AROUND, Verb.LEAVE,
     "it is open; W-1 matches it, but its row of the matrix allows no such waiver"),
    ("open, ended", case(finding(), cover=ENDED), NOTHING, AROUND, Verb.LEAVE,
     "it is open; W-1 matches it, but does not hold (it expired on 2026-11-23)"),
    ("open", case(finding(workflow="NOTIFIED")), NOTHING, AROUND, Verb.LEAVE, "it is open"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "memory", "around", "verb", "reason"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_row_of_the_table(subject: Case, memory: Memory, around: Circumstances, verb: Verb, reason: str) -> None:
    found = decide(subject, memory, around)

    assert (found.verb, found.reason) == (verb, reason)
    assert bool(found.updates) == verb.writes


def test_what_is_written_when_a_covered_finding_is_suppressed() -> None:
    (update,) = decide(case(finding(user_fields=fields({"team": "web"})), cover=COVERED), NOTHING, AROUND).updates

    assert update.workflow == "SUPPRESSED"
    assert update.note == f"Waived by W-1 until 2027-05-01. {SENTENCE}."
    assert update.note_by == "hubposture/acme"
    assert update.fields == ((INSTANCE, "acme"), (UNTIL, "2027-05-01"), (WAIVER, "W-1"), ("team", "web"))


def test_what_is_written_when_ours_is_released() -> None:
    subject = case(ours(user_fields=fields(OURS, {"team": "web"})), cover=ENDED)

    (update,) = decide(subject, known(SAME, until=PAST), AROUND).updates

    assert update.workflow == "NEW"
    assert update.note == "Open again since 2026-11-24: W-1 matches it, but does not hold (it expired on 2026-11-23)."
    assert update.fields == ((INSTANCE, "acme"), (UNTIL, "2026-11-24"), (WAIVER, "released"), ("team", "web"))


def test_the_day_of_a_release_is_the_organizations_day() -> None:
    late = replace(AROUND, now=dt.datetime(2026, 11, 24, 23, 30))

    (update,) = decide(case(SAME), known(SAME), late).updates

    assert update.note.startswith("Open again since 2026-11-25: ")


def test_a_person_who_suppressed_and_is_covered_keeps_their_note_in_ours() -> None:
    (update,) = decide(case(BY_HAND, cover=COVERED), NOTHING, AROUND).updates

    assert update.note.endswith(" || Note by kim@example.com: ok for now")


@pytest.mark.parametrize("rest", [{}, {INSTANCE: "acme"}])
def test_where_the_fields_leave_no_room_the_note_alone_is_the_mark(rest: dict[str, str]) -> None:
    full = finding(user_fields=fields(FULL, rest))
    subject = case(full, cover=COVERED)

    first = decide(subject, NOTHING, AROUND)
    memory = remembered(subject, first, NOTHING, AROUND)
    after = applied(subject, first, NOW)

    assert first.reason.endswith("; other fields leave no room for the mark, so the note alone says it")
    assert dict(first.updates[0].fields) == {**FULL, **rest}
    assert decide(after, memory, AROUND).verb is Verb.KEEP
    assert decide(replace(after, cover=None), memory, AROUND).verb is Verb.RELEASE
    overwritten = after.findings[0]._replace(note="mine now", note_by="kim")
    assert decide(case(overwritten), memory, AROUND).verb is Verb.UNAPPROVED


# Several findings


def test_findings_already_right_are_not_written_again() -> None:
    found = decide(case(ours(1), finding(2), cover=COVERED), known(ours(1)), AROUND)

    assert found.verb is Verb.SUPPRESS
    assert [id_ for update in found.updates for _, id_ in update.ids] == [finding(2).id]


def test_findings_that_get_equal_values_are_one_update() -> None:
    (update,) = decide(case(finding(2), finding(1), cover=COVERED), NOTHING, AROUND).updates

    assert [id_ for _, id_ in update.ids] == [finding(1).id, finding(2).id]


def test_a_passing_finding_beside_a_failing_one_is_not_written() -> None:
    passing = ours(1, compliance="PASSED")
    found = decide(case(passing, ours(2)), known(passing, ours(2)), AROUND)

    assert found.verb is Verb.RELEASE
    assert [id_ for update in found.updates for _, id_ in update.ids] == [ours(2).id]


@pytest.mark.parametrize(
    ("findings", "verb"),
    [
        ((ours(1), finding(2)), Verb.RELEASE),
        ((ours(1), BY_HAND._replace(finding="other", id="other")), Verb.RELEASE),
        ((BY_HAND._replace(finding="other", id="other"), finding(2)), Verb.UNAPPROVED),
    ],
)
def test_the_strongest_finding_names_the_verb(findings: tuple[FindingFacts, ...], verb: Verb) -> None:
    assert decide(case(*findings), known(ours(1)), AROUND).verb is verb
    assert decide(case(*findings[::-1]), known(ours(1)), AROUND).verb is verb


# What was written and is not seen


def _written(subject: Case, memory: Memory, minutes: int) -> tuple[Decision, Memory]:
    """A decision that was sent so long ago, and of which nothing is seen."""
    earlier = replace(AROUND, now=NOW - dt.timedelta(minutes=minutes))
    made = decide(subject, memory, earlier)
    return made, remembered(subject, made, memory, earlier, seen=False)


@pytest.mark.parametrize(("minutes", "at"), [(1, "11:59"), (15, "11:45")])
def test_within_the_lag_nothing_is_written_twice(minutes: int, at: str) -> None:
    subject = case(finding(), cover=COVERED)
    _, memory = _written(subject, NOTHING, minutes)

    found = decide(subject, memory, AROUND)

    assert (found.verb, found.reason) == (Verb.KEEP, f"written at 2026-11-24 {at} UTC, not seen yet")
    assert found.updates == ()


def test_what_a_check_reset_within_the_lag_is_written_again_at_once() -> None:
    subject = case(finding(), cover=COVERED)
    made, memory = _written(subject, NOTHING, 10)
    checked = case(finding(updated_at=NOW - dt.timedelta(minutes=2)), cover=COVERED)

    found = decide(checked, memory, AROUND)

    assert (found.verb, wanted(found)) == (Verb.SUPPRESS, wanted(made))


def test_what_was_seen_and_then_undone_within_the_lag_is_written_again_at_once() -> None:
    subject = case(finding(), cover=COVERED)
    earlier = replace(AROUND, now=NOW - dt.timedelta(minutes=10))
    made = decide(subject, NOTHING, earlier)
    memory = remembered(subject, made, NOTHING, earlier, seen=True)

    assert decide(subject, memory, AROUND).verb is Verb.SUPPRESS


def test_within_the_lag_a_release_is_not_written_twice() -> None:
    subject = case(SAME)
    _, memory = _written(subject, known(SAME), 10)

    found = decide(subject, memory, AROUND)

    assert (found.verb, found.reason) == (Verb.LEAVE, "written at 2026-11-24 11:50 UTC, not seen yet")


def test_within_the_lag_what_nobody_approved_is_not_released_twice() -> None:
    subject = case(SAME)
    earlier = replace(LIFTING, now=NOW - dt.timedelta(minutes=10))
    made = decide(subject, NOTHING, earlier)
    memory = remembered(subject, made, NOTHING, earlier, seen=False)

    found = decide(subject, memory, LIFTING)

    assert (made.verb, found.verb, found.updates) == (Verb.RELEASE, Verb.LEAVE, ())


def test_within_the_lag_other_values_are_written() -> None:
    subject = case(finding(), cover=COVERED)
    _, memory = _written(subject, NOTHING, 10)

    found = decide(replace(subject, cover=COVERED._replace(waiver="W-2")), memory, AROUND)

    assert (found.verb, found.waiver) == (Verb.SUPPRESS, "W-2")


def test_after_the_lag_the_same_is_written_again() -> None:
    subject = case(finding(), cover=COVERED)
    made, memory = _written(subject, NOTHING, 16)

    found = decide(subject, memory, AROUND)

    assert found.verb is Verb.SUPPRESS
    assert wanted(found) == wanted(made)
    assert [one.tries for one in remembered(subject, found, memory, AROUND).marks.values()] == [2]


@pytest.mark.parametrize(
    ("seen_since", "why"),
    [
        (True, "written 5 times within a day, and something sets it back; it is tried again later"),
        (False, "written 5 times within a day, and never seen since; it is tried again later"),
    ],
)
def test_after_so_many_tries_it_is_left_to_people(seen_since: bool, why: str) -> None:
    one = finding(observed_at=NOW if seen_since else NOW - 9 * HOUR)
    subject = case(one, cover=COVERED)
    made = decide(subject, NOTHING, AROUND)
    spent = Memory({one.finding: mark(one, wanted=wanted(made)[0], written_at=NOW - HOUR, tries=5)})

    found = decide(subject, spent, AROUND)

    assert (found.verb, found.updates) == (Verb.HELD, ())
    assert found.reason == f"W-1 covers it until 2027-05-01; {why}"


def test_a_rule_that_may_set_it_back_is_named() -> None:
    one = finding(observed_at=NOW)
    subject = case(one, cover=COVERED)
    made = decide(subject, NOTHING, AROUND)
    spent = Memory({one.finding: mark(one, wanted=wanted(made)[0], written_at=NOW - HOUR, tries=5)})

    found = decide(subject, spent, replace(AROUND, rules=(replace(RULE, status="NEW"),)))

    assert found.rule == "quiet buckets"
    assert "perhaps the automation rule 'quiet buckets'" in found.reason


def test_a_check_that_resets_the_finding_twice_a_day_is_answered_for_ever() -> None:
    subject, memory = case(finding(), cover=COVERED), NOTHING
    for half_day in range(20):
        at = NOW + half_day * 12 * HOUR
        around = replace(AROUND, now=at)
        found = decide(case(finding(observed_at=at), cover=COVERED), memory, around)
        assert found.verb is Verb.SUPPRESS
        memory = remembered(subject, found, memory, around)


def test_something_that_sets_it_back_every_hour_is_answered_five_times_and_then_as_often_as_tries_come_back() -> None:
    memory, written = NOTHING, []
    for hour in range(24):
        at = NOW + hour * HOUR
        subject, around = case(finding(observed_at=at), cover=COVERED), replace(AROUND, now=at)
        found = decide(subject, memory, around)
        if found.updates:
            written.append(hour)
            memory = remembered(subject, found, memory, around)

    assert written == [0, 1, 2, 3, 4, 9, 14, 19]


# What holds whatever stands there


@many
@given(st.data())
def test_new_is_never_written_on_a_finding_that_passes_and_resolved_never(data: st.DataObject) -> None:
    subject, around = data.draw(cases()), _around(data)
    found = decide(subject, data.draw(memories(subject)), around)

    by_id = {(one.product, one.id): one for one in subject.findings}
    for update in found.updates:
        assert update.workflow in ("NEW", "SUPPRESSED")
        assert all(by_id[id_].compliance != "PASSED" for id_ in update.ids)
    assert bool(found.updates) == found.verb.writes


@many
@given(st.data())
def test_marks_of_other_instances_are_never_touched(data: st.DataObject) -> None:
    subject = data.draw(cases())
    found = decide(subject, data.draw(memories(subject)), _around(data))

    if any(stamp_of(one.user_fields).instance == "other" for one in subject.findings):
        assert (found.verb, found.updates) == (Verb.LEAVE, ())


@many
@given(st.data())
def test_fields_of_other_people_are_kept(data: st.DataObject) -> None:
    subject = data.draw(cases())
    found = decide(subject, data.draw(memories(subject)), _around(data))

    after = applied(subject, found, NOW)
    for old, new in zip(subject.findings, after.findings, strict=True):
        assert _others(old) == _others(new)
        assert len(read_fields(new.user_fields)) <= 50


@many
@given(st.data())
def test_only_what_is_ours_or_was_closed_is_opened_unless_so_configured(data: st.DataObject) -> None:
    subject, around = data.draw(cases()), replace(_around(data), release_unapproved=False)
    memory = data.draw(memories(subject))

    opened = {
        id_ for update in decide(subject, memory, around).updates if update.workflow == "NEW" for id_ in update.ids
    }

    for one in subject.findings:
        if (one.product, one.id) in opened and one.workflow != "RESOLVED":
            assert one.workflow == "SUPPRESSED"
            assert one.finding in memory.marks


@many
@given(st.data())
def test_deciding_again_after_all_was_written_writes_nothing(data: st.DataObject) -> None:
    subject, around = data.draw(cases()), _around(data)
    memory = data.draw(memories(subject))
    first = decide(subject, memory, around)
    after = applied(subject, first, around.now)
    later = replace(around, now=around.now + data.draw(st.integers(0, 90)) * dt.timedelta(minutes=1))

    again = decide(after, remembered(subject, first, memory, around), later)

    assert again.updates == ()
    if first.verb.writes and len(subject.findings) == 1:
        assert again.verb in (Verb.KEEP, Verb.LEAVE, Verb.SURPLUS)


@many
@given(st.data())
def test_the_order_of_findings_and_rules_does_not_matter(data: st.DataObject) -> None:
    subject, around = data.draw(cases()), _around(data)
    memory = data.draw(memories(subject))
    mixed = replace(subject, findings=tuple(data.draw(st.permutations(subject.findings))))
    turned = replace(around, rules=tuple(reversed(around.rules)))

    assert decide(mixed, memory, turned) == decide(subject, memory, around)


COVER_STEPS = st.lists(
    st.sampled_from([None, COVERED, COVERED._replace(waiver="W-2"), VISIBLE, ENDED]), min_size=1, max_size=10
)


@many
@given(
    COVER_STEPS,
    st.text(min_size=1, max_size=700).filter(lambda text: text.strip() != "" and read_note(text) is None),
    st.booleans(),
)
def test_a_persons_note_is_kept_once_through_any_sequence_of_decisions(
    steps: list[Cover | None], text: str, lost: bool
) -> None:
    subject, memory = case(finding(workflow="SUPPRESSED", note=text, note_by="kim@example.com")), NOTHING
    for at, cover in enumerate([COVERED, *steps]):
        around = replace(AROUND, now=NOW + at * HOUR)
        subject = replace(subject, cover=cover)
        made = decide(subject, memory, around)
        memory = remembered(subject, made, memory, around)
        subject = applied(subject, made, around.now)
        if lost:
            memory = replace(memory, notes={})

    note, said = subject.findings[0].note, one_line(text)
    told = read_note(note)
    kept = told.words.text if told is not None and told.words is not None else ""
    assert kept == said or (kept.endswith("…") and said.startswith(kept[:-1]))
    assert note.count("Waived by") + note.count("Open again") <= 1 + text.count("Waived by") + text.count("Open again")
    if not lost:
        assert [one.text for one in memory.notes.values()] == [text]


def _others(one: FindingFacts) -> dict[str, str]:
    return {name: value for name, value in read_fields(one.user_fields) if name not in (WAIVER, UNTIL, INSTANCE)}


def _around(data: st.DataObject) -> Circumstances:
    rules = data.draw(st.sampled_from([(), (RULE,), (RULE, replace(RULE, arn="b", name="b", status="NEW"))]))
    return replace(AROUND, rules=rules, release_unapproved=data.draw(st.booleans()))


def test_a_note_in_full_wins_over_what_is_embedded() -> None:
    long = "x" * 600
    note = waived_note("W-1", DAY, SENTENCE, None)
    one = ours(note=note)
    memory = replace(known(one), notes={one.finding: PersonsNote(one.finding, long, "kim", None)})

    (update,) = decide(case(one, cover=COVERED), memory, AROUND).updates

    assert "|| Note by kim: xxxx" in update.note
    assert len(update.note) == 512
