"""What an approval of a waiver would count for nothing for: the same on the command line and on the pages."""

import datetime as dt
from collections.abc import Iterator

from hubposture.errors import Problem
from hubposture.verbs.waiver_preview import Preview
from hubposture.waivers.waiver import is_same_person


def not_to_approve(
    found: Preview, *, by: str, on: dt.date, today: dt.date, max_days: int, until: dt.date | None = None
) -> Iterator[Problem]:
    """Why a waiver cannot be approved as it is, by somebody, on a day; `until` is the end that is granted, if not its own."""
    waiver, end = found.waiver, until or found.waiver.expires
    if is_same_person(by, waiver.requested_by):
        yield Problem(waiver.source, f"{by} asked for {waiver.id}", "somebody else must approve it")
    if not by.strip():
        yield Problem("--by", "it names nobody", "give the address of who approves")
    if on > today:
        yield Problem("--on", f"{on} is still to come", "give the day on which it was decided")
    if waiver.last_day < today:
        yield Problem(
            waiver.source, f"{waiver.id} is over since {waiver.last_day}", "give it another end, or a new waiver"
        )
    elif (days := (end - on).days) > max_days:
        latest = on + dt.timedelta(days=max_days)
        what = f"{waiver.id} would hold for {days} days; waivers.max_days allows {max_days}"
        yield Problem(waiver.source, what, f"`hubposture waivers extend {waiver.id} --until {latest}` first")
    if found.matches and not found.allowed:
        what = f"the rows of its controls in the workbook allow no such waiver for the {len(found.barred):,} it matches"
        yield Problem(waiver.source, what, "let it end earlier, or change Waivable there")
    elif not found.proposed.subjects:
        yield Problem(
            waiver.source, f"{waiver.id} matches nothing now", "there is nothing to approve; see its criteria"
        )
