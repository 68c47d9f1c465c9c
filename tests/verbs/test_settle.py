"""What an interrupted run left: intents of controls get a result, those of waivers are not settled here."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from controls.controls_world import DARK, S38, TARGETS, pairs, state
from hubposture.catalog.standards import CIS_5
from hubposture.controls.edits import OFF, ON, Kind
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.model.targets import Target
from hubposture.ports.ledger import IntentState, RunStatus
from hubposture.reconcile.change import Change, Edit
from hubposture.verbs.settle import MAYBE_ALIVE, settle
from ledger_world import START, Clock
from verbs.worlds import survey

DARK_PLACE, DONE_PLACE, UNDONE_PLACE = TARGETS[-1], TARGETS[0], TARGETS[1]
LATER = START + MAYBE_ALIVE + dt.timedelta(seconds=1)
SURVEY = survey(
    [
        *(state(one, off=pairs((CIS_5, S38)) if one == DONE_PLACE else 0) for one in TARGETS[:-1]),
        DARK,
    ]
)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[SqlLedger]:
    with open_ledger("sqlite:///l.sqlite", relative_to=tmp_path, clock=Clock()) as opened:
        yield opened


def off(place: Target) -> Change:
    edit = Edit(10, Kind.ASSOCIATION, (CIS_5.key, S38), ON, OFF, "root, S3.8", "Controls!G2")
    return Change(place, edit)


def suppress(place: Target, *, kind: str = "waiver suppress") -> Change:
    edit = Edit(0, kind, ("s3.8", "arn:aws:s3:::shop"), "NEW", "SUPPRESSED", "W-1 covers it", "waivers/W-1.yaml")
    return Change(place, edit)


def left(books: SqlLedger, *changes: Change, verb: str = "apply") -> str:
    """A run that died after it had sent these."""
    run = books.open_run(verb, organization="acme", who="ci")
    books.intend(run.id, changes)
    books.sent(run.id, changes)
    return run.id


def states(books: SqlLedger, run: str) -> list[IntentState]:
    return [one.state for one in books.intents(run)]


def test_what_stands_was_applied_and_what_does_not_failed_and_what_is_dark_stays_open(books: SqlLedger) -> None:
    run = left(books, off(DONE_PLACE), off(UNDONE_PLACE), off(DARK_PLACE))
    assert settle(books, SURVEY, organization="acme", now=LATER) == 2
    assert states(books, run) == [IntentState.APPLIED, IntentState.FAILED, IntentState.SENT]
    assert books.run(run).status is RunStatus.INTERRUPTED


def test_what_was_written_to_findings_is_left_open_and_its_run_is_closed_all_the_same(books: SqlLedger) -> None:
    both = left(books, off(DONE_PLACE), suppress(DONE_PLACE), suppress(UNDONE_PLACE, kind="waiver release"), verb="run")
    only = left(books, suppress(DONE_PLACE), verb="waivers enforce")
    assert settle(books, SURVEY, organization="acme", now=LATER) == 1
    assert states(books, both) == [IntentState.APPLIED, IntentState.SENT, IntentState.SENT]
    assert states(books, only) == [IntentState.SENT]
    assert {books.run(one).status for one in (both, only)} == {RunStatus.INTERRUPTED}
    assert settle(books, SURVEY, organization="acme", now=LATER) == 0
    assert len(books.unfinished()) == 3


def test_a_run_that_may_be_alive_and_other_organizations_are_left_alone(books: SqlLedger) -> None:
    run = left(books, off(DONE_PLACE), suppress(DONE_PLACE))
    assert settle(books, SURVEY, organization="acme", now=START + MAYBE_ALIVE) == 0
    assert settle(books, SURVEY, organization="gov", now=LATER) == 0
    assert states(books, run) == [IntentState.SENT, IntentState.SENT]
    assert books.run(run).status is RunStatus.RUNNING
