"""How long the command line takes to start."""

import subprocess
import sys
import time


def start_up() -> str:
    """The best of ten starts, so that a busy machine does not count."""
    best = 9.0
    for _ in range(10):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hubposture", "--help"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - begun)
    return f"{best:.2f} s"
