"""Waivers from Slack: asked for in a form, told to who decides, decided on with four eyes."""

from dataclasses import replace

import pytest

from cli.slack_hands import KIM, LEE, RAY, Chat, begun, wait
from cli.tickets_hands import Tickets
from hubposture.ports.acts import ActState
from hubposture.ports.waivers import RequestState

BOSSES = "#cloud-security"
ANSWERS = {"reason": "A public site, on purpose", "type": "by-design", "days": "30"}
HOSTILE = "<!channel> *now* `x` \x00\x1b[31m\u202e\n'\": {a: [b]} | <https://evil.example|W-1>"


@pytest.fixture
def chat(tickets: Tickets) -> Chat:
    """Teams have tickets, and were told of them."""
    made = begun(tickets)
    tickets("sync")
    made.notify()
    tickets.commands.commit()
    return made


def states(chat: Chat) -> list[RequestState]:
    """How everything that was asked for stands."""
    at = chat.tickets.commands.workplace()
    with at.ledger() as ledger:
        return [request.state for request, _ in ledger.asked(at.organization(None))]


def test_a_waiver_is_asked_for_in_slack_and_approved_there_by_somebody_else(chat: Chat) -> None:
    with chat.listening():
        view = chat.form("request-waiver", KIM)
        assert chat.slack.hands.send(view, ANSWERS).answer is None
        wait(lambda: "Waiver requested: W-" in chat.words())
        chat.notify("--only", "request")
        assert chat.offered(BOSSES) == ["approve", "reject"]
        assert "A public site" in chat.post(BOSSES).blocks[1]["text"]["text"]
        for who in (KIM, LEE, RAY):
            assert chat.press("approve", who, channel=BOSSES)
            wait(lambda who=who: chat.whispers(who) or "Approved" in chat.words(BOSSES))
    assert "somebody else must decide" in chat.whispers(KIM)[0]
    assert "severe-needs-risk-approver" in chat.whispers(LEE)[0]
    assert f"by {RAY}".replace("@", "@\u200b") in chat.words(BOSSES)
    assert chat.offered(BOSSES) == []
    assert states(chat) == [RequestState.APPROVED]
    assert {entry.who for entry in chat.trail()} == {KIM, LEE, RAY}
    chat.notify("--only", "request")
    assert len(chat.slack.workspace.posts(BOSSES)) == 1


def test_what_is_wrong_in_the_form_is_said_at_once_and_nothing_is_written_down(chat: Chat) -> None:
    with chat.listening():
        view = chat.form("request-waiver", KIM)
        back = chat.slack.hands.send(view, {"reason": " ", "type": "compensating", "days": "1e3"})
    assert back.answer["response_action"] == "errors"
    assert set(back.answer["errors"]) == {"reason", "days", "compensating"}
    assert states(chat) == []


def test_hostile_words_are_words_and_sent_twice_are_one_request(chat: Chat) -> None:
    with chat.listening():
        view = chat.form("request-waiver", KIM)
        for _ in range(2):
            assert chat.slack.hands.send(view, {**ANSWERS, "reason": HOSTILE}).is_taken
        wait(lambda: "Waiver requested: W-" in chat.words())
    assert states(chat) == [RequestState.ASKED]
    chat.notify("--only", "request")
    text = chat.post(BOSSES).blocks[1]["text"]["text"]
    assert "<!channel>" not in text
    assert "<https://evil" not in text


def test_a_rejection_needs_a_reason_and_is_done_once(chat: Chat) -> None:
    with chat.listening():
        chat.slack.hands.send(chat.form("request-waiver", KIM), ANSWERS)
        wait(lambda: "Waiver requested: W-" in chat.words())
        chat.notify("--only", "request")
        view = chat.form("reject", RAY, channel=BOSSES)
        assert set(chat.slack.hands.send(view, {}).answer["errors"]) == {"reason"}
        chat.slack.hands.send(view, {"reason": "Use CloudFront"})
        wait(lambda: "Rejected" in chat.words(BOSSES))
        assert states(chat) == [RequestState.REJECTED]


def test_a_form_that_opens_too_late_is_said_to_be(chat: Chat) -> None:
    payload = chat.slack.hands.pressed("#team-web", "request-waiver", KIM)
    chat.slack.workspace.triggers.clear()
    with chat.listening():
        chat.slack.hands.deliver(payload)
        wait(lambda: chat.whispers(KIM))
    assert "press it again" in chat.whispers(KIM)[0]
    assert [one.state for one in chat.acts()] == [ActState.FAILED]


def test_a_waiver_that_was_asked_for_but_not_noted_when_it_was_killed_is_one_request(chat: Chat) -> None:
    with chat.listening():
        view = chat.form("request-waiver", KIM)
    chat.half_done(chat.slack.hands.filled(view, ANSWERS))
    with chat.listening():
        wait(lambda: "Waiver requested: W-" in chat.words())
    assert states(chat) == [RequestState.ASKED]


def test_an_approval_that_was_given_but_not_noted_when_it_was_killed_is_given_once(chat: Chat) -> None:
    with chat.listening():
        chat.slack.hands.send(chat.form("request-waiver", KIM), ANSWERS)
        wait(lambda: "Waiver requested: W-" in chat.words())
    chat.notify("--only", "request")
    chat.half_done(chat.slack.hands.pressed(BOSSES, "approve", RAY))
    with chat.listening():
        wait(lambda: "Approved: W-" in chat.words(BOSSES))
    assert states(chat) == [RequestState.APPROVED]


def test_what_was_decided_elsewhere_is_offered_no_more_and_said_once_the_teams_are_told(chat: Chat) -> None:
    with chat.listening():
        chat.slack.hands.send(chat.form("request-waiver", KIM), ANSWERS)
        wait(lambda: "Waiver requested: W-" in chat.words())
    chat.notify("--only", "request")
    at = chat.tickets.commands.workplace()
    with at.ledger() as ledger:
        ((request, draft),) = ledger.asked(at.organization(None))
        after = replace(request, state=RequestState.REJECTED, decided_by=RAY, decided_at=request.asked_at)
        assert ledger.move_ask(after, draft) is not None
    for _ in range(2):
        chat.notify("--only", "request")
    assert chat.offered(BOSSES) == []
    assert "Rejected: W-" in chat.words(BOSSES)
    assert len(chat.post(BOSSES).edits) == 1
