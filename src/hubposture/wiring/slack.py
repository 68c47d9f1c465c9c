"""People who act from Slack: what they press is taken over a WebSocket or a signed request, and done by threads."""

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Self

import orjson

from hubposture.connectors import slack
from hubposture.connectors.hooks import Answer
from hubposture.connectors.http import Http, Patience
from hubposture.connectors.slack_desk import SlackDesk
from hubposture.connectors.slack_payload import heard_of
from hubposture.connectors.slack_signed import Signatures
from hubposture.connectors.slack_socket import SocketMode
from hubposture.errors import HubpostureError, InputError
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.access import Access
from hubposture.ports.acts import Act
from hubposture.settings.secrets import SecretReference
from hubposture.verbs.acts import Asked, Desk, Do, Means
from hubposture.verbs.acts_doing import Acknowledge, NotMine, OpenTicket
from hubposture.verbs.acts_rules import Sight
from hubposture.verbs.acts_waivers import Approve, Reject, RequestWaiver, problems_in, settle
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_scope import Means as AskingMeans
from hubposture.wiring.access import access_over, read_access_file
from hubposture.wiring.asking import asking_means
from hubposture.wiring.connection import Connection
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import Store, holder, naive
from hubposture.wiring.workplace import Workplace
from hubposture.work.offers import Doing

_THREADS = 4
_LOOK_SECONDS = 2.0
"""How often what is left over is looked for: what another process took, and what waits for another try."""
_LONGEST_PAUSE = 60.0
_TOKEN, _APP_TOKEN = "messages.slack.token", "messages.slack.app_token"

Tell = Callable[[str], None]
Sync = Callable[[frozenset[str]], str]
"""Syncs tickets without letting these subjects wait; gives what stood in the way, ''."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How what is pressed comes in, and what it may need: see `slack_acts`."""

    socket: bool
    signed: bool
    tell: Tell
    sync: Sync | None


class SlackActs:
    """Takes what Slack delivers and does it in the background until it is left."""

    def __init__(self, desk: Desk, *, tell: Tell) -> None:
        self._desk = desk
        self._tell = tell
        self._stopped, self._wake = threading.Event(), threading.Event()
        self._busy: set[str] = set()
        self._later: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="slack-act")
        self._thread = threading.Thread(target=self._run, daemon=True, name="slack-acts")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def accept(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Write down what a payload asks for; gives what Slack is answered. Raises HubpostureError: deliver it again."""
        heard = heard_of(payload)
        if heard is None:
            return None
        problems = self._desk.take(heard)
        self._wake.set()
        return {"response_action": "errors", "errors": dict(problems)} if problems else None

    def idle(self) -> bool:
        """Whether nothing is being done and nothing waits."""
        with self._lock:
            return not self._busy and not self._wake.is_set() and not self._desk.waiting()

    # --- doing -------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
            try:
                for act in self._desk.waiting():
                    self._begin(act)
            except HubpostureError as error:
                self._tell(f"Slack: {error}")
                self._stopped.wait(_LOOK_SECONDS)

    def _begin(self, act: Act) -> None:
        with self._lock:
            _, until = self._later.get(act.id, (0, 0.0))
            if act.id in self._busy or time.monotonic() < until or self._stopped.is_set():
                return
            self._busy.add(act.id)
        self._pool.submit(self._work, act)

    def _work(self, act: Act) -> None:
        is_done = False
        try:
            is_done = self._desk.work(act)
        except HubpostureError as error:
            self._tell(f"Slack: {act.doing} of {act.user}: {error}")
        except Exception as error:  # noqa: BLE001 - a defect in one act stops no other; it is tried again
            self._tell(f"Slack: {act.doing} of {act.user}: {type(error).__name__}; this is a defect of hubposture")
        finally:
            with self._lock:
                self._busy.discard(act.id)
                tries = self._later.pop(act.id, (0, 0.0))[0]
                if not is_done:
                    pause = min(0.5 * 2.0**tries, _LONGEST_PAUSE)
                    self._later[act.id] = (tries + 1, time.monotonic() + pause)


@dataclass(frozen=True)
class SignedRequests:
    """Answers the requests that Slack signs."""

    signatures: Signatures
    acts: SlackActs

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int | Answer:
        """Take one; what was taken before is answered and does nothing."""
        found = self.signatures.read(headers, body)
        if found is None:
            return HTTPStatus.UNAUTHORIZED
        if found.challenge:
            return Answer(HTTPStatus.OK, found.challenge.encode("utf-8", "replace"), "text/plain; charset=utf-8")
        if found.is_again:
            return HTTPStatus.OK
        try:
            back = self.acts.accept(found.payload)
        except HubpostureError:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if back is not None:
            return Answer(HTTPStatus.OK, orjson.dumps(back))
        self.signatures.taken(headers)
        return HTTPStatus.OK


@dataclass
class _Rules:
    """The rules as their file is now over a version, read once for each."""

    at: Workplace
    kept: dict[tuple[int, str], Access] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def sight(self, store: Store) -> Iterator[Sight]:
        """The newest version with the rules over it. Raises NoSuchVersion, InputErrors for rules with problems."""
        with store.reader.snapshot() as snapshot:
            found = read_access_file(self.at)
            key = (snapshot.number, hashlib.sha256(repr(found.rules).encode("utf-8", "replace")).hexdigest())
            with self.lock:
                if key not in self.kept:
                    self.kept.clear()
                    self.kept[key] = access_over(self.at, found, snapshot).rules
                rules = self.kept[key]
            yield Sight(snapshot, rules, self.at.settings.access.people)


@contextmanager
def slack_acts(connection: Connection, store: Store, ways: Ways) -> Iterator[SignedRequests | None]:
    """Take what people press in Slack until it is left; gives what takes signed requests, None where these are not asked for.

    Raises InputError where the settings lack a secret that is needed.
    """
    at = connection.workplace
    settings = at.settings.messages.slack
    with ExitStack() as stack:
        desk = stack.enter_context(slack_desk(connection, store, sync=ways.sync))
        acts = stack.enter_context(SlackActs(desk, tell=ways.tell))
        if ways.socket:
            app = stack.enter_context(_http(at, settings.app_token_reference, _APP_TOKEN, Patience()))
            stack.enter_context(SocketMode(app, acts.accept, tell=ways.tell))
        if not ways.signed:
            yield None
            return
        shared = _given(at, settings.signing_reference, "messages.slack.signing_secret")
        yield SignedRequests(Signatures(shared, now=lambda: at.surroundings.now().timestamp()), acts)


@contextmanager
def slack_desk(connection: Connection, store: Store, *, sync: Sync | None = None) -> Iterator[Desk]:
    """What takes and does what people press. Raises InputError without a bot token."""
    with slack_bot(connection.workplace) as http:
        yield Desk(_means(connection, store, SlackDesk(http), sync))


def _means(connection: Connection, store: Store, chat: SlackDesk, sync: Sync | None) -> Means:
    at, name, ledger = connection.workplace, connection.name, store.ledger
    rules = _Rules(at)
    most_days = at.settings.waivers.max_days

    def asking(asked: Asked) -> AskingMeans:
        """In the name of whoever pressed, with their rights over the whole version."""
        mail, sight = asked.profile.mail, asked.sight
        rights = Rights(sight.people.named(mail), sight.snapshot, sight.rules)
        return asking_means(replace(at, actor=mail), name, ledger, snapshot=sight.snapshot, rights=rights)

    def now() -> dt.datetime:
        return naive(at.surroundings.now())

    doings: dict[Doing, Do] = {
        Doing.ACKNOWLEDGE: Acknowledge(name, ledger),
        Doing.NOT_MINE: NotMine(name, ledger, now),
        Doing.OPEN_TICKET: OpenTicket(name, ledger, sync),
        Doing.REQUEST_WAIVER: RequestWaiver(chat, asking, most_days, now),
        Doing.APPROVE: Approve(asking),
        Doing.REJECT: Reject(chat, asking),
    }
    return Means(
        organization=name,
        holder=lambda: f"{holder()}/{threading.get_ident()}",
        ledger=ledger,
        chat=chat,
        sight=lambda: rules.sight(store),
        doings=doings,
        problems=lambda heard: problems_in(heard, most_days=most_days),
        now=now,
    )


def settled_requests(at: Workplace, name: str, ledger: SqlLedger) -> int:
    """Take the buttons from messages about waivers that are decided; 0 where Slack does not answer: the next run does it."""
    if not at.settings.messages.slack.has_acts:
        return 0
    try:
        with slack_bot(at) as http:
            return settle(ledger, SlackDesk(http), name)
    except HubpostureError:
        return 0


def slack_bot(at: Workplace, *, patience: Patience | None = None) -> Http:
    """What speaks with the bot's token; to be closed. Raises InputError without one."""
    return _http(at, at.settings.messages.slack.token_reference, _TOKEN, patience or Patience())


def _http(at: Workplace, reference: SecretReference | None, name: str, patience: Patience) -> Http:
    token = _given(at, reference, name)
    return Http(
        at.settings.messages.slack.url or slack.API,
        headers=lambda: slack.headers(token),
        patience=patience,
        clock=at.surroundings.clock,
        sleep=at.surroundings.sleep or time.sleep,
        who="Slack",
    )


def _given(at: Workplace, reference: SecretReference | None, name: str) -> str:
    if reference is None:
        raise InputError(f"{name} is not set, so nobody can act from Slack; docs/slack.md says how to set it up")
    return secret(reference, at.surroundings)
