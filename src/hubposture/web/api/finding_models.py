"""Findings in the words of the API."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from hubposture.web.api.kinds import Model, OfVersion, Said, Time, Whole, by_name

_RENAMED = {
    "control": "control_shown", "severity": "severity_shown", "ou": "ou_path",
}  # fmt: skip


class Finding(Model):
    """One check of one resource, or one finding of another product. Texts are '' and times null where there is none.

    `failing_since` is since when it fails, `owner` the team that must fix it. `obligation` says that it is enforced here.
    """

    subject: Said
    kind: Said
    control: Said
    title: Said
    severity: Said
    status: Said
    presence: Said
    workflow: Said
    suppressed: bool
    account: Said
    account_alias: Said
    account_name: Said
    ou: Said
    region: Said
    resource: Said
    resource_type: Said
    product: Said
    owner: Said
    disposition: Said
    obligation: bool
    failing_since: Time | None
    first_seen_at: Time | None
    last_passed_at: Time | None
    changed_at: Time | None
    returns: Whole
    waiver: Said
    waiver_state: Said
    waived_until: Time | None
    url: Said

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """A row of the lake's lists."""
        title = row["title"] or row["control_title"]
        named = {name: row[column] for name, column in _RENAMED.items()}
        return cls.model_validate(by_name(cls, row) | named | {"title": title})


class Counts(Model):
    """How many subjects a filter has, and how many of them are failing."""

    subjects: Whole
    failing: Whole


class Findings(OfVersion):
    """A page of a list. `after` is what the next page is asked with, null on the last one."""

    filter: Said
    counts: Counts
    findings: Sequence[Finding]
    after: Said | None


class Group(Model):
    """The findings of one control, or of one product and title: `failing` of `subjects`, in so many accounts.

    `since` is since when the oldest fails. `waived` are failing, and `waived_until` is the end of the first of their waivers.
    """

    control: Said
    shown: Said
    title: Said
    severity: Said
    failing: Whole
    subjects: Whole
    accounts: Whole
    suppressed: Whole
    waived: Whole
    since: Time | None
    waived_until: Time | None


class Groups(OfVersion):
    """Groups, failing and severe ones first; `more` says that there are further ones."""

    filter: Said
    counts: Counts
    groups: Sequence[Group]
    more: bool


class Counted(OfVersion):
    """How many a filter has."""

    filter: Said
    counts: Counts


class InHub(Model):
    """One finding as Security Hub holds it."""

    id: Said
    product: Said
    standard: Said
    title: Said
    compliance: Said
    reason: Said
    severity: Said
    record_state: Said
    archived_because: Said
    workflow: Said
    note: Said
    note_by: Said
    note_at: Time | None
    created_at: Time | None
    updated_at: Time | None
    first_observed_at: Time | None
    last_observed_at: Time | None


class Transition(Model):
    """One change of a subject's state: when we saw it, when it happened, why, and from what to what."""

    version: Whole
    at: Time
    happened_at: Time | None
    cause: Said
    from_presence: Said
    from_status: Said
    from_suppressed: bool
    to_presence: Said
    to_status: Said
    to_suppressed: bool


class Tag(Model):
    """A tag of a resource."""

    name: Said
    value: Said


class Requirement(Model):
    """What a standard asks with a control: the standard's key, and the numbers as one text."""

    standard: Said
    numbers: Said


class TicketOf(Model):
    """A ticket that holds a subject."""

    key: Said
    shown: Said
    team: Said
    state: Said
    is_live: bool
    url: Said


class FindingWhole(OfVersion):
    """One finding with everything about it. `others` are further findings of the same resource, 50 at most."""

    finding: Finding
    in_security_hub: Sequence[InHub]
    history: Sequence[Transition]
    tags: Sequence[Tag]
    requirements: Sequence[Requirement]
    tickets: Sequence[TicketOf]
    others: Sequence[Finding]
