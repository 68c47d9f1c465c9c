"""Several processes on one ledger, and processes that are killed."""

import json
import random
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ledger.move import move
from hubposture.ports.ledger import IntentState, RunStatus
from hubposture.ports.versions import Publication
from hubposture.ports.waivers import Notice
from ledger_world import NOON, Clock, changes, mark, note

PRELUDE = """
import json, sys, time
from datetime import timedelta
from pathlib import Path
from hubposture.ledger.ledger import open_ledger
from hubposture.ledger.move import move
from hubposture.ports.ledger import Entry
from hubposture.ports.ledger import RunStatus
from hubposture.ports.versions import HeadMoved, OutboxRow, Publication
from hubposture.ports.waivers import Notice
from hubposture.reconcile.outcome import Outcome
from ledger_world import NOON, changes, mark, note, results
url, number = sys.argv[1], int(sys.argv[2])
"""


def start(script: str, url: str, number: int = 0) -> subprocess.Popen[str]:
    code = PRELUDE + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", code, url, str(number)], stdout=subprocess.PIPE, text=True, cwd=TESTS
    )


TESTS = Path(__file__).parents[1]


def outputs(script: str, url: str, count: int) -> list[str]:
    processes = [start(script, url, number) for number in range(count)]
    found = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * count
    return found


def test_processes_that_open_a_new_ledger_at_once_all_get_it(database_url: str) -> None:
    script = "open_ledger(url, relative_to=Path('/')).open_run('plan', who=str(number))\nprint('done')"
    assert outputs(script, database_url, 4) == ["done\n"] * 4


def test_appends_of_several_processes_make_one_whole_chain(database_url: str, ledger: SqlLedger) -> None:
    script = """
    ledger = open_ledger(url, relative_to=Path('/'))
    for turn in range(25):
        ledger.audit([Entry(str(number), f'{turn} {part}', 'a', 'b', 'c') for part in range(2)])
    """
    outputs(script, database_url, 4)
    assert ledger.verify() == ()
    assert ledger.head().seq == 200
    for number in range(4):
        own = [record.entry.what for record in ledger.trail() if record.entry.who == str(number)]
        assert own == [f"{turn} {part}" for turn in range(25) for part in range(2)]


def test_of_several_processes_one_gets_the_lease(database_url: str, ledger: SqlLedger) -> None:
    script = """
    lease = open_ledger(url, relative_to=Path('/')).take_lease('apply/main', str(number), ttl=timedelta(hours=1))
    print(json.dumps(lease and lease.token))
    """
    got = [json.loads(text) for text in outputs(script, database_url, 4)]
    assert sorted(got, key=str) == [1, None, None, None]


def test_processes_that_see_new_controls_at_once_agree(database_url: str, ledger: SqlLedger) -> None:
    ledger.first_seen("main", ["s3.8"])
    script = """
    seen = open_ledger(url, relative_to=Path('/')).first_seen('main', ['s3.8', 's3.25'])
    print(seen['s3.25'].isoformat(), seen['s3.8'])
    """
    assert len(set(outputs(script, database_url, 3))) == 1


def killed_while(script: str, url: str) -> None:
    """Run a script until it prints `here`, and kill it there without any chance to clean up."""
    process = start(script, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.kill()
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.stdout.close()


STOP_AFTER = """
from sqlalchemy import event
ledger = open_ledger(url, relative_to=Path('/'))
run = ledger.open_run('apply', who='victim').id
def stop_after(start):
    @event.listens_for(ledger._engine, 'after_cursor_execute')
    def stop(connection, cursor, statement, *_):
        if statement.startswith(start):
            print('here', flush=True)
            time.sleep(60)
"""


def test_a_process_killed_while_it_writes_intents_leaves_none(database_url: str, ledger: SqlLedger) -> None:
    killed_while(STOP_AFTER + "stop_after('INSERT INTO changes')\nledger.intend(run, changes())", database_url)
    (run,) = ledger.runs()
    assert list(ledger.intents(run.id)) == []
    assert ledger.intend(run.id, changes()) == 4


def test_a_process_killed_between_intent_and_result_is_seen_and_resumed(database_url: str, ledger: SqlLedger) -> None:
    script = (
        STOP_AFTER
        + "ledger.intend(run, changes())\nledger.sent(run, changes())\nprint('here', flush=True)\ntime.sleep(60)"
    )
    killed_while(script, database_url)
    left = ledger.unfinished()
    assert [intent.change for intent in left] == list(changes())
    assert {intent.state for intent in left} == {IntentState.SENT}


def test_a_process_killed_while_it_records_leaves_results_and_trail_both_or_neither(
    database_url: str, ledger: SqlLedger
) -> None:
    script = """
    ledger.audit([Entry('victim', 'before', 'a', 'b', 'c')])
    ledger.intend(run, changes())
    stop_after('UPDATE audit_head')
    ledger.record(run, results(changes(), Outcome.APPLIED))
    """
    killed_while(STOP_AFTER + textwrap.dedent(script), database_url)
    assert len(ledger.unfinished()) == 4
    assert ledger.head().seq == 1
    assert ledger.verify() == ()
    assert ledger.audit([]).seq == 1


def test_a_process_killed_while_it_migrates_leaves_a_ledger_that_the_next_one_makes(
    database_url: str, tmp_path: Path
) -> None:
    script = """
    from sqlalchemy import Engine, event
    @event.listens_for(Engine, 'after_cursor_execute')
    def stop(connection, cursor, statement, *_):
        if 'CREATE TABLE audit_head' in statement:
            print('here', flush=True)
            time.sleep(60)
    open_ledger(url, relative_to=Path('/'))
    """
    killed_while(script, database_url)
    assert outputs("print(open_ledger(url, relative_to=Path('/')).head().seq)", database_url, 1) == ["0\n"]


# Publishing

PUBLISH = """
def publish_next(ledger, who):
    head = ledger.head_version('acme')
    parent = head.number if head else 0
    also = Publication(
        cursors={'s3': {'version': parent + 1}},
        outbox=[OutboxRow('decide', str(parent + 1), {'who': who})],
        audit=[Entry(who, str(parent + 1), None, None, 'fold')],
    )
    try:
        return ledger.publish('acme', parent=parent, manifest={'who': who}, also=also, lease=None).number
    except HeadMoved:
        return None
"""


def agrees(ledger: SqlLedger) -> int:
    """The head's number, after everything that was published with the versions up to it was found to agree with it."""
    head = ledger.head_version("acme")
    number = head.number if head else 0
    assert [row.number for row in ledger.versions("acme")] == list(range(number, 0, -1))
    assert ledger.cursor("acme", "s3") == ({"version": number} if head else {})
    rows = ledger.outbox(limit=100_000)
    assert [row.key for row in rows] == [str(one) for one in range(1, number + 1)]
    trail = [record.entry for record in ledger.trail()]
    assert [entry.what for entry in trail] == [row.key for row in rows]
    assert [entry.who for entry in trail] == [row.body["who"] for row in rows]
    assert [row.manifest["who"] for row in ledger.versions("acme")] == [entry.who for entry in reversed(trail)]
    assert ledger.verify() == ()
    return number


@pytest.mark.slow
def test_of_several_publishers_exactly_one_gets_each_number_and_none_is_lost(
    database_url: str, ledger: SqlLedger
) -> None:
    script = """
    ledger, won, lost = open_ledger(url, relative_to=Path('/')), [], 0
    while len(won) < 20:
        number_ = publish_next(ledger, str(number))
        if number_ is None:
            lost += 1
        else:
            won.append(number_)
    print(json.dumps(won))
    """
    won = [json.loads(text) for text in outputs(PUBLISH + textwrap.dedent(script), database_url, 4)]
    assert sorted(number for numbers in won for number in numbers) == list(range(1, 81))
    assert agrees(ledger) == 80
    for who, numbers in enumerate(won):
        assert [row.number for row in reversed(ledger.versions("acme")) if row.manifest["who"] == str(who)] == numbers
    times = [row.at for row in ledger.versions("acme")]
    assert times == sorted(times, reverse=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["UPDATE lake_heads", "INSERT INTO lake_versions", "INSERT INTO outbox", "UPDATE audit_head"]
)
def test_a_process_killed_while_it_publishes_leaves_the_head_it_found(
    database_url: str, ledger: SqlLedger, moment: str
) -> None:
    script = STOP_AFTER + PUBLISH + f"publish_next(ledger, 'first')\nstop_after({moment!r})\npublish_next(ledger, 'b')"
    killed_while(script, database_url)
    assert agrees(ledger) == 1
    also = Publication(cursors={"s3": {"version": 2}})
    assert ledger.publish("acme", parent=1, manifest={"who": "next"}, also=also, lease=None).number == 2


@pytest.mark.slow
def test_a_process_killed_at_any_moment_leaves_versions_cursor_outbox_and_trail_that_agree(
    database_url: str, ledger: SqlLedger
) -> None:
    script = """
    ledger = open_ledger(url, relative_to=Path('/'))
    while publish_next(ledger, str(number)) is None:
        pass
    print('here', flush=True)
    while True:
        publish_next(ledger, str(number))
    """
    moments = random.Random(7)
    before = 0
    for turn in range(3):
        processes = [start(PUBLISH + textwrap.dedent(script), database_url, 2 * turn + who) for who in range(2)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
        for process in processes:
            time.sleep(moments.uniform(0.01, 0.15))
            process.kill()
        for process in processes:
            assert process.wait(timeout=30) == -signal.SIGKILL
            assert process.stdout is not None
            process.stdout.close()
        # In PostgreSQL a commit of the dead process may be under way: wait for the locks it holds.
        ledger.settle_outbox("none", [])
        assert agrees(ledger) > before
        before = agrees(ledger)


@pytest.mark.slow
def test_processes_that_share_a_budget_get_no_more_than_it_holds(database_url: str, ledger: SqlLedger) -> None:
    script = """
    ledger = open_ledger(url, relative_to=Path('/'))
    rate = {'per_second': 0.001, 'burst': 50.0}
    print(sum(ledger.take_calls('acme', priority=1, most=3, **rate)[0] for _ in range(10)))
    """
    assert sum(map(int, outputs(script, database_url, 4))) == 50
    assert ledger.take_calls("acme", priority=1, most=1, per_second=0.001, burst=50.0)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["INSERT INTO changes", "INSERT INTO audit_head"])
def test_a_move_that_is_killed_leaves_the_target_new_and_can_be_made_again(
    database_url: str, ledger: SqlLedger, tmp_path: Path, moment: str
) -> None:
    script = f"""
    source, ledger = open_ledger('sqlite:///{tmp_path}/source.sqlite', relative_to=Path('/')), ledger
    source.intend(source.open_run('apply', who='x').id, changes())
    source.audit([Entry('ci', 'x', None, None, '')])
    stop_after({moment!r})
    move(source, ledger)
    """
    stop = STOP_AFTER.replace("run = ledger.open_run('apply', who='victim').id\n", "")
    killed_while(stop + textwrap.dedent(script), database_url)
    assert (ledger.runs(), ledger.head().seq) == ((), 0)
    with open_ledger(f"sqlite:///{tmp_path}/source.sqlite", relative_to=Path("/")) as source:
        assert move(source, ledger)["changes"] == 4
        assert ledger.runs() == source.runs()
        assert ledger.head() == source.head()


# Waivers and jobs

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("moment", ["INSERT INTO waiver_marks", "INSERT INTO persons_notes"])
def test_a_process_killed_while_it_puts_marks_leaves_neither_marks_nor_notes(
    database_url: str, ledger: SqlLedger, moment: str
) -> None:
    ledger.put_marks([mark("f1")], [note("f1", "before")])
    script = f"stop_after({moment!r})\nledger.put_marks([mark('f1'), mark('f2')], [note('f1', 'later'), note('f2')])"
    killed_while(STOP_AFTER + script, database_url)
    assert ledger.marks("main") == {"f1": mark("f1")}
    assert ledger.persons_notes(["f1", "f2"]) == {"f1": note("f1", "before")}
    ledger.put_marks([mark("f2")])
    assert ledger.marks("main").keys() == {"f1", "f2"}


@pytest.mark.slow
def test_processes_that_put_the_same_marks_in_any_order_do_not_stand_in_each_other_s_way(
    database_url: str, ledger: SqlLedger
) -> None:
    script = """
    ledger = open_ledger(url, relative_to=Path('/'))
    names = [f'f{one}' for one in range(40)]
    for turn in range(5):
        ledger.put_marks([mark(one) for one in (names if (number + turn) % 2 else reversed(names))])
    """
    outputs(script, database_url, 4)
    assert ledger.marks("main") == {f"f{number}": mark(f"f{number}") for number in range(40)}


@pytest.mark.slow
def test_of_several_processes_exactly_one_gets_each_notice(database_url: str, ledger: SqlLedger) -> None:
    script = """
    ledger = open_ledger(url, relative_to=Path('/'))
    wanted = [Notice(f'W-{one}', 'surplus', NOON.date(), NOON, {'by': number}) for one in range(60)]
    got = [new.waiver for at in range(0, 60, 3) for new in ledger.notify('main', wanted[at:at + 3])]
    print(json.dumps(got))
    """
    got = [json.loads(text) for text in outputs(script, database_url, 4)]
    assert sorted(name for names in got for name in names) == sorted(f"W-{one}" for one in range(60))
    kept = {one.waiver: one.body["by"] for one in ledger.notices("main")}
    assert kept == {name: number for number, names in enumerate(got) for name in names}


@pytest.mark.slow
def test_a_process_killed_while_it_keeps_notices_leaves_them_new(database_url: str, ledger: SqlLedger) -> None:
    one = "Notice('W-1', 'surplus', NOON.date(), NOON, {})"
    killed_while(STOP_AFTER + f"stop_after('INSERT INTO waiver_notices')\nledger.notify('main', [{one}])", database_url)
    assert ledger.notices("main") == ()
    assert len(ledger.notify("main", [Notice("W-1", "surplus", NOON.date(), NOON)])) == 1


def planned_long_ago(url: str, count: int) -> None:
    """Jobs that are due by every clock."""
    with open_ledger(url, relative_to=Path("/"), clock=lambda: LONG_AGO) as past:
        past.plan_jobs("main", {f"job {number}": "0 0 1 1 *" for number in range(count)}, ZoneInfo("UTC"))


@pytest.mark.slow
def test_several_processes_do_every_job_once(database_url: str) -> None:
    planned_long_ago(database_url, 120)
    script = """
    ledger, done = open_ledger(url, relative_to=Path('/')), []
    while (job := ledger.take_job(str(number), ttl=timedelta(minutes=5))) is not None:
        done.append(job.name)
        assert ledger.finish_job(job, status=RunStatus.DONE, detail=str(number))
    print(json.dumps(done))
    """
    done = [json.loads(text) for text in outputs(script, database_url, 4)]
    assert sorted(name for names in done for name in names) == sorted(f"job {number}" for number in range(120))
    with open_ledger(database_url, relative_to=Path("/")) as ledger:
        jobs = ledger.jobs("main")
        assert {job.name: int(job.last_detail) for job in jobs} == {
            name: number for number, names in enumerate(done) for name in names
        }
        assert {(job.token, job.attempts, job.holder) for job in jobs} == {(1, 0, "")}


@pytest.mark.slow
def test_a_process_killed_while_it_takes_a_job_leaves_it_due(database_url: str) -> None:
    planned_long_ago(database_url, 1)
    script = "stop_after('UPDATE jobs')\nledger.take_job('victim', ttl=timedelta(hours=1))"
    killed_while(STOP_AFTER + script, database_url)
    with open_ledger(database_url, relative_to=Path("/")) as ledger:
        job = ledger.take_job("next", ttl=timedelta(hours=1))
        assert job is not None
        assert (job.token, job.attempts) == (1, 1)


@pytest.mark.slow
def test_the_job_of_a_killed_process_is_taken_over_when_its_time_is_up(database_url: str) -> None:
    planned_long_ago(database_url, 1)
    script = "ledger.take_job('victim', ttl=timedelta(hours=1))\nprint('here', flush=True)\ntime.sleep(60)"
    killed_while(STOP_AFTER + script, database_url)
    ahead = Clock()
    with open_ledger(database_url, relative_to=Path("/"), clock=ahead) as ledger:
        (lost,) = ledger.jobs()
        assert lost.until is not None
        ahead.now = lost.until - timedelta(seconds=1)
        assert ledger.take_job("next", ttl=timedelta(hours=1)) is None
        ahead.now = lost.until
        job = ledger.take_job("next", ttl=timedelta(hours=1))
        assert job is not None
        assert (job.token, job.last_status) == (2, RunStatus.INTERRUPTED)
        assert job.last_detail.startswith("victim neither finished")
