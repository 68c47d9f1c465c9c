"""The normal form of a finding, and what cannot be brought into it."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import NamedTuple


class Finding(NamedTuple):
    """One resource of one finding, columns and meaning as in `tables.FINDINGS` (without `misses`).

    A tuple and not a dataclass: a million of them go straight into columns. Times are naive UTC. `tags` are the
    resource's tags as sorted (name, value) pairs; a product that sends none gives (), which says nothing of the tags.
    """

    finding: str
    subject: str
    kind: str
    product: str
    id: str
    account: str
    region: str
    control: str
    resource: str
    resource_type: str
    standard: str
    title: str
    compliance: str
    reason: str
    severity: str
    record_state: str
    archived_because: str
    created_at: dt.datetime
    updated_at: dt.datetime
    first_observed_at: dt.datetime | None
    last_observed_at: dt.datetime | None
    workflow: str
    note: str
    note_by: str
    note_at: dt.datetime | None
    user_fields: str
    observed_at: dt.datetime
    tagset: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is no finding: where it stood (`file:line`, `file[3]`, `message id`), why, and its beginning."""

    where: str
    why: str
    excerpt: str = ""


def finding_key(product: str, id_: str) -> str:
    """32 hex digits of a finding's (ProductArn, Id)."""
    return _digest(product, id_)


def subject_key(account: str, region: str, control: str, resource: str) -> str:
    """32 hex digits of a subject."""
    return _digest(account, region, control, resource)


def _digest(*parts: str) -> str:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
