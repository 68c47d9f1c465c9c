"""What rules say to somebody: a decision with the rules that made it, and what the others would have needed."""

from dataclasses import dataclass
from enum import StrEnum

from hubposture.access.actions import Action
from hubposture.access.people import Person
from hubposture.access.things import Thing
from hubposture.errors import InputError, Refusal

_LONGEST = 300


class Effect(StrEnum):
    """What a rule does."""

    PERMIT = "permit"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its @id ('' without one), where it stands (`access.cedar:12:1`), and its @reason ('')."""

    id: str
    where: str
    effect: Effect
    reason: str = ""

    def __str__(self) -> str:
        name = f"{self.id} ({self.where})" if self.id else self.where
        return f"{name}: {self.reason}" if self.reason else name


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, and the rules that decided: those that permit it, or those that forbid it.

    Without rules nothing permits it.
    """

    is_allowed: bool
    rules: tuple[Rule, ...] = ()

    def sentence(self, person: Person, action: Action, thing: Thing) -> str:
        """The decision in words, with the rules."""
        what = f"{_plain(person.name)} may {'' if self.is_allowed else 'not '}{action} {_plain(str(thing))}"
        if not self.rules:
            return f"{what}: no rule permits it"
        by = "; ".join(_plain(str(rule)) for rule in self.rules)
        return f"{what}: {'permitted' if self.is_allowed else 'forbidden'} by {by}"


def _plain(text: str) -> str:
    """A name or a text of others in a sentence: no control signs, and cut where it is long."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... (cut)"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in short)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A permit that is for this person and action and not for this thing; `only` says for what, as a filter's text."""

    rule: Rule
    only: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision with every rule that spoke: `permits` hold even where a rule of `forbids` overrules them."""

    decision: Decision
    permits: tuple[Rule, ...]
    forbids: tuple[Rule, ...]
    elsewhere: tuple[Elsewhere, ...] = ()


class NotAllowed(Refusal):
    """The rules do not allow it; the message names them."""


class CannotCompile(InputError):
    """A rule asks for something that no list can be filtered by; nothing is shown then."""

    def __init__(self, rule: Rule, condition: str) -> None:
        self.rule = rule
        self.condition = condition
        super().__init__(
            f"{rule.where}: {rule.id or 'this rule'}: lists cannot be filtered by {condition}, so nothing is shown; compare "
            "attributes of the resource with texts, or use `in`"
        )
