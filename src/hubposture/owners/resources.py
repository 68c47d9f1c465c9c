"""Resources that teams have by their ids: what an entry speaks of, and which of several decides.

In an entry `*` is any run of characters, also none, and `?` exactly one, a code point; every other character is itself and
casing counts, as in waivers. An entry speaks of an id from its beginning to its end.
"""

import re

from hubposture.model.organization import ACCOUNT_PATTERN

SIGNS = "*?"
MAX_RESOURCE = 1024
"""The longest entry; AWS gives no longer ids."""


def is_exact(entry: str) -> bool:
    """Whether an entry speaks of one resource only, itself."""
    return not any(sign in entry for sign in SIGNS)


def can_be_given(resource: str) -> bool:
    """Whether an entry can speak of this resource alone: not where its id has signs in it, is no line, or an account's."""
    is_line = 0 < len(resource) <= MAX_RESOURCE and resource.isprintable() and resource == resource.strip()
    return is_line and is_exact(resource) and not re.fullmatch(ACCOUNT_PATTERN, resource)


def closeness(entry: str) -> tuple[bool, int, str]:
    """By which entries that speak of one resource are sorted, the one that decides first.

    An id itself goes before patterns; of these the one with most characters that are no sign, then the first by name.
    """
    letters = sum(sign not in SIGNS for sign in entry)
    return not is_exact(entry), -letters, entry


def matches(entry: str, resource: str) -> bool:
    """Whether an entry speaks of a resource.

    What stands behind a `*` is looked for from where the last `*` began, one character further each time.
    """
    at = place = began = 0
    star = -1
    while place < len(resource):
        if at < len(entry) and entry[at] == "*":
            star, began = at, place
            at += 1
        elif at < len(entry) and entry[at] in ("?", resource[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            began += 1
            at, place = star + 1, began
        else:
            return False
    return not entry[at:].strip("*")
