"""A centrally configured organization of a thousand accounts, in memory: what compiling its policies costs."""

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from controls.central.large import large
from hubposture.controls.central.plan import plan_central


def seconds() -> str:
    """The time of the whole compile and plan, and the peak of the process."""
    organization, state, wishes, ground = large()
    begun = time.perf_counter()
    found = plan_central(organization, state, wishes, ground=ground)
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return f"{took:.1f} s, {found.plan.count} changes, process at {peak:.0f} MiB"
