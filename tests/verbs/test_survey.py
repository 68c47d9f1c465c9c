"""Survey: everything is read once, closed things are listed, and only surprises are surprises."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from controls.controls_world import ACCOUNTS, DARK, DEFINITIONS, HOME, OTHER, TARGETS, state
from hubposture.controls.state import TargetState
from hubposture.model.organization import AccountState, RegionState
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.ports.organization import OrganizationReading, RegionUse
from hubposture.verbs.survey import Expected, Survey, survey
from verbs.fakes import FakeHub
from verbs.worlds import ORGANIZATION, READING

TODAY = dt.date(2026, 11, 24)


@dataclass
class FakeOrganizations:
    reading: OrganizationReading = READING
    dark: Sequence[Target] = (DARK.target,)
    asked: list[Target] = field(default_factory=list)

    def read(self) -> OrganizationReading:
        return self.reading

    def governance(
        self, reading: OrganizationReading, targets: Sequence[Target]
    ) -> Mapping[Target, Governance | Unreadable]:
        self.asked += targets
        return {target: DARK if target in self.dark else Governance(Way.LOCAL) for target in targets}


class Hub(FakeHub):
    """Gives back as it is what is unreadable already, as the port demands."""

    def read(self, targets, universe, definitions, *, progress=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        for target in sorted(targets, reverse=True):
            given = targets[target]
            yield given if isinstance(given, Unreadable) else self.states[target]


def surveyed(
    organizations: FakeOrganizations | None = None, hub: FakeHub | None = None, expected: Sequence[Expected] = ()
) -> Survey:
    hub = hub or Hub({target: state(target) for target in TARGETS})
    return survey(organizations or FakeOrganizations(), hub, expected=expected, today=TODAY)


def closed(account: str, to: AccountState) -> OrganizationReading:
    accounts = {**ORGANIZATION.accounts, account: replace(ORGANIZATION.accounts[account], state=to)}
    return replace(READING, organization=replace(ORGANIZATION, accounts=accounts))


def unreadable(found: Survey) -> dict[Target, Unreadable]:
    return {one.target: one for one in found.readings if isinstance(one, Unreadable)}


def test_every_account_in_every_linked_region_is_a_reading_exactly_once_and_sorted() -> None:
    found = surveyed()
    assert found.targets == tuple(sorted(TARGETS))
    assert unreadable(found) == {DARK.target: DARK}
    assert found.organization == ORGANIZATION


@pytest.mark.parametrize(
    ("given", "because"),
    [(AccountState.SUSPENDED, Because.SUSPENDED), (AccountState.CLOSING, Because.CLOSING)],
)
def test_an_account_that_takes_no_part_is_listed_as_expected_and_nobody_asks_it(given: Any, because: Any) -> None:
    organizations = FakeOrganizations(closed(ACCOUNTS[1], given))
    found = unreadable(surveyed(organizations))
    mine = [one for one in found.values() if one.target.account == ACCOUNTS[1]]
    assert [(one.because, one.expected) for one in mine] == [(because, True)] * 2
    assert ACCOUNTS[1] not in {one.account for one in organizations.asked}


@pytest.mark.parametrize(
    ("given", "because"),
    [(RegionState.NOT_OPTED_IN, Because.NOT_OPTED_IN), (RegionState.CLOSED, Because.CLOSED_REGION)],
)
def test_a_region_that_is_closed_is_listed_as_expected_with_why(given: Any, because: Any) -> None:
    regions = (
        RegionUse(HOME, RegionState.ON, in_use=True, why=""),
        RegionUse(OTHER, given, in_use=False, why="an SCP"),
    )
    found = unreadable(surveyed(FakeOrganizations(replace(READING, regions=regions))))
    mine = [one for one in found.values() if one.target.region == OTHER]
    assert {(one.because, one.detail, one.expected) for one in mine} == {(because, "an SCP", True)}
    assert len(mine) == len(ACCOUNTS)


def test_targets_of_a_region_whose_definitions_could_not_be_read_are_unreadable_and_a_surprise() -> None:
    class Half(Hub):
        def definitions(self, organization, regions):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            return {HOME: DEFINITIONS[HOME]}

    found = unreadable(surveyed(hub=Half({target: state(target) for target in TARGETS})))
    mine = [one for one in found.values() if one.target.region == OTHER and one.target != DARK.target]
    assert {(one.because, one.expected) for one in mine} == {(Because.REMOTE, False)}
    assert len(mine) == len(ACCOUNTS) - 1
    assert found[DARK.target] == DARK


@pytest.mark.parametrize("region", ["*", DARK.target.region])
def test_what_the_settings_expect_is_expected_until_its_review_is_due(region: Any) -> None:
    entry = Expected(DARK.target.account, region, "a partner runs it", TODAY)
    (one,) = unreadable(surveyed(expected=[entry])).values()
    assert one.expected
    assert one.detail == "a partner runs it, review by 2026-11-24"
    late = replace(entry, review_by=TODAY - dt.timedelta(days=1))
    (one,) = unreadable(surveyed(expected=[late])).values()
    assert not one.expected
    assert "the review is due" in one.detail


def test_what_is_expected_elsewhere_explains_nothing_here() -> None:
    entry = Expected(DARK.target.account, "eu-west-9", "a partner runs it", TODAY)
    assert not unreadable(surveyed(expected=[entry]))[DARK.target].expected
    assert all(isinstance(one, TargetState) or one.target == DARK.target for one in surveyed(expected=[entry]).readings)
