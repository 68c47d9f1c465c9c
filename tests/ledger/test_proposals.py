from dataclasses import replace
from datetime import timedelta

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.ledger import IntentState
from hubposture.ports.proposals import Proposal, ProposalLedger
from hubposture.ports.run_changes import RunChanges
from hubposture.reconcile.outcome import Outcome
from ledger_world import NOON, PLACES, changes, results

MINE = Proposal(
    "p1", "main", "s3.8", "größe <b>", "S3.8: off", "because", "kim", NOON, "controls/s3.8-p1", "b" * 40, "HIGH",
    (("ou", "/Sandbox"), ("account", "111122223333")), {"reason": "=1+1\n"}, {"cells": [{"n": 1}]},
)  # fmt: skip


def test_a_proposal_is_read_back_as_it_was_written(ledger: SqlLedger) -> None:
    port: ProposalLedger = ledger
    port.put_proposal(MINE)
    assert port.proposal("main", "p1") == MINE
    assert port.proposal("other", "p1") is None
    done = replace(MINE, commit="c" * 40, pushed_to="origin")
    port.put_proposal(done)
    assert port.proposals("main") == (done,)


def test_the_newest_proposal_comes_first(ledger: SqlLedger) -> None:
    for number in (1, 3, 2):
        ledger.put_proposal(replace(MINE, id=f"p{number}", at=NOON + timedelta(days=number)))
    assert [one.id for one in ledger.proposals("main")] == ["p3", "p2", "p1"]
    assert [one.id for one in ledger.proposals("main", limit=1)] == ["p3"]


def test_a_proposal_is_withdrawn_once(ledger: SqlLedger) -> None:
    ledger.put_proposal(MINE)
    assert ledger.withdraw_proposal("main", "p1", by="kim", at=NOON)
    assert not ledger.withdraw_proposal("main", "p1", by="lee", at=NOON)
    found = ledger.proposal("main", "p1")
    assert found is not None
    assert (found.withdrawn_by, found.withdrawn_at) == ("kim", NOON)


def test_changes_of_a_run_are_counted_and_paged_by_account_and_state(ledger: SqlLedger) -> None:
    port: RunChanges = ledger
    run = ledger.open_run("apply", organization="main", who="kim").id
    some = changes("s3.8", "ec2.2")
    ledger.intend(run, some)
    ledger.sent(run, some)
    ledger.record(run, [*results(some[:6], Outcome.APPLIED), *results(some[6:], Outcome.FAILED, "denied")])
    first, second = sorted({one.account for one in PLACES})
    counted = {(one.account, one.state): one.number for one in port.change_counts([run])}
    assert counted == {
        (first, IntentState.APPLIED): 4, (second, IntentState.APPLIED): 2, (second, IntentState.FAILED): 2,
    }  # fmt: skip
    assert [one.change for one in port.change_page(run, organization="main", limit=3, offset=2)] == list(some[2:5])
    failed = port.change_page(run, organization="main", accounts=[second], states=[IntentState.FAILED])
    assert [one.change for one in failed] == list(some[6:])
    assert port.change_page(run, organization="main", accounts=[]) == ()
    assert port.change_page(run, organization="other") == ()
