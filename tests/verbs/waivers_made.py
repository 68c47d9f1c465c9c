"""Waivers, their approvals and books of them, made by hand; and a lake with a few buckets."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hubposture.errors import Problem
from hubposture.findings.finding import Finding
from hubposture.findings.tables import WISHES
from hubposture.lake.writer import Writer
from hubposture.model.controls import ControlId
from hubposture.verbs.waiver_book import Book, book, set_name
from hubposture.waivers.digest import digest
from hubposture.waivers.read import ReadWaivers
from hubposture.waivers.standing import ApprovalRules, Confirmation
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import (
    Approval,
    Criteria,
    SubjectName,
    SubjectSet,
    SystemOfApproval,
    Waiver,
    WaiverType,
)
from lake.lake_world import ACCOUNTS_, REGIONS, dimensions, finding

TODAY = dt.date(2026, 11, 24)
BERLIN = ZoneInfo("Europe/Berlin")
EXPIRES = dt.date(2027, 5, 1)
PATTERN = "arn:aws:s3:::site-*"
NOTHING = SubjectSet(())


def waiver(id_: str = "W-1", **more: Any) -> Waiver:
    """A waiver of public sites that nobody has approved; parts of the criteria may be given like other entries."""
    given: dict[str, Any] = {
        name: more.pop(name) for name in ("resources", "accounts", "ous", "regions") if name in more
    }
    criteria = Criteria((ControlId("s3.8"),), **({"resources": (PATTERN,)} | given))
    plain = Waiver(
        id=id_,
        criteria=criteria,
        type=WaiverType.BY_DESIGN,
        reason="Public on purpose",
        owner="team-web",
        requested_by="kim@example.com",
        valid_from=dt.date(2026, 11, 1),
        expires=EXPIRES,
        file=f"waivers/{id_}.yaml",
        source=f"waivers/{id_}.yaml:1:1",
    )
    return replace(plain, **more)


def site(number: int = 1, *, account: str = ACCOUNTS_[0], region: str = REGIONS[0]) -> SubjectName:
    """A subject of the waiver."""
    return SubjectName(account, region, "s3.8", f"arn:aws:s3:::site-{number}")


def approval(one: Waiver, subjects: SubjectSet, **more: Any) -> Approval:
    """An approval of a waiver as it is, by lee, on the day before today."""
    plain = Approval(
        system=SystemOfApproval.FILE,
        number="CHG-7",
        by="lee@example.com",
        on=TODAY - dt.timedelta(days=1),
        until=one.expires,
        digest=digest(one, one.expires, to_text(subjects)),
        subjects=set_name(one.id),
    )
    return replace(plain, **more)


def granted(
    one: Waiver, *subjects: SubjectName, accounts: Sequence[str] = (), **more: Any
) -> tuple[Waiver, SubjectSet]:
    """The waiver with an approval for these subjects, and the set."""
    found = SubjectSet(tuple(sorted(subjects)), tuple(accounts))
    return replace(one, approvals=(*one.approvals, approval(one, found, **more))), found


def book_of(
    *waivers: Waiver | tuple[Waiver, SubjectSet],
    record: SystemOfApproval = SystemOfApproval.FILE,
    today: dt.date = TODAY,
    confirmations: Sequence[Confirmation] = (),
    problems: Iterable[Problem] = (),
    sets: Mapping[str, SubjectSet] | None = None,
) -> Book:
    """Where waivers stand, those with a set beside their file, in the order given."""
    pairs = [one if isinstance(one, tuple) else (one, NOTHING) for one in waivers]
    lying = {set_name(one.id): subjects for one, subjects in pairs if subjects != NOTHING} | dict(sets or {})
    read = ReadWaivers(tuple(one for one, _ in pairs), lying, tuple(problems))
    return book(
        read, today=today, zone=BERLIN, rules=ApprovalRules(record=record), confirmations=confirmations,
    )  # fmt: skip


def bucket(number: int = 1, *, account: str = ACCOUNTS_[0], region: str = REGIONS[0], **more: Any) -> Finding:
    """A failing finding of a site."""
    return finding(f"arn:aws:s3:::site-{number}", account=account, region=region, **more)


def filled(writer: Writer, *findings: Finding, waivable: int = -1) -> None:
    """Put findings into the lake, in an organization whose row for the control allows waivers of so many days."""
    wishes = [("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", waivable, -1)]
    writer.settle(dimensions(tables={WISHES.name: wishes}))
    writer.fold(findings)
