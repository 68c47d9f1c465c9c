"""The independent validation of DefectDojo: what it says against what the checks say. Reads only."""

from collections.abc import Sequence

from hubposture.verbs.dojo_sync import Means
from hubposture.work.dojo import Current
from hubposture.work.dojo_desired import desired
from hubposture.work.dojo_result import DojoVerified
from hubposture.work.dojo_verify import dojo_disagreements
from hubposture.work.subject import Standing, Subject


def dojo_verify(means: Means, current: Current, subjects: Sequence[Subject]) -> DojoVerified:
    """Hold everything that DefectDojo has of ours, and everything that it should have, against the checks."""
    known = {one.subject: one for one in subjects}
    wanted = desired(subjects, means.layout, waivers=means.waivers)
    findings = [one for test in current.tests.values() for one in test.findings]
    unknown = sum(_is_unknown(known.get(one.subject)) for one in findings)
    return DojoVerified(dojo_disagreements(current, wanted, known), len(findings), unknown, current.unread)


def _is_unknown(subject: Subject | None) -> bool:
    return subject is None or subject.is_observed or subject.standing is Standing.UNKNOWN
