"""Central configuration behind `ports.central.CentralReader`: policies with their tags, and all associations."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from hubposture.aws.central_wire import MARK, association_from, content_from
from hubposture.aws.gateway import Gateway, Seat
from hubposture.controls.central.tree import Tree, tree_of
from hubposture.controls.central.types import Association, AssociationStatus, CentralState, NodeKind, Policy
from hubposture.errors import RemoteError
from hubposture.model.organization import Organization

PAGE: Final = 100
_GONE: Final = "ResourceNotFoundException"


class AwsCentral:
    """Reads with the administrator's reader role in the home Region; `instance` is the id in our marks."""

    def __init__(self, gateway: Gateway, *, instance: str) -> None:
        self._gateway = gateway
        self._instance = instance

    def read(self, organization: Organization) -> CentralState:
        """Policies and associations; see `ports.central.CentralReader.read`."""
        seat = self._gateway.administrator(region=organization.home_region)
        return read_state(self._gateway, seat, organization, instance=self._instance)


def read_state(gateway: Gateway, seat: Seat, organization: Organization, *, instance: str) -> CentralState:
    """Central configuration as one seat sees it. Raises RemoteError."""
    associations = list_associations(gateway, seat)
    policies = tuple(_policies(gateway, seat, instance))
    return CentralState(organization.name, policies, tuple(_judged(associations, organization)))


def list_associations(
    gateway: Gateway, seat: Seat, *, filters: Mapping[str, str] | None = None
) -> tuple[Association, ...]:
    """All associations, applied and inherited, or those that a filter of Security Hub lets through."""
    params: dict[str, Any] = {"MaxResults": PAGE} | ({"Filters": dict(filters)} if filters else {})
    listed = gateway.items(
        seat, "ListConfigurationPolicyAssociations", "ConfigurationPolicyAssociationSummaries", params
    )
    return tuple(association_from(one) for one in listed)


def _policies(gateway: Gateway, seat: Seat, instance: str) -> Iterator[Policy]:
    listed = gateway.items(seat, "ListConfigurationPolicies", "ConfigurationPolicySummaries", {"MaxResults": PAGE})
    for summary in list(listed):
        try:
            found = gateway.call(seat, "GetConfigurationPolicy", {"Identifier": summary["Id"]})
            tags = gateway.call(seat, "ListTagsForResource", {"ResourceArn": summary["Arn"]}).get("Tags") or {}
        except RemoteError as problem:
            if problem.code == _GONE:  # deleted since it was listed
                continue
            raise
        yield Policy(
            id=found["Id"],
            arn=found["Arn"],
            name=found["Name"],
            description=found.get("Description") or "",
            content=content_from(found["ConfigurationPolicy"]),
            ours=tags.get(MARK) == instance,
        )


def _judged(associations: Iterable[Association], organization: Organization) -> Iterator[Association]:
    """Units whose association failed for accounts alone that are no longer live have it all the same.

    Otherwise a suspended account would have its unit tried again for ever.
    """
    found = tuple(associations)
    tree = tree_of(organization)
    failed = {one.node.id for one in found if one.status is AssociationStatus.FAILED}
    for one in found:
        if one.status is AssociationStatus.FAILED and one.node.kind is not NodeKind.ACCOUNT:
            below = [
                id_ for id_ in failed if tree.nodes.keys() >= {id_} and tree.is_account(id_) and _under(id_, one, tree)
            ]
            if below and not any(organization.accounts[id_].state.is_live for id_ in below):
                yield replace(one, status=AssociationStatus.SUCCESS, message="")
                continue
        yield one


def _under(account: str, association: Association, tree: Tree) -> bool:
    return association.node.id in tree.upward(account)
