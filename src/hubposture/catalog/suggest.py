"""What a person may have meant by a control id the catalog does not have."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from hubposture.catalog.book import Catalog
from hubposture.catalog.entries import RetiredControl
from hubposture.model.controls import control_id, natural_key

_SEPARATORS = re.compile(r"[\s_.:/-]+")
_OLD_PREFIX = re.compile(r"^(?:pci|cis|fsbp|nist|aws)\.(?=[a-z0-9]+\.\d)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is known about an unknown id: the retired control it names, or close ids as AWS writes them, best first."""

    close: tuple[str, ...] = ()
    retired: RetiredControl | None = None

    def __str__(self) -> str:
        """A hint for an error message; empty if nothing is known."""
        if self.retired:
            return f"{self.retired}; remove the row"
        return f"did you mean {' or '.join(self.close)}?" if self.close else ""


def suggest(catalog: Catalog, text: str) -> Suggestion:
    """What may be meant by an id that `catalog.get` does not find; at most three close ids.

    Knows the old per-standard ids (`PCI.S3.1`), other separators (`S3-8`, `s3 8`) and leading zeros (`S3.08`) well
    enough to answer with one id. An old per-standard id only resembles today's: PCI.S3.1 is not S3.1's meaning, so it
    is a suggestion like any other.
    """
    wanted = control_id(text)
    if retired := catalog.retired.get(wanted):
        return Suggestion(retired=retired)
    tidy = _tidy(wanted)
    if known := catalog.get(tidy):
        return Suggestion((known.shown,))
    if retired := catalog.retired.get(control_id(tidy)):
        return Suggestion(retired=retired)
    service, _, number = tidy.rpartition(".")
    same = [each for each in catalog.controls if each.rpartition(".")[0] == service]
    if same and number.isascii() and number.isdigit():
        nearest = sorted(same, key=lambda each: (abs(int(each.rpartition(".")[2]) - int(number)), natural_key(each)))
        return Suggestion(tuple(catalog.shown(each) for each in nearest[:3]))
    return Suggestion(
        tuple(catalog.shown(control_id(each)) for each in get_close_matches(tidy, catalog.controls, 3, 0.75))
    )


def _tidy(wanted: str) -> str:
    """`pci.s3_08` as `s3.8`: old prefixes, other separators and leading zeros taken away."""
    dotted = _OLD_PREFIX.sub("", _SEPARATORS.sub(".", wanted).strip("."))
    return re.sub(r"\.0+(?=\d)", ".", dotted)
