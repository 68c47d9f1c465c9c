"""DefectDojo as planning sees it: what it has, what it should have, and what is to be done.

Every product has one engagement of ours, and in it one test for each account and Region that has subjects in it. A finding
there is one subject, known by its unique id, which is made of the subject and of nothing that AWS may change. Everything of
ours carries one service, so that what people put into a test themselves is never closed by an upload.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from hubposture.work.subject import Subject

SERVICE: Final = "aws-security-hub"
"""The service of every finding of ours: an upload closes only what carries it."""

TAGS: Final = ("hub-control:", "hub-account:", "hub-owner:")
"""How tags of ours begin; every other tag is people's and stays."""

_UNIQUE: Final = "hubposture/"
_TITLE: Final = re.compile(r"AWS Security Hub (\S+) (\S+)")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where findings lie: the name of the product, and the account and the Region of the test in it."""

    product: str
    account: str
    region: str

    @property
    def title(self) -> str:
        """The title of its test; it never changes."""
        return f"AWS Security Hub {self.account} {self.region}"

    def __str__(self) -> str:
        return f"{self.product}, {self.account}, {self.region}"


def place_of(product: str, title: str) -> Place | None:
    """The place of a test by its title; None where the test is not ours."""
    found = _TITLE.fullmatch(title)
    return None if found is None else Place(product, found[1], found[2])


def unique_id(subject: str) -> str:
    """The unique id of a subject's finding."""
    return f"{_UNIQUE}{subject}"


def subject_of(unique: str) -> str:
    """The subject of a unique id; '' where it is not ours."""
    return unique.removeprefix(_UNIQUE) if unique.startswith(_UNIQUE) else ""


# What it has


@dataclass(frozen=True, slots=True)
class DojoFinding:
    """A finding of ours as DefectDojo shows it. Dates are None and texts '' where it has none; times are naive UTC.

    `is_accepted` is by a risk acceptance of whomever. `changed_at` is when its status last changed.
    """

    id: int
    subject: str
    severity: str
    is_active: bool
    is_mitigated: bool
    is_accepted: bool = False
    is_false_positive: bool = False
    is_out_of_scope: bool = False
    is_duplicate: bool = False
    date: dt.date | None = None
    sla_start: dt.date | None = None
    planned: dt.date | None = None
    component: str = ""
    service: str = SERVICE
    tags: tuple[str, ...] = ()
    title: str = ""
    changed_at: dt.datetime | None = None

    @property
    def set_aside(self) -> str:
        """How people took it out of their lists, which is theirs to say and is not undone; ''."""
        words = (
            ("false positive", self.is_false_positive),
            ("out of scope", self.is_out_of_scope),
            ("duplicate", self.is_duplicate),
        )
        return ", ".join(word for word, holds in words if holds)


@dataclass(frozen=True, slots=True)
class DojoTest:
    """A test of ours with its findings, sorted by id."""

    place: Place
    id: int
    engagement: int
    findings: tuple[DojoFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class DojoAcceptance:
    """A risk acceptance. `is_ours` says that this hubposture made it; `expires` is the day on which it ends there."""

    id: int
    name: str
    product: str
    findings: tuple[int, ...]
    is_ours: bool
    is_expired: bool = False
    decision: str = "A"
    details: str = ""
    accepted_by: str = ""
    expires: dt.date | None = None


@dataclass(frozen=True)
class Current:
    """What DefectDojo has of ours. `unread` are places that could not be read, with why: nothing is known of them.

    `product_types` are the product types of products that exist, by name of the product.
    """

    tests: Mapping[Place, DojoTest] = field(default_factory=dict)
    acceptances: tuple[DojoAcceptance, ...] = ()
    unread: Mapping[Place, str] = field(default_factory=dict)
    product_types: Mapping[str, str] = field(default_factory=dict)

    @property
    def subjects(self) -> frozenset[str]:
        """Subjects of findings: what became of them must be known before anything is closed."""
        return frozenset(one.subject for test in self.tests.values() for one in test.findings)


# What it should have


@dataclass(frozen=True, slots=True)
class Evidence:
    """The worst of a subject's findings in Security Hub: its id, and what it says."""

    id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding that should be there. `waiver` is the waiver by which it is to be accepted; '' for none.

    `planned` is None where nothing is said of it: what stands there stays.
    """

    subject: Subject
    place: Place
    severity: str
    date: dt.date
    tags: tuple[str, ...]
    component: str
    planned: dt.date | None = None
    waiver: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class WantedAcceptance:
    """A risk acceptance that should be there for a waiver in a product; `expires` is the day on which it ends.

    `is_told` says that the waiver itself is known; else what an acceptance says of it stays.
    """

    name: str
    product: str
    decision: str
    details: str
    accepted_by: str
    expires: dt.date | None
    is_told: bool = True


@dataclass(frozen=True)
class Desired:
    """What DefectDojo should have, by subject, and by (waiver, product).

    `done` are subjects with which nothing is wrong any more: their findings close. A subject that is in neither is unknown:
    its finding stays as it is. `product_types` names the product type of a product that is to be made.
    """

    findings: Mapping[str, Wanted]
    acceptances: Mapping[tuple[str, str], WantedAcceptance] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    product_types: Mapping[str, str] = field(default_factory=dict)


# What is to be done


class Field(StrEnum):
    """Fields of a finding that are kept in line."""

    ACTIVE = "active"
    MITIGATED = "is_mitigated"
    SEVERITY = "severity"
    DATE = "date"
    SLA_START = "sla_start_date"
    PLANNED = "planned_remediation_date"
    COMPONENT = "component_name"
    SERVICE = "service"
    TAGS = "tags"


Value: TypeAlias = str | bool | tuple[str, ...]
"""The value of a field; dates as YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for one test. `wanted` and `kept` (unknown, sent again so that they stay open) are sorted by subject.

    `test` is None where the test is to be made. `creates`, `reopens` and `closes` are how many findings it would, and
    `active` how many are open there now.
    """

    place: Place
    test: int | None
    product_type: str
    wanted: tuple[Wanted, ...]
    kept: tuple[DojoFinding, ...]
    creates: int
    reopens: int
    closes: int
    active: int


@dataclass(frozen=True, slots=True)
class FindingPatch:
    """Fields of one finding that change, with what stands there now."""

    id: int
    place: Place
    subject: str
    fields: Mapping[Field, Value]
    before: Mapping[Field, Value | None]


class Do(StrEnum):
    """What is done to a risk acceptance."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class AcceptanceChange:
    """What is done to one risk acceptance. `findings` is the whole list that it has then: what is not in it opens again.

    `wanted` is None where its other fields stay; `id` is 0 for one that is made.
    """

    do: Do
    name: str
    product: str
    id: int
    findings: tuple[int, ...]
    wanted: WantedAcceptance | None
    reason: str


@dataclass(frozen=True, slots=True)
class HeldUpload:
    """An upload that is not made, and the whole of its test with it, and why."""

    place: Place
    closes: int
    active: int
    why: str


@dataclass(frozen=True)
class DojoPlan:
    """What is to be done, in this order; everything sorted, and equal worlds give equal plans.

    `lifts` take findings out of risk acceptances before anything is uploaded: DefectDojo opens them, and the upload then
    closes what passes. `acceptances` come last, when every finding is there. `missing` are subjects that were uploaded
    and are not there.
    """

    lifts: tuple[AcceptanceChange, ...] = ()
    uploads: tuple[Upload, ...] = ()
    patches: tuple[FindingPatch, ...] = ()
    acceptances: tuple[AcceptanceChange, ...] = ()
    missing: tuple[tuple[Place, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.lifts or self.uploads or self.patches or self.acceptances or self.missing)

    @property
    def places(self) -> frozenset[Place]:
        """Places that it changes findings of directly; risk acceptances reach further."""
        return frozenset({one.place for one in self.uploads} | {one.place for one in self.patches})


def by_id(tests: Iterable[DojoTest]) -> dict[int, tuple[DojoTest, DojoFinding]]:
    """Findings by their ids."""
    return {finding.id: (test, finding) for test in tests for finding in test.findings}
