"""Calls from a seat: an account, a Region and a role in, an answer out; what every adapter here is built on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubposture.aws.calls import Caller, Reply
from hubposture.aws.credentials import Credentials, Roles
from hubposture.aws.failures import is_expired
from hubposture.aws.session import Purpose
from hubposture.errors import RemoteRefused
from hubposture.model.targets import Target

HUB = "securityhub"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where and as what calls are made; for services without Regions any Region of the partition will do."""

    account: str
    region: str
    purpose: Purpose
    service: str = HUB

    def __str__(self) -> str:
        return f"{self.account}/{self.region} {self.service}"


def reader_of(target: Target, service: str = HUB) -> Seat:
    """The seat of a target's reader role."""
    return Seat(target.account, target.region, Purpose.READER, service)


def writer_of(target: Target) -> Seat:
    """The seat of a target's writer role at Security Hub."""
    return Seat(target.account, target.region, Purpose.WRITER)


class Gateway:
    """Makes calls with the role of an account; keys that expired on the way are renewed once."""

    def __init__(self, caller: Caller, roles: Roles, credentials: Credentials | None = None) -> None:
        self.caller = caller
        self.roles = roles
        self.credentials = credentials or Credentials(caller, roles)

    def administrator(self, service: str = HUB, *, region: str = "") -> Seat:
        """The seat of the administrator's reader role; `region` '' is that of the roles."""
        return Seat(self.roles.administrator_account, region or self.roles.region, Purpose.ADMINISTRATOR, service)

    def call(self, seat: Seat, operation: str, params: Mapping[str, Any] | None = None) -> Reply:
        """Make one call; raises what `Caller.call` and `Credentials.acting` raise."""
        acting = self.credentials.acting(seat.account, seat.purpose)
        try:
            return self.caller.call(acting, seat.service, seat.region, operation, params)
        except RemoteRefused as problem:
            if not is_expired(problem.code):
                raise
            self.credentials.forget(acting)
        acting = self.credentials.acting(seat.account, seat.purpose)
        return self.caller.call(acting, seat.service, seat.region, operation, params)

    def pages(self, seat: Seat, operation: str, params: Mapping[str, Any] | None = None) -> Iterator[Reply]:
        """Every page of a listing, empty ones included; raises like `call`, RemoteRefused for a token that repeats."""
        asked = dict(params or {})
        seen: set[str] = set()
        while True:
            reply = self.call(seat, operation, asked)
            yield reply
            token = reply.get("NextToken")
            if not token:
                return
            if token in seen:
                raise RemoteRefused(f"{seat}:{operation}: the listing never ends, a token repeats; report this to AWS")
            seen.add(token)
            asked["NextToken"] = token

    def items(
        self, seat: Seat, operation: str, member: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The items of every page of a listing, from the answer's `member`."""
        for page in self.pages(seat, operation, params):
            yield from page.get(member) or ()
