"""Rows become decisions per target: which rows hold where, and which of them wins."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from hubposture.catalog import Catalog, Proposal, propose
from hubposture.errors import InputError, InputErrors
from hubposture.matrix.decisions import Candidate, Decision, Tie, decide
from hubposture.matrix.ranks import WHOLE, Rank
from hubposture.matrix.rows import ControlRow, Matrix, StandardRow
from hubposture.matrix.scope_names import scope_key, scope_problems
from hubposture.matrix.scopes import AccountMatch, Scopes, Unresolved
from hubposture.matrix.standard_decisions import StandardDecision, StandardTie, decide_standard
from hubposture.model.controls import ControlId, Standard, natural_key
from hubposture.model.organization import Organization
from hubposture.model.targets import Target

Key = TypeVar("Key")
Value = TypeVar("Value")
Held = tuple[tuple[int, Rank], ...]
"""The scopes in use that hold at a target, with their ranks: equal ones make equal decisions."""

_SHOWN_TIES = 3


class Overlay(Mapping[Key, Value], Generic[Key, Value]):
    """A mapping of few entries over a large shared one; None hides what lies below. Read only."""

    __slots__ = ("_below", "_order", "_over")

    def __init__(self, order: tuple[Key, ...], below: Mapping[Key, Value], over: Mapping[Key, Value | None]) -> None:
        self._order = order
        self._below = below
        self._over = over

    def __getitem__(self, key: Key) -> Value:
        value = self._over[key] if key in self._over else self._below[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[Key]:
        return (key for key in self._order if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        if key in self._over:
            return self._over[key] is not None  # type: ignore[index]  # it is a key, as the line above says
        return key in self._below


class Resolution:
    """What a matrix wants at every target of an organization.

    Targets at which the same scopes hold share a signature, a small number, and are decided once: at 1,000 accounts in
    17 Regions there are as many decisions as there are different wishes. `expired` are rows that switch off and whose
    Expires is past: they still hold, since a date alone never flips a control, and lint calls them an error. `unresolved`
    are values of scopes that name nothing in the organization; a scope never grows by them.
    """

    def __init__(self, matrix: Matrix, organization: Organization, regions: Iterable[str], *, today: dt.date) -> None:
        self.matrix = matrix
        self.organization = organization
        self.regions: tuple[str, ...] = tuple(sorted(set(regions)))
        self.expired: tuple[ControlRow, ...] = tuple(row for row in matrix.controls if is_expired(row, today))
        self._scopes = Scopes(matrix.scopes, organization)
        self._rows = _grouped(matrix.controls, lambda row: row.control)
        self._order = tuple(sorted(self._rows, key=natural_key))
        self._scoped = tuple(control for control in self._order if any(row.scope for row in self._rows[control]))
        self._standard_rows = _grouped(matrix.standards, lambda row: row.standard)
        self._used = self._scopes_in_use()
        self._matches: dict[AccountMatch, int] = {}
        self._matching: list[AccountMatch] = []
        self._match_of: dict[str, int] = {}
        self._at: dict[tuple[int, str], int] = {}
        self._held: dict[Held, int] = {}
        self._holding: list[Held] = []
        self._decided: dict[tuple[tuple[int, Rank], ...], Decision | Tie] = {}
        self._base = {control: self._decide(control, {}) for control in self._order}
        self._below = {control: each for control, each in self._base.items() if isinstance(each, Decision)}
        self._decisions: dict[int, Mapping[ControlId, Decision]] = {}
        self._ties: dict[int, tuple[Tie | StandardTie, ...]] = {}

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """Values of scopes that name nothing that exists, or more than one account."""
        return self._scopes.unresolved

    def signature(self, target: Target) -> int:
        """The number of the set of scopes that hold at a target; equal numbers mean equal decisions.

        Raises InputError for an account that is not in the organization.
        """
        match = self._match(target.account)
        found = self._at.get((match, target.region))
        if found is None:
            found = self._sign(match, target.region)
        return found

    def decisions(self, signature: int) -> Mapping[ControlId, Decision]:
        """The decision of every control that a row speaks of, in natural order; controls that tie are left out."""
        if signature not in self._decisions:
            self._settle(signature)
        return self._decisions[signature]

    def decision(self, target: Target, control: ControlId) -> Decision | None:
        """The decision for one control at one target; None where no row speaks of it, or where rows tie."""
        return self.decisions(self.signature(target)).get(control)

    def standards(self, signature: int) -> Mapping[Standard, bool]:
        """Whether each standard that a row speaks of is on, sorted; a standard that is not named is left as it is."""
        return MappingProxyType({each.standard: each.enabled for each in self.standard_decisions(signature)})

    def standard_decisions(self, signature: int) -> tuple[StandardDecision, ...]:
        """The decisions behind `standards`, with their rows; standards that tie are left out."""
        return tuple(each for each in self._decide_standards(signature) if isinstance(each, StandardDecision))

    def ties(self, signature: int) -> tuple[Tie | StandardTie, ...]:
        """The rows of equal rank that disagree: where there is one, the target is held at its last state."""
        if signature not in self._ties:
            self._settle(signature)
        return self._ties[signature]

    @property
    def targets(self) -> Iterator[Target]:
        """Every account of the organization in every Region given, sorted."""
        name = self.organization.name
        return (
            Target(name, account, region) for account in sorted(self.organization.accounts) for region in self.regions
        )

    @property
    def held(self) -> Mapping[Target, str]:
        """Targets at which rows tie, with the cells and what to do; nothing is to be changed there."""
        why: dict[int, str] = {}
        found: dict[Target, str] = {}
        for target in self.targets:
            signature = self.signature(target)
            if signature not in why:
                why[signature] = _told(self.ties(signature))
            if why[signature]:
                found[target] = why[signature]
        return found

    def unspoken(self, live: Iterable[ControlId], catalog: Catalog) -> tuple[Proposal, ...]:
        """A proposed row for every live control that no row speaks of (the inbox), in natural order.

        Ids that the catalog does not know are passed over: overlay it with the hub's definitions first.
        """
        missing = sorted({control for control in live if control not in self._rows}, key=natural_key)
        return tuple(propose(known) for control in missing if (known := catalog.get(control)) is not None)

    def scopes_at(self, target: Target) -> tuple[tuple[str, Rank], ...]:
        """Every scope in use that holds at a target, by name, with its rank; strongest first."""
        return self.scopes_of(self.signature(target))

    def scopes_of(self, signature: int) -> tuple[tuple[str, Rank], ...]:
        """Every scope in use that holds where a signature is found, by name, with its rank; strongest first."""
        held = sorted(self._holding[signature], key=lambda pair: (pair[1], -pair[0]), reverse=True)
        return tuple((self._scopes.names[number], rank) for number, rank in held)

    @property
    def used_scopes(self) -> frozenset[str]:
        """The names of the scopes that rows speak of."""
        return frozenset(self._scopes.names[number] for number in self._used)

    def _scopes_in_use(self) -> frozenset[int]:
        rows: tuple[ControlRow | StandardRow, ...] = (*self.matrix.controls, *self.matrix.standards)
        return frozenset(self._scopes.number[scope_key(row.scope)] for row in rows if row.scope)

    def _match(self, account: str) -> int:
        found = self._match_of.get(account)
        if found is None:
            known = self.organization.accounts.get(account)
            if known is None:
                raise InputError(f"account {account} is not in organization {self.organization.name}")
            scopes = self._scopes.of_account(known)
            found = self._matches.setdefault(scopes, len(self._matching))
            if found == len(self._matching):
                self._matching.append(scopes)
            self._match_of[account] = found
        return found

    def _sign(self, match: int, region: str) -> int:
        ranks = self._scopes.at(self._matching[match], region)
        held = tuple(sorted((scope, rank) for scope, rank in ranks.items() if scope in self._used))
        if held not in self._held:
            self._held[held] = len(self._holding)
            self._holding.append(held)
        self._at[match, region] = self._held[held]
        return self._held[held]

    def _settle(self, signature: int) -> None:
        ranks = dict(self._holding[signature])
        over: dict[ControlId, Decision | None] = {}
        ties: list[Tie | StandardTie] = [
            each for control, each in self._base.items() if isinstance(each, Tie) and control not in self._scoped
        ]
        for control in self._scoped:
            found = self._decide(control, ranks)
            if isinstance(found, Tie):
                ties.append(found)
            over[control] = found if isinstance(found, Decision) else None
        ties += [each for each in self._decide_standards(signature) if isinstance(each, StandardTie)]
        self._decisions[signature] = Overlay(self._order, self._below, over)
        self._ties[signature] = tuple(ties)

    def _decide(self, control: ControlId, ranks: Mapping[int, Rank]) -> Decision | Tie | None:
        """The decision of the rows that hold, made once per control and set of rows; None where none holds."""
        candidates: list[Candidate] = []
        for row in self._rows[control]:
            rank = ranks.get(self._scopes.number[scope_key(row.scope)]) if row.scope else WHOLE
            if rank is not None:
                candidates.append(Candidate(row, rank))
        if not candidates:
            return None
        key = tuple((id(each.row), each.rank) for each in candidates)
        if key not in self._decided:
            self._decided[key] = decide(control, candidates)
        return self._decided[key]

    def _decide_standards(self, signature: int) -> Iterator[StandardDecision | StandardTie]:
        ranks = dict(self._holding[signature])
        for standard in sorted(self._standard_rows):
            rows = [
                (row, rank)
                for row in self._standard_rows[standard]
                if (rank := ranks.get(self._scopes.number[scope_key(row.scope)]) if row.scope else WHOLE) is not None
            ]
            found = decide_standard(standard, rows)
            if found is not None:
                yield found


def resolve(matrix: Matrix, organization: Organization, regions: Iterable[str], *, today: dt.date) -> Resolution:
    """What a matrix wants at every target of an organization's accounts in these Regions.

    Enforce from has no part in it: a control whose obligations begin later is on already. Raises InputErrors for scopes
    that cannot be resolved (unknown, defined twice, excluding themselves); lint says the same with all the rest.
    """
    problems = scope_problems(matrix)
    if problems:
        raise InputErrors(problems)
    return Resolution(matrix, organization, regions, today=today)


def is_expired(row: ControlRow, today: dt.date) -> bool:
    """Whether a row switches its control off and its last day is past; a day holds through its end."""
    off = row.disposition is not None and not row.disposition.is_on
    return off and row.expires is not None and row.expires < today


def _told(ties: tuple[Tie | StandardTie, ...]) -> str:
    shown = "; ".join(str(tie) for tie in ties[:_SHOWN_TIES])
    more = len(ties) - _SHOWN_TIES
    return f"{shown}; and {more} more" if more > 0 else shown


def _grouped(rows: Iterable[Value], key: Callable[[Value], Key]) -> dict[Key, list[Value]]:
    found: dict[Key, list[Value]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
