"""The part of `explain` that says what the check found, from the lake."""

import datetime as dt
from dataclasses import replace

from hubposture.verbs.explain import Explanation
from hubposture.verbs.found_here import Failing, FoundHere, found_here
from hubposture.views import explain as view
from hubposture.views.document import counted
from hubposture.wiring import Connection, open_store

_COUNTS = ("passed", "failed", "waived", "suppressed", "not_measured", "out_of_sight")


def with_findings(told: view.Facts, connection: Connection, found: Explanation) -> view.Facts:
    """The facts with what the last sync says of the control here."""
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        here = found_here(store.reader, found.control, found.target)
    now = at.surroundings.now().astimezone(dt.UTC).replace(tzinfo=None)
    said, rows = findings_said(here, now), [_failing(one, now) for one in here.failing]
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


def _failing(one: Failing, now: dt.datetime) -> tuple[str, str, str, str]:
    since = f"{(now - one.since).days} days" if one.since else "-"
    return one.resource, since, "yes" if one.suppressed else "no", one.waiver or "-"


def findings_said(here: FoundHere, now: dt.datetime) -> str:
    """`5 resources: 3 passed, 2 failing (the oldest for 43 days)`."""
    if here.at is None:
        return "Findings: nothing was synced yet; `hubposture sync` brings them in."
    if not here.total:
        return f"Findings as of {here.at:%Y-%m-%d %H:%M} UTC: none. It is not measured here."
    plain = [one for one in here.failing if not one.suppressed and not one.waiver]
    oldest = min((one.since for one in plain if one.since is not None), default=None)
    since = f" (the oldest for {counted((now - oldest).days, 'day')})" if oldest is not None else ""
    parts = [
        f"{here.passed:,} passed" if here.passed else "",
        f"{here.failed:,} failing{since}" if here.failed else "",
        f"{here.waived:,} failing and waived" if here.waived else "",
        f"{here.suppressed:,} failing and suppressed without a waiver" if here.suppressed else "",
        f"{here.not_measured:,} not measured" if here.not_measured else "",
        f"{here.out_of_sight:,} no longer in sight" if here.out_of_sight else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"Findings as of {here.at:%Y-%m-%d %H:%M} UTC: {counted(here.total, 'resource')}: {told}."
