"""What `explain` says of the findings of a control in one place."""

import datetime as dt

from hubposture.verbs.found_here import Failing, FoundHere
from hubposture.verbs.found_words import findings_said

NOW = dt.datetime(2026, 11, 24, 12)


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def test_what_fails_is_told_apart_from_what_is_waived_and_from_what_nobody_approved() -> None:
    failing = (
        Failing("b1", ago(43), suppressed=False, subject="s1"),
        Failing("b2", ago(90), suppressed=True, subject="s2"),
        Failing("b3", ago(200), suppressed=False, subject="s3", waiver="W-2026-014"),
    )
    here = FoundHere(NOW, passed=4, failed=1, waived=1, suppressed=1, failing=failing)
    assert findings_said(here, NOW) == (
        "Findings as of 2026-11-24 12:00 UTC: 7 resources: 4 passed, 1 failing (the oldest for 43 days), "
        "1 failing and waived, 1 failing and suppressed without a waiver."
    )


def test_nothing_synced_and_nothing_found_are_said_as_such() -> None:
    assert "nothing was synced yet" in findings_said(FoundHere(None), NOW)
    assert "It is not measured here" in findings_said(FoundHere(NOW), NOW)
