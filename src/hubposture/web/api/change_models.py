"""Proposed changes of controls, applies, and writes past hubposture, in the words of the API."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from hubposture.web.api.kinds import Asked, Model, OfVersion, Said, Time, Whole

_TEXT = Annotated[str, Field(max_length=4_000)]
_NAME = Annotated[str, Field(max_length=300)]


class Proposal(Model):
    """A proposed change of a control's row; `state` is as git has it, `row` are the proposed cells."""

    id: Said
    control: Said
    scope: Said
    title: Said
    why: Said
    by: Said
    at: Time
    state: Said
    state_why: Said
    branch: Said
    base: Said
    commit: Said
    severity: Said
    row: Mapping[Said, Said]
    pushed_to: Said
    trouble: Said
    withdrawn_by: Said
    withdrawn_at: Time | None


class Proposals(OfVersion):
    """Proposals that you may see, the newest first."""

    proposals: Sequence[Proposal]


class ProposalWhole(OfVersion):
    """One proposal. `left` says what is left to do, where something is."""

    proposal: Proposal
    left: Said


class NewProposal(Asked):
    """A control's row as it should be, in a scope: '' is the whole organization. Empty cells stay as they are."""

    scope: _NAME = ""
    scope_name: Annotated[_NAME, Field(description="With scope +: what a new scope is called.")] = ""
    scope_ous: Annotated[tuple[_NAME, ...], Field(max_length=200, description="With scope +: its OUs.")] = ()
    scope_accounts: Annotated[tuple[_NAME, ...], Field(max_length=200, description="With scope +: its accounts.")] = ()
    disposition: _NAME
    reason: _TEXT = ""
    evidence: _TEXT = ""
    approved_by: _NAME = ""
    reference: _TEXT = ""
    expires: _NAME = ""
    parameters: _TEXT = ""
    enforce_from: _NAME = ""


class Apply(Model):
    """A run that applies: what was planned is what was applied, failed, was skipped, or has no result (`open`)."""

    id: Said
    verb: Said
    who: Said
    commit: Said
    started: Time
    ended: Time | None
    status: Said
    planned: Whole
    applied: Whole
    failed: Whole
    skipped: Whole
    open: Whole


class Applies(OfVersion):
    """The newest first. `is_part`: changes are counted of the accounts that you may see."""

    applies: Sequence[Apply]
    is_part: bool


class Changed(Model):
    """A change of an apply in one account and Region."""

    account: Said
    region: Said
    what: Said
    before: Said
    after: Said
    state: Said
    why: Said
    source: Said


class Failed(Model):
    """One thing that went wrong: where, and what."""

    where: Said
    what: Said


class ApplyWhole(OfVersion):
    """One apply with its changes from `offset` on; `has_more` says that there are further ones."""

    apply: Apply
    failures: Sequence[Failed]
    changes: Sequence[Changed]
    offset: Whole
    has_more: bool
    is_part: bool


class Waiting(Model):
    """A control that no row speaks of, with the row that is proposed for it."""

    shown: Said
    title: Said
    severity: Said
    known_since: Time | None
    settles: Time | None
    disposition: Said
    reason: Said
    failing: Whole
    subjects: Whole
    targets: Whole


class Inbox(OfVersion):
    """Controls without a row, the failing ones first."""

    waiting: Sequence[Waiting]


class Explanation(OfVersion):
    """Why a control is on or off in one account and Region; `rows` and `now` are lines of tables."""

    control: Said
    title: Said
    place: Said
    verdict: Said
    governed: Said
    rows: Sequence[Sequence[Said]]
    now: Sequence[Sequence[Said]]
    notes: Sequence[Said]
    findings: Said
    failing: Sequence[Sequence[Said]]


class Who(Model):
    """Who made a call: the person or session, the role or service it went through, and from where."""

    name: Said
    through: Said
    kind: Said
    arn: Said
    ip: Said
    key: Said
    agent: Said


class Write(Model):
    """A call that changed something past hubposture, as CloudTrail has it."""

    at: Time
    id: Said
    source: Said
    operation: Said
    account: Said
    region: Said
    who: Who
    error: Said
    said: Said
    controls: Sequence[Said]


class Unseen(Model):
    """What cannot be seen, and why."""

    account: Said
    region: Said
    why: Said


class Outside(OfVersion):
    """Writes past hubposture of the last 30 days, 200 at most, and what cannot be seen of them."""

    writes: Sequence[Write]
    unapproved: Whole
    unseen: Sequence[Unseen]
    since: Time


class Gap(Model):
    """Something of the history that cannot be seen."""

    source: Said
    why: Said
    what: Said
    before: Time | None


class Past(OfVersion):
    """What AWS Config and CloudTrail said of a finding's resource when they were asked."""

    asked_at: Time
    asked_by: Said
    since: Time
    recorded: Whole
    writes: Sequence[Write]
    gaps: Sequence[Gap]


class Token(Model):
    """A token of yours, without what lets somebody in."""

    id: Said
    label: Said
    actions: Sequence[Said]
    made_by: Said
    made_at: Time
    ends_at: Time
    used_at: Time | None
    revoked_at: Time | None


class Tokens(OfVersion):
    """Your own tokens, revoked and ended ones too."""

    tokens: Sequence[Token]
