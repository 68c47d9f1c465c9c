"""Shares of a whole, as counts; percentages are made here and not in SQL, where engines round differently."""

from typing import NamedTuple


class Ratio(NamedTuple):
    """`met` of `total`."""

    met: int
    total: int

    @property
    def percent(self) -> float | None:
        """In percent, cut to one decimal, so that 100 means all of them; None where there is nothing."""
        return self.met * 1000 // self.total / 10 if self.total else None

    @property
    def nearest(self) -> int | None:
        """Rounded to a whole percent, halves up, as AWS shows it; None where there is nothing."""
        return (self.met * 200 + self.total) // (self.total * 2) if self.total else None
