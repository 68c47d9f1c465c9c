"""Provisional waivers for suppressions that were found: they hold for some days, in which their owners justify them."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from hubposture.model.controls import ControlId, natural_key
from hubposture.waivers.digest import digest
from hubposture.waivers.entries import later
from hubposture.waivers.read_waiver import MAX_PATTERN
from hubposture.waivers.shorten import one_line, shorten
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import (
    Approval,
    Criteria,
    SubjectName,
    SubjectSet,
    SystemOfApproval,
    Waiver,
    WaiverType,
)

UNOWNED = "unowned"
"""The owner of what nobody is known to own."""

NOBODY = "hubposture"
"""Who asked for a provisional waiver where nobody is known to have suppressed anything."""
_NAMED = 3
_NOTES = 400


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Suppressed subjects of one control in one account that no waiver covers.

    `who` are those who suppressed them with counts, most first, '' where history no longer tells; `oldest` and `newest`
    (naive UTC) are the first and last time, None where unknown. `notes` are the different notes that stand on them,
    `owner` the team that probably owns them, or ''.
    """

    control: ControlId
    account: str
    subjects: tuple[SubjectName, ...]
    who: tuple[tuple[str, int], ...] = ()
    oldest: dt.datetime | None = None
    newest: dt.datetime | None = None
    notes: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Provisional:
    """A waiver with a provisional entry, and the set it is for, which belongs into the file that the entry names."""

    waiver: Waiver
    subjects: SubjectSet


def provisional(
    groups: Iterable[Suppressed],
    *,
    today: dt.date,
    days: int,
    taken: Collection[str] = (),
    shown: Callable[[ControlId], str] = str,
) -> tuple[Provisional, ...]:
    """A waiver for every group that has subjects, holding from `today` for so many days; sorted by account and control.

    Ids are `P-ACCOUNT-CONTROL`, with `-2`, `-3` and so on where several groups are of one account and control or the id
    is `taken`, whatever its capitals: files may lie on a disk that does not tell them apart. `shown` gives control ids
    as AWS writes them. The order of the groups does not matter.
    """
    used = {one.casefold() for one in taken}
    found: list[Provisional] = []
    for one in sorted((group for group in groups if group.subjects), key=_order):
        id_ = _free(f"P-{one.account}-{shown(one.control)}", used)
        used.add(id_.casefold())
        found.append(_made(id_, one, today, later(today, days)))
    return tuple(found)


def for_now(
    subject: SubjectName, *, id_: str, by: str, reason: str, owner: str, today: dt.date, days: int
) -> Provisional:
    """A waiver of one subject that somebody suppresses from `today` on for so many days, without an approval."""
    group = Suppressed(ControlId(subject.control), subject.account, (subject,), owner=owner)
    made = _made(id_, group, today, later(today, days))
    waiver = replace(made.waiver, reason=reason, requested_by=one_line(by) or NOBODY, approvals=())
    entry = replace(
        made.waiver.approvals[0], by=one_line(by), digest=digest(waiver, waiver.expires, to_text(made.subjects))
    )
    return Provisional(replace(waiver, approvals=(entry,)), made.subjects)


def _order(one: Suppressed) -> tuple[object, ...]:
    times = (str(one.oldest), str(one.newest))
    return (one.account, natural_key(one.control), one.owner, tuple(sorted(one.subjects)), one.who, one.notes, times)


def _free(id_: str, used: Collection[str]) -> str:
    name, number = id_, 1
    while name.casefold() in used:
        number += 1
        name = f"{id_}-{number}"
    return name


def _made(id_: str, group: Suppressed, today: dt.date, until: dt.date) -> Provisional:
    subjects = SubjectSet(tuple(sorted(set(group.subjects))))
    waiver = Waiver(
        id=id_,
        criteria=_criteria(group),
        type=WaiverType.RISK_ACCEPTANCE,
        reason=_reason(group),
        owner=one_line(group.owner) or UNOWNED,
        requested_by=next((name for who, _ in group.who if (name := one_line(who))), NOBODY),
        valid_from=today,
        expires=until,
    )
    entry = Approval(
        system=SystemOfApproval.PROVISIONAL,
        number="",
        by="",
        on=today,
        until=until,
        digest=digest(waiver, until, to_text(subjects)),
        subjects=f"{id_}.subjects",
    )
    return Provisional(replace(waiver, approvals=(entry,)), subjects)


def _criteria(group: Suppressed) -> Criteria:
    """Exactly what was suppressed: a wider waiver would ask for approval of what nobody ever suppressed."""
    resources = tuple(sorted({one.resource for one in group.subjects}))
    can_be_named = all(one.strip() and "\0" not in one and len(one) <= MAX_PATTERN for one in resources)
    return Criteria(
        controls=(group.control,),
        resources=resources if can_be_named else (),
        accounts=(group.account,),
        regions=tuple(sorted({one.region for one in group.subjects})),
    )


def _reason(group: Suppressed) -> str:
    parts = ["Suppressed before there were waivers", *_by(group), *_when(group)]
    notes = "; ".join(dict.fromkeys(text for note in sorted(group.notes) if (text := one_line(note))))
    said = f'. Notes: "{shorten(notes, _NOTES)}"' if notes else ""
    return f"{' '.join(parts)}{said}. To be justified or fixed"


def _by(group: Suppressed) -> Iterable[str]:
    named = [f"{one_line(who)} ({count})" for who, count in group.who if one_line(who)]
    if named:
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        yield f"by {', '.join(named[:_NAMED])}{more}"


def _when(group: Suppressed) -> Iterable[str]:
    first, last = group.oldest, group.newest
    if first is not None and last is not None:
        yield f"on {first:%Y-%m-%d}" if first.date() == last.date() else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
