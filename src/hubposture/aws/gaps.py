"""An error of AWS as a gap: what cannot be seen, why, and what to do about it."""

import datetime as dt

from hubposture.aws.credentials import NoRole
from hubposture.aws.failures import is_denied
from hubposture.errors import HubpostureError, InputError, RemoteError, RemoteUnavailable
from hubposture.timeline.facts import Gap, Source, Why

_THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException"})


def gap_of(source: Source, problem: HubpostureError, *, before: dt.datetime | None = None) -> Gap:
    """The gap that an error leaves; `before` is until when nothing is seen, None for all of it."""
    return Gap(source, _why(problem), f"{source}: {_said(problem)}", before)


def _why(problem: HubpostureError) -> Why:
    if isinstance(problem, InputError):
        return Why.NOT_SET
    if isinstance(problem, NoRole) or is_denied(_code(problem)):
        return Why.DENIED
    return Why.THROTTLED if _code(problem) in _THROTTLED else Why.UNREACHABLE


def _said(problem: HubpostureError) -> str:
    if _code(problem) in _THROTTLED:
        return f"others use up its rate there ({_code(problem)}); ask again later"
    later = "; ask again later" if isinstance(problem, RemoteUnavailable) else ""
    return f"{problem}{later}"


def _code(problem: HubpostureError) -> str:
    return problem.code if isinstance(problem, RemoteError) else ""


def aware(found: dt.datetime) -> dt.datetime:
    """A time of botocore as UTC."""
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
