"""What DefectDojo says against what the checks say, worked out without a look at what was planned or written."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hubposture.work.dojo import Current, Desired, DojoFinding, Place
from hubposture.work.subject import Standing, Subject

_NEXT = "the next sync"
_NOT_TAKEN = "its team is not served by DefectDojo, so it is left as it is"
_PEOPLE = "people said so, and it stays: have them ask for a waiver, or take it back"


@dataclass(frozen=True, slots=True)
class DojoDisagreement:
    """One thing on which DefectDojo and the checks do not agree.

    `finding` is its id there, 0 where there is none. `says` is what DefectDojo says and `check` what the check says, `since`
    when the check began to (naive UTC, None where that is not known). `hint` is what becomes of it, or what to do.
    """

    place: Place
    finding: int
    subject: str
    control: str
    resource: str
    says: str
    check: str
    since: dt.datetime | None
    hint: str


def dojo_disagreements(
    current: Current, desired: Desired, subjects: Mapping[str, Subject]
) -> tuple[DojoDisagreement, ...]:
    """Every disagreement, sorted by place, control and finding. Of what is unknown, or was not read, nothing is said."""
    ours = {number for one in current.acceptances if one.is_ours and not one.is_expired for number in one.findings}
    found: list[DojoDisagreement] = []
    for place, test in current.tests.items():
        first: dict[str, int] = {}
        for one in test.findings:
            subject = subjects.get(one.subject)
            if subject is None or subject.is_observed:
                continue
            is_first = first.setdefault(one.subject, one.id) == one.id
            found += _of_finding(place, one, subject, desired, is_ours=one.id in ours, is_first=is_first)
    found += _not_there(current, desired)
    return tuple(sorted(found, key=lambda one: (one.place, one.control, one.resource, one.finding, one.says)))


def said(finding: DojoFinding, *, is_ours: bool) -> str:
    """How a finding stands there, in a few words."""
    if finding.set_aside:
        return finding.set_aside
    if finding.is_accepted:
        return "accepted" if is_ours else "accepted by people"
    if finding.is_mitigated:
        return "closed and active" if finding.is_active else "closed"
    return "open" if finding.is_active else "inactive"


def _of_finding(
    place: Place, one: DojoFinding, subject: Subject, desired: Desired, *, is_ours: bool, is_first: bool
) -> Iterator[DojoDisagreement]:
    says = said(one, is_ours=is_ours)
    wanted = desired.findings.get(one.subject)
    since = subject.failing_since if subject.standing is Standing.FAILING else subject.changed_at
    is_quiet = says == "closed" or bool(one.set_aside)

    def row(check: str, hint: str, *, says: str = says) -> DojoDisagreement:
        return DojoDisagreement(place, one.id, one.subject, subject.shown, subject.resource, says, check, since, hint)

    if wanted is not None and (wanted.place != place or not is_first):
        if not is_quiet:
            why = "another finding is kept for it" if wanted.place == place else f"it belongs to {wanted.place}"
            yield row(why, f"{_NEXT} closes it here")
        return
    if subject.standing.is_done and subject.standing is not Standing.WAIVED and not is_quiet:
        yield row(str(subject.standing), f"{_NEXT} closes it")
    if subject.standing is Standing.FAILING and says != "open":
        yield row("fails", _hint(one, says, is_wanted=wanted is not None))
    if subject.standing is Standing.WAIVED and not one.is_accepted:
        hint = _PEOPLE if one.set_aside else f"{_NEXT} accepts it" if wanted is not None else _NOT_TAKEN
        yield row(f"waived by {subject.waiver}" if subject.waiver else "waived", hint)
    if wanted is not None and one.severity != wanted.severity:
        yield row(wanted.severity, f"{_NEXT} sets it", says=f"severity {one.severity}")


def _hint(one: DojoFinding, says: str, *, is_wanted: bool) -> str:
    if one.is_duplicate:
        return "DefectDojo takes it for another finding's duplicate: switch deduplication off for the engagement"
    if one.set_aside or says == "accepted by people":
        return _PEOPLE
    if not is_wanted:
        return _NOT_TAKEN
    return f"{_NEXT} opens it again"


def _not_there(current: Current, desired: Desired) -> Iterator[DojoDisagreement]:
    there = {(place, one.subject) for place, test in current.tests.items() for one in test.findings}
    for name, wanted in desired.findings.items():
        if wanted.place in current.unread or (wanted.place, name) in there:
            continue
        one = wanted.subject
        check = "fails" if one.standing is Standing.FAILING else str(one.standing)
        yield DojoDisagreement(
            wanted.place, 0, name, one.shown, one.resource, "not there", check, one.failing_since, f"{_NEXT} makes it"
        )
