"""What went wrong with a call, and what a person can do about it."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from hubposture.aws.iam import actions_of
from hubposture.aws.session import Purpose
from hubposture.errors import AnswerLost, RemoteError, RemoteRefused, RemoteUnavailable


class FailureKind(StrEnum):
    """What another try may do about it.

    `throttled` and `not-sent`: nothing was done, try again. `limit`: throttled or a quota that is full; AWS uses one
    code for both. `server` and `lost`: it may have been done or not. `expired`: renew the keys. `refused`: no use.
    """

    THROTTLED = "throttled"
    LIMIT = "limit"
    SERVER = "server"
    LOST = "lost"
    NOT_SENT = "not-sent"
    EXPIRED = "expired"
    REFUSED = "refused"

    @property
    def is_doubtful(self) -> bool:
        """Whether the work may have been done although no answer says so."""
        return self in (FailureKind.SERVER, FailureKind.LOST)

    @property
    def is_sickness(self) -> bool:
        """Whether it speaks of a dead account or Region, rather than of a busy one."""
        return self in (FailureKind.SERVER, FailureKind.LOST, FailureKind.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes: account ('' is our own), Region, service, operation, and the purpose of the role."""

    account: str
    region: str
    service: str
    operation: str
    purpose: Purpose

    def __str__(self) -> str:
        return f"{self.account or 'our own credentials'}/{self.region} {self.service}:{self.operation}"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try; `code` and `text` are AWS's own, or the name of the transport's error."""

    kind: FailureKind
    code: str
    text: str


_THROTTLED = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded"}
)
_LIMIT = frozenset({"LimitExceededException"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_TOO_MANY, _SERVER_ERRORS, _NOT_IMPLEMENTED = 429, 500, 501


def classify(problem: Exception) -> Failure:
    """What a botocore exception means; one that is no botocore exception is raised again, for it is a defect."""
    from botocore.exceptions import (  # noqa: PLC0415 - comes with boto3
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
    )

    if isinstance(problem, ClientError):
        return _answered(problem.response)
    if not isinstance(problem, BotoCoreError):
        raise problem
    name = type(problem).__name__
    if isinstance(problem, (ConnectTimeoutError, EndpointConnectionError)):
        return Failure(FailureKind.NOT_SENT, name, str(problem))
    if _is_transport(problem):
        return Failure(FailureKind.LOST, name, str(problem))
    return Failure(FailureKind.REFUSED, name, str(problem))


def _is_transport(problem: Exception) -> bool:
    from botocore.exceptions import ConnectionError, HTTPClientError  # noqa: A004, PLC0415 - botocore's own names
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - comes with boto3

    return isinstance(problem, (ConnectionError, HTTPClientError, ResponseParserError))


def _answered(response: Any) -> Failure:
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return Failure(_kind(code, status), code, text)


def _kind(code: str, status: int) -> FailureKind:
    if code in _LIMIT:
        return FailureKind.LIMIT
    if code in _THROTTLED or status == _TOO_MANY:
        return FailureKind.THROTTLED
    if code in _EXPIRED:
        return FailureKind.EXPIRED
    if status >= _SERVER_ERRORS and status != _NOT_IMPLEMENTED:
        return FailureKind.SERVER
    return FailureKind.REFUSED


_CENTRAL = "central configuration policy"
_SCP = "service control policy"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_KEYS_UNKNOWN = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "RegionDisabledException"}
)


def is_denied(code: str) -> bool:
    """Whether AWS's code says that permissions are missing."""
    return code in _DENIED


def is_expired(code: str) -> bool:
    """Whether AWS's code says that temporary keys have ended."""
    return code in _EXPIRED


def is_region_closed(problem: RemoteError) -> bool:
    """Whether a service control policy closes the Region for this call."""
    return is_denied(problem.code) and _SCP in str(problem)


def is_region_unknown(code: str) -> bool:
    """Whether AWS's code says that the account's keys mean nothing in the Region: it is not opted in."""
    return code in _KEYS_UNKNOWN


def is_hub_off(code: str) -> bool:
    """Whether AWS's code for DescribeHub says that Security Hub is off."""
    return code in ("InvalidAccessException", "ResourceNotFoundException")


def advice(place: Place, failure: Failure) -> str:
    """What to do next about a failure; a sentence without a full stop."""
    if is_denied(failure.code):
        return _advice_denied(place, failure)
    if failure.code == "InvalidAccessException":
        return "Security Hub is off there: enable it, or list the target as expected"
    if is_region_unknown(failure.code):
        return "the Region is not opted in for this account: opt in, or unlink the Region"
    return _ADVICE.get(failure.kind, "another try will not help")


_AGAIN = "run again; if it stays, look at the network, the endpoint and AWS's health page"
_ADVICE: Final = MappingProxyType(
    {
        FailureKind.LIMIT: "a quota is full, or somebody else uses up the rate: see the service's quotas",
        FailureKind.THROTTLED: "somebody else uses up the rate there: run again later",
        FailureKind.SERVER: _AGAIN,
        FailureKind.LOST: _AGAIN,
        FailureKind.NOT_SENT: _AGAIN,
    }
)


def _advice_denied(place: Place, failure: Failure) -> str:
    if _CENTRAL in failure.text:
        return "the account is governed by a configuration policy: change the policy, or make the account self-managed"
    if _SCP in failure.text:
        return "a service control policy closes it: allow the role there, or list the target as expected"
    return f"the {place.purpose} role needs {' and '.join(actions_of(place.service, place.operation))}"


def as_error(place: Place, failure: Failure, *, tries: int, repeatable: bool) -> RemoteError:
    """The error of a call that is given up."""
    after = f" after {tries} tries" if tries > 1 else ""
    text = f"{place}: {failure.code}: {failure.text.rstrip('.')}{after}; "
    if failure.kind.is_doubtful and not repeatable:
        return AnswerLost(text + "it may have been done: reading back decides", code=failure.code)
    if failure.kind is FailureKind.REFUSED or failure.kind is FailureKind.EXPIRED:
        return RemoteRefused(text + advice(place, failure), code=failure.code)
    return RemoteUnavailable(text + advice(place, failure), code=failure.code)
