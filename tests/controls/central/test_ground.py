"""The ground from live definitions: availability, casing, and where a global-resource control is kept."""

from controls.central.central_world import ACME, EC2, FSBP, HOME, IAM, OTHER, S3, UNIVERSE, ground, profile
from hubposture.controls.central.ground import Moves, central_ground
from hubposture.controls.definitions import Definition, RegionDefinitions
from hubposture.model.controls import ControlId, Severity


def region(name: str, available: dict[ControlId, bool]) -> RegionDefinitions:
    controls = {one: Definition(one, one.upper(), "", Severity.LOW, here) for one, here in available.items()}
    return RegionDefinitions(name, controls, {FSBP: frozenset(available)}, {FSBP: "arn"})


def test_a_control_that_is_unavailable_in_a_region_has_no_pair_there() -> None:
    definitions = {HOME: region(HOME, {S3: True, EC2: True}), OTHER: region(OTHER, {S3: False, EC2: True})}
    found = central_ground(ACME, definitions, universe=UNIVERSE, global_controls=frozenset())
    assert found.available[HOME] == UNIVERSE.encode([(FSBP, S3), (FSBP, EC2)])
    assert found.available[OTHER] == UNIVERSE.encode([(FSBP, EC2)])
    assert found.name(S3) == "S3.8"


def test_a_region_without_definitions_binds_nothing() -> None:
    found = central_ground(ACME, {HOME: region(HOME, {S3: True})}, universe=UNIVERSE, global_controls=frozenset())
    assert found.available[OTHER] == 0


def test_a_global_control_is_reached_in_one_region() -> None:
    bits = UNIVERSE.of_control[IAM]
    assert [bool(ground().reach[one] & bits) for one in (HOME, OTHER)] == [True, False]
    assert [bool(ground(home_lacks=bits).reach[one] & bits) for one in (HOME, OTHER)] == [False, True]


def test_a_control_in_two_standards_moves_once_per_region() -> None:
    moves = Moves(ground())
    assert moves.count(profile(), profile([S3]), regions=[HOME, OTHER]) == 2
    assert moves.count(profile([IAM]), profile(), regions=[HOME, OTHER]) == 1
    assert moves.count(profile(), profile(), regions=[HOME, OTHER]) == 0
