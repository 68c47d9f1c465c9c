"""What Slack sends to a request URL: believed by its signature over the raw body, once, and not when it is old."""

import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

OLDEST_SECONDS: Final = 300
"""How far the time of a request may be from ours, either way."""
_REMEMBERED_SECONDS: Final = 600
_MOST_REMEMBERED: Final = 100_000
_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that is Slack's: a `challenge` to answer as it is, or a payload. `is_again`: it was taken before."""

    payload: Mapping[str, Any]
    challenge: str = ""
    is_again: bool = False


class Signatures:
    """Verifies requests by the app's signing secret (version v0). `now` gives seconds since 1970; safe in threads."""

    def __init__(self, secret: str, *, now: Callable[[], float]) -> None:
        self._secret = secret.encode()
        self._now = now
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def read(self, headers: Mapping[str, str], body: bytes) -> Signed | None:
        """What a request says, by its headers (names in lower case) and raw body; None where it is not believed."""
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not self._is_signed(stamp, signature, body):
            return None
        found = _parsed(headers.get("content-type", ""), body)
        if found.get("type") == "url_verification":
            challenge = found.get("challenge")
            return Signed({}, challenge=challenge if isinstance(challenge, str) else "")
        return Signed(found, is_again=self._is_known(signature))

    def taken(self, headers: Mapping[str, str]) -> None:
        """Remember that a request was taken: sent again within ten minutes it is the same."""
        now = self._now()
        with self._lock:
            self._seen = {one: at for one, at in self._seen.items() if at > now - _REMEMBERED_SECONDS}
            if len(self._seen) < _MOST_REMEMBERED:
                self._seen[headers.get("x-slack-signature", "")] = now

    def _is_signed(self, stamp: str, signature: str, body: bytes) -> bool:
        if not self._secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > len("10000000000"):
            return False
        if abs(self._now() - int(stamp)) > OLDEST_SECONDS:
            return False
        wanted = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
        return hmac.compare_digest(f"v0={wanted}".encode(), signature.encode("utf-8", "replace"))

    def _is_known(self, signature: str) -> bool:
        with self._lock:
            at = self._seen.get(signature)
        return at is not None and at > self._now() - _REMEMBERED_SECONDS


def _parsed(kind: str, body: bytes) -> Mapping[str, Any]:
    """The payload: JSON, or a form whose field `payload` holds it; {} for anything else."""
    text = body.decode("utf-8", "replace")
    if not kind.startswith("application/json"):
        try:
            text = next(iter(parse_qs(text, max_num_fields=_FIELDS).get("payload", [""])))
        except ValueError:
            return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
