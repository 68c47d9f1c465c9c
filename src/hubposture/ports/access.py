"""Deciding who may do what, by the rules of the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.access.actions import Action
from hubposture.access.decision import Decision, Explained, Rule
from hubposture.access.expression import Entity, Expression
from hubposture.access.people import Person
from hubposture.access.statements import Statement
from hubposture.access.things import Thing
from hubposture.errors import Problem
from hubposture.filters import Filter


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule as it was read: what it names in its scope and conditions, and its conditions, for checks."""

    rule: Rule
    statement: Statement
    entities: tuple[Entity, ...]
    conditions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules of a file, and everything that is wrong with them: with a problem nothing may be decided by them."""

    rules: tuple[ReadRule, ...]
    problems: tuple[Problem, ...]


class Access(Protocol):
    """The rules over one organization. Nothing is allowed unless a rule permits it and none forbids it."""

    def allowed(self, person: Person, action: Action, thing: Thing, *, requested_by: str = "") -> Decision:
        """Whether somebody may do it to this thing. `requested_by` asked for the waiver that is to be approved."""

    def all_allowed(
        self, person: Person, action: Action, things: Sequence[Thing], *, requested_by: str = ""
    ) -> Sequence[Decision]:
        """The same for many things at once, in their order."""

    def explained(self, person: Person, action: Action, thing: Thing, *, requested_by: str = "") -> Explained:
        """The decision with every rule that spoke, and the permits that are for other things."""

    def visible(self, person: Person, action: Action, *, requested_by: str = "") -> Filter:
        """The subjects to which somebody may do it: exactly those that `allowed` allows.

        Raises CannotCompile, naming the rule and the condition, where no filter can say that: then nothing may be shown.
        """
