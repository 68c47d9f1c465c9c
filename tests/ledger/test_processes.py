"""Several processes on one ledger, and processes that are killed."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import IntentState
from ledger_world import changes

PRELUDE = """
import json, sys, time
from datetime import timedelta
from pathlib import Path
from hubposture.ledger.ledger import open_ledger
from hubposture.ports.ledger import Entry
from hubposture.reconcile.outcome import Outcome
from ledger_world import changes, results
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
