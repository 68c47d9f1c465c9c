"""Rows of one id as one waiver: lists are joined, everything else must be said alike."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from hubposture.errors import Problem
from hubposture.model.controls import ControlId
from hubposture.waivers.import_row import LISTS, SAME, ImportedRow
from hubposture.waivers.waiver import Criteria, Waiver, WaiverType

_NEEDED = ("reason", "owner", "requested_by", "expires")
_PLACES = ("resources", "accounts", "ous")


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one id, in the order of the sheet; never empty."""

    rows: tuple[ImportedRow, ...]
    today: dt.date

    @property
    def first(self) -> ImportedRow:
        """The row that gives the waiver its id and its place."""
        return self.rows[0]

    def problems(self) -> Iterator[Problem]:
        """What keeps the rows from being a waiver, beyond what is wrong in single cells."""
        yield from self._missing()
        yield from self._differing()
        yield from self._uneven()
        other = next((row for row in self.rows if row.called.casefold() != self.first.called.casefold()), None)
        if other is not None:
            what = f"{other.called!r} would be called {other.id}, and so would {self.first.called!r}"
            yield Problem(other.at.at("id"), what, "an id has letters, digits, dot, hyphen and underscore")
        start, end = self._day("valid_from"), self._day("expires")
        if start is not None and end is not None and end < start:
            what = f"it ends on {end}, before it is valid from {start}"
            yield Problem(self.first.at.at("expires"), what, "correct one of them")
        names = [tag.partition("=")[0] for tag in self._list("tags")]
        if len(names) != len(set(names)):
            yield Problem(
                self.first.at.at("tags"), f"{self.first.id} names a tag twice", "keep one pattern for each tag"
            )
        alone = self._list("resources") and not self._list("accounts") and not self._list("ous")
        if alone and any(not pattern.strip("*?") for pattern in self._list("resources")):
            what = f"{self.first.id} means every resource of the organization"
            yield Problem(self.first.at.at("resources"), what, "write ARNs, or add accounts or OUs")

    def _missing(self) -> Iterator[Problem]:
        needed = [*_NEEDED, "controls"]
        if self._value("type") is WaiverType.COMPENSATING:
            needed.append("compensating")
        for key in needed:
            if not any(key in row.given for row in self.rows):
                what = f"{self.first.id} has no {key.replace('_', ' ')}"
                yield Problem(self.first.at.at(key), what, "write it, or give one for all rows that have none")
        if not any(row.given.intersection(_PLACES) for row in self.rows):
            what = f"{self.first.id} has neither resources nor accounts nor OUs"
            yield Problem(self.first.at.at("resources"), what, "write at least one of them")

    def _differing(self) -> Iterator[Problem]:
        for key in SAME:
            said = [row for row in self.rows if key in row.values]
            for row in said[1:]:
                if row.values[key] != said[0].values[key]:
                    what = f"{key.replace('_', ' ')} of {self.first.id} is not what {said[0].at.at(key)} says"
                    yield Problem(row.at.at(key), what, "rows of one id are one waiver; let them say the same")

    def _uneven(self) -> Iterator[Problem]:
        """A criterion that only some rows give would narrow the others, too."""
        for key in LISTS:
            without = [row for row in self.rows if key not in row.given]
            given = [row for row in self.rows if key in row.given]
            if given and without:
                what = f"{self.first.id} names {key} in {given[0].at.at(key)} and none here; joined, they hold for both"
                yield Problem(without[0].at.at(key), what, "write them in every row of this id, or give it another id")

    def notes(self) -> Iterator[Problem]:
        """What to look at, though it is taken."""
        if self.is_over:
            yield Problem(
                self.first.at.at("expires"), f"{self.first.id} ended on {self._day('expires')}", "passed over"
            )
            return
        kinds = [key for key in LISTS if len({row.lists.get(key, ()) for row in self.rows}) > 1]
        if len(kinds) > 1:
            what = f"the {len(self.rows)} rows of {self.first.id} differ in {' and '.join(kinds)}"
            hint = "joined, it also speaks of combinations that no row names; look at its preview"
            yield Problem(self.first.at.at(kinds[0]), what, hint)
        for pattern in self._list("resources"):
            if not pattern.startswith(("arn:", "*", "?")):
                what = f"{pattern!r} of {self.first.id} is no ARN, and matches only what is called exactly so"
                yield Problem(self.first.at.at("resources"), what, "most resources are called by their ARN")

    @property
    def is_over(self) -> bool:
        """Whether it ended before today."""
        end = self._day("expires")
        return end is not None and end < self.today

    def waiver(self) -> Waiver:
        """The waiver of rows without problems."""
        tags = (tag.partition("=") for tag in self._list("tags"))
        criteria = Criteria(
            controls=tuple(ControlId(control) for control in self._list("controls")),
            resources=self._list("resources"),
            accounts=self._list("accounts"),
            ous=self._list("ous"),
            regions=tuple(dict.fromkeys(region.casefold() for region in self._list("regions"))),
            tags=tuple(sorted((name.strip(), pattern.strip()) for name, _, pattern in tags)),
        )
        return Waiver(
            id=self.first.id,
            criteria=criteria,
            type=cast("WaiverType", self._value("type") or WaiverType.RISK_ACCEPTANCE),
            reason=self._text("reason"),
            owner=self._text("owner"),
            requested_by=self._text("requested_by"),
            valid_from=self._day("valid_from") or self.today,
            expires=self._day("expires") or self.today,
            compensating=self._text("compensating"),
            risk_owner=self._text("risk_owner"),
            source=self.first.at.at("controls"),
        )

    def head(self) -> tuple[str, ...]:
        """Lines for a comment: where it comes from, and who approved it there."""
        said = dict.fromkeys(line for row in self.rows for line in row.said)
        return (f"imported from {self.first.at.at()}", *said)

    def _list(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for row in self.rows for one in row.lists.get(key, ())))

    def _value(self, key: str) -> object:
        return next((row.values[key] for row in self.rows if key in row.values), None)

    def _text(self, key: str) -> str:
        value = self._value(key)
        return value if isinstance(value, str) else ""

    def _day(self, key: str) -> dt.date | None:
        value = self._value(key)
        return value if isinstance(value, dt.date) else None
