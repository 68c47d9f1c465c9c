"""A run in steps: one failing stops no other, all of it is recorded, and two never run at once."""

import datetime as dt

import pytest

from hubposture.errors import Refusal, RemoteUnavailable
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.verbs.held import Elsewhere, held
from hubposture.verbs.run import Done, Means, Part, Step, run
from ledger_world import Clock


def means(ledger: SqlLedger, clock: Clock, told: list[Step], **steps: object) -> Means:
    def findings() -> Done:
        raise RemoteUnavailable("GetFindings: no answer")

    def controls() -> Done:
        clock.move(dt.timedelta(seconds=3))
        return Done({"applied": 2}, line="2 applied")

    return Means(
        organization="main",
        ledger=ledger,
        holder="test/1",
        who="kim",
        commit="c0ffee",
        steps={
            Part.CONTROLS: controls,
            Part.FINDINGS: findings,
            Part.WAIVERS: lambda: Done({"suppressed": 1}, (Failure("guard", "too many"),)),
            Part.POSTURE: lambda: Done({"version": 7}),
        },
        calls=lambda: {"securityhub:GetFindings": 4},
        now=clock,
        tell=told.append,
    )


def test_a_step_that_fails_stops_no_other_and_its_error_is_in_the_record(ledger: SqlLedger, clock: Clock) -> None:
    told: list[Step] = []
    record = run(means(ledger, clock, told))
    assert [one.part for one in record.steps] == [Part.CONTROLS, Part.FINDINGS, Part.WAIVERS, Part.POSTURE]
    assert told == list(record.steps)
    assert not record.is_complete
    kept = ledger.run(record.run)
    assert kept.status is RunStatus.INCOMPLETE
    assert kept.failures == (
        Failure("findings: stopped", "GetFindings: no answer"),
        Failure("waivers: guard", "too many"),
    )
    assert kept.counts["controls.applied"] == 2
    assert kept.counts["posture.version"] == 7
    assert kept.calls == {"securityhub:GetFindings": 4}
    assert kept.commit == "c0ffee"


def test_only_the_steps_that_are_named_are_done(ledger: SqlLedger, clock: Clock) -> None:
    record = run(means(ledger, clock, []), only=[Part.POSTURE, Part.CONTROLS])
    assert [one.part for one in record.steps] == [Part.CONTROLS, Part.POSTURE]
    assert record.is_complete
    assert ledger.run(record.run).status is RunStatus.DONE


def test_a_run_refuses_to_begin_while_another_one_goes_on_and_can_begin_after_it(
    ledger: SqlLedger, clock: Clock
) -> None:
    with held(ledger, "run/main", "other/2", what="a run of main"), pytest.raises(Elsewhere, match="a run of main"):
        run(means(ledger, clock, []))
    assert run(means(ledger, clock, []), only=[Part.CONTROLS]).is_complete


def test_a_run_that_died_counts_as_interrupted_once_the_next_one_begins(ledger: SqlLedger, clock: Clock) -> None:
    dead = ledger.open_run("run", organization="main", who="kim")
    elsewhere = ledger.open_run("run", organization="other", who="kim")
    sync = ledger.open_run("sync", organization="main", who="kim")
    run(means(ledger, clock, []), only=[Part.CONTROLS])
    assert ledger.run(dead.id).status is RunStatus.INTERRUPTED
    assert {ledger.run(one.id).status for one in (elsewhere, sync)} == {RunStatus.RUNNING}


def test_a_defect_in_a_step_ends_the_run_as_failed_and_gives_the_lease_back(ledger: SqlLedger, clock: Clock) -> None:
    broken = means(ledger, clock, [])

    def defect() -> Done:
        raise ZeroDivisionError

    broken.steps[Part.WAIVERS] = defect  # type: ignore[index]
    with pytest.raises(ZeroDivisionError):
        run(broken)
    (newest,) = ledger.runs(verb="run", limit=1)
    assert newest.status is RunStatus.FAILED
    with held(ledger, "run/main", "other/2", what="a run of main"):
        pass


def test_an_interrupted_run_is_recorded_as_interrupted(ledger: SqlLedger, clock: Clock) -> None:
    stopped = means(ledger, clock, [])

    def interrupt() -> Done:
        raise KeyboardInterrupt

    stopped.steps[Part.FINDINGS] = interrupt  # type: ignore[index]
    with pytest.raises(KeyboardInterrupt):
        run(stopped)
    assert ledger.runs(verb="run", limit=1)[0].status is RunStatus.INTERRUPTED


def test_what_is_held_is_free_again_after_an_error(ledger: SqlLedger) -> None:
    with pytest.raises(Refusal), held(ledger, "x", "a", what="x"):
        raise Refusal("no")
    with held(ledger, "x", "b", what="x"):
        pass
