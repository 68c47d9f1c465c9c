"""People act from Slack, from the press over a real socket to what it changes: ledger, tickets, message, audit trail."""


import pytest

from cli.slack_hands import KIM, Chat, begun, wait
from cli.tickets_hands import Tickets


@pytest.fixture
def chat(tickets: Tickets) -> Chat:
    """Teams have tickets, and were told of them."""
    made = begun(tickets)
    tickets("sync")
    made.notify()
    return made


def test_a_message_offers_what_can_be_done_and_an_acknowledgement_stands_under_it(chat: Chat) -> None:
    assert chat.offered() == ["acknowledge", "not-mine"]
    with chat.listening():
        assert chat.press("acknowledge", KIM)
        wait(lambda: "Acknowledged" in chat.words())
    assert f"by {KIM}".replace("@", "@\u200b") in chat.words()
    assert chat.offered() == ["not-mine"]
    (entry,) = chat.trail()
    assert entry.who == KIM
    assert entry.what.startswith("acknowledge from a message: run/")
    assert "user U" in entry.why
    assert "T0SANDBOX" in entry.why
    assert chat.whispers(KIM) == []
