"""What an emulated operation is given and what it may answer with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Params = dict[str, Any]
"""An operation's input or output, shaped as botocore's model says."""


class ServiceError(Exception):
    """An error that the emulated service answers with.

    `code` is the error's name in the service's model; the HTTP status follows from the model unless `status` is given.
    """

    def __init__(self, code: str, message: str, *, status: int = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ConnectionLost(Exception):
    """No answer comes: the connection is cut, before or after the work was done."""


class NoAnswerInTime(Exception):
    """No answer comes before the client's patience ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls: the account acted in, the ARN, and the patterns of IAM actions that are allowed."""

    account: str
    arn: str
    user_id: str
    role: str = ""
    allow: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as an operation sees it: who, where and when."""

    service: str
    operation: str
    region: str
    principal: Principal
    at: datetime

    @property
    def account(self) -> str:
        """The account that is acted in."""
        return self.principal.account
