"""What the findings say of a control in one place, in words."""

import datetime as dt

from hubposture.verbs.found_here import Failing, FoundHere
from hubposture.views.document import counted


def failing_row(one: Failing, now: dt.datetime) -> tuple[str, str, str, str]:
    """(resource, since, suppressed, waiver) of a failing resource."""
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
