"""What comes next for a waiver: whether an approval would change anything, and the commands that lead to one."""

import datetime as dt
from collections.abc import Iterable

from hubposture.verbs.waiver_preview import Preview
from hubposture.waivers.standing import Standing, State
from hubposture.waivers.waiver import SystemOfApproval

_APPROVED = (State.HOLDING, State.NOT_YET)


def asks(one: Standing, *, today: dt.date, surplus: int) -> bool:
    """Whether somebody should approve a waiver as it is now; one that is over asks for nothing.

    `surplus` is how much it matches beyond what was approved. A provisional one asks to be justified.
    """
    if one.waiver.last_day < today:
        return False
    return one.state not in _APPROVED or surplus > 0 or one.asked_until is not None


def waiting(standings: Iterable[Standing], *, today: dt.date, surplus: dict[str, int]) -> list[str]:
    """The waivers that ask for an approval, by id; without provisional ones, which hold until they end."""
    return [
        one.waiver.id
        for one in standings
        if one.state is not State.PROVISIONAL and asks(one, today=today, surplus=surplus.get(one.waiver.id, 0))
    ]


def steps(found: Preview, *, record: SystemOfApproval, today: dt.date) -> tuple[str, ...]:
    """The commands that lead to the approval of a waiver of the baseline; () where none is needed."""
    standing, waiver = found.standing, found.waiver.id
    if standing is None or not found.proposed.subjects or not asks(standing, today=today, surplus=len(found.beyond)):
        return ()
    match record:
        case SystemOfApproval.FILE:
            return (f"hubposture waivers approve {waiver} --by ADDRESS",)
        case SystemOfApproval.SERVICENOW:
            return (
                f"hubposture waivers request {waiver}",
                "# when somebody has decided:",
                "hubposture waivers approvals",
            )
        case SystemOfApproval.HUBPOSTURE:
            return (
                f"hubposture waivers request {waiver}",
                "# when somebody has decided, on the pages or by `hubposture waivers decide`, merge the branch",
            )
        case _:
            write = () if found.is_current else (f"hubposture waivers preview {waiver} --write",)
            review = "# commit it, and let somebody else review the merge; then, on the default branch:"
            return (*write, review, "hubposture waivers approvals")
