"""What a page offers to do about what it shows: only what the rules let the caller do."""

from collections.abc import Sequence

from hubposture.access.actions import Action
from hubposture.access.residual import NOTHING
from hubposture.ports.lake import Item
from hubposture.verbs.access import subject_of
from hubposture.views.pages import links
from hubposture.views.pages.parts import Link, Links, Part
from hubposture.web.visit import Visit

_LABEL = "You can"


def for_finding(visit: Visit, item: Item) -> Sequence[Part]:
    """A waiver and a suppression for now, where it fails and nothing covers it."""
    row = item.fields
    if row["kind"] == "other":
        return ()
    thing, subject = subject_of(item), str(row["subject"])
    is_open = row["status"] == "FAILED" and not row["waiver"]
    found: list[Link] = []
    if is_open and visit.may(Action.REQUEST_WAIVER, [thing]):
        found.append(Link("Ask for a waiver", links.asking(subject=subject)))
    if is_open and not row["suppressed"] and visit.may(Action.SUPPRESS, [thing]):
        found.append(Link("Suppress for now", links.suppressing(subject)))
    return _offered(found)


def for_place(visit: Visit, **place: str) -> Sequence[Part]:
    """A waiver for an account or an OU, for those who may ask for any."""
    if not may_anywhere(visit, Action.REQUEST_WAIVER):
        return ()
    return _offered([Link("Ask for a waiver", links.asking(**place))])


def may_anywhere(visit: Visit, action: Action) -> bool:
    """Whether there can be a subject to which the caller may do it."""
    if not visit.caller.may_use(action):
        return False
    return visit.rules is None or visit.rules.visible(visit.caller.person, action) != NOTHING


def _offered(found: Sequence[Link]) -> Sequence[Part]:
    return [Links(_LABEL, found)] if found else []
