"""Who a request comes from: access keys, assumed roles, what they may do, and when they expire.

The signature itself is not checked: the sandbox knows no secrets. Keys, session tokens, trust, ExternalId, the
patterns of allowed actions, account states and closed Regions are.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from hubposture.sandbox.answers import Call, Params, Principal, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.wire import Scope
from hubposture.sandbox.world import RoleSpec

_NAMED_OTHERWISE = {"DeleteMessageBatch": "DeleteMessage"}
"""Operations whose IAM action has another name."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials as a client takes them; `token` is '' for the keys of an account's own user."""

    access_key: str
    secret_key: str
    token: str = ""
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Session:
    principal: Principal
    token: str
    expires: datetime


class Identities:
    """Turns access keys into principals and assumes roles."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.sessions: dict[str, _Session] = {}
        self._drawn = 0

    def user(self, account: str) -> Keys:
        """Give the keys of an account's own administrator user: its access key is the account's id."""
        return Keys(account, "sandbox")

    def resolve(self, scope: Scope, token: str) -> Principal:
        """Find who an access key belongs to; unknown, stripped of its token or expired, it is refused."""
        session = self.sessions.get(scope.access_key)
        if session:
            if session.token != token:
                raise ServiceError(
                    "UnrecognizedClientException", "The security token included in the request is invalid."
                )
            if self.core.now() >= session.expires:
                raise ServiceError("ExpiredTokenException", "The security token included in the request is expired")
            found = session.principal
        elif scope.access_key in self.core.organization.accounts:
            account = scope.access_key
            arn = f"arn:{self.core.spec.partition}:iam::{account}:user/admin"
            found = Principal(account=account, arn=arn, user_id=f"AIDA{account}")
        else:
            raise ServiceError("UnrecognizedClientException", "The security token included in the request is invalid.")
        if not self.core.is_active(found.account):
            raise ServiceError("UnrecognizedClientException", f"Account {found.account} is suspended")
        return found

    def authorize(self, call: Call, prefix: str) -> None:
        """Refuse what the principal's role, a service control policy or a Region that is off does not allow."""
        actions = [f"{prefix}:{_NAMED_OTHERWISE.get(call.operation, call.operation)}"]
        if call.operation == "BatchUpdateStandardsControlAssociations":
            actions.append("securityhub:UpdateStandardsControl")
        for action in actions:
            if action != "sts:GetCallerIdentity" and not self._allows(call.principal, action):
                raise ServiceError(
                    "AccessDeniedException",
                    f"User: {call.principal.arn} is not authorized to perform: {action} because no identity-based "
                    f"policy allows the {action} action",
                )
        if call.service not in {"securityhub", "config", "cloudtrail"}:
            return
        if not self.is_opted_in(call.account, call.region):
            raise ServiceError("UnrecognizedClientException", "The security token included in the request is invalid.")
        if self.core.hub(call.account, call.region).closed:
            raise ServiceError(
                "AccessDeniedException",
                f"User: {call.principal.arn} is not authorized to perform: {actions[0]} with an explicit deny in a "
                "service control policy",
            )

    def is_opted_in(self, account: str, region: str) -> bool:
        """Say whether an account can use a Region."""
        return (
            region in self.core.usable_regions() or region in self.core.organization.accounts[account].opted_in_regions
        )

    def _allows(self, principal: Principal, action: str) -> bool:
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in principal.allow)

    def assume(self, call: Call, params: Params) -> Params:
        """Answer AssumeRole: the role must exist in an active account, trust the caller and get its ExternalId."""
        arn = params["RoleArn"]
        account, role = self._role(arn)
        if (
            not role
            or not self._trusts(role, call.account)
            or role.external_id not in {"", params.get("ExternalId", "")}
        ):
            raise ServiceError(
                "AccessDenied",
                f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            )
        keys = self.session(account, role, name=params["RoleSessionName"], lasts=params.get("DurationSeconds", 3600))
        found = self.sessions[keys.access_key].principal
        return {
            "Credentials": {
                "AccessKeyId": keys.access_key,
                "SecretAccessKey": keys.secret_key,
                "SessionToken": keys.token,
                "Expiration": keys.expires,
            },
            "AssumedRoleUser": {"AssumedRoleId": found.user_id, "Arn": found.arn},
        }

    def session(self, account: str, role: RoleSpec, *, name: str = "sandbox", lasts: int = 3600) -> Keys:
        """Give keys that act as a role in an account for `lasts` seconds."""
        self._drawn += 1
        digest = (
            hashlib.blake2b(f"{self.core.seed}|{self._drawn}|{account}".encode(), digest_size=20).hexdigest().upper()
        )
        keys = Keys(f"ASIA{digest[:16]}", digest, f"token-{digest}", self.core.now() + timedelta(seconds=lasts))
        arn = f"arn:{self.core.spec.partition}:sts::{account}:assumed-role/{role.name}/{name}"
        principal = Principal(
            account=account, arn=arn, user_id=f"AROA{digest[:16]}:{name}", role=role.name, allow=role.allow
        )
        self.sessions[keys.access_key] = _Session(principal, keys.token, keys.expires or self.core.now())
        return keys

    def role_named(self, name: str) -> RoleSpec | None:
        """Find a role of the world by name."""
        return next((one for one in self.core.spec.roles if one.name == name), None)

    def _role(self, arn: str) -> tuple[str, RoleSpec | None]:
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):  # noqa: PLR2004 - an ARN's parts
            raise ServiceError("ValidationError", f"{arn} is invalid")
        account, name = parts[4], parts[5].rpartition("/")[2]
        known = self.core.organization.accounts.get(account)
        missing = not known or name in known.roles_missing or (account, name) in self.core.faults.roles_missing
        return account, None if missing or not self.core.is_active(account) else self.role_named(name)

    def _trusts(self, role: RoleSpec, caller: str) -> bool:
        trusted = role.trusted or {self.core.spec.management_account, self.core.organization.administrator}
        return caller in trusted
