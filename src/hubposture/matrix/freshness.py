"""Whether a detection can be relied on today."""

import datetime as dt
from enum import StrEnum

from hubposture.matrix.rows import Detection


class Freshness(StrEnum):
    """The state of a detection; only a fresh one covers anything."""

    FRESH = "fresh"
    STALE = "stale"
    UNTESTED = "never tested"
    OFF = "off"


def freshness(detection: Detection, today: dt.date) -> Freshness:
    """How far a detection can be relied on.

    Off unless Enabled says yes; untested without Last tested; stale after Last tested plus Max age days (a test
    without Max age days counts for ever).
    """
    if not detection.enabled:
        return Freshness.OFF
    if detection.last_tested is None:
        return Freshness.UNTESTED
    age_days = (today - detection.last_tested).days
    if detection.max_age_days is None or age_days <= detection.max_age_days:
        return Freshness.FRESH
    return Freshness.STALE
