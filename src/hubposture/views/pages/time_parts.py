"""A time line as a part of a page: entries with what they tell, by whom, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.views.document import Tone


@dataclass(frozen=True, slots=True)
class TimeChange:
    """One place that changed: what stood there and what stands there now, '' for nothing."""

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """One entry. `when` is a moment in UTC, '' for all of the time; `told` its sentence, `facts` short ones about it.

    `href` leads to what it is about, a path of ours; ''. `likely` says what it is likely behind; ''.
    """

    when: str
    kind: str
    told: str
    tone: Tone = Tone.PLAIN
    href: str = ""
    facts: Sequence[str] = ()
    changes: Sequence[TimeChange] = ()
    more: int = 0
    likely: str = ""


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Entries, newest first; `label` names it for those who hear it."""

    label: str
    entries: Sequence[TimeEntry]
    empty: str = "Nothing is known."
