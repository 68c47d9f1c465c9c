"""Requirements: one numbered item of a standard, and the texts in which Security Hub names them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.catalog.standards import CIS_1_2, NIST_800_53, NIST_800_171, PCI_3, find_standard, standard_title
from hubposture.model.controls import Standard

_VERSIONED = re.compile(r"(?P<standard>.+ v\d+(?:\.\d+)*)/(?P<number>\S.*)")
_NIST = re.compile(r"NIST\.800-(?P<which>53\.r5|171\.r2)[ /](?P<number>\S.*)", re.IGNORECASE)
_OLD = re.compile(
    r"(?P<family>PCI DSS|CIS AWS Foundations(?: Benchmark)?) (?P<number>[A-Z]?\d[\w.()-]*)", re.IGNORECASE
)
_OLD_DEFAULT = {"p": PCI_3, "c": CIS_1_2}


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One numbered item of a standard: `2.1.4` of CIS 5.0.0."""

    standard: Standard
    number: str

    def __str__(self) -> str:
        """`CIS v5.0.0/2.1.4`, `NIST 800-53 r5 AC-2(1)`: the short form of workbooks and reports."""
        if self.standard.name == NIST_800_53.name:
            return f"NIST 800-53 r{self.standard.version.partition('.')[0]}/{self.number}"
        if self.standard.name == NIST_800_171.name:
            return f"NIST 800-171 r{self.standard.version.partition('.')[0]}/{self.number}"
        if self.standard.name == CIS_1_2.name:
            return f"CIS v{self.standard.version}/{self.number}"
        return f"{standard_title(self.standard)}/{self.number}"


def parse_requirement(text: str, *, among: Sequence[Standard] = ()) -> Requirement | None:
    """The requirement in a text of `RelatedRequirements`, or None if it has no form known here.

    Forms: `CIS AWS Foundations Benchmark v5.0.0/2.1.4`, `PCI DSS v4.0.1/1.2`, `NIST.800-53.r5 AC-2(1)`, ours
    (`CIS v5.0.0/2.1.4`, `NIST 800-53 r5/AC-2(1)`), and the older ones without a version (`PCI DSS 10.5.2`). `among`
    are the standards the finding or control belongs to: they decide the version where the text has none; else it is
    the version that was the only one when such texts were written (PCI DSS 3.2.1, CIS 1.2.0).
    """
    wanted = " ".join(text.split())
    if match := _NIST.fullmatch(re.sub(r"^NIST 800-(53|171) r", r"NIST.800-\1.r", wanted, flags=re.IGNORECASE)):
        return Requirement(NIST_800_53 if match["which"].startswith("53") else NIST_800_171, match["number"])
    if match := _VERSIONED.fullmatch(re.sub(r"^CIS v", "CIS AWS Foundations Benchmark v", wanted)):
        standard = find_standard(match["standard"])
        return Requirement(standard, match["number"]) if standard else None
    if match := _OLD.fullmatch(wanted):
        assumed = _OLD_DEFAULT[match["family"][0].casefold()]
        version = next((each for each in among if each.name == assumed.name), assumed)
        return Requirement(version, match["number"])
    return None
