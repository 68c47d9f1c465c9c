"""What people and programs do in the emulated accounts, for tests and demos: at the sandbox's time, with its events."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hubposture.sandbox.catalogue import ControlDefinition
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.lifecycle_checks import facts_that, judged_type, tag_parameter
from hubposture.sandbox.population_inventory import ACCOUNT_TYPE, Resource
from hubposture.sandbox.population_resources import make_resource
from hubposture.sandbox.seams import Estate

Subject = tuple[str, str, str, str]
"""(account, Region, control, resource): what a control judges; the control in any letter case."""


class Hands:
    """Changes resources and findings of a service. What is not there is a ValueError that says what was looked for."""

    def __init__(self, service: FindingService, estate: Estate) -> None:
        self._service = service
        self._estate = estate
        service.advance(estate)
        service.checks.read_anew(estate)

    # --- findings --------------------------------------------------------------------------------------------------

    def findings(self, which: str | Subject) -> list[Record]:
        """The findings with an id, or the active ones of a subject."""
        found = list(self._service.store.with_id(which)) if isinstance(which, str) else list(self._of_subject(which))
        if not found:
            raise ValueError(f"there is no finding {which if isinstance(which, str) else ' '.join(which)}")
        return found

    def _of_subject(self, subject: Subject) -> Iterator[Record]:
        account, region, control, resource = subject
        for record in self._service.store.of_target((account, region)):
            is_judged = record.body.control_id.casefold() == control.casefold()
            if is_judged and record.record_state == "ACTIVE" and record.body.resources[0].id == resource:
                yield record

    def person(self, which: str | Subject, fields: Mapping[str, Any], who: str) -> list[str]:
        """Let somebody set customer fields of findings; gives their ids."""
        found = self.findings(which)
        for record in found:
            identity = f"arn:aws:sts::{record.account}:assumed-role/SecurityAnalyst/{who}"
            self._service.press(record, fields, self._estate.now(), identity=identity)
        return [record.id for record in found]

    # --- resources -------------------------------------------------------------------------------------------------

    def resources(self, account: str, region: str, kind: str) -> list[Resource]:
        """An account's resources, sorted by Region and id; '' is every Region or type."""
        found = (
            one
            for one in self._service.inventory
            if one.account == account
            and one.type != ACCOUNT_TYPE
            and region in ("", one.region)
            and kind in ("", one.type)
        )
        return sorted(found, key=lambda one: (one.region, one.id))

    def resource(self, resource: str, account: str, region: str) -> Resource:
        """The one resource with an id; `account` and `region` tell apart those that share it, as accounts do in Regions."""
        if resource.startswith("AWS::::Account:") and region:
            return self._service.inventory.account_in((resource.rpartition(":")[2], region))
        found = [
            one
            for one in self._service.inventory
            if one.id == resource and account in ("", one.account) and region in ("", one.region)
        ]
        if len(found) != 1:
            raise ValueError(f"there are {len(found)} resources {resource} {account} {region}".rstrip())
        return found[0]

    def create(
        self,
        kind: str,
        account: str,
        region: str,
        *,
        name: str,
        resource: str,
        tags: Mapping[str, str],
        failing: Iterable[str],
    ) -> Resource:
        """Make a resource that fails the controls named and passes every other one that does not judge tags."""
        at = self._estate.now()
        made = make_resource(kind, account, region, name=name, born=at)
        made.id, made.tags = resource or made.id, dict(tags)
        for control in self._judging(kind):
            made.facts |= facts_that(control, passes=True, at=at)
        for name_ in failing:
            made.facts |= facts_that(self._control(name_), passes=False, at=at)
        self._service.inventory.add(made)
        self._service.checks.resource_changed(made, at)
        return made

    def judge(self, resource: Resource, control: str, *, passes: bool) -> list[str]:
        """Change a resource so that a control passes or fails; gives the ids of the findings that say so already."""
        found, at = self._control(control), self._estate.now()
        if judged_type(found) != resource.type:
            raise ValueError(f"{found.id} judges {judged_type(found) or 'no type of the sandbox'}, not {resource.type}")
        resource.facts |= facts_that(found, passes=passes, at=at)
        self._service.checks.resource_changed(resource, at)
        subject = (resource.account, resource.region, found.id, resource.id)
        return [one.id for one in self._of_subject(subject) if (one.compliance == "PASSED") == passes]

    def tag(self, resource: Resource, tags: Mapping[str, str]) -> None:
        """Replace a resource's tags."""
        resource.tags = dict(tags)
        self._service.checks.resource_changed(resource, self._estate.now())

    def delete(self, resource: Resource) -> None:
        """Delete a resource."""
        self._service.checks.resource_deleted(resource, self._estate.now())

    def _judging(self, kind: str) -> Iterator[ControlDefinition]:
        controls = self._service.checks.catalogue.controls.values()
        return (one for one in controls if judged_type(one) == kind and not tag_parameter(one))

    def _control(self, name: str) -> ControlDefinition:
        controls = self._service.checks.catalogue.controls
        found = next((one for one in controls.values() if one.id.casefold() == name.casefold()), None)
        if found is None:
            raise ValueError(f"there is no control {name}")
        return found
