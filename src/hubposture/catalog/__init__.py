"""Security Hub's controls and standards: packaged facts, overlaid by what the live hub says.

`load()` gives the packaged `Catalog`; `with_live` puts a hub's definitions over it.
"""

from hubposture.catalog.book import Catalog, load, make_catalog
from hubposture.catalog.dispositions import Proposal, propose, propose_all
from hubposture.catalog.entries import CatalogControl, Membership, RetiredControl
from hubposture.catalog.live import Difference, DifferenceKind, Live, LiveDefinition, with_live
from hubposture.catalog.requirements import Requirement, parse_requirement
from hubposture.catalog.standards import (
    STANDARDS,
    find_standard,
    parse_standard_arn,
    standard_arn,
    standard_title,
    subscription_arn,
)
from hubposture.catalog.suggest import Suggestion, suggest

__all__ = [
    "STANDARDS",
    "Catalog",
    "CatalogControl",
    "Difference",
    "DifferenceKind",
    "Live",
    "LiveDefinition",
    "Membership",
    "Proposal",
    "Requirement",
    "RetiredControl",
    "Suggestion",
    "find_standard",
    "load",
    "make_catalog",
    "parse_requirement",
    "parse_standard_arn",
    "propose",
    "propose_all",
    "standard_arn",
    "standard_title",
    "subscription_arn",
    "suggest",
    "with_live",
]
