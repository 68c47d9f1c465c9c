"""Where sight is lost, or findings change their form, nothing is fixed or gone by it; back again, the truth comes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from holds.findings_world import Begun, Held, Subject, World, world
from holds.holds_world import ADMINISTRATOR, DATA, HOME, LINKED, WEB
from hubposture.posture.scores import Score
from hubposture.sandbox.world import AccountState
from hubposture.verbs.posture import read_posture
from hubposture.wiring import open_store

HALF = (WEB, DATA)
READER = "hubposture-reader"


@dataclass(frozen=True)
class Way:
    """A way in which sight of accounts is lost: hands on the sandbox, there and back, and what shall be said of it."""

    leave: Callable[[World], None]
    come_back: Callable[[World], None]
    sight: str


def _without_role(there: World) -> None:
    for account in HALF:
        there.box.remove_role(account, READER)


def _with_role(there: World) -> None:
    for account in HALF:
        known = there.box.core.organization.accounts[account]
        there.box.put_account(replace(known, roles_missing=known.roles_missing - {READER}))


def _suspended(there: World) -> None:
    for account in HALF:
        there.box.set_account_state(account, AccountState.SUSPENDED)


def _active(there: World) -> None:
    for account in HALF:
        there.box.set_account_state(account, AccountState.ACTIVE)


def _left(there: World) -> None:
    there.left = {one: there.box.core.organization.accounts[one] for one in HALF}
    for account in HALF:
        there.box.core.organization.remove_account(account)


def _joined(there: World) -> None:
    for account in there.left.values():
        there.box.put_account(account)


def _recorders_off(there: World) -> None:
    for account in HALF:
        for region in (HOME, LINKED):
            there.box.set_recorder(account, region, on=False)


def _recorders_on(there: World) -> None:
    for account in HALF:
        for region in (HOME, LINKED):
            there.box.set_recorder(account, region, on=True)


def _hubs(there: World, *, on: bool) -> None:
    there.box.faults.update({"hub_off": [] if on else [(one, region) for one in HALF for region in (HOME, LINKED)]})


WAYS = {
    "without the reader role": Way(_without_role, _with_role, "unreadable"),
    "suspended": Way(_suspended, _active, "lost"),
    "left the organization": Way(_left, _joined, "lost"),
    "recorders off": Way(_recorders_off, _recorders_on, "lost"),
    "hubs off": Way(lambda there: _hubs(there, on=False), lambda there: _hubs(there, on=True), "lost"),
}


def assert_score_is_no_better(before: Score, after: Score) -> None:
    """Nobody's obligations are met by not being seen."""
    assert after.accounts.met <= before.accounts.met
    assert after.met <= before.met
    assert after.nothing_off.met <= before.nothing_off.met


def named(there: World) -> str:
    """What the posture lists as lost sight of or unreadable."""
    at = there.connection().workplace
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
        found = read_posture(snapshot)
    return "\n".join(f"{one}" for one in (*found.lost, *found.not_measured))


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_where_sight_of_half_the_accounts_is_lost_nothing_is_fixed_or_gone_and_the_score_is_no_better(
    name: str, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, way = world(begun, tmp_path / "b", monkeypatch), WAYS[name]
    held, score = there.held(), there.score()
    way.leave(there)
    there.box.wait(60)
    there.sync()
    assert_nothing_closed(there, held, way)
    assert_score_is_no_better(score, there.score())
    for account in ("web", "data"):
        assert account in named(there)
    held = there.held()
    there.pass_days(3)
    there.sync()
    assert_nothing_closed(there, held, way)
    way.come_back(there)
    for _ in range(2):
        there.pass_days()
        there.sync()
    there.assert_converged(quiet=True)


def assert_nothing_closed(there: World, held: dict[Subject, Held], way: Way) -> None:
    """Of the half, sight may be lost, and nothing else."""
    there.assert_sound(held, lost=lambda key: way.sight == "lost" and key[0] in HALF)
    sights = dict(there.query("SELECT account, min(sight || '/' || because) FROM targets GROUP BY account"))
    for account in HALF:
        assert sights[account].startswith(way.sight), sights
        assert sights[account] != f"{way.sight}/", "it is said why"
    now = there.held()
    wanted = {"lost": {"lost"}, "unreadable": {"present", "unsure"}}[way.sight]
    for key, one in held.items():
        if key[0] in HALF and one.presence == "present" and (really := there.truth().get(key)) and really.active:
            assert now[key].presence in wanted, f"{key}: {one} -> {now[key]}"


# --- consolidated findings ------------------------------------------------------------------------------------------


def switch(there: World, form: str) -> None:
    """Have findings written in another form, in both Regions."""
    for region in (HOME, LINKED):
        client = there.box.client("securityhub", account=ADMINISTRATOR, region=region)
        client.update_security_hub_configuration(ControlFindingGenerator=form)


@pytest.mark.slow
def test_findings_in_another_form_are_the_same_subjects_failing_since_as_long(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    for form in ("STANDARD_CONTROL", "SECURITY_CONTROL"):
        held = there.held()
        switch(there, form)
        there.box.wait(dt.timedelta(hours=20).total_seconds())
        there.sync()
        assert_kept(there, held)
        noticed = there.held()
        there.box.wait(dt.timedelta(hours=24).total_seconds())
        there.sync()
        assert_kept(there, held)
        assert_nothing_more_is_gone(there, noticed)
        there.pass_days()
        there.sync()
        there.assert_sound(held)
        there.assert_converged()
    assert there.faults() == []


def assert_kept(there: World, held: dict[Subject, Held]) -> None:
    """Nothing became gone that is there, and what is failing as before has been failing since as long as before."""
    there.assert_sound(held)
    for key, one in there.held().items():
        before = held.get(key)
        if before is not None and before.status == one.status == "FAILED" and before.is_in_sight:
            assert one.failing_since is not None
            assert before.failing_since is not None
            assert one.failing_since <= before.failing_since or was_repaired(there, key), f"{key}: {before} -> {one}"


def assert_nothing_more_is_gone(there: World, noticed: dict[Subject, Held]) -> None:
    """From when the switch was noticed, 48 hours long, not even what was deleted is gone."""
    for key, one in there.held().items():
        assert one.presence != "gone" or noticed[key].presence == "gone", f"{key}: gone in the 48 hours"


def was_repaired(there: World, key: Subject) -> bool:
    """Whether the subject passed in between."""
    rows = there.query(
        "SELECT to_status FROM transitions WHERE account = '{}' AND region = '{}' AND control = '{}'"
        " AND resource = '{}'".format(*key)
    )
    return ("PASSED",) in rows
