"""Several processes on one lake, and processes that are killed at any moment."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PRELUDE = """
import datetime as dt, json, os, signal, sys, time
from pathlib import Path
from hubposture.ledger.ledger import open_ledger
from hubposture.lake.storage import LocalStorage
from hubposture.ports.versions import HeadMoved, Publication
from lake import lake_world
from lake.lake_world import ACCOUNTS_, LAKE, T0, batch, dimensions, state
url, root, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

def opened(late=0, wrap=lambda one: one):
    books = open_ledger(url, relative_to=root, clock=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=late))
    place = lake_world.place(root, wrap(books), books._now, storage=wrap(LocalStorage(root / 'lake')))
    from hubposture.lake.publish import Place
    from hubposture.ledger.ulid import Ulids
    place = Place(LAKE, place.books, place.storage, place.now, Ulids(books._now, os.urandom))
    return books, place, lake_world.writer(place, root, holder=f'{os.getpid()}'), lake_world.reader(place, root)

def whole(snapshot):
    # What must hold in every snapshot: no half batch, no lost and no doubled row.
    ask = lambda sql: snapshot.execute(sql, {})
    ((subjects, unique),) = ask('SELECT count(*), count(DISTINCT subject) FROM subjects')
    assert ask('SELECT count(*), count(DISTINCT finding) FROM findings') == [(subjects, subjects)]
    assert unique == subjects
    assert ask('SELECT coalesce(sum(n), 0) FROM cube') == [(subjects,)]
    assert ask('SELECT count(DISTINCT subject) FROM transitions') == [(subjects,)]
    assert {count for _, count in ask('SELECT control, count(*) FROM subjects GROUP BY control')} <= {SIZE}
    return subjects
SIZE = 10
"""


def start(script: str, url: str, root: Path, number: int = 0) -> subprocess.Popen[str]:
    code = PRELUDE + textwrap.dedent(script)
    command = [sys.executable, "-c", code, url, str(root), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TESTS)


def ended(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    return output


WRITES = """
books, place, writer, reader = opened()
for turn in range(2):
    control = f's3.{number * 100 + turn}'
    some = batch(SIZE, control=control)
    assert writer.fold(some, also=Publication(cursors={f'{number}': {'turn': turn}})).new == SIZE
    assert writer.fold(batch(SIZE, control=control, compliance='PASSED', updated=T0)).changed > 0
print(json.dumps(books.cursor(LAKE, f'{number}')))
writer.close(); reader.close(); books.close()
"""
COMPACTS = """
books, place, writer, reader = opened()
done = 0
while done < 2:
    done += bool(writer.compact().deltas)
    writer.tidy(keep_days=3)
print('compacted')
writer.close(); reader.close(); books.close()
"""
READS = """
books, place, writer, reader = opened()
seen = [0]
while seen[-1] < 3 * 2 * SIZE:
    if books.head_version(LAKE):
        with reader.snapshot() as snapshot:
            seen.append(whole(snapshot))
    time.sleep(0.05)
assert seen == sorted(seen)
print(len(set(seen)))
writer.close(); reader.close(); books.close()
"""
CHECKS = """
books, place, writer, reader = opened()
with reader.snapshot() as snapshot:
    assert whole(snapshot) == 3 * 2 * SIZE
    assert {one for one in state(snapshot).values()} == {('present', 'PASSED')}
assert writer.check(deep=True) == ()
numbers = [row.number for row in books.versions(LAKE)]
assert numbers == list(range(numbers[0], 0, -1))
print('sound')
writer.close(); reader.close(); books.close()
"""


@pytest.mark.slow
def test_writers_readers_and_a_compaction_at_once_lose_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    ended(start("opened()[0].close()", database_url, tmp_path))
    running = [start(WRITES, database_url, tmp_path, number) for number in range(3)]
    running += [start(COMPACTS, database_url, tmp_path), *(start(READS, database_url, tmp_path) for _ in range(2))]
    outputs = [ended(process) for process in running]
    assert [json.loads(text) for text in outputs[:3]] == [{"turn": 1}] * 3
    assert ended(start(CHECKS, database_url, tmp_path)) == "sound\n"


KILLED = """
class Dying:
    # Kills the process at the n-th step that matters; None never does.
    steps, at = 0, None

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name not in ('put', 'publish', 'advance', 'delete', 'retire', 'scratch', 'take_lease', 'release_lease'):
            return found
        def called(*args, **values):
            self._step()
            result = found(*args, **values)
            self._step()
            return result
        return called

    def _step(self):
        Dying.steps += 1
        if Dying.steps == Dying.at:
            os.kill(os.getpid(), signal.SIGKILL)

def work(late, at):
    Dying.at = at
    books, place, writer, reader = opened(late, Dying)
    writer.fold(batch(SIZE), also=Publication(cursors={'a': {'done': 1}}))
    writer.settle(dimensions())
    writer.fold(batch(SIZE, compliance='PASSED', updated=T0), also=Publication(cursors={'a': {'done': 2}}))
    writer.compact()
    writer.tidy(keep_days=3)
    writer.close(); reader.close(); books.close()
    print(Dying.steps, flush=True)

def forked(run):
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        run()
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)

def judge(late):
    books, place, writer, reader = opened(late)
    head, cursor = books.head_version(LAKE), books.cursor(LAKE, 'a')
    if head is not None:
        with reader.snapshot() as snapshot:
            assert whole(snapshot) == SIZE
            passed = set(state(snapshot).values()) == {('present', 'PASSED')}
            assert cursor == {'done': 2 if passed else 1}, (cursor, passed)
    else:
        assert cursor == {}
    assert writer.check(deep=True) == ()
    writer.close(); reader.close(); books.close()
"""
KILLS = (
    KILLED
    + """
at, late = 1 + number, 0
while forked(lambda: work(late, at)) == -signal.SIGKILL:
    late += 61
    assert forked(lambda: judge(late)) == 0, at
    # The next process goes on, dies as well but later, and in the end all is done.
    at += 23
late += 61
assert forked(lambda: work(late, None)) == 0
assert forked(lambda: judge(late)) == 0
print('converged')
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 5, 11, 16])
def test_a_process_that_is_killed_anywhere_leaves_a_lake_that_can_be_read_and_gone_on_with(
    database_url: str, tmp_path: Path, number: int
) -> None:
    assert ended(start(KILLS, database_url, tmp_path, number)).endswith("converged\n")
