"""Decisions as a plan, guards both ways, and what is kept back."""

from dataclasses import replace

import pytest

from hubposture.reconcile.plan import DuplicateEdit, beyond
from hubposture.reconcile.saved import Saved, from_json, to_json
from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Decision, Memory, Verb
from hubposture.waivers.plan import (
    KINDS,
    Blocks,
    Direction,
    Guard,
    change_of,
    direction,
    exceeded,
    ground,
    held_of,
    kept_back,
    moved,
    planned,
)
from waivers.decide_world import (
    ACCOUNT,
    AROUND,
    CONTROL,
    COVERED,
    ENDED,
    HOUR,
    NOW,
    OURS,
    REGION,
    RESOURCE,
    applied,
    case,
    fields,
    finding,
    known,
    ours,
)

OPEN = case(finding(), cover=COVERED)
SUPPRESS = decide(OPEN, Memory(), AROUND)
MINE = case(ours(), cover=ENDED)
RELEASE = decide(MINE, known(ours()), AROUND)


def decisions(verb: Verb, count: int) -> list[Decision]:
    return [Decision(str(at), verb, "") for at in range(count)]


def test_a_change_carries_place_key_ground_and_what_is_wanted() -> None:
    change = change_of("acme", OPEN, SUPPRESS, source="waivers/W-1.yaml:1:1")

    assert (change.place.organization, change.place.account, change.place.region) == ("acme", ACCOUNT, REGION)
    edit = change.edit
    assert (edit.kind, edit.key, edit.source) == ("waiver suppress", (CONTROL, RESOURCE), "waivers/W-1.yaml:1:1")
    assert edit.current == ((finding().finding, "fails", "NEW", "", ""),)
    assert isinstance(edit.desired, tuple)
    assert edit.desired[:3] == ("suppress", "W-1", "2027-05-01")
    assert edit.reason == SUPPRESS.reason
    assert edit.kind in KINDS


def test_the_ground_is_that_of_the_findings_that_are_written_to() -> None:
    one = case(ours(1), finding(2), cover=COVERED)
    change = change_of("acme", one, decide(one, known(ours(1)), AROUND))

    assert change.edit.current == ground(one, [(finding(2).product, finding(2).id)])
    assert len(ground(one, [(each.product, each.id) for each in one.findings])) == 2  # type: ignore[arg-type]


def test_a_grave_finding_that_goes_out_of_sight_is_pointed_out() -> None:
    assert change_of("acme", replace(OPEN, severity="CRITICAL"), SUPPRESS).edit.because.startswith("CRITICAL")
    assert change_of("acme", OPEN, SUPPRESS).edit.because == ""
    assert change_of("acme", replace(MINE, severity="CRITICAL"), RELEASE).edit.because == ""


def test_a_plan_of_changes_is_saved_and_read_back() -> None:
    other = replace(MINE, resource="arn:aws:s3:::other")
    plan = planned(
        "acme",
        [change_of("acme", OPEN, SUPPRESS), change_of("acme", other, RELEASE)],
        cells=7,
        held=[held_of("acme", OPEN, "a rule")],
    )

    back = from_json(to_json(Saved(plan, "c0ffee", "1.0")), name="plan.json").plan

    assert back == plan
    assert (plan.count, plan.places, plan.cells, len(plan.held)) == (2, 1, 7, 1)


def test_two_changes_of_one_subject_are_an_error() -> None:
    with pytest.raises(DuplicateEdit):
        planned("acme", [change_of("acme", OPEN, SUPPRESS)] * 2, cells=1)


def test_a_plan_reviewed_yesterday_is_the_same_plan_today() -> None:
    tomorrow = replace(AROUND, now=NOW + 24 * HOUR)
    both = [(OPEN, Memory()), (MINE, known(ours()))]
    early, late = (
        planned("acme", [change_of("acme", one, decide(one, memory, around))], cells=1)
        for one, memory in both[1:]
        for around in (AROUND, tomorrow)
    )

    assert beyond(late, early) == ()
    assert early.digest == late.digest


def test_another_end_than_was_reviewed_is_beyond_the_review() -> None:
    longer = replace(OPEN, cover=COVERED._replace(until=COVERED.until + 24 * HOUR))
    reviewed = planned("acme", [change_of("acme", OPEN, SUPPRESS)], cells=1)
    now = planned("acme", [change_of("acme", longer, decide(longer, Memory(), AROUND))], cells=1)

    assert len(beyond(now, reviewed)) == 1


# The ground of a saved plan


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (finding(), ""),
        (finding(severity="HIGH", updated_at=NOW, observed_at=NOW), ""),
        (finding(user_fields=fields({"team": "web"})), ""),
        (finding(workflow="RESOLVED"), "planned from fails NEW, now fails RESOLVED"),
        (finding(compliance="PASSED"), "planned from fails NEW, now passes NEW"),
        (finding(user_fields=fields(OURS)), "now fails NEW acme W-1 2027-05-01"),
        (finding(note="mine", note_by="kim"), "or the note changed"),
        (finding(2), f"the finding {finding().finding} is not ACTIVE any more"),
    ],
)
def test_an_edit_whose_ground_moved_is_not_made(now: object, why: str) -> None:
    edit = change_of("acme", OPEN, SUPPRESS).edit

    found = moved(edit, case(now, cover=COVERED))  # type: ignore[arg-type]

    assert (found == "") == (why == "")
    assert why in found


def test_an_edit_of_a_subject_that_is_gone_is_not_made() -> None:
    assert moved(change_of("acme", OPEN, SUPPRESS).edit, None).startswith("the ground has moved")


def test_what_was_written_has_moved_its_own_ground() -> None:
    assert moved(change_of("acme", OPEN, SUPPRESS).edit, applied(OPEN, SUPPRESS, NOW)) != ""


# Guards


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (Verb.SUPPRESS, Direction.SUPPRESSED),
        (Verb.RELEASE, Direction.RELEASED),
        (Verb.ADOPT, None),
        (Verb.RE_NOTE, None),
        (Verb.UNRESOLVE, None),
        (Verb.KEEP, None),
    ],
)
def test_only_what_hides_or_shows_counts(verb: Verb, expected: Direction | None) -> None:
    assert direction(Decision("s", verb, "")) is expected


GUARD = Guard(share_suppressed=0.3, share_released=0.25, from_=10)


@pytest.mark.parametrize(
    ("suppress", "release", "failing", "base", "options"),
    [
        (30, 0, 100, 0, []),
        (31, 0, 100, 0, ["--allow-suppress-share 32"]),
        (9, 9, 9, 9, []),
        (10, 0, 10, 0, ["--allow-suppress-share 100"]),
        (0, 25, 0, 100, []),
        (0, 26, 0, 100, ["--allow-release-share 27"]),
        (0, 10, 0, 0, ["--allow-release-share 100"]),
        (60, 60, 100, 100, ["--allow-suppress-share 61", "--allow-release-share 61"]),
    ],
)
def test_each_direction_has_its_own_guard_and_names_what_overrides_it(
    suppress: int, release: int, failing: int, base: int, options: list[str]
) -> None:
    made = decisions(Verb.SUPPRESS, suppress) + decisions(Verb.RELEASE, release) + decisions(Verb.ADOPT, 500)

    assert [one.option for one in exceeded(GUARD, made, failing=failing, ours=base)] == options


def test_a_guard_shows_its_base_and_begins_with_its_direction() -> None:
    (one,) = exceeded(GUARD, decisions(Verb.SUPPRESS, 1200), failing=2400, ours=0)

    assert one.what.split()[0] == Direction.SUPPRESSED
    assert (one.limit, one.found) == ("30%", "1,200 of 2,400 (50.0%)")


def test_an_override_as_named_lets_it_through() -> None:
    made = decisions(Verb.SUPPRESS, 413)
    (one,) = exceeded(GUARD, made, failing=1000, ours=0)
    allowed = int(one.option.split()[1]) / 100

    assert exceeded(replace(GUARD, share_suppressed=allowed), made, failing=1000, ours=0) == ()


def test_without_limits_nothing_is_exceeded() -> None:
    assert exceeded(Guard(from_=0), decisions(Verb.RELEASE, 1000), failing=1, ours=1) == ()


# What is kept back


def test_every_reason_against_a_release_is_given() -> None:
    blocks = Blocks(("the baseline is older", "a file has errors"), {REGION: "its rules could not be read"}, "at night")

    assert kept_back(MINE, RELEASE, blocks) == (
        "the baseline is older",
        "a file has errors",
        "its rules could not be read",
        "at night",
    )


def test_the_window_is_for_releases_alone() -> None:
    closed = Decision("s", Verb.UNRESOLVE, "")

    assert kept_back(MINE, closed, Blocks(window="at night")) == ()
    assert kept_back(MINE, closed, Blocks(("old",))) == ("old",)


def test_nothing_but_opening_is_kept_back() -> None:
    assert kept_back(OPEN, SUPPRESS, Blocks(("old",), {REGION: "x"}, "at night")) == ()


def test_rules_of_another_region_keep_nothing_back_here() -> None:
    assert kept_back(MINE, RELEASE, Blocks(regions={"us-east-1": "x"})) == ()
