"""Movement: a waterfall whose causes add up, or says that they do not."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hubposture.views import movement
from hubposture.views.document import Table, Text, Tone
from hubposture.views.movement import CAUSES, Level, Step
from views.posture_world import MOVEMENT
from views.test_plan import words


def rows(found: movement.Movement) -> list[list[str]]:
    (table,) = [block for block in movement.document("acme", found).blocks if isinstance(block, Table)]
    return [words(Table(table.headings, [row])) for row in table.rows]


def test_the_waterfall_goes_from_then_to_now_step_by_step() -> None:
    assert rows(MOVEMENT) == [
        ["open on 17 Nov 2026", "", "950"],
        ["of new resources that fail", "+64", "1,014"],
        ["in accounts that came in", "+52", "1,066"],
        ["in accounts that came in", "-3", "1,063"],
        ["fixed", "-181", "882"],
        ["waived", "-17", "865"],
        ["open on 24 Nov 2026", "", "865"],
    ]


def test_like_for_like_stands_beside_it() -> None:
    document = movement.document("acme", MOVEMENT)
    assert document.title == "Movement of acme, 17 Nov 2026 to 24 Nov 2026"
    assert words(document.blocks[0]) == [  # type: ignore[arg-type]
        "Open obligations: 950 then, 865 now (-85)",
        "Met: 92.6 % of 12,950 then, 93.4 % of 13,210 now",
        "Like for like (12,900 obligations that existed on both days): 92.8 % then, 93.8 % now",
    ]


def test_what_the_causes_leave_open_is_told_and_not_hidden() -> None:
    found = replace(MOVEMENT, after=Level(12_300, 13_210))
    assert found.unexplained == 45
    assert rows(found)[-2:] == [["causes that are not known", "+45", "910"], ["open on 24 Nov 2026", "", "910"]]
    assert movement.lines(found)[-1] == Text("+45 for causes that are not known", Tone.BAD)


def test_where_nothing_moved_that_is_said() -> None:
    still = replace(MOVEMENT, before=MOVEMENT.after, steps=(Step("fixed"),), like=None)
    assert list(movement.lines(still)) == ["865 open on 17 Nov 2026, 865 now: nothing moved"]
    assert words(movement.document("acme", still).blocks[0])[0] == "Open obligations: 865 then, 865 now (no change)"  # type: ignore[arg-type]


def test_a_frozen_part_is_told() -> None:
    why = "consolidated findings were switched on 23 Nov 2026: nothing closes before 25 Nov 2026"
    assert movement.lines(replace(MOVEMENT, frozen=why))[-1] == Text(why, Tone.WARN)


def test_a_cause_that_has_no_words_is_shown_by_its_name_behind_the_others() -> None:
    found = replace(MOVEMENT, steps=(Step("strange", opened=1), Step("new", opened=1)))
    assert [step["cause"] for step in movement.data(found)["steps"]] == ["new", "strange"]


@given(
    st.lists(st.builds(Step, st.sampled_from([*CAUSES, "x"]), st.integers(0, 99), st.integers(0, 99)), max_size=6),
    st.integers(0, 10_000),
)
def test_the_last_line_is_always_what_is_open_now(steps: list[Step], open_now: int) -> None:
    found = replace(MOVEMENT, steps=tuple(steps), after=Level(0, open_now))
    assert rows(found)[-1][2] == f"{open_now:,}"
