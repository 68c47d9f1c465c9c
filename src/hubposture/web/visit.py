"""One request of one person: the version as they may see it, and what else they may do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fastapi import Request

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.things import ROOT, Thing, Unit
from hubposture.ports.access import Access
from hubposture.ports.lake import Snapshot
from hubposture.web.caller import Caller, caller_of
from hubposture.web.desk import Desk
from hubposture.web.viewing import zone_asked
from hubposture.wiring import Workplace

WHOLE = Unit(ROOT)
"""The organization as a whole, as rules know it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `snapshot` holds only what the caller may view: lists, counts and scores over it are theirs.

    `rules` is None where nothing is asked: for the one person of this machine. `zone` is the one in which they see times.
    """

    desk: Desk
    caller: Caller
    snapshot: Snapshot
    rules: Access | None
    zone: str = ""

    @property
    def place(self) -> Workplace:
        """The workplace, in which what is done is done by the caller."""
        return replace(self.desk.place(self.snapshot), actor=self.caller.name)

    def may(self, action: Action, things: Sequence[Thing] = (WHOLE,), *, requested_by: str = "") -> bool:
        """Whether the caller may do it to every one of these things."""
        return not self._refusals(action, things, requested_by)

    def demand(self, action: Action, things: Sequence[Thing] = (WHOLE,), *, requested_by: str = "") -> None:
        """Go on only if the caller may. Raises NotAllowed, naming the rules; nothing may have been done before."""
        refused = self._refusals(action, things, requested_by)
        if refused:
            raise NotAllowed(". ".join(refused[:3]) + (f" (and {len(refused) - 3:,} more)" if len(refused) > 3 else ""))  # noqa: PLR2004

    def _refusals(self, action: Action, things: Sequence[Thing], requested_by: str) -> list[str]:
        if not self.caller.may_use(action):
            return [f"this token is not for {action}"]
        if self.rules is None:
            return []
        person = self.caller.person
        decided = self.rules.all_allowed(person, action, things, requested_by=requested_by)
        return [
            one.sentence(person, action, thing)
            for thing, one in zip(things, decided, strict=True)
            if not one.is_allowed
        ]


@contextmanager
def visiting(request: Request) -> Iterator[Visit]:
    """The newest version as the caller may see it. Raises NotSignedIn, NoSuchVersion, and InputErrors for broken rules."""
    desk: Desk = request.app.state.desk
    with desk.visited(caller_of(request)) as (caller, snapshot, rules):
        yield Visit(desk, caller, snapshot, rules, zone_asked(request))
