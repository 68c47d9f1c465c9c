from datetime import timedelta

import pytest

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import Failure, RunStatus, UnknownRun
from ledger_world import START, Clock


def test_an_open_run_is_running_and_has_no_end(ledger: SqlLedger) -> None:
    run = ledger.open_run("apply", organization="main", who="ci", commit="abc")
    assert ledger.run(run.id) == run
    assert (run.status, run.started, run.ended) == (RunStatus.RUNNING, START, None)


def test_a_closed_run_keeps_its_figures(ledger: SqlLedger, clock: Clock) -> None:
    run = ledger.open_run("apply", organization="main", who="ci")
    clock.move(timedelta(minutes=3))
    failures = (Failure("111122223333/us-east-1", "no role"),)
    ledger.close_run(
        run.id, status=RunStatus.INCOMPLETE, counts={"applied": 7}, calls={"DescribeHub": 4}, failures=failures
    )
    closed = ledger.run(run.id)
    assert closed.ended == START + timedelta(minutes=3)
    assert (closed.status, closed.counts, closed.calls) == (
        RunStatus.INCOMPLETE,
        {"applied": 7},
        {"DescribeHub": 4},
    )
    assert closed.failures == failures


def test_runs_are_listed_newest_first_and_by_verb_and_status(ledger: SqlLedger) -> None:
    first, second, third = (ledger.open_run(verb, who="ci") for verb in ("plan", "apply", "plan"))
    ledger.close_run(first.id, status=RunStatus.DONE, counts={}, calls={})
    assert [run.id for run in ledger.runs()] == [third.id, second.id, first.id]
    assert [run.id for run in ledger.runs(verb="plan")] == [third.id, first.id]
    assert [run.id for run in ledger.runs(status=RunStatus.RUNNING, limit=1)] == [third.id]


def test_an_unknown_run_is_an_error_that_names_it(ledger: SqlLedger) -> None:
    with pytest.raises(UnknownRun, match="01NOSUCHRUN"):
        ledger.close_run("01NOSUCHRUN", status=RunStatus.DONE, counts={}, calls={})


def test_commits_that_were_applied_are_of_runs_that_wrote_by_a_baseline_and_ended(ledger: SqlLedger) -> None:
    assert ledger.applied("main") == ()
    said = [
        ("apply", "main", "c1", RunStatus.DONE),
        ("waivers enforce", "main", "c2", RunStatus.INCOMPLETE),
        ("run", "gov", "c3", RunStatus.DONE),
        ("apply", "main", "c4", RunStatus.FAILED),
        ("run", "main", "c5", RunStatus.INTERRUPTED),
        ("sync", "main", "c6", RunStatus.DONE),
        ("run", "main", "", RunStatus.DONE),
    ]
    seen = []
    for verb, organization, commit, status in said:
        run = ledger.open_run(verb, organization=organization, who="ci", commit=commit)
        ledger.close_run(run.id, status=status, counts={}, calls={})
        seen.append(ledger.applied("main"))
    ledger.open_run("apply", organization="main", who="ci", commit="c8")
    assert [*seen, ledger.applied("main")] == [("c1",), *[("c2", "c1")] * 7]
    assert (ledger.applied("gov"), ledger.applied("china")) == (("c3",), ())


def test_a_commit_that_was_applied_again_is_the_newest_and_there_once(ledger: SqlLedger) -> None:
    for commit in ("c1", "c2", "c3", "c1"):
        run = ledger.open_run("apply", organization="main", who="ci", commit=commit)
        ledger.close_run(run.id, status=RunStatus.DONE, counts={}, calls={})
    assert ledger.applied("main") == ("c1", "c3", "c2")
    assert ledger.applied("main", limit=2) == ("c1", "c3")


def test_a_run_over_all_organizations_applied_its_commit_to_each(ledger: SqlLedger) -> None:
    run = ledger.open_run("run", who="ci", commit="c1")
    ledger.close_run(run.id, status=RunStatus.DONE, counts={}, calls={})
    assert ledger.applied("main") == ("c1",)


def test_text_that_a_database_cannot_hold_is_replaced_and_not_lost(ledger: SqlLedger) -> None:
    run = ledger.open_run("apply", who="nul \0 and half a pair \ud83d", organization="größe")
    assert ledger.run(run.id).who == "nul \ufffd and half a pair \ufffd"
    assert ledger.run(run.id).organization == "größe"
