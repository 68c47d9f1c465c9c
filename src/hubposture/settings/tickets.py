"""Which tickets there should be, how many, and when they close."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from hubposture.settings.fields import Name, Url
from hubposture.settings.part import Count, Days, Part, Share

_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


def _address(text: str) -> str:
    if text and _ADDRESS.fullmatch(text) is None:
        raise ValueError("an address is written like team@example.com")
    return text


Address = Annotated[str, AfterValidator(_address)]
Hours = Annotated[int, Field(ge=0, le=24 * 60)]


class Group(StrEnum):
    """What one ticket is about."""

    CONTROL_OWNER = "control-owner"
    CONTROL_ACCOUNT = "control-account"
    SUBJECT = "subject"


class RungSettings(Part):
    """A step of the escalation ladder."""

    after_days: Days = Field(description="How many days after a ticket's earliest due day.")
    raise_priority: Annotated[int, Field(ge=0, le=4)] = Field(
        default=0, description="By how many steps the ticket's priority goes up."
    )
    mention: str = Field(default="", description="Who is named in a comment: an address, or a name of the tracker.")
    slack: str = Field(default="", description="A channel that is told.")
    mail: Address = Field(default="", description="An address that is told.")


class TicketSettings(Part):
    """Which tickets there should be."""

    group: Group = Field(
        default=Group.CONTROL_OWNER,
        description="What one ticket is about: a control and its owner, a control in an account, or a single subject.",
    )
    settle_hours: Hours = Field(
        default=24, description="How many hours a subject must have failed before it gets a ticket."
    )
    batch: Annotated[int, Field(ge=1, le=500)] = Field(
        default=50, description="How many subjects a ticket takes; then its membership is frozen and a next one begins."
    )
    in_progress: Annotated[int, Field(ge=0)] = Field(
        default=20,
        description="How many open tickets a team may have before new ones wait, the oldest CRITICAL first; 0: no limit. "
        "A team's own `in_progress` in teams.yaml goes before it.",
    )
    refresh_hours: Hours = Field(
        default=24,
        description="How long after a ticket was closed by hand the check is believed to have looked again.",
    )
    reopen_days: Days = Field(
        default=30,
        description="How long a closed ticket is opened again when something in it comes back; later a successor is made.",
    )
    flapping_returns: Count = Field(
        default=3, description="How often a subject must have come back to count as flapping."
    )
    calm_hours: Hours = Field(default=72, description="How long what flaps must pass before it counts as fixed.")
    rows: Annotated[int, Field(ge=1, le=200)] = Field(
        default=25, description="How many resources a ticket lists; the others are behind its link."
    )
    escalation: tuple[RungSettings, ...] = Field(default=(), description="The escalation ladder, in any order.")
    wont_do: tuple[Name, ...] = Field(
        default=(),
        description='Resolutions that ask for a waiver (`["Won\'t Do"]`): a request is written, nothing is suppressed.',
    )
    not_mine: tuple[Name, ...] = Field(
        default=("not-mine",), description="Labels and resolutions that say another team is meant."
    )
    labels: tuple[Name, ...] = Field(
        default=("security-hub",), description="Labels of every ticket, without blanks; ours goes beside them."
    )
    redact: tuple[Name, ...] = Field(
        default=(),
        description="Projects in which account ids, ARNs and names of resources are left out; the link has them.",
    )
    link: Url = Field(
        default="", description="Where hubposture's pages are served; tickets then lead to them. Empty for none."
    )
    max_new: Count = Field(default=500, description="Most tickets that one run may make.")
    max_close_share: Share = Field(
        default=0.5, description="Largest share of all open tickets that one run may close; from `share_from` on."
    )
    share_from: Count = Field(default=20, description="The share counts only from this many closings on.")
    write_notified: bool = Field(
        default=False,
        description="Whether findings in a ticket are set to NOTIFIED in Security Hub. RESOLVED is never written.",
    )

    @field_validator("labels")
    @classmethod
    def _no_blanks(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [one for one in labels if any(letter.isspace() for letter in one)]:
            raise ValueError(f"{wrong[0]!r} has a blank, and trackers take none in a label")
        return labels

    @field_validator("escalation")
    @classmethod
    def _sorted(cls, ladder: tuple[RungSettings, ...]) -> tuple[RungSettings, ...]:
        days = [one.after_days for one in ladder]
        if twice := sorted({one for one in days if days.count(one) > 1}):
            raise ValueError(f"two steps are {twice[0]} days after the due day")
        return tuple(sorted(ladder, key=lambda one: one.after_days))
