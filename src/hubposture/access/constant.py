"""Conditions that are the same whatever they are asked about."""

from collections.abc import Iterator

from hubposture.access.expression import (
    Both,
    Choice,
    Contains,
    Either,
    Entity,
    Equal,
    Expression,
    Literal,
    Negated,
    SetOf,
)


def constant(found: Expression) -> bool | None:  # noqa: PLR0911 (one case per kind)
    """Whether a condition is always true or never; None where that depends, or is not seen."""
    match found:
        case Literal(bool() as truth):
            return truth
        case Negated(inner):
            known = constant(inner)
            return None if known is None else not known
        case Both():
            return _both(found)
        case Either(left, right):
            sides = (constant(left), constant(right))
            return True if True in sides else False if sides == (False, False) else None
        case Choice(test, then, otherwise):
            known = constant(test)
            sides = (constant(then), constant(otherwise))
            return sides[0 if known else 1] if known is not None else sides[0] if sides[0] == sides[1] else None
        case Equal(left, right) if isinstance(left, Literal | Entity) and isinstance(right, Literal | Entity):
            return left == right
        case Contains(SetOf(()), _):
            return False
        case _:
            return None


def _both(found: Both) -> bool | None:
    parts = list(_conjuncts(found))
    sides = [constant(part) for part in parts]
    if False in sides or _contradict(parts):
        return False
    return True if all(sides) else None


def _conjuncts(found: Expression) -> Iterator[Expression]:
    if isinstance(found, Both):
        yield from _conjuncts(found.left)
        yield from _conjuncts(found.right)
    else:
        yield found


def _contradict(parts: list[Expression]) -> bool:
    """Whether one thing would have to be two different ones."""
    wanted: dict[Expression, set[Expression]] = {}
    for part in parts:
        match part:
            case Equal(Literal() as text, thing) | Equal(thing, Literal() as text):
                choices: set[Expression] = {text}
            case Contains(SetOf(items), thing) if all(isinstance(item, Literal) for item in items):
                choices = set(items)
            case _:
                continue
        wanted[thing] = wanted[thing] & choices if thing in wanted else choices
    return any(not choices for choices in wanted.values())
