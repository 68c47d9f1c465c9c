"""Webhooks of Jira: whether one is signed by our secret, and what it tells. Pure.

An administrator's webhook with a secret is signed: `X-Hub-Signature: sha256=HEX` over the body as it came in. Anything else
(a JWT of an OAuth application, no signature) is not believed.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from hubposture.connectors.jira.answers import text

LARGEST: Final = 2**20
"""Bytes of a body that are looked at."""
_SIGNATURE: Final = re.compile(r"sha256=([0-9a-fA-F]{64})")
_LONGEST_ID: Final = 200
_KINDS: Final = re.compile(r"[a-z:_]{1,60}")


@dataclass(frozen=True, slots=True)
class HookEvent:
    """What a webhook tells: `delivery` is the same for each try of it, `id` is the issue's, `kind` as Jira calls it."""

    delivery: str
    id: str
    kind: str


def verify(secret: str, body: bytes, signature: str) -> bool:
    """Whether a body is signed with the secret. Never where there is no secret, or none in the form that we know."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if not secret or found is None:
        return False
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, found[1].lower())


def event_of(headers: Mapping[str, str], body: bytes) -> HookEvent | None:
    """What a webhook tells, of an issue; None for anything else. Names of headers are in lower case.

    A delivery without an identifier (Data Center sends none) is known by the digest of its body.
    """
    if len(body) > LARGEST:
        return None
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    id_ = text(told, "issue", "id")
    kind = text(told, "webhookEvent")
    if not (id_.isascii() and id_.isdigit() and len(id_) <= 20) or not _KINDS.fullmatch(kind):  # noqa: PLR2004 - digits
        return None
    given = headers.get("x-atlassian-webhook-identifier", "").strip()
    is_good = bool(given) and given.isascii() and given.isprintable() and len(given) <= _LONGEST_ID
    return HookEvent(given if is_good else hashlib.sha256(body).hexdigest(), id_, kind)
