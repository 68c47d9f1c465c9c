"""Waivers matched against findings, and decided upon."""

from collections import Counter
from pathlib import Path

from bench import asff
from bench.meter import Peak, milliseconds, seconds_of, timed
from bench.waiver_rules import rules
from bench.waiver_world import lake
from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Circumstances, Decision, Memory
from hubposture.waivers.rule import Judged, Rule

_TIMES = 5
_FEW = "SELECT subject FROM subjects WHERE status = 'FAILED' ORDER BY subject LIMIT 10"


def once(directory: Path, findings: int, waivers: int) -> str:
    """One run on an open version, from waivers to decisions."""
    with lake(directory, findings) as world, world.reader.snapshot() as shot:
        made = rules(shot, waivers)
        with Peak() as peak, timed() as matching:
            judged = shot.judge(made, ours=())
            with timed() as deciding:
                verbs = Counter(one.verb for one in _decided(judged, made))
    return (
        f"{matching}, of which deciding {deciding.seconds:.1f} s; {peak} "
        f"({sum(one.matched for one in judged.tallies.values()):,} matches, {len(judged.covered):,} subjects covered, "
        f"{len(judged.cases):,} cases: {', '.join(f'{count:,} {verb}' for verb, count in verbs.most_common())})"
    )


def again(directory: Path, findings: int, waivers: int) -> str:
    """The median of several runs, after one that does not count."""
    with lake(directory, findings) as world, world.reader.snapshot() as shot:
        made = rules(shot, waivers)
        seconds = seconds_of(lambda: _decided(shot.judge(made, ours=()), made), times=_TIMES)
    return f"{seconds:.2f} s"


def event(directory: Path, findings: int, waivers: int) -> str:
    """The same for ten subjects, as after a batch of events."""
    with lake(directory, findings) as world, world.reader.snapshot() as shot:
        made = rules(shot, waivers)
        keys = [key for (key,) in shot.execute(_FEW, {})]
        seconds = seconds_of(lambda: _decided(shot.judge(made, ours=(), only=keys), made), times=_TIMES)
    return milliseconds(seconds)


def _decided(judged: Judged, made: list[Rule]) -> list[Decision]:
    notes = {
        one.waiver: "Accepted until the migration is over. Approved by lee@example.com, PER0010042" for one in made
    }
    around = Circumstances(instance="main", now=asff.NOW, notes=notes)
    nothing = Memory()
    return [decide(case, nothing, around) for case in judged.cases]
