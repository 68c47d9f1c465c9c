"""Waivers for the lake of `waiver_world`, as people write them: exact names, prefixes, wildcards, accounts, OUs, tags."""

import datetime as dt
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bench import asff
from bench.lake_world import UNITS
from bench.waiver_world import controls
from hubposture.model.controls import ControlId
from hubposture.ports.lake import Snapshot
from hubposture.waivers.rule import Rule
from hubposture.waivers.waiver import Criteria, Effect

_PAST = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - as the lake writes times
_SAMPLE = "SELECT account, region, control, resource FROM subjects ORDER BY subject LIMIT 20000"
_KINDS = {"exact": 42, "prefix": 23, "middle": 20, "broad": 8, "one": 3, "suffix": 4}
"""How many patterns in a hundred are of each kind."""


class Seen(NamedTuple):
    """A subject that a waiver is written for."""

    account: str
    region: str
    control: str
    resource: str


def rules(snapshot: Snapshot, count: int, *, seed: int = 1) -> list[Rule]:
    """So many waivers; of 98 in a hundred subjects that they match now the approval says so, 15 in a hundred waivers
    do not hold."""
    draw = random.Random(seed)
    seen = [Seen(*row) for row in sorted(snapshot.execute(_SAMPLE, {}))]
    made = [_rule(number, draw, seen) for number in range(count)]
    matched = snapshot.judge(made, ours=()).tallies
    return [
        replace(
            one,
            approved=frozenset(key for key in matched[one.waiver].admitted if draw.random() < 0.98),
            covers_new=draw.choice((0,) * 9 + (3,)),
            new_since=asff.NOW,
            holds=draw.random() < 0.85,
        )
        for one in made
    ]


def _rule(number: int, draw: random.Random, seen: Sequence[Seen]) -> Rule:
    """A waiver that takes in whatever it matches."""
    one = draw.choice(seen)
    unit = UNITS_OF[one.account]
    by_name = draw.random() < 0.85
    placed = draw.choices(("", "accounts", "ous"), (55, 25, 20) if by_name else (0, 50, 50))[0]
    criteria = Criteria(
        controls=_controls(one.control, draw),
        resources=tuple(_pattern(draw.choice(seen) if at else one, draw) for at in range(draw.randint(1, 5)))
        if by_name
        else (),
        accounts=tuple({one.account, *draw.sample(asff.ACCOUNTS, draw.randint(0, 3))}) if placed == "accounts" else (),
        ous=(draw.choice((f"/Workloads/Unit{unit}", f"ou-{unit}")),) if placed == "ous" else (),
        regions=tuple({one.region, *draw.sample(asff.REGIONS, 4)}) if draw.random() < 0.2 else (),
        tags=(("stage", draw.choice(("prod", "*", "dev*"))),) if draw.random() < 0.15 else (),
    )
    return Rule(
        waiver=f"W-{number:06}",
        criteria=criteria,
        effect=Effect.VISIBLE if draw.random() < 0.1 else Effect.SUPPRESS,
        holds=True,
        until=asff.NOW + dt.timedelta(days=draw.randint(1, 360)),
        days=90,
        accounts=frozenset(asff.ACCOUNTS),
        covers_new=10**9,
        new_since=_PAST,
    )


UNITS_OF = {account: number % UNITS for number, account in enumerate(asff.ACCOUNTS)}
_GROUPS = {control: group for group in controls().values() for control in group}


def _controls(control: str, draw: random.Random) -> tuple[ControlId, ...]:
    """One to three controls of the same service."""
    group = _GROUPS[ControlId(control)]
    return tuple(dict.fromkeys((ControlId(control), *draw.sample(group, draw.randint(0, 2)))))


def _pattern(one: Seen, draw: random.Random) -> str:
    name = one.resource
    match draw.choices(list(_KINDS), list(_KINDS.values()))[0]:
        case "exact":
            return name
        case "prefix":
            return name[: -draw.randint(1, 3)] + "*"
        case "middle":
            return _middle(name, draw)
        case "broad":
            return re.sub(r"[^:/]*$", "*", name)
        case "one":
            at = draw.randrange(len(name) - 4, len(name))
            return f"{name[:at]}?{name[at + 1 :]}"
        case _:
            return "*" + name[-draw.randint(8, 14) :]


def _middle(name: str, draw: random.Random) -> str:
    """The Region, the account or a word of the name does not matter."""
    parts = re.split(r"([:/-])", name)
    words = [at for at, part in enumerate(parts) if part.isalnum() and 2 < at < len(parts) - 1]
    parts[draw.choice(words)] = "*"
    return "".join(parts)
