"""Tickets, reports, runs, jobs and the audit trail in the words of the API."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field, JsonValue

from hubposture.ports.ledger import AuditRecord
from hubposture.web.api.finding_models import Finding
from hubposture.web.api.kinds import Model, OfVersion, Said, Time, Whole


class Ticket(Model):
    """A ticket: `failing` of its `subjects` fail, `due` is the earliest day. `trouble` is why the last write failed."""

    key: Said
    shown: Said
    team: Said
    tracker: Said
    place: Said
    control: Said
    severity: Said
    state: Said
    is_live: bool
    failing: Whole
    subjects: Whole
    due: dt.date | None
    overdue_days: Whole
    url: Said
    hand_closed: Whole
    trouble: Said


class Tickets(OfVersion):
    """Tickets, live ones first, then the most overdue and the gravest."""

    tickets: Sequence[Ticket]


class TicketWhole(OfVersion):
    """One ticket with its findings, those that one may see and 200 at most; `more` are left out."""

    ticket: Ticket
    findings: Sequence[Finding]
    more: Whole


class Report(Model):
    """A report that is kept: of what (`of` and `key`), which week, and the version that it was read from."""

    of: Said
    key: Said
    week: Said
    frozen_at: Time
    version: Whole


class Reports(OfVersion):
    """Reports that are kept, the newest week first."""

    reports: Sequence[Report]


class Failure(Model):
    """One thing that went wrong: where, and what."""

    where: Said
    what: Said


class Run(Model):
    """One execution of a verb; `counts` and `calls` are empty until it ended."""

    id: Said
    verb: Said
    organization: Said
    who: Said
    commit: Said
    started: Time
    ended: Time | None
    status: Said
    counts: Mapping[Said, int]
    calls: Mapping[Said, int]
    failures: Sequence[Failure]


class Runs(OfVersion):
    """The newest runs first."""

    runs: Sequence[Run]


class Job(Model):
    """One job: its schedule, when it is due next, who has it in hand, and how it last ended."""

    name: Said
    schedule: Said
    zone: Said
    next_at: Time | None
    holder: Said
    until: Time | None
    attempts: Whole
    last_started: Time | None
    last_ended: Time | None
    last_status: Said | None
    last_detail: Said


class Jobs(OfVersion):
    """Jobs by name."""

    jobs: Sequence[Job]


class Record(Model):
    """One record of the audit trail; `digest` covers it and `previous`, so that nothing can be rewritten unseen."""

    seq: Whole
    at: Time
    who: Said
    what: Said
    before: JsonValue = Field(description="The state before; any JSON")
    after: JsonValue = Field(description="The state after; any JSON")
    why: Said
    run: Said
    previous: Said
    digest: Said

    @classmethod
    def of(cls, found: AuditRecord) -> Self:
        """A record of the ledger."""
        entry = found.entry
        return cls.model_validate(
            {
                "seq": found.seq, "at": found.at, "previous": found.previous, "digest": found.digest,
                "who": entry.who, "what": entry.what, "before": _plain(entry.before), "after": _plain(entry.after),
                "why": entry.why, "run": entry.run,
            }
        )  # fmt: skip


def _plain(value: Any) -> Any:
    """JSON as JSON has it: lists for tuples, and texts that an encoding holds."""
    match value:
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {_plain(name): _plain(one) for name, one in value.items()}
        case str():
            return value.encode("utf-8", "replace").decode()
        case _:
            return value


class Audit(OfVersion):
    """Records in order. `after` is what the next page is asked with, null where there are none yet; `head` is the trail's end."""

    records: Sequence[Record]
    after: Whole | None
    head_seq: Whole
    head_digest: Said
