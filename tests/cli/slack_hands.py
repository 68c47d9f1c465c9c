"""A baseline whose teams are told in an emulated Slack, and what takes what people press there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cli.tickets_hands import Tickets
from hubposture.cli.ticketing import synced_tickets
from hubposture.connectors.slack_payload import heard_of
from hubposture.ports.acts import Act, ActState
from hubposture.ports.ledger import Entry
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import Post
from hubposture.verbs.acts import Asked
from hubposture.wiring import connect, hook_server, open_store
from hubposture.wiring.slack import Ways, slack_acts, slack_desk

KIM, LEE, EVE, RAY = "kim@acme.example", "lee@acme.example", "eve@acme.example", "ray@acme.example"
"""Kim is of team-web, Lee administers, Ray decides on risks, Eve is nobody for the rules."""
_WAIT_SECONDS = 20.0


@dataclass
class Chat:
    """Tickets, with people in Slack."""

    tickets: Tickets
    said: list[str] = field(default_factory=list)

    @property
    def slack(self) -> SlackServer:
        """The emulated workspace as it is served."""
        return self.tickets.remotes.slack

    def notify(self, *options: str) -> None:
        """Tell the teams."""
        self.tickets.commands("notify", *options)

    def post(self, channel: str = "#team-web") -> Post:
        """The last message of a channel."""
        return self.slack.workspace.posts(channel)[-1]

    def words(self, channel: str = "#team-web") -> str:
        """What stands under the last message of a channel."""
        return "\n".join(
            element["text"]
            for block in self.post(channel).blocks
            if block["type"] == "context"
            for element in block["elements"]
        )

    def offered(self, channel: str = "#team-web") -> list[str]:
        """What the last message of a channel lets people do."""
        return [
            element["action_id"].removeprefix("hubposture.")
            for block in self.post(channel).blocks
            if block["type"] == "actions"
            for element in block["elements"]
        ]

    def form(self, action: str, by: str, **more: Any) -> str:
        """Somebody presses what opens a form; gives the form's id."""
        before = set(self.slack.workspace.views)
        self.press(action, by, **more)
        wait(lambda: set(self.slack.workspace.views) - before)
        (view,) = set(self.slack.workspace.views) - before
        return view

    def whispers(self, mail: str) -> list[str]:
        """What somebody alone was told."""
        who = self.slack.workspace.member(mail).id
        return [one.text for one in self.slack.workspace.whispers if one.user == who]

    def press(self, action: str, by: str, **more: Any) -> bool:
        """Somebody presses under the last message of a channel; whether Slack got its answer."""
        return self.slack.hands.press(more.pop("channel", "#team-web"), action, by, **more).is_taken

    @contextmanager
    def listening(self, *, socket: bool = True, signed: bool = False, is_finished: bool = True) -> Iterator[None]:
        """What `listen --slack` and `listen --hooks` do, until it is left; in the end everything is done if it can be."""
        at = self.tickets.commands.workplace()
        connection = connect(at, at.organization(None))

        def sync(asked: frozenset[str]) -> str:
            failures = synced_tickets(connection, asked=asked).failures
            return failures[0].what if failures else ""

        ways = Ways(socket=socket, signed=signed, tell=self.said.append, sync=sync)
        with (
            at.ledger() as ledger,
            open_store(at, connection.name, ledger) as store,
            slack_acts(connection, store, ways) as found,
        ):
            if socket:
                wait(lambda: self.slack.sockets.is_listened_to)
            if found is None:
                yield
            else:
                with hook_server(at, ledger, "127.0.0.1:0", slack=found) as server:
                    self.slack.workspace.request_url = f"{server.url}/hooks/slack"
                    yield
            wait(lambda: not is_finished or not ledger.acts(connection.name))

    def half_done(self, payload: dict[str, Any]) -> None:
        """What a process leaves that is killed after it did what was asked, and before it noted that."""
        heard = heard_of(payload)
        assert heard is not None
        at = self.tickets.commands.workplace()
        connection = connect(at, at.organization(None))
        with (
            at.ledger() as ledger,
            open_store(at, connection.name, ledger) as store,
            slack_desk(connection, store) as desk,
        ):
            assert desk.take(heard) == {}
            (act,) = [one for one in desk.waiting() if one.id == heard.id]
            message = ledger.message_at(connection.name, act.where)
            assert message is not None
            (thing,) = [one for one in message.things if one.ref == act.thing]
            profile = desk.means.chat.profile(act.user, act.workspace)
            with desk.means.sight() as sight:
                end = desk.means.doings[act.doing](Asked(act, message, thing, profile, sight))
            assert end.state is ActState.DONE, end

    def acts(self) -> list[Act]:
        """Everything that was pressed, oldest first."""
        at = self.tickets.commands.workplace()
        with at.ledger() as ledger:
            keys = [one.key for one in ledger.messages(at.organization(None))]
            return list(ledger.acts(at.organization(None), messages=[*keys, ""]))

    def trail(self) -> list[Entry]:
        """What the audit trail has of messages."""
        with self.tickets.commands.workplace().ledger() as ledger:
            return [one.entry for one in ledger.trail() if "from a message" in one.entry.what]


def wait(is_so: Any) -> None:
    """Until something is so."""
    until = time.monotonic() + _WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.02)


def begun(tickets: Tickets) -> Chat:
    """People in the settings, tickets made, and nobody told yet."""
    tickets.remotes.workspace.per_second = 0
    return Chat(tickets)
