"""Requests for waivers in the words of the API."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hubposture.waivers.waiver import Effect, WaiverType
from hubposture.web.api.kinds import Asked, Model, OfVersion, Said, Time, Whole
from hubposture.web.api.thing_models import Matched

_ENTRY = Annotated[str, Field(min_length=1, max_length=2_048, pattern=r"^[^\x00-\x1f\x7f]+$")]
_ENTRIES = Annotated[tuple[_ENTRY, ...], Field(max_length=1_000)]
_TEXT = Annotated[str, Field(max_length=4_000)]
_NAME = Annotated[str, Field(max_length=300)]


class Request(Model):
    """A request in a list. `is_mine`: you asked for it or edited it; `is_for_me`: you may decide on it."""

    id: Said
    waiver: Said
    state: Said
    system: Said
    asked_by: Said
    asked_at: Time
    until: dt.date
    covers: Whole
    decided_by: Said
    is_mine: bool
    is_for_me: bool
    trouble: Said


class Requests(OfVersion):
    """The newest first: your own, and those about something that you may see."""

    requests: Sequence[Request]


class Event(Model):
    """One thing that was done about a request."""

    at: Time
    who: Said
    what: Said
    text: Said


class RequestWhole(OfVersion):
    """One request with what it covers now.

    `digest` and `revision` bind a decision to what is told here. `added` and `gone` are how what it covers differs from when it
    was asked for, `hidden` and `hidden_changes` how many you may not see. `why_not` says why you may not approve it.
    """

    request: Request
    digest: Said
    revision: Whole
    covered: Sequence[Matched]
    hidden: Whole
    cautions: Sequence[Said]
    added: Sequence[Said]
    gone: Sequence[Said]
    hidden_changes: Whole
    events: Sequence[Event]
    why_not: Sequence[Said]
    branch: Said
    commit: Said
    can_edit: bool
    can_withdraw: bool


class NewRequest(Asked):
    """A waiver to ask for, in the entries of a waiver's file."""

    controls: Annotated[_ENTRIES, Field(min_length=1)]
    resources: _ENTRIES = ()
    accounts: _ENTRIES = ()
    ous: _ENTRIES = ()
    regions: _ENTRIES = ()
    tags: _ENTRIES = ()
    type: WaiverType
    reason: Annotated[_TEXT, Field(min_length=1)]
    compensating: _TEXT = ""
    owner: Annotated[_NAME, Field(min_length=1)]
    risk_owner: _NAME = ""
    expires: dt.date
    covers_new: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    effect: Effect = Effect.SUPPRESS
    comment: _TEXT = ""


class Do(StrEnum):
    """What is done about a request."""

    APPROVE = "approve"
    REQUEST_CHANGES = "changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    COMMENT = "comment"


class Decision(Asked):
    """What is done about a request: bound to its `revision`, and an approval to its `digest`, as they were told."""

    do: Do
    revision: Annotated[int, Field(ge=0, le=999_999_999)]
    digest: _NAME = ""
    until: Annotated[dt.date | None, Field(description="An approval until an earlier day.")] = None
    comment: _TEXT = ""


class Extension(Asked):
    """Until when a waiver should hold."""

    until: dt.date
    comment: _TEXT = ""


class Revocation(Asked):
    """Why a waiver ends now."""

    reason: Annotated[_TEXT, Field(min_length=1)]


class Revoked(OfVersion):
    """What was committed, and on which branch it waits to be merged."""

    waiver: Said
    commit: Said
    branch: Said
