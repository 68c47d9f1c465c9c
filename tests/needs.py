"""What a test needs of its surroundings: skipped with a clear reason where it is missing, failed when strict."""

import os

import pytest


def need(condition: object, what: str, how_to_get_it: str) -> None:
    """Skip the test unless `condition` holds, saying what is missing and how to get it.

    With HUBPOSTURE_STRICT=1 the test fails instead: nothing may be left out where everything must have run.
    """
    if condition:
        return
    reason = f"needs {what}: {how_to_get_it}"
    if os.environ.get("HUBPOSTURE_STRICT") == "1":
        pytest.fail(f"HUBPOSTURE_STRICT=1, and this test {reason}", pytrace=False)
    pytest.skip(reason)
