"""Text that neither a terminal nor a reader's eye can be fooled by."""

_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "\ufffd")
_DIRECTION = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
"""Marks that turn the direction of text, so that it reads otherwise than it is."""
_UNSAFE = _CONTROL | _DIRECTION


def one_line(text: str) -> str:
    """Text on one line; control characters and marks of direction become a replacement sign."""
    return visible(" ".join(text.split()))


def visible(text: str) -> str:
    """Text in which control characters and marks of direction, line ends too, become a replacement sign."""
    return text.translate(_UNSAFE)
