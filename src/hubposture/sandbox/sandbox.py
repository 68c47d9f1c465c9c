"""The sandbox as tests and wiring use it: an engine, clients of it, its clock, and hands on the world."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hubposture.sandbox.engine import Engine
from hubposture.sandbox.identity import Keys
from hubposture.sandbox.models import session
from hubposture.sandbox.transport import connect
from hubposture.sandbox.world import AccountSpec, AccountState, RoleSpec


class Sandbox(Engine):
    """An emulated organization that can be held in one process; the arguments are those of Engine."""

    # Clients

    def connect(self, client: Any) -> Any:
        """Let a boto3 client talk to this sandbox instead of AWS; gives the client back."""
        return connect(self, client)

    def keys(self, account: str, *, role: str = "", lasts: timedelta = timedelta(hours=1)) -> Keys:
        """Give credentials of an account's own administrator user, or of one of the world's roles in it."""
        if not role:
            return self.identities.user(account)
        found = self.identities.role_named(role) or RoleSpec(name=role)
        return self.identities.session(account, found, lasts=int(lasts.total_seconds()))

    def client(self, service: str, *, account: str, region: str, role: str = "") -> Any:
        """Make a botocore client that acts in an account and Region of this sandbox and never retries by itself."""
        from botocore.config import Config  # noqa: PLC0415 - start-up time: help and version need no AWS library

        keys = self.keys(account, role=role)
        made = session().create_client(
            service,
            region_name=region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token or None,
            config=Config(retries={"total_max_attempts": 1}),
        )
        return self.connect(made)

    # Time

    def wait(self, seconds: float) -> None:
        """Let time pass and carry out what is due."""
        self.clock.advance(timedelta(seconds=seconds))
        self.advance()

    def tick(self, days: int) -> None:
        """Let days pass, one by one, and with each what happens in it."""
        for _ in range(days):
            self.clock.advance(timedelta(days=1))
            self.advance()

    # Hands on the world

    def put_account(self, account: AccountSpec) -> None:
        """Add an account to the organization, or replace what is known of it."""
        self.core.organization.put_account(account)

    def move_account(self, account: str, ou: str) -> None:
        """Move an account to another unit or the root."""
        self.core.organization.move(account, ou)

    def set_account_state(self, account: str, state: AccountState) -> None:
        """Suspend an account, or make it active again."""
        self.core.organization.set_state(account, state)

    def set_account_tags(self, account: str, tags: dict[str, str]) -> None:
        """Replace an account's tags."""
        self.core.organization.set_tags(account, tags)

    def remove_role(self, account: str, role: str) -> None:
        """Let a role vanish from an account."""
        known = self.core.organization.accounts[account]
        self.put_account(replace(known, roles_missing=known.roles_missing | {role}))

    def set_recorder(self, account: str, region: str, *, on: bool) -> None:
        """Turn AWS Config's recorder of a target on or off."""
        self.core.hub(account, region).recorder_on = on
