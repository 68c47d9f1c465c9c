"""What a business rule of the instance tells us: which record changed, and nothing else that would be believed. Pure.

An instance signs nothing. It sends a secret that we share, as `Authorization: Bearer SECRET` or in a header of ours.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

HEADER: Final = "x-hubposture-secret"
"""The header with the shared secret, for instances that cannot send a bearer token."""
LARGEST: Final = 4096
"""Bytes of a body that are looked at."""

_SYS_ID: Final = re.compile(r"[0-9a-f]{32}")
_AT: Final = re.compile(r"[0-9A-Za-z .:-]{1,64}")


@dataclass(frozen=True, slots=True)
class HookEvent:
    """What a webhook tells: `delivery` is the same for each try of it where it says `at`, `id` is the record's sys_id."""

    delivery: str
    id: str


def verify(secret: str, headers: Mapping[str, str]) -> bool:
    """Whether a request carries the secret; names of headers are in lower case. Compared in constant time.

    Never where there is no secret.
    """
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    given = bearer.strip() if kind.casefold() == "bearer" else headers.get(HEADER, "")
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def event_of(body: bytes, *, fresh: str) -> HookEvent | None:
    """What `{"sys_id": "...", "at": "..."}` tells; None for anything else.

    `at` differs from change to change (`sys_mod_count`, `sys_updated_on`), so that an event that is sent again is known
    again. Without it the event is known by `fresh`, made up by the caller: a record that changes twice is told twice.
    """
    if len(body) > LARGEST:
        return None
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    sys_id = told.get("sys_id") if isinstance(told, dict) else None
    if not isinstance(sys_id, str) or not _SYS_ID.fullmatch(sys_id):
        return None
    at = told.get("at")
    mark = str(at) if isinstance(at, str | int) else ""
    return HookEvent(f"{sys_id}@{mark}" if _AT.fullmatch(mark) else fresh, sys_id)
