"""What waivers excuse, in the plainest words: a model beside the product, from what was written and approved."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from holds.findings_world import Subject
from holds.waivers_world import is_like

REQUESTER = "kim@example.com"


class File(StrEnum):
    """How the file of a waiver is."""

    WHOLE = "whole"
    BROKEN = "broken"
    GONE = "gone"


@dataclass(frozen=True)
class Entry:
    """One approval: by whom, until when it was asked for, of which version of the waiver, for which subjects."""

    by: str
    until: dt.date
    version: int
    subjects: frozenset[Subject]


@dataclass
class Written:
    """A waiver as it was written; `version` grows with every change that an approval is bound to."""

    id: str
    resources: tuple[str, ...]
    controls: tuple[str, ...]
    is_visible: bool
    covers_new: int
    valid_from: dt.date
    expires: dt.date
    version: int = 0
    file: File = File.WHOLE
    revoked: dt.date | None = None
    entries: list[Entry] = field(default_factory=list)
    subjects: frozenset[Subject] = frozenset()

    def last_day(self, today: dt.date) -> dt.date | None:
        """The last day on which it holds by the best approval; None where it does not hold today."""
        if self.file is not File.WHOLE or not self.valid_from <= today <= self.expires:
            return None
        if self.revoked is not None and self.revoked <= today:
            return None
        ends = [min(one.until, self._end) for one in self.entries if self._counts(one)]
        best = max(ends, default=None)
        return best if best is not None and best >= today else None

    @property
    def _end(self) -> dt.date:
        return self.expires if self.revoked is None else min(self.expires, self.revoked - dt.timedelta(days=1))

    def _counts(self, entry: Entry) -> bool:
        is_own = entry.by.casefold() == REQUESTER
        return not is_own and entry.version == self.version and entry.subjects == self.subjects

    def speaks_of(self, subject: Subject) -> bool:
        """Whether its criteria match."""
        return subject[2] in self.controls and any(is_like(subject[3], one) for one in self.resources)

    def approved(self, by: str, subjects: frozenset[Subject]) -> None:
        """Somebody approves it as it is."""
        self.subjects = subjects
        self.entries.append(Entry(by, self.expires, self.version, subjects))

    def anew(self, other: "Written") -> None:
        """Its file is written anew, without approvals."""
        keep = self.subjects
        for name, value in vars(replace(other, entries=[], subjects=keep, version=self.version + 1)).items():
            setattr(self, name, value)


@dataclass
class Model:
    """All waivers that were ever written, by id."""

    waivers: dict[str, Written] = field(default_factory=dict)
    ever: set[Subject] = field(default_factory=set)

    def covering(self, subject: Subject, today: dt.date) -> Iterator[tuple[Written, dt.date]]:
        """The waivers that surely cover a subject, with their last days."""
        for one in self.waivers.values():
            until = one.last_day(today)
            if until is not None and subject in one.subjects and one.speaks_of(subject):
                yield one, until

    def is_suppressed(self, subject: Subject, today: dt.date) -> bool:
        """Whether it surely is to be suppressed."""
        return any(not one.is_visible for one, _ in self.covering(subject, today))

    def may_be_suppressed(self, subject: Subject, today: dt.date) -> bool:
        """Whether it may be: a waiver may have taken it in."""
        return self.is_suppressed(subject, today) or any(
            one.covers_new and not one.is_visible and one.last_day(today) is not None and one.speaks_of(subject)
            for one in self.waivers.values()
        )

    def remember(self, subjects: Iterator[Subject], today: dt.date) -> None:
        """Note what is covered at a run: only that may ever be ours."""
        self.ever.update(one for one in subjects if self.may_be_suppressed(one, today))

    @property
    def has_broken_file(self) -> bool:
        """Whether nothing may be released."""
        return any(one.file is File.BROKEN for one in self.waivers.values())
