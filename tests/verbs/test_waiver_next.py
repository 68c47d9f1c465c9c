"""What comes next for a waiver: for whom an approval would change anything, and the commands that lead to one."""

import datetime as dt
from dataclasses import replace

import pytest

from hubposture.verbs.waiver_next import asks, steps, waiting
from hubposture.verbs.waiver_preview import Preview
from hubposture.waivers.digest import digest
from hubposture.waivers.rule import Fit, Match
from hubposture.waivers.standing import State
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Revocation, SubjectName, SubjectSet, SystemOfApproval, Waiver
from verbs.waivers_made import TODAY, book_of, granted, site, waiver

FILE, GIT, SERVICENOW = SystemOfApproval.FILE, SystemOfApproval.GIT, SystemOfApproval.SERVICENOW
HELD = granted(waiver(), site())
REVOKED = replace(HELD[0], revoked=Revocation(TODAY, "lee@example.com", "gone"))
LONGER = replace(HELD[0], expires=HELD[0].expires + dt.timedelta(days=30))
PROVISIONAL = granted(waiver(), site(), system=SystemOfApproval.PROVISIONAL, by="")
OVER = waiver(expires=TODAY - dt.timedelta(days=1))
NOT_YET = granted(waiver(valid_from=TODAY + dt.timedelta(days=9)), site())

Given = Waiver | tuple[Waiver, SubjectSet]


@pytest.mark.parametrize(
    ("given", "state", "surplus", "expected"),
    [
        (waiver(), State.UNAPPROVED, 0, True),
        (replace(HELD[0], covers_new=3), State.CHANGED, 0, True),
        (HELD, State.HOLDING, 0, False),
        (HELD, State.HOLDING, 1, True),
        ((LONGER, HELD[1]), State.HOLDING, 0, True),
        (PROVISIONAL, State.PROVISIONAL, 0, True),
        (NOT_YET, State.NOT_YET, 0, False),
        ((REVOKED, HELD[1]), State.REVOKED, 5, False),
        (OVER, State.EXPIRED, 5, False),
    ],
)  # fmt: skip
def test_an_approval_is_asked_for_where_it_would_change_something(
    given: Given, state: State, surplus: int, expected: bool
) -> None:
    sets = {"W-1.subjects": HELD[1]} if state is State.CHANGED else {}
    (standing,) = book_of(given, sets=sets).standings
    assert standing.state is state
    assert asks(standing, today=TODAY, surplus=surplus) is expected


def test_those_that_wait_are_named_without_the_provisional_ones() -> None:
    pairs = [granted(waiver(f"W-{number}"), site()) for number in range(3)]
    provisional = granted(waiver("P-1"), site(), system=SystemOfApproval.PROVISIONAL, by="")
    found = book_of(*pairs, provisional, waiver("W-9")).standings
    assert waiting(found, today=TODAY, surplus={"W-1": 4, "P-1": 2}) == ["W-1", "W-9"]


def previewed(given: Given, *matches: SubjectName) -> Preview:
    """A preview of a waiver of the baseline that matches these subjects."""
    (standing,) = book_of(given).standings
    one, proposed = standing.waiver, SubjectSet(matches)
    held = standing.subjects if standing.subjects.subjects else SubjectSet(())
    found = tuple(
        Match(
            *name,
            "AwsS3Bucket",
            "FAILED",
            "HIGH",
            None,
            False,
            Fit.COVERS if name in held.subjects else Fit.SURPLUS,
            "",
        )
        for name in matches
    )
    return Preview(one, standing, found, proposed, held, digest(one, one.expires, to_text(proposed)))


@pytest.mark.parametrize(
    ("record", "first", "last"),
    [
        (FILE, "hubposture waivers approve W-1 --by ADDRESS", "hubposture waivers approve W-1 --by ADDRESS"),
        (SERVICENOW, "hubposture waivers request W-1", "hubposture waivers approvals"),
        (GIT, "hubposture waivers preview W-1 --write", "hubposture waivers approvals"),
    ],
)
def test_the_way_to_an_approval_is_that_of_the_approval_of_record(
    record: SystemOfApproval, first: str, last: str
) -> None:
    found = steps(previewed(waiver(), site()), record=record, today=TODAY)
    assert (found[0], found[-1]) == (first, last)


def test_a_set_that_lies_there_as_it_should_is_not_written_again() -> None:
    found = replace(previewed(waiver(), site()), held=SubjectSet((site(),)))
    assert not any("--write" in one for one in steps(found, record=GIT, today=TODAY))


def test_nothing_comes_next_for_what_holds_as_it_is_matches_nothing_or_is_in_no_baseline() -> None:
    assert steps(previewed(HELD, site()), record=FILE, today=TODAY) == ()
    assert steps(previewed(HELD, site(), site(2)), record=FILE, today=TODAY) != ()
    assert steps(previewed(waiver()), record=FILE, today=TODAY) == ()
    assert steps(replace(previewed(waiver(), site()), standing=None), record=FILE, today=TODAY) == ()
