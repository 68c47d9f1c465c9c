import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from connectors.messages_made import slack as message
from connectors.scripted_server import Clock
from hubposture.connectors.http import Http, Patience
from hubposture.connectors.slack import Slack, headers
from hubposture.connectors.slack_errors import ERRORS
from hubposture.connectors.slack_pace import Pace
from hubposture.connectors.slack_webhooks import SlackWebhooks
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import TOKEN, Trouble, Workspace
from hubposture.work.body import Body
from render.bodies import BODIES

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


class Time(Clock):
    """One clock for the connector and the workspace, so that waiting for one is time for the other."""

    def wall(self) -> float:
        return NOW.timestamp() + self.now - 1000.0


@contextmanager
def bot(space: Workspace, time: Time, *, token: str = TOKEN) -> Iterator[Slack]:
    with (
        SlackServer(space, clock=time.wall) as server,
        Http(
            server.api, headers=lambda: headers(token), patience=Patience(), clock=time, sleep=time.sleep, who="Slack"
        ) as http,
    ):
        yield Slack(http, now=lambda: dt.datetime.fromtimestamp(time.wall(), dt.UTC))


@pytest.fixture
def space() -> Workspace:
    made = Workspace()
    made.channel("#team-web")
    made.channel("#team-data", is_private=True)
    return made


@pytest.fixture
def time() -> Time:
    return Time()


def test_a_message_is_sent_with_its_key_and_changed_in_place(space: Workspace, time: Time) -> None:
    with bot(space, time) as slack:
        sent = slack.send(message())
        assert (sent.error, slack.can_update) == ("", True)
        changed = slack.update(sent.where, replace(message(), title="Security Hub: 2 left"))
        assert changed.where == sent.where
    (post,) = space.posts("#team-web")
    assert post.metadata == {"event_type": "hubposture", "event_payload": {"key": "run/acme/web/2026-11-24"}}
    assert post.blocks[0]["text"]["text"] == "Security Hub: 2 left"
    assert len(post.edits) == 1
    assert "<https://jira.example/browse/WEB-7|WEB-7>" in post.blocks[1]["text"]["text"]


def test_a_channel_gets_one_message_a_second_and_others_need_not_wait(space: Workspace, time: Time) -> None:
    with bot(space, time) as slack:
        for at in range(3):
            assert slack.send(message(f"k{at}")).error == ""
        assert slack.send(message("other", "#team-data")).error == ""
    assert time.waited == [pytest.approx(1.0), pytest.approx(1.0)]
    assert len(space.posts("#team-web")) == 3


def test_a_limit_is_waited_out_as_long_as_slack_asks(space: Workspace, time: Time) -> None:
    space.troubles = [
        Trouble("chat.postMessage", status=429, error="ratelimited", headers={"Retry-After": "7"}),
        Trouble("chat.postMessage", error="ratelimited", headers={"Retry-After": "5"}),
    ]
    with bot(space, time) as slack:
        assert slack.send(message()).error == ""
    assert time.waited == [7.0, 5.0]
    assert len(space.posts("#team-web")) == 1


@pytest.mark.parametrize("cut", ["before", "after"])
def test_what_may_have_been_sent_is_not_sent_again_and_is_found_by_its_key(
    space: Workspace, time: Time, cut: str
) -> None:
    space.troubles = [Trouble("chat.postMessage", cut=cut)]
    with bot(space, time) as slack:
        sent = slack.send(message())
        assert sent.is_doubtful
        assert space.calls == ["chat.postMessage"]
        found = slack.find([message(), message("another")])
    there = [f"{space.named('team-web').id} {one.ts}" for one in space.posts("#team-web")]  # type: ignore[union-attr]
    assert found == {message().key: there[0] if cut == "after" else "", "another": ""}


def test_what_is_far_back_is_found_over_all_pages(space: Workspace, time: Time) -> None:
    space.per_second = 0
    with bot(space, time) as slack:
        first = slack.send(message("first"))
        for at in range(450):
            slack.send(message(f"k{at}"))
        assert slack.find([message("first")]) == {"first": first.where}
    assert space.calls.count("conversations.history") == 3


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble("conversations.history", error="missing_scope"),
        Trouble("conversations.list", error="internal_error"),
        Trouble("conversations.history", status=503, times=9),
        Trouble("conversations.list", cut="before", times=9),
    ],
)
def test_where_nobody_can_look_nothing_is_said_to_be_missing(space: Workspace, time: Time, trouble: Trouble) -> None:
    space.troubles = [trouble]
    with bot(space, time) as slack:
        assert slack.find([message()]) == {}


def test_a_channel_that_nobody_sees_gives_nothing_when_it_is_looked_at(space: Workspace, time: Time) -> None:
    with bot(space, time) as slack:
        assert slack.find([message(to="#gone"), message("b", "#team-web")]) == {"b": ""}


def test_every_error_says_what_it_means_and_what_to_do(space: Workspace, time: Time) -> None:
    space.channel("#locked").is_read_only = True
    space.channel("#old").is_archived = True
    space.channel("#theirs", is_member=False)
    space.channel("#secret", is_private=True, is_member=False)
    said = {}
    with bot(space, time) as slack:
        for channel in ("#locked", "#old", "#theirs", "#secret", "#nowhere"):
            sent = slack.send(message(channel, channel))
            assert not sent.is_doubtful
            said[channel] = sent.error
    assert "the bot is not in this channel (not_in_channel); invite the bot there" in said["#theirs"]
    assert "channel_not_found" in said["#secret"]
    assert "channel_not_found" in said["#nowhere"]
    assert "is_archived" in said["#old"]
    assert "only some people may post there" in said["#locked"]
    assert all(what and hint for what, hint in ERRORS.values())


def test_a_token_that_is_refused_is_not_repeated(space: Workspace, time: Time) -> None:
    with bot(space, time, token="xoxb-wrong-s3cret") as slack:
        sent = slack.send(message())
    assert "the token is refused (invalid_auth); put a bot token" in sent.error
    assert "s3cret" not in sent.error


def test_a_missing_scope_is_named(space: Workspace, time: Time) -> None:
    space.scopes = frozenset()
    with bot(space, time) as slack:
        assert "the app lacks a scope (chat:write) (missing_scope)" in slack.send(message()).error


def test_an_error_with_which_it_may_have_been_sent_leaves_it_in_doubt(space: Workspace, time: Time) -> None:
    space.troubles = [Trouble("chat.postMessage", error="fatal_error")]
    with bot(space, time) as slack:
        assert slack.send(message()).is_doubtful


def test_hostile_words_of_an_answer_are_not_repeated(space: Workspace, time: Time) -> None:
    space.troubles = [Trouble("chat.postMessage", error="<!here> \x1b[31m xoxb-123 " * 20)]
    with bot(space, time) as slack:
        said = slack.send(message()).error
    assert "<" not in said
    assert "\x1b" not in said
    assert len(said) < 300


def test_a_message_that_was_deleted_there_cannot_be_changed_and_says_so(space: Workspace, time: Time) -> None:
    with bot(space, time) as slack:
        sent = slack.send(message())
        space.posts("#team-web").clear()
        assert "not there any more" in slack.update(sent.where, message()).error


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(BODIES)
def test_slack_takes_every_body_that_there_can_be(space: Workspace, given_body: Body) -> None:
    time = Time()
    space.per_second = 0
    with bot(space, time) as slack:
        assert slack.send(replace(message(), body=given_body)).error == ""


def test_a_clock_that_stands_still_paces_nobody_for_ever() -> None:
    time = Clock()
    pace = Pace(clock=time, sleep=time.waited.append)
    for _ in range(3):
        pace.wait("#a")
    assert time.waited == [1.0, 2.0]


# --- webhooks ----------------------------------------------------------------------------------------------------------


@contextmanager
def webhooks(space: Workspace, time: Time, *channels: str) -> Iterator[SlackWebhooks]:
    with SlackServer(space, clock=time.wall) as server:
        urls = {channel: f"{server.url}{space.webhook(channel)}" for channel in channels}
        with SlackWebhooks(urls, patience=Patience(), clock=time, sleep=time.sleep) as found:
            yield found


def test_a_webhook_sends_to_its_channel_and_cannot_update_or_look(space: Workspace, time: Time) -> None:
    with webhooks(space, time, "team-web") as slack:
        assert slack.send(message()).error == ""
        assert not slack.can_update
        assert slack.find([message()]) == {}
        assert "cannot be changed" in slack.update("", message()).error
        assert "has no webhook" in slack.send(message(to="#team-data")).error
    (post,) = space.posts("#team-web")
    assert post.blocks[0]["text"]["text"] == "Security Hub: team web"


def test_a_webhook_is_a_secret_that_no_error_says(space: Workspace, time: Time) -> None:
    said = []
    with webhooks(space, time, "#team-web") as slack:
        for trouble in (
            Trouble("webhook", status=404, error="no_service"),
            Trouble("webhook", status=403, error="action_prohibited"),
            Trouble("webhook", status=500, error="boom"),
            Trouble("webhook", status=401, error="nope"),
            Trouble("webhook", status=429, error="rate_limited", headers={"Retry-After": "9999"}),
            Trouble("webhook", cut="after"),
        ):
            space.troubles = [trouble]
            said.append(slack.send(message()))
    assert [one.is_doubtful for one in said] == [False, False, True, False, False, True]
    assert all(one.error and "s3cret" not in one.error and "services" not in one.error for one in said)
    assert "taken back (no_service); make the webhook anew" in said[0].error


def test_a_webhook_address_that_is_none_is_told_and_not_repeated(time: Time) -> None:
    with SlackWebhooks(
        {"a": "http://hooks.example/services/s3cret"}, patience=Patience(), clock=time, sleep=time.sleep
    ) as slack:
        sent = slack.send(message(to="#a"))
    assert "webhook failed" in sent.error
    assert "s3cret" not in sent.error


def test_a_webhook_keeps_the_pace_too(space: Workspace, time: Time) -> None:
    with webhooks(space, time, "#team-web") as slack:
        assert [slack.send(message(f"k{at}")).error for at in range(3)] == ["", "", ""]
    assert len(time.waited) == 2
