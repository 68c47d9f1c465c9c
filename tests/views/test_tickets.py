"""Tickets as documents: counts first, then every action with its reason, and everything in the data."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from hubposture.errors import Problem
from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Code, Document, Heading, Table
from hubposture.views.tickets import (
    SyncRow,
    adopt_document,
    check_document,
    list_document,
    plan_document,
    sync_document,
    sync_row,
    verify_document,
)
from hubposture.views.tickets import test_document as view_of_a_test
from hubposture.work.action import Kind, TicketPlan
from hubposture.work.ticket import Seen
from render.documents import TEXTS
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words
from views.test_waivers_enforce import rows
from views.ticket_world import (
    ACTIONS,
    AT,
    DISAGREEMENTS,
    GUARDS,
    HELD,
    PLAN,
    ROWS,
    SYNCED,
    TROUBLES,
    Doubt,
    action,
    ticket,
)

PLANNED = plan_document("acme", PLAN, exceeded=GUARDS, failures=TROUBLES, saved="tickets.plan")
DONE = sync_document("acme", SYNCED)
LISTED = list_document("acme", ROWS)
DOUBTS = (
    Doubt("jira WEB", "the type Task requires Component", "give it in jira.main.defaults"),
    Doubt("jira WEB", "no way to close as waived", is_error=False),
)
CHECKED = check_document("acme", DOUBTS, places=[("jira", "WEB"), ("servicenow", "incident")], failures=TROUBLES)
VERIFIED = verify_document("acme", DISAGREEMENTS, tickets=41, subjects=1_204, failures=TROUBLES)
ALL = {"plan": PLANNED, "sync": DONE, "list": LISTED, "check": CHECKED, "verify": VERIFIED}


def headings(found: Document) -> list[str]:
    return [block.text for block in found.blocks if isinstance(block, Heading)]


def data(found: Document) -> Any:
    return orjson.loads(as_json.render(found))


# The plan


def test_a_plan_counts_what_it_would_do_and_says_what_stays() -> None:
    assert PLANNED.title == "What syncing tickets would do in acme"
    assert words(sections(PLANNED)[""]) == [
        "5 actions: 1 to close, 1 to reopen, 1 to update, 2 to make",
        "37 tickets stay as they are",
        "1 thing could not be read: see below.",
    ]
    assert headings(PLANNED) == [
        "Stopped by guards",
        "By kind",
        "To do",
        "Waiting: 33 resources",
        "Answers of people: 1",
        "Could not be read",
    ]


def test_every_action_has_ticket_team_place_control_and_reason() -> None:
    assert rows(PLANNED, "To do") == [
        ["close", "WEB-41", "team-web", "jira WEB", "S3.8", "3", "all 3 resources pass"],
        ["reopen", "WEB-42", "team-web", "jira WEB", "S3.8", "3", ACTIONS[1].reason],
        ["update", "WEB-43", "team-app", "servicenow incident", "S3.8", "3", "1 resource passed"],
        ["make", "new", "team-web", "jira WEB", "S3.8", "12", ACTIONS[3].reason],
        ["make", "new", "team-app", "servicenow incident", "S3.8", "2", ACTIONS[4].reason],
    ]
    assert rows(PLANNED, "By kind")[-1] == ["make", "2", "14"]


def test_what_waits_is_said_with_why_and_what_people_answered_with_who() -> None:
    assert rows(PLANNED, "Waiting") == [
        ["team-app", "EC2.2", "31", "20 tickets are open, and that is its limit"],
        ["-", "IAM.6", "2", "nobody owns it"],
    ]
    assert rows(PLANNED, "Answers") == [
        ["not mine", "WEB-42", "team-web", "label not-mine", "kim@example.com", "2026-11-24 10:40"]
    ]


def test_what_waits_for_one_reason_is_one_row_that_names_the_largest() -> None:
    many = [replace(HELD[0], control=f"ec2.{number}", subjects=number) for number in (1, 2, 10, 9)]
    found = plan_document("acme", TicketPlan((), many))
    assert rows(found, "Waiting") == [["team-app", "EC2.10, EC2.9, EC2.2 and 1 more", "22", HELD[0].why]]
    assert data(found)["waiting_for"] == [{"owner": "team-app", "why": HELD[0].why, "controls": 4, "resources": 22}]


def test_a_guard_names_the_option_and_the_next_command_takes_the_saved_plan() -> None:
    assert words(sections(PLANNED)["Stopped by guards"]) == ["new tickets: 2, limit 1; --allow-new 2 allows it"]
    assert PLANNED.blocks[-1] == Code("hubposture tickets sync tickets.plan")
    assert plan_document("acme", PLAN).blocks[-1] == Code("hubposture tickets sync")


def test_nothing_to_do_is_said_and_not_where_something_could_not_be_read() -> None:
    nothing = TicketPlan((), unchanged=1)
    assert words(sections(plan_document("acme", nothing))[""]) == [
        "Nothing to do: every ticket is as it should be.",
        "1 ticket stays as it is",
    ]
    unread = plan_document("acme", nothing, failures=TROUBLES)
    assert words(sections(unread)[""])[0] == "Nothing to do by what could be read."


def test_rows_beyond_the_limit_are_counted_and_in_the_data() -> None:
    many = TicketPlan([action(Kind.CREATE, number, "it fails") for number in range(30)])
    found = plan_document("acme", many, limit=7)
    (table,) = [block for block in found.blocks if isinstance(block, Table) and len(block.headings) == 7]
    assert (len(table.rows), table.more) == (7, 23)
    assert len(data(found)["actions"]) == 30


def test_the_data_of_a_plan_has_all_of_each_action() -> None:
    made = data(PLANNED)
    assert made["counts"]["create"] == 2
    assert made["waiting"] == 33
    assert made["actions"][0] | {"subjects": None} == {
        "kind": "close", "ticket": "WEB-41", "key": ACTIONS[0].after.key,
        "url": "https://acme.atlassian.net/browse/WEB-41", "team": "team-web", "tracker": "jira", "place": "WEB",
        "control": "S3.8", "account": "", "subjects": None, "resources": 3, "reason": "all 3 resources pass",
        "outcome": "fixed", "other": "", "state": "closed", "state_before": "open",
        "title": "S3.8: S3 buckets (3 resources)", "severity": "HIGH", "due": "2026-12-01", "raised": 0,
        "is_commented": True,
    }  # fmt: skip
    assert [one["resources"] for one in made["held"]] == [one.subjects for one in HELD]


# A sync


def test_a_sync_says_what_was_done_what_failed_and_what_it_cost() -> None:
    assert words(sections(DONE)[""]) == [
        "5 actions: 2 done, 2 failed, 1 skipped",
        "1 closed, 1 reopened",
        "1 thing could not be read: see below.",
        "17 findings set to NOTIFIED in Security Hub",
        "1 thing failed beside the tickets: see below.",
        "15 requests to the trackers",
        "recorded as run 01JDEXAMPLE0000000000000000",
    ]
    assert rows(DONE, "Done")[0][:2] == ["closed", "WEB-41"]
    assert rows(DONE, "Requests") == [
        ["jira", "GET issue", "12"],
        ["jira", "POST issue/bulk", "2"],
        ["servicenow", "PATCH incident", "1"],
    ]


def test_a_place_that_is_broken_is_said_once_and_what_waits_for_it_is_counted() -> None:
    assert rows(DONE, "Places set aside") == [
        ["servicenow incident", "2", "403 Forbidden: the user may not write here"]
    ]
    assert [row[-1] for row in rows(DONE, "Failed")] == ["labels: Field 'labels' cannot be set"]
    assert "Skipped" not in headings(DONE)
    assert len(data(DONE)["failed"]) == 2


def test_waivers_that_tickets_asked_for_are_listed_as_approved_by_nobody() -> None:
    assert rows(DONE, "Waivers proposed, approved by nobody yet") == [["T-1", "WEB-43", "Won't Do", "ffffffffffff"]]
    assert rows(DONE, "Beside the tickets") == [["WEB-44", "the waiver that it asks for is not proposed: no branch"]]


def test_a_sync_with_nothing_to_do_says_so() -> None:
    def said(plan: TicketPlan) -> list[str]:
        return words(sections(sync_document("acme", SyncRow(plan)))[""])

    assert said(TicketPlan((), unchanged=1)) == ["Nothing to do: every ticket is as it should be."]
    assert said(TicketPlan(())) == ["Nothing to do: there are no tickets, and nothing that fails needs one."]
    assert said(TicketPlan((), held=PLAN.held)) == [
        "Nothing to do: there are no tickets, and what fails waits for the reasons below."
    ]
    stopped = sync_document("acme", SyncRow(PLAN, exceeded=GUARDS))
    assert words(sections(stopped)[""]) == ["Nothing was done."]


def test_the_row_of_a_run_is_taken_from_what_the_run_gives() -> None:
    @dataclass(frozen=True)
    class Written:
        done: Any = SYNCED.done
        failed: Any = SYNCED.failed
        skipped: Any = SYNCED.skipped
        broken: dict[tuple[str, str], str] = field(default_factory=lambda: dict(SYNCED.broken))

    @dataclass(frozen=True)
    class Looked:
        failures: tuple[Any, ...] = TROUBLES

    @dataclass(frozen=True)
    class Outlook:
        plan: TicketPlan = PLAN
        looked: Looked = field(default_factory=Looked)
        exceeded: tuple[Any, ...] = GUARDS

    @dataclass(frozen=True)
    class Run:
        outlook: Outlook = field(default_factory=Outlook)
        written: Written = field(default_factory=Written)
        answers: Any = SYNCED.answers
        run: str = SYNCED.run
        calls: dict[str, int] = field(default_factory=lambda: dict(SYNCED.calls))
        proposed: Any = SYNCED.proposed
        notified: int = SYNCED.notified
        more: Any = SYNCED.more

    assert sync_row(Run()) == SYNCED


# The list, the check, the disagreements


def test_the_list_says_what_fails_in_each_and_what_is_overdue() -> None:
    assert words(sections(LISTED)[""])[:3] == [
        "3 tickets with 8 failing resources",
        "1 overdue",
        "1 closed by hand while something in it failed",
    ]
    (table, _) = [block for block in LISTED.blocks if isinstance(block, Table)]
    assert [words(Table((), [row])) for row in table.rows] == [
        ["CRITICAL", "WEB-42", "team-web", "S3.8", "3 of 12", "20 Nov 2026", "4 days", "open", "jira WEB", ROWS[0].url],
        ["HIGH", "shub-000000000002", ROWS[1].team, "EC2.2", "5 of 5", "24 Dec 2026", "-", "sending",
         "servicenow incident", "-"],
        ["-", "WEB-7", "team-web", "IAM.6", "0 of 2", "-", "-", "closed", "jira WEB", "-"],
    ]  # fmt: skip
    assert rows(LISTED, "The last write failed") == [["shub-000000000002", ROWS[1].team, "503 Service Unavailable"]]
    assert words(sections(list_document("acme", []))[""]) == ["No tickets."]


def test_the_check_says_what_will_and_what_may_fail_and_what_was_asked() -> None:
    found = sections(CHECKED)[""]
    assert words(found)[:3] == [
        "1 thing would fail",
        "1 thing may fail",
        "asked about: jira WEB, servicenow incident",
    ]
    good = check_document("acme", [], places=[("jira", "WEB")])
    assert words(sections(good)[""])[0] == "Nothing stands in the way of the first ticket."
    assert words(sections(check_document("acme", []))[""]) == [
        "No team has its tickets made here: no place to ask about."
    ]
    unasked = check_document("acme", [], places=[("jira", "WEB")], failures=TROUBLES)
    assert words(sections(unasked)[""])[0] == "Not everything could be asked."


def test_disagreements_are_rows_with_both_sides_and_what_becomes_of_them() -> None:
    assert words(sections(VERIFIED)[""])[0] == "41 tickets compared with 1,204 resources: 2 disagreements"
    (table, _) = [block for block in VERIFIED.blocks if isinstance(block, Table)]
    assert [words(Table((), [row])) for row in table.rows] == [
        ["jira WEB", "WEB-42", "done (Won't Do)", "2 resources fail in it", "2026-11-24 10:40", DISAGREEMENTS[0].hint],
        ["team-app", "-", "no ticket", "1 resource of IAM.6 fails", "-", "the next sync makes one"],
    ]
    agree = verify_document("acme", [], tickets=1, subjects=2)
    assert words(sections(agree)[""]) == ["1 ticket compared with 2 resources: they agree"]
    unread = verify_document("acme", [], failures=TROUBLES)
    assert words(sections(unread)[""])[0].endswith("no disagreement in what could be read")


# All of them


@pytest.mark.parametrize("name", ALL)
def test_every_document_reads_well_at_a_hundred_columns(name: str) -> None:
    assert widest(ALL[name], 100) <= 100
    assert not re.search(r"\S…\s", text.render(ALL[name], width=160))


@pytest.mark.parametrize("name", ALL)
def test_every_number_that_is_said_can_be_had_as_data(name: str) -> None:
    assert numbers_said(ALL[name]) - numbers_had(ALL[name]) == set()


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_hostile_text_breaks_no_document(hostile: str) -> None:
    one = replace(ACTIONS[1], reason=hostile, after=replace(ACTIONS[1].after, shown=hostile))
    plan = TicketPlan((one,), (replace(HELD[0], why=hostile),), (replace(PLAN.answers[0], said=hostile, by=hostile),))
    sync = SyncRow(plan, failed=[(one, hostile)], broken={("jira", "OPS"): hostile}, calls={hostile: 1})
    found = (
        plan_document("acme", plan),
        sync_document("acme", sync),
        list_document("acme", [replace(ROWS[0], shown=hostile, trouble=hostile, url=hostile)]),
        check_document("acme", [Doubt(hostile, hostile, hostile)], places=[(hostile, hostile)]),
        verify_document("acme", [replace(DISAGREEMENTS[0], says=hostile, ticket=hostile)]),
    )
    for document in found:
        for rendered in (text.render(document), markdown.render(document), as_json.render(document)):
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", rendered)


# Tickets that were there before, and a test ticket

PROBLEMS = (Problem("jira.csv:3", "OPS-7: nothing that fails is called so", "S3.8 111122223333 acme-old"),)
UNNAMED = (
    Seen("9", "OPS-9", "https://acme.atlassian.net/browse/OPS-9", "OPS", (), "To Do", False, AT, AT, title="Tidy up"),
)


@dataclass(frozen=True)
class Tried:
    shown: str
    url: str
    paths: tuple[tuple[str, tuple[str, ...]], ...] = ()
    doubts: tuple[Doubt, ...] = ()


def test_adopting_says_what_is_taken_what_is_not_and_what_names_nothing() -> None:
    found = adopt_document("acme", [ticket(41), ticket(42)], PROBLEMS, UNNAMED, is_written=False)
    assert words(sections(found)[""]) == [
        "2 tickets with 6 resources would be taken as ours; nothing was written",
        "1 cannot be taken",
        "1 ticket of the query named nothing that fails",
    ]
    assert rows(found, "Taken")[0] == ["WEB-41", "team-web", "S3.8", "3", ticket(41).key]
    assert rows(found, "Not taken") == [
        ["jira.csv:3", "OPS-7: nothing that fails is called so", "S3.8 111122223333 acme-old"]
    ]
    assert rows(found, "Naming nothing that fails") == [["OPS-9", "Tidy up"]]
    assert numbers_said(found) - numbers_had(found) == set()
    written = adopt_document("acme", [ticket(41)], (), is_written=True)
    assert words(sections(written)[""])[0] == "1 ticket with 3 resources: taken as ours"
    assert written.blocks[-1] == Code("hubposture tickets sync")
    assert words(sections(adopt_document("acme", (), (), is_written=True))[""]) == ["Nothing to take."]


def test_a_test_ticket_says_which_ways_it_took_and_which_are_closed() -> None:
    ways = (("fixed", ("In Progress", "Done")), ("reopen", ()))
    found = view_of_a_test("acme", "team-web", Tried("WEB-50", "https://acme.atlassian.net/browse/WEB-50", ways))
    assert words(sections(found)[""])[0] == "WEB-50: every way is open; it is closed now"
    assert rows(found, "Ways") == [["fixed", "In Progress; Done"], ["open again", "-"]]
    closed = view_of_a_test("acme", "team-web", Tried("WEB-50", "", ways, DOUBTS))
    assert words(sections(closed)[""]) == ["WEB-50: 2 ways not open"]
    assert len(rows(closed, "Not open")) == 2
    none = view_of_a_test("acme", "team-web", Tried("", "", (), DOUBTS))
    assert words(sections(none)[""]) == ["No test ticket could be made for team-web."]
