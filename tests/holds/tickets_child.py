"""A process that syncs tickets with a served tracker, and is killed at a write: run as `python -m holds.tickets_child FILE`.

FILE holds the world as pickle. Each line on stdin is a run in a process forked for it: `KILL n` dies before its n-th write,
`WAIT n PATH` waits there until PATH exists. What became of it is answered on stdout: `killed`, or what it says itself.
"""

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from holds.ticket_sites import JiraSite
from holds.tickets_world import ORGANIZATION, TicketsWorld
from hubposture.cli import ticketing
from hubposture.connectors.http import Http
from hubposture.errors import HubpostureError
from hubposture.ledger.ledger import SqlLedger

WRITES = ("put_tickets", "keep_answers", "open_run", "close_run", "intend", "sent", "record", "take_lease")
_READS = ("GET", "/search", "/bulkfetch")


def dies(at: int) -> Callable[[int], None]:
    """Kills this process before its `at`-th write."""

    def strike(number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def waits(at: int, path: Path) -> Callable[[int], None]:
    """Waits before the `at`-th write until somebody makes a file."""

    def strike(number: int) -> None:
        if number == at:
            path.with_suffix(".here").touch()
            while not path.exists():
                time.sleep(0.01)

    return strike


def hook(strike: Callable[[int], None]) -> None:
    """Call `strike` with the number of each write before it is made: in the tracker, and in the ledger."""
    count = 0

    def counted(original: Callable[..., Any], is_write: Callable[..., bool]) -> Callable[..., Any]:
        def hooked(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if is_write(*arguments):
                count += 1
                strike(count)
            return original(*arguments, **named)

        return hooked

    for name in WRITES:
        setattr(SqlLedger, name, counted(getattr(SqlLedger, name), lambda *_: True))
    sends = counted(Http._send, lambda _http, method, url, *_: not any(one in f"{method} {url}" for one in _READS))
    Http._send = sends  # type: ignore[method-assign]


def run(world: dict[str, Any], strike: Callable[[int], None]) -> str:
    """One sync as the command does it, its lease included."""
    jira = SimpleNamespace(kind=world["kind"], lock=None)
    site = JiraSite(SimpleNamespace(url=world["url"], jira=jira))  # type: ignore[arg-type]
    here = TicketsWorld(world["directory"], site, policy=world["policy"])
    here.now, here.checks, here.ledger_url = world["now"], world["checks"], world["ledger_url"]
    hook(strike)

    @contextmanager
    def store(_connection: object) -> Iterator[tuple[Any, Any]]:
        with here._means() as means:
            yield SimpleNamespace(ledger=here.ledger), means

    ticketing.ticket_store = store  # type: ignore[assignment]
    vars(ticketing)["_told_on"] = lambda _connection, _store, _means, done: done
    try:
        done = ticketing.synced_tickets(SimpleNamespace(name=ORGANIZATION))  # type: ignore[arg-type]
    except HubpostureError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        here.close()
        site.close()
    return f"done {len(done.written.done)} failed {len(done.failures)}"


def main() -> None:
    """Fork once for each line: what is imported is imported once."""
    world = pickle.loads(Path(sys.argv[1]).read_bytes())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        what, at, *path = line.split()
        world = pickle.loads(Path(sys.argv[1]).read_bytes())
        child = os.fork()
        if not child:
            said = run(world, dies(int(at)) if what == "KILL" else waits(int(at), Path(path[0])))
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write("killed\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
