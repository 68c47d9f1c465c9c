"""Suppressions as they are in Security Hub: how many, of what, who made them and when."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding
from hubposture.model.controls import natural_key
from hubposture.ports.findings import FindingsReader, Suppression
from hubposture.views.document import counted

ASKED = 300
"""Findings whose history is asked, at most: one call each, ten a second."""


@dataclass(frozen=True, slots=True)
class SuppressedGroup:
    """Suppressed findings of one control (or product) in one account.

    `failing` of `findings` are FAILED (other products: all of them count). `who` are those who suppressed them with
    counts, '' where history no longer tells; `oldest` and `newest` are the first and last time. Both are empty where
    nobody was asked.
    """

    control: str
    account: str
    findings: int
    failing: int
    who: tuple[tuple[str, int], ...]
    oldest: dt.datetime | None
    newest: dt.datetime | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuppressedFindings:
    """All groups, largest first, and what could not be learned about them."""

    groups: tuple[SuppressedGroup, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass
class _Group:
    findings: list[Finding] = field(default_factory=list)
    answers: list[Suppression] = field(default_factory=list)


def suppressions(reader: FindingsReader, *, most: int = ASKED) -> SuppressedFindings:
    """Every ACTIVE suppressed finding, grouped; the history of at most `most` of them, spread over the groups.

    What cannot be read is in `unknown` and stops nothing.
    """
    groups: dict[tuple[str, str], _Group] = defaultdict(_Group)
    unknown: list[str] = []
    seen: set[str] = set()
    try:
        for page in reader.suppressed():
            for one in page.findings:
                if one.finding not in seen:
                    seen.add(one.finding)
                    groups[_of(one), one.account].findings.append(one)
    except RemoteError as error:
        unknown.append(f"suppressed findings: {error}")
    chosen = _spread([group.findings for group in groups.values()], most)
    owner = {one.finding: groups[_of(one), one.account] for one in chosen}
    failed = Counter[str]()
    answers = reader.suppressions([(one.product, one.id) for one in chosen])
    for one, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, RemoteError):
            failed[str(answer)] += 1
        else:
            owner[one.finding].answers.append(answer)
    unknown += [f"who suppressed {counted(count, 'finding')}: {why}" for why, count in sorted(failed.items())]
    if len(chosen) < len(seen):
        unknown.append(f"who suppressed them was asked of {len(chosen)} of {len(seen)} findings")
    made = [_made(control, account, group) for (control, account), group in groups.items()]
    return SuppressedFindings(
        tuple(sorted(made, key=lambda one: (-one.findings, natural_key(one.control), one.account))), tuple(unknown)
    )


def _of(one: Finding) -> str:
    """The control of a finding, or its product."""
    return one.control or one.product.rpartition("/")[2]


def _spread(groups: Sequence[Sequence[Finding]], most: int) -> list[Finding]:
    """At most so many findings, the first of every group before the second of any."""
    chosen: list[Finding] = []
    depth = 0
    while len(chosen) < most and any(len(group) > depth for group in groups):
        chosen += [group[depth] for group in groups if len(group) > depth]
        depth += 1
    return chosen[:most]


def _made(control: str, account: str, group: _Group) -> SuppressedGroup:
    times = [one.at for one in group.answers if one.at is not None]
    who = Counter(one.who for one in group.answers)
    return SuppressedGroup(
        control=control,
        account=account,
        findings=len(group.findings),
        failing=sum(one.compliance in ("FAILED", "") for one in group.findings),
        who=tuple(who.most_common()),
        oldest=min(times, default=None),
        newest=max(times, default=None),
        notes=tuple(sorted({one.note for one in group.findings if one.note})),
    )
