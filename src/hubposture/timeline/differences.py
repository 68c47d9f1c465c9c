"""What differs between two documents of JSON, place by place: applying the differences to one gives the other."""

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from hubposture.timeline.facts import ConfigItem

_DEEPEST: Final = 40
_TEXT_AS_JSON: Final = 8
"""How often texts within texts are read as JSON: a policy in a stack in a state, and no trap."""


class Nothing(Enum):
    """What stands where there is nothing, which is not the same as null."""

    NOTHING = "nothing"


NOTHING: Final = Nothing.NOTHING
Step = str | int


@dataclass(frozen=True, slots=True)
class Difference:
    """One place: what stood there and what stands there now, `NOTHING` for what was added or taken away.

    Of a list, places of entries that are added or removed are those at the moment when the difference is applied, in order.
    """

    path: tuple[Step, ...]
    before: Any
    after: Any


def differences(before: Any, after: Any) -> tuple[Difference, ...]:
    """Every difference, in an order in which they can be applied."""
    return tuple(_between((), before, after))


def apply(document: Any, found: Sequence[Difference]) -> Any:
    """A document with differences applied, a new one."""
    holder = [copy.deepcopy(document)]
    for one in found:
        _apply(holder, (0, *one.path), one)
    return holder[0]


def _apply(holder: Any, path: tuple[Step, ...], one: Difference) -> None:
    for step in path[:-1]:
        holder = holder[step]
    last = path[-1]
    if one.after is NOTHING:
        del holder[last]
    elif isinstance(holder, list) and one.before is NOTHING:
        holder.insert(int(last), copy.deepcopy(one.after))
    else:
        holder[last] = copy.deepcopy(one.after)


def _between(path: tuple[Step, ...], before: Any, after: Any) -> Iterator[Difference]:
    if same(before, after):
        return
    if len(path) < _DEEPEST and isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(path, before, after)
    elif len(path) < _DEEPEST and isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(path, before, after)
    else:
        yield Difference(path, before, after)


def _of_objects(path: tuple[Step, ...], before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        if name not in after:
            yield Difference((*path, name), before[name], NOTHING)
        elif name not in before:
            yield Difference((*path, name), NOTHING, after[name])
        else:
            yield from _between((*path, name), before[name], after[name])


def _of_lists(path: tuple[Step, ...], before: list[Any], after: list[Any]) -> Iterator[Difference]:
    """What both begin and end with is left out; between, entries are compared one by one, and the rest came or went."""
    start, end = _shared(before, after)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    both = min(len(old), len(new))
    for at in range(both):
        yield from _between((*path, start + at), old[at], new[at])
    for at in reversed(range(both, len(old))):
        yield Difference((*path, start + at), old[at], NOTHING)
    for at in range(both, len(new)):
        yield Difference((*path, start + at), NOTHING, new[at])


def _shared(before: list[Any], after: list[Any]) -> tuple[int, int]:
    most = min(len(before), len(after))
    start = 0
    while start < most and same(before[start], after[start]):
        start += 1
    end = 0
    while end < most - start and same(before[-1 - end], after[-1 - end]):
        end += 1
    return start, end


def same(one: Any, other: Any) -> bool:
    """Whether two documents are the same; true and 1 are not."""
    if type(one) is not type(other) and not ({type(one), type(other)} <= {int, float}):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(same(mine, its) for mine, its in zip(one, other, strict=True))
    return bool(one == other)


def document_of(item: ConfigItem) -> dict[str, Any]:
    """A recorded configuration as one document: texts that hold JSON, as policies do, are read."""
    found: dict[str, Any] = {}
    if item.configuration:
        whole = opened(item.configuration)
        found |= whole if isinstance(whole, dict) else {"configuration": whole}
    for name, text in item.supplementary.items():
        found[name] = opened(text)
    if item.tags:
        found["tags"] = dict(item.tags)
    if item.relationships:
        found["relationships"] = sorted(f"{relation} {kind} {what}" for relation, kind, what in item.relationships)
    return found


def opened(value: Any, *, depth: int = 0, texts: int = 0) -> Any:
    """A value with every text in it that is an object or a list in JSON read as that; what is too deep stays a text."""
    if depth > _DEEPEST:
        return _flat(value)
    if isinstance(value, dict):
        return {str(name): opened(one, depth=depth + 1, texts=texts) for name, one in value.items()}
    if isinstance(value, list):
        return [opened(one, depth=depth + 1, texts=texts) for one in value]
    if isinstance(value, str) and value[:1] in "{[" and value[:1] and texts < _TEXT_AS_JSON:
        try:
            return opened(json.loads(value), depth=depth, texts=texts + 1)
        except (ValueError, RecursionError):
            return value
    return value


def _flat(value: Any) -> Any:
    if not isinstance(value, (dict, list)):
        return value
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "(too deep)"
