"""Comments: why, by which evidence, and what is expected of whom."""

from dataclasses import replace

from hubposture.work.content import TicketWords
from hubposture.work.policy import Rung
from hubposture.work.subject import Standing
from hubposture.work.ticket import Outcome, State
from work.content_world import DAY, NOW, POLICY, SUBJECTS, TICKET, WORLD, known, said, subject, ticket

WORDS = TicketWords(POLICY)


def test_a_closing_names_each_resource_with_when_it_passed_and_was_looked_at() -> None:
    passed = subject(6, Standing.PASSED)
    assert said(WORDS.closing(ticket(passed), Outcome.FIXED, known(passed))).splitlines() == [
        "Closed by hubposture: every resource in it that must pass does pass (1 passed).",
        "Resource | Account | Region | What | Since | Last looked at",
        (
            "arn:aws:s3:::acme-site-6 | acme-web-prod (111122223333) | eu-central-1 | passed | 2026-11-18 10:40 UTC | "
            "2026-11-24 08:40 UTC"
        ),
        "more 0",
        "If something in it fails again, it is opened again, or a ticket follows it.",
    ]


def test_a_closing_says_which_waiver_and_until_when() -> None:
    text = said(WORDS.closing(ticket(SUBJECTS[8]), Outcome.WAIVED, known(SUBJECTS[8])))
    assert text.startswith("Closed by hubposture: what still fails in it is covered by a waiver (1 waived).")
    assert "waived by W-2026-014 until 2026-12-01" in text


def test_a_reopening_after_a_click_says_when_it_was_looked_at_and_what_else_can_be_done() -> None:
    failing = subject(4)
    lines = said(WORDS.reopening(ticket(failing), known(failing), closed_at=NOW - DAY)).splitlines()
    assert lines == [
        (
            "Opened again: this ticket was closed by hand on 2026-11-23 10:40 UTC, and the check has looked again since: "
            "1 resource still fails."
        ),
        "Resource | Account | Region | Failing since | Last looked at",
        "arn:aws:s3:::acme-site-4 | acme-web-test (222233334444) | eu-central-1 | 2026-11-17 | 2026-11-24 08:40 UTC",
        "more 0",
        (
            "It closes by itself when the check passes. If it is to stay as it is, ask for a waiver; if it is not yours, put the "
            "label not-mine on it; the text above says how."
        ),
    ]


def test_a_reopening_of_what_came_back_blames_nobody() -> None:
    text = said(WORDS.reopening(TICKET, WORLD, closed_at=None))
    assert text.startswith("Opened again: 6 resources of this ticket fail again.")
    assert "by hand" not in text
    assert "more 2" in text


def test_an_escalation_says_since_when_it_is_due_and_names_whom_it_should() -> None:
    rung = Rung(14, raise_priority=1, mention="lee@example.com")
    lines = said(WORDS.escalation(TICKET, rung, WORLD, due=(NOW - 15 * DAY).date())).splitlines()
    assert lines[:2] == [
        "Overdue: this was due on 2026-11-09, 14 days ago or more, and 6 resources still fail. Its priority goes up by 1 step.",
        "For the attention of lee@example.com.",
    ]
    quiet = said(WORDS.escalation(TICKET, Rung(0), WORLD, due=NOW.date())).splitlines()
    assert quiet[0] == "Overdue: this was due on 2026-11-24, and 6 resources still fail."
    assert quiet[1].startswith("Resource | ")


def test_the_last_word_says_that_it_is_counted_and_left() -> None:
    text = said(WORDS.leaving(TICKET, WORLD))
    assert text.startswith(
        "This ticket was closed by hand again while 6 resources in it fail. hubposture does not open it"
    )
    assert "stays counted as open work of team-web" in text


def test_a_move_names_the_teams_that_own_it_now() -> None:
    assert "belongs to team-a, team-b and team-c now" in said(WORDS.moving(TICKET, ["team-a", "team-b", "team-c"]))
    assert "belongs to nobody that is known now" in said(WORDS.moving(TICKET, []))


def test_a_successor_is_named_by_its_label_with_why_there_is_one() -> None:
    new = replace(TICKET, key="shub-000000000002", made_at=NOW)
    closed = replace(TICKET, state=State.CLOSED, closed_at=NOW - 31 * DAY)
    assert said(WORDS.following(new, closed)) == (
        "What WEB-42 was about fails, and it was closed on 2026-10-24, too long ago to be opened again. The work goes on in a "
        "ticket that follows it, with the label shub-000000000002."
    )
    final = said(WORDS.following(new, replace(closed, state=State.ENDED, closed_at=NOW - DAY, shown="")))
    assert final.startswith(f"What {TICKET.key} was about fails, and it cannot be opened again.")
    elsewhere = replace(new, route=replace(new.route, place="SHOP"))
    assert "tickets of team-web go into SHOP" in said(WORDS.following(elsewhere, closed))
    other = replace(new, group=replace(new.group, owner="team-app"))
    assert "it is work of team-app now" in said(WORDS.following(other, closed))


def test_comments_on_what_is_unknown_raise_nothing() -> None:
    assert said(WORDS.closing(TICKET, Outcome.GONE, {})).startswith(
        "Closed by hubposture: what it is about is gone (nothing in it)."
    )
    assert said(WORDS.reopening(TICKET, {}, closed_at=None))
    assert said(WORDS.leaving(TICKET, {}))
    assert said(WORDS.escalation(TICKET, Rung(1), {}, due=NOW.date()))
