"""The organization behind `ports.organization.OrganizationReader`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.governance import read_applied, read_declared, target_governance
from hubposture.aws.pool import Pool
from hubposture.aws.regions import read_links, read_opted_in, region_uses
from hubposture.aws.session import Purpose
from hubposture.aws.tree import ORGANIZATIONS, read_root, read_tree, with_tags
from hubposture.errors import RemoteError
from hubposture.model.organization import Account, Organization
from hubposture.model.targets import Governance, Target, Unreadable
from hubposture.ports.organization import OrganizationReading

_log = logging.getLogger(__name__)

_PRINCIPAL = "securityhub.amazonaws.com"


class TagReading(StrEnum):
    """Whether account tags are read: one call an account, ten a second. Scopes and owners by tag need them."""

    ALL = "all"
    NONE = "none"


class AwsOrganization:
    """Reads Organizations, Regions and governance with the administrator's reader role.

    `name` is the organization's name in the settings; `named_regions` are the Regions that settings speak of.
    """

    def __init__(
        self,
        gateway: Gateway,
        pool: Pool,
        *,
        name: str,
        named_regions: Sequence[str] = (),
        tags: TagReading = TagReading.ALL,
    ) -> None:
        self._gateway = gateway
        self._pool = pool
        self._name = name
        self._named = tuple(named_regions)
        self._tags = tags
        self._policy_types: frozenset[str] | None = None

    def read(self) -> OrganizationReading:
        """The organization as it is now; see `ports.organization.OrganizationReader.read`."""
        gateway, pool = self._gateway, self._pool
        own = gateway.call(gateway.administrator(ORGANIZATIONS), "DescribeOrganization")["Organization"]
        management = own["MasterAccountId"]
        root = read_root(gateway)
        self._policy_types = root.policy_types
        tree = read_tree(gateway, pool, root.unit, management=management)
        accounts = dict(tree.accounts)
        if self._tags is TagReading.ALL:
            accounts = with_tags(gateway, pool, accounts.values())
        opted_in = read_opted_in(gateway)
        links = read_links(gateway, opted_in=(region for region, on in opted_in.items() if on))
        self._check_administrator()
        organization = Organization(
            name=self._name,
            id=own["Id"],
            partition=gateway.roles.partition,
            management_account=management,
            administrator=gateway.roles.administrator_account,
            home_region=links.home,
            linked_regions=links.linked,
            units=tree.units,
            accounts=accounts,
        )
        uses = region_uses(gateway, pool, links, opted_in, named=self._named)
        return OrganizationReading(organization, uses, central=self._is_central(links.home))

    def governance(
        self, reading: OrganizationReading, targets: Sequence[Target]
    ) -> Mapping[Target, Governance | Unreadable]:
        """How each target is governed; see `ports.organization.OrganizationReader.governance`.

        Raises RemoteError when the organization is configured centrally and its policies cannot be listed.
        """
        organization = reading.organization
        applied = read_applied(self._gateway, home=organization.home_region) if reading.central else None
        types = self._policy_types if self._policy_types is not None else read_root(self._gateway).policy_types
        declared = read_declared(self._gateway, self._pool, organization, policy_types=types)
        return target_governance(organization, targets, applied=applied, declared=declared)

    def aliases(self, accounts: Sequence[Account]) -> Mapping[str, str]:
        """Account id -> IAM alias, '' where none is set; accounts whose reader role cannot be used are left out.

        One call an account, so for reports and only when asked for.
        """
        found: dict[str, str] = {}
        live = [one.id for one in accounts if one.state.is_live]
        for account, answer in self._pool.spread(self._alias, live):
            if isinstance(answer, RemoteError):
                _log.info("no alias of %s: %s", account, answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                found[account] = answer
        return dict(sorted(found.items()))

    def with_aliases(self, reading: OrganizationReading) -> OrganizationReading:
        """The reading with every alias that can be read."""
        organization = reading.organization
        aliases = self.aliases(list(organization.accounts.values()))
        named = {one.id: replace(one, alias=aliases.get(one.id, "")) for one in organization.accounts.values()}
        return replace(reading, organization=replace(organization, accounts=named))

    def _alias(self, account: str) -> str:
        seat = Seat(account, self._gateway.roles.region, Purpose.READER, "iam")
        return next(iter(self._gateway.call(seat, "ListAccountAliases")["AccountAliases"]), "")

    def _is_central(self, home: str) -> bool:
        reply = self._gateway.call(self._gateway.administrator(region=home), "DescribeOrganizationConfiguration")
        return bool((reply.get("OrganizationConfiguration") or {}).get("ConfigurationType") == "CENTRAL")

    def _check_administrator(self) -> None:
        """Warn when Organizations names another account as Security Hub's delegated administrator."""
        seat = self._gateway.administrator(ORGANIZATIONS)
        asked = {"ServicePrincipal": _PRINCIPAL}
        try:
            listed = list(self._gateway.items(seat, "ListDelegatedAdministrators", "DelegatedAdministrators", asked))
        except RemoteError as problem:
            _log.info("the delegated administrator cannot be confirmed: %s", problem)
            return
        found = sorted(one["Id"] for one in listed)
        if found and seat.account not in found:
            _log.warning(
                "Organizations names %s as Security Hub's delegated administrator, the settings name %s",
                ", ".join(found),
                seat.account,
            )
