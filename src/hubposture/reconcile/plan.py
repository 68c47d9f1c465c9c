"""Plans: what differs between current and desired, sorted, digestible, small for many places."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from hubposture.errors import HubpostureError
from hubposture.model.targets import Target, Unreadable
from hubposture.reconcile.change import Change, Edit


class DuplicateEdit(HubpostureError):
    """Two edits of one place have the same key; both sources are named."""


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """Something left at its last state on purpose, and why (a tie between two rows, a settling control, ...)."""

    place: Target
    key: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Plan:
    """Edits by place, with what could not be planned.

    `edits` maps each place that needs something to its edits, sorted and interned: places with equal needs share
    one tuple, so memory grows with distinct needs and not with cells. `places` are all that were planned for,
    `cells` how many things were compared in them (the base of shares). `unreadable` and `held` are not planned.
    """

    organization: str
    edits: Mapping[Target, tuple[Edit, ...]]
    places: int
    cells: int
    unreadable: tuple[Unreadable, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything unreadable was expected to be."""
        return all(one.expected for one in self.unreadable)

    def changes(self) -> Iterator[Change]:
        """Every change, by place, then by the edits' order."""
        for place in sorted(self.edits):
            for edit in self.edits[place]:
                yield Change(place, edit)

    @cached_property
    def count(self) -> int:
        """The number of changes."""
        return sum(len(edits) for edits in self.edits.values())

    @cached_property
    def weight(self) -> int:
        """The number of account x Region x control cells that really move."""
        return sum(sum(edit.weight for edit in edits) for edits in self.edits.values())

    @cached_property
    def bundles(self) -> tuple[tuple[tuple[Edit, ...], tuple[Target, ...]], ...]:
        """Equal needs with their places, sorted by the first place: what a reader and a saved plan show."""
        same: dict[int, tuple[Edit, ...]] = {}  # by identity first: equal needs are interned, and hashing them is slow
        equal: dict[tuple[Edit, ...], tuple[Edit, ...]] = {}
        places: dict[int, list[Target]] = {}
        for place in sorted(self.edits):
            edits = self.edits[place]
            if id(edits) not in same:
                same[id(edits)] = equal.setdefault(edits, edits)
            places.setdefault(id(same[id(edits)]), []).append(place)
        return tuple((same[number], tuple(found)) for number, found in places.items())

    @cached_property
    def digest(self) -> str:
        """`sha256:...` over what moves where; reasons and sources do not count, so words may change freely."""
        state = hashlib.sha256(self.organization.encode())
        for edits, places in self.bundles:
            moves = [(edit.stage, str(edit.kind), edit.key, edit.current, edit.desired) for edit in edits]
            state.update(repr((moves, [(place.account, place.region) for place in places])).encode())
        return f"sha256:{state.hexdigest()}"


def collect_edits(wanted: Iterable[tuple[Target, Iterable[Edit]]]) -> dict[Target, tuple[Edit, ...]]:
    """Sort and intern the edits of each place; places without edits are left out.

    Raises:
        DuplicateEdit: two edits of a place have the same kind and key.
    """
    interned: dict[tuple[Edit, ...], tuple[Edit, ...]] = {}
    known: dict[int, tuple[object, tuple[Edit, ...]]] = {}  # what was given, kept alive so that its id stays its own
    found: dict[Target, tuple[Edit, ...]] = {}
    for place, edits in wanted:
        if id(edits) not in known:
            ordered = tuple(sorted(edits, key=lambda edit: edit.order))
            if ordered not in interned:
                _refuse_duplicates(place, ordered)
            known[id(edits)] = (edits, interned.setdefault(ordered, ordered))
        if ordered := known[id(edits)][1]:
            found[place] = ordered
    return found


def _refuse_duplicates(place: Target, ordered: tuple[Edit, ...]) -> None:
    for one, other in pairwise(ordered):
        if one.order == other.order:
            raise DuplicateEdit(
                f"{place}: {one.kind} {' '.join(one.key)} is wanted twice, by {one.source} and by {other.source}"
            )


def beyond(plan: Plan, reviewed: Plan) -> tuple[Change, ...]:
    """The changes of `plan` that do not lie within `reviewed`: what nobody has seen. Empty means it may be applied."""
    moves: dict[int, frozenset[_Move]] = {}
    extra: dict[tuple[int, int], tuple[Edit, ...]] = {}
    found: list[Change] = []
    for place, edits in sorted(plan.edits.items(), key=lambda item: item[0]):
        seen = reviewed.edits.get(place, ())
        if id(seen) not in moves:
            moves[id(seen)] = frozenset(_move(edit) for edit in seen)
        if (id(edits), id(seen)) not in extra:
            known = moves[id(seen)]
            extra[id(edits), id(seen)] = tuple(edit for edit in edits if _move(edit) not in known)
        found += [Change(place, edit) for edit in extra[id(edits), id(seen)]]
    return tuple(found)


_Move = tuple[str, tuple[str, ...], str]


def _move(edit: Edit) -> _Move:
    """What an edit does, wherever it starts from; by repr, since 1 and True are equal and not the same value."""
    return (str(edit.kind), edit.key, repr(edit.desired))


def joined(one: Plan, other: Plan) -> Plan:
    """Two plans of one organization as one; a place may have edits in both, of different kinds.

    Raises:
        DuplicateEdit: both want the same thing of the same place.
    """
    wanted = {place: (*one.edits.get(place, ()), *other.edits.get(place, ())) for place in {**one.edits, **other.edits}}
    return Plan(
        organization=one.organization,
        edits=collect_edits(wanted.items()),
        places=one.places + other.places,
        cells=one.cells + other.cells,
        unreadable=tuple(sorted((*one.unreadable, *other.unreadable), key=lambda found: found.target)),
        held=tuple(sorted((*one.held, *other.held))),
    )
