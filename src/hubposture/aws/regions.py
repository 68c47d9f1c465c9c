"""Regions: which are on, which are linked to the home Region, and which are used although they are not."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.aws.failures import is_hub_off, is_region_closed, is_region_unknown
from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError
from hubposture.model.organization import RegionState
from hubposture.ports.organization import RegionUse

_log = logging.getLogger(__name__)

_ON: Final = frozenset({"ENABLED", "ENABLED_BY_DEFAULT", "opted-in", "opt-in-not-required"})


@dataclass(frozen=True, slots=True)
class Links:
    """The home Region, and the Regions that aggregate into it, the home Region included, sorted."""

    home: str
    linked: tuple[str, ...]


def read_opted_in(gateway: Gateway) -> Mapping[str, bool]:
    """Region -> whether the administrator's account has it on.

    From account:ListRegions, or ec2:DescribeRegions where that is not allowed. Raises RemoteError when neither is.
    """
    try:
        listed = list(gateway.items(gateway.administrator("account"), "ListRegions", "Regions", {"MaxResults": 50}))
        return {one["RegionName"]: one["RegionOptStatus"] in _ON for one in listed}
    except RemoteError as problem:
        _log.info("account:ListRegions is not allowed, asking ec2:DescribeRegions instead: %s", problem)
    reply = gateway.call(gateway.administrator("ec2"), "DescribeRegions", {"AllRegions": True})
    return {one["RegionName"]: one.get("OptInStatus", "") in _ON for one in reply.get("Regions") or ()}


def read_links(gateway: Gateway, *, opted_in: Iterable[str]) -> Links:
    """The finding aggregator's Regions (ListFindingAggregators, GetFindingAggregator).

    Without an aggregator the Region of the roles is home and nothing else is linked. Raises RemoteError.
    """
    listed = list(gateway.items(gateway.administrator(), "ListFindingAggregators", "FindingAggregators"))
    if not listed:
        home = gateway.roles.region
        _log.warning("no finding aggregator: %s is taken for the home Region, and no other Region is linked", home)
        return Links(home, (home,))
    arn = listed[0]["FindingAggregatorArn"]
    home = arn.split(":")[3]
    found = gateway.call(gateway.administrator(region=home), "GetFindingAggregator", {"FindingAggregatorArn": arn})
    return Links(home, tuple(sorted({home, *linked_regions(found, opted_in)})))


def linked_regions(found: Mapping[str, Any], opted_in: Iterable[str]) -> frozenset[str]:
    """The Regions that an aggregator links, by its linking mode; `Regions` lists those in or those left out."""
    named = frozenset(found.get("Regions") or ())
    match found.get("RegionLinkingMode"):
        case "ALL_REGIONS":
            return named or frozenset(opted_in)
        case "ALL_REGIONS_EXCEPT_SPECIFIED":
            return frozenset(opted_in) - named
        case "SPECIFIED_REGIONS":
            return named
        case _:
            return frozenset()


def region_uses(
    gateway: Gateway, pool: Pool, links: Links, opted_in: Mapping[str, bool], *, named: Sequence[str]
) -> tuple[RegionUse, ...]:
    """Every Region that matters, sorted: linked, on for the administrator, or named in the settings.

    Of Regions that are on but not linked it asks whether the administrator has Security Hub on there.
    """
    served = gateway.caller.clients.regions_of("securityhub", gateway.roles.partition)
    matter = {region for region, on in opted_in.items() if on and region in served} | set(links.linked) | set(named)
    unlinked = sorted(region for region in matter if region not in links.linked and opted_in.get(region))
    asked = dict(pool.spread(lambda region: _hub_there(gateway, region), unlinked))
    return tuple(
        _linked(region, opted_in) if region in links.linked else _unlinked(region, opted_in, asked.get(region), named)
        for region in sorted(matter)
    )


def _linked(region: str, opted_in: Mapping[str, bool]) -> RegionUse:
    if opted_in.get(region, True):
        return RegionUse(region, RegionState.ON, in_use=True, why="linked to the home Region")
    return RegionUse(
        region, RegionState.NOT_OPTED_IN, in_use=False, why="linked, but the administrator's account has it off"
    )


def _unlinked(
    region: str, opted_in: Mapping[str, bool], hub: RegionUse | Exception | None, named: Sequence[str]
) -> RegionUse:
    by_name = "named in the settings" if region in named else ""
    if isinstance(hub, Exception):
        return RegionUse(region, RegionState.NOT_LINKED, in_use=bool(by_name), why=by_name or f"cannot tell: {hub}")
    if hub is not None:
        return RegionUse(region, hub.state, in_use=hub.in_use or bool(by_name), why=by_name or hub.why)
    state = RegionState.NOT_LINKED if opted_in.get(region) else RegionState.NOT_OPTED_IN
    return RegionUse(region, state, in_use=bool(by_name), why=by_name or "not opted in")


def _hub_there(gateway: Gateway, region: str) -> RegionUse:
    """Whether the administrator has Security Hub on in a Region that is not linked; raises RemoteError."""
    try:
        gateway.call(gateway.administrator(region=region), "DescribeHub")
    except RemoteError as problem:
        if is_hub_off(problem.code):
            return RegionUse(region, RegionState.NOT_LINKED, in_use=False, why="Security Hub is off there")
        if is_region_closed(problem):
            return RegionUse(region, RegionState.CLOSED, in_use=False, why="closed by a service control policy")
        if is_region_unknown(problem.code):
            return RegionUse(region, RegionState.NOT_OPTED_IN, in_use=False, why="not opted in")
        raise
    return RegionUse(region, RegionState.NOT_LINKED, in_use=True, why="the administrator has Security Hub on there")
