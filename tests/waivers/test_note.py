"""Notes: what fits, what is read back, what is kept of people, what the ledger must hold."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Decision, FindingUpdate, Memory, PersonsNote, Verb
from hubposture.waivers.note import (
    LIMIT,
    Told,
    Words,
    author_of,
    hash_of,
    last_day,
    mark_of,
    open_note,
    persons_notes,
    read_note,
    tries_spent,
    unwrapped,
    waived_note,
    wanted_of,
    words_of,
)
from hubposture.waivers.shorten import one_line, units
from hubposture.waivers.stamp import INSTANCE, UNTIL, WAIVER, read_fields
from waivers.decide_world import (
    AROUND,
    BERLIN,
    COVERED,
    DAY,
    HOUR,
    NOW,
    OURS,
    PAST,
    SENTENCE,
    SURPLUS,
    UNTIL_AT,
    applied,
    case,
    fields,
    finding,
    known,
    mark,
    ours,
    remembered,
)

TEXTS = (
    st.text(max_size=30) | st.text(min_size=200, max_size=700) | st.sampled_from(["a || Note by b: c", "e\u0301" * 400])
)
IDS = st.from_regex(r"[A-Z]-[0-9A-Za-z.]{1,30}", fullmatch=True)
SURROGATES = st.text(st.characters(codec=None), max_size=600)


def test_a_note_says_waiver_end_and_sentence() -> None:
    assert waived_note("W-1", DAY, SENTENCE, None) == f"Waived by W-1 until 2027-05-01. {SENTENCE}."


def test_a_note_without_a_sentence_is_short() -> None:
    assert waived_note("W-1", DAY, "", None) == "Waived by W-1 until 2027-05-01."


def test_a_sentence_that_ends_gets_no_second_full_stop() -> None:
    assert waived_note("W-1", DAY, "Really?", None).endswith("Really?")


def test_words_of_nobody_in_particular_are_kept_without_a_name() -> None:
    note = waived_note("W-1", DAY, "", Words("ok for now"))

    assert note == "Waived by W-1 until 2027-05-01. || Note: ok for now"
    assert read_note(note) == Told("W-1", "2027-05-01", Words("ok for now", ""))


@settings(max_examples=150, deadline=None)
@given(IDS, st.dates(), TEXTS | SURROGATES, st.none() | st.builds(Words, TEXTS | SURROGATES, TEXTS))
def test_a_note_fits_on_one_line_and_is_read_back(
    waiver: str, day: dt.date, sentence: str, words: Words | None
) -> None:
    for note, name in ((waived_note(waiver, day, sentence, words), waiver), (open_note(day, sentence, words), "")):
        told = read_note(note)

        assert units(note) <= LIMIT
        assert note == one_line(note)
        note.encode()
        assert told is not None
        assert (told.waiver, told.day) == (name, day.isoformat())
        said = one_line(words.text) if words is not None else ""
        assert (told.words is not None) == (said != "")
        if told.words is not None:
            kept = told.words.text
            assert kept == said or (kept.endswith("…") and said.startswith(kept[:-1]) and units(kept) > 60)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.builds(Words, TEXTS, TEXTS))
def test_a_note_made_from_what_it_kept_is_the_same_note(sentence: str, words: Words) -> None:
    note = waived_note("W-1", DAY, sentence, words)
    told = read_note(note)

    assert told is not None
    assert waived_note("W-1", DAY, sentence, told.words) == note


@pytest.mark.parametrize(
    "text", ["", "ok", "Waived by lee until Friday.", "waived by W-1 until 2027-05-01.", "Open again"]
)
def test_other_texts_are_no_notes_of_ours(text: str) -> None:
    assert read_note(text) is None


# Whose words


KEPT = PersonsNote("f", "kept in full", "lee", None)


def test_what_a_person_wrote_last_is_what_is_kept() -> None:
    assert words_of(finding(note="new", note_by="kim"), "acme", KEPT) == Words("new", "kim")


def test_over_our_own_note_the_ledger_knows_the_words_in_full() -> None:
    one = ours(note=waived_note("W-1", DAY, "", Words("kept in…", "lee")))

    assert words_of(one, "acme", KEPT) == Words("kept in full", "lee")
    assert words_of(one, "acme", None) == Words("kept in…", "lee")


def test_a_finding_without_a_note_keeps_what_the_ledger_knows() -> None:
    assert words_of(finding(), "acme", KEPT) == Words("kept in full", "lee")
    assert words_of(finding(), "acme", None) is None


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("plain", "kim", Words("plain", "kim")),
        (waived_note("W-9", DAY, "x", Words("deep", "lee")), "kim", Words("deep", "lee")),
        (waived_note("W-9", DAY, "x", Words("deep", "lee")) + " and more", "kim", Words("deep and more", "lee")),
        (waived_note("W-9", DAY, "See T-1", None), "kim", Words("See T-1.", "kim")),
        (open_note(DAY, "See T-1", None), "kim", Words("See T-1.", "kim")),
        (waived_note("W-9", DAY, "x", None), author_of("emea"), None),
        (
            waived_note("W-9", DAY, "x", Words(waived_note("W-8", DAY, "y", Words("in", "a")), "b")),
            "c",
            Words("in", "a"),
        ),
        (waived_note("W-9", DAY, "", None), "kim", None),
        (" \n ", "kim", None),
    ],
)
def test_a_note_of_ours_that_somebody_copied_or_edited_does_not_nest(
    text: str, by: str, expected: Words | None
) -> None:
    assert unwrapped(Words(text, by)) == expected


def test_after_ten_waivers_and_releases_the_persons_words_stand_there_once() -> None:
    text = "we know, " + "x" * 300
    subject, memory = case(finding(note=text, note_by="kim", workflow="SUPPRESSED")), Memory()
    for at in range(10):
        around = replace(AROUND, now=NOW + at * HOUR, notes={"W-1": "y" * 400, "W-0": "z"})
        subject = replace(subject, cover=None if at % 3 == 2 else COVERED._replace(waiver=f"W-{at % 2}"))
        made = decide(subject, memory, around)
        assert made.verb.writes
        memory = remembered(subject, made, memory, around)
        subject = applied(subject, made, around.now)

    (one,) = subject.findings
    assert one.note.count("Note by kim: we know, xxx") == 1
    assert one.note.count(" || ") == 1
    assert memory.notes[one.finding].text == text


# Hashes


def test_a_finding_that_shows_what_was_written_has_the_hash_that_was_wanted() -> None:
    subject = case(finding(user_fields=fields({"team": "web"})), cover=COVERED)
    made = decide(subject, Memory(), AROUND)
    (after,) = applied(subject, made, NOW).findings

    def shown(one: str) -> str:
        return hash_of(after.workflow, after.note, after.note_by, one)

    assert shown(after.user_fields) == wanted_of(made.updates[0])
    assert shown(fields(dict(read_fields(after.user_fields)), {"more": "x"})) == wanted_of(made.updates[0])
    assert shown(fields(OURS, {UNTIL: "2027-05-02"})) != wanted_of(made.updates[0])
    assert hash_of("NEW", after.note, after.note_by, after.user_fields) != wanted_of(made.updates[0])


# What the ledger must hold


def test_a_mark_is_written_down_for_every_finding_that_is_written_to() -> None:
    subject = case(ours(1), finding(2), finding(3), cover=COVERED)
    memory = known(ours(1))
    made = decide(subject, memory, AROUND)

    marks = mark_of(subject, made, memory=memory, circumstances=AROUND, organization="org", run="R-7")

    assert {one.finding for one in marks} == {finding(2).finding, finding(3).finding}
    one = marks[0]
    assert (one.organization, one.subject, one.run, one.waiver) == ("org", subject.subject, "R-7", "W-1")
    assert (one.state, one.until, one.written_at, one.seen_at, one.tries) == ("suppressed", UNTIL_AT, NOW, None, 1)
    assert one.wanted == wanted_of(made.updates[0])


def test_a_release_keeps_the_waiver_and_the_end_that_the_mark_had() -> None:
    subject, memory = case(ours(), cover=SURPLUS), known(ours(), until=PAST)
    made = decide(subject, memory, AROUND)

    (one,) = mark_of(subject, made, memory=memory, circumstances=AROUND, organization="org", run="R-7")

    assert (one.state, one.waiver, one.until) == ("released", "W-1", PAST)
    assert decide(subject, Memory({one.finding: one}), replace(AROUND, now=NOW + HOUR)).reason == made.reason


def test_a_decision_that_writes_nothing_leaves_no_mark() -> None:
    nothing = Decision("s", Verb.LEAVE, "why")

    assert mark_of(case(ours()), nothing, memory=Memory(), circumstances=AROUND, organization="o", run="r") == ()


def test_tries_are_counted_for_equal_values_only_and_come_back_over_the_day() -> None:
    one = mark(finding(), wanted="x", written_at=NOW, tries=5)

    def spent(hours: float) -> int:
        return tries_spent(one, replace(AROUND, now=NOW + hours * HOUR))

    assert [spent(hours) for hours in (-1, 0, 4, 5, 10, 24, 100)] == [5, 5, 5, 4, 3, 0, 0]


def test_notes_of_people_are_handed_over_in_full_and_ours_are_not() -> None:
    people = finding(1, note="two\nlines" * 100, note_by="kim", note_at=NOW)
    passing = finding(3, note="mine", note_by="kim", compliance="PASSED")
    blank = finding(4, note="  ", note_by="kim")

    found = persons_notes(case(people, ours(2), passing, blank), "acme")

    assert found == (PersonsNote(people.finding, "two\nlines" * 100, "kim", NOW),)


def test_words_that_the_ledger_lost_are_taken_from_our_own_note() -> None:
    one = ours(note=waived_note("W-1", DAY, "", Words("ok", "lee")))

    assert persons_notes(case(one), "acme") == ()
    assert persons_notes(case(one), "acme", kept={one.finding: KEPT}) == ()
    assert persons_notes(case(one), "acme", kept={}) == (PersonsNote(one.finding, "ok", "lee", None),)


def test_the_last_day_is_the_one_before_the_end_in_the_zone() -> None:
    assert last_day(UNTIL_AT, BERLIN) == DAY
    assert last_day(UNTIL_AT, dt.UTC) == DAY
    assert last_day(UNTIL_AT + dt.timedelta(hours=3), BERLIN) == dt.date(2027, 5, 2)


def test_the_fields_of_an_update_are_sorted_and_complete() -> None:
    (update,) = decide(
        case(finding(user_fields=fields({"zz": "1", "aa": "2"})), cover=COVERED), Memory(), AROUND
    ).updates

    assert isinstance(update, FindingUpdate)
    assert [name for name, _ in update.fields] == ["aa", INSTANCE, UNTIL, WAIVER, "zz"]
