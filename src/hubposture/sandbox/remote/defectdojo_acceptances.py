"""Risk acceptances: made, changed with their whole list, deleted, and ended on their day."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked, Refused, forbidden, invalid, not_found
from hubposture.sandbox.remote.defectdojo_world import Acceptance, Finding, World

_MOMENTS = {"expiration_date": "expires", "expiration_date_warned": "warned", "expiration_date_handled": "handled"}
_PLAIN = (
    "name",
    "owner",
    "decision",
    "decision_details",
    "recommendation",
    "recommendation_details",
    "accepted_by",
    "reactivate_expired",
    "restart_sla_expired",
)


class Acceptances:
    """Answers what is asked of risk acceptances."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, asked: Asked, user: int) -> Acceptance:
        """Make one; its findings are of one engagement, in a product that allows it."""
        body = asked.body
        for name in ("name", "owner", "accepted_findings"):
            if name not in body:
                raise invalid(**{name: "This field is required."})
        findings = self._findings(body)
        engagements = {self._world.engagement_of(one).id for one in findings}
        if len(engagements) > 1:
            raise forbidden("You are not permitted to add findings from multiple engagements")
        if not self._world.product_of(findings[0]).enable_full_risk_acceptance:
            raise forbidden("Full risk acceptance is not enabled for this product")
        now = self._world.tick()
        made = Acceptance(self._world.id(), "", 0, [], now, now)
        self._fill(made, body)
        self._world.acceptances[made.id] = made
        self._world.engagements[engagements.pop()].acceptances.append(made.id)
        self.add(made, findings, user)
        return made

    def change(self, acceptance: Acceptance, asked: Asked, user: int) -> Acceptance:
        """Change one. Its list becomes what is sent, and empty where none is: whatever is not in it opens again."""
        given = self._findings(asked.body) if "accepted_findings" in asked.body else []
        engagement = self._engagement(acceptance)
        if any(self._world.engagement_of(one).id != engagement for one in given):
            raise Refused(Answer(400, [f"Risk Acceptance belongs to engagement {engagement}."]))
        wanted = {one.id for one in given}
        self._fill(acceptance, asked.body)
        added = [one for one in given if one.id not in acceptance.findings]
        removed = [one for one in acceptance.findings if one not in wanted]
        self.add(acceptance, added, user)
        for one in removed:
            acceptance.findings.remove(one)
            self._reopen(one)
        acceptance.updated = self._world.tick()
        return acceptance

    def delete(self, acceptance: Acceptance) -> None:
        """Delete one; what it accepted opens again."""
        for one in acceptance.findings:
            self._reopen(one)
        for engagement in self._world.engagements.values():
            if acceptance.id in engagement.acceptances:
                engagement.acceptances.remove(acceptance.id)
        del self._world.acceptances[acceptance.id]

    def add(self, acceptance: Acceptance, findings: Iterable[Finding], user: int) -> None:
        """Accept findings; a duplicate is not taken."""
        for one in findings:
            if not one.duplicate or one.risk_accepted:
                one.active, one.risk_accepted = False, True
                one.status_at = self._world.save(one).updated
                acceptance.findings.append(one.id)
            self._world.note(one, f'added this finding to the risk acceptance: "{acceptance.name}"', user)

    def expire(self) -> None:
        """What the job does every three hours: end what ends today or earlier, and let its findings open again."""
        for one in self._world.acceptances.values():
            if one.expires is None or one.handled is not None or one.expires.date() > self._world.now.date():
                continue
            if one.reactivate_expired:
                for number in one.findings:
                    if not self._world.findings[number].active:
                        self._reopen(number)
            one.expires = one.handled = self._world.tick()

    def _reopen(self, number: int) -> None:
        """Open a finding again: also one that was mitigated since, which stays mitigated as well."""
        if (finding := self._world.findings.get(number)) is not None:
            finding.active, finding.risk_accepted = True, False
            finding.status_at = self._world.save(finding).updated

    def _engagement(self, acceptance: Acceptance) -> int:
        return next(one.id for one in self._world.engagements.values() if acceptance.id in one.acceptances)

    def _findings(self, body: Any) -> list[Finding]:
        numbers = body.get("accepted_findings")
        if not isinstance(numbers, list) or not numbers:
            raise invalid(accepted_findings="This list may not be empty.")
        for number in numbers:
            found = self._world.findings.get(number)
            if found is None:
                raise invalid(accepted_findings=f'Invalid pk "{number}" - object does not exist.')
            if not self._world.is_seen(self._world.product_of(found).id):
                raise forbidden("You are not permitted to add one or more selected findings to this risk acceptance")
        return [self._world.findings[number] for number in numbers]

    def _fill(self, acceptance: Acceptance, body: Any) -> None:
        if "owner" in body and body["owner"] not in self._world.users:
            raise invalid(owner=f'Invalid pk "{body["owner"]}" - object does not exist.')
        if len(body.get("name", "")) > 300:  # noqa: PLR2004 - the field's length
            raise invalid(name="Ensure this field has no more than 300 characters.")
        for name in ("decision", "recommendation"):
            if body.get(name, "A") not in ("A", "V", "M", "F", "T"):
                raise invalid(**{name: f'"{body[name]}" is not a valid choice.'})
        for name in _PLAIN:
            if name in body:
                setattr(acceptance, name, body[name])
        for name, attribute in _MOMENTS.items():
            if name in body:
                setattr(acceptance, attribute, _moment(body[name]))


def the_acceptance(world: World, number: str) -> Acceptance:
    """One that is there and may be seen."""
    found = world.acceptances.get(int(number)) if number.isdecimal() else None
    if found is None or not is_visible(world, found):
        raise not_found()
    return found


def is_visible(world: World, acceptance: Acceptance) -> bool:
    """Whether the token's user sees an acceptance."""
    products = [one.product for one in world.engagements.values() if acceptance.id in one.acceptances]
    return all(world.is_seen(one) for one in products)


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
