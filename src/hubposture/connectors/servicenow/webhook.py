"""What a business rule of the instance tells us: which record changed, and nothing that would be believed (pure)."""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Final

HEADER: Final = "x-hubposture-secret"
"""The header with the shared secret, for instances that cannot send a bearer token."""

_SYS_ID: Final = re.compile(r"[0-9a-f]{32}")
_MARK: Final = re.compile(r"[\w .:-]{1,64}")
_LARGEST: Final = 4096


def is_ours(headers: Mapping[str, str], secret: str) -> bool:
    """Whether a request carries the secret, as `Authorization: Bearer` or in our own header; names are in lower case.

    Compared in constant time. An empty secret is nobody's.
    """
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    given = bearer.strip() if kind.casefold() == "bearer" else headers.get(HEADER, "")
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def told(headers: Mapping[str, str], body: bytes, *, secret: str, fresh: str) -> tuple[str, str] | None:
    """The event's id and the record's sys_id; None where the request is not believed or names no record.

    The body is `{"sys_id": "..."}`; with `"at"`, what differs from change to change (`sys_mod_count`, `sys_updated_on`),
    an event that is sent again is known again. Without it the event's id is `fresh`, made up by the caller.
    """
    if not is_ours(headers, secret) or len(body) > _LARGEST:
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    sys_id = said.get("sys_id") if isinstance(said, dict) else None
    if not isinstance(sys_id, str) or not _SYS_ID.fullmatch(sys_id):
        return None
    at = said.get("at")
    mark = str(at) if isinstance(at, str | int) and not isinstance(at, bool) else ""
    return (f"{sys_id}@{mark}" if _MARK.fullmatch(mark) else fresh), sys_id
