"""Why something is decided, in clauses that read alike in lists and in notes.

What goes into a note says nothing of a single finding, so that many findings get equal values and are sent together.
"""

import datetime as dt
from typing import assert_never

from hubposture.waivers.decision import Circumstances, Mark
from hubposture.waivers.note import author_of, last_day
from hubposture.waivers.rule import Cover, Fit
from hubposture.waivers.stamp import RELEASED, stamp_of
from hubposture.waivers.step import At

NOBODY = "it was suppressed, and nobody approved that"
"""Why a suppression of somebody is lifted, where that is configured."""


def short_of(cover: Cover) -> str:
    """Why a waiver that matches does not cover."""
    why = f" ({cover.why})" if cover.why else ""
    match cover.fit:
        case Fit.SURPLUS:
            return f"{cover.waiver} matches it, but it is not among what was approved{why}"
        case Fit.BARRED:
            return f"{cover.waiver} matches it, but its row of the matrix allows no such waiver{why}"
        case Fit.ENDED:
            return f"{cover.waiver} matches it, but does not hold{why}"
        case Fit.COVERS:
            return f"{cover.waiver} covers it"
        case _:
            assert_never(cover.fit)


def lapsed(mark: Mark, cover: Cover | None, around: Circumstances) -> str:
    """Why what we suppressed under a waiver is excused no longer; `cover` is what matches now."""
    if not mark.waiver:
        return NOBODY
    if cover is not None and cover.waiver == mark.waiver:
        return short_of(cover)
    if mark.until <= around.now:
        return f"{mark.waiver} held until {last_day(mark.until, around.zone)}"
    return f"{mark.waiver} does not cover it any more"


def adopted(at: At, cover: Cover) -> str:
    """Why a suppression that the ledger does not know is taken over."""
    if at.carries_mark:
        return f"it carries our mark, and the ledger does not know it; {cover.waiver} covers it"
    return f"somebody suppressed it; {cover.waiver} covers it"


def changed(at: At, cover: Cover, day: dt.date) -> str:
    """What of ours is not as it should be; `day` is the last one of the waiver."""
    found = stamp_of(at.finding.user_fields)
    if found.waiver not in ("", RELEASED, cover.waiver):
        return f"suppressed under {found.waiver}, now under {cover.waiver}"
    if found.until not in ("", day.isoformat()) and found.waiver == cover.waiver:
        return f"{cover.waiver} now holds until {day}"
    if at.finding.note_by != author_of(at.around.instance):
        return f"somebody wrote over the note; {cover.waiver} covers it until {day}"
    return f"the note or the mark is not what {cover.waiver} asks for"
