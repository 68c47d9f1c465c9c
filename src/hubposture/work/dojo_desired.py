"""From subjects to what DefectDojo should have."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hubposture.waivers.waiver import Waiver, WaiverType
from hubposture.work.dojo import Desired, Evidence, Place, Wanted, WantedAcceptance
from hubposture.work.dojo_text import clean
from hubposture.work.subject import Standing, Subject

SEVERITIES: Final[Mapping[str, str]] = {
    "CRITICAL": "Critical",
    "HIGH": "High",
    "MEDIUM": "Medium",
    "LOW": "Low",
    "INFORMATIONAL": "Info",
}
"""DefectDojo's words for severities; what is none of them counts as Info."""

DECISIONS: Final[Mapping[WaiverType, str]] = {
    WaiverType.RISK_ACCEPTANCE: "A",
    WaiverType.FALSE_POSITIVE: "A",
    WaiverType.BY_DESIGN: "A",
    WaiverType.COMPENSATING: "M",
    WaiverType.REMEDIATION_PLAN: "F",
}
"""How a risk is treated, by the type of the waiver: A accepted, M mitigated by something else, F to be fixed."""

_LONGEST_NAME: Final = 255
_LONGEST_COMPONENT: Final = 500
_LONGEST_TAG: Final = 100
_LONGEST_DETAILS: Final = 4000
_LONGEST_PERSON: Final = 200
_NOT_IN_A_TAG: Final = re.compile(r"[^a-z0-9._:/-]+")


@dataclass(frozen=True)
class Layout:
    """Where subjects go. `products` are products of teams by name of the team, `product_types` those of accounts by id.

    `teams` are names whose subjects are brought there; None for everybody's. Other subjects get no finding, and one that
    is there stays until it is done.
    """

    product_type: str = "AWS"
    product_types: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    teams: frozenset[str] | None = None

    def takes(self, subject: Subject) -> bool:
        """Whether a subject that fails gets a finding."""
        return self.teams is None or (subject.is_team and subject.owner in self.teams)

    def place(self, subject: Subject) -> Place:
        """Where its finding lies: in the product of its team, or in that of its account."""
        product = self.products.get(subject.owner, "") if subject.is_team else ""
        name = clean(product, _LONGEST_NAME) or f"AWS {subject.account}"
        return Place(name, subject.account, subject.region or "global")


def desired(
    subjects: Iterable[Subject],
    layout: Layout,
    *,
    waivers: Mapping[str, Waiver] | None = None,
    evidence: Mapping[str, Evidence] | None = None,
) -> Desired:
    """What should be there for these subjects.

    What fails and what is waived is wanted; what passes, is gone or is not required any more is done. What is unknown, and
    what is only observed, is in neither. `waivers` are those of the baseline by id, `evidence` is by subject.
    Raises ValueError where a subject is given twice.
    """
    findings: dict[str, Wanted] = {}
    done: set[str] = set()
    seen: set[str] = set()
    for one in subjects:
        if one.subject in seen:
            raise ValueError(f"the subject {one.subject} ({one.shown} {one.resource}) is given twice")
        seen.add(one.subject)
        if one.is_observed or one.standing is Standing.UNKNOWN:
            continue
        if one.standing.is_done and one.standing is not Standing.WAIVED:
            done.add(one.subject)
        elif layout.takes(one):
            findings[one.subject] = _wanted(one, layout, (evidence or {}).get(one.subject))
    products = {one.place.product: one.place.account for one in findings.values()}
    types = {name: layout.product_types.get(account, layout.product_type) for name, account in products.items()}
    team_products = set(layout.products.values())
    return Desired(
        findings=dict(sorted(findings.items())),
        acceptances=_acceptances(findings.values(), waivers or {}),
        done=frozenset(done),
        product_types={name: layout.product_type if name in team_products else kind for name, kind in types.items()},
    )


def _wanted(one: Subject, layout: Layout, evidence: Evidence | None) -> Wanted:
    since = one.failing_since or one.changed_at
    tags = [f"hub-control:{one.control}", f"hub-account:{one.account}"]
    tags += [f"hub-owner:{one.owner}"] if one.owner else []
    return Wanted(
        subject=one,
        place=layout.place(one),
        severity=SEVERITIES.get(one.severity, "Info"),
        date=since.date(),
        tags=tuple(sorted({_tag(tag) for tag in tags})),
        component=clean(one.resource, _LONGEST_COMPONENT),
        planned=one.due,
        waiver=one.waiver if one.standing is Standing.WAIVED else "",
        evidence=evidence,
    )


def _tag(text: str) -> str:
    """A tag as DefectDojo keeps it: in lower case, with no comma, blank or quote."""
    return _NOT_IN_A_TAG.sub("-", text.lower())[:_LONGEST_TAG].rstrip("-")


def _acceptances(wanted: Iterable[Wanted], waivers: Mapping[str, Waiver]) -> dict[tuple[str, str], WantedAcceptance]:
    ends: dict[tuple[str, str], dt.datetime | None] = {}
    for one in wanted:
        if one.waiver:
            key, until = (one.waiver, one.place.product), one.subject.until
            known = ends.get(key)
            ends[key] = until if known is None else max(known, until or known)
    return {key: _acceptance(*key, until, waivers.get(key[0])) for key, until in sorted(ends.items())}


def _acceptance(name: str, product: str, until: dt.datetime | None, waiver: Waiver | None) -> WantedAcceptance:
    said = [] if waiver is None else [f"{waiver.type}: {waiver.reason}"]
    if waiver is not None and waiver.compensating:
        said.append(f"Compensating: {waiver.compensating}")
    if waiver is not None and waiver.owner:
        said.append(f"Owner: {waiver.owner}")
    people = [] if waiver is None else [one.by for one in waiver.approvals] or [waiver.risk_owner]
    return WantedAcceptance(
        name=name,
        product=product,
        decision="A" if waiver is None else DECISIONS[waiver.type],
        details="\n".join(clean(one, _LONGEST_DETAILS) for one in said),
        accepted_by=clean(", ".join(dict.fromkeys(one for one in people if one)), _LONGEST_PERSON),
        expires=None if until is None else _first_day_after(until),
        is_told=waiver is not None,
    )


def _first_day_after(until: dt.datetime) -> dt.date:
    """The day on which an acceptance may end: DefectDojo ends it when the day (UTC) begins, and a waiver holds until then."""
    midnight = dt.datetime.combine(until.date(), dt.time())
    return until.date() if until == midnight else until.date() + dt.timedelta(days=1)
