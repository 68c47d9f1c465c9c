"""Roles in accounts: assumed once, kept while they last, renewed before they end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hubposture.aws.calls import Caller
from hubposture.aws.failures import is_denied
from hubposture.aws.session import Acting, Keys, Purpose
from hubposture.errors import RemoteRefused


class NoRole(RemoteRefused):
    """A role could not be assumed: it is not there, does not trust us, or asks for another ExternalId."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of one organization, by name, the same in every account; names may carry a path (`security/reader`).

    `administrator` and `administrator_writer` are in the administrator's account; '' means that our own credentials
    are that role already. `via` is who assumes the members' roles: our own credentials, or the administrator's role.
    `external_id` '' sends none. `session_name` is seen in CloudTrail. `region` is where sts is asked.
    """

    partition: str
    administrator_account: str
    region: str
    reader: str = "hubposture-reader"
    writer: str = "hubposture-writer"
    administrator: str = "hubposture-administrator-reader"
    administrator_writer: str = "hubposture-administrator-writer"
    external_id: str = ""
    session_name: str = "hubposture"
    duration_seconds: int = 3600
    via: Purpose = Purpose.BASE

    def name(self, purpose: Purpose) -> str:
        """The name of the role for a purpose; '' is no role."""
        match purpose:
            case Purpose.READER:
                return self.reader
            case Purpose.WRITER:
                return self.writer
            case Purpose.ADMINISTRATOR:
                return self.administrator
            case Purpose.ADMINISTRATOR_WRITER:
                return self.administrator_writer
            case Purpose.BASE:
                return ""

    def arn(self, account: str, purpose: Purpose) -> str:
        """The role's ARN in an account."""
        return f"arn:{self.partition}:iam::{account}:role/{self.name(purpose)}"


_ADMINISTRATORS: Final = (Purpose.ADMINISTRATOR, Purpose.ADMINISTRATOR_WRITER)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MARGIN: Final = timedelta(minutes=5)
_DENIED_FOR: Final = timedelta(minutes=10)


@dataclass(slots=True)
class _Slot:
    """What is known of one role in one account; `lock` lets one thread ask while others wait for its answer."""

    lock: threading.Lock
    acting: Acting | None = None
    problem: NoRole | None = None
    until: datetime = _LONG_AGO


class Credentials:
    """Gives who to act as in an account for a purpose; safe from any thread, one AssumeRole per role and lifetime.

    A refusal is remembered for ten minutes, so that an account without the role costs one call and not one a Region.
    `now` gives the time, aware.
    """

    def __init__(
        self, caller: Caller, roles: Roles, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._caller = caller
        self._roles = roles
        self._now = now
        self._slots: dict[tuple[str, Purpose], _Slot] = {}
        self._lock = threading.Lock()

    def acting(self, account: str, purpose: Purpose) -> Acting:
        """Who to act as; raises `NoRole`, or RemoteUnavailable when sts cannot be asked."""
        if purpose is Purpose.BASE or not self._roles.name(purpose):
            base = self._caller.clients.base()
            return Acting(account, purpose, base.credentials)
        slot = self._slot(account, purpose)
        with slot.lock:
            if slot.until <= self._now():
                self._fill(slot, account, purpose)
            if slot.problem is not None:
                raise slot.problem
            assert slot.acting is not None
            return slot.acting

    def forget(self, acting: Acting) -> None:
        """Renew a role's keys on next use: AWS said that they have expired."""
        slot = self._slots.get((acting.account, acting.purpose))
        if slot is not None:
            with slot.lock:
                if slot.acting is acting:
                    slot.until = _LONG_AGO

    def _slot(self, account: str, purpose: Purpose) -> _Slot:
        with self._lock:
            return self._slots.setdefault((account, purpose), _Slot(threading.Lock()))

    def _fill(self, slot: _Slot, account: str, purpose: Purpose) -> None:
        try:
            slot.acting, ends = self._assume(account, purpose)
        except NoRole as problem:
            slot.acting, slot.problem, slot.until = None, problem, self._now() + _DENIED_FOR
        else:
            slot.problem, slot.until = None, ends - _MARGIN

    def _assume(self, account: str, purpose: Purpose) -> tuple[Acting, datetime]:
        roles = self._roles
        params = {
            "RoleArn": roles.arn(account, purpose),
            "RoleSessionName": roles.session_name,
            "DurationSeconds": roles.duration_seconds,
        }
        if roles.external_id:
            params["ExternalId"] = roles.external_id
        try:
            reply = self._caller.call(self._assumer(purpose), "sts", roles.region, "AssumeRole", params)
        except RemoteRefused as problem:
            if not is_denied(problem.code):
                raise
            raise NoRole(_what_to_do(roles, account, purpose), code=problem.code) from problem
        keys = reply["Credentials"]
        acting = Acting(account, purpose, Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]))
        return acting, keys["Expiration"]

    def _assumer(self, purpose: Purpose) -> Acting:
        if self._roles.via is Purpose.BASE or purpose in _ADMINISTRATORS:
            return self._caller.clients.base()
        return self.acting(self._roles.administrator_account, self._roles.via)


def _what_to_do(roles: Roles, account: str, purpose: Purpose) -> str:
    return (
        f"{account}: the role {roles.name(purpose)} could not be assumed: it is missing, does not trust who runs this, "
        f"or expects another ExternalId; deploy the {purpose} role's template there (and allow sts:AssumeRole on "
        f"{roles.arn(account, purpose)}), or list the account as expected"
    )
