"""A thousand accounts in seventeen Regions, in memory: what planning costs when reading is done."""

import datetime as dt
import resource
import time
from collections.abc import Iterator

from hubposture.catalog import CatalogControl, load, standard_arn
from hubposture.catalog.dispositions import SCOPE
from hubposture.controls.definitions import Definition, Definitions, RegionDefinitions
from hubposture.controls.state import Reading, TargetState, Universe, universe
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Matrix
from hubposture.model.organization import Account, Organization, OrgUnit, RegionState
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.ports.organization import OrganizationReading, RegionUse
from hubposture.render import markdown
from hubposture.verbs.init import from_catalog
from hubposture.verbs.plan import Choices, Planned, plan
from hubposture.verbs.survey import Survey
from hubposture.views import plan as view
from hubposture.wiring import book_of_rows

ACCOUNTS = 1_000
REGIONS = tuple(f"region-{number}" for number in range(1, 18))
NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)


def _organization() -> Organization:
    units = {"r-root": OrgUnit("r-root", "Root", None, "/")}
    for number in range(20):
        units[f"ou-{number}"] = OrgUnit(f"ou-{number}", f"Unit{number}", "r-root", f"/Unit{number}")
    accounts = {
        f"{number:012d}": Account(
            f"{number:012d}", f"account-{number}", f"ou-{number % 20}", tags={"env": str(number % 3)}
        )
        for number in range(1, ACCOUNTS + 1)
    }
    return Organization("large", "o-large", "aws", "000000000001", "000000000002", REGIONS[0], REGIONS, units, accounts)


def _definition(control: CatalogControl, *, available: bool) -> Definition:
    return Definition(control.id, control.shown, control.title, control.severity, available, control.parameters)


def _definitions() -> Definitions:
    catalog = load()
    found = {}
    for number, region in enumerate(REGIONS):
        controls = {
            one.id: _definition(one, available=(at + number) % 23 != 0)
            for at, one in enumerate(catalog.controls.values())
        }
        members = {standard: frozenset(one.id for one in catalog.members(standard)) for standard in SCOPE}
        arns = {standard: standard_arn(standard, partition="aws", region=region) for standard in SCOPE}
        found[region] = RegionDefinitions(region, controls, members, arns)
    return found


def _readings(organization: Organization, everything: Universe) -> Iterator[Reading]:
    """Every target on, some controls off by account and Region, one target in fifty unreadable."""
    full = (1 << len(everything.pairs)) - 1
    way = Governance(Way.LOCAL)
    for at, account in enumerate(sorted(organization.accounts)):
        for number, region in enumerate(REGIONS):
            target = Target(organization.name, account, region)
            if (at * 17 + number) % 50 == 0:
                yield Unreadable(target, Because.NO_ROLE, "no such role")
                continue
            off = sum(1 << (bit * 37 + at + number) % len(everything.pairs) for bit in range(40))
            yield TargetState(target, way, frozenset(SCOPE), frozenset(), frozenset(), full, full & ~off)


def matrix() -> Matrix:
    """The starting matrix with 300 narrower rows over scopes by OU, tag and Region."""
    rows = dict(from_catalog(load()))
    scopes = [{"scope": f"scope-{n}", "ous": f"/Unit{n}", "regions": REGIONS[n % 17]} for n in range(20)]
    scopes += [{"scope": "env-2", "account_tags": "env=2"}]
    narrow = [
        {"control": row["control"], "scope": f"scope-{at % 20}", "disposition": "not-applicable", "reason": "bench"}
        for at, row in enumerate(rows["Controls"][:300])
    ]
    book = book_of_rows({**rows, "Scopes": scopes, "Controls": [*rows["Controls"], *narrow]})
    return parse(book, load()).matrix


def planned() -> tuple[Planned, float]:
    """The plan and the seconds it took, without making the world."""
    organization, definitions = _organization(), _definitions()
    everything = universe(definitions)
    readings = tuple(_readings(organization, everything))
    uses = tuple(RegionUse(region, RegionState.ON, in_use=True, why="bench") for region in REGIONS)
    survey = Survey(OrganizationReading(organization, uses, central=False), definitions, everything, {}, readings)
    wanted = matrix()
    begun = time.perf_counter()
    found = plan(wanted, survey, catalog=load(), choices=Choices(), now=NOW)
    return found, time.perf_counter() - begun


def seconds() -> str:
    """The time of planning alone."""
    found, took = planned()
    return f"{took:.1f} s for {found.plan.count:,} changes in {len(found.plan.edits):,} targets"


def memory() -> str:
    """The peak of the whole process."""
    planned()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return f"{peak:.2f} GiB"


def comment() -> str:
    """How long the comment is, and how long it took to write."""
    found, _ = planned()
    around = view.Around(
        organization="large",
        accounts=found.survey.organization.accounts,
        targets=found.survey.targets,
        catalog=found.catalog,
        unreadable=frozenset(one.target for one in found.plan.unreadable),
    )
    begun = time.perf_counter()
    fitted = view.fitting(
        found.plan, around, limit=markdown.COMMENT_LIMIT - 512, size=lambda one: len(markdown.render(one))
    )
    return f"{len(markdown.render(fitted)):,} characters in {time.perf_counter() - begun:.1f} s"
