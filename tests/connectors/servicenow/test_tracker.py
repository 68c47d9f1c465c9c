"""Tickets as records: how they are made, read, changed, closed, opened again and tied together."""

import datetime as dt
from dataclasses import replace

import pytest

from connectors.servicenow.ticket_world import DONE, GROUP, KEY, KIM, LEE, NOTE, OTHER, TicketWorld, ok
from hubposture.errors import InputError
from hubposture.sandbox.remote.servicenow_world import sys_id
from hubposture.work.body import Body, Grid, paragraph, text
from hubposture.work.ticket import Missing, Outcome, Route, Seen

ROUTE = Route("web", "servicenow", "incident", group=GROUP)


def read(desk: TicketWorld, id_: str) -> Seen:
    found = desk.tracker().read([id_])[id_]
    assert isinstance(found, Seen)
    return found


# Making


def test_a_ticket_says_everything_and_is_found_by_its_key(desk: TicketWorld) -> None:
    seen = desk.made()
    row = desk.the_row()
    assert (seen.id, seen.shown, seen.keys, seen.place) == (row["sys_id"], row["number"], (KEY,), desk.shape.table)
    assert (seen.is_done, seen.title, seen.assignee) == (False, "S3.8 fails for 2 buckets", KIM)
    assert row["assignment_group"] == desk.desk.group(GROUP)
    assert "Two buckets are public." in row["description"]
    assert (row["impact"], row["urgency"], row["priority"]) == ("2", "1", "2")
    assert row[desk.shape.due][:10] == "2026-12-01"
    assert seen.url.endswith(f"{desk.shape.table}.do%3Fsys_id%3D{seen.id}")
    assert desk.tracker().find([KEY, OTHER]) == {KEY: [seen], OTHER: []}


def test_making_again_finds_the_same_ticket_and_brings_it_in_line(desk: TicketWorld) -> None:
    first = desk.made()
    again = desk.tracker().create([desk.draft(title="S3.8 fails for 3 buckets"), desk.draft(OTHER)])
    assert ok(again[KEY]).id == first.id
    assert [row["short_description"][:4] for row in desk.rows()] == ["S3.8", "S3.8"]
    assert desk.rows()[0]["short_description"] == "S3.8 fails for 3 buckets"


def test_one_that_people_closed_meanwhile_is_taken_as_it_is(desk: TicketWorld) -> None:
    desk.close_by_hand(desk.made().shown)
    seen = ok(desk.tracker().create([desk.draft(title="x")])[KEY])
    assert seen.is_done
    assert desk.writes() == []


def test_constants_are_written_once_and_stay_the_peoples(incidents: TicketWorld) -> None:
    tracker = incidents.tracker(constants={"category": "security"})
    seen = ok(tracker.create([incidents.draft()])[KEY])
    incidents.desk.set(seen.shown, LEE, category="network")
    assert tracker.update(seen.id, incidents.draft(title="new")) == DONE
    assert incidents.the_row()["category"] == "network"


def test_a_parent_is_named_by_its_number(incidents: TicketWorld) -> None:
    above = incidents.made(OTHER)
    draft = incidents.draft()
    seen = incidents.made(route=replace(draft.route, parent=above.shown))
    assert {row["sys_id"]: row["parent"] for row in incidents.rows()}[seen.id] == above.id


def test_a_group_that_is_not_there_makes_no_ticket_and_stops_no_other_team(desk: TicketWorld) -> None:
    lost = desk.draft(route=replace(desk.draft().route, group="No such group"))
    made = desk.tracker().create([lost, desk.draft(OTHER)])
    assert "No such group, for assignment_group" in made[KEY].wrote.error
    assert (made[KEY].seen, made[KEY].wrote.is_place_broken) == (None, False)
    assert ok(made[OTHER]).keys == (OTHER,)


def test_a_person_who_left_and_a_parent_that_is_gone_are_told_and_the_ticket_is_made(desk: TicketWorld) -> None:
    desk.instance.flow.user(KIM)["active"] = "false"
    made = desk.tracker().create([desk.draft(route=replace(desk.draft().route, parent="INC9999999"))])[KEY]
    assert made.seen is not None
    assert "address kim@example.com" in made.wrote.error
    assert "INC9999999, for parent" in made.wrote.error
    assert not made.wrote.is_place_broken


def test_titles_and_texts_are_cut_to_what_their_fields_take(desk: TicketWorld) -> None:
    rows = tuple((text(f"arn:aws:s3:::bucket-{number}"), text("x" * 50)) for number in range(300))
    desk.made(
        title="\n".join(["S3.8 \x00\ud800"] * 60), body=Body((paragraph("Now:"), Grid(("Resource", "Since"), rows)))
    )
    row = desk.the_row()
    assert row["short_description"].startswith("S3.8")
    assert row["short_description"].endswith("...")
    assert len(row["short_description"]) == 160
    assert "\n" not in row["short_description"]
    assert len(row["description"]) <= 4000
    assert "too long" in row["description"]


def test_an_escalation_raises_the_severity_by_steps(desk: TicketWorld) -> None:
    seen = desk.made(severity="MEDIUM")
    assert desk.the_row()["priority"] == "3"
    for raised, priority in ((1, "2"), (2, "1"), (9, "1")):
        assert desk.tracker().update(seen.id, desk.draft(severity="MEDIUM", raised=raised)) == DONE
        assert desk.the_row()["priority"] == priority


# Reading


def test_tickets_are_read_by_id_and_by_number_and_what_is_gone_is_missing(desk: TicketWorld) -> None:
    seen, other = desk.made(), desk.made(OTHER)
    desk.desk.delete(other.shown)
    found = desk.tracker().read([seen.id, seen.shown.lower(), other.id, "INC7777777", "a^ORb=c"])
    assert found[seen.id] == found[seen.shown.lower()] == seen
    assert all(isinstance(found[one], Missing) for one in (other.id, "INC7777777", "a^ORb=c"))


def test_many_tickets_are_read_in_pieces(desk: TicketWorld) -> None:
    for number in range(60):
        desk.instance.tables.insert(desk.shape.table, {desk.shape.key: f"shub-{number:012x}", "state": "1"})
    ids = [row["sys_id"] for row in desk.rows()]
    tracker = desk.tracker()
    assert len(tracker.read(ids)) == 60
    assert tracker.calls == {f"GET {desk.shape.table}": 2}


def test_what_a_person_did_is_told_with_who_when_and_how(incidents: TicketWorld) -> None:
    seen = incidents.made()
    incidents.desk.resolve(seen.shown, LEE, code="User error")
    now = read(incidents, seen.id)
    assert (now.is_done, now.resolution, now.by) == (True, "User error", LEE)
    assert now.done_at is not None
    assert now.done_at > seen.created
    assert now.status == "state=6"
    incidents.desk.reopen(seen.shown, LEE)
    opened = read(incidents, seen.id)
    assert (opened.is_done, opened.resolution, opened.by, opened.done_at) == (False, "", "", None)


def test_what_changed_since_is_told_of_ours_alone_in_utc(desk: TicketWorld) -> None:
    seen, other = desk.made(), desk.made(OTHER)
    desk.instance.tables.insert(desk.shape.table, {desk.shape.key: "shub-nothing", "state": "1"})
    desk.instance.tables.insert(desk.shape.table, {desk.shape.key: "another system", "state": "1"})
    since = read(desk, other.id).updated
    desk.desk.say(seen.shown, LEE, "Looking at it.")
    changed = desk.tracker().changed(since + dt.timedelta(seconds=1))
    assert [one.id for one in changed] == [seen.id]
    assert [one.id for one in desk.tracker().changed(dt.datetime(2000, 1, 1))] == [seen.id, other.id]


def test_two_tickets_of_one_key_are_found_oldest_first(desk: TicketWorld) -> None:
    first = desk.made()
    second = desk.instance.tables.insert(desk.shape.table, {desk.shape.key: KEY, "state": "1"})
    assert [one.id for one in desk.tracker().find([KEY])[KEY]] == [first.id, second["sys_id"]]


def test_a_key_that_cannot_be_asked_for_hides_no_other(desk: TicketWorld) -> None:
    seen = desk.made()
    strange = ("a^ORstate=1", "", "javascript:1", "x\ny")
    assert desk.tracker().find([*strange, KEY]) == {KEY: [seen], **{one: [] for one in strange}}


def test_a_query_gives_tickets_of_others_with_their_text(incidents: TicketWorld) -> None:
    values = {"short_description": "Security Hub: S3.8", "description": "arn:aws:s3:::acme-a", "state": "1"}
    row = incidents.instance.tables.insert("incident", values)
    incidents.instance.tables.insert("incident", {"short_description": "Printer", "state": "1"})
    query = "short_descriptionSTARTSWITHsecurity hub^state=1^ORstate=2^ORDERBYnumber"
    (found,) = incidents.tracker().query(query)
    assert (found.id, found.keys, found.text) == (row["sys_id"], (), "arn:aws:s3:::acme-a")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ORDERBYnumber",
        "stat",
        "state=",
        "state=1^NQstate=2",
        "sys_created_on>javascript:gs.daysAgo(1)",
        "ORstate=1",
    ],
)
def test_a_query_that_cannot_be_held_is_refused(incidents: TicketWorld, query: str) -> None:
    incidents.made()
    with pytest.raises(InputError):
        incidents.tracker().query(query)
    assert incidents.instance.calls == []


def test_a_query_by_a_field_that_is_not_there_is_refused_and_not_answered_with_the_whole_table(
    incidents: TicketWorld,
) -> None:
    incidents.made()
    for is_strict in (False, True):
        incidents.switches.invalid_query_returns_no_rows = is_strict
        with pytest.raises(InputError, match="no field u_kee"):
            incidents.tracker().query("u_kee=x")


# Changing


def test_only_what_differs_is_written_and_nothing_where_nothing_differs(desk: TicketWorld) -> None:
    seen = desk.made()
    assert desk.tracker().update(seen.id, desk.draft()) == DONE
    assert desk.writes() == []
    assert desk.tracker().update(seen.id, desk.draft(title="S3.8 fails for 1 bucket", due=None)) == DONE
    assert desk.writes() == ["PATCH"]
    row = desk.the_row()
    assert (row["short_description"], row[desk.shape.due]) == ("S3.8 fails for 1 bucket", "")


def test_group_and_person_are_the_peoples_once_it_exists(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.desk.reassign(seen.shown, LEE, group="Network")
    assert desk.tracker().update(seen.id, desk.draft(title="new")) == DONE
    row = desk.the_row()
    assert (row["assignment_group"], row["assigned_to"]) == (desk.desk.group("Network"), "")


def test_one_that_was_there_before_keeps_its_words_and_gets_our_key(desk: TicketWorld) -> None:
    row = desk.instance.tables.insert(
        desk.shape.table, {"short_description": "Mine", "description": "as I say", "state": "1"}
    )
    assert desk.tracker().update(row["sys_id"], desk.draft(keeps_text=True)) == DONE
    assert (row["short_description"], row["description"], row[desk.shape.key]) == ("Mine", "as I say", KEY)
    assert row["assignment_group"] == desk.desk.group(GROUP)


def test_the_key_of_another_system_is_not_written_over(desk: TicketWorld) -> None:
    row = desk.instance.tables.insert(desk.shape.table, {desk.shape.key: "PD-1234", "state": "1"})
    wrote = desk.tracker().update(row["sys_id"], desk.draft())
    assert "'PD-1234' of another system" in wrote.error
    assert (row[desk.shape.key], row["short_description"]) == ("PD-1234", "")


@pytest.mark.parametrize("outcome", Outcome)
def test_a_ticket_is_closed_by_what_its_outcome_says_and_again_without_a_write(
    desk: TicketWorld, outcome: Outcome
) -> None:
    seen = desk.made()
    assert desk.tracker().close(seen.id, outcome, ROUTE) == DONE
    row = desk.the_row()
    assert {name: row[name] for name in desk.shape.outcomes[outcome]} == desk.shape.outcomes[outcome]
    now = read(desk, seen.id)
    assert (now.is_done, now.resolution) == (True, desk.shape.outcomes[outcome][desk.shape.resolution])
    desk.instance.calls.clear()
    assert desk.tracker().close(seen.id, Outcome.GONE, ROUTE) == DONE
    assert desk.writes() == []


def test_what_is_resolved_opens_again_and_what_is_open_stays_so(incidents: TicketWorld) -> None:
    seen = incidents.made()
    incidents.tracker().close(seen.id, Outcome.FIXED, ROUTE)
    assert incidents.tracker().reopen(seen.id, ROUTE) == DONE
    assert incidents.the_row()["state"] == "1"
    incidents.desk.work_on(seen.shown, LEE)
    assert incidents.tracker().reopen(seen.id, ROUTE) == DONE
    assert incidents.the_row()["state"] == "2"


def test_what_is_closed_for_good_needs_a_successor(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.close_by_hand(seen.shown)
    wrote = desk.tracker().reopen(seen.id, ROUTE)
    assert (wrote.is_impossible, wrote.is_place_broken) == (True, False)
    assert "Closed is final" in wrote.error
    assert desk.tracker().update(seen.id, desk.draft(title="new")) == DONE
    desk.switches.closed_is_final = False
    assert desk.tracker().reopen(seen.id, ROUTE) == DONE


def test_an_instance_that_says_yes_and_does_not_open_it_is_seen_through(incidents: TicketWorld) -> None:
    seen = incidents.made()
    incidents.desk.resolve(seen.shown, LEE)
    incidents.switches.not_persisted.add(("incident", "state"))
    wrote = incidents.tracker().reopen(seen.id, ROUTE)
    assert wrote.is_impossible
    assert "not kept: state (it holds '6')" in wrote.error


def test_a_policy_that_asks_for_more_to_close_is_told(incidents: TicketWorld) -> None:
    seen = incidents.made()
    tracker = incidents.tracker(outcomes={Outcome.FIXED: {"state": "6"}})
    wrote = tracker.close(seen.id, Outcome.FIXED, ROUTE)
    assert "mandatory: Close code, Close notes" in wrote.error
    assert not wrote.is_place_broken


def test_a_duplicate_and_a_successor_say_so_once(desk: TicketWorld) -> None:
    first, second = desk.made(), desk.made(OTHER)
    for _ in range(2):
        assert desk.tracker().link(second.id, first.id, is_duplicate=True) == DONE
    assert {row["sys_id"]: row["parent"] for row in desk.rows()} == {first.id: "", second.id: first.id}
    (said,) = desk.desk.said(second.shown)
    assert f"This is a duplicate of {first.shown}." in said


def test_a_parent_that_people_chose_stays(desk: TicketWorld) -> None:
    first, second, third = desk.made(), desk.made(OTHER), desk.made("shub-000000000003")
    desk.desk.set(second.shown, LEE, parent=third.id)
    assert desk.tracker().link(second.id, first.id, is_duplicate=False) == DONE
    assert {row["sys_id"]: row["parent"] for row in desk.rows()}[second.id] == third.id
    assert f"This follows {first.shown}." in desk.desk.said(second.shown)[0]


# Comments


def test_a_comment_is_written_once_for_its_mark(desk: TicketWorld) -> None:
    seen = desk.made()
    for mark in ("aa11", "aa11", "bb22", "aa11"):
        assert desk.tracker().comment(seen.id, NOTE, mark=mark) == DONE
    assert ["(hubposture aa11)" in one for one in desk.desk.said(seen.shown)] == [True, False]
    assert desk.the_row()["description"].count("comments:") == 0


def test_a_comment_is_known_by_what_the_record_shows_where_entries_may_not_be_read(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.desk.say(seen.shown, LEE, "Looking at it.")
    desk.switches.hidden_tables.add("sys_journal_field")
    for _ in range(2):
        assert desk.tracker().comment(seen.id, NOTE, mark="aa11") == DONE
    assert len(desk.desk.said(seen.shown)) == 2
    assert "comments:" not in desk.the_row()["description"]


def test_where_no_journal_may_be_read_marks_are_kept_in_the_text_and_stay_there(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.forbidden_tables.add("sys_journal_field")
    desk.switches.hidden_fields.add((desk.shape.table, "work_notes"))
    for mark in ("aa11", "aa11", "bb22", "bb22"):
        assert desk.tracker().comment(seen.id, NOTE, mark=mark) == DONE
    assert len(desk.desk.said(seen.shown)) == 2
    assert desk.tracker().update(seen.id, desk.draft(body=NOTE)) == DONE
    assert desk.the_row()["description"].endswith("since this morning.\n\n[comments: aa11 bb22]")
    desk.instance.calls.clear()
    assert desk.tracker().update(seen.id, desk.draft(body=NOTE)) == DONE
    assert desk.writes() == []


def test_no_markup_of_the_instance_comes_in_by_a_comment(desk: TicketWorld) -> None:
    seen = desk.made()
    hostile = Body((paragraph("[CODE]<script>alert(1)</script>[/code] @[Kim:1] " + "x\x00\ud800\n" * 3000),))
    assert desk.tracker().comment(seen.id, hostile, mark="aa11") == DONE
    (said,) = desk.desk.said(seen.shown)
    assert "[code]" not in said.casefold()
    assert "[/code]" not in said.casefold()
    assert "@[" not in said
    assert said.endswith("(hubposture aa11)")
    assert len(said) <= 4000


def test_ids_are_of_the_instance(desk: TicketWorld) -> None:
    gone = sys_id("nowhere")
    tracker = desk.tracker()
    desk.made()
    assert "deleted" in tracker.update(gone, desk.draft()).error
    assert "deleted" in tracker.close(gone, Outcome.FIXED, ROUTE).error
    assert "deleted" in tracker.reopen(gone, ROUTE).error
    assert "deleted" in tracker.link(gone, gone, is_duplicate=True).error
    assert tracker.comment(gone, NOTE, mark="aa11").error
