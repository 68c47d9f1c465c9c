"""A large organization for measurements: a thousand accounts, seventeen Regions, eight profiles, six hundred controls."""

from types import MappingProxyType

from controls.central.central_world import applied, policy
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.types import CentralState, ListForm, Profile
from hubposture.controls.central.wishes import Govern, NodeWish, RegionWish, Unlisted, Wishes
from hubposture.controls.state import Universe
from hubposture.model.controls import ControlId, Standard
from hubposture.model.organization import Account, Organization, OrgUnit

REGIONS = tuple(f"region-{number:02}" for number in range(17))
STANDARDS = tuple(Standard(name, "1.0.0") for name in ("cis", "fsbp", "nist", "pci"))
CONTROLS = tuple(ControlId(f"svc{number % 80}.{number // 80 + 1}") for number in range(600))
UNIVERSE = Universe(
    tuple(
        (standard, control)
        for at, standard in enumerate(STANDARDS)
        for number, control in enumerate(CONTROLS)
        if number % 4 <= at + 1
    )
)
EVERYTHING = UNIVERSE.encode(UNIVERSE.pairs)


def large(
    *, accounts: int = 1000, units: int = 60, profiles: int = 8, policies: int = 8
) -> tuple[Organization, CentralState, Wishes, CentralGround]:
    """Every OU has one of the profiles, every seventh account another; every wish is an object of its own.

    Today's policies differ a little from what is desired, and every eleventh account has one of its own.
    """
    missing = UNIVERSE.of_control[CONTROLS[7]]
    ground = CentralGround(
        universe=UNIVERSE,
        home=REGIONS[0],
        regions=REGIONS,
        available={region: EVERYTHING & ~(missing if at % 3 else 0) for at, region in enumerate(REGIONS)},
        shown={control: control.upper() for control in CONTROLS},
        global_controls=frozenset(CONTROLS[:48]),
    )
    tree = {"r": OrgUnit("r", "Root", None, "/")}
    for number in range(1, units):
        above = "r" if number < 8 else f"ou-{number // 4:03}"
        tree[f"ou-{number:03}"] = OrgUnit(f"ou-{number:03}", str(number), above, f"/{number}")
    ids = [f"{number:012}" for number in range(1, accounts + 1)]
    names = list(tree)
    members = {one: Account(one, f"n{one}", names[at % units]) for at, one in enumerate(ids)}
    organization = Organization(
        "large",
        "o-large",
        "aws",
        ids[0],
        ids[1],
        REGIONS[0],
        REGIONS,
        MappingProxyType(tree),
        MappingProxyType(members),
    )
    wishes = {name: _wish(at % profiles) for at, name in enumerate(names)}
    wishes |= {
        one: _wish((at if at % 7 == 0 else names.index(members[one].ou)) % profiles) for at, one in enumerate(ids)
    }
    ours = tuple(policy(f"p{at}", _profile(at)) for at in range(policies))
    now = {name: f"id-p{at % policies}" for at, name in enumerate(names)}
    now |= {one: f"id-p{at % policies}" for at, one in enumerate(ids) if at % 11 == 0}
    state = CentralState("large", ours, tuple(applied(node, to) for node, to in now.items()))
    return organization, state, wishes, ground


def _off(number: int) -> frozenset[ControlId]:
    return frozenset(CONTROLS[number * 11 : number * 11 + 40])


def _profile(number: int) -> Profile:
    return Profile(frozenset(STANDARDS), ListForm.DISABLED, _off(number) | {CONTROLS[500 + number]})


def _wish(number: int) -> NodeWish:
    on = EVERYTHING
    for control in _off(number):
        on &= ~UNIVERSE.of_control[control]
    cells: dict[ControlId | Standard, str] = {control: f"Controls!G{at}" for at, control in enumerate(CONTROLS[:40])}
    wish = RegionWish(frozenset(STANDARDS), EVERYTHING, on, (), MappingProxyType(cells))
    return NodeWish(tuple((region, wish) for region in REGIONS), Unlisted.ENABLE, "unlisted", Govern.KEEP)
