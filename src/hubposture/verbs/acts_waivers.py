"""Waivers from a message: asked for in a form, and decided on with four eyes; the same verbs as on the pages."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hubposture.access.actions import Action
from hubposture.access.things import Subject
from hubposture.errors import HubpostureError, InputErrors, Refusal, RemoteError
from hubposture.ports.acts import ActLedger, ActState, Chat, Heard
from hubposture.ports.asking import AskingLedger, What
from hubposture.ports.waivers import Request, RequestState
from hubposture.ports.work import WorkLedger
from hubposture.verbs.acts import Asked, End, notes_of
from hubposture.verbs.acts_rules import refusal, subjects_in
from hubposture.verbs.waiver_ask import ask, found
from hubposture.verbs.waiver_review import approve, decide
from hubposture.verbs.waiver_scope import Means
from hubposture.waivers.waiver import WaiverType
from hubposture.work.message import Subject as About
from hubposture.work.offers import Doing, Form, FormField, Kind, Note, Thing

MeansOf = Callable[[Asked], Means]
"""What asking and deciding needs, in the name of whoever pressed."""
MOST = 200
"""How many resources a waiver that is asked for from a message names; for more the pages have a form."""

_REASON = 2_000
_OPEN = (RequestState.ASKED, RequestState.SENDING)
_TYPES = {
    WaiverType.RISK_ACCEPTANCE: "The risk is accepted",
    WaiverType.FALSE_POSITIVE: "The check is wrong here",
    WaiverType.BY_DESIGN: "It is meant to be so",
    WaiverType.COMPENSATING: "Another measure covers it",
    WaiverType.REMEDIATION_PLAN: "It will be fixed, later",
}
_TOO_LATE = "Slack opens no form any more, since too much time went by; press it again"
_PLAIN = str.maketrans({"\x00": " ", "\x1b": " "})


def problems_in(heard: Heard, *, most_days: int) -> Mapping[str, str]:
    """What is wrong in a form, by its fields; everything at once."""
    given = heard.fields or {}
    if not given.get("reason", "").strip():
        return {"reason": "Say why: who decides reads it."} | _of_days(heard, given, most_days)
    return _of_days(heard, given, most_days)


def _of_days(heard: Heard, given: Mapping[str, str], most_days: int) -> dict[str, str]:
    if heard.doing is not Doing.REQUEST_WAIVER:
        return {}
    wrong = {} if given.get("type") in set(WaiverType) else {"type": "Choose one of the list."}
    days = given.get("days", "").strip()
    if not (days.isascii() and days.isdigit() and len(days) <= len(str(most_days)) and 1 <= int(days) <= most_days):
        wrong["days"] = f"Write a number of days from 1 to {most_days}."
    if given.get("type") == WaiverType.COMPENSATING and not given.get("compensating", "").strip():
        wrong["compensating"] = "Say which measure covers it."
    return wrong


@dataclass(frozen=True)
class RequestWaiver:
    """A waiver for what fails of a thing now: first the form, then the request."""

    chat: Chat
    means: MeansOf
    most_days: int
    now: Callable[[], dt.datetime]

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        thing = asked.thing
        if thing is None or thing.kind not in (Kind.CONTROL, Kind.SUBJECT):
            return End(ActState.REFUSED, "a waiver is asked for a control or a resource")
        subjects = subjects_in(asked.sight, thing)
        if not subjects:
            return End(ActState.REFUSED, f"{thing.shown}: nothing of it fails any more")
        person = asked.sight.people.named(asked.profile.mail)
        if why := refusal(asked.sight, person, Action.REQUEST_WAIVER, subjects):
            return End(ActState.REFUSED, why)
        if len(subjects) > MOST:
            what = f"{thing.shown}: {len(subjects):,} resources; for more than {MOST} ask on the pages, or by `hubposture waivers`"
            return End(ActState.REFUSED, what)
        return self._asked(asked, thing, subjects) if asked.act.fields else self._opened(asked, thing)

    def _opened(self, asked: Asked, thing: Thing) -> End:
        fields = (
            FormField("reason", "Why", hint="Who decides reads it, and auditors do.", most=_REASON, is_long=True),
            FormField("type", "What kind", choices=list(_TYPES.items()), first=WaiverType.RISK_ACCEPTANCE.value),
            FormField("days", "For how many days", first=str(min(90, self.most_days)), most=5),
            FormField("compensating", "Which measure covers it", most=_REASON, is_long=True, is_optional=True),
        )
        form = Form(Doing.REQUEST_WAIVER, "Request a waiver", asked.message.where, thing, fields)
        return opened(self.chat, asked, form)

    def _asked(self, asked: Asked, thing: Thing, subjects: Sequence[Subject]) -> End:
        means = self.means(asked)
        mark = f"Asked for from Slack ({asked.act.id[:16]})."
        if (known := _made_before(means, asked, mark)) is not None:
            return End(ActState.DONE, known)
        try:
            request = ask(means, {**answers_of(thing, subjects, asked.act.fields, means.today), "comment": mark})
        except (Refusal, InputErrors) as error:
            return End(ActState.REFUSED, _said(error))
        return End(ActState.DONE, f"{request.waiver} for {thing.shown}")


def answers_of(thing: Thing, subjects: Sequence[Subject], given: Mapping[str, str], today: dt.date) -> dict[str, str]:
    """The answers of the form on the pages: these resources by name, in their accounts and Regions, and nothing that comes."""
    lists = {
        "controls": {one.control for one in subjects},
        "resources": {one.resource for one in subjects},
        "accounts": {one.account for one in subjects},
        "regions": {one.region for one in subjects if one.region},
    }
    return {name: "\n".join(sorted(some)) for name, some in lists.items()} | {
        "type": given.get("type", ""),
        "reason": given.get("reason", "").translate(_PLAIN).strip(),
        "compensating": given.get("compensating", "").translate(_PLAIN).strip(),
        "owner": thing.owner,
        "expires": (today + dt.timedelta(days=int(given.get("days", "1")))).isoformat(),
    }


def _made_before(means: Means, asked: Asked, mark: str) -> str | None:
    """The waiver that a try of this very press made which was killed before it was noted."""
    for request, draft in means.ledger.asked(means.organization):
        is_theirs = request.asked_by == means.who and request.asked_at >= asked.act.at
        if is_theirs and any(mark in one.text for one in means.ledger.said_of(request.id)):
            return draft.waiver
    return None


@dataclass(frozen=True)
class Approve:
    """Approve a waiver as the message spoke of it; what changed since is not approved."""

    means: MeansOf

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        named = _request_of(asked.thing)
        if named is None:
            return End(ActState.REFUSED, "this is no request")
        means, (id_, revision, digest) = self.means(asked), named
        try:
            request, draft = found(means, id_)
            if request.state is RequestState.APPROVED and request.decided_by == means.who:
                return End(ActState.DONE, f"{draft.waiver} until {request.until}")
            request, why = approve(means, id_, revision=revision, digest=digest, comment="Approved from Slack.")
        except (Refusal, InputErrors) as error:
            return End(ActState.REFUSED, _said(error))
        return End(ActState.DONE, f"{request.waiver} until {request.until}" + (f" ({why})" if why else ""))


@dataclass(frozen=True)
class Reject:
    """Reject a waiver: first the form for the reason, then the decision."""

    chat: Chat
    means: MeansOf

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        named = _request_of(asked.thing)
        if named is None or asked.thing is None:
            return End(ActState.REFUSED, "this is no request")
        if not asked.act.fields:
            why = FormField("reason", "Why", hint="Who asked for it reads it.", most=_REASON, is_long=True)
            form = Form(Doing.REJECT, "Reject a waiver", asked.message.where, asked.thing, (why,))
            return opened(self.chat, asked, form)
        means, (id_, revision, _) = self.means(asked), named
        comment = asked.act.fields.get("reason", "").translate(_PLAIN)
        try:
            request, draft = found(means, id_)
            if request.state is not RequestState.REJECTED or request.decided_by != means.who:
                decide(means, id_, What.REJECTED, revision=revision, comment=comment)
        except (Refusal, InputErrors) as error:
            return End(ActState.REFUSED, _said(error))
        return End(ActState.DONE, draft.waiver)


def opened(chat: Chat, asked: Asked, form: Form) -> End:
    """A form before whoever pressed, if there is time still."""
    if not asked.trigger:
        return End(ActState.FAILED, _TOO_LATE)
    try:
        chat.ask(asked.trigger, form)
    except RemoteError:
        return End(ActState.FAILED, _TOO_LATE)
    return End(ActState.DONE, "", is_silent=True)


def _request_of(thing: Thing | None) -> tuple[str, int, str] | None:
    if thing is None or thing.kind is not Kind.REQUEST:
        return None
    id_, revision, digest = thing.id.split(" ")
    return id_, int(revision), digest


def _said(error: HubpostureError) -> str:
    if isinstance(error, InputErrors):
        return "; ".join(str(one) for one in error.problems[:3])
    return str(error)


# --- what was decided elsewhere --------------------------------------------------------------------------------------


class SettlingBooks(WorkLedger, ActLedger, AskingLedger, Protocol):
    """What settling uses of the ledger."""


def settle(ledger: SettlingBooks, chat: Chat, organization: str) -> int:
    """Take the buttons from messages about waivers that were decided on elsewhere, edited or withdrawn; gives how many.

    What was decided stands under the message then. Raises RemoteError; what was not settled is by the next try.
    """
    waiting = [one for one in ledger.messages(organization) if one.about == About.REQUEST and one.things and one.where]
    acts = notes_of(ledger.acts(organization, messages=[one.key for one in waiting]))
    settled = 0
    for one in waiting:
        named = _request_of(one.things[0])
        known = ledger.asked_by_id(named[0]) if named is not None else None
        if named is None or known is None or (known[0].state in _OPEN and known[1].revision == named[1]):
            continue
        notes = list(acts.get(one.key, ())) or list(_decided(known[0]))
        chat.show(one.where, notes, settled=(Doing.APPROVE, Doing.REJECT))
        ledger.put_messages([replace(one, things=())])
        settled += 1
    return settled


def _decided(request: Request) -> Iterator[Note]:
    doing = {RequestState.APPROVED: Doing.APPROVE, RequestState.REJECTED: Doing.REJECT}.get(request.state)
    if doing is not None and request.decided_at is not None:
        yield Note(doing, request.waiver, request.decided_by, request.decided_at)
