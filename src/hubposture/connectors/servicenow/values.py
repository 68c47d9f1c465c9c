"""What we write into a record, and whether it is there."""

import datetime as dt
import html
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from hubposture.connectors.servicenow.shape import Dates, RecordShape, Value, first_moment, last_second
from hubposture.ports.waivers import Request
from hubposture.waivers.waiver import Waiver

MAY_BE_CUT: Final = frozenset({Value.TITLE, Value.REASON, Value.CONTROLS, Value.RESOURCES, Value.PREVIEW})
"""Texts for people. Everything else must be whole or it means something else."""

_TITLE: Final = 100
_NO_LIMITS: Final[Mapping[str, int]] = MappingProxyType({})
_TAG: Final = re.compile(r"<[^<>]*>")
_LABELS: Final = {
    Value.REQUEST_ID: "Request",
    Value.WAIVER_ID: "Waiver",
    Value.DIGEST: "Digest",
    Value.REASON: "Reason",
    Value.CONTROLS: "Controls",
    Value.RESOURCES: "Resources",
    Value.SUBJECTS: "Subjects now",
    Value.VALID_FROM: "From",
    Value.UNTIL: "Through",
    Value.REQUESTER: "Asked by",
    Value.RISK_OWNER: "Risk owner",
    Value.OWNER: "Owner",
}


def values(
    waiver: Waiver, request: Request, text: str, *, shape: RecordShape, shown: Callable[[str], str]
) -> Mapping[Value, str]:
    """Every value of ours as text; the empty ones are left out. `shown` gives a control's id as people read it.

    The preview begins with the request, the waiver and the digest, so that a person and a search find them even where
    no field holds them, and with everything else that has no field of its own.
    """
    found = {
        Value.REQUEST_ID: request.id,
        Value.WAIVER_ID: waiver.id,
        Value.DIGEST: request.digest,
        Value.REASON: waiver.reason,
        Value.CONTROLS: ", ".join(shown(control) for control in waiver.criteria.controls),
        Value.RESOURCES: _where(waiver),
        Value.SUBJECTS: str(count_subjects(request.subjects)),
        Value.VALID_FROM: str(waiver.valid_from),
        Value.UNTIL: str(request.until),
        Value.REQUESTER: waiver.requested_by,
        Value.RISK_OWNER: waiver.risk_owner,
        Value.OWNER: waiver.owner,
    }
    placed = {*shape.fields, *shape.variables} - {Value.REQUEST_ID, Value.WAIVER_ID, Value.DIGEST}
    head = [f"{_LABELS[value]}: {said}" for value, said in found.items() if said and value not in placed]
    found[Value.PREVIEW] = "\n".join([*head, "", text]).strip()
    found[Value.TITLE] = _cut(f"Security Hub waiver {waiver.id}: {found[Value.CONTROLS]}", _TITLE)
    if shape.dates is Dates.MOMENT:
        found[Value.VALID_FROM] = _written(first_moment(waiver.valid_from, shape.zone))
        found[Value.UNTIL] = _written(last_second(request.until, shape.zone))
    return {value: said for value, said in found.items() if said}


def placed(
    said: Mapping[Value, str], names: Mapping[Value, str], longest: Mapping[str, int] = _NO_LIMITS
) -> dict[str, str]:
    """What goes where: their name to our text, texts for people cut to what the field takes (`longest`, by name)."""
    found = {}
    for value, name in names.items():
        if value in said and name:
            limit = longest.get(name, 0) if value in MAY_BE_CUT else 0
            found[name] = _cut(said[value], limit) if limit else said[value]
    return found


def is_there(sent: str, found: str) -> bool:
    """Whether what stands there is what was sent; line ends, blanks around it and HTML around a text count for nothing."""
    if _flat(sent) == _flat(found):
        return True
    return "<" in found and _flat(html.unescape(_TAG.sub(" ", found))) == _flat(_TAG.sub(" ", sent))


def granted_day(text: str, shape: RecordShape) -> dt.date | None:
    """The last day that an end grants; None where the text is no day and no moment.

    A moment grants the day in which it lies in the shape's zone, the very beginning of a day the one before.
    """
    try:
        if len(text) == len("2026-01-01"):
            return dt.date.fromisoformat(text)
        moment = dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC).astimezone(shape.zone)
    except ValueError:
        return None
    return (moment - dt.timedelta(seconds=1)).date()


def moment(text: str) -> dt.datetime | None:
    """A moment of the Table API (UTC) as naive UTC; None where it is none."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - naive UTC, as everywhere in the lake
    except ValueError:
        return None


def count_subjects(text: str) -> int:
    """How many subjects an approved-set file holds."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.startswith(("#", "accounts:")))


def _where(waiver: Waiver) -> str:
    criteria = waiver.criteria
    tags = tuple(f"{name}={pattern}" for name, pattern in criteria.tags)
    lists = (
        ("", criteria.resources),
        ("accounts: ", criteria.accounts),
        ("OUs: ", criteria.ous),
        ("Regions: ", criteria.regions),
        ("tags: ", tags),
    )
    lines = [line for name, items in lists for line in ([name + ", ".join(items)] if name and items else items)]
    return "\n".join(lines)


def _cut(text: str, longest: int) -> str:
    """The text, or its beginning with how much is missing; never longer than `longest` characters."""
    if len(text) <= longest:
        return text
    mark = f"... ({len(text)} characters, cut)"
    return text[: longest - len(mark)] + mark if longest > 2 * len(mark) else text[:longest]


def _written(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def _flat(text: str) -> str:
    return " ".join(text.split())
