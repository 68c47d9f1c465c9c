"""The emulated AWS Organizations tree: accounts, units and policies as they are now, and questions about them."""

from dataclasses import replace

from hubposture.sandbox.world import AccountSpec, AccountState, DeclarativeSpec, OrganizationSpec, OuSpec

ACCOUNT, UNIT, ROOT = "ACCOUNT", "ORGANIZATIONAL_UNIT", "ROOT"


class Organization:
    """The accounts and units of one organization; `revision` grows with every change of it."""

    def __init__(self, spec: OrganizationSpec) -> None:
        self.spec = spec
        self.administrator = spec.administrator
        self.accounts: dict[str, AccountSpec] = {account.id: account for account in spec.accounts}
        self.ous: dict[str, OuSpec] = {ou.id: ou for ou in spec.ous}
        self.declarative: dict[str, DeclarativeSpec] = {policy.target: policy for policy in spec.declarative}
        self.revision = 0
        self._under: dict[str, tuple[str, ...]] = {}

    def kind(self, node: str) -> str:
        """Say what a node is: ACCOUNT, ORGANIZATIONAL_UNIT, ROOT, or '' for an unknown one."""
        if node in self.accounts:
            return ACCOUNT
        if node in self.ous:
            return UNIT
        return ROOT if node == self.spec.root else ""

    def parent(self, node: str) -> str:
        """Give the id of a node's parent; '' for the root."""
        if node in self.accounts:
            return self.accounts[node].ou
        return self.ous[node].parent if node in self.ous else ""

    def ancestry(self, node: str) -> tuple[str, ...]:
        """Give the node itself, then its parents up to the root."""
        found = [node]
        while above := self.parent(found[-1]):
            found.append(above)
        return tuple(found)

    def accounts_under(self, node: str) -> tuple[str, ...]:
        """Give the accounts at or below a node, sorted."""
        if not self._under:
            below: dict[str, list[str]] = {}
            for account in sorted(self.accounts):
                for above in self.ancestry(account):
                    below.setdefault(above, []).append(account)
            self._under = {above: tuple(accounts) for above, accounts in below.items()}
        return self._under.get(node, ())

    def governing(self, account: str, region: str) -> DeclarativeSpec | None:
        """Give the declarative policy that governs an account's hub in a Region, None if none does."""
        policy = self.effective(account)
        governed = policy.enable_in_regions + policy.disable_in_regions if policy else ()
        return policy if region in governed or "ALL_SUPPORTED" in governed else None

    def effective(self, account: str) -> DeclarativeSpec | None:
        """Give the declarative policy that is effective for an account: the nearest one."""
        if not self.declarative:
            return None
        return next((self.declarative[node] for node in self.ancestry(account) if node in self.declarative), None)

    def put_account(self, account: AccountSpec) -> None:
        """Add an account, or replace what is known of it."""
        self.accounts[account.id] = account
        self._changed()

    def put_ou(self, ou: OuSpec) -> None:
        """Add a unit, or replace what is known of it."""
        self.ous[ou.id] = ou
        self._changed()

    def remove_account(self, account: str) -> None:
        """Let an account leave the organization."""
        del self.accounts[account]
        self._changed()

    def move(self, account: str, ou: str) -> None:
        """Put an account under another unit or the root."""
        self.put_account(replace(self.accounts[account], ou=ou))

    def set_state(self, account: str, state: AccountState) -> None:
        """Change an account's state."""
        self.put_account(replace(self.accounts[account], state=state))

    def set_tags(self, node: str, tags: dict[str, str]) -> None:
        """Replace the tags of an account or a unit."""
        if node in self.accounts:
            self.put_account(replace(self.accounts[node], tags=tags))
        else:
            self.put_ou(replace(self.ous[node], tags=tags))

    def replace_all(
        self,
        accounts: dict[str, AccountSpec],
        ous: dict[str, OuSpec],
        declarative: dict[str, DeclarativeSpec],
        administrator: str,
    ) -> None:
        """Take over a saved organization."""
        self.accounts, self.ous, self.declarative = accounts, ous, declarative
        self.administrator = administrator
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._under = {}
