"""What planning tickets reads: every obligation that fails, the subjects of tickets, and the tickets of the ledger."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from bench import asff
from bench.growth import lake
from bench.meter import Peak, quantile, timed
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket

_TIMES = 5
_SUBJECTS, _FAILING = 1_000_000, 10
_TRACKED = """
    (SELECT subject FROM subjects WHERE status = 'FAILED' ORDER BY subject LIMIT 60000)
    UNION ALL (SELECT subject FROM subjects WHERE status = 'PASSED' ORDER BY subject LIMIT 40000)
"""
_TICKETS, _MEMBERS = 5_000, 20


def read(directory: Path) -> str:
    """From a snapshot that is open, with owners: the first time, and the median of several later ones."""
    home = directory / "working"
    home.mkdir()
    with lake(home, _SUBJECTS, failing=_FAILING) as world, Peak() as peak, world.reader.snapshot() as shot:
        tracked = [subject for (subject,) in shot.execute(_TRACKED, {})]
        spans = []
        for _ in range(_TIMES + 1):
            with timed() as span:
                found = shot.work(tracked)
            spans.append(span.seconds)
    return f"{quantile(spans[1:], 0.5):.2f} s, the first {spans[0]:.2f} s; {len(found):,} subjects; {peak}"


def kept(directory: Path) -> str:
    """Put anew, read, and put again with the same members."""
    tickets = [_ticket(number) for number in range(_TICKETS)]
    with open_ledger("sqlite:///work.sqlite", relative_to=directory) as ledger:
        spans = [_seconds(ledger, tickets, again=False), _seconds(ledger, tickets, again=True)]
        with timed() as reading:
            ledger.tickets("main")
    return f"put in {spans[0]:.2f} s, read in {reading.seconds:.2f} s, put again in {spans[1]:.2f} s"


def _seconds(ledger: SqlLedger, tickets: list[Ticket], *, again: bool) -> float:
    with timed() as span:
        ledger.put_tickets(replace(one, rung=int(again)) for one in tickets)
    return span.seconds


def _ticket(number: int) -> Ticket:
    group = Group("main", By.CONTROL_OWNER, f"s3.{number}", "team")
    since = asff.NOW - dt.timedelta(days=1)
    members = tuple(Member(f"{number * _MEMBERS + place:032x}", since) for place in range(_MEMBERS))
    return Ticket(group.key(1), group, 1, Route("team", "jira", "OPS"), State.OPEN, members, since)
