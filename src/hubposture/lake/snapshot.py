"""One version, read: portable queries, and lists under a filter."""

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import duckdb

from hubposture.filters import names
from hubposture.filters.tree import EVERYTHING, Filter
from hubposture.lake import lists
from hubposture.lake.answers import Answers
from hubposture.lake.counting import Counting, OwningWithin
from hubposture.lake.engine import Connection, judged, naive
from hubposture.lake.fields import OF_OWNERS
from hubposture.lake.judging import judged_on, matched_on
from hubposture.lake.owning import Owning, loose_tags, owned
from hubposture.lake.publish import Head
from hubposture.lake.storage import Storage
from hubposture.lake.working import work_of
from hubposture.ports.lake import Counts, Group, Item, NoSuchVersion, Owned, TagUse
from hubposture.waivers.rule import Judged, Match, Rule
from hubposture.work.subject import Subject

_T = TypeVar("_T")


class Shot:
    """Implements `ports.lake.Snapshot` on a cursor whose schema is the version's; for one thread at a time."""

    def __init__(
        self,
        cursor: Connection,
        storage: Storage,
        head: Head,
        *,
        is_slim: bool,
        answers: Answers,
        owning: Owning | OwningWithin,
        within: Filter = EVERYTHING,
        counting: Counting | None = None,
    ) -> None:
        self._within = within
        self._counting = counting
        self._answers = answers
        self._owning = owning
        self._cursor = cursor
        self._storage = storage
        self._head = head
        self._is_slim = is_slim

    @property
    def number(self) -> int:
        """See `ports.lake`."""
        return self._head.number

    @property
    def at(self) -> dt.datetime:
        """See `ports.lake`."""
        return naive(self._head.at)

    @property
    def within(self) -> Filter:
        """See `ports.lake`."""
        return self._within

    def execute(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """See `ports.lake`."""
        given = ((name, tuple(one) if isinstance(one, list) else one) for name, one in sorted(parameters.items()))
        question = ("execute", sql, tuple(given))

        def ask() -> list[tuple[Any, ...]]:
            if self._counting is not None:
                self._counting.show(self._cursor, sql)
            return self._cursor.execute(sql, dict(parameters)).fetchall()

        rows = self._ask(ask, question)
        return list(rows)

    def groups(self, wanted: Filter, *, limit: int = 50, offset: int = 0) -> Sequence[Group]:
        """See `ports.lake`."""
        return self._ask(
            lambda: lists.groups(self._seeing(wanted), wanted, limit=limit, offset=offset),
            ("groups", wanted, limit, offset),
        )

    def page(self, wanted: Filter, *, limit: int = 50, after: str = "") -> Sequence[Item]:
        """See `ports.lake`."""
        bands = self._bands(wanted)
        return self._ask(
            lambda: lists.page(self._seeing(), wanted, bands=bands, limit=limit, after=after),
            ("page", wanted, limit, after),
        )

    def count(self, wanted: Filter) -> Counts:
        """See `ports.lake`."""
        return lists.counts_of(self._bands(wanted))

    def _bands(self, wanted: Filter) -> Sequence[int]:
        """How many of each band of the order; a list asks for its count and its rows, and both need this."""
        return self._ask(lambda: lists.by_band(self._seeing(wanted), wanted), ("bands", wanted))

    def judge(self, rules: Sequence[Rule], *, ours: Collection[str], only: Collection[str] | None = None) -> Judged:
        """See `ports.lake`. A day whose findings are no longer kept has cases without findings."""
        return self._ask(
            lambda: judged_on(self._cursor, rules, version=self.number, ours=ours, only=only, is_slim=self._is_slim)
        )

    def matched(self, rules: Sequence[Rule], waivers: Collection[str]) -> Mapping[str, Sequence[Match]]:
        """See `ports.lake`."""
        return self._ask(lambda: matched_on(self._cursor, rules, waivers, version=self.number, is_slim=self._is_slim))

    def item(self, subject: str) -> Item | None:
        """See `ports.lake`."""
        return self._ask(lambda: lists.item(self._seeing(), subject))

    def owned(self) -> Owned:
        """See `ports.lake`. On a day whose findings are no longer kept, the tags of resources are not known."""
        return self._ask(lambda: owned(self._seeing()), ("owned",))

    def loose_tags(self) -> Sequence[TagUse]:
        """See `ports.lake`."""
        return self._ask(lambda: loose_tags(self._seeing()), ("loose tags",))

    def work(self, tracked: Collection[str]) -> Sequence[Subject]:
        """See `ports.lake`. On a day whose findings are no longer kept, times and the tags of resources are not known."""
        return self._ask(lambda: work_of(self._seeing(), tracked))

    def tags_of(self, tagset: str) -> Sequence[tuple[str, str]]:
        """See `ports.lake`."""
        return self._ask(lambda: lists.tags_of(self._cursor, tagset))

    def findings_of(self, subject: str) -> Sequence[Mapping[str, Any]]:
        """See `ports.lake`. Raises NoSuchVersion for a day whose findings are no longer kept."""
        if self._is_slim:
            raise NoSuchVersion(
                f"version {self.number} of {self.at:%Y-%m-%d}: its findings are no longer kept, only the state of their "
                "subjects; ask for a later day (setting lake.full_days)"
            )
        return self._ask(lambda: lists.findings_of(self._cursor, subject))

    def history_of(self, subject: str) -> Sequence[Mapping[str, Any]]:
        """See `ports.lake`."""
        return self._ask(lambda: lists.history_of(self._cursor, subject))

    def _seeing(self, wanted: Filter | None = None) -> Connection:
        """The cursor, with owners shown if a filter speaks of them; always without a filter, since rows show them."""
        if wanted is None or not OF_OWNERS.isdisjoint(names(wanted)):
            self._owning.show(self._cursor)
        return self._cursor

    def _ask(self, question: Callable[[], _T], kept_as: Hashable = None) -> _T:
        """Ask, unless it is kept under a name; see `_asked`."""
        return self._asked(question) if kept_as is None else self._answers.get(kept_as, lambda: self._asked(question))

    def _asked(self, question: Callable[[], _T]) -> _T:
        """Ask, and once more after fetching the version's files again, should one have left the cache meanwhile."""
        with judged(self._storage, self._head.manifest, number=self.number):
            try:
                return question()
            except duckdb.IOException:
                for file in self._head.manifest.files():
                    self._storage.fetch(file)
                return question()
