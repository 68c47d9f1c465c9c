"""The normal form of findings: one place for every format and age."""

import datetime as dt
import reprlib
from collections.abc import Mapping

import orjson

from hubposture.findings.asff import read_asff
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.legacy import Known
from hubposture.findings.ocsf import read_ocsf
from hubposture.findings.reading import clean, kind_of

AHEAD = dt.timedelta(minutes=15)
"""By how much a product's clock may be ahead of ours."""
EXCERPT = 200
"""How many characters of a rejected record are kept."""


def normalize(
    record: object, *, observed_at: dt.datetime, where: str, known: Known | None = None
) -> tuple[Finding, ...] | Rejected:
    """The findings of one record of ASFF or OCSF, one per resource, or why it is none, everything wrong at once.

    Takes whatever a JSON reader gives and raises nothing. `observed_at` (naive UTC) is when the record was read,
    `where` where it stood. Text over AWS's limits is kept; NUL and lone surrogates become U+FFFD.
    """
    if record.__class__ is not dict and not isinstance(record, Mapping):
        return Rejected(where, f"it is {kind_of(record)}, expected an object", excerpt(record))
    if "ProductArn" in record or "SchemaVersion" in record or "AwsAccountId" in record:
        found = read_asff(record, observed_at=observed_at, known=known)
    elif "class_uid" in record or "finding_info" in record:
        found = read_ocsf(record, observed_at=observed_at)
    else:
        why = "it is no finding: neither ProductArn (ASFF) nor class_uid (OCSF) is there"
        return Rejected(where, why, excerpt(record))
    if isinstance(found, tuple):
        return tuple(_not_ahead(one) for one in found) if any(one.updated_at > observed_at for one in found) else found
    return Rejected(where, "; ".join(dict.fromkeys(found)), excerpt(record))


def _not_ahead(one: Finding) -> Finding:
    """A finding whose UpdatedAt lies in the future as of when it was read; else it would win over all that follows."""
    return one._replace(updated_at=min(one.updated_at, one.observed_at + AHEAD))


def excerpt(value: object) -> str:
    """The beginning of a record as JSON, at most EXCERPT characters; of what JSON cannot say, as Python shows it."""
    if isinstance(value, bytes):
        return clean(value[: 4 * EXCERPT].decode("utf-8", "replace"))[:EXCERPT]
    try:
        return clean(orjson.dumps(value)[: 4 * EXCERPT].decode("utf-8", "ignore"))[:EXCERPT]
    except (TypeError, RecursionError):
        return clean(reprlib.repr(value))[:EXCERPT]
