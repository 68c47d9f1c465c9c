"""People act from Slack, from the press over a real socket to what it changes: ledger, tickets, message, audit trail."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cli.slack_hands import EVE, KIM, LEE, Chat, begun, wait
from cli.tickets_hands import Tickets
from hubposture.cli.main import EXIT_FAILED
from hubposture.connectors.slack_payload import heard_of
from hubposture.ports.acts import ActState
from hubposture.sandbox.remote.slack_world import Trouble
from hubposture.wiring import connect, open_store
from hubposture.wiring.slack import slack_desk


@pytest.fixture
def chat(tickets: Tickets) -> Chat:
    """Teams have tickets, and were told of them."""
    made = begun(tickets)
    tickets("sync")
    made.notify()
    return made


def test_a_message_offers_what_can_be_done_and_an_acknowledgement_stands_under_it(chat: Chat) -> None:
    assert chat.offered() == ["acknowledge", "not-mine", "request-waiver"]
    with chat.listening():
        assert chat.press("acknowledge", KIM)
        wait(lambda: "Acknowledged" in chat.words())
    assert f"by {KIM}".replace("@", "@\u200b") in chat.words()
    assert chat.offered() == ["not-mine", "request-waiver"]
    (entry,) = chat.trail()
    assert entry.who == KIM
    assert entry.what.startswith("acknowledge from a message: run/")
    assert "user U" in entry.why
    assert "T0SANDBOX" in entry.why
    assert chat.whispers(KIM) == []


def test_whoever_is_second_is_told_who_was_first(chat: Chat) -> None:
    with chat.listening():
        presses = [chat.slack.hands.pressed("#team-web", "acknowledge", who) for who in (KIM, LEE)]
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(chat.slack.hands.deliver, presses))
        assert all(one.is_taken for one in done)
    states = sorted(one.state for one in chat.acts())
    assert states == [ActState.DONE, ActState.REFUSED]
    assert len(chat.post().edits) == 1
    assert chat.words().count("Acknowledged") == 1
    told = [*chat.whispers(KIM), *chat.whispers(LEE)]
    assert len(told) == 1
    assert "acknowledged it before" in told[0]


def test_who_may_not_is_told_the_rule_and_it_is_in_the_audit_trail(chat: Chat) -> None:
    chat.tickets.commands.settings(f'"{EVE}" = ["ou-administrator"]\n')
    with chat.listening():
        assert chat.press("acknowledge", EVE)
    assert chat.words() == ""
    (text,) = chat.whispers(EVE)
    assert text.startswith("Not done: ")
    assert "ou-administrator-runs" in text or "no rule" in text
    (entry,) = chat.trail()
    assert (entry.who, str(entry.after).split(":")[0]) == (EVE, "refused")


def test_not_mine_is_the_same_answer_as_in_the_tracker(chat: Chat) -> None:
    with chat.listening():
        assert chat.press("not-mine", KIM)
        wait(lambda: "SHOP-" in chat.words())
        assert chat.press("not-mine", LEE)
    shown = chat.tickets.commands("owners", "answers").text
    assert "SHOP-" in shown
    assert KIM in shown
    assert "said so before" in chat.whispers(LEE)[0]
    assert sorted(one.state for one in chat.acts()) == [ActState.DONE, ActState.REFUSED]


def test_a_ticket_is_made_at_once_where_there_is_none_though_others_would_wait(tickets: Tickets) -> None:
    path = tickets.commands.there.directory / "hubposture.toml"
    path.write_text(path.read_text().replace("settle_hours = 24", "settle_hours = 240"))
    chat = begun(tickets)
    chat.notify()
    assert "open-ticket" in chat.offered()
    with chat.listening():
        assert chat.press("open-ticket", LEE)
        wait(lambda: "SHOP-" in chat.words())
        assert chat.press("open-ticket", LEE)
    (issue,) = tickets.ours("SHOP")
    assert issue.key in chat.words()
    assert len([one for one in chat.acts() if one.state is ActState.DONE]) == 2
    assert len(tickets.ours("SHOP")) == 1


def test_a_signed_request_does_the_same_as_a_socket(chat: Chat) -> None:
    with chat.listening(socket=False, signed=True):
        assert chat.press("acknowledge", KIM)
        wait(lambda: "Acknowledged" in chat.words())
    assert chat.slack.sockets.opened == 0


def test_what_is_delivered_twice_or_cut_off_is_done_once(chat: Chat) -> None:
    with chat.listening():
        chat.slack.sockets.faults.doubled = 1
        assert chat.press("not-mine", KIM)
        chat.slack.sockets.faults.cut = 1
        chat.slack.sockets.disconnect("warning")
        assert chat.press("acknowledge", KIM)
        wait(lambda: "Acknowledged" in chat.words())
    assert [one.state for one in chat.acts()] == [ActState.DONE, ActState.DONE]
    assert len(chat.trail()) == 2
    assert len(chat.post().edits) == 2


def test_what_was_written_down_before_a_kill_is_done_by_the_next_start(chat: Chat) -> None:
    at = chat.tickets.commands.workplace()
    heard = heard_of(chat.slack.hands.pressed("#team-web", "acknowledge", KIM))
    assert heard is not None
    connection = connect(at, at.organization(None))
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        slack_desk(connection, store) as taken,
    ):
        assert taken.take(heard) == {}
        assert taken.take(heard) == {}
    assert [one.state for one in chat.acts()] == [ActState.WAITING]
    with chat.listening():
        wait(lambda: "Acknowledged" in chat.words())
    assert [one.state for one in chat.acts()] == [ActState.DONE]
    assert len(chat.trail()) == 1


def test_what_was_done_before_a_kill_is_told_by_the_next_start_and_not_done_again(chat: Chat) -> None:
    chat.slack.workspace.troubles = [Trouble("chat.update", cut="before", times=50)]
    with chat.listening(is_finished=False):
        assert chat.press("not-mine", KIM)
        wait(lambda: chat.acts()[0].state is ActState.DONE)
    assert chat.words() == ""
    chat.slack.workspace.troubles.clear()
    with chat.listening():
        wait(lambda: "SHOP-" in chat.words())
    assert len(chat.trail()) == 1
    assert len(chat.post().edits) == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"is_restricted": True}, "guests"),
        ({"is_ultra_restricted": True}, "guests"),
        ({"is_bot": True}, "bots"),
        ({"deleted": True}, "switched off"),
        ({"team_id": "T0OTHER"}, "other workspaces"),
        ({"is_stranger": True}, "other workspaces"),
        ({"is_email_confirmed": False}, "not confirmed"),
        ({"profile": {}}, "names no plain address"),
        ({"profile": {"email": "\ufb01ona@acme.example"}}, "names no plain address"),
        ({"profile": {"email": "kim@acme.example\n"}, "id": "U1"}, "somebody else"),
    ],
)
def test_who_is_no_full_member_with_a_confirmed_address_may_do_nothing(
    chat: Chat, more: Mapping[str, object], why: str
) -> None:
    chat.slack.workspace.member(LEE).more = more
    with chat.listening():
        assert chat.press("acknowledge", LEE)
    assert why in chat.whispers(LEE)[0]
    assert chat.words() == ""
    (entry,) = chat.trail()
    assert entry.who.startswith("Slack user U")


def test_people_of_a_foreign_workspace_may_do_nothing_whatever_their_address_is(chat: Chat) -> None:
    with chat.listening():
        assert chat.press("acknowledge", LEE, team="T0FOREIGN")
    assert [one.state for one in chat.acts()] == [ActState.REFUSED]
    assert chat.words() == ""


def test_a_value_names_only_what_its_own_message_speaks_of(chat: Chat) -> None:
    other = chat.slack.hands.pressed("#team-data", "not-mine", KIM)
    mine = chat.slack.hands.pressed("#team-web", "not-mine", KIM)
    mine["actions"] = [
        {"type": "button", "action_id": "hubposture.not-mine", "value": chosen(other), "action_ts": "9.5"}
    ]
    strange = chat.slack.hands.pressed("#team-web", "acknowledge", KIM)
    strange["container"]["message_ts"] = "1.5"
    with chat.listening():
        chat.slack.hands.deliver(mine)
        chat.slack.hands.deliver(strange)
    assert [one.state for one in chat.acts()] == [ActState.REFUSED, ActState.REFUSED]
    assert any("does not speak of this" in one for one in chat.whispers(KIM))
    assert any("none that hubposture knows" in one for one in chat.whispers(KIM))
    assert "SHOP-" not in chat.tickets.commands("owners", "answers").text


def chosen(payload: Mapping[str, Any]) -> str:
    """What a press names."""
    action = payload["actions"][0]
    return str(action.get("value") or action["selected_option"]["value"])


def test_what_was_done_stays_under_a_message_that_is_brought_up_to_date(chat: Chat) -> None:
    with chat.listening():
        assert chat.press("acknowledge", KIM)
    title = chat.post().blocks[0]["text"]["text"]
    chat.tickets.fix("shop-1")
    chat.notify()
    post = chat.slack.workspace.posts("#team-web")[-1]
    assert post.blocks[0]["text"]["text"] != title
    assert "Acknowledged" in chat.words()
    assert chat.offered() == ["not-mine", "request-waiver"]


def test_while_slack_does_not_say_who_it_is_it_waits(chat: Chat) -> None:
    chat.slack.workspace.troubles = [Trouble("users.info", error="internal_error", times=2)]
    with chat.listening():
        assert chat.press("acknowledge", KIM)
    (act,) = chat.acts()
    assert (act.state, act.tries) == (ActState.DONE, 2)


def test_listening_to_slack_without_the_token_for_it_says_what_to_set(tickets: Tickets) -> None:
    path = tickets.commands.there.directory / "hubposture.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "app_token" not in line))
    said = tickets.commands("listen", "--once", "--no-jobs", "--slack")
    assert said.status == EXIT_FAILED
    assert "messages.slack.app_token is not set" in said.err
    assert "docs/slack.md" in said.err


def test_listen_takes_what_is_pressed_while_it_runs(chat: Chat) -> None:
    press = chat.slack.hands.pressed("#team-web", "acknowledge", KIM)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(chat.slack.hands.deliver, press)
        for _ in range(20):
            assert chat.tickets.commands("listen", "--once", "--no-jobs", "--slack").status == 0
            if "Acknowledged" in chat.words():
                break
        assert done.result().is_taken
    assert "Acknowledged" in chat.words()


def test_what_was_done_but_not_noted_when_it_was_killed_is_noted_and_not_done_again(chat: Chat) -> None:
    chat.half_done(chat.slack.hands.pressed("#team-web", "not-mine", KIM))
    assert [one.state for one in chat.acts()] == [ActState.WAITING]
    with chat.listening():
        wait(lambda: "SHOP-" in chat.words())
    assert [one.state for one in chat.acts()] == [ActState.DONE]
    assert len(chat.tickets.commands.json("owners", "answers")["answers"]) == 1
    assert len(chat.trail()) == 1
