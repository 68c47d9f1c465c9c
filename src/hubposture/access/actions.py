"""What people may be allowed to do, and to what kinds of things."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of things, as rules write them."""

    UNIT = "Unit"
    ACCOUNT = "Account"
    CONTROL = "Control"
    SUBJECT = "Subject"


class Action(StrEnum):
    """What somebody wants to do, as rules write it."""

    VIEW = "view"
    EXPORT = "export"
    REQUEST_WAIVER = "request-waiver"
    APPROVE_WAIVER = "approve-waiver"
    REVOKE_WAIVER = "revoke-waiver"
    SUPPRESS = "suppress"
    PROPOSE_CONTROL_CHANGE = "propose-control-change"
    APPLY_CONTROLS = "apply-controls"
    MANAGE_TICKETS = "manage-tickets"
    MANAGE_CONNECTORS = "manage-connectors"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class About:
    """What an action is: its meaning as a sentence's end, and the kinds of things it is done to."""

    meaning: str
    kinds: tuple[Kind, ...]


_PLACES = (Kind.UNIT, Kind.ACCOUNT)

ABOUT: Mapping[Action, About] = {
    Action.VIEW: About("see findings, and accounts and OUs with their numbers", (*_PLACES, Kind.CONTROL, Kind.SUBJECT)),
    Action.EXPORT: About("take lists and reports out of hubposture", (*_PLACES, Kind.SUBJECT)),
    Action.REQUEST_WAIVER: About("ask for a waiver, or for a later end of one", (Kind.SUBJECT,)),
    Action.APPROVE_WAIVER: About("approve a waiver", (Kind.SUBJECT,)),
    Action.REVOKE_WAIVER: About("end a waiver before its day", (Kind.SUBJECT,)),
    Action.SUPPRESS: About("suppress in Security Hub by hand", (Kind.SUBJECT,)),
    Action.PROPOSE_CONTROL_CHANGE: About("propose that a control is switched on or off", (Kind.CONTROL,)),
    Action.APPLY_CONTROLS: About("switch controls as the baseline says", _PLACES),
    Action.MANAGE_TICKETS: About("make, change and take over tickets", (*_PLACES, Kind.SUBJECT)),
    Action.MANAGE_CONNECTORS: About("set up trackers, chat and mail", (Kind.UNIT,)),
    Action.ADMINISTER: About("run hubposture itself: people, jobs, the store", (Kind.UNIT,)),
}
"""Every action. What is about the organization as a whole is done to its root, `/`."""
