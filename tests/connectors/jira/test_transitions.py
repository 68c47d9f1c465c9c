"""Walking tickets to where they end and back, through workflows that nobody described."""

from typing import Any

import pytest

from connectors.jira.jira_place import Place, draft, key
from hubposture.ports.tracker import Wrote
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission, Transition, Workflow
from hubposture.work.ticket import Outcome, Route, Seen

DONE = Wrote()
MOVES = r"POST .*/transitions$"


def route(place: str) -> Route:
    return Route("shop", "acme", place)


def outcomes(place: str, **names: list[str]) -> dict[str, Any]:
    return {"projects": {place: {"outcomes": names}}}


def moves(at: Place) -> int:
    return sum(1 for one in at.jira.calls if one.method == "POST" and one.path.endswith("/transitions"))


def resolution(at: Place, seen: Seen) -> str | None:
    found = at.shown(seen)["resolution"]
    return found["name"] if found else None


def with_workflow(at: Place, place: str, *transitions: Transition) -> None:
    workflow = at.jira.projects[place].workflow
    at.jira.projects[place].workflow = Workflow(workflow.name, workflow.statuses, transitions)


def test_four_hops_and_a_screen_that_asks_for_a_resolution(at: Place) -> None:
    seen = at.made(draft(1, "DATA"))
    assert at.tracker().close(seen.id, Outcome.FIXED, route("DATA")) == DONE
    assert (at.status(seen), resolution(at, seen), moves(at)) == ("Done", "Done", 4)


def test_ways_are_learned_once_for_all_tickets_of_a_project(at: Place) -> None:
    tickets = [at.made(draft(number, "DATA")) for number in range(4)]
    tracker = at.tracker()
    for seen in tickets:
        assert tracker.close(seen.id, Outcome.FIXED, route("DATA")) == DONE
    assert tracker.calls["GET transitions"] == 4
    assert tracker.calls["GET issue"] == 4
    assert tracker.calls["POST transitions"] == 16


def test_each_outcome_ends_where_the_settings_say(at: Place) -> None:
    given = outcomes("PLAT", fixed=["Closed"], waived=["Nowhere", "Rejected"], gone=["Resolved/Won't Do"])
    ends = {Outcome.FIXED: "Closed", Outcome.WAIVED: "Rejected", Outcome.GONE: "Resolved"}
    for number, (outcome, status) in enumerate(ends.items()):
        seen = at.made(draft(number, "PLAT"))
        assert at.tracker(**given).close(seen.id, outcome, route("PLAT")) == DONE
        assert at.status(seen) == status
        if outcome is Outcome.GONE:
            assert resolution(at, seen) == "Won't Do"


def test_what_is_fixed_is_not_rejected_only_because_that_comes_first(at: Place) -> None:
    ways = at.jira.projects["PLAT"].workflow.transitions
    with_workflow(at, "PLAT", *reversed(ways))
    seen = at.made(draft(1, "PLAT"))
    assert at.tracker().close(seen.id, Outcome.FIXED, route("PLAT")) == DONE
    assert at.status(seen) == "Resolved"


def test_a_ticket_that_people_closed_is_left_where_it_is(at: Place) -> None:
    seen = at.made(draft(1, "PLAT"))
    at.jira.person("kim").close(seen.shown, "Won't Do", status="Rejected")
    given = outcomes("PLAT", fixed=["Closed"])
    assert at.tracker(**given).close(seen.id, Outcome.FIXED, route("PLAT")) == DONE
    assert (at.status(seen), moves(at)) == ("Rejected", 0)


def test_a_ticket_that_people_opened_is_left_where_it_is(at: Place) -> None:
    seen = at.made(draft())
    at.jira.person("kim").walk(seen.shown, "In Progress")
    assert at.tracker().reopen(seen.id, route("SHOP")) == DONE
    assert (at.status(seen), moves(at)) == ("In Progress", 0)


def test_a_ticket_is_opened_where_the_settings_say(at: Place) -> None:
    seen = at.made(draft())
    at.jira.person("kim").close(seen.shown)
    given = {"SHOP": {"reopen_to": ["Nowhere", "In Progress"]}}
    assert at.tracker(projects=given).reopen(seen.id, route("SHOP")) == DONE
    assert at.status(seen) == "In Progress"


def test_an_end_that_cannot_be_left_is_impossible_to_reopen(at: Place) -> None:
    seen = at.made(draft(1, "PLAT"))
    at.jira.person("kim").close(seen.shown, status="Closed")
    wrote = at.tracker().reopen(seen.id, route("PLAT"))
    assert wrote.is_impossible
    assert "Closed" in wrote.error
    assert at.status(seen) == "Closed"


def test_an_outcome_that_cannot_be_reached_names_what_can_and_the_ticket_is_back_where_it_was(at: Place) -> None:
    seen = at.made(draft(1, "DATA"))
    wrote = at.tracker(**outcomes("DATA", fixed=["Shipped"])).close(seen.id, Outcome.FIXED, route("DATA"))
    assert wrote.is_impossible
    for name in ("Shipped", "Review", "Done", "In Progress"):
        assert name in wrote.error
    assert at.status(seen) == "Backlog"


def test_a_resolution_that_the_screen_does_not_offer_is_said(at: Place) -> None:
    seen = at.made(draft(1, "DATA"))
    wrote = at.tracker(**outcomes("DATA", fixed=["Done/Shipped"])).close(seen.id, Outcome.FIXED, route("DATA"))
    assert wrote.is_impossible
    assert "Shipped" in wrote.error


def test_without_permission_the_place_is_broken_and_no_ticket_is_called_impossible(at: Place) -> None:
    seen, other = at.made(draft(1)), at.made(draft(2))
    tracker = at.tracker()
    assert tracker.close(other.id, Outcome.FIXED, route("SHOP")) == DONE
    at.jira.deny(USER, "SHOP", Permission.TRANSITION)
    for wrote in (tracker.close(seen.id, Outcome.FIXED, route("SHOP")), tracker.reopen(other.id, route("SHOP"))):
        assert wrote.is_place_broken
        assert not wrote.is_impossible
    assert at.status(seen) == "To Do"


@pytest.mark.parametrize("place", ["SHOP", "DATA"])
def test_a_lost_answer_is_looked_after_and_the_walk_goes_on(at: Place, place: str) -> None:
    seen = at.made(draft(1, place))
    at.jira.faults.cut_after(on=MOVES)
    assert at.tracker().close(seen.id, Outcome.FIXED, route(place)) == DONE
    assert at.status(seen) == "Done"


def test_a_step_that_was_not_done_is_taken_again_once(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.cut_before(on=MOVES)
    assert at.tracker().close(seen.id, Outcome.FIXED, route("SHOP")) == DONE
    assert at.status(seen) == "Done"
    other = at.made(draft(2))
    at.jira.faults.cut_before(on=MOVES, times=2)
    assert at.tracker().close(other.id, Outcome.FIXED, route("SHOP")).is_doubtful


def test_a_conflict_is_tried_once_more_after_looking(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.conflict()
    assert at.tracker().close(seen.id, Outcome.FIXED, route("SHOP")) == DONE
    other = at.made(draft(2))
    at.jira.faults.conflict(times=2)
    wrote = at.tracker().close(other.id, Outcome.FIXED, route("SHOP"))
    assert "conflicting update" in wrote.error
    assert not wrote.is_impossible


def test_a_workflow_that_was_changed_in_between_is_looked_at_again(at: Place) -> None:
    first, second = at.made(draft(1)), at.made(draft(2))
    tracker = at.tracker()
    assert tracker.close(first.id, Outcome.FIXED, route("SHOP")) == DONE
    with_workflow(
        at, "SHOP", Transition("71", "Start", "In Progress"), Transition("81", "Ready", "Done", ("In Progress",))
    )
    assert tracker.close(second.id, Outcome.FIXED, route("SHOP")) == DONE
    assert at.status(second) == "Done"


def test_a_screen_asks_for_what_the_settings_give(at: Place) -> None:
    at.jira.projects["SEC"].workflow = Workflow(
        "Strict",
        ("To Do", "In Progress", "Done"),
        (
            Transition(
                "31", "Done", "Done", screen=(("customfield_10050", True), ("resolution", True), ("comment", False))
            ),
        ),
    )
    fields = {"fields": ["Business impact=High"]}
    seen = at.made(draft(1, "SEC"), projects={"SEC": fields})
    at.stored(seen).fields.pop("customfield_10050", None)
    wrote = at.tracker(projects={"SEC": fields}).close(seen.id, Outcome.FIXED, route("SEC"))
    assert wrote.is_impossible
    assert "customfield_10050" in wrote.error
    assert "jira.acme.projects.SEC.transition_fields" in wrote.error
    given = {"SEC": {**fields, "transition_fields": ["business impact=Low", "Comment=Closed by the check"]}}
    assert at.tracker(projects=given).close(seen.id, Outcome.FIXED, route("SEC")) == DONE
    assert at.shown(seen)["customfield_10050"]["value"] == "Low"
    assert len(at.stored(seen).comments) == 1


def test_a_ticket_that_was_moved_follows_the_workflow_where_it_is(at: Place) -> None:
    seen = at.made(draft())
    at.jira.person("kim").move(seen.shown, "PLAT")
    given = {"SHOP": {"outcomes": {"fixed": ["Done"]}}, "PLAT": {"outcomes": {"fixed": ["Closed"]}}}
    assert at.tracker(projects=given).close(seen.id, Outcome.FIXED, route("SHOP")) == DONE
    assert at.status(seen) == "Closed"


def test_a_ticket_that_is_gone_is_an_error_and_no_more(at: Place) -> None:
    seen = at.made(draft())
    at.jira.person("kim").delete(seen.shown)
    wrote = at.tracker().close(seen.id, Outcome.FIXED, route("SHOP"))
    assert wrote.error
    assert not wrote.is_impossible
    assert not wrote.is_place_broken


def test_a_workflow_without_an_end_walks_in_no_circle_for_ever(at: Place) -> None:
    with_workflow(
        at,
        "DATA",
        Transition("1", "On", "In Progress", ("Backlog",)),
        Transition("2", "Back", "Backlog", ("In Progress",)),
    )
    seen = at.made(draft(1, "DATA"))
    assert at.tracker().close(seen.id, Outcome.FIXED, route("DATA")).is_impossible
    assert at.status(seen) == "Backlog"
    assert moves(at) <= 4


def test_a_site_that_is_down_makes_nothing_impossible(at: Place) -> None:
    seen = at.made(draft())
    at.jira.faults.fail(503, times=99)
    wrote = at.tracker().close(seen.id, Outcome.FIXED, route("SHOP"))
    assert wrote.error
    assert not wrote.is_impossible


def test_a_test_ticket_walks_every_way_and_is_left_closed(at: Place) -> None:
    given = outcomes("PLAT", fixed=["Resolved"], waived=["Rejected"])
    found = at.tracker(**given).test_ticket(route("PLAT"))
    assert [name for name, _ in found.paths] == ["fixed", "reopen", "waived"]
    assert found.paths[0][1] == ("Resolve -> Resolved",)
    assert [one.what.partition(":")[0] for one in found.doubts] == ["reopen"]
    issue = at.jira.find(found.shown)
    assert issue is not None
    assert issue.status == "Rejected"
    assert "hubposture-test" in issue.fields["labels"]
    assert not any(label.startswith("shub-") for label in issue.fields["labels"])


def test_a_test_ticket_where_none_can_be_made_says_why(at: Place) -> None:
    found = at.tracker().test_ticket(route("OLD"))
    assert (found.shown, found.paths) == ("", ())
    assert "permission" in found.doubts[0].what
    assert key(1) not in str(found)
