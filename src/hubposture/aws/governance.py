"""How targets are governed: by account, by a configuration policy, or by a declarative policy of Organizations."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.aws.tree import ORGANIZATIONS
from hubposture.errors import RemoteError
from hubposture.model.organization import AccountState, Organization
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way

_log = logging.getLogger(__name__)

SELF_MANAGED: Final = "SELF_MANAGED_SECURITY_HUB"
DECLARATIVE: Final = "SECURITYHUB_CSPM_POLICY"
_NOT_FOUND: Final = "EffectivePolicyNotFoundException"
_EVERYWHERE: Final = frozenset({"ALL_SUPPORTED"})


@dataclass(frozen=True, slots=True)
class Applied:
    """A configuration policy on an account, OU or root: its name, SELF_MANAGED for "left to itself"; where it sits."""

    policy: str
    origin: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The declarative policies that bear on an account; `regions` None means every Region, as we cannot tell which."""

    by: str
    regions: frozenset[str] | None


def read_applied(gateway: Gateway, *, home: str) -> Mapping[str, Applied]:
    """What is applied, by the id of account, OU or root (ListConfigurationPolicyAssociations); raises RemoteError.

    Inherited ones are left out: inheritance follows from the tree, and the tree cannot lag behind itself.
    """
    seat = gateway.administrator(region=home)
    names = {
        name: one["Name"]
        for one in gateway.items(seat, "ListConfigurationPolicies", "ConfigurationPolicySummaries", {"MaxResults": 100})
        for name in (one["Id"], one["Arn"])
    }
    listed = gateway.items(
        seat, "ListConfigurationPolicyAssociations", "ConfigurationPolicyAssociationSummaries", {"MaxResults": 100}
    )
    return {
        one["TargetId"]: Applied(_policy_name(one["ConfigurationPolicyId"], names), one["TargetId"])
        for one in listed
        if one.get("AssociationType") == "APPLIED"
    }


def _policy_name(identifier: str, names: Mapping[str, str]) -> str:
    return names.get(identifier) or names.get(identifier.rpartition("/")[2]) or identifier


def central_governance(organization: Organization, account: str, applied: Mapping[str, Applied]) -> Governance:
    """How a centrally configured organization governs an account: what is applied nearest, going up the tree."""
    above = [unit.id for unit in organization.lineage(organization.accounts[account].ou)]
    found = next((applied[one] for one in (account, *above) if one in applied), None)
    if found is None:
        return Governance(Way.SELF_MANAGED)
    if found.policy == SELF_MANAGED:
        return Governance(Way.SELF_MANAGED, origin=found.origin)
    return Governance(Way.CENTRAL, by=found.policy, origin=found.origin)


def read_declared(
    gateway: Gateway, pool: Pool, organization: Organization, *, policy_types: frozenset[str]
) -> Mapping[str, Declared | RemoteError]:
    """Which accounts declarative policies govern, and where; an account that is absent has none.

    Only asks when the policy type is enabled on the root, and then only for accounts below a policy's targets. Where
    that cannot be read, every account is asked; where an account cannot be asked, its value is the error.
    """
    if DECLARATIVE not in policy_types:
        return {}
    below = _accounts_below(gateway, organization)
    found: dict[str, Declared | RemoteError] = {}
    for account, answer in pool.spread(lambda one: _effective(gateway, one), sorted(below)):
        if isinstance(answer, RemoteError):
            found[account] = answer
        elif isinstance(answer, Exception):
            raise answer
        elif answer is not None:
            found[account] = Declared(", ".join(sorted(below[account])) or DECLARATIVE, answer.regions)
    return found


def _accounts_below(gateway: Gateway, organization: Organization) -> Mapping[str, frozenset[str]]:
    """Live accounts that a policy of this type may bear on, with the policies' names; all of them if unknown."""
    live = [one for one in organization.accounts.values() if one.state.is_live]
    try:
        sits = dict(_attachments(gateway))
    except RemoteError as problem:
        _log.warning("where declarative policies are attached cannot be read, every account is asked: %s", problem)
        return {one.id: frozenset() for one in live}
    found: dict[str, frozenset[str]] = {}
    for account in live:
        chain = (account.id, *(unit.id for unit in organization.lineage(account.ou)))
        if names := frozenset(name for one in chain for name in sits.get(one, ())):
            found[account.id] = names
    return found


def _attachments(gateway: Gateway) -> Mapping[str, Sequence[str]]:
    seat = gateway.administrator(ORGANIZATIONS)
    sits: dict[str, list[str]] = {}
    for policy in gateway.items(seat, "ListPolicies", "Policies", {"Filter": DECLARATIVE, "MaxResults": 20}):
        asked = {"PolicyId": policy["Id"], "MaxResults": 20}
        for target in gateway.items(seat, "ListTargetsForPolicy", "Targets", asked):
            sits.setdefault(target["TargetId"], []).append(policy.get("Name") or policy["Id"])
    return sits


def _effective(gateway: Gateway, account: str) -> Declared | None:
    """What declarative policies say for an account; None if there is none. Raises RemoteError."""
    asked = {"PolicyType": DECLARATIVE, "TargetId": account}
    try:
        reply = gateway.call(gateway.administrator(ORGANIZATIONS), "DescribeEffectivePolicy", asked)
    except RemoteError as problem:
        if problem.code == _NOT_FOUND:
            return None
        raise
    return Declared("", governed_regions(reply["EffectivePolicy"].get("PolicyContent", "")))


def governed_regions(content: str) -> frozenset[str] | None:
    """The Regions that an effective policy governs: those it enables or disables Security Hub in.

    None means every Region: the policy says so (ALL_SUPPORTED), or its text is not understood, and a target that may
    be governed is not written.
    """
    try:
        lists = list(_lists(json.loads(content)))
    except ValueError:
        return None
    regions = frozenset(region for one in lists for region in one)
    return None if not lists or regions & _EVERYWHERE else regions


def _lists(node: Any) -> Iterator[list[str]]:
    """The lists of Regions at any depth, also where an inheritance operator wraps them."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name in ("enable_in_regions", "disable_in_regions"):
            yield from _strings(value)
        else:
            yield from _lists(value)


def _strings(value: Any) -> Iterator[list[str]]:
    if isinstance(value, list):
        yield [str(one) for one in value]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)


def target_governance(
    organization: Organization,
    targets: Iterable[Target],
    *,
    applied: Mapping[str, Applied] | None,
    declared: Mapping[str, Declared | RemoteError],
) -> dict[Target, Governance | Unreadable]:
    """How each target is governed. `applied` None means that the organization is configured locally.

    A configuration policy takes effect in linked Regions alone; a declarative policy comes before it.
    """
    found: dict[Target, Governance | Unreadable] = {}
    ways: dict[str, Governance] = {}
    local = Governance(Way.LOCAL)
    for target in targets:
        above = declared.get(target.account)
        if (closed := _closed(organization, target)) is not None:
            found[target] = closed
        elif isinstance(above, RemoteError):
            found[target] = _untold(target, above)
        elif above is not None and (above.regions is None or target.region in above.regions):
            found[target] = Governance(Way.DECLARATIVE, by=above.by, origin=target.account)
        elif applied is None or target.region not in organization.linked_regions:
            found[target] = local
        else:
            if target.account not in ways:
                ways[target.account] = central_governance(organization, target.account, applied)
            found[target] = ways[target.account]
    return found


def _closed(organization: Organization, target: Target) -> Unreadable | None:
    account = organization.accounts.get(target.account)
    if account is None:
        return Unreadable(target, Because.REMOTE, "the account is not in the organization any more")
    if account.state.is_live:
        return None
    because = Because.SUSPENDED if account.state is AccountState.SUSPENDED else Because.CLOSING
    return Unreadable(target, because, "nothing can be read or written in it", expected=True)


def _untold(target: Target, problem: RemoteError) -> Unreadable:
    why = "declarative Security Hub policies are enabled in the organization, and whether one governs this account is unknown"
    return Unreadable(target, Because.DENIED, f"{why}: {problem}")
