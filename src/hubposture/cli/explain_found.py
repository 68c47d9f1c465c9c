"""The part of `explain` that says what the check found, from the lake."""

import datetime as dt
from dataclasses import replace

from hubposture.verbs.explain import Explanation
from hubposture.verbs.found_here import found_here
from hubposture.verbs.found_words import failing_row, findings_said
from hubposture.views import explain as view
from hubposture.wiring import Connection, open_store, seen_here

_COUNTS = ("passed", "failed", "waived", "suppressed", "not_measured", "out_of_sight")


def with_findings(told: view.Facts, connection: Connection, found: Explanation) -> view.Facts:
    """The facts with what the last sync says of the control here."""
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        here = found_here(store.reader, found.control, found.target, within=seen_here(at, store))
    now = at.surroundings.now().astimezone(dt.UTC).replace(tzinfo=None)
    said, rows = findings_said(here, now), [failing_row(one, now) for one in here.failing]
    data = {
        "at": here.at.isoformat() if here.at is not None else None,
        **{name: getattr(here, name) for name in _COUNTS},
        "failing": [
            {
                "resource": one.resource,
                "since": one.since.isoformat() if one.since is not None else None,
                "suppressed": one.suppressed,
                "subject": one.subject,
                "waiver": one.waiver,
            }
            for one in here.failing
        ],
    }
    return replace(told, findings=said, failing=rows, data={**told.data, "findings": data})
