"""What is left of a rule once person and action are known, as a filter over subjects.

The filter is complete and exact: it has the subjects for which the condition is true and no other. What cannot be said so
is never guessed.
"""

from collections.abc import Iterable

from hubposture.access.actions import Kind
from hubposture.access.expression import (
    RESOURCE,
    Attribute,
    Both,
    Choice,
    Contains,
    ContainsMany,
    Either,
    Entity,
    Equal,
    Expression,
    Has,
    In,
    Is,
    Like,
    Literal,
    Negated,
    SetOf,
    said,
)
from hubposture.access.schema import SUBJECT
from hubposture.filters import EVERYTHING, All, AnyOf, Comparison, Filter, Not, Operator

NOTHING: Filter = Not(EVERYTHING)


class NoFilter(Exception):
    """No filter says this condition, which is `condition` in words."""

    def __init__(self, found: Expression) -> None:
        self.condition = said(found)
        super().__init__(self.condition)


def all_of(parts: Iterable[Filter]) -> Filter:
    """Everything that all of them have, with constants folded."""
    left = [part for part in parts if part != EVERYTHING]
    if NOTHING in left:
        return NOTHING
    return left[0] if len(left) == 1 else All(tuple(left))


def any_of(parts: Iterable[Filter]) -> Filter:
    """Everything that one of them has, with constants folded."""
    left = [part for part in parts if part != NOTHING]
    if EVERYTHING in left:
        return EVERYTHING
    if not left:
        return NOTHING
    return left[0] if len(left) == 1 else AnyOf(tuple(left))


def none_of(part: Filter) -> Filter:
    """Everything that it does not have, with constants folded."""
    return part.inner if isinstance(part, Not) else Not(part)


def to_filter(found: Expression) -> Filter:  # noqa: C901, PLR0911, PLR0912 (one case per kind)
    """The subjects for which a condition is true. Raises NoFilter for what no filter says."""
    match found:
        case Literal(bool() as truth):
            return EVERYTHING if truth else NOTHING
        case Both(left, right):
            return _short(left, right, ends=NOTHING)
        case Either(left, right):
            return _short(left, right, ends=EVERYTHING)
        case Negated(inner):
            return none_of(to_filter(inner))
        case Choice(test, then, otherwise):
            return _choice(to_filter(test), then, otherwise)
        case Is(of, kind) if of == RESOURCE:
            return EVERYTHING if kind == Kind.SUBJECT else NOTHING
        case Has(of, name) if of == RESOURCE:
            return EVERYTHING if name in SUBJECT else NOTHING
        case In(of, place) if of == RESOURCE:
            return any_of(_in(one, found) for one in _items(place, found))
        case Like(Attribute(of, name), pattern) if of == RESOURCE and name in SUBJECT:
            return Comparison(SUBJECT[name], Operator.LIKE, (pattern,))
        case Equal(left, right):
            return _equal(left, right, found)
        case Contains(of, item):
            return _contains(_items(of, found), item, found)
        case ContainsMany(of, items, every):
            each = [_contains(_items(of, found), item, found) for item in _items(items, found)]
            return all_of(each) if every else any_of(each)
        case _:
            raise NoFilter(found)


def _short(left: Expression, right: Expression, *, ends: Filter) -> Filter:
    """And or or; the right side is not looked at where the left one decides, as Cedar does."""
    first = to_filter(left)
    if first == ends:
        return ends
    both = (first, to_filter(right))
    return all_of(both) if ends == NOTHING else any_of(both)


def _choice(test: Filter, then: Expression, otherwise: Expression) -> Filter:
    if test == EVERYTHING:
        return to_filter(then)
    if test == NOTHING:
        return to_filter(otherwise)
    yes, no = all_of((test, to_filter(then))), all_of((none_of(test), to_filter(otherwise)))
    return any_of((yes, no))


def _items(found: Expression, whole: Expression) -> tuple[Expression, ...]:
    match found:
        case SetOf(items):
            return items
        case Entity() if isinstance(whole, In):
            return (found,)
        case _:
            raise NoFilter(whole)


def _in(place: Expression, whole: Expression) -> Filter:
    match place:
        case Entity(_, ""):
            return NOTHING
        case Entity(Kind.UNIT, id_):
            return Comparison("ou" if id_.startswith("/") else "ou-id", Operator.EXACTLY, (id_,))
        case Entity(Kind.ACCOUNT, id_):
            return Comparison("account-id", Operator.EXACTLY, (id_,))
        case Entity(Kind.SUBJECT, id_):
            return Comparison("subject", Operator.EXACTLY, (id_,))
        case Entity():
            return NOTHING
        case _:
            raise NoFilter(whole)


def _contains(items: tuple[Expression, ...], item: Expression, whole: Expression) -> Filter:
    texts = tuple(one.value for one in items if isinstance(one, Literal) and isinstance(one.value, str))
    name = _attribute(item)
    if name and len(texts) == len(items):
        return Comparison(name, Operator.EXACTLY, texts) if texts else NOTHING
    return any_of(_equal(one, item, whole) for one in items)


def _equal(left: Expression, right: Expression, whole: Expression) -> Filter:
    if left == right:
        return EVERYTHING
    if isinstance(left, Literal | Entity) and isinstance(right, Literal | Entity):
        return NOTHING
    if isinstance(left, Literal | Entity):
        left, right = right, left
    name = _attribute(left)
    match right:
        case Literal(str() as text) if name:
            return Comparison(name, Operator.EXACTLY, (text,))
        case Literal(bool() as truth):
            found = to_filter(left)
            return found if truth else none_of(found)
        case Entity(kind, id_) if left == RESOURCE:
            return Comparison("subject", Operator.EXACTLY, (id_,)) if kind == Kind.SUBJECT else NOTHING
        case _:
            raise NoFilter(whole)


def _attribute(found: Expression) -> str:
    """The field of a subject's attribute; '' for anything else."""
    match found:
        case Attribute(of, name) if of == RESOURCE:
            return SUBJECT.get(name, "")
        case _:
            return ""
