"""A survey of the small organization, and workbooks made of rows without a file."""

from collections.abc import Mapping, Sequence

from controls.controls_world import ACCOUNTS, DEFINITIONS, HOME, REGIONS, TARGETS, UNIVERSE
from hubposture.catalog import load
from hubposture.controls.definitions import Definitions
from hubposture.controls.state import Reading, universe
from hubposture.matrix.cells import Book, Cell, Sheet
from hubposture.matrix.columns import SHEETS
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Matrix
from hubposture.model.organization import Account, Organization, OrgUnit, RegionState
from hubposture.model.targets import Unreadable
from hubposture.ports.organization import OrganizationReading, RegionUse
from hubposture.verbs.init import Rows
from hubposture.verbs.survey import Survey

UNITS = {
    "r-root": OrgUnit("r-root", "Root", None, "/"),
    "ou-root-prodprod": OrgUnit("ou-root-prodprod", "Prod", "r-root", "/Prod"),
}
ORGANIZATION = Organization(
    name="acme",
    id="o-acme",
    partition="aws",
    management_account=ACCOUNTS[2],
    administrator=ACCOUNTS[0],
    home_region=HOME,
    linked_regions=REGIONS,
    units=UNITS,
    accounts={
        ACCOUNTS[0]: Account(ACCOUNTS[0], "security", "r-root", alias="acme-security"),
        ACCOUNTS[1]: Account(ACCOUNTS[1], "shop", "ou-root-prodprod", alias="acme-shop", tags={"env": "prod"}),
        ACCOUNTS[2]: Account(ACCOUNTS[2], "bank", "ou-root-prodprod"),
    },
)
READING = OrganizationReading(
    ORGANIZATION, tuple(RegionUse(one, RegionState.ON, in_use=True, why="linked") for one in REGIONS), central=False
)


def survey(readings: Sequence[Reading], *, definitions: Definitions = DEFINITIONS) -> Survey:
    """A survey with these readings, one for every target."""
    assert sorted(one.target for one in readings) == sorted(TARGETS)
    return Survey(
        reading=READING,
        definitions=definitions,
        universe=UNIVERSE if definitions is DEFINITIONS else universe(definitions),
        governance={one.target: one if isinstance(one, Unreadable) else one.governance for one in readings},
        readings=tuple(sorted(readings, key=lambda one: one.target)),
    )


def book(rows: Rows, name: str = "controls.xlsx") -> Book:
    """The workbook these rows make, sheet by sheet under our headings."""
    return Book(name, "sha256:0", tuple(_sheet(spec.name, rows.get(spec.name, ())) for spec in SHEETS if not spec.ours))


def _sheet(name: str, rows: Sequence[Mapping[str, str]]) -> Sheet:
    columns = next(spec.columns for spec in SHEETS if spec.name == name)
    texts = [[column.heading for column in columns], *([row.get(column.key, "") for column in columns] for row in rows)]
    assert all(set(row) <= {column.key for column in columns} for row in rows)
    cells = {
        (at, column): Cell(name, at, column, text)
        for at, row in enumerate(texts, start=1)
        for column, text in enumerate(row, start=1)
        if text
    }
    return Sheet(name, cells)


def matrix(rows: Rows) -> Matrix:
    """The matrix these rows make; they must be free of problems."""
    parsed = parse(book(rows), load())
    assert parsed.problems == ()
    return parsed.matrix
