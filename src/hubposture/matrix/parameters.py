"""Parameter cells: `name=value` pairs as text, and their texts typed by what AWS says a parameter takes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar, assert_never

from hubposture.matrix.rows import DEFAULT, Default, WantedParameters
from hubposture.matrix.values import RowReader, split, unquote
from hubposture.model.parameters import ParameterKind, ParameterSpec, ParameterValue
from hubposture.texts.near import nearest

Number = TypeVar("Number", int, float)

EVERY = "*"
"""The name under which a cell that says only `default` puts every parameter of its control back to default."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a text is not a value of a parameter, and what to write."""

    what: str
    hint: str = ""


def parameters_of(read: RowReader) -> WantedParameters:
    """The Parameters cell of a row; texts stay as written, quotes included, and wait for `typed`.

    Pairs are separated by semicolon, new line or comma; a part without `=` goes on with the value before it, so that
    `requiredTagKeys=Owner, Team` is one list. A value with `=` or a separator of its own stands in double quotes.
    """
    cell = read.cell("parameters")
    if cell is None:
        return ()
    if cell.text.strip().casefold() == DEFAULT.value:
        return ((EVERY, DEFAULT),)
    pairs: dict[str, str] = {}
    strange: list[str] = []
    for name, value in _pairs(cell.text):
        if not _NAME.fullmatch(name):
            strange.append(name or value)
        elif name in pairs:
            read.problem(cell, f"the parameter {name} is given twice", "keep one of them")
        elif not value:
            read.problem(cell, f"the parameter {name} has no value", "write a value, or default, or leave the name out")
        else:
            pairs[name] = value
    if strange:
        more = f", and {len(strange) - 1} more like it" if len(strange) > 1 else ""
        read.problem(cell, f"{strange[0]!r} is not name=value{more}", "write name=value, or name=default")
    return tuple(sorted(((name, _wish(value)) for name, value in pairs.items()), key=lambda pair: pair[0]))


def _wish(text: str) -> str | Default:
    return DEFAULT if text.casefold() == DEFAULT.value else text


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    for entry in split(text, ";\n"):
        pairs: list[tuple[str, str]] = []
        for part in split(entry, ","):
            name, equals, value = (piece.strip() for piece in _cut(part))
            if equals or not pairs:
                pairs.append((name, value) if equals else ("", part))
            else:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}, {part}")
        yield from pairs


def _cut(part: str) -> tuple[str, str, str]:
    return ("", "", part) if part.startswith('"') else part.partition("=")


def typed_parameters(
    wanted: WantedParameters, specs: Iterable[ParameterSpec]
) -> tuple[tuple[tuple[str, ParameterValue | Default], ...], tuple[Misfit, ...]]:
    """What a row wants of a control's parameters under AWS's names, sorted by name, and what does not fit.

    `default` alone is spread over all of `specs`. Names are compared whatever their case.
    """
    known = {spec.name.casefold(): spec for spec in specs}
    found: dict[str, ParameterValue | Default] = {}
    misfits: list[Misfit] = []
    for name, text in wanted:
        if name == EVERY:
            found.update((spec.name, DEFAULT) for spec in known.values())
            continue
        spec = known.get(name.casefold())
        value = _unknown(name, known) if spec is None else text if isinstance(text, Default) else typed(text, spec)
        if isinstance(value, Misfit):
            misfits.append(value)
        elif spec is not None:
            found[spec.name] = value
    return tuple(sorted(found.items(), key=lambda item: item[0])), tuple(misfits)


def _unknown(name: str, known: Mapping[str, ParameterSpec]) -> Misfit:
    names = [spec.name for spec in known.values()]
    if not names:
        return Misfit(f"the control takes no parameters, and {name} is given", "clear the cell")
    return Misfit(
        f"the control has no parameter {name}", nearest(name, names) or f"it takes {', '.join(sorted(names))}"
    )


def typed(text: str, spec: ParameterSpec) -> ParameterValue | Misfit:  # noqa: PLR0911 - one return per kind
    """The value a text means for a parameter, or why it means none; enum texts come in AWS's own spelling."""
    match spec.kind:
        case ParameterKind.INTEGER:
            return _integer(text, spec)
        case ParameterKind.DOUBLE:
            return _double(text, spec)
        case ParameterKind.BOOLEAN:
            found = _BOOLEANS.get(unquote(text).casefold())
            return Misfit(f"{spec.name}: {text} is neither true nor false") if found is None else found
        case ParameterKind.STRING:
            return unquote(text)
        case ParameterKind.ENUM:
            return _enum(unquote(text), spec)
        case ParameterKind.INTEGER_LIST:
            return _integers(text, spec)
        case ParameterKind.STRING_LIST | ParameterKind.ENUM_LIST:
            return _texts(text, spec)
    assert_never(spec.kind)


def _integer(text: str, spec: ParameterSpec) -> int | Misfit:
    text = unquote(text)
    if not _NUMBER.fullmatch(text):
        return Misfit(f"{spec.name}: {text} is not a whole number", _range(spec))
    return _bounded(int(text), spec)


def _double(text: str, spec: ParameterSpec) -> float | Misfit:
    text = unquote(text)
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return Misfit(f"{spec.name}: {text} is not a number", _range(spec))
    return _bounded(float(text), spec)


def _bounded(value: Number, spec: ParameterSpec) -> Number | Misfit:
    low, high = spec.minimum, spec.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return Misfit(f"{spec.name}: {value} is out of range", _range(spec))
    return value


def _range(spec: ParameterSpec) -> str:
    if spec.minimum is None and spec.maximum is None:
        return ""
    low = "" if spec.minimum is None else f"at least {spec.minimum:g}"
    high = "" if spec.maximum is None else f"at most {spec.maximum:g}"
    return "write " + " and ".join(filter(None, (low, high)))


def _enum(text: str, spec: ParameterSpec) -> str | Misfit:
    if not spec.choices or text in spec.choices:
        return text
    found = {choice.casefold(): choice for choice in spec.choices}.get(text.casefold())
    if found is None:
        return Misfit(f"{spec.name}: {text} is not one of its values", f"write one of {', '.join(spec.choices)}")
    return found


def _items(text: str, spec: ParameterSpec) -> tuple[str, ...] | Misfit:
    items = tuple(dict.fromkeys(unquote(part) for part in split(text)))
    if spec.max_items is not None and len(items) > spec.max_items:
        return Misfit(f"{spec.name}: {len(items)} items are more than the {spec.max_items} allowed")
    return items


def _integers(text: str, spec: ParameterSpec) -> tuple[int, ...] | Misfit:
    items = _items(text, spec)
    if isinstance(items, Misfit):
        return items
    found: list[int] = []
    for item in items:
        number = _integer(item, spec)
        if isinstance(number, Misfit):
            return number
        found.append(number)
    return tuple(found)


def _texts(text: str, spec: ParameterSpec) -> tuple[str, ...] | Misfit:
    items = _items(text, spec)
    if isinstance(items, Misfit):
        return items
    found: list[str] = []
    for item in items:
        value = _enum(item, spec)
        if isinstance(value, Misfit):
            return value
        found.append(value)
    return tuple(found)
