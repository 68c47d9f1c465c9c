"""Which messages there should be: pure, and equal for equal news."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import quote

from hubposture.work.body import Body
from hubposture.work.message import Carrier, Message, Subject
from hubposture.work.news import AccountDigest, News, OwnerDigest, OwnerNews, Receiver, Rules
from hubposture.work.offers import Offer
from hubposture.work.subject import Subject as Failing
from hubposture.work.telling_digests import account_digest, account_page, announcement, owner_digest
from hubposture.work.telling_offers import of_digest, of_escalation, of_request, of_run, of_urgent
from hubposture.work.telling_words import escalation, expiry, request, run, urgent

Page = Callable[[str, Body], str]
"""Makes one HTML page of a title and a body."""

K = TypeVar("K")
V = TypeVar("V")

ONCE = frozenset({Subject.URGENT, Subject.EXPIRY, Subject.DIGEST, Subject.ESCALATION, Subject.REQUEST})
"""What is told once and then left as it is; the others are brought up to date where the carrier can."""


@dataclass(frozen=True)
class Telling:
    """The messages that should exist, sorted by key.

    `covered` are keys of further URGENT messages that the one of a key counts in its text: once it is sent, these are told
    as well. `unreached` are teams that should hear of something and have neither a channel nor an address.
    """

    messages: Sequence[Message]
    covered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unreached: Sequence[str] = ()


class Known(Protocol):
    """A message as the ledger remembers it: `state` is sending, sent or failed, `where` names it at its carrier."""

    @property
    def digest(self) -> str:
        """The digest of what was sent."""

    @property
    def state(self) -> str:
        """How far it got."""

    @property
    def where(self) -> str:
        """Where it is; ''."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A message before its addresses; `parts` make its key. `long` makes what the attached page says, None for no page.

    `offers` are what people may do from it in chat.
    """

    about: Subject
    team: str
    parts: tuple[str, ...]
    title: str
    body: Body
    long: Callable[[], Body] | None = None
    offers: tuple[Offer, ...] = ()


def plan_messages(
    news: News, rules: Rules, *, told: Collection[str] = frozenset(), page: Page | None = None
) -> Telling:
    """The messages of a day. `told` are the keys of messages that were sent: of those told `ONCE` none is planned again.

    `page` makes the page that a digest by mail has with it; None for no pages. A team whose pace is the digest gets
    DIGEST and URGENT only; its digest has the notices and announcements of the week.
    """
    planning = _Planning(news, rules, told, page if rules.attach_page else None)
    for draft in _drafts(news, rules, planning.is_immediate):
        planning.put(draft)
    for one in news.escalated:
        offers = of_escalation(one, rules)
        draft = _Draft(Subject.ESCALATION, one.team, (one.key, str(one.step)), *escalation(one), offers=offers)
        planning.put(draft, Receiver(one.team, one.slack, one.mail))
    for waiting in news.pending if rules.approvers else ():
        parts = (waiting.request, str(waiting.revision))
        draft = _Draft(
            Subject.REQUEST, waiting.owner, parts, *request(waiting, rules), offers=of_request(waiting, rules)
        )
        planning.put(draft, Receiver(waiting.owner, rules.approvers))
    for owner in news.owners if rules.urgent else ():
        planning.put_urgent(owner)
    return planning.telling


def to_send(
    wanted: Iterable[Message], sent: Mapping[str, Known]
) -> tuple[Sequence[Message], Sequence[Message], Sequence[Message]]:
    """Messages that are new, those that were sent and say something else now, and those to be left as they are.

    What failed is new again, or changed where it is known to be there. What is being sent may be there: unless its place
    is known it is left as it is.
    """
    new: list[Message] = []
    changed: list[Message] = []
    unchanged: list[Message] = []
    for one in wanted:
        known = sent.get(one.key)
        if known is None or (known.state == "failed" and not known.where):
            new.append(one)
        elif _is_as_it_should_be(known, one) or (known.state == "sending" and not known.where):
            unchanged.append(one)
        else:
            changed.append(one)
    return new, changed, unchanged


def _is_as_it_should_be(known: Known, wanted: Message) -> bool:
    return known.state == "sent" and (known.digest == wanted.digest or wanted.about in ONCE)


# --- what there should be --------------------------------------------------------------------------------------------


def _drafts(news: News, rules: Rules, is_immediate: Callable[[str], bool]) -> Iterator[_Draft]:
    day = news.day.isoformat()
    for owner in news.owners:
        if owner.moved and is_immediate(owner.team):
            offers = of_run(owner, news.day, rules)
            yield _Draft(Subject.RUN, owner.team, (owner.team, day), *run(owner, news.day, rules), offers=offers)
    for (team, at), some in _grouped(news.notices, lambda one: (one.team, one.at)).items():
        # Notices of one run are one message, so that what comes later is a message of its own.
        if is_immediate(team):
            yield _Draft(Subject.EXPIRY, team, (team, f"{at:%Y-%m-%dT%H:%M:%S.%f}"), *expiry(team, some))
    failing = (one for one in news.coming if one.failing and _is_announced(one.begins, news.day, rules))
    for (team, begins), coming in _grouped(failing, lambda one: (one.team, one.begins)).items():
        if is_immediate(team):
            parts = (team, begins.isoformat(), _digest(news.begins.get(begins, ())))
            yield _Draft(Subject.ANNOUNCEMENT, team, parts, *announcement(team, begins, coming))
    if is_digest_due(news.day, rules):
        yield from _digests(news, rules)


def _digests(news: News, rules: Rules) -> Iterator[_Draft]:
    week = iso_week(news.day)
    notices = _grouped(news.notices, lambda one: one.team)
    coming = _grouped((one for one in news.coming if one.failing), lambda one: one.team)
    beside = {*notices, *coming}
    for one in news.weeks:
        if one.team not in beside and any(_says_as_much(account, one) for account in news.accounts):
            continue
        title, body = owner_digest(
            one, week, news.day, rules, notices=notices.get(one.team, ()), coming=coming.get(one.team, ())
        )
        yield _Draft(Subject.DIGEST, one.team, (one.team, week), title, body, offers=of_digest(one, rules))
    for account in news.accounts:
        title, body = account_digest(account, week, news.day, rules)
        long = partial(account_page, account, week, news.day)
        parts = (account.team, account.account, week)
        yield _Draft(Subject.DIGEST, account.team, parts, title, body, long, offers=of_digest(account, rules))


def _says_as_much(account: AccountDigest, week: OwnerDigest) -> bool:
    """Whether a team's only account tells all that the digest of the team would."""
    same = (account.team, account.met, account.obligations) == (week.team, week.met, week.obligations)
    return same and {one.subject for one in account.failing} == {one.subject for one in week.failing}


def is_digest_due(day: dt.date, rules: Rules) -> bool:
    """Whether it is the week's day of digests, or later in that week: a day that was missed is made up for."""
    return day.weekday() >= rules.digest_day


def iso_week(day: dt.date) -> str:
    """`2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _is_announced(begins: dt.date, day: dt.date, rules: Rules) -> bool:
    return 0 < (begins - day).days <= rules.announce_days


def _digest(names: Iterable[str]) -> str:
    """The same for the same names: controls that begin on a day later than they were announced are announced anew."""
    return hashlib.sha256("\x1f".join(sorted(names)).encode("utf-8", "replace")).hexdigest()[:8]


# --- to whom, and under which key ------------------------------------------------------------------------------------


class _Planning:
    """Drafts become messages to addresses."""

    def __init__(self, news: News, rules: Rules, told: Collection[str], page: Page | None) -> None:
        self._news = news
        self._rules = rules
        self._told = told
        self._page = page
        self._receivers = {one.team: one for one in news.receivers}
        self._found: dict[str, Message] = {}
        self._covered: dict[str, Sequence[str]] = {}
        self._unreached: set[str] = set()

    @property
    def telling(self) -> Telling:
        """Everything that was put."""
        messages = tuple(self._found[key] for key in sorted(self._found))
        return Telling(messages, self._covered, tuple(sorted(self._unreached)))

    def is_immediate(self, team: str) -> bool:
        """Whether a team hears of news at once."""
        receiver = self._receivers.get(team)
        return receiver is None or not receiver.is_digest_only

    def put(self, draft: _Draft, receiver: Receiver | None = None) -> None:
        """A message to each address of a receiver, or of the draft's team; what was told once is not told again."""
        for carrier, to in self._addresses(draft.team) if receiver is None else _addresses(receiver):
            key = _key(draft.about, self._news.organization, draft.parts, carrier)
            if draft.about not in ONCE or key not in self._told:
                page = self._attachment(draft) if carrier is Carrier.MAIL else None
                offers = draft.offers if carrier is Carrier.SLACK else ()
                self._found[key] = Message(
                    key, draft.about, draft.team, carrier, to, draft.title, draft.body, page, offers
                )

    def put_urgent(self, owner: OwnerNews) -> None:
        """One message for each new CRITICAL that was not told; the last one of a run counts those that are too many."""
        for carrier, to in self._addresses(owner.team) if owner.criticals else ():
            waiting = {
                key: one
                for one in sorted(owner.criticals, key=_oldest_first)
                if (key := self._urgent_key(one, carrier)) not in self._told
            }
            keys, most = list(waiting), self._rules.urgent_most
            for at, key in enumerate(keys[:most], 1):
                one, more = waiting[key], keys[most:] if at == most else []
                beside = [waiting[other] for other in more]
                title, body = urgent(one, owner.tickets.get(one.subject), beside, self._rules)
                offers = of_urgent(one, owner.tickets.get(one.subject), self._rules) if carrier is Carrier.SLACK else ()
                self._found[key] = Message(key, Subject.URGENT, owner.team, carrier, to, title, body, offers=offers)
                if more:
                    self._covered[key] = tuple(more)

    def _urgent_key(self, one: Failing, carrier: Carrier) -> str:
        return _key(Subject.URGENT, self._news.organization, (one.subject, _since(one)), carrier)

    def _addresses(self, team: str) -> Sequence[tuple[Carrier, str]]:
        found = _addresses(self._receivers.get(team))
        if not found:
            self._unreached.add(team)
        return found

    def _attachment(self, draft: _Draft) -> tuple[str, str] | None:
        if self._page is None or draft.long is None:
            return None
        return "-".join(("security-hub", *draft.parts[1:])) + ".html", self._page(draft.title, draft.long())


def _oldest_first(one: Failing) -> tuple[str, str]:
    return _since(one), one.subject


def _since(one: Failing) -> str:
    return one.failing_since.date().isoformat() if one.failing_since is not None else ""


def _key(about: Subject, organization: str, parts: Sequence[str], carrier: Carrier) -> str:
    """`run/acme/team-web/2026-11-24`; by mail `/mail` follows: the same told in two ways is two messages."""
    told = "/".join(quote(part, safe=":", errors="replace") for part in (organization, *parts))
    return f"{about}/{told}" + ("" if carrier is Carrier.SLACK else f"/{carrier}")


def _addresses(receiver: Receiver | None) -> Sequence[tuple[Carrier, str]]:
    if receiver is None:
        return ()
    pairs = ((Carrier.SLACK, receiver.slack), (Carrier.MAIL, receiver.mail))
    return tuple((carrier, to) for carrier, to in pairs if to)


def _grouped(found: Iterable[V], key: Callable[[V], K]) -> Mapping[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups
