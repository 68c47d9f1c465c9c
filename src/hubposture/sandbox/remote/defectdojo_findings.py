"""What is asked of findings: lists by filters, changes, tags, notes, metadata, closing."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from hubposture.sandbox.remote import defectdojo_show as show
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked, Refused, invalid, not_found, page
from hubposture.sandbox.remote.defectdojo_world import SEVERITIES, Finding, World

_FLAGS = ("active", "verified", "is_mitigated", "false_p", "out_of_scope", "risk_accepted", "duplicate")
_DATES = {"date": "date", "sla_start_date": "sla_start", "planned_remediation_date": "planned"}
_TEXTS = {
    "title": ("title", 511),
    "description": ("description", 0),
    "mitigation": ("mitigation", 0),
    "service": ("service", 200),
    "component_name": ("component_name", 500),
    "component_version": ("component_version", 100),
    "vuln_id_from_tool": ("vuln_id", 500),
    "unique_id_from_tool": ("unique_id", 500),
}


class Findings:
    """Answers what is asked of findings."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list(self, asked: Asked) -> Answer:
        """A page of those that fit the filters; a filter that is not known is ignored."""
        rows = [one for one in self._world.findings.values() if self._world.is_seen(self._world.product_of(one).id)]
        for name, value in asked.params.items():
            if (fits := self._fits(name, value)) is not None:
                rows = [one for one in rows if fits(one)]
        found = page(asked, rows)
        found.body["results"] = [show.finding(self._world, one) for one in found.body["results"]]
        return found

    def _fits(self, name: str, value: str) -> Callable[[Finding], bool] | None:
        if name in _FLAGS:
            return lambda one: bool(getattr(one, name)) is (value.lower() == "true")
        if name in ("tag", "tags"):
            return lambda one: value in one.tags
        values: Mapping[str, Callable[[Finding], object]] = {
            "id": lambda one: one.id,
            "test": lambda one: one.test,
            "unique_id_from_tool": lambda one: one.unique_id,
            "severity": lambda one: one.severity,
            "service": lambda one: one.service,
            "test__engagement": lambda one: self._world.engagement_of(one).id,
            "test__engagement__product": lambda one: self._world.product_of(one).id,
        }
        read = values.get(name)
        return None if read is None else lambda one: str(read(one)) == value

    def the(self, number: str) -> Finding:
        """One that is there and may be seen."""
        found = self._world.findings.get(int(number)) if number.isdecimal() else None
        if found is None or not self._world.is_seen(self._world.product_of(found).id):
            raise not_found()
        return found

    def change(self, finding: Finding, body: Mapping[str, Any]) -> Answer:
        """Change fields, as far as they may go together."""
        self._check(finding, body)
        before = [getattr(finding, name) for name in _FLAGS]
        if body.get("risk_accepted") is False and finding.risk_accepted:
            self._unaccept(finding)
        for name, value in body.items():
            if name not in self._world.switches.lost_fields:
                _put(finding, name, value)
        if "is_mitigated" in body and not finding.is_mitigated:
            finding.mitigated = finding.mitigated_by = None
        self._world.save(finding)
        if before != [getattr(finding, name) for name in _FLAGS]:
            finding.status_at = self._world.now
        return Answer(200, show.finding(self._world, finding))

    def _check(self, finding: Finding, body: Mapping[str, Any]) -> None:
        if "severity" in body and body["severity"] not in SEVERITIES:
            raise invalid(severity=f"Severity must be one of the following: {SEVERITIES}")
        for name in ("mitigated", "mitigated_by"):
            if body.get(name) is not None:
                raise invalid(**{name: f"Editing {name} is disabled (EDITABLE_MITIGATED_DATA=false)"})
        for name, (_, longest) in _TEXTS.items():
            if longest and len(body.get(name) or "") > longest:
                raise invalid(**{name: f"Ensure this field has no more than {longest} characters."})
        is_active = body.get("active", finding.active)
        is_accepted = body.get("risk_accepted", finding.risk_accepted)
        if is_active and body.get("duplicate", finding.duplicate):
            raise _impossible("Duplicate findings cannot be verified or active")
        is_simple = self._world.product_of(finding).enable_simple_risk_acceptance
        if is_accepted and not finding.risk_accepted and not is_simple:
            raise _impossible("Simple risk acceptance is disabled for this product, use the UI to accept this finding.")
        if is_active and is_accepted:
            raise _impossible("Active findings cannot be risk accepted.")

    def _unaccept(self, finding: Finding) -> None:
        for one in self._world.acceptances_of(finding):
            one.findings.remove(finding.id)
        finding.risk_accepted = False
        if not (finding.mitigated or finding.false_p or finding.out_of_scope):
            finding.active = True

    def close(self, finding: Finding, body: Mapping[str, Any], user: int) -> Answer:
        """Close a finding, with a note where one is given."""
        finding.active, finding.is_mitigated, finding.mitigated_by = False, True, user
        for name in ("false_p", "out_of_scope", "duplicate"):
            setattr(finding, name, bool(body.get(name, False)))
        finding.status_at = self._world.save(finding).updated
        if body.get("note"):
            self._world.note(finding, str(body["note"]), user)
        flags = {name: getattr(finding, name) for name in ("is_mitigated", "false_p", "out_of_scope", "duplicate")}
        return Answer(200, flags)

    def tags(self, asked: Asked, finding: Finding) -> Answer:
        """Read tags, or add some."""
        if asked.method == "GET":
            return Answer(200, {"tags": sorted(finding.tags)})
        given = asked.body.get("tags")
        if not isinstance(given, list):
            raise invalid(tags="This field is required.")
        finding.tags = [*dict.fromkeys([*finding.tags, *_clean(given)])]
        self._world.save(finding)
        return Answer(201, {"tags": sorted(finding.tags)})

    def remove_tags(self, asked: Asked, finding: Finding) -> Answer:
        """Take tags away; one that is not there is an error."""
        for tag in asked.body.get("tags") or []:
            if tag not in finding.tags:
                raise Refused(Answer(400, {"error": f"'{tag}' is not a valid tag in list"}))
            finding.tags.remove(tag)
        return Answer(204, None)

    def notes(self, asked: Asked, finding: Finding, user: int) -> Answer:
        """Read notes, or add one."""
        if asked.method == "GET":
            notes = [show.note(self._world, one) for one in finding.notes]
            return Answer(200, {"finding_id": finding.id, "notes": notes})
        if not asked.body.get("entry"):
            raise invalid(entry="This field is required.")
        made = self._world.note(finding, str(asked.body["entry"]), user)
        return Answer(201, show.note(self._world, made))

    def metadata(self, asked: Asked, finding: Finding) -> Answer:
        """Read metadata, add, change or delete an entry."""
        if asked.method == "GET":
            return Answer(200, [{"name": name, "value": value} for name, value in finding.metadata.items()])
        if asked.method == "DELETE":
            if finding.metadata.pop(asked.params.get("name", ""), None) is None:
                raise not_found()
            return Answer(200, {})
        name, value = asked.body.get("name"), asked.body.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            raise invalid(name="This field is required.", value="This field is required.")
        finding.metadata[name] = value
        return Answer(200, {"name": name, "value": value})


def _put(finding: Finding, name: str, value: Any) -> None:
    if name in _FLAGS:
        setattr(finding, name, bool(value))
    elif name in _DATES:
        setattr(finding, _DATES[name], None if value is None else dt.date.fromisoformat(value))
    elif name in _TEXTS:
        setattr(finding, _TEXTS[name][0], value)
    elif name == "severity":
        finding.severity = value
    elif name == "tags":
        finding.tags = _clean(value)


def _clean(tags: list[str]) -> list[str]:
    """Tags as they are kept: in lower case, with no comma, blank or quote."""
    return [*dict.fromkeys(_word(one) for one in tags)]


def _word(tag: str) -> str:
    return "".join("-" if one == "," else "_" if one in " \"'" else one for one in tag).lower()


def _impossible(text: str) -> Refused:
    return Refused(Answer(400, {"non_field_errors": [text]}))
