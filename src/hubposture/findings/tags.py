"""Tags of resources, and the key under which equal ones are kept once."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from hubposture.findings.reading import as_json, clean, kind_of

Pairs = tuple[tuple[str, str], ...]
NO_TAGS: tuple[str, Pairs] = ("", ())
_KEPT = 20_000
"""Sets of tags that are remembered by a process; resources that are tagged alike come together mostly."""


def tagset(pairs: Iterable[tuple[str, object]]) -> tuple[str, Pairs]:
    """The key of some tags, 16 hex digits, and the tags sorted by name; ('', ()) for none.

    Values that are no text become their JSON. Of a name that comes twice the greater value stays.
    """
    return _keyed(tuple([(clean(name), value if value.__class__ is str else as_text(value)) for name, value in pairs]))


def as_text(value: object) -> str:
    """A tag's value as text: JSON of what is no text, '' for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    written = as_json(value)
    return kind_of(value) if written is None else written


@lru_cache(maxsize=_KEPT)
def _keyed(pairs: Pairs) -> tuple[str, Pairs]:
    if not pairs:
        return NO_TAGS
    ordered = sorted([(name, clean(value)) for name, value in pairs])
    if len(ordered) != len(unique := dict(ordered)):
        ordered = list(unique.items())
    text = "\x1e".join([f"{name}\x1f{value}" for name, value in ordered])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), tuple(ordered)


def read_tags(value: object, name: str, bad: list[str]) -> tuple[str, Pairs]:
    """The tags of a resource: an object of names and values (ASFF), or a list of them.

    Lists hold objects with a Key or name and a Value, value or values, or texts `name=value` (OCSF's tags and labels).
    """
    if not value:
        return NO_TAGS
    if value.__class__ is dict or isinstance(value, Mapping):
        return tagset([(str(key), each) for key, each in value.items()])
    if isinstance(value, list | tuple):
        return tagset([pair for each in value if (pair := _pair(each))])
    bad.append(f"{name} is {kind_of(value)}, expected an object")
    return NO_TAGS


def _pair(value: object) -> tuple[str, object] | None:
    """One tag of a list; None for what has no name."""
    if isinstance(value, str):
        name, _, said = value.partition("=")
        return (name, said) if name else None
    if not isinstance(value, Mapping):
        return None
    key = next((value[each] for each in ("Key", "key", "name") if isinstance(value.get(each), str)), "")
    said = next((value[each] for each in ("Value", "value", "values") if value.get(each) is not None), "")
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    return (key, said) if key else None
