"""What a configuration policy can say, and which cells stand in the way where it cannot."""

import pytest

from controls.central.central_world import (
    ALL,
    CIS,
    EC2,
    FSBP,
    HOME,
    IAM,
    KMS,
    LAMBDA,
    OTHER,
    S3,
    UNIVERSE,
    ground,
    profile,
    region_wish,
    wish,
)
from hubposture.controls.central.express import Obstacle, express
from hubposture.controls.central.types import ListForm, Profile
from hubposture.controls.central.wishes import NodeWish, Unlisted
from hubposture.model.controls import Standard


def obstacles(wanted: NodeWish, **more: object) -> tuple[Obstacle, ...]:
    said = express(wanted, ground(**more))  # type: ignore[arg-type]  # passed through
    assert isinstance(said, tuple)
    return said


def test_what_is_off_everywhere_is_listed_as_disabled_when_the_unlisted_are_on() -> None:
    assert express(wish([S3]), ground()) == profile([S3])


def test_what_is_on_is_listed_as_enabled_when_the_unlisted_are_off() -> None:
    spoken = UNIVERSE.of_control[S3] | UNIVERSE.of_control[EC2]
    said = express(wish([S3], spoken=spoken, unlisted=Unlisted.DISABLE), ground())
    assert said == Profile(frozenset((FSBP, CIS)), ListForm.ENABLED, frozenset([EC2]))


def test_controls_without_a_row_follow_unlisted() -> None:
    spoken = UNIVERSE.of_control[S3]
    assert express(wish([S3], spoken=spoken), ground()) == profile([S3])


def test_leave_cannot_be_said_and_names_the_setting() -> None:
    (found,) = obstacles(wish(unlisted=Unlisted.LEAVE))
    assert found.cells == ("hubposture.toml:controls.unlisted",)
    assert "left as they are" in found.what


def test_a_control_on_in_one_region_and_off_in_another_names_both_and_the_cells() -> None:
    (found,) = obstacles(wish([S3], there=region_wish(rows=41)))
    assert found.cells == ("Controls!G1", "Controls!G41")
    assert found.what == f"S3.8 is wanted on in {OTHER} and off in {HOME}"


def test_a_control_that_a_region_lacks_does_not_bind_there() -> None:
    assert express(wish([LAMBDA], there=region_wish()), ground()) == profile([LAMBDA])


def test_a_global_control_counts_in_the_home_region_alone() -> None:
    assert express(wish(there=region_wish([IAM])), ground()) == profile()
    assert express(wish([IAM], there=region_wish()), ground()) == profile([IAM])


def test_a_global_control_that_the_home_region_lacks_counts_where_it_exists() -> None:
    said = express(wish(there=region_wish([IAM])), ground(home_lacks=UNIVERSE.of_control[IAM]))
    assert said == profile([IAM])


def test_a_control_on_in_one_standard_and_off_in_another_cannot_be_said() -> None:
    one_off = region_wish()
    only = NodeWish(
        regions=tuple(
            (region, type(one_off)(one_off.standards, ALL, ALL & ~UNIVERSE.encode([(CIS, S3)]), (), one_off.cells))
            for region in (HOME, OTHER)
        ),
        unlisted=Unlisted.ENABLE,
        unlisted_source="",
    )
    (found,) = obstacles(only)
    assert found.what == "S3.8 is wanted on in fsbp-1.0.0 and off in cis-5.0.0"
    assert found.cells == ("Controls!G1",)


def test_a_standard_on_in_one_region_only_cannot_be_said() -> None:
    found = obstacles(wish(there=region_wish(standards=[FSBP])))
    assert [one.what for one in found] == [f"cis-5.0.0 is wanted on in {HOME} and off in {OTHER}"]
    assert found[0].cells == ("Standards!B3",)


def test_a_service_managed_standard_cannot_be_in_a_policy() -> None:
    tower = Standard("service-managed-aws-control-tower", "1.0.0")
    assert "managed by another service" in obstacles(wish(standards=[FSBP, tower]))[0].what


def test_parameters_must_agree_between_regions() -> None:
    here = ((S3, (("days", 30),)),)
    assert express(wish(parameters=here), ground()) == profile(parameters=here)
    (found,) = obstacles(wish(parameters=here, there=region_wish()))
    assert found.what == f"S3.8 is wanted with different parameters: days=30 in {HOME}; defaults in {OTHER}"


def test_parameters_of_a_control_that_is_off_are_not_part_of_a_profile() -> None:
    assert express(wish([S3], parameters=((S3, (("days", 30),)),)), ground()) == profile([S3])


def test_a_settling_control_takes_no_part() -> None:
    assert express(wish([KMS], there=region_wish()), ground(settling=[KMS])) == profile()


def test_every_obstacle_is_told_at_once() -> None:
    assert len(obstacles(wish([S3, EC2], there=region_wish(), unlisted=Unlisted.LEAVE))) == 3


@pytest.mark.parametrize("settling", [[], [KMS]])
def test_saying_it_again_says_the_same(settling: list[object]) -> None:
    the_ground = ground(settling=settling)  # type: ignore[arg-type]  # ids
    said = express(wish([KMS, S3]), the_ground)
    assert isinstance(said, Profile)
    assert the_ground.normal(said) == said
