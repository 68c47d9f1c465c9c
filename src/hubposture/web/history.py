"""Asking AWS for the history of a finding's resource, from the finding's page."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from hubposture.timeline.resource import resource_of
from hubposture.verbs.resource_past import ask_past
from hubposture.views.document import counted
from hubposture.views.pages import links
from hubposture.web.caller import caller_of
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route
from hubposture.web.visit import visiting
from hubposture.wiring import past_means


def _ask(request: Request, subject: str, fields: Posted) -> Response:
    """Ask for the history of a resource; who may see the finding may ask."""
    del fields
    caller = caller_of(request)
    with visiting(request) as visit:
        found = visit.snapshot.item(subject)
        if found is None:
            raise Absent(f"No finding is called {subject} in version {visit.snapshot.number}.")
        means = past_means(visit.desk.connection(), visit.desk.store.ledger, at=visit.place)
        past = ask_past(means, resource_of(found.fields))
    said = f"{counted(len(past.items), 'recorded configuration')} and {counted(len(past.writes), 'write')} were found"
    said += f"; {counted(len(past.gaps), 'thing')} cannot be seen." if past.gaps else "."
    return done(caller, f"{links.finding(subject)}#time-line", said)


ACTS: Sequence[Route] = (("/findings/{subject:path}/history", _ask),)
