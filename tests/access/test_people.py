"""Who somebody is for the rules."""

from hypothesis import given
from hypothesis import strategies as st

from hubposture.access.people import People, is_account, person_key

NAMES = st.text(max_size=8)


def test_groups_are_followed_through_groups_and_places_come_with_them() -> None:
    people = People(
        users={"Kim@Example.com ": ["web", "security"]},
        groups={"security": ["analyst"], "analyst": ["security", "reader"]},
        places={"web": ["111122223333", "/Work/Web"], "KIM@example.com": ["ou-ab12-cd34"], "data": ["/Data"]},
    )
    kim = people.named("kim@example.com", ["extra"])
    assert kim.groups == ("analyst", "extra", "reader", "security", "web")
    assert (kim.units, kim.accounts) == (("/Work/Web", "ou-ab12-cd34"), ("111122223333",))
    assert people.named("lee").groups == ()


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=6), NAMES)
def test_groups_end_however_they_are_in_each_other(groups: dict[str, list[str]], name: str) -> None:
    found = People(groups=groups).named(name, list(groups)[:2])
    assert set(found.groups) >= set(list(groups)[:2])
    assert all(set(groups.get(one, ())) <= set(found.groups) for one in found.groups)
    assert person_key(found.name) == found.name


def test_twelve_digits_are_an_account() -> None:
    assert is_account("012345678901")
    assert not any(map(is_account, ("/12345678901", "12345678901", "\uff10" * 12, "ou-ab12")))
