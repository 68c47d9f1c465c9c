"""Values as YAML on one line, in a form that every reader of YAML takes for the same text."""

import json
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._@/-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# JSON leaves these as they are; YAML does not allow them, or takes them for the end of a line.
_UNSAFE = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x1f]")


def comment(text: str) -> str:
    """A comment in one line, without what YAML does not allow in it."""
    return f"# {_UNSAFE.sub('?', _CONTROL.sub('?', ' '.join(text.split())))}"


def scalar(text: str) -> str:
    """A text, in quotes where another reader might take it for anything but a text; dates stay plain."""
    if _DATE.fullmatch(text) or (_PLAIN.fullmatch(text) and text.casefold() not in _WORDS):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def flow_list(items: Iterable[str]) -> str:
    """A list of texts in brackets."""
    return f"[{', '.join(scalar(item) for item in items)}]"


def flow_mapping(pairs: Iterable[tuple[str, str]]) -> str:
    """A mapping of texts in braces; names are written as they are."""
    return f"{{{', '.join(f'{name}: {scalar(value)}' for name, value in pairs)}}}"
