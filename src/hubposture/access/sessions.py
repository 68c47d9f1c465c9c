"""Who is let in: somebody who signed in, and a program with somebody's token."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in. `id` is the SHA-256 (hex) of what their browser keeps. Times are aware and UTC.

    `groups` are those that the provider named at the sign-in. `agent` is what the browser calls itself, shortened.
    """

    id: str
    person: str
    groups: tuple[str, ...]
    agent: str
    made_at: dt.datetime
    seen_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the API: `digest` is its SHA-256 (hex). It is for a person of the settings, or one who signed in.

    `actions` are what it is for, sorted; `groups` those that the provider named when the person was last signed in.
    `used_at` is None where it never was. It ends at `ends_at`, or when it is revoked.
    """

    id: str
    digest: str
    person: str
    label: str
    actions: tuple[str, ...]
    groups: tuple[str, ...]
    made_by: str
    made_at: dt.datetime
    ends_at: dt.datetime
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    revoked_by: str = ""

    def holds(self, now: dt.datetime) -> bool:
        """Whether it lets anybody in at a time."""
        return self.revoked_at is None and now < self.ends_at
