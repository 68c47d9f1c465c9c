"""Everything of the overview page: the posture, its trend, the week's movement, worst OUs, waivers that end soon."""

import datetime as dt

from hubposture.ports.lake import LakeReader, NoSuchVersion, Snapshot
from hubposture.posture.scores import Dimension
from hubposture.verbs.movement import read_movement
from hubposture.verbs.posture import read_posture, read_rows
from hubposture.verbs.trend import Keep, read_trend
from hubposture.verbs.waivers_of_version import waivers_of
from hubposture.views.movement import Movement
from hubposture.views.pages.overview import Overview

_WEEK = dt.timedelta(days=7)
_WEEKS = 12


def read_overview(reader: LakeReader, snapshot: Snapshot, *, zone: dt.tzinfo, keep: Keep | None = None) -> Overview:
    """The overview of an open snapshot of this reader; versions of earlier weeks are opened for it, within the same subjects.

    `keep` as of `trend.read_trend`. Raises LakeDamaged.
    """
    units, _ = read_rows(snapshot, Dimension.OU)
    return Overview(
        version=snapshot.number,
        at=snapshot.at,
        posture=read_posture(snapshot, movement=week_before(reader, snapshot)),
        weeks=read_trend(reader, weeks=_WEEKS, within=snapshot.within, keep=keep),
        units=units,
        waivers=waivers_of(snapshot, zone=zone),
    )


def week_before(reader: LakeReader, snapshot: Snapshot) -> Movement | None:
    """What moved in the week before a snapshot; None where the lake does not go back so far."""
    try:
        with reader.snapshot(day=(snapshot.at - _WEEK).date(), within=snapshot.within) as before:
            return None if before.number == snapshot.number else read_movement(reader, before, snapshot)
    except NoSuchVersion:
        return None
