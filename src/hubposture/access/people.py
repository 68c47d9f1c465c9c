"""Who somebody is for the rules: groups, direct and through others, and the places that are theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

ROLES: Mapping[str, str] = {
    "reader": "sees everything",
    "account-owner": "works on what their team owns, and in accounts that are theirs",
    "analyst": "works on findings everywhere, and may suppress what is not severe",
    "ou-administrator": "runs the OUs that are theirs",
    "risk-approver": "accepts risks, of any severity",
    "administrator": "may do everything that no rule forbids",
}
"""The groups that the shipped rules speak of, and what each is for."""


def person_key(name: str) -> str:
    """A person's name as rules compare it: no blanks at its ends, case does not matter."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: `name` as `person_key` gives it, every group sorted, the OUs (paths or ids) and accounts that are theirs."""

    name: str
    groups: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """What the settings say of people.

    `users` has the groups of each person, `groups` the groups in which a group is, `places` the OUs (a path or an id) and
    the account ids of a person or of everybody in a group.
    """

    users: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def named(self, name: str, groups: Iterable[str] = ()) -> Person:
        """A person with what the settings say, and with further groups. Somebody unknown is in no group."""
        key = person_key(name)
        direct = [group for user, theirs in self.users.items() if person_key(user) == key for group in theirs]
        every = self._closed([*direct, *groups])
        theirs = [
            place for who, many in self.places.items() if who in every or person_key(who) == key for place in many
        ]
        return Person(
            key,
            tuple(sorted(every)),
            tuple(sorted({place for place in theirs if not is_account(place)})),
            tuple(sorted({place for place in theirs if is_account(place)})),
        )

    @property
    def known_groups(self) -> frozenset[str]:
        """Every group that the settings name, and the roles."""
        inner = (group for many in (self.users, self.groups) for groups in many.values() for group in groups)
        return frozenset((*ROLES, *self.groups, *inner))

    def _closed(self, groups: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(groups)
        while waiting:
            if (group := waiting.pop()) not in found:
                found.add(group)
                waiting += self.groups.get(group, ())
        return found


def is_account(place: str) -> bool:
    """Whether a place is an account's id, and not an OU."""
    return len(place) == 12 and place.isascii() and place.isdecimal()  # noqa: PLR2004 (digits of an account id)
