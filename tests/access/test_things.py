"""Where things lie in the organization."""

from hubposture.access.things import ROOT, Account, ControlAt, Placed, Places, Subject, Unit

TOP = ("/", "r-1")


def placed(*units: tuple[str, str]) -> Placed:
    return Placed("", frozenset({TOP, *units}))


def test_an_ou_lies_in_everything_above_it_and_in_its_own_id() -> None:
    places = Places({"1": placed(("/Work", "ou-w"), ("/Work/Prod", "ou-p")), "2": placed(("/Work", "ou-w"))})
    assert places.units["/Work/Prod"] == {"/", "r-1", "/Work", "ou-w", "ou-p"}
    assert places.units["/Work"] == {"/", "r-1", "ou-w"}
    assert places.units["/"] == {"r-1"}
    assert places.names == {"/", "r-1", "/Work", "ou-w", "/Work/Prod", "ou-p"}


def test_a_name_with_a_slash_lends_an_ou_no_place() -> None:
    places = Places({"1": placed(("/Work/Prod", "ou-evil")), "2": placed(("/Work", "ou-w"))})
    assert places.units["/Work/Prod"] == {"/", "r-1", "ou-evil"}


def test_things_say_what_they_are() -> None:
    assert str(Unit(ROOT)) == "the organization"
    assert str(ControlAt("s3.8", "HIGH", Account("1"))) == "s3.8 (HIGH) in account 1"
    assert str(Subject("x", "1", control="s3.8", severity="LOW", resource="arn:b")) == "arn:b (s3.8, LOW) in account 1"
