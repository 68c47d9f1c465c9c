from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.jobs import Job
from hubposture.ports.jobs import Jobs as Port
from hubposture.ports.ledger import LedgerUnavailable, RunStatus
from ledger_world import START, Clock

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
# It is 10:00 in Berlin at START.
TEN_PAST, SIX = "10 * * * *", "0 6 * * *"


def plan(ledger: SqlLedger, wanted: Mapping[str, str], organization: str = "main") -> tuple[Job, ...]:
    return ledger.plan_jobs(organization, wanted, BERLIN)


def take(ledger: SqlLedger, holder: str = "a") -> Job:
    job = ledger.take_job(holder, ttl=MINUTE)
    assert job is not None
    return job


def finish(ledger: SqlLedger, job: Job, status: RunStatus = RunStatus.DONE, detail: str = "") -> Job:
    done = ledger.finish_job(job, status=status, detail=detail)
    assert done is not None
    return done


def test_it_is_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: Port = ledger
    assert port.jobs() == port.jobs("main") == ()
    assert port.take_job("a", ttl=MINUTE) is None


def test_a_new_job_is_due_at_the_next_tick_of_its_schedule(ledger: SqlLedger) -> None:
    run, sync = plan(ledger, {"sync": TEN_PAST, "run": SIX})
    assert (run.name, run.schedule, run.zone, run.next_at) == ("run", SIX, "Europe/Berlin", START + 20 * HOUR)
    assert (sync.name, sync.next_at, sync.enabled) == ("sync", START + 10 * MINUTE, True)
    assert (sync.holder, sync.until, sync.token, sync.attempts) == ("", None, 0, 0)
    assert (sync.last_started, sync.last_ended, sync.last_status, sync.last_detail) == (None, None, None, "")


def test_a_job_is_taken_when_it_is_due_and_by_one_only(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    assert ledger.take_job("a", ttl=MINUTE) is None
    clock.move(10 * MINUTE)
    job = take(ledger)
    assert (job.name, job.holder, job.until, job.token, job.attempts) == ("sync", "a", clock.now + MINUTE, 1, 1)
    assert job.last_started == clock.now
    assert ledger.jobs("main") == (job,)
    assert ledger.take_job("a", ttl=MINUTE) is ledger.take_job("b", ttl=MINUTE) is None


def test_the_job_that_has_been_due_for_longest_comes_first(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"a": "30 * * * *", "b": "20 * * * *"})
    plan(ledger, {"c": "10 * * * *"}, "gov")
    clock.move(HOUR)
    assert [take(ledger).name for _ in range(3)] == ["c", "b", "a"]


def test_only_jobs_of_the_named_organizations_are_taken(ledger: SqlLedger, clock: Clock) -> None:
    for organization in ("main", "gov"):
        plan(ledger, {"sync": TEN_PAST}, organization)
    clock.move(HOUR)
    taken = [ledger.take_job("a", ttl=MINUTE, organizations=["main", "china"]) for _ in range(2)]
    assert [job and job.organization for job in taken] == ["main", None]
    assert ledger.take_job("a", ttl=MINUTE, organizations=[]) is None


@pytest.mark.parametrize("status", [RunStatus.DONE, RunStatus.INCOMPLETE])
def test_what_ended_is_due_at_the_next_tick(ledger: SqlLedger, clock: Clock, status: RunStatus) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    job = take(ledger)
    clock.move(MINUTE / 2)
    done = finish(ledger, job, status, "7 findings")
    assert (done.holder, done.until, done.attempts, done.next_at) == ("", None, 0, START + 70 * MINUTE)
    assert (done.last_started, done.last_ended) == (START + 10 * MINUTE, clock.now)
    assert (done.last_status, done.last_detail) == (status, "7 findings")
    assert ledger.jobs() == (done,)


def test_missed_ticks_are_caught_up_once(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(3 * DAY)
    finish(ledger, take(ledger))
    assert ledger.take_job("a", ttl=MINUTE) is None
    assert ledger.jobs()[0].next_at == START + 3 * DAY + 10 * MINUTE


def test_a_failed_job_is_tried_again_after_pauses_that_grow_up_to_its_next_tick(
    ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    seen = []
    for _ in range(7):
        failed = finish(ledger, take(ledger), RunStatus.FAILED, "no role")
        assert failed.next_at is not None
        seen.append(((failed.next_at - START) / MINUTE, failed.attempts))
        clock.now = failed.next_at
    assert seen == [(11, 1), (13, 2), (17, 3), (25, 4), (41, 5), (70, 6), (130, 7)]
    done = finish(ledger, take(ledger))
    assert (done.attempts, done.next_at) == (0, START + 190 * MINUTE)


def test_an_interrupted_job_is_due_at_once(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    stopped = finish(ledger, take(ledger), RunStatus.INTERRUPTED)
    assert (stopped.next_at, stopped.last_status) == (clock.now, RunStatus.INTERRUPTED)
    assert take(ledger, "b").attempts == 2


def test_a_job_does_not_end_as_running(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(HOUR)
    job = take(ledger)
    with pytest.raises(ValueError, match="cannot end as running"):
        ledger.finish_job(job, status=RunStatus.RUNNING)
    assert ledger.jobs() == (job,)


def test_who_renews_in_time_keeps_the_job(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    job = take(ledger)
    clock.move(MINUTE * 0.9)
    again = ledger.renew_job(job, ttl=MINUTE)
    assert again is not None
    assert (again.until, again.token) == (clock.now + MINUTE, 1)
    assert ledger.jobs() == (again,)
    clock.move(MINUTE * 0.9)
    assert ledger.take_job("b", ttl=MINUTE) is None
    assert finish(ledger, job).last_status is RunStatus.DONE


def test_a_job_whose_holder_is_silent_is_taken_over_and_shows_as_interrupted(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    lost = take(ledger)
    clock.move(MINUTE)
    job = take(ledger, "b")
    assert (job.token, job.attempts) == (2, 2)
    assert (job.last_ended, job.last_status) == (lost.until, RunStatus.INTERRUPTED)
    assert job.last_detail == "a neither finished nor renewed it in time"
    assert ledger.renew_job(lost, ttl=MINUTE) is None
    assert ledger.finish_job(lost, status=RunStatus.DONE) is None
    assert ledger.jobs() == (job,)


def test_what_ended_is_not_ended_twice_and_what_nobody_took_over_is_still_ours(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    job = take(ledger)
    clock.move(HOUR)
    assert ledger.renew_job(job, ttl=MINUTE)
    done = finish(ledger, job)
    assert ledger.finish_job(job, status=RunStatus.FAILED) is None
    assert ledger.renew_job(job, ttl=MINUTE) is None
    assert ledger.jobs() == (done,)


# Planning


def test_planning_again_keeps_history_and_what_is_due(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST, "run": SIX})
    clock.move(10 * MINUTE)
    finish(ledger, take(ledger), RunStatus.FAILED, "no role")
    clock.move(DAY)
    before = ledger.jobs()
    assert plan(ledger, {"sync": TEN_PAST, "run": SIX}) == before
    assert {take(ledger).name for _ in range(2)} == {"run", "sync"}


def test_a_changed_schedule_or_zone_begins_with_its_next_tick_and_keeps_history(
    ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    finish(ledger, take(ledger))
    (moved,) = plan(ledger, {"sync": SIX})
    assert (moved.schedule, moved.next_at, moved.token) == (SIX, START + 20 * HOUR, 1)
    assert moved.last_status is RunStatus.DONE
    (elsewhere,) = ledger.plan_jobs("main", {"sync": SIX}, ZoneInfo("UTC"))
    assert (elsewhere.zone, elsewhere.next_at) == ("UTC", START + 21 * HOUR)


def test_what_is_no_longer_wanted_is_removed_and_other_organizations_are_left_alone(ledger: SqlLedger) -> None:
    plan(ledger, {"sync": TEN_PAST, "run": SIX})
    (theirs,) = plan(ledger, {"sync": TEN_PAST}, "gov")
    assert [job.name for job in plan(ledger, {"run": SIX})] == ["run"]
    assert plan(ledger, {}) == ()
    assert ledger.jobs() == (theirs,)


def test_a_schedule_that_is_empty_keeps_the_job_and_never_comes_round(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(HOUR)
    finish(ledger, take(ledger))
    (off,) = plan(ledger, {"sync": ""})
    assert (off.next_at, off.enabled, off.last_status) == (None, False, RunStatus.DONE)
    clock.move(400 * DAY)
    assert ledger.take_job("a", ttl=MINUTE) is None
    (on,) = plan(ledger, {"sync": TEN_PAST})
    assert (on.next_at, on.token) == (clock.now + 10 * MINUTE, 1)


@pytest.mark.parametrize("wanted", [{}, {"sync": ""}])
def test_what_is_in_hand_stays_with_its_holder_until_it_ends(
    ledger: SqlLedger, clock: Clock, wanted: dict[str, str]
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(HOUR)
    job = take(ledger)
    assert [one.holder for one in plan(ledger, wanted)] == ["a"]
    assert [one.holder for one in plan(ledger, {"sync": "* * * * *"})] == ["a"]
    assert ledger.take_job("b", ttl=MINUTE) is None
    assert [one.holder for one in plan(ledger, wanted)] == ["a"]
    ended = finish(ledger, job)
    assert (ended.next_at, ended.enabled) == (None, False)
    assert [one.name for one in plan(ledger, wanted)] == list(wanted)


def test_a_job_that_is_scheduled_anew_while_in_hand_is_taken_over_if_its_holder_dies(
    ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(HOUR)
    take(ledger)
    plan(ledger, {"sync": SIX})
    clock.move(2 * MINUTE)
    assert finish(ledger, take(ledger, "b")).next_at == START + 20 * HOUR


def test_a_schedule_that_is_none_plans_nothing(ledger: SqlLedger) -> None:
    plan(ledger, {"sync": TEN_PAST})
    before = ledger.jobs()
    with pytest.raises(ValueError, match="no schedule"):
        plan(ledger, {"run": SIX, "sync": "sometimes"})
    assert ledger.jobs() == before


# Time


def test_daily_jobs_run_once_a_day_through_both_changes_of_the_clocks(ledger: SqlLedger, clock: Clock) -> None:
    for change in (datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 10, 30, tzinfo=UTC)):
        clock.now = change
        plan(ledger, {"tidy": "30 2 * * *"}, str(change.date()))
        ran = []
        for _ in range(3 * 48):
            clock.move(HOUR / 2)
            if job := ledger.take_job("a", ttl=MINUTE, organizations=[str(change.date())]):
                ran.append(clock.now)
                finish(ledger, job)
        assert [at.date() for at in ran] == [(change + day * DAY).date() for day in range(3)]
        assert {at.astimezone(BERLIN).strftime("%H:%M") for at in ran} <= {"02:30", "03:00"}


def test_a_clock_that_jumped_ahead_and_came_back_does_not_keep_a_job_from_its_ticks(
    ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(400 * DAY)
    finish(ledger, take(ledger))
    clock.move(-400 * DAY)
    assert ledger.take_job("a", ttl=MINUTE) is None
    assert ledger.jobs()[0].next_at == START + 10 * MINUTE
    clock.move(10 * MINUTE)
    assert take(ledger).name == "sync"


def test_a_job_taken_while_the_clock_was_ahead_stays_with_a_living_holder_and_is_lost_by_a_dead_one(
    ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(400 * DAY)
    job = take(ledger)
    clock.move(-400 * DAY)
    assert ledger.take_job("b", ttl=MINUTE) is None
    clock.move(MINUTE * 0.9)
    assert ledger.renew_job(job, ttl=MINUTE)
    clock.move(MINUTE * 0.9)
    assert ledger.take_job("b", ttl=MINUTE) is None
    clock.move(MINUTE)
    assert take(ledger, "b").token == 2


def test_a_clock_that_is_set_back_by_seconds_does_not_bring_a_tick_again(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(10 * MINUTE)
    job = take(ledger)
    clock.move(timedelta(seconds=-5))
    assert finish(ledger, job).next_at == START + 70 * MINUTE


def test_a_clock_that_jumps_back_never_gives_a_held_job_away(ledger: SqlLedger, clock: Clock) -> None:
    plan(ledger, {"sync": TEN_PAST})
    clock.move(HOUR)
    job = take(ledger)
    clock.move(-5 * HOUR)
    assert ledger.take_job("b", ttl=MINUTE) is None
    assert finish(ledger, job).next_at == START - 4 * HOUR + 10 * MINUTE


def test_who_comes_while_a_job_is_being_taken_gets_the_next_one_or_has_to_wait(
    database_url: str, ledger: SqlLedger, clock: Clock
) -> None:
    plan(ledger, {"a": TEN_PAST, "b": TEN_PAST})
    clock.move(HOUR)
    is_postgres = database_url.startswith("postgresql")
    got: list[Job | None] = []
    with open_ledger(database_url, relative_to=Path("/"), clock=clock, busy_seconds=0.1) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "UPDATE jobs" not in statement or got:
                return
            # SQLite has one writer at a time; in PostgreSQL nobody waits.
            with nullcontext() if is_postgres else pytest.raises(LedgerUnavailable):
                got.append(other.take_job("b", ttl=MINUTE))
                got.append(other.take_job("b", ttl=MINUTE))

        assert take(ledger).name == "a"
        assert [job and job.name for job in got] == (["b", None] if is_postgres else [])
        assert (other.take_job("b", ttl=MINUTE) is None) == is_postgres


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from("abc")),
        st.tuples(st.just("renew"), st.sampled_from("abc")),
        st.tuples(st.just("finish"), st.sampled_from("abc")),
        st.tuples(st.just("plan"), st.sampled_from([TEN_PAST, "* * * * *", "", "gone"])),
        st.tuples(st.just("move"), st.integers(-5000, 5000)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_a_job_has_one_holder_and_the_newest_token_is_right(
    ledger: SqlLedger, clock: Clock, steps: list[tuple[str, str | int]]
) -> None:
    organization = f"organization {clock.now} {id(steps)}"
    plan(ledger, {"sync": "* * * * *"}, organization)
    held: dict[str, Job] = {}
    right: Job | None = None
    for what, value in steps:
        who = str(value)
        if what == "move":
            clock.move(timedelta(seconds=int(value)))
        elif what == "plan":
            plan(ledger, {} if value == "gone" else {"sync": who}, organization)
            if not ledger.jobs(organization):
                right = None
        elif what == "take":
            shown = ledger.jobs(organization)
            if job := ledger.take_job(who, ttl=MINUTE, organizations=[organization]):
                assert not shown[0].holder or (shown[0].until or clock.now) <= clock.now
                assert job.token == shown[0].token + 1
                held[who] = right = job
        elif who in held:
            job = held[who]
            is_right = right is not None and (job.holder, job.token) == (right.holder, right.token)
            if what == "renew":
                assert (ledger.renew_job(job, ttl=MINUTE) is not None) == is_right
            else:
                assert (ledger.finish_job(job, status=RunStatus.DONE) is not None) == is_right
                right = None if is_right else right
