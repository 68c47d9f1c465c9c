"""GitHub's limits: it says 403 where others say 429, and names the time in a header of its own."""

from email.utils import parsedate_to_datetime
from typing import Final

from hubposture.connectors.http import Reply, told_pause
from hubposture.connectors.saying import said_by

FORBIDDEN: Final = 403
_SECONDARY_SECONDS: Final = 60.0
"""How long to wait after a limit that names no time."""


def limit_pause(reply: Reply) -> float | None:
    """Seconds to wait after an answer that a limit was reached; None for an answer that forbids for good.

    Retry-After comes first, then the reset of a used-up limit, held against the answer's own date. A secondary limit may
    name no time at all: then it is a minute.
    """
    told = told_pause(reply.headers)
    if told is not None:
        return told
    if reply.headers.get("x-ratelimit-remaining", "").strip() == "0":
        return _until_reset(reply)
    return _SECONDARY_SECONDS if "rate limit" in said_by(reply.body).casefold() else None


def _until_reset(reply: Reply) -> float:
    try:
        now = parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
        return max(0.0, float(reply.headers.get("x-ratelimit-reset", "")) - now) + 1.0
    except ValueError:
        return _SECONDARY_SECONDS
