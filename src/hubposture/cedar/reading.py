"""From Cedar's JSON of policies and of what is left of them to our expressions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hubposture.access.expression import (
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
    Other,
    SetOf,
    Variable,
)

Json = Mapping[str, Any]

_PAIRS: Mapping[str, Callable[[Expression, Expression], Expression]] = {
    "==": Equal,
    "&&": Both,
    "||": Either,
    "in": In,
    "contains": Contains,
}
_MANY = {"containsAll": True, "containsAny": False}


def expression(body: Json) -> Expression:  # noqa: C901, PLR0911, PLR0912 (one case per kind)
    """An expression of Cedar's JSON; what we have no name for is Other."""
    ((kind, value),) = body.items()
    match kind:
        case "Value":
            return _value(value)
        case "Var":
            return Variable(str(value))
        case "unknown":
            return _unknown(value)
        case "Set":
            return SetOf(tuple(expression(item) for item in value))
        case "!":
            return Negated(expression(value["arg"]))
        case "!=":
            return Negated(Equal(expression(value["left"]), expression(value["right"])))
        case ".":
            return Attribute(expression(value["left"]), str(value["attr"]))
        case "has":
            return _has(value)
        case "is":
            return _is(value)
        case "like":
            return Like(expression(value["left"]), "".join(map(_piece, value["pattern"])))
        case "if-then-else":
            return Choice(expression(value["if"]), expression(value["then"]), expression(value["else"]))
        case _ if kind in _PAIRS:
            return _PAIRS[kind](expression(value["left"]), expression(value["right"]))
        case _ if kind in _MANY:
            return ContainsMany(expression(value["left"]), expression(value["right"]), _MANY[kind])
        case _:
            return Other(kind, tuple(_inner(value)))


def conditions(policy: Json) -> Expression:
    """All conditions of a policy as one, `unless` negated; its scope is not in it."""
    whole: Expression = Literal(value=True)
    for one in policy["conditions"]:
        body = expression(one["body"])
        whole = Both(whole, body if one["kind"] == "when" else Negated(body))
    return whole


def scope(policy: Json) -> Iterator[Entity]:
    """The things that a policy's scope names."""
    for part in ("principal", "action", "resource"):
        said: Json = policy[part]
        inner = said.get("in", said)
        for one in (inner.get("entity"), *(inner.get("entities") or ())):
            if one:
                yield Entity(str(one["type"]), str(one["id"]))


def _value(value: Any) -> Expression:
    if isinstance(value, Mapping):
        if "__entity" in value:
            return Entity(str(value["__entity"]["type"]), str(value["__entity"]["id"]))
        return Other("record")
    if isinstance(value, list):
        return SetOf(tuple(_value(item) for item in value))
    return Literal(value)


def _unknown(value: Any) -> Expression:
    """What partial evaluation did not know; only the resource is left open by us."""
    match value:
        case [{"Value": "resource"}]:
            return Variable("resource")
        case _:
            return Other("unknown")


def _has(value: Json) -> Expression:
    """`has a.b` is written as an attribute list by newer versions."""
    name = value.get("attr")
    return Has(expression(value["left"]), name) if isinstance(name, str) else Other("has", (expression(value["left"]),))


def _is(value: Json) -> Expression:
    of = expression(value["left"])
    kind = Is(of, str(value["entity_type"]))
    return Both(kind, In(of, expression(value["in"]))) if value.get("in") is not None else kind


def _piece(piece: Any) -> str:
    """A piece of a pattern as the filters' LIKE writes it."""
    if piece == "Wildcard":
        return "*"
    text = str(piece["Literal"])
    return text.replace("\\", "\\\\").replace("*", "\\*")


def _inner(value: Any) -> Iterator[Expression]:
    """What something that we do not know is made of, as far as it can be made out."""
    many = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
    for one in many:
        if isinstance(one, Mapping) and len(one) == 1:
            yield expression(one)
