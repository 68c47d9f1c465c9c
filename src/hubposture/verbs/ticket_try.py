"""Try: a test ticket, marked as one, walked to every end and back, so that no closed way is learned from a real one."""

from hubposture.errors import InputError
from hubposture.ports.tracker import CanRehearse, Rehearsed
from hubposture.verbs.tickets import Means


def try_ticket(means: Means, team: str) -> Rehearsed:
    """Make and walk a test ticket where the team's tickets go. Raises InputError where it has no tracker that can."""
    route = means.routes.get(team)
    if route is None:
        raise InputError(f"{team}: {means.unrouted.get(team, 'there is no such team in teams.yaml')}")
    tracker: object = means.trackers.get(route.tracker)
    if not isinstance(tracker, CanRehearse):
        raise InputError(
            f"{team}: {route.tracker} has no workflow to walk; `hubposture tickets check` says what would fail"
        )
    return tracker.test_ticket(route)
