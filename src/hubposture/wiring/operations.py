"""What the page of operations needs from a workplace, and asking the connectors now."""

from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.connectors.http import Patience
from hubposture.connectors.slack_desk import SlackDesk
from hubposture.errors import HubpostureError, InputError
from hubposture.ports.ledger import Failure
from hubposture.ports.versions import VersionRow
from hubposture.settings.messages import MailBy
from hubposture.verbs.operations import Expected, Means
from hubposture.verbs.plan import Planned
from hubposture.verbs.ticket_check import check_trackers
from hubposture.views.pages.operations import Checked
from hubposture.wiring.connection import Connection
from hubposture.wiring.slack import slack_bot
from hubposture.wiring.store import Store
from hubposture.wiring.tickets import SERVICENOW, ticket_means, trackers_set
from hubposture.wiring.workplace import Workplace

_HASTE = Patience(tries=2, budget_seconds=10.0, answer_seconds=10.0)
"""Somebody waits for the answer before a page."""
_FILE = 4
"""How many entries a manifest has of a file: name, rows, bytes, digest."""


def operations_means(at: Workplace, store: Store) -> Means:
    """What telling how hubposture does needs; asks no other system."""
    settings, ledger = at.settings, store.ledger
    organization = settings.organizations[store.name]
    slack, mail = settings.messages.slack, settings.messages.mail
    carriers = [
        *(["slack"] if slack.token or slack.webhooks else []),
        *(["mail"] if mail.by is not MailBy.NONE else []),
    ]
    return Means(
        organization=store.name,
        ledger=ledger,
        now=at.surroundings.now(),
        today=at.today,
        trackers=[*settings.jira, *([SERVICENOW] if settings.servicenow.url else [])],
        carriers=carriers,
        verbs={"defectdojo": "run"} if settings.defectdojo.url else {},
        has_queue=bool(organization.findings_queue),
        needs_compaction=store.writer.needs_compaction(),
        lake_bytes=_bytes(ledger.head_version(store.name)),
        expected=[
            Expected(one.account, one.region, one.reason, one.review_by) for one in organization.expected_unreadable
        ],
    )


def check_connectors(connection: Connection, store: Store) -> Sequence[Checked]:
    """Ask trackers and Slack whether they would take what we send; writes nothing. What cannot be asked is an error."""
    return [*_trackers(connection, store), *_slack(connection.workplace)]


def _trackers(connection: Connection, store: Store) -> Iterator[Checked]:
    if not trackers_set(connection.workplace):
        return
    failures: list[Failure] = []
    try:
        with ticket_means(connection, store, planned=_not_asked) as means:
            doubts = check_trackers(means, failures)
            fine = sorted(set(means.trackers) - {one.where for one in failures})
    except HubpostureError as error:
        yield Checked("trackers", str(error), is_error=True)
        return
    yield from (Checked(one.where, one.what, is_error=True) for one in failures)
    for one in doubts:
        yield Checked(one.where, f"{one.what}; {one.hint}" if one.hint else one.what, is_error=one.is_error)
    wrong = [one.where for one in doubts]
    for name in fine:
        if not any(where.startswith(name) for where in wrong):
            yield Checked(name, "it answers, and takes what we send", is_error=False)


def _slack(at: Workplace) -> Iterator[Checked]:
    if at.settings.messages.slack.token is None:
        return
    try:
        with slack_bot(at, patience=_HASTE) as http:
            workspace = SlackDesk(http).workspace()
    except HubpostureError as error:
        yield Checked("slack", str(error), is_error=True)
        return
    yield Checked("slack", f"the bot's token is good in the workspace {workspace}", is_error=False)


def _not_asked() -> Planned:
    raise InputError("a check of connectors plans nothing")


def _bytes(head: VersionRow | None) -> int:
    """The bytes of all files of a version."""
    return _summed(head.manifest) if head is not None else 0


def _summed(part: Any) -> int:
    if isinstance(part, dict) or hasattr(part, "items"):
        return sum(_summed(one) for one in part.values())
    if not isinstance(part, list | tuple):
        return 0
    if len(part) == _FILE and isinstance(part[0], str) and isinstance(part[2], int):
        return part[2]
    return sum(_summed(one) for one in part)
