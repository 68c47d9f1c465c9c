"""What who runs a command may take out, where the access rules are enforced."""

from collections.abc import Sequence

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.residual import NOTHING
from hubposture.access.things import Thing
from hubposture.filters import EVERYTHING, Filter
from hubposture.wiring import Store, Workplace, access_over, is_enforced, read_access_file
from hubposture.wiring.access import guard_at


def seen_by(
    at: Workplace, store: Store, action: Action, things: Sequence[Thing], *, revision: str | None = None
) -> Filter:
    """What whoever runs this may do it to; EVERYTHING where nothing is asked.

    Raises NotAllowed unless they may do it to every one of these things, or to anything; InputErrors for rules with problems.
    """
    if not is_enforced(at):
        return EVERYTHING
    if things:
        guard_at(at, store.name, action, things, revision=revision)
    person = at.settings.access.people.named(at.who())
    with store.reader.snapshot() as snapshot:
        rules = access_over(at, read_access_file(at, revision), snapshot).rules
        found = rules.visible(person, action)
    if found == NOTHING:
        raise NotAllowed(f"{person.name} may not {action} anything here; `hubposture access explain` says why")
    return found
