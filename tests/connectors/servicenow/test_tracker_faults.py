"""Everything that can go wrong with tickets in an instance, and what becomes of them."""

import contextlib
import itertools
from collections.abc import Callable

import pytest

from connectors.servicenow.servicenow_world import Dying, Killed
from connectors.servicenow.ticket_world import (
    DONE,
    GROUP,
    KEY,
    KINDS,
    LEE,
    NOTE,
    OTHER,
    TicketWorld,
    ok,
    ticket_world,
)
from hubposture.connectors.http import Patience
from hubposture.connectors.servicenow import Basic, ServiceNowTracker
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.ports.tracker import Wrote
from hubposture.sandbox.remote.servicenow import Fate
from hubposture.work.ticket import Missing, Outcome, Route, Seen

ROUTE = Route("web", "servicenow", "incident", group=GROUP)
THIRD = "shub-00000000000c"

WRITES: dict[str, Callable[[ServiceNowTracker, TicketWorld, Seen], Wrote]] = {
    "update": lambda tracker, desk, seen: tracker.update(seen.id, desk.draft(title="new")),
    "comment": lambda tracker, desk, seen: tracker.comment(seen.id, NOTE, mark="aa11"),
    "close": lambda tracker, desk, seen: tracker.close(seen.id, Outcome.FIXED, ROUTE),
    "link": lambda tracker, desk, seen: tracker.link(seen.id, "0" * 32, is_duplicate=True),
}


# Exactly once


@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER, Fate.DONE_LATER])
def test_a_lost_answer_makes_no_second_ticket(desk: TicketWorld, fate: Fate) -> None:
    desk.instance.lose(fate, on="POST", rests=2)
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    if fate is Fate.LOST_AFTER:
        assert ok(made[KEY]).keys == (KEY,)
    else:
        assert (made[KEY].seen, made[KEY].wrote.is_doubtful, made[KEY].wrote.is_place_broken) == (None, True, False)
    assert ok(made[OTHER]).keys == (OTHER,)
    desk.tracker().find([KEY])  # the time that what comes late needs
    assert ok(desk.tracker().create([desk.draft()])[KEY]).keys == (KEY,)
    assert sorted(row[desk.shape.key] for row in desk.rows()) == [KEY, OTHER]


@pytest.mark.parametrize("kind", KINDS)
def test_wherever_a_process_dies_the_next_one_leaves_one_whole_ticket(kind: str) -> None:
    for step in itertools.count():
        with ticket_world(kind) as desk:
            desk.switches.cleared_on_insert |= {(desk.shape.table, one) for one in ("assignment_group", "description")}
            is_whole = False
            with contextlib.suppress(Killed):
                desk.tracker(transport=Dying(after=step)).create([desk.draft()])
                is_whole = True
            ok(desk.tracker().create([desk.draft()])[KEY])
            row = desk.the_row()
            assert row["assignment_group"] == desk.desk.group(GROUP), step
            assert "Two buckets" in row["description"], step
            if is_whole:
                break
    assert step >= 8


@pytest.mark.parametrize("reading", ["entries", "the record", "nothing"])
@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER])
def test_a_comment_stands_once_however_often_its_answer_is_lost(desk: TicketWorld, fate: Fate, reading: str) -> None:
    seen = desk.made()
    if reading != "entries":
        desk.switches.forbidden_tables.add("sys_journal_field")
    if reading == "nothing":
        desk.switches.hidden_fields.add((desk.shape.table, "work_notes"))
    desk.instance.lose(fate, on="PATCH", times=2)
    for _ in range(3):
        wrote = desk.tracker().comment(seen.id, NOTE, mark="aa11")
        assert wrote == DONE or (wrote.is_doubtful and fate is Fate.LOST_BEFORE)
    assert desk.tracker().comment(seen.id, NOTE, mark="aa11") == DONE
    assert len(desk.desk.said(seen.shown)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_wherever_a_process_dies_a_comment_stands_once(kind: str) -> None:
    for step in itertools.count():
        with ticket_world(kind) as desk:
            seen, is_whole = desk.made(), False
            with contextlib.suppress(Killed):
                desk.tracker(transport=Dying(after=step)).comment(seen.id, NOTE, mark="aa11")
                is_whole = True
            assert desk.tracker().comment(seen.id, NOTE, mark="aa11") == DONE
            assert len(desk.desk.said(seen.shown)) == 1, step
            if is_whole:
                break


def test_a_comment_that_may_never_be_seen_is_sent_once_where_no_text_can_keep_its_mark(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.forbidden_tables.add("sys_journal_field")
    desk.switches.hidden_fields.add((desk.shape.table, "work_notes"))
    tracker = desk.tracker(body="")
    desk.instance.lose(Fate.LOST_AFTER, on="PATCH")
    assert tracker.comment(seen.id, NOTE, mark="aa11").is_doubtful
    assert tracker.comment(seen.id, NOTE, mark="aa11") == DONE
    assert len(desk.desk.said(seen.shown)) == 1


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER])
def test_a_write_whose_answer_is_lost_is_done_in_the_end(desk: TicketWorld, what: str, fate: Fate) -> None:
    seen = desk.made()
    desk.instance.lose(fate, on="PATCH")
    wrote = WRITES[what](desk.tracker(parent=""), desk, seen)
    if wrote.is_doubtful:
        wrote = WRITES[what](desk.tracker(parent=""), desk, seen)
    assert wrote == DONE


# Away for a while


def test_throttling_is_waited_for_as_long_as_it_says(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.instance.fail(429, on="PATCH", headers={"retry-after": "7"})
    assert desk.tracker().close(seen.id, Outcome.FIXED, ROUTE) == DONE
    assert 7.0 in desk.clock.waited
    desk.instance.fail(429, on="POST", headers={"retry-after": "9"})
    assert ok(desk.tracker().create([desk.draft(OTHER)])[OTHER]).keys == (OTHER,)
    assert 9.0 in desk.clock.waited


def test_throttling_without_an_end_makes_nothing_and_leaves_no_doubt(desk: TicketWorld) -> None:
    desk.instance.fail(429, on="POST", times=99)
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    assert [(one.seen, one.wrote.is_doubtful, one.wrote.is_place_broken) for one in made.values()] == [
        (None, False, False)
    ] * 2
    assert desk.instance.calls.count(f"POST /api/now/table/{desk.shape.table}") == Patience().tries
    assert desk.rows() == []


@pytest.mark.parametrize("what", WRITES)
def test_a_server_in_trouble_fails_one_write_and_breaks_no_place(desk: TicketWorld, what: str) -> None:
    seen = desk.made()
    desk.instance.fail(503, on="PATCH", times=99)
    wrote = WRITES[what](desk.tracker(), desk, seen)
    assert "HTTP 503" in wrote.error
    assert (wrote.is_place_broken, wrote.is_impossible) == (False, False)
    desk.instance.troubles.clear()
    assert WRITES[what](desk.tracker(), desk, seen) == DONE


def test_a_creation_that_a_server_failed_may_have_happened(desk: TicketWorld) -> None:
    desk.instance.fail(500, on="POST")
    made = desk.tracker().create([desk.draft()])[KEY]
    assert (made.seen, made.wrote.is_doubtful) == (None, True)


def test_an_instance_that_sleeps_is_unknown_and_nothing_is_written(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.is_asleep = True
    tracker = desk.tracker()
    for ask in (lambda: tracker.read([seen.id]), lambda: tracker.find([KEY]), lambda: tracker.check([ROUTE])):
        with pytest.raises(RemoteUnavailable, match="asleep"):
            ask()
    made = tracker.create([desk.draft(OTHER)])[OTHER]
    assert ("asleep" in made.wrote.error, made.wrote.is_doubtful, made.wrote.is_place_broken) == (True, False, False)
    for write in WRITES.values():
        assert write(tracker, desk, seen).error
    assert desk.writes() == []


# Rights


def test_a_permission_that_was_taken_away_breaks_the_place_once(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.unwritable_tables.add(desk.shape.table)
    made = desk.tracker().create([desk.draft(OTHER), desk.draft(THIRD)])
    assert all(one.seen is None and one.wrote.is_place_broken for one in made.values())
    assert desk.writes() == ["POST"]
    for what, write in WRITES.items():
        wrote = write(desk.tracker(), desk, seen)
        assert (wrote.is_place_broken, wrote.is_impossible) == (True, False), what
        assert "HTTP 403" in wrote.error


def test_a_password_that_is_wrong_breaks_the_place_and_is_not_repeated(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.sign_in = Basic("hubposture", "not the p4ssword")
    made = desk.tracker().create([desk.draft(OTHER)])[OTHER]
    assert made.wrote.is_place_broken
    for write in WRITES.values():
        wrote = write(desk.tracker(), desk, seen)
        assert wrote.is_place_broken
        assert "p4ssword" not in wrote.error
    with pytest.raises(RemoteRefused, match="HTTP 401"):
        desk.tracker().read([seen.id])


def test_tickets_that_may_not_be_read_are_unknown_and_not_missing(desk: TicketWorld) -> None:
    seen, other = desk.made(), desk.made(OTHER)
    desk.switches.hidden_rows.add(seen.id)
    found = desk.tracker().read([seen.id, other.id])
    assert (type(found[seen.id]), type(found[other.id])) == (Missing, Seen)
    desk.switches.hidden_tables.add(desk.shape.table)
    assert desk.tracker().read([seen.id, other.id, seen.shown]) == {}
    desk.switches.forbidden_tables.add(desk.shape.table)
    with pytest.raises(RemoteRefused, match="HTTP 403"):
        desk.tracker().read([seen.id])


def test_states_that_may_not_be_read_leave_tickets_unknown(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.hidden_fields.add((desk.shape.table, "state"))
    assert desk.tracker().read([seen.id]) == {}
    with pytest.raises(RemoteRefused, match="nobody knows what is done"):
        desk.tracker().find([KEY])


@pytest.mark.parametrize("is_strict", [False, True])
def test_no_ticket_is_made_that_could_not_be_found_again(desk: TicketWorld, *, is_strict: bool) -> None:
    desk.made(OTHER)
    desk.switches.hidden_fields.add((desk.shape.table, desk.shape.key))
    desk.switches.invalid_query_returns_no_rows = is_strict
    made = desk.tracker().create([desk.draft()])[KEY]
    assert made.wrote.is_place_broken
    assert desk.shape.key in made.wrote.error
    assert desk.writes() == []
    with pytest.raises(RemoteRefused, match=desk.shape.key):
        desk.tracker().find([KEY])


def test_a_key_that_is_not_kept_stops_everything_after_the_first(desk: TicketWorld) -> None:
    desk.switches.not_persisted.add((desk.shape.table, desk.shape.key))
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    assert made[KEY].seen is not None
    assert made[KEY].wrote.is_place_broken
    assert f"not kept: {desk.shape.key}" in made[KEY].wrote.error
    assert (made[OTHER].seen, made[OTHER].wrote.is_place_broken) == (None, True)
    assert len(desk.rows()) == 1


def test_a_record_that_may_not_be_read_back_is_known_and_stops_the_others(desk: TicketWorld) -> None:
    desk.switches.hidden_tables.add(desk.shape.table)
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    seen = made[KEY].seen
    assert seen is not None
    assert seen.id == desk.the_row()["sys_id"]
    assert made[KEY].wrote.is_place_broken
    assert made[OTHER].seen is None


def test_a_closed_record_that_rights_keep_closed_needs_a_successor_and_breaks_no_place(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.close_by_hand(seen.shown)
    desk.switches.unwritable_tables.add(desk.shape.table)
    wrote = desk.tracker().reopen(seen.id, ROUTE)
    assert (wrote.is_impossible, wrote.is_place_broken) == (True, False)
    desk.instance.fail(401, on="PATCH")
    wrote = desk.tracker().reopen(seen.id, ROUTE)
    assert (wrote.is_impossible, wrote.is_place_broken) == (False, True)


# Fields


def test_a_field_that_is_cleared_on_insert_is_written_a_second_time(desk: TicketWorld) -> None:
    desk.switches.cleared_on_insert |= {(desk.shape.table, one) for one in ("assignment_group", desk.shape.due)}
    desk.made()
    row = desk.the_row()
    assert (row["assignment_group"], row[desk.shape.due][:10]) == (desk.desk.group(GROUP), "2026-12-01")


@pytest.mark.parametrize("field", ["short_description", "description", "impact", "assignment_group"])
def test_a_field_that_never_persists_is_named_and_the_ticket_is_known(desk: TicketWorld, field: str) -> None:
    desk.switches.not_persisted.add((desk.shape.table, field))
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    assert all(one.seen is not None and not one.wrote.is_place_broken for one in made.values())
    assert f"not kept: {field} (it holds " in made[KEY].wrote.error


def test_a_rule_that_refuses_to_close_one_ticket_breaks_no_place(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.instance.fail(403, on="PATCH")
    wrote = desk.tracker().close(seen.id, Outcome.FIXED, ROUTE)
    assert "HTTP 403" in wrote.error
    assert (wrote.is_impossible, wrote.is_place_broken) == (False, False)


def test_a_close_that_never_persists_is_named(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.switches.not_persisted.add((desk.shape.table, "state"))
    wrote = desk.tracker().close(seen.id, Outcome.FIXED, ROUTE)
    assert "not kept: state (it holds '1')" in wrote.error
    assert (wrote.is_place_broken, wrote.is_impossible) == (False, False)


def test_a_policy_that_asks_for_more_is_one_of_the_place(desk: TicketWorld) -> None:
    desk.switches.mandatory_by_policy.add((desk.shape.table, "close_notes"))
    made = desk.tracker().create([desk.draft(), desk.draft(OTHER)])
    assert all("mandatory: Close notes" in one.wrote.error and one.wrote.is_place_broken for one in made.values())
    assert desk.rows() == []


def test_without_definitions_of_fields_usual_lengths_are_taken(desk: TicketWorld) -> None:
    desk.switches.forbidden_tables.add("sys_dictionary")
    made = desk.tracker(due="due_date").create([desk.draft(title="S3.8 " * 100)])
    ok(made[KEY])
    assert len(desk.the_row()["short_description"]) == 160


# People


def test_a_group_that_is_deleted_under_way_is_named_and_the_next_one_is_not_made(desk: TicketWorld) -> None:
    tracker = desk.tracker()
    ok(tracker.create([desk.draft()])[KEY])
    desk.desk.remove_group(GROUP)
    made = tracker.create([desk.draft(OTHER)])[OTHER]
    assert made.seen is not None
    assert "not kept: assignment_group" in made.wrote.error
    assert tracker.create([desk.draft(THIRD)])[THIRD].seen is None
    assert tracker.update(desk.rows()[0]["sys_id"], desk.draft(title="new")) == DONE
    assert tracker.update(made.seen.id, desk.draft(OTHER, title="new")) == DONE


def test_a_ticket_that_is_deleted_by_hand_is_missing_and_takes_no_write(desk: TicketWorld) -> None:
    seen, _ = desk.made(), desk.made(OTHER)
    desk.desk.delete(seen.shown)
    assert isinstance(desk.tracker().read([seen.id])[seen.id], Missing)
    assert desk.tracker().find([KEY]) == {KEY: []}
    for write in WRITES.values():
        wrote = write(desk.tracker(), desk, seen)
        assert wrote.error
        assert not wrote.is_place_broken


def test_a_ticket_moved_by_hand_to_others_is_the_same(desk: TicketWorld) -> None:
    seen = desk.made()
    desk.desk.reassign(seen.shown, LEE, group="Network")
    desk.desk.set(seen.shown, LEE, short_description="Mine now", impact="3")
    assert desk.tracker().update(seen.id, desk.draft()) == DONE
    row = desk.the_row()
    assert (row["short_description"], row["impact"]) == ("S3.8 fails for 2 buckets", "2")
    found = desk.tracker().read([seen.id])[seen.id]
    assert isinstance(found, Seen)
    assert found.assignee == ""


@pytest.mark.parametrize("email", ["a@b^ORemail=lee@example.com", "javascript:gs.getUser().getEmail()", "a\nb"])
def test_a_name_does_not_break_out_of_a_query(desk: TicketWorld, email: str) -> None:
    made = desk.tracker().create([desk.draft(route=Route("web", "servicenow", "", assignee=email))])[KEY]
    assert made.seen is not None
    assert desk.the_row()["assigned_to"] == ""
    lost = desk.tracker().create([desk.draft(OTHER, route=Route("web", "servicenow", "", group=email))])[OTHER]
    assert lost.seen is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_instance_that_is_away_for_a_moment_is_not_one_that_never_opens_a_ticket_again(
    desk: TicketWorld, status: int
) -> None:
    desk.switches.closed_is_final = False
    seen = desk.made()
    desk.tracker().close(seen.id, Outcome.FIXED, ROUTE)
    desk.instance.fail(status, on="PATCH", times=9)
    wrote = desk.tracker().reopen(seen.id, ROUTE)
    assert wrote.error
    assert not wrote.is_impossible
    desk.instance.troubles.clear()
    assert desk.tracker().reopen(seen.id, ROUTE) == DONE
