"""The sandbox's state kept in a directory between runs."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from hubposture.errors import InputError
from hubposture.sandbox.calls import CallRecord
from hubposture.sandbox.clock import RealClock
from hubposture.sandbox.codec import decode, encode
from hubposture.sandbox.core import Aggregator, OrganizationConfiguration
from hubposture.sandbox.engine import Engine
from hubposture.sandbox.hubs import Hub, PolicyBase
from hubposture.sandbox.operations.policy_effect import Policy
from hubposture.sandbox.standings import Applied, Standing
from hubposture.sandbox.world import AccountSpec, DeclarativeSpec, OuSpec

FORMAT = 1
FILE = "sandbox.json"

Owned = list[list[Any]]
"""Entries of [account, Region, things by ARN]."""


@dataclass(kw_only=True)
class State:
    """Everything that may differ from the world's description."""

    format: int
    world: str
    began: datetime
    ahead: timedelta
    drawn: int
    administrator: str
    accounts: dict[str, AccountSpec]
    ous: dict[str, OuSpec]
    declarative: dict[str, DeclarativeSpec]
    configuration: OrganizationConfiguration
    aggregator: Aggregator | None
    hubs: list[Hub]
    policy_bases: dict[str, PolicyBase]
    tags: dict[str, dict[str, str]]
    removed_members: dict[str, set[str]]
    applied: dict[str, Applied]
    standings: dict[str, Standing]
    pending: set[str]
    policies: dict[str, Policy]
    rules: Owned
    insights: Owned
    actions: Owned
    trail: list[CallRecord]
    faults: dict[str, Any]
    findings: Any = None
    events: Any = None


def save(engine: Engine, directory: Path) -> None:
    """Write the state to a directory, in one step: a crash leaves the old state or the new one."""
    directory.mkdir(parents=True, exist_ok=True)
    with engine.lock:
        body = orjson.dumps(encode(_state(engine)))
    draft = directory / f"{FILE}.new"
    draft.write_bytes(body)
    os.replace(draft, directory / FILE)  # noqa: PTH105 - Path.replace is the same call


def restore(engine: Engine, directory: Path) -> bool:
    """Take over the state kept in a directory; False if none is there, InputError if it is of another world."""
    path = directory / FILE
    if not path.exists():
        return False
    try:
        plain = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is not a saved sandbox: {error}. Delete it, or run `sandbox reset`.") from error
    if plain.get("format") != FORMAT or plain.get("world") != _digest(engine):
        raise InputError(f"{path} was saved for another organization. Delete it, or run `sandbox reset`.")
    with engine.lock:
        _take(engine, decode(State, plain))
    return True


def _digest(engine: Engine) -> str:
    return hashlib.sha256(orjson.dumps(encode(engine.core.spec), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _state(engine: Engine) -> State:
    core, org, standings = engine.core, engine.core.organization, engine.standings
    return State(
        format=FORMAT,
        world=_digest(engine),
        began=core.began,
        ahead=engine.clock.ahead if isinstance(engine.clock, RealClock) else timedelta(0),
        drawn=core.drawn,
        administrator=org.administrator,
        accounts=org.accounts,
        ous=org.ous,
        declarative=org.declarative,
        configuration=core.configuration,
        aggregator=core.aggregator,
        hubs=list(core.hubs.values()),
        policy_bases={name: base for name, base in core.bases.items() if isinstance(base, PolicyBase)},
        tags=core.tags,
        removed_members=core.removed_members,
        applied=standings.applied,
        standings=standings.accounts,
        pending=standings.pending,
        policies=engine.policies.policies,
        rules=_owned(engine.extras.rules),
        insights=_owned(engine.extras.insights),
        actions=_owned(engine.extras.actions),
        trail=list(engine.calls.trail),
        faults=engine.faults.as_mapping(),
        findings=engine.findings.dump() if engine.findings else None,
        events=engine.events.queue.dump(),
    )


def _owned(store: dict[tuple[str, str], dict[str, Any]]) -> Owned:
    return [[account, region, things] for (account, region), things in store.items()]


def _take(engine: Engine, state: State) -> None:
    core, org, standings = engine.core, engine.core.organization, engine.standings
    if isinstance(engine.clock, RealClock):
        engine.clock.ahead = state.ahead
    core.begin_at(state.began)
    core.drawn = state.drawn
    org.replace_all(state.accounts, state.ous, state.declarative, state.administrator)
    core.configuration, core.aggregator = state.configuration, state.aggregator
    core.hubs = {(hub.account, hub.region): hub for hub in state.hubs}
    core.bases |= state.policy_bases
    core.tags, core.removed_members = state.tags, state.removed_members
    engine.policies.policies = state.policies
    standings.take(state.applied, state.standings, state.pending)
    for store, kept in (
        (engine.extras.rules, state.rules),
        (engine.extras.insights, state.insights),
        (engine.extras.actions, state.actions),
    ):
        store.clear()
        store.update({(account, region): things for account, region, things in kept})
    engine.calls.trail.clear()
    engine.calls.trail.extend(state.trail)
    engine.faults.update(state.faults)
    if engine.findings and state.findings is not None:
        engine.findings.load(state.findings)
    if state.events is not None:
        engine.events.queue.load(state.events, core.catalogue)
