"""The sandbox as tests and wiring use it: an engine, clients of it, its clock, and hands on the world."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hubposture.sandbox.engine import Engine
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.hands import Hands, Subject
from hubposture.sandbox.identity import Keys
from hubposture.sandbox.models import session
from hubposture.sandbox.transport import connect
from hubposture.sandbox.world import AccountSpec, AccountState, AutomationRuleSpec, RoleSpec


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

    # Hands on findings and what they are about. Each acts at the sandbox's time, and events go out as ever.

    def person(
        self,
        finding: str | Subject,
        *,
        status: str = "",
        note: str = "",
        fields: Mapping[str, str] | None = None,
        who: str = "kim@example.com",
    ) -> list[str]:
        """Let somebody set the status, the note or user-defined fields of a finding by hand; gives the ids it went to.

        `finding` is an Id, or a subject (account, Region, control, resource): then all its active findings. As ever it
        is seen after the lag of the quirks. ValueError where there is none.
        """
        values: dict[str, Any] = {"Workflow": {"Status": status}} if status else {}
        if note:
            values["Note"] = {"Text": note, "UpdatedBy": who}
        if fields is not None:
            values["UserDefinedFields"] = dict(fields)
        with self._hands() as hands:
            return hands.person(finding, values, who)

    def add_rule(
        self,
        name: str,
        criteria: Mapping[str, str | Sequence[Mapping[str, Any]]],
        *,
        status: str = "SUPPRESSED",
        region: str = "",
        order: int = 1,
        note: str = "",
    ) -> str:
        """Let the administrator have an automation rule, in the home Region by default; gives its ARN.

        `criteria` are as the API takes them; a text stands for EQUALS. The rule acts on findings that are checked from
        now on. A rule of the same name and Region makes room.
        """
        written = {
            key: [{"Value": value, "Comparison": "EQUALS"}] if isinstance(value, str) else list(value)
            for key, value in criteria.items()
        }
        rule = AutomationRuleSpec(
            name=name, region=region or self.core.home, criteria=written, status=status, order=order, note=note
        )
        with self.lock:
            return self.extras.put_rule(rule, self.core.now())

    def remove_rule(self, arn: str) -> None:
        """Delete an automation rule; what it did stays done."""
        with self.lock:
            for rules in self.extras.rules.values():
                rules.pop(arn, None)

    def resources(self, account: str, *, region: str = "", kind: str = "") -> list[str]:
        """The ids of an account's resources, by Region and id; `kind` is a type such as `AWS::S3::Bucket`."""
        with self._hands() as hands:
            return [one.id for one in hands.resources(account, region, kind)]

    def create_resource(
        self,
        kind: str,
        account: str,
        *,
        region: str = "",
        name: str = "new",
        resource: str = "",
        tags: Mapping[str, str] | None = None,
        failing: Iterable[str] = (),
    ) -> str:
        """Make a resource, in the home Region by default; gives its id, which `resource` may choose.

        It fails the controls in `failing` and passes all others but those that judge tags. Findings of controls that
        follow changes are there at once, those of periodic ones after the target's next round, within 12 hours.
        """
        with self._hands() as hands:
            where = region or self.core.home
            made = hands.create(
                kind, account, where, name=name, resource=resource, tags=tags or {}, failing=tuple(failing)
            )
            return made.id

    def break_resource(self, resource: str, control: str, *, account: str = "", region: str = "") -> list[str]:
        """Change a resource so that a control fails; gives the ids of its findings that fail now.

        None do yet where the control is periodic: then the target's next round tells, within 12 hours. ValueError for
        an unknown resource or control, and for a control that judges tags or other resources.
        """
        with self._hands() as hands:
            return hands.judge(hands.resource(resource, account, region), control, passes=False)

    def fix_resource(self, resource: str, control: str, *, account: str = "", region: str = "") -> list[str]:
        """Change a resource so that a control passes; as `break_resource`, with the findings that pass now."""
        with self._hands() as hands:
            return hands.judge(hands.resource(resource, account, region), control, passes=True)

    def tag_resource(self, resource: str, tags: Mapping[str, str], *, account: str = "", region: str = "") -> None:
        """Replace a resource's tags; its findings show them when they are checked, change-triggered ones at once."""
        with self._hands() as hands:
            hands.tag(hands.resource(resource, account, region), tags)

    def delete_resource(self, resource: str, *, account: str = "", region: str = "") -> None:
        """Delete a resource; its findings are archived."""
        with self._hands() as hands:
            hands.delete(hands.resource(resource, account, region))

    @contextmanager
    def _hands(self) -> Iterator[Hands]:
        """Hands on the findings as they are now; nobody else acts meanwhile. TypeError in a sandbox without any."""
        if not isinstance(self.findings, FindingService):
            raise TypeError("this sandbox has no findings: make it with findings=population.findings(spec)")
        with self.lock:
            self.advance()
            yield Hands(self.findings, self.estate)
