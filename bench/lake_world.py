"""The lake of the measurements: the organization of `asff`, all controls in force everywhere, a ledger in SQLite."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import asff
from hubposture.filters import Filter
from hubposture.lake.engine import Means
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.storage import LocalStorage
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import open_ledger, utc_now
from hubposture.ledger.ulid import Ulids
from hubposture.ports.lake import Dimensions
from hubposture.posture.rollup import ROLLUP
from hubposture.settings.model import LakeSettings
from hubposture.wiring.store import rolled_up

UNITS, TEAMS = 44, 40
MEMBERS = {"aws-fsbp-1.0.0": asff.CONTROLS, "cis-5.0.0": 40, "nist-800-53-5": 160}
"""How many of the controls each standard has."""
FULL_DAYS = LakeSettings().full_days


@dataclass(frozen=True)
class World:
    """A lake as a process of the service holds it, with its default settings."""

    place: Place
    means: Means
    writer: Writer
    reader: Reader


@contextmanager
def opened(directory: Path) -> Iterator[World]:
    """The lake in a directory, made if need be."""
    with open_ledger("sqlite:///ledger.sqlite", relative_to=directory) as ledger:
        place = Place("main", ledger, LocalStorage(directory / "lake"), utc_now, Ulids(utc_now, os.urandom))
        means = Means(LakeSettings().memory_mib, directory / "spill", os.cpu_count() or 1)
        writer = Writer(place, means, holder="bench", rollup=rolled_up, full_days=FULL_DAYS)
        reader = Reader(place, means, rollup=ROLLUP, full_days=FULL_DAYS, scored=rolled_up)
        try:
            yield World(place, means, writer, reader)
        finally:
            writer.close()
            reader.close()


def dimensions(*, accounts: int = len(asff.ACCOUNTS)) -> Dimensions:
    """500 accounts in 44 OUs and of 40 teams, 14 Regions each, one profile of what is on and one of what is wanted."""
    ids = [f"{100_000_000_000 + 7 * number}" for number in range(accounts)]
    kinds = asff.kinds()
    controls = [kind.shown.lower() for kind in kinds]
    standards = [(name, control, "1.1") for name, count in MEMBERS.items() for control in controls[:count]]
    due = asff.NOW - dt.timedelta(days=30)
    return Dimensions(
        {
            "accounts": [_account(number, one) for number, one in enumerate(ids)],
            "units": [
                (path, one, ou)
                for number, one in enumerate(ids)
                for path, ou in (("/", "r-1"), (_unit(number), f"ou-{number % UNITS}"))
            ],
            "targets": [
                (one, region, "seen", "", "local", "e", "w", asff.NOW) for one in ids for region in asff.REGIONS
            ],
            "enablement": [("e", name, control, True, "") for name, control, _ in standards],
            "wishes": [
                ("w", kind.shown.lower(), "enforce", True, kind.severity, due, "", f"Controls!G{row}", -1, 30)
                for row, kind in enumerate(kinds, 2)
            ],
            "controls": [
                (kind.shown.lower(), kind.shown, kind.title, kind.shown.split(".")[0], kind.severity, "", None)
                for kind in kinds
            ],
            "standards": standards,
        },
        recorded=[(one, region) for one in ids for region in asff.REGIONS],
    )


def _account(number: int, id_: str) -> tuple[object, ...]:
    path, team = _unit(number), f"team-{number % TEAMS}"
    return (id_, f"service-{number}", "", f"service-{number} ({id_})", "active", f"ou-{number % UNITS}", path, team)


def _unit(number: int) -> str:
    return f"/Workloads/Unit{number % UNITS}"


def size_of(world: World, *prefixes: str) -> int:
    """Bytes of the head's files below some folders."""
    return sum(file.bytes for file in world.place.head().manifest.files() if file.name.startswith(prefixes))


def page_of(reader: Reader, wanted: Filter) -> None:
    """What a page of a list asks: how many there are, and the first fifty."""
    with reader.snapshot() as shot:
        shot.count(wanted)
        shot.page(wanted)


def groups_of(reader: Reader, wanted: Filter) -> None:
    """What a grouped list asks."""
    with reader.snapshot() as shot:
        shot.groups(wanted)
