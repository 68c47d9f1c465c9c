from dataclasses import replace

import pytest
from sqlalchemy import event

from hubposture.errors import Refusal
from hubposture.ledger.journal import RunJournal
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import AlreadyRecorded, IntentState, UnknownIntent, UnknownRun
from hubposture.reconcile.change import Change
from hubposture.reconcile.outcome import Outcome, Result
from ledger_world import PLACES, START, changes, edit, results


@pytest.fixture
def run(ledger: SqlLedger) -> str:
    return ledger.open_run("apply", organization="main", who="ci-role").id


def test_an_intent_gives_back_the_very_change_that_was_intended(ledger: SqlLedger, run: str) -> None:
    parameters = replace(
        edit(), kind="parameters", key=("s3.8",), current=(), desired=(("days", 30), ("of", ("a", 1.5)))
    )
    some = (*changes("s3.8"), Change(PLACES[0], parameters))
    assert ledger.intend(run, some) == len(some)
    assert [intent.change for intent in ledger.intents(run)] == list(some)


def test_what_a_crash_leaves_is_visible_and_told_apart(ledger: SqlLedger, run: str) -> None:
    first, second, third, fourth = changes()
    ledger.intend(run, [first, second, third, fourth])
    ledger.sent(run, [second, third])
    ledger.record(run, [Result(third, Outcome.APPLIED)])
    left = ledger.unfinished(run)
    assert [(intent.change, intent.state) for intent in left] == [
        (first, IntentState.INTENDED),
        (second, IntentState.SENT),
        (fourth, IntentState.INTENDED),
    ]
    assert left == ledger.unfinished()


def test_what_is_open_is_given_by_kind(ledger: SqlLedger, run: str) -> None:
    kinds = ("waiver suppress", "waiver release", "association")
    some = [Change(place, replace(edit(), kind=kind)) for place, kind in zip(PLACES, kinds, strict=False)]
    ledger.intend(run, some)
    other = ledger.open_run("waivers enforce", who="ci").id
    ledger.intend(other, some)
    ledger.record(run, [Result(some[0], Outcome.APPLIED)])
    found = [(one.run, one.change) for one in ledger.unfinished(kinds=kinds[:2])]
    assert found == [(run, some[1]), (other, some[0]), (other, some[1])]
    assert [one.change for one in ledger.unfinished(run, kinds=["association"])] == [some[2]]
    assert ledger.unfinished(kinds=[]) == ()


def test_changes_in_many_places_and_in_any_order_take_no_more_statements_than_in_one(
    ledger: SqlLedger, run: str
) -> None:
    def statements(some: list[Change]) -> int:
        ledger.intend(run, some)
        counted: list[str] = []

        def count(connection: object, cursor: object, statement: str, *_: object) -> None:
            counted.append(statement)

        event.listen(ledger.engine, "after_cursor_execute", count)
        ledger.sent(run, some)
        ledger.record(run, results(tuple(some), Outcome.APPLIED))
        event.remove(ledger.engine, "after_cursor_execute", count)
        return len(counted)

    one_place = [Change(PLACES[0], edit(f"s3.{number}")) for number in range(60)]
    many = [Change(replace(PLACES[0], account=f"{number % 30:012}"), edit(f"s3.{number}")) for number in range(60)]
    assert statements(one_place) == statements(many)
    assert ledger.unfinished(run) == ()


def test_names_of_changes_that_a_database_cannot_hold_are_found_again(ledger: SqlLedger, run: str) -> None:
    strange = replace(edit(), kind="waiver \0", key=("s3.8", "arn:\0:größe \ud83d \\ '\""))
    ledger.intend(run, [Change(PLACES[0], strange)])
    (open_,) = ledger.unfinished(run)
    assert open_.change.edit == replace(strange, kind="waiver \ufffd")
    ledger.sent(run, [Change(PLACES[0], strange)])
    ledger.record(run, [Result(open_.change, Outcome.APPLIED), Result(Change(PLACES[0], strange), Outcome.APPLIED)])
    assert ledger.unfinished(run) == ()


def test_a_resumed_run_ends_with_nothing_unfinished(ledger: SqlLedger, run: str) -> None:
    ledger.intend(run, changes())
    ledger.sent(run, changes()[:2])
    ledger.record(run, [Result(intent.change, Outcome.APPLIED) for intent in ledger.unfinished(run)])
    assert ledger.unfinished(run) == ()
    assert {intent.state for intent in ledger.intents(run)} == {IntentState.APPLIED}


def test_results_carry_their_detail_and_time(ledger: SqlLedger, run: str) -> None:
    some = changes()
    ledger.intend(run, some)
    ledger.record(run, [Result(some[0], Outcome.FAILED, "AccessDenied"), *results(some[1:], Outcome.APPLIED)])
    (failed,) = ledger.intents(run, states=[IntentState.FAILED])
    assert (failed.change, failed.detail, failed.ended) == (some[0], "AccessDenied", START)


def test_applied_and_failed_results_are_in_the_audit_trail_and_skipped_ones_are_not(
    ledger: SqlLedger, run: str
) -> None:
    one, two, three, four = changes()
    ledger.intend(run, [one, two, three, four])
    said = [
        Result(one, Outcome.APPLIED),
        Result(two, Outcome.FAILED, "Denied"),
        Result(three, Outcome.SKIPPED, "moved"),
    ]
    ledger.record(run, said)
    trail = [record.entry for record in ledger.trail()]
    assert [(entry.who, entry.before, entry.after, entry.run) for entry in trail] == [("ci-role", "on", "off", run)] * 2
    assert trail[0].what == "association cis-5.0.0 s3.8 in 111122223333/eu-central-1 of main: applied"
    assert trail[1].what == "association cis-5.0.0 s3.8 in 111122223333/us-east-1 of main: failed: Denied"
    assert trail[0].why == "root, S3.8 (controls.xlsx!Controls!G7)"


def test_recording_the_same_result_again_changes_nothing(ledger: SqlLedger, run: str) -> None:
    ledger.intend(run, changes())
    ledger.record(run, results(changes(), Outcome.APPLIED))
    before = (list(ledger.intents(run)), ledger.head())
    ledger.record(run, results(changes(), Outcome.APPLIED))
    assert (list(ledger.intents(run)), ledger.head()) == before


def test_a_result_is_never_rewritten_and_nothing_beside_it_is_written(ledger: SqlLedger, run: str) -> None:
    one, two, *_ = changes()
    ledger.intend(run, [one, two])
    ledger.record(run, [Result(one, Outcome.APPLIED)])
    with pytest.raises(AlreadyRecorded, match="111122223333/eu-central-1"):
        ledger.record(run, [Result(two, Outcome.APPLIED), Result(one, Outcome.FAILED)])
    with pytest.raises(AlreadyRecorded):
        ledger.sent(run, [one])
    assert [intent.change for intent in ledger.unfinished(run)] == [two]
    assert ledger.head().seq == 1


def test_a_change_that_was_never_intended_can_neither_be_sent_nor_applied(ledger: SqlLedger, run: str) -> None:
    with pytest.raises(UnknownIntent, match="111122223333/eu-central-1"):
        ledger.sent(run, changes())
    with pytest.raises(UnknownIntent):
        ledger.record(run, results(changes(), Outcome.APPLIED))


def test_a_skipped_change_needs_no_intent_and_is_in_the_run(ledger: SqlLedger, run: str) -> None:
    ledger.record(run, results(changes("s3.8", "s3.9"), Outcome.SKIPPED, "the ground has moved"))
    assert [intent.change for intent in ledger.intents(run)] == list(changes("s3.8", "s3.9"))
    assert {intent.state for intent in ledger.intents(run)} == {IntentState.SKIPPED}


def test_a_change_intended_twice_is_refused_and_nothing_of_it_is_written(ledger: SqlLedger, run: str) -> None:
    ledger.intend(run, changes("s3.8"))
    with pytest.raises(Refusal, match="twice"):
        ledger.intend(run, changes("s3.9", "s3.8"))
    assert [intent.change for intent in ledger.intents(run)] == list(changes("s3.8"))


def test_the_same_change_in_two_runs_is_two_intents(ledger: SqlLedger, run: str) -> None:
    other = ledger.open_run("apply", who="ci").id
    for name in (run, other):
        ledger.intend(name, changes())
    ledger.record(other, results(changes(), Outcome.APPLIED))
    assert len(ledger.unfinished(run)) == len(changes())
    assert ledger.unfinished(other) == ()


def test_nothing_is_intended_in_a_run_that_does_not_exist(ledger: SqlLedger) -> None:
    with pytest.raises(UnknownRun):
        ledger.intend("01NOSUCHRUN", changes())


def test_nothing_to_do_is_nothing_written(ledger: SqlLedger, run: str) -> None:
    assert ledger.intend(run, []) == 0
    ledger.sent(run, [])
    ledger.record(run, [])
    assert list(ledger.intents(run)) == []


def test_a_journal_marks_what_it_intends_as_sent(ledger: SqlLedger, run: str) -> None:
    journal = RunJournal(ledger, run)
    journal.intend(changes())
    assert {intent.state for intent in ledger.unfinished(run)} == {IntentState.SENT}
    journal.record(results(changes(), Outcome.FAILED, "timeout"))
    assert ledger.unfinished(run) == ()


def test_many_pages_of_intents_come_back_in_order(ledger: SqlLedger, run: str) -> None:
    many = changes(*(f"s3.{number}" for number in range(2600)))
    ledger.intend(run, many)
    assert [intent.change for intent in ledger.intents(run)] == list(many)
