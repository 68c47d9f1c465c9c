"""import-scan and reimport-scan: where a file goes, and what becomes of findings that are in it and that are not."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked, Refused, detail, forbidden, invalid
from hubposture.sandbox.remote.defectdojo_parsers import Crash, parse, sanitized
from hubposture.sandbox.remote.defectdojo_world import (
    SEVERITIES,
    TEST_TYPES,
    Engagement,
    Finding,
    Product,
    ProductType,
    Test,
    World,
)

_TRUE = ("true", "1", "yes", "on", "True")


@dataclass(slots=True)
class _Upload:
    """One upload and what it did."""

    asked: Asked
    user: int
    test: Test
    parsed: list[Finding]
    created: list[Finding] = field(default_factory=list)
    closed: list[Finding] = field(default_factory=list)
    reactivated: list[Finding] = field(default_factory=list)
    untouched: list[Finding] = field(default_factory=list)

    @property
    def service(self) -> str | None:
        return self.asked.body.get("service") or None

    def is_set(self, name: str, *, otherwise: bool) -> bool:
        value = self.asked.body.get(name)
        return otherwise if value is None else str(value) in _TRUE


class Imports:
    """Answers uploads."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, asked: Asked, user: int, *, again: bool) -> Answer:
        """Do an import, or a reimport where `again`. Nothing is kept of a file that cannot be parsed."""
        scan_type = self._checked(asked)
        test = self._test(asked, scan_type) if again else None
        is_new = test is None
        if again and is_new and not self._creates(asked):
            raise Refused(detail(404, "A test could not be found!"))
        engagement = self._engagement(asked, user) if is_new else None
        try:
            parsed = parse(scan_type, asked.file or b"", now=self._world.now)
        except Crash as crash:
            raise Refused(
                Answer(500, {"message": f"Internal server error, check logs for details: {crash}"})
            ) from crash
        if test is None and engagement is not None:
            test = self._new_test(engagement, scan_type, asked)
        if test is None:
            raise Refused(detail(404, "A test could not be found!"))
        before = _statistics(self._world.findings_of(test.id))
        upload = _Upload(asked, user, test, self._prepared(parsed, asked))
        if is_new:
            self._import(upload)
        else:
            self._reimport(upload)
        self._deduplicate(upload)
        return Answer(201, self._reply(upload, before=None if is_new else before, scan_type=scan_type))

    # Where it goes

    def _checked(self, asked: Asked) -> str:
        """The scan type of a request that may be done."""
        body = asked.body
        scan_type = str(body.get("scan_type", ""))
        if scan_type not in TEST_TYPES.values():
            raise invalid(scan_type=f'"{scan_type}" is not a valid choice.')
        if asked.file is None:
            raise Refused(Answer(400, {"file": ["Uploading a Report File is required for " + scan_type]}))
        if len(asked.file) > self._world.switches.max_scan_mib * 2**20:
            limit = self._world.switches.max_scan_mib
            raise invalid(non_field_errors=f"Report file is too large. Maximum supported size is {limit:g} MB")
        date = body.get("scan_date")
        if date and dt.date.fromisoformat(str(date)) > self._world.now.date():
            raise invalid(scan_date="The scan_date cannot be in the future!")
        return scan_type

    def _creates(self, asked: Asked) -> bool:
        return str(asked.body.get("auto_create_context", "")) in _TRUE

    def _product(self, asked: Asked) -> Product | None:
        name = asked.body.get("product_name")
        found = next((one for one in self._world.products.values() if one.name == name), None)
        if found is None:
            return None
        if not self._world.is_seen(found.id):
            raise forbidden()
        given, has = asked.body.get("product_type_name"), self._world.types[found.prod_type].name
        if given and given != has:
            what = "The fetched product has a conflict with the supplied product type name: existing product type name"
            raise Refused(Answer(400, [f"{what} - {has} vs supplied product type name - {given}"]))
        return found

    def _test(self, asked: Asked, scan_type: str) -> Test | None:
        """The test that is named by its id, or the last one of that title in the engagement."""
        if given := asked.body.get("test"):
            test = self._world.tests.get(int(given))
            if test is None or not self._world.is_seen(self._world.engagements[test.engagement].product):
                raise invalid(test=f'Invalid pk "{given}" - object does not exist.')
            return test
        product = self._product(asked)
        engagement = self._last_engagement(asked, product)
        if engagement is None:
            return None
        title = asked.body.get("test_title")
        found = [
            one
            for one in self._world.tests.values()
            if one.engagement == engagement.id and one.scan_type == scan_type and (not title or one.title == title)
        ]
        return found[-1] if found else None

    def _last_engagement(self, asked: Asked, product: Product | None) -> Engagement | None:
        if product is None:
            return None
        name = asked.body.get("engagement_name")
        found = [one for one in self._world.engagements.values() if (one.product, one.name) == (product.id, name)]
        return found[-1] if found else None

    def _engagement(self, asked: Asked, user: int) -> Engagement:
        """The engagement, made with product and product type where the request says so."""
        if given := asked.body.get("engagement"):
            if int(given) not in self._world.engagements:
                raise invalid(engagement=f'Invalid pk "{given}" - object does not exist.')
            return self._world.engagements[int(given)]
        product = self._product(asked)
        if (engagement := self._last_engagement(asked, product)) is not None:
            return engagement
        if not self._creates(asked):
            raise Refused(Answer(400, ["auto_create_context not True, unable to create non-existing engagement"]))
        product = product or self._new_product(asked)
        now = self._world.tick()
        lead = asked.body.get("lead")
        start = now.date()
        engagement = Engagement(
            id=self._world.id(),
            name=str(asked.body["engagement_name"]),
            product=product.id,
            lead=int(lead) if lead else user,
            start=start,
            end=start + dt.timedelta(days=365),
            created=now,
            deduplication_on_engagement=str(asked.body.get("deduplication_on_engagement", "")) in _TRUE,
        )
        self._world.engagements[engagement.id] = engagement
        return engagement

    def _new_product(self, asked: Asked) -> Product:
        name, kind = str(asked.body.get("product_name", "")), str(asked.body.get("product_type_name", ""))
        if not name or not kind or not asked.body.get("engagement_name"):
            raise Refused(Answer(400, ["product_name, product_type_name and engagement_name are needed"]))
        product_type = next((one for one in self._world.types.values() if one.name == kind), None)
        if product_type is None:
            product_type = ProductType(self._world.id(), kind, self._world.tick())
            self._world.types[product_type.id] = product_type
        is_full = self._world.switches.full_risk_acceptance
        product = Product(self._world.id(), name, product_type.id, self._world.tick(), is_full, description=name)
        self._world.products[product.id] = product
        return product

    def _new_test(self, engagement: Engagement, scan_type: str, asked: Asked) -> Test:
        title = str(asked.body.get("test_title") or scan_type)
        test = Test(self._world.id(), engagement.id, scan_type, title, self._world.tick(), engagement.lead)
        self._world.tests[test.id] = test
        return test

    # What it does

    def _prepared(self, parsed: Iterable[Finding], asked: Asked) -> list[Finding]:
        least = SEVERITIES.index(str(asked.body.get("minimum_severity") or "Info"))
        found = []
        for one in parsed:
            one.severity = sanitized(one.severity)
            one.service = asked.body.get("service") or None
            if SEVERITIES.index(one.severity) <= least:
                found.append(one)
        return found

    def _import(self, upload: _Upload) -> None:
        """Make a finding of everything; a test that is new has nothing to close."""
        for one in upload.parsed:
            self._create(upload, one)

    def _create(self, upload: _Upload, parsed: Finding) -> None:
        if "active" in upload.asked.body:
            parsed.active = upload.is_set("active", otherwise=True)
        if date := upload.asked.body.get("scan_date"):
            parsed.date = dt.date.fromisoformat(str(date))
        finding = self._world.save(parsed.new(test=upload.test.id))
        finding.status_at = self._world.now
        upload.created.append(finding)

    def _reimport(self, upload: _Upload) -> None:
        existing = self._world.findings_of(upload.test.id)
        old = [one for one in existing if (one.service or None) == upload.service]
        by_id: dict[str, Finding] = {}
        for one in existing:
            by_id.setdefault(one.unique_id, one)
        for one in upload.parsed:
            match = by_id.get(one.unique_id)
            if match is None:
                self._create(upload, one)
                by_id[one.unique_id] = upload.created[-1]
            else:
                self._matched(upload, one, match)
        seen = {one.id for one in (*upload.reactivated, *upload.untouched)}
        if upload.is_set("close_old_findings", otherwise=True):
            for one in old:
                if one.id not in seen and not one.is_mitigated:
                    self._mitigate(one, upload.user, "Mitigated by AWS Security Hub Scan re-upload.")
                    upload.closed.append(one)

    def _matched(self, upload: _Upload, parsed: Finding, existing: Finding) -> None:
        """A finding that is there: its severity, title and text stay as they are."""
        if existing.false_p or existing.out_of_scope or existing.risk_accepted:
            if existing.risk_accepted and not existing.active:
                upload.untouched.append(existing)
            return
        if existing.is_mitigated:
            self._matched_mitigated(upload, parsed, existing)
        elif parsed.is_mitigated:
            existing.active, existing.is_mitigated, existing.mitigated = False, True, parsed.mitigated
            existing.status_at = self._world.save(existing).updated
            upload.closed.append(existing)
            upload.untouched.append(existing)
        else:
            upload.untouched.append(existing)
            existing.component_name = existing.component_name or parsed.component_name

    def _matched_mitigated(self, upload: _Upload, parsed: Finding, existing: Finding) -> None:
        if parsed.is_mitigated or upload.is_set("do_not_reactivate", otherwise=False):
            upload.untouched.append(existing)
            return
        existing.is_mitigated, existing.mitigated, existing.mitigated_by = False, None, None
        existing.active = not existing.duplicate
        if self._world.switches.restart_sla_on_reactivation:
            existing.sla_start = self._world.now.date()
        existing.status_at = self._world.save(existing).updated
        self._world.note(existing, "Re-activated by AWS Security Hub Scan re-upload.", upload.user)
        upload.reactivated.append(existing)

    def _mitigate(self, finding: Finding, user: int, why: str) -> None:
        finding.active, finding.is_mitigated, finding.mitigated_by = False, True, user
        finding.status_at = self._world.save(finding).updated
        self._world.note(finding, why, user)

    def _deduplicate(self, upload: _Upload) -> None:
        """Where it is switched on: what another test of the product has becomes that one's duplicate."""
        engagement = self._world.engagements[upload.test.engagement]
        if not self._world.switches.enable_deduplication:
            return
        for one in upload.created:
            for other in self._world.findings.values():
                if other.unique_id != one.unique_id or other.id >= one.id or other.duplicate:
                    continue
                there = self._world.engagement_of(other)
                is_apart = engagement.deduplication_on_engagement or there.deduplication_on_engagement
                if there.id == engagement.id or (there.product == engagement.product and not is_apart):
                    one.duplicate, one.duplicate_of, one.active = True, other.id, False

    def _reply(self, upload: _Upload, *, before: dict[str, Any] | None, scan_type: str) -> dict[str, Any]:
        engagement = self._world.engagements[upload.test.engagement]
        product = self._world.products[engagement.product]
        statistics: dict[str, Any] = {} if before is None else {"before": before, "delta": _delta(upload)}
        statistics["after"] = _statistics(self._world.findings_of(upload.test.id))
        return {
            "scan_type": scan_type,
            "file": None,
            "test": upload.test.id,
            "test_id": upload.test.id,
            "engagement_id": engagement.id,
            "product_id": product.id,
            "product_type_id": product.prod_type,
            "statistics": statistics,
            "deduplication_complete": True,
            "pro": [],
        }


def _delta(upload: _Upload) -> dict[str, Any]:
    return {
        "created": _statistics(upload.created),
        "closed": _statistics(upload.closed),
        "reactivated": _statistics(upload.reactivated),
        "untouched": _statistics([one for one in upload.untouched if one not in upload.closed]),
    }


def _statistics(findings: Iterable[Finding]) -> dict[str, Any]:
    rows = list(findings)
    groups = {name.lower(): [one for one in rows if one.severity == name] for name in SEVERITIES}
    return {name: _counts(some) for name, some in {**groups, "total": rows}.items()}


def _counts(rows: list[Finding]) -> dict[str, int]:
    names = ("active", "verified", "duplicate", "false_p", "out_of_scope", "is_mitigated", "risk_accepted")
    return {**{name: sum(bool(getattr(one, name)) for one in rows) for name in names}, "total": len(rows)}
