from connectors.servicenow.ticket_world import GROUP, OWN, TicketWorld
from hubposture.ports.tracker import CanRehearse
from hubposture.work.ticket import Outcome, Route


def test_a_test_ticket_goes_every_way_and_is_left_closed(incidents: TicketWorld) -> None:
    tracker = incidents.tracker()
    assert isinstance(tracker, CanRehearse)
    for number in (1, 2):
        found = tracker.test_ticket(incidents.draft().route)
        assert (found.doubts, found.shown) == ((), f"INC{10_000 + number:07d}")
        assert [name for name, _ in found.paths] == [
            "fixed",
            *("reopen", "waived"),
            *("reopen", "gone"),
            *("reopen", "no longer required"),
        ]
    assert {row["state"] for row in incidents.rows()} == {"6"}
    assert {row["correlation_id"] for row in incidents.rows()} == {"hubposture-test"}
    assert [one.keys for one in tracker.query("stateIN6")] == [(), ()]


def test_a_rule_that_refuses_is_met_by_the_test_ticket(incidents: TicketWorld) -> None:
    tracker = incidents.tracker(outcomes={**incidents.shape.outcomes, Outcome.FIXED: {"state": "6"}})
    found = tracker.test_ticket(incidents.draft().route)
    assert [one.what.partition(":")[0] for one in found.doubts] == ["fixed"]
    assert "mandatory: Close code, Close notes" in found.doubts[0].what
    assert found.doubts[0].hint == "correct servicenow.states.fixed"


def test_a_table_whose_ends_are_final_says_that_successors_follow(desk: TicketWorld) -> None:
    found = desk.tracker().test_ticket(desk.draft().route)
    hints = ["what comes back later gets a successor"] if desk.shape.table == OWN.table else []
    assert [one.hint.partition(" that is linked")[0] for one in found.doubts] == hints


def test_where_none_can_be_made_it_says_why(desk: TicketWorld) -> None:
    found = desk.tracker().test_ticket(Route("web", "servicenow", desk.shape.table, group="Nobody"))
    assert (found.shown, found.paths) == ("", ())
    assert "Nobody" in found.doubts[0].what
    desk.switches.unwritable_tables.add(desk.shape.table)
    found = desk.tracker().test_ticket(Route("web", "servicenow", desk.shape.table, group=GROUP))
    assert "HTTP 403" in found.doubts[0].what
