import datetime as dt

import pytest

from dojo_world import SINCE, WEST, A, B, World, direct, passed, subject, unknown, waived
from hubposture.verbs.dojo_verify import dojo_verify
from hubposture.work.dojo_desired import Layout
from hubposture.work.dojo_result import DojoVerified
from hubposture.work.subject import Subject


@pytest.fixture
def here() -> World:
    return direct()[0]


def verified(here: World, *subjects: Subject) -> DojoVerified:
    return dojo_verify(here.the_means(), here.connector.look(), subjects)


def rows(here: World, *subjects: Subject) -> list[tuple[str, str, str]]:
    return [(one.resource[-2:], one.says, one.check) for one in verified(here, *subjects).disagreements]


def test_after_a_sync_all_agree(here: World) -> None:
    subjects = (subject("b1"), waived("b2"), passed("b3"), subject("b4", account=B))
    here.sync(*subjects)
    found = verified(here, *subjects)
    assert (found.disagreements, found.findings, found.unknown) == ((), 3, 0)


def test_every_disagreement_is_a_row_with_what_comes_next(here: World) -> None:
    names = ("b1", "b2", "b3", "b4", "b5", "b6", "b7")
    here.sync(*(subject(name) for name in names))
    found = {name: here.of(subject(name)) for name in names}
    here.dojo.close_by_hand(found["b1"].id)
    here.dojo.call_false(found["b2"].id)
    here.dojo.accept("by hand", found["b3"].id)
    here.dojo.change(found["b4"].id, severity="Low")
    here.dojo.change(found["b5"].id, active=False)
    subjects = [subject(name) for name in ("b1", "b2", "b3", "b4", "b5")]
    subjects += [passed("b6"), waived("b7"), subject("b8")]
    checked = verified(here, *subjects)
    assert [(one.resource[-2:], one.says, one.check, one.hint) for one in checked.disagreements] == [
        ("b1", "closed", "fails", "the next sync opens it again"),
        ("b2", "false positive", "fails", "people said so, and it stays: have them ask for a waiver, or take it back"),
        (
            "b3",
            "accepted by people",
            "fails",
            "people said so, and it stays: have them ask for a waiver, or take it back",
        ),
        ("b4", "severity Low", "High", "the next sync sets it"),
        ("b5", "inactive", "fails", "the next sync opens it again"),
        ("b6", "open", "passed", "the next sync closes it"),
        ("b7", "open", "waived by W-2026-014", "the next sync accepts it"),
        ("b8", "not there", "fails", "the next sync makes it"),
    ]
    assert checked.disagreements[0].since == SINCE
    assert checked.disagreements[0].finding == found["b1"].id


def test_what_the_next_sync_is_to_do_it_does_and_the_rest_stays_listed(here: World) -> None:
    here.sync(subject("b1"), subject("b2"))
    here.dojo.call_false(here.of(subject("b2")).id)
    here.sync(passed("b1"), subject("b2"))
    assert rows(here, passed("b1"), subject("b2")) == [("b2", "false positive", "fails")]


def test_an_acceptance_of_ours_whose_waiver_is_over_is_a_disagreement(here: World) -> None:
    here.sync(waived("b1"))
    assert rows(here, subject("b1")) == [("b1", "accepted", "fails")]


def test_of_what_is_unknown_observed_or_not_told_nothing_is_said(here: World) -> None:
    here.sync(subject("b1"), subject("b2"), subject("b3"))
    here.dojo.close_by_hand(here.of(subject("b1")).id)
    found = verified(here, unknown("b1"), subject("b2", is_observed=True))
    assert (found.disagreements, found.findings, found.unknown) == ((), 3, 3)


def test_what_could_not_be_read_is_listed_and_nothing_is_said_of_it(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.fail(503, on="GET /api/v2/findings/", times=5)
    found = verified(here, passed("b1"), subject("b9"))
    assert (found.disagreements, [place.account for place in found.unread]) == ((), [A])


def test_a_subject_that_belongs_to_another_product_is_told_with_it(here: World) -> None:
    here.sync(subject("b1"))
    here.layout = Layout(products={"web": "Web"})
    assert rows(here, subject("b1")) == [
        ("b1", "open", f"it belongs to Web, {A}, {WEST}"),
        ("b1", "not there", "fails"),
    ]


def test_a_second_finding_for_a_subject_and_a_duplicate_are_told(here: World) -> None:
    here.sync(subject("b1"), subject("b2"))
    here.dojo.world.save(here.of(subject("b1")).new(id=0))
    two = here.of(subject("b2"))
    two.duplicate, two.active = True, False
    found = verified(here, subject("b1"), subject("b2"))
    assert [(one.says, one.check) for one in found.disagreements if one.says != "severity High"] == [
        ("open", "another finding is kept for it"),
        ("duplicate", "fails"),
    ]
    assert "switch deduplication off" in found.disagreements[-1].hint


def test_a_team_that_is_not_served_is_told_where_its_finding_was_closed(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.close_by_hand(here.of(subject("b1")).id)
    here.layout = Layout(teams=frozenset())
    (one,) = verified(here, subject("b1")).disagreements
    assert one.hint == "its team is not served by DefectDojo, so it is left as it is"
    assert one.since == dt.datetime(2026, 11, 3, 8, 30)
