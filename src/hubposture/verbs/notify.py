"""Telling people: intent first, then the message, then what became of it; so that nothing is told twice after a crash."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import RemoteError
from hubposture.ports.messenger import Messenger, Sent
from hubposture.ports.work import Delivery, SentMessage, WorkLedger
from hubposture.views.notify_rows import Fate, Told, ToldRow
from hubposture.work.message import Carrier, Message
from hubposture.work.offers import Note
from hubposture.work.telling import Telling, to_send

DOUBT = "no answer came when it was sent, and nobody can look; it is not sent again"
"""Why a message that may have been sent stays so."""


@dataclass(frozen=True)
class Means:
    """What telling needs.

    `carrier` gives what carries a message, or says why nothing does. `now` is naive UTC. `notes` gives what people did from
    messages, by their keys: it stays under a message that is changed.
    """

    organization: str
    ledger: WorkLedger
    carrier: Callable[[Message], Messenger | str]
    now: Callable[[], dt.datetime]
    notes: Callable[[Collection[str]], Mapping[str, Sequence[Note]]] = lambda _: {}


def told_keys(means: Means) -> frozenset[str]:
    """The keys of everything that was told."""
    return frozenset(one.key for one in means.ledger.messages(means.organization) if one.state is Delivery.SENT)


def notify(means: Means, telling: Telling, *, preview: bool) -> Told:
    """Tell everything that is new, and bring up to date what can be; with `preview` only say what would be.

    One message that fails stops no other; after a failure its address is set aside for this run.
    """
    known = {one.key: one for one in means.ledger.messages(means.organization, keys=[m.key for m in telling.messages])}
    work = _Telling(means, telling, known)
    rows = tuple(work.previewed() if preview else work.told())
    by_mail = f"/{Carrier.MAIL}"  # what is counted in both ways is one thing
    counted = len({key.removesuffix(by_mail) for keys in telling.covered.values() for key in keys})
    return Told(rows, preview, telling.unreached, counted)


class _Telling:
    """One run of messages."""

    def __init__(self, means: Means, telling: Telling, known: Mapping[str, SentMessage]) -> None:
        self._means = means
        self._telling = telling
        self._known = dict(known)
        self._broken: dict[tuple[str, str], str] = {}

    def previewed(self) -> Iterator[ToldRow]:
        """What would be done. Nobody is asked about what is in doubt."""
        new, changed, unchanged = to_send(self._telling.messages, self._known)
        for one in new:
            carrier = self._means.carrier(one)
            yield ToldRow(one, Fate.FAILED, carrier) if isinstance(carrier, str) else ToldRow(one, Fate.WOULD_SEND)
        for one in changed:
            yield ToldRow(one, Fate.WOULD_UPDATE if self._updater(one) is not None else Fate.UNCHANGED)
        for one in unchanged:
            yield self._left(one)

    def told(self) -> Iterator[ToldRow]:
        """Do it, one after another."""
        found = self._looked()
        new, changed, unchanged = to_send(self._telling.messages, self._known)
        for one in new:
            yield self._send(one)
        for one in changed:
            yield self._update(one)
        for one in unchanged:
            yield ToldRow(one, Fate.FOUND) if one.key in found else self._left(one)

    # --- what is in doubt --------------------------------------------------------------------------------------------

    def _looked(self) -> frozenset[str]:
        """Look for what a crash or a lost answer left in doubt; gives the keys of what was found."""
        doubtful: dict[int, tuple[Messenger, list[Message]]] = {}
        for one in self._telling.messages:
            known = self._known.get(one.key)
            carrier = self._means.carrier(one) if known is not None and _is_doubtful(known) else ""
            if not isinstance(carrier, str):
                doubtful.setdefault(id(carrier), (carrier, []))[1].append(one)
        found: set[str] = set()
        for carrier, messages in doubtful.values():
            for key, where in _found(carrier, messages).items():
                found |= {key} if where else set()
                self._settle(key, where)
        return frozenset(found)

    def _settle(self, key: str, where: str) -> None:
        """What was found was sent as it was meant to be; what surely was not is sent like a new one."""
        known = self._known[key]
        state = Delivery.SENT if where else Delivery.FAILED
        trouble = "" if where else "it was not sent: no answer came, and it is not there"
        self._keep(replace(known, state=state, where=where, at=self._means.now(), trouble=trouble))
        if where:
            self._cover(key, where)

    def _left(self, message: Message) -> ToldRow:
        known = self._known.get(message.key)
        is_doubtful = known is not None and _is_doubtful(known)
        return ToldRow(message, Fate.DOUBTFUL, DOUBT) if is_doubtful else ToldRow(message, Fate.UNCHANGED)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, message: Message) -> ToldRow:
        carrier = self._means.carrier(message)
        if isinstance(carrier, str):
            return ToldRow(message, Fate.FAILED, carrier)
        if why := self._broken.get((message.carrier, message.to)):
            return ToldRow(message, Fate.SET_ASIDE, why)
        intent = self._intent(message)
        self._keep(intent)
        sent = _done(lambda: carrier.send(message))
        return self._ended(message, intent, sent)

    def _update(self, message: Message) -> ToldRow:
        carrier = self._updater(message)
        if carrier is None:
            return ToldRow(message, Fate.UNCHANGED)
        if why := self._broken.get((message.carrier, message.to)):
            return ToldRow(message, Fate.SET_ASIDE, why)
        where = self._known[message.key].where
        intent = replace(self._intent(message), where=where)
        self._keep(intent)
        noted = replace(message, notes=tuple(self._means.notes([message.key]).get(message.key, ())))
        sent = _done(lambda: carrier.update(where, noted))
        return self._changed(message, intent, sent)

    def _changed(self, message: Message, intent: SentMessage, sent: Sent) -> ToldRow:
        """What became of a change. Twice is the same as once, so the next run may try it again, whatever became of it."""
        at = self._means.now()
        if not sent.error:
            self._keep(replace(intent, state=Delivery.SENT, at=at))
            return ToldRow(message, Fate.UPDATED)
        if not sent.where and not sent.is_doubtful:
            self._keep(replace(intent, state=Delivery.SENT, at=at, where="", trouble=sent.error))
            return ToldRow(message, Fate.UNCHANGED, sent.error)
        self._keep(replace(intent, state=Delivery.FAILED, at=at, trouble=sent.error))
        return ToldRow(message, Fate.FAILED, sent.error)

    def _updater(self, message: Message) -> Messenger | None:
        """What can change a message that was sent; None where nothing can."""
        carrier = self._means.carrier(message)
        is_there = bool(self._known[message.key].where)
        return carrier if not isinstance(carrier, str) and carrier.can_update and is_there else None

    def _intent(self, message: Message) -> SentMessage:
        known = self._known.get(message.key)
        return SentMessage(
            key=message.key,
            organization=self._means.organization,
            about=message.about.value,
            team=message.team,
            carrier=message.carrier.value,
            to=message.to,
            digest=message.digest,
            state=Delivery.SENDING,
            at=self._means.now(),
            attempts=1 + (known.attempts if known is not None else 0),
            things=message.things,
        )

    def _ended(self, message: Message, intent: SentMessage, sent: Sent) -> ToldRow:
        at = self._means.now()
        if not sent.error:
            self._keep(replace(intent, state=Delivery.SENT, at=at, where=sent.where))
            self._cover(message.key, sent.where)
            return ToldRow(message, Fate.SENT)
        if sent.is_doubtful:
            self._keep(replace(intent, at=at, trouble=sent.error))
            return ToldRow(message, Fate.DOUBTFUL, sent.error)
        self._keep(replace(intent, state=Delivery.FAILED, at=at, where=sent.where, trouble=sent.error))
        self._broken[message.carrier, message.to] = sent.error
        return ToldRow(message, Fate.FAILED, sent.error)

    def _cover(self, key: str, where: str) -> None:
        """Note that what a message counts was told with it."""
        sent = self._known[key]
        keys = self._telling.covered.get(key, ())
        self._means.ledger.put_messages(replace(sent, key=one, where=where, trouble="", things=()) for one in keys)

    def _keep(self, sent: SentMessage) -> None:
        self._known[sent.key] = sent
        self._means.ledger.put_messages([sent])


def _is_doubtful(known: SentMessage) -> bool:
    """Whether it may have been sent and nobody knows where it is."""
    return known.state is Delivery.SENDING and not known.where


def _found(carrier: Messenger, messages: Sequence[Message]) -> Mapping[str, str]:
    try:
        return carrier.find(messages)
    except RemoteError:
        return {}


def _done(work: Callable[[], Sent]) -> Sent:
    """What a carrier says; one that raises after all is taken for not knowing."""
    try:
        return work()
    except RemoteError as error:
        return Sent(error=str(error), is_doubtful=True)
