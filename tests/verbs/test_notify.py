"""Telling people over real carriers on loopback, with a real ledger: once each, whatever breaks and whenever it is killed."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.scripted_server import Clock as Ticking
from hubposture.connectors.http import Http, Patience
from hubposture.connectors.mail import Letter
from hubposture.connectors.slack import Slack, headers
from hubposture.connectors.slack_webhooks import SlackWebhooks
from hubposture.connectors.smtp import Server, Smtp
from hubposture.errors import RemoteUnavailable
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.messenger import Messenger, Sent
from hubposture.ports.work import Delivery
from hubposture.render.slack import blocks
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import Trouble, Workspace
from hubposture.sandbox.remote.smtp import Fault, Mailbox, SmtpServer
from hubposture.verbs.notify import Means, notify, told_keys
from hubposture.views.notify import document
from hubposture.views.notify_rows import Fate, Told
from hubposture.work.body import Body, paragraph
from hubposture.work.message import Carrier, Message, Subject
from hubposture.work.news import OwnerNews
from hubposture.work.telling import Telling, plan_messages
from ledger_world import Clock, counting_entropy
from work.news_made import ALL, criticals, news

STAMPS = itertools.count()


class Killed(BaseException):
    """The process dies here."""


def message(
    key: str = "run/acme/web/1", to: str = "#team-web", words: str = "one", about: Subject = Subject.RUN
) -> Message:
    carrier = Carrier.SLACK if to.startswith("#") else Carrier.MAIL
    return Message(key, about, "web", carrier, to, f"Title of {words}", Body((paragraph(words),)))


@dataclass
class World:
    """A workspace, a mailbox, a ledger, and what carries messages there."""

    space: Workspace
    box: Mailbox
    ledger: SqlLedger
    clock: Clock
    by: dict[Carrier, Messenger | str]
    carrier: Callable[[Message], Messenger | str] | None = None

    @property
    def means(self) -> Means:
        naive = lambda: self.clock.now.replace(tzinfo=None)  # noqa: E731
        return Means("acme", self.ledger, self.carrier or (lambda one: self.by[one.carrier]), naive)

    def tell(self, *messages: Message, preview: bool = False) -> list[tuple[str, Fate]]:
        return fates(self.told(Telling(messages), preview=preview))

    def told(self, telling: Telling, *, preview: bool = False) -> Told:
        return notify(self.means, telling, preview=preview)

    def titles(self, channel: str = "#team-web") -> list[str]:
        return [post.blocks[0]["text"]["text"] for post in self.space.posts(channel)]

    def state(self, key: str = "run/acme/web/1") -> Delivery:
        (found,) = self.ledger.messages("acme", keys=[key])
        return found.state


def fates(told: Told) -> list[tuple[str, Fate]]:
    return [(row.message.key, row.fate) for row in told.rows]


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


@pytest.fixture(scope="module")
def served(stack: ExitStack) -> tuple[SlackServer, SmtpServer]:
    return stack.enter_context(SlackServer(Workspace())), stack.enter_context(SmtpServer(Mailbox()))


@pytest.fixture
def world(tmp_path: Path, served: tuple[SlackServer, SmtpServer]) -> Iterator[World]:
    slack, smtp = served
    space, box = slack.workspace, smtp.mailbox
    space.channels.clear()
    space.troubles.clear()
    space.per_second = 0
    for name in ("#team-web", "#team-data"):
        space.channel(name)
    box.got.clear()
    box.faults.clear()
    clock, ticking = Clock(), Ticking()
    http = Http(
        slack.api,
        headers=lambda: headers(space.token),
        patience=Patience(),
        clock=ticking,
        sleep=ticking.sleep,
        who="Slack",
    )
    letter = Letter("hub@example.com", "", clock)
    by: dict[Carrier, Messenger | str] = {
        Carrier.SLACK: Slack(http, now=lambda: dt.datetime.now(dt.UTC)),
        Carrier.MAIL: Smtp(Server(smtp.host, smtp.port, answer_seconds=5), letter),
    }
    ledger = open_ledger("sqlite:///l.sqlite", relative_to=tmp_path, clock=clock, entropy=counting_entropy())
    with http, ledger as found:
        yield World(space, box, found, clock, by)


def test_what_is_new_is_sent_and_noted_and_not_sent_again(world: World) -> None:
    both = (message(), message("run/acme/web/1/mail", "web@example.com"))
    assert [fate for _, fate in world.tell(*both)] == [Fate.SENT, Fate.SENT]
    assert [fate for _, fate in world.tell(*both)] == [Fate.UNCHANGED, Fate.UNCHANGED]
    assert (world.titles(), len(world.box.got)) == (["Title of one"], 1)
    assert told_keys(world.means) == {one.key for one in both}


def test_a_preview_sends_and_notes_nothing(world: World) -> None:
    assert world.tell(message(), preview=True) == [("run/acme/web/1", Fate.WOULD_SEND)]
    assert (world.titles(), world.ledger.messages("acme")) == ([], ())
    world.tell(message())
    assert world.tell(message(words="two"), preview=True) == [("run/acme/web/1", Fate.WOULD_UPDATE)]
    assert world.titles() == ["Title of one"]


def test_a_run_that_says_more_is_changed_in_place_in_slack_and_left_in_mail(world: World) -> None:
    mail = "run/acme/web/1/mail"
    world.tell(message(), message(mail, "web@example.com"))
    changed = (message(words="two"), message(mail, "web@example.com", "two"))
    assert [fate for _, fate in world.tell(*changed)] == [Fate.UPDATED, Fate.UNCHANGED]
    assert [fate for _, fate in world.tell(*changed)] == [Fate.UNCHANGED, Fate.UNCHANGED]
    assert (world.titles(), len(world.box.got)) == (["Title of two"], 1)


def test_what_fails_is_noted_with_why_and_tried_again_by_the_next_run(world: World) -> None:
    world.space.troubles = [Trouble("chat.postMessage", error="not_in_channel")]
    told = world.told(Telling((message(),)))
    assert fates(told) == [("run/acme/web/1", Fate.FAILED)]
    assert not told.is_complete
    assert world.state() is Delivery.FAILED
    assert world.tell(message()) == [("run/acme/web/1", Fate.SENT)]
    (kept,) = world.ledger.messages("acme")
    assert (kept.attempts, kept.trouble) == (2, "")


def test_one_that_fails_stops_no_other_and_its_channel_is_said_once(world: World) -> None:
    world.space.channel("#old").is_archived = True
    wanted = [message(f"k{at}", "#old") for at in range(3)] + [message("z"), message("m", "web@example.com")]
    told = world.told(Telling(tuple(wanted)))
    assert [fate for _, fate in fates(told)] == [Fate.FAILED, Fate.SET_ASIDE, Fate.SET_ASIDE, Fate.SENT, Fate.SENT]
    assert world.space.calls.count("chat.postMessage") >= 2
    assert [one.key for one in world.ledger.messages("acme")] == ["k0", "m", "z"]


@pytest.mark.parametrize("cut", ["before", "after"])
def test_in_slack_a_lost_answer_is_looked_for_and_the_message_is_there_once_in_the_end(world: World, cut: str) -> None:
    world.space.troubles = [Trouble("chat.postMessage", cut=cut)]
    assert world.tell(message()) == [("run/acme/web/1", Fate.DOUBTFUL)]
    assert world.state() is Delivery.SENDING
    expected = Fate.SENT if cut == "before" else Fate.FOUND
    assert world.tell(message()) == [("run/acme/web/1", expected)]
    assert world.titles() == ["Title of one"]
    assert world.tell(message(words="two")) == [("run/acme/web/1", Fate.UPDATED)]
    assert world.titles() == ["Title of two"]


def test_what_is_found_and_says_something_else_now_is_changed_at_once(world: World) -> None:
    world.space.troubles = [Trouble("chat.postMessage", cut="after")]
    world.tell(message())
    assert world.tell(message(words="two")) == [("run/acme/web/1", Fate.UPDATED)]
    assert world.titles() == ["Title of two"]


def test_where_slack_cannot_be_read_what_is_in_doubt_is_not_sent_again(world: World) -> None:
    world.space.troubles = [Trouble("chat.postMessage", cut="after")]
    world.tell(message())
    world.space.troubles = [Trouble("conversations.history", error="missing_scope")]
    assert world.tell(message()) == [("run/acme/web/1", Fate.DOUBTFUL)]
    assert world.titles() == ["Title of one"]
    assert world.tell(message()) == [("run/acme/web/1", Fate.FOUND)]


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_mail_in_doubt_is_never_sent_again_and_said_to_be_in_doubt(world: World, is_kept: bool) -> None:
    world.box.faults = [Fault("body", is_kept=is_kept)]
    mail = message("m", "web@example.com")
    assert world.tell(mail) == [("m", Fate.DOUBTFUL)]
    for _ in range(2):
        told = world.told(Telling((mail,)))
        assert fates(told) == [("m", Fate.DOUBTFUL)]
        assert "may have been sent" in str(document("acme", told).data["counts"])
    assert len(world.box.got) == is_kept


def test_without_a_carrier_it_is_said_and_nothing_is_noted(world: World) -> None:
    world.by[Carrier.MAIL] = "mail: nothing sends it"
    told = world.told(Telling((message("m", "web@example.com"), message())))
    assert [(row.fate, row.why) for row in told.rows] == [(Fate.FAILED, "mail: nothing sends it"), (Fate.SENT, "")]
    assert [one.key for one in world.ledger.messages("acme")] == ["run/acme/web/1"]


def test_a_carrier_that_raises_after_all_leaves_it_in_doubt(world: World) -> None:
    class Broken:
        can_update = False

        def send(self, message: Message) -> Sent:
            raise RemoteUnavailable(f"no {message.to}")

        def update(self, where: str, message: Message) -> Sent:
            raise RemoteUnavailable(where + message.to)

        def find(self, messages: Sequence[Message]) -> dict[str, str]:
            raise RemoteUnavailable(str(len(messages)))

    world.by[Carrier.SLACK] = Broken()
    assert world.tell(message()) == [("run/acme/web/1", Fate.DOUBTFUL)]
    assert world.tell(message()) == [("run/acme/web/1", Fate.DOUBTFUL)]


def test_an_update_that_fails_is_made_by_the_next_run(world: World) -> None:
    world.tell(message())
    for trouble in (Trouble("chat.update", cut="after", times=9), Trouble("chat.update", error="update_failed")):
        world.space.troubles = [trouble]
        assert world.tell(message(words="two")) == [("run/acme/web/1", Fate.FAILED)]
    world.space.troubles = []
    assert world.tell(message(words="two")) == [("run/acme/web/1", Fate.UPDATED)]
    assert world.titles() == ["Title of two"]


def test_a_message_that_people_deleted_is_left_alone_and_holds_nothing_up(world: World) -> None:
    world.tell(message())
    world.space.posts("#team-web").clear()
    assert world.tell(message(words="two"), message("z")) == [("z", Fate.SENT), ("run/acme/web/1", Fate.UNCHANGED)]
    assert world.tell(message(words="three"), message("z")) == [
        ("run/acme/web/1", Fate.UNCHANGED),
        ("z", Fate.UNCHANGED),
    ]
    assert world.titles() == ["Title of one"]


def test_what_a_message_counts_is_told_with_it_and_never_again(world: World) -> None:
    world.space.channel("#team-web")
    of = news(owners=(OwnerNews("web", criticals=criticals(8)),))
    told = world.told(plan_messages(of, ALL, told=told_keys(world.means)))
    assert told.counted == 3  # in two ways
    assert len(world.titles()) == ALL.urgent_most
    again = plan_messages(of, ALL, told=told_keys(world.means))
    assert again.messages == ()


def test_a_webhook_sends_once_and_is_not_believed_to_know_more(
    world: World, served: tuple[SlackServer, SmtpServer]
) -> None:
    ticking = Ticking()
    urls = {"team-data": served[0].url + world.space.webhook("#team-data")}
    with SlackWebhooks(urls, patience=Patience(), clock=ticking, sleep=ticking.sleep) as hooks:
        world.by[Carrier.SLACK] = hooks
        one = message(to="#team-data")
        assert world.tell(one) == [(one.key, Fate.SENT)]
        assert world.tell(message(to="#team-data", words="two")) == [(one.key, Fate.UNCHANGED)]
        world.space.troubles = [Trouble("webhook", cut="after")]
        other = message("other", "#team-data")
        assert world.tell(other) == [("other", Fate.DOUBTFUL)]
        assert world.tell(other) == [("other", Fate.DOUBTFUL)]
    assert len(world.titles("#team-data")) == 2


class Fragile:
    """Carries as another does, and dies at the nth step: before, or after it was done."""

    def __init__(self, inner: Messenger, dies: Callable[[], bool]) -> None:
        self.inner = inner
        self.dies = dies

    @property
    def can_update(self) -> bool:
        return self.inner.can_update

    def send(self, message: Message) -> Sent:
        return self._done(lambda: self.inner.send(message))

    def update(self, where: str, message: Message) -> Sent:
        return self._done(lambda: self.inner.update(where, message))

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        return self.inner.find(messages)

    def _done(self, work: Callable[[], Sent]) -> Sent:
        if self.dies():
            raise Killed
        sent = work()
        if self.dies():
            raise Killed
        return sent


def dying(slack: Messenger, mail: Messenger, deaths: Sequence[int]) -> Callable[[Message], Messenger]:
    """Carriers that die at these steps, counted over both."""
    steps = itertools.count()
    both = {
        Carrier.SLACK: Fragile(slack, lambda: next(steps) in deaths),
        Carrier.MAIL: Fragile(mail, lambda: next(steps) in deaths),
    }
    return lambda one: both[one.carrier]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=2), min_size=1, max_size=4), st.integers(1, 3))
def test_killed_anywhere_again_and_again_every_message_is_there_once_in_slack_and_at_most_once_by_mail(
    world: World, kills: list[list[int]], number: int
) -> None:
    world.space.channel("#team-web").posts.clear()
    world.box.got.clear()
    stamp = next(STAMPS)  # the ledger is the same for all examples
    slack, mail = world.by[Carrier.SLACK], world.by[Carrier.MAIL]
    assert not isinstance(slack, str)
    assert not isinstance(mail, str)
    for at, deaths in enumerate([*kills, []]):
        world.carrier = dying(slack, mail, deaths)
        wanted = [message(f"{stamp}/{n}", words=f"{n} of run {at}") for n in range(number)]
        wanted += [message(f"{stamp}/{n}/mail", "web@example.com") for n in range(number)]
        try:
            world.tell(*wanted)
        except Killed:
            continue
    assert sorted(world.titles()) == [f"Title of {n} of run {len(kills)}" for n in range(number)]
    assert len({got.mail["Message-ID"] for got in world.box.got}) == len(world.box.got)


def test_a_document_tells_who_would_be_told_what_and_what_went_wrong_once(world: World) -> None:
    hostile = message(words="<!here> *x*")
    told = world.told(Telling((hostile, message("m", "web@example.com")), {"m": ("a", "b")}, ("data",)), preview=True)
    shown = document("acme", told)
    assert shown.data["counts"]["to be sent"] == 2
    assert shown.data["unreached"] == ["data"]
    assert {one["key"]: one["text"] for one in shown.data["messages"]}["run/acme/web/1"] == ["<!here> *x*"]
    assert blocks(hostile.title, hostile.body)
