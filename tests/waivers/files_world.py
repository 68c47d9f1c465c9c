"""Waivers as files, approved sets and approvals that fit them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from hubposture.model.controls import ControlId
from hubposture.waivers.digest import digest
from hubposture.waivers.read import ReadWaivers, read_waivers
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

TODAY = dt.date(2026, 11, 24)
BERLIN = ZoneInfo("Europe/Berlin")
BUCKET = "arn:aws:s3:::acme-public-site-www"
SET = "W-2026-014.subjects"
SUBJECTS = SubjectSet(
    (
        SubjectName("012345678901", "eu-central-1", "s3.8", BUCKET),
        SubjectName("111122223333", "eu-central-1", "s3.8", BUCKET),
        SubjectName("111122223333", "us-east-1", "s3.2", BUCKET),
    )
)
SETS = {SET: SUBJECTS}

ONE = """\
# why the site is open
id: W-2026-014
controls: [S3.2, S3.8]
resources: ["arn:aws:s3:::acme-public-site-*"]      # * and ?
accounts: [012345678901, "111122223333"]
type: by-design
reason: "Static web site, public on purpose"
owner: team-web
requested_by: kim@example.com
valid_from: 2026-11-02
expires: 2027-05-01            # through the end of that day
"""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def read(text: str, *, file: str = "waivers/W-2026-014.yaml") -> ReadWaivers:
    return read_waivers({file: text.encode()})


def the_waiver(text: str = ONE) -> Waiver:
    found = read(text)
    assert found.problems == ()
    assert len(found.waivers) == 1
    return found.waivers[0]


def problems(text: str) -> list[str]:
    """What is wrong with a file as `line:column: what (hint)`, without its name."""
    return [str(problem).removeprefix("waivers/W-2026-014.yaml:") for problem in read(text).problems]


def waiver(**changes: object) -> Waiver:
    """A waiver without approvals, as ONE says it."""
    plain = Waiver(
        id="W-2026-014",
        criteria=Criteria(
            controls=(ControlId("s3.2"), ControlId("s3.8")),
            resources=("arn:aws:s3:::acme-public-site-*",),
            accounts=("012345678901", "111122223333"),
        ),
        type=WaiverType.BY_DESIGN,
        reason="Static web site, public on purpose",
        owner="team-web",
        requested_by="kim@example.com",
        valid_from=day("2026-11-02"),
        expires=day("2027-05-01"),
        file="waivers/W-2026-014.yaml",
        source="waivers/W-2026-014.yaml:2:1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def approval(
    of: Waiver,
    *,
    system: SystemOfApproval = SystemOfApproval.FILE,
    by: str = "lee@example.com",
    on: str = "2026-11-02",
    until: str = "",
    subjects: SubjectSet = SUBJECTS,
    number: str = "",
) -> Approval:
    """An approval of a waiver exactly as it is."""
    end = day(until) if until else of.expires
    return Approval(system, number, by, day(on), end, digest(of, end, to_text(subjects)), SET)


def approved(of: Waiver, *approvals: Approval) -> Waiver:
    return replace(of, approvals=approvals or (approval(of),))


def with_controls(of: Waiver, controls: Sequence[str]) -> Waiver:
    return replace(of, criteria=replace(of.criteria, controls=tuple(ControlId(one) for one in controls)))
