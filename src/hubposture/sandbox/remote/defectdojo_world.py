"""What an emulated DefectDojo holds: product types, products, engagements, tests, findings, risk acceptances, people."""

import datetime as dt
from dataclasses import dataclass, field, replace

SEVERITIES = ("Critical", "High", "Medium", "Low", "Info")
SLA_DAYS = {"Critical": 7, "High": 30, "Medium": 90, "Low": 120}
HUB_SCAN = "AWS Security Hub Scan"
ASFF_SCAN = "AWS Security Finding Format (ASFF) Scan"
TEST_TYPES = {1: HUB_SCAN, 2: ASFF_SCAN}


@dataclass(slots=True)
class User:
    """Somebody who may sign in."""

    id: int
    username: str
    email: str
    is_superuser: bool = False


@dataclass(slots=True)
class ProductType:
    """A product type; also called an organization."""

    id: int
    name: str
    created: dt.datetime


@dataclass(slots=True)
class Product:
    """A product; also called an asset. Its name is the only one of all products."""

    id: int
    name: str
    prod_type: int
    created: dt.datetime
    enable_full_risk_acceptance: bool = True
    enable_simple_risk_acceptance: bool = False
    description: str = ""


@dataclass(slots=True)
class Engagement:
    """An engagement in a product; names may repeat."""

    id: int
    name: str
    product: int
    lead: int | None
    start: dt.date
    end: dt.date
    created: dt.datetime
    deduplication_on_engagement: bool = False
    acceptances: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Test:
    """A test in an engagement."""

    id: int
    engagement: int
    scan_type: str
    title: str
    created: dt.datetime
    lead: int | None = None
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    """A note on a finding."""

    id: int
    entry: str
    author: int
    date: dt.datetime


@dataclass(slots=True)
class Finding:
    """A finding in a test; `id` is 0 while it is only parsed."""

    title: str
    severity: str
    description: str
    unique_id: str
    date: dt.date | None = None
    id: int = 0
    test: int = 0
    mitigation: str = ""
    impact: str = ""
    references: str = ""
    active: bool = True
    verified: bool = False
    is_mitigated: bool = False
    mitigated: dt.datetime | None = None
    mitigated_by: int | None = None
    false_p: bool = False
    out_of_scope: bool = False
    risk_accepted: bool = False
    duplicate: bool = False
    duplicate_of: int | None = None
    service: str | None = None
    component_name: str | None = None
    component_version: str | None = None
    vuln_id: str | None = None
    sla_start: dt.date | None = None
    planned: dt.date | None = None
    tags: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    created: dt.datetime | None = None
    updated: dt.datetime | None = None
    status_at: dt.datetime | None = None

    @property
    def hash_code(self) -> str:
        """What it is compared by where there is no unique id."""
        return f"{hash((self.title, self.severity, self.description, self.service)) & 0xFFFFFFFFFFFF:012x}"

    def new(self, **changes: object) -> "Finding":
        """A copy with lists of its own."""
        return replace(self, tags=[], notes=[], metadata={}, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Acceptance:
    """A risk acceptance; expired once `handled` is set."""

    id: int
    name: str
    owner: int
    findings: list[int]
    created: dt.datetime
    updated: dt.datetime
    decision: str = "A"
    decision_details: str | None = None
    recommendation: str = "F"
    recommendation_details: str | None = None
    accepted_by: str | None = None
    expires: dt.datetime | None = None
    warned: dt.datetime | None = None
    handled: dt.datetime | None = None
    reactivate_expired: bool = True
    restart_sla_expired: bool = False


@dataclass(slots=True)
class Switches:
    """How the instance is set. The defaults are those of a fresh install."""

    enable_deduplication: bool = False
    """A finding whose unique id another finding of the product has becomes its duplicate."""

    max_scan_mib: float = 100
    """DD_SCAN_FILE_MAX_SIZE."""

    restart_sla_on_reactivation: bool = False
    """Of the SLA configuration."""

    full_risk_acceptance: bool = True
    """Of products that are made."""

    lost_fields: set[str] = field(default_factory=set)
    """Fields of a finding that are answered as taken and are not kept."""

    hidden_products: set[str] = field(default_factory=set)
    """Products that the token's user may not see any more."""

    is_read_only: bool = False
    """Whether the token's user may only read."""

    is_asleep: bool = False
    """Every request is answered 200 with a page for people."""


class World:
    """All rows. `now` moves a second with every write; set it on to let days pass."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
        self.switches = Switches()
        self.users: dict[int, User] = {}
        self.types: dict[int, ProductType] = {}
        self.products: dict[int, Product] = {}
        self.engagements: dict[int, Engagement] = {}
        self.tests: dict[int, Test] = {}
        self.findings: dict[int, Finding] = {}
        self.acceptances: dict[int, Acceptance] = {}
        self._made = 0

    def id(self) -> int:
        """The next id; one count for all rows, so that none is taken for another's."""
        self._made += 1
        return self._made

    def tick(self) -> dt.datetime:
        """The moment of a write."""
        self.now += dt.timedelta(seconds=1)
        return self.now

    # Finding one's way

    def engagement_of(self, finding: Finding) -> Engagement:
        """The engagement of a finding."""
        return self.engagements[self.tests[finding.test].engagement]

    def product_of(self, finding: Finding) -> Product:
        """The product of a finding."""
        return self.products[self.engagement_of(finding).product]

    def is_seen(self, product: int) -> bool:
        """Whether the token's user sees a product and what is in it."""
        return self.products[product].name not in self.switches.hidden_products

    def findings_of(self, test: int) -> list[Finding]:
        """The findings of a test, oldest first."""
        return [one for one in self.findings.values() if one.test == test]

    def acceptances_of(self, finding: Finding) -> list[Acceptance]:
        """Acceptances that list a finding."""
        return [one for one in self.acceptances.values() if finding.id in one.findings]

    # Writing

    def save(self, finding: Finding) -> Finding:
        """Keep a finding, as DefectDojo's own save does: words of the title begin with a capital, severity is one it knows."""
        now = self.tick()
        if not finding.id:
            finding.id = self.id()
            finding.created = now
            finding.date = finding.date or now.date()
        if finding.is_mitigated and finding.mitigated is None:
            finding.mitigated = now
        finding.title = " ".join(word[:1].upper() + word[1:] for word in finding.title[:511].split(" "))
        finding.updated = now
        self.findings[finding.id] = finding
        return finding

    def note(self, finding: Finding, entry: str, author: int) -> Note:
        """Add a note."""
        found = Note(self.id(), entry, author, self.tick())
        finding.notes.append(found)
        return found

    def delete_product(self, product: int) -> None:
        """Delete a product with everything in it."""
        gone = [one.id for one in self.engagements.values() if one.product == product]
        tests = [one.id for one in self.tests.values() if one.engagement in gone]
        for engagement in gone:
            for acceptance in self.engagements.pop(engagement).acceptances:
                self.acceptances.pop(acceptance, None)
        for test in tests:
            del self.tests[test]
        for finding in [one for one in self.findings.values() if one.test in tests]:
            del self.findings[finding.id]
        del self.products[product]
