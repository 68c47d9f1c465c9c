"""What tickets say: a title, a text that a developer can act on, and comments.

Nothing in a draft goes stale by the hour: days and no ages, so that it changes only when the facts do. In redacted places
no account, ARN, name of a resource, Region or waiver is told: only counts, the control and where to look.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubposture.waivers.shorten import shorten, units
from hubposture.work import content_body, content_comments
from hubposture.work.body import Body
from hubposture.work.policy import Policy, Rung
from hubposture.work.saying import account_name, counted, one_line, severity_of
from hubposture.work.stood import Stood, stood
from hubposture.work.subject import Subject
from hubposture.work.ticket import By, Draft, Outcome, Ticket

TITLE_LIMIT = 255
"""Characters of a title that Jira takes."""
_LEAST_TITLE = 40
_LONGEST_PART = 120


@dataclass(frozen=True, slots=True)
class TicketWords:
    """The words of tickets under a policy; `work.world.Words` says what each is for."""

    policy: Policy

    def draft(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Draft:
        """Title, text, due date and labels of a ticket whose members stand as they do now."""
        found, is_redacted, policy = stood(ticket, subjects), self._is_redacted(ticket), self.policy
        shown = _shown(ticket, found)
        blocks = (
            *content_body.wrong(ticket, found, shown, is_redacted=is_redacted),
            *content_body.still_failing(ticket, found, policy, shown, is_redacted=is_redacted),
            *content_body.done(found, is_redacted=is_redacted),
            *content_body.fix(found, shown),
            *content_body.when_done(policy),
            *content_body.otherwise(policy),
            *content_body.end(ticket),
        )
        return Draft(
            key=ticket.key,
            route=ticket.route,
            title=_title(ticket, found, shown, is_redacted=is_redacted),
            body=Body(blocks),
            severity=severity_of(found.failing or found.known),
            due=min((one.due for one in found.failing if one.due is not None), default=None),
            labels=policy.labels,
            raised=sum(rung.raise_priority for rung in policy.ladder[: ticket.rung]),
            keeps_text=ticket.is_adopted,
        )

    def closing(self, ticket: Ticket, outcome: Outcome, subjects: Mapping[str, Subject]) -> Body:
        """The comment of a closing: why, by which evidence."""
        found = stood(ticket, subjects)
        return content_comments.closing(outcome, found, self.policy, is_redacted=self._is_redacted(ticket))

    def reopening(self, ticket: Ticket, subjects: Mapping[str, Subject], *, closed_at: dt.datetime | None) -> Body:
        """The comment of a reopening; `closed_at` is when a person closed it, None where something came back."""
        return content_comments.reopening(
            stood(ticket, subjects), self.policy, closed_at=closed_at, is_redacted=self._is_redacted(ticket)
        )

    def escalation(self, ticket: Ticket, rung: Rung, subjects: Mapping[str, Subject], *, due: dt.date) -> Body:
        """The comment of a step of the ladder."""
        return content_comments.escalation(
            rung, stood(ticket, subjects), self.policy, due=due, is_redacted=self._is_redacted(ticket)
        )

    def leaving(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Body:
        """The comment of the last word: closed by hand again while the check fails; it is counted and left so."""
        return content_comments.leaving(
            ticket, stood(ticket, subjects), self.policy, is_redacted=self._is_redacted(ticket)
        )

    def moving(self, ticket: Ticket, owners: Sequence[str]) -> Body:
        """The comment where everything in it belongs to other teams now."""
        return content_comments.moving(ticket, owners)

    def following(self, ticket: Ticket, previous: Ticket) -> Body:
        """The comment on a ticket that has a successor, and why there is one."""
        return content_comments.following(ticket, previous, self.policy)

    def _is_redacted(self, ticket: Ticket) -> bool:
        return ticket.route.place in self.policy.redacted


def _shown(ticket: Ticket, found: Stood) -> str:
    """The control as AWS writes it; as well as it can be said where nothing is known of it."""
    return next((one.shown for one in found.known if one.shown), ticket.group.control.upper())


def _title(ticket: Ticket, found: Stood, shown: str, *, is_redacted: bool) -> str:
    """`S3.8: S3 buckets should block public access (12 resources in acme-web-prod)`: one line that stays the same.

    It counts what is in the ticket, not what still fails, or every fix would change it.
    """
    control = shorten(one_line(shown), _LONGEST_PART)
    tail = f" ({_extent(ticket, found, is_redacted=is_redacted)})"
    words = one_line(next((one.title for one in found.known if one.title), ""))
    room = TITLE_LIMIT - units(control) - units(tail) - 2
    if not words or room < _LEAST_TITLE:
        return shorten(control + tail, TITLE_LIMIT)
    return f"{control}: {shorten(words, room)}{tail}"


def _extent(ticket: Ticket, found: Stood, *, is_redacted: bool) -> str:
    """How much of what, in which account where it is one, and which part where the group has several tickets."""
    said = counted(found.total, "resource")
    accounts = {one.account: account_name(one) for one in found.known}
    if not is_redacted:
        if ticket.group.by is By.SUBJECT and found.known:
            said = shorten(one_line(_short(found.known[0].resource)), _LONGEST_PART)
        if len(accounts) == 1 and len(found.known) == found.total:
            said += f" in {shorten(one_line(next(iter(accounts.values()))), _LONGEST_PART // 2)}"
    return f"{said}, part {ticket.number}" if ticket.number > 1 else said


def _short(resource: str) -> str:
    """What tells a resource apart: an ARN without service, Region and account."""
    parts = resource.split(":", 5)
    return parts[5] if len(parts) > 5 and parts[0] == "arn" and parts[5] else resource  # noqa: PLR2004 - parts of an ARN
