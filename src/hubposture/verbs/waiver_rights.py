"""What somebody may do to the subjects of a waiver: to every one of them, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.people import Person
from hubposture.access.things import Subject
from hubposture.filters import EVERYTHING
from hubposture.ports.access import Access
from hubposture.ports.lake import Snapshot
from hubposture.verbs.access import any_of_subjects, subjects_of
from hubposture.views.document import counted

_CHUNK = 2_000
_FEW = 3
_LOOKED_AT = 200


@dataclass(frozen=True)
class Rights:
    """The rights of one person over a whole version; `rules` is None where nothing is asked.

    `is_for` says whether whoever asks came with something (a token) that is for an action at all.
    """

    person: Person
    snapshot: Snapshot
    rules: Access | None
    is_for: Callable[[Action], bool] = lambda _: True

    def refusals(
        self, action: Action, subjects: Sequence[str], *, waiver: str, requested_by: Sequence[str] = ("",)
    ) -> tuple[str, ...]:
        """Why not, in sentences that name rules; () where they may do it to every one of these subjects.

        Where a waiver matches nothing, only who may do it to any subject may do it. Subjects that the person may not view are
        counted and not named.
        """
        if not self.is_for(action):
            return (f"this token is not for {action}",)
        if self.rules is None:
            return ()
        if not subjects:
            return self._without_subjects(self.rules, action, waiver, requested_by)
        found: list[str] = []
        hidden = 0
        for first in range(0, len(subjects), _CHUNK):
            things = self._things(subjects[first : first + _CHUNK], waiver)
            refused = self._refused(self.rules, action, things, requested_by)
            seen = self._seen(self.rules, [thing for thing, _ in refused])
            found += [why for thing, why in refused if thing.id in seen]
            hidden += len(refused) - len(seen)
        if hidden:
            found.append(
                f"{self.person.name} may not {action} {counted(hidden, 'resource')} of {waiver} that they may not see"
            )
        return tuple(found)

    def demand(
        self, action: Action, subjects: Sequence[str], *, waiver: str, requested_by: Sequence[str] = ("",)
    ) -> None:
        """Go on only if they may do it to all of them. Raises NotAllowed; nothing may have been done before."""
        refused = self.refusals(action, subjects, waiver=waiver, requested_by=requested_by)
        if refused:
            more = f" (and {len(refused) - _FEW:,} more)" if len(refused) > _FEW else ""
            raise NotAllowed(". ".join(refused[:_FEW]) + more)

    def sees(self, subjects: Sequence[str]) -> frozenset[str]:
        """Which of these subjects they may view; one that is not there any more nobody sees."""
        if self.rules is None:
            return frozenset(subjects)
        found: set[str] = set()
        for first in range(0, len(subjects), _CHUNK):
            wanted = any_of_subjects(subjects[first : first + _CHUNK])
            found |= self._seen(self.rules, subjects_of(self.snapshot, wanted, most=_CHUNK))
        return frozenset(found)

    def _things(self, subjects: Sequence[str], waiver: str) -> Sequence[Subject]:
        found = subjects_of(self.snapshot, any_of_subjects(subjects), most=_CHUNK)
        if len(found) < len(set(subjects)):
            raise NotAllowed(f"{waiver}: what it matches changed just now, so nothing was done; try it again")
        return found

    def _refused(
        self, rules: Access, action: Action, things: Sequence[Subject], requested_by: Sequence[str]
    ) -> list[tuple[Subject, str]]:
        """Every thing with why not, once."""
        found: dict[str, tuple[Subject, str]] = {}
        for asked_by in requested_by:
            decided = rules.all_allowed(self.person, action, things, requested_by=asked_by)
            for thing, one in zip(things, decided, strict=True):
                if not one.is_allowed:
                    found.setdefault(thing.id, (thing, one.sentence(self.person, action, thing)))
        return list(found.values())

    def _seen(self, rules: Access, things: Sequence[Subject]) -> frozenset[str]:
        if not things:
            return frozenset()
        decided = rules.all_allowed(self.person, Action.VIEW, things)
        return frozenset(thing.id for thing, one in zip(things, decided, strict=True) if one.is_allowed)

    def _without_subjects(
        self, rules: Access, action: Action, waiver: str, requested_by: Sequence[str]
    ) -> tuple[str, ...]:
        if all(rules.visible(self.person, action, requested_by=one) == EVERYTHING for one in requested_by):
            return ()
        return (
            f"{waiver} matches nothing now, so only who may {action} everywhere may do it; {self.person.name} may not",
        )

    def might(self, action: Action, subjects: Sequence[str], *, requested_by: Sequence[str] = ("",)) -> bool:
        """Whether they may do it to the first few of these subjects that are still there: for lists, not for deciding."""
        if self.rules is None:
            return self.is_for(action)
        things = subjects_of(self.snapshot, any_of_subjects(subjects[:_LOOKED_AT]), most=_LOOKED_AT) if subjects else ()
        return self.is_for(action) and bool(things) and not self._refused(self.rules, action, things, requested_by)

    @property
    def sees_all(self) -> bool:
        """Whether there is nothing that they may not view."""
        return self.rules is None or self.rules.visible(self.person, Action.VIEW) == EVERYTHING
