"""A condition of a rule as a tree, and the text that says it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number or a truth."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing by its type and id: `Unit::"/Workloads"`."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set written out."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """principal, action, resource or context."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of something."""

    of: "Expression"
    name: str


@dataclass(frozen=True, slots=True)
class Has:
    """Whether something has an attribute."""

    of: "Expression"
    name: str


@dataclass(frozen=True, slots=True)
class Is:
    """Whether something is of a type."""

    of: "Expression"
    type: str


@dataclass(frozen=True, slots=True)
class In:
    """Whether something is, or lies below, another thing or one of a set."""

    of: "Expression"
    place: "Expression"


@dataclass(frozen=True, slots=True)
class Like:
    """Whether a text is like a pattern, written as the filters' LIKE takes it."""

    of: "Expression"
    pattern: str


@dataclass(frozen=True, slots=True)
class Equal:
    """Whether two are the same."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Contains:
    """Whether a set contains one thing."""

    of: "Expression"
    item: "Expression"


@dataclass(frozen=True, slots=True)
class ContainsMany:
    """Whether a set contains `every` item of another, or any."""

    of: "Expression"
    items: "Expression"
    every: bool


@dataclass(frozen=True, slots=True)
class Both:
    """And."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Either:
    """Or."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Negated:
    """Not."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Choice:
    """If, then, else."""

    test: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Other:
    """Something that only Cedar knows; `what` names it, `parts` are what it is about."""

    what: str
    parts: tuple["Expression", ...] = ()


Expression = (
    Literal
    | Entity
    | SetOf
    | Variable
    | Attribute
    | Has
    | Is
    | In
    | Like
    | Equal
    | Contains
    | ContainsMany
    | Both
    | Either
    | Negated
    | Choice
    | Other
)

RESOURCE = Variable("resource")


def parts(found: Expression) -> tuple[Expression, ...]:
    """What an expression is made of, one level down."""
    match found:
        case Literal() | Entity() | Variable():
            return ()
        case SetOf(inner) | Other(_, inner):
            return inner
        case Attribute(of) | Has(of) | Is(of) | Like(of) | Negated(of):
            return (of,)
        case In(left, right) | Contains(left, right) | ContainsMany(left, right):
            return left, right
        case Equal(left, right) | Both(left, right) | Either(left, right):
            return left, right
        case Choice(test, then, otherwise):
            return test, then, otherwise


def walk(found: Expression) -> tuple[Expression, ...]:
    """An expression and everything in it."""
    return (found, *(each for part in parts(found) for each in walk(part)))


def said(found: Expression) -> str:  # noqa: C901, PLR0911, PLR0912 (one line per kind)
    """An expression much as Cedar writes it, for messages."""
    match found:
        case Literal(value):
            return json.dumps(value, ensure_ascii=False)
        case Entity(kind, id_):
            return f"{kind}::{json.dumps(id_, ensure_ascii=False)}"
        case SetOf(items):
            return f"[{', '.join(map(said, items))}]"
        case Variable(name):
            return name
        case Attribute(of, name):
            return f"{said(of)}.{name}"
        case Has(of, name):
            return f"{said(of)} has {name}"
        case Is(of, kind):
            return f"{said(of)} is {kind}"
        case In(of, place):
            return f"{said(of)} in {said(place)}"
        case Like(of, pattern):
            return f'{said(of)} like "{pattern}"'
        case Equal(left, right):
            return f"{said(left)} == {said(right)}"
        case Contains(of, item):
            return f"{said(of)}.contains({said(item)})"
        case ContainsMany(of, items, every):
            return f"{said(of)}.{'containsAll' if every else 'containsAny'}({said(items)})"
        case Both(left, right):
            return f"({said(left)} && {said(right)})"
        case Either(left, right):
            return f"({said(left)} || {said(right)})"
        case Negated(inner):
            return f"!({said(inner)})"
        case Choice(test, then, otherwise):
            return f"if {said(test)} then {said(then)} else {said(otherwise)}"
        case Other(what, inner):
            return f"{what}({', '.join(map(said, inner))})"
