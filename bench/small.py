"""The emulated organization in this process: what reading and planning cost, with every call signed and parsed."""

import tempfile
import time
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

from hubposture.cli.demo import baseline_in
from hubposture.wiring import Connection, connect, rehearsal, workplace


def connection_to(folder: Path, *, accounts: int, threads: int = 8, answer_seconds: float = 0.0) -> Connection:
    """The organization, and a baseline in a folder."""
    box, around = rehearsal(accounts=accounts)
    spec = box.core.spec
    baseline_in(folder, administrator=spec.administrator, home=spec.home_region, now=around.now())

    def attach(client: Any) -> Any:
        client.meta.events.register_first("before-send", lambda **_: time.sleep(answer_seconds))
        return box.connect(client)

    environ = {**around.environ, "HUBPOSTURE_LIMITS_THREADS": str(threads)}
    around = replace(around, attach=attach if answer_seconds else around.attach, environ=environ)
    return connect(workplace(folder, surroundings=around), "acme")


def rate() -> str:
    """Targets read per second, the organization's own calls aside."""
    with tempfile.TemporaryDirectory() as name:
        connection = connection_to(Path(name) / "demo", accounts=60)
        reading = connection.organizations.read()
        survey = connection.survey()
        begun = time.perf_counter()
        found = list(connection.hub.read(survey.governance, survey.universe, survey.definitions))
        took = time.perf_counter() - begun
        return f"{len(found) / took:.0f} ({len(found)} targets of {len(reading.organization.accounts)} accounts)"


def far() -> str:
    """Targets per second when every answer takes 60 ms, with 8, 24 (the default) and 32 threads."""
    found = []
    for threads in (8, 24, 32):
        with tempfile.TemporaryDirectory() as name:
            connection = connection_to(Path(name) / "demo", accounts=60, threads=threads, answer_seconds=0.06)
            survey = connection.survey()
            begun = time.perf_counter()
            read = list(connection.hub.read(survey.governance, survey.universe, survey.definitions))
            found.append(f"{len(read) / (time.perf_counter() - begun):.0f} with {threads} threads")
    return ", ".join(found)


def calls() -> str:
    """The most calls that one readable target took, beside the promise for it."""
    with tempfile.TemporaryDirectory() as name:
        connection = connection_to(Path(name) / "demo", accounts=12)
        survey = connection.survey()
        target = next(one.target for one in survey.readings if hasattr(one, "known"))
        connection.record.clear()
        state = next(
            iter(connection.hub.read({target: survey.governance[target]}, survey.universe, survey.definitions))
        )
        pairs = getattr(state, "known", 0).bit_count()
        here = survey.definitions[target.region]
        parametered = sum(bool(one.parameters) for one in here.controls.values())
        most = 2 + ceil(pairs / 100) + ceil(parametered / 100)
        made = sum(count for (_, service, _), count in connection.record.counts.items() if service == "securityhub")
        return f"{made} for {pairs} pairs and at most {parametered} parametered controls (promised: at most {most})"


def survey_and_plan() -> str:
    """Everything `hubposture plan` does but printing."""
    with tempfile.TemporaryDirectory() as name:
        connection = connection_to(Path(name) / "demo", accounts=12)
        begun = time.perf_counter()
        found = connection.plan(connection.workplace.matrix(), connection.survey())
        return (
            f"{time.perf_counter() - begun:.1f} s, {sum(connection.calls().values())} calls, {found.plan.count} changes"
        )
