"""Standards as people write them: by key, by full name, with and without a version."""

import re
from collections.abc import Iterable

from hubposture.matrix.columns import normal
from hubposture.model.controls import Standard

_VERSION_WORD = re.compile(r"(?i)\b(?:v|version|rev|revision)[ .]*(?=\d)")
_FILLER = re.compile(r"(?i)\bspecial publication\b")
_PARTS = re.compile(r"(?s)(?P<name>.*?)[\s/_-]*(?P<version>\d[\d.]*)?\s*")
_NOUGHTS = re.compile(r"(\.0)+$")


def standard_named(text: str, known: Iterable[Standard]) -> Standard | None:
    """The known standard that a text names: `cis-5.0.0`, `CIS v5.0`, `PCI DSS v4.0.1`, `NIST 800-53 Rev. 5`.

    Case, hyphens and trailing `.0` do not count. A name without a version is taken only if one version is known.
    """
    standards = tuple(known)
    wanted = standard_form(text)
    by_form = {
        standard_form(f"{name} {standard.version}"): standard for standard in standards for name in _names(standard)
    }
    if wanted in by_form:
        return by_form[wanted]
    bare = normal(_FILLER.sub("", text))
    named = [standard for standard in standards if bare in {normal(name) for name in _names(standard)}]
    return named[0] if len(named) == 1 else None


def standard_form(text: str) -> tuple[str, str]:
    """Name and version of a standard as written, in the form in which they are compared."""
    found = _PARTS.fullmatch(_VERSION_WORD.sub(" ", _FILLER.sub("", text)).strip())
    name, version = (found["name"], found["version"] or "") if found else (text, "")
    return normal(name), _NOUGHTS.sub("", version)


def _names(standard: Standard) -> tuple[str, ...]:
    short = standard.key.removesuffix(f"-{standard.version}")
    return standard.name, standard.name.removeprefix("aws-"), short, f"aws-{short}"
