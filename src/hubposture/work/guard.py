"""How much one run may do to tickets, and the options that allow more."""

from hubposture.reconcile.guard import Exceeded
from hubposture.work.action import Kind, TicketPlan


def guard(
    plan: TicketPlan, *, max_new: int, max_close_share: float, share_from: int, open_tickets: int
) -> tuple[Exceeded, ...]:
    """The limits that a plan exceeds, `new tickets` before `closings`; empty where it may go on.

    `max_close_share` is of all `open_tickets`, 0 to 1, and counts from `share_from` closings on. Tickets that people closed
    already are not counted.
    """
    found: list[Exceeded] = []
    new = plan.counts[Kind.CREATE]
    if new > max_new:
        found.append(Exceeded("new tickets", f"{max_new:,}", f"{new:,}", f"--allow-new {new}"))
    closings = sum(one.kind is Kind.CLOSE and one.outcome is not None for one in plan.actions)
    share = min(1.0, closings / max(1, open_tickets))
    if closings >= max(1, share_from) and share > max_close_share:
        shown = f"{closings:,} of {open_tickets:,} ({share:.1%})"
        percent = min(100, int(share * 100) + 1)
        found.append(Exceeded("closings", f"{max_close_share:.0%}", shown, f"--allow-close-share {percent}"))
    return tuple(found)
