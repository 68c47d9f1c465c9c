"""The tables of a pack: headings and rows, for CSV."""

from collections.abc import Iterable, Iterator, Sequence

from hubposture.views.evidence.control import STATUS, sort_time
from hubposture.views.evidence.model import Control, Done, Failing, Item

STATUSES = ("Control", "Day", "Version", *(heading for heading, _ in STATUS))
REQUIREMENTS = ("Group", "Number", "Title", "State", "Controls", "Detections", "Other measures", "What is missing")
FAILING = (
    "Account", "Alias", "Region", "Resource", "Resource type", "Severity", "Status", "Failing since (UTC)", "Suppressed",
    "Waiver", "Waived until (UTC)", "Obligation", "Subject",
)  # fmt: skip
CHANGES = (
    "Control", "When (UTC)", "Who", "Run", "Verb", "Commit", "Kind", "Key", "Before", "After", "Why", "Source", "Outcome",
    "Detail", "Account", "Regions",
)  # fmt: skip


def statuses(one: Control) -> Iterator[Sequence[object]]:
    """A row for each day."""
    for each in one.days:
        yield one.shown, each.day.isoformat(), each.version, *(getattr(each.counts, name) for _, name in STATUS)


def requirements(found: Iterable[Item]) -> Iterator[Sequence[object]]:
    """A row for each requirement or clause, gaps first."""
    for one in found:
        yield one.group, one.item, one.title, one.state, one.controls, one.detections, one.measures, one.why


def failing(found: Iterable[Failing]) -> Iterator[Sequence[object]]:
    """A row for each resource."""
    for one in found:
        yield (
            one.account, one.alias, one.region, one.resource, one.resource_type, one.severity, one.status,
            sort_time(one.since), "yes" if one.suppressed else "no", one.waiver, sort_time(one.until),
            "yes" if one.obligation else "no", one.subject,
        )  # fmt: skip


def changes(control: str, found: Iterable[Done]) -> Iterator[Sequence[object]]:
    """A row for each change in each account."""
    for one in found:
        for account, regions in one.places:
            yield (
                control, sort_time(one.at.replace(tzinfo=None)), one.who, one.run, one.verb, one.commit, one.kind, one.key,
                one.before, one.after, one.reason, one.source, one.outcome, one.detail, account, " ".join(regions),
            )  # fmt: skip
