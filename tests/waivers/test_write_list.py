import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.errors import InputError
from hubposture.waivers.read import read_waivers
from hubposture.waivers.waiver import Waiver
from hubposture.waivers.write_list import with_waivers
from waivers.files_world import ONE, waiver

NEW = [waiver(id="W-1"), waiver(id="W-2", reason="a\nb")]
ITEM = "- " + ONE.split("\n", 1)[1].rstrip().replace("\n", "\n  ")


def ids(raw: bytes) -> list[str]:
    found = read_waivers({"waivers.yaml": raw})
    assert found.problems == ()
    return [one.id for one in found.waivers]


@pytest.mark.parametrize(
    "text",
    [
        f"# all\n{ITEM}\n", f"# all\n{ITEM}\n\n\n# the end\n", ITEM, "\ufeff" + ITEM, "  " + ITEM.replace("\n", "\n  ") + "\n",
        f"---\n{ITEM}\n", ITEM + "\n  risk_owner: |\n    lee\n",
    ],
)  # fmt: skip
def test_waivers_are_added_behind_the_others_which_stay_byte_for_byte(text: str) -> None:
    raw = text.encode()
    made = with_waivers(raw, NEW, head=["found at\nthe start"])
    assert made.startswith(raw.rstrip())
    assert b"# found at the start\n" in made
    assert ids(made) == ["W-2026-014", "W-1", "W-2"]
    again = with_waivers(made, [waiver(id="W-3")])
    assert again.startswith(made)
    assert ids(again)[-1] == "W-3"


@pytest.mark.parametrize("text", ["", "[]", "# none\n[]\n", "[ ]  # none\n"])
def test_an_empty_list_becomes_one_with_them(text: str) -> None:
    made = with_waivers(text.encode(), NEW)
    assert ids(made) == ["W-1", "W-2"]
    assert b"# none" not in text.encode() or b"# none" in made


def test_windows_lines_stay_windows_lines() -> None:
    made = with_waivers(ITEM.replace("\n", "\r\n").encode() + b"\r\n", NEW)
    assert ids(made) == ["W-2026-014", "W-1", "W-2"]
    assert made.count(b"\n") == made.count(b"\r\n")


@pytest.mark.parametrize("text", [ONE, "[{id: x}]", "- [", f"{ITEM}\n...\n", "\xff"])
def test_a_file_that_is_no_list_is_left_to_people(text: str) -> None:
    with pytest.raises(InputError, match="is no list that can be added to"):
        with_waivers(text.encode("latin-1"), NEW)


def test_an_id_that_is_there_is_not_added_twice() -> None:
    with pytest.raises(InputError, match="has W-2026-014 already"):
        with_waivers(ITEM.encode(), [waiver(id="w-2026-014")])


@given(st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=4))
def test_adding_some_and_then_others_is_adding_all(numbers: list[int]) -> None:
    made = [waiver(id=f"W-{number}") for number in numbers]
    one_by_one: bytes = b""
    for one in made:
        one_by_one = with_waivers(one_by_one, [one])
    assert one_by_one == with_waivers(b"", made)


def test_nothing_to_add_changes_nothing() -> None:
    nothing: list[Waiver] = []
    assert with_waivers(ONE.encode(), nothing) == ONE.encode()
