"""The life of one waiver: approved beside today's matches, what would be open without it, and how its end was carried out."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.access.actions import Action
from hubposture.errors import HubpostureError
from hubposture.ports.repository import FileMissing
from hubposture.verbs.waiver_ask import named
from hubposture.verbs.waiver_preview import Preview, name_of, previews
from hubposture.verbs.waiver_rows import Names, subject_rows
from hubposture.verbs.waiver_scope import Means, keys_of, most_days
from hubposture.views.pages.waiver_life import Life, Released
from hubposture.views.waivers_rows import SubjectRow
from hubposture.waivers.read import read_waivers
from hubposture.waivers.rule import Fit
from hubposture.waivers.standing import Standing, State
from hubposture.waivers.waiver import Waiver

_FINDINGS = """
SELECT f.finding, f.workflow, s.account, s.control, s.resource, s.status
FROM findings f JOIN subjects s ON s.subject = f.subject
WHERE f.finding IN (SELECT unnest($findings))
"""
_SHOWN = "SELECT control, shown FROM controls"


def life(means: Means, name: str) -> Life:
    """Everything that the page of a waiver of the baseline tells beside its file. Raises InputError for an unknown one."""
    book = means.book()
    standing = named(book, name)
    (one,) = previews([name], means.snapshot, book, ledger=means.ledger, organization=means.organization)
    compared = _compared(means, one)
    released, hidden = _released(means, name)
    is_over = standing.state in (State.EXPIRED, State.REVOKED, State.WITHDRAWN, State.REJECTED)
    can_extend = standing.waiver.revoked is None
    keys = keys_of(one.matches)
    return Life(
        name=name,
        today=means.today,
        at=means.snapshot.at,
        within=compared.within,
        beyond=compared.beyond,
        gone=compared.gone,
        open_without=[row for row in compared.within if row.is_failing and not row.other],
        released=released,
        unseen=compared.unseen + hidden,
        is_over=is_over,
        holds=standing.state.holds,
        ended=_ended(standing) if is_over else "",
        pending=pending(means, standing.waiver),
        most_days=most_days(means, standing.waiver.criteria.controls),
        may_ask=can_extend and bool(keys) and not _refused(means, Action.REQUEST_WAIVER, keys, name),
        may_revoke=not is_over and not _refused(means, Action.REVOKE_WAIVER, keys, name),
    )


def _refused(means: Means, action: Action, keys: Sequence[str], name: str) -> bool:
    try:
        return bool(means.rights.refusals(action, keys, waiver=name))
    except HubpostureError:
        return True


@dataclass(frozen=True)
class _Compared:
    within: Sequence[SubjectRow]
    beyond: Sequence[SubjectRow]
    gone: Sequence[tuple[str, str]]
    unseen: int


def _compared(means: Means, one: Preview) -> _Compared:
    """What was approved beside what matches now, as far as whoever asks may see it."""
    rows = dict(
        zip(
            (name_of(match) for match in one.matches),
            subject_rows(one, Names.of(means.snapshot, means.catalog)),
            strict=True,
        )
    )
    approved = set(one.held.subjects)
    gone = sorted(approved - set(rows))
    seen = means.rights.sees([name.key for name in (*rows, *gone)])
    within = [
        row
        for name, row in rows.items()
        if name.key in seen and row.fit is not Fit.BARRED and (name in approved or not row.is_beyond)
    ]
    beyond = [row for name, row in rows.items() if name.key in seen and row.is_beyond]
    lost = [(name.resource, name.account) for name in gone if name.key in seen]
    every = {name.key for name in (*rows, *gone)}
    return _Compared(within, beyond, lost, len(every - seen))


def _ended(standing: Standing) -> str:
    waiver = standing.waiver
    if waiver.revoked is not None:
        return f"Revoked from {waiver.revoked.on} on by {waiver.revoked.by}: {waiver.revoked.reason}"
    return f"It ended: {standing.why}." if standing.why else "It ended."


def _released(means: Means, name: str) -> tuple[list[Released], int]:
    """What the ledger says was released of a waiver, with what the lake has of it now; and how many may not be seen."""
    marks = {
        key: one
        for key, one in means.ledger.marks(means.organization).items()
        if one.waiver == name and one.state == "released"
    }
    if not marks:
        return [], 0
    shown = dict(means.snapshot.execute(_SHOWN, {}))
    now = {row[0]: row[1:] for row in means.snapshot.execute(_FINDINGS, {"findings": tuple(sorted(marks))})}
    seen = means.rights.sees(sorted({one.subject for one in marks.values()}))
    found = []
    for key, one in sorted(marks.items(), key=lambda pair: (pair[1].written_at, pair[0]), reverse=True):
        if one.subject not in seen:
            continue
        workflow, account, control, resource, status = now.get(key, ("", "", "", "", ""))
        found.append(
            Released(
                resource=resource, account=account, control=shown.get(control, control), subject=one.subject,
                written_at=one.written_at, seen_at=one.seen_at, workflow=workflow, status=status,
            )
        )  # fmt: skip
    return found, len({one.subject for one in marks.values()} - seen)


def pending(means: Means, waiver: Waiver) -> tuple[str, ...]:
    """What of a waiver waits on the common branch to be merged, in sentences."""
    tip = means.branch.ahead()
    if not tip:
        return ()
    try:
        raw = means.branch.repository.read(waiver.file, tip)
    except FileMissing:
        return ()
    there = next((one for one in read_waivers({waiver.file: raw}).waivers if one.id == waiver.id), None)
    if there is None:
        return ()
    here = {one.digest for one in waiver.approvals}
    said = [
        f"An approval by {one.by} until {one.until} waits on {means.branch.name} to be merged."
        for one in there.approvals
        if one.digest not in here
    ]
    if there.revoked is not None and waiver.revoked is None:
        said.append(f"Its revocation by {there.revoked.by} waits on {means.branch.name} to be merged.")
    return tuple(said)
