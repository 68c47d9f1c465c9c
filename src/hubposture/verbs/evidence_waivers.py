"""The waivers that held in a period: what their files said at which commit, who approved, what was confirmed."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.errors import HubpostureError
from hubposture.ports.repository import Commit
from hubposture.verbs.evidence_days import Days
from hubposture.verbs.evidence_rows import holding
from hubposture.views.evidence.model import Approval, Confirmed, Held, Told, Waiver
from hubposture.waivers.read import ReadWaivers, read_waivers
from hubposture.waivers.standing import Confirmation
from hubposture.waivers.subject_file import from_text
from hubposture.waivers.waiver import Waiver as Written


@dataclass(frozen=True, slots=True)
class Sources:
    """Where waivers are read: files by revision (None: the working tree), the main line of a file, and what was confirmed.

    `line` gives None where there is no history; of '' it is that of everything. `path` is where a file of a waiver lies.
    """

    files: Callable[[str | None], Mapping[str, bytes]]
    read: Callable[[str, str | None], bytes]
    line: Callable[[str], Sequence[Commit] | None]
    confirmations: Sequence[Confirmation]
    path: Callable[[str], str]


@dataclass
class Files:
    """Files to be put into the pack, by their path there."""

    found: dict[str, bytes] = field(default_factory=dict)


def held_waivers(days: Days, controls: Collection[str]) -> list[str]:
    """The waivers that covered something of these controls on a day that was looked at, sorted."""
    return sorted({waiver for (control, waiver) in days.covered if control in controls})


def read_waivers_of(
    days: Days,
    names: Sequence[str],
    *,
    controls: Collection[str],
    sources: Sources,
    period: tuple[dt.datetime, dt.datetime],
    is_in: Callable[[str], bool] | None,
    safe: Callable[[str], str],
) -> tuple[list[Waiver], Files]:
    """What is told of these waivers, as their files were at the end of the period; `is_in` is None for the organization."""
    found, trouble = _read(sources, _revision(sources, period))
    files, made = Files(), []
    for name in names:
        written = next((one for one in found.waivers if one.id == name), None) or _gone(name, sources, period)
        on = sorted(control for (control, waiver) in days.covered if waiver == name and control in controls)
        told = list(_told(name, written, files, sources=sources, period=period, is_in=is_in, safe=safe))
        if written is None:
            why = trouble or "its file is not in the baseline at the end of the period"
            told.append(Told(Held("", None, "", ""), "", why))
        said = [one for one in sources.confirmations if one.waiver == name]
        made.append(
            Waiver(
                name, tuple(_fields(written)) if written else (), days.spans(name), on,
                tuple(_approvals(written)) if written else (), tuple(map(_confirmed, said)), tuple(told),
            )
        )  # fmt: skip
    return made, files


def _revision(sources: Sources, period: tuple[dt.datetime, dt.datetime]) -> str | None:
    """The newest commit of the period; None where there is no history, and the working tree is read."""
    commits = holding(sources.line("") or (), *period)
    return commits[-1].id if commits else None


def _gone(name: str, sources: Sources, period: tuple[dt.datetime, dt.datetime]) -> Written | None:
    """A waiver that is not in the baseline any more: as it was last written in the period, where it had a file of its own."""
    path = sources.path(f"{name}.yaml")
    for commit in reversed(holding(sources.line(path) or (), *period)):
        try:
            found = read_waivers({path: sources.read(path, commit.id)})
        except (HubpostureError, OSError):
            continue
        return next((one for one in found.waivers if one.id == name), None)
    return None


def _read(sources: Sources, revision: str | None) -> tuple[ReadWaivers, str]:
    try:
        return read_waivers(sources.files(revision)), ""
    except (HubpostureError, OSError) as error:
        return ReadWaivers((), {}, ()), str(error)


def _fields(one: Written) -> Iterator[tuple[str, str]]:
    criteria = one.criteria
    pairs = (
        ("Type", str(one.type)), ("Effect", str(one.effect)), ("Controls", ", ".join(criteria.controls)),
        ("Resources", ", ".join(criteria.resources)), ("Accounts", ", ".join(criteria.accounts)),
        ("OUs", ", ".join(criteria.ous)), ("Regions", ", ".join(criteria.regions)),
        ("Tags", ", ".join(f"{name}={value}" for name, value in criteria.tags)), ("Reason", one.reason),
        ("Compensating", one.compensating), ("Owner", one.owner), ("Risk owner", one.risk_owner),
        ("Requested by", one.requested_by), ("Valid from", one.valid_from.isoformat()), ("Expires", one.expires.isoformat()),
        ("Takes in new resources", f"{one.covers_new}" if one.covers_new else ""),
        ("Revoked", f"on {one.revoked.on} by {one.revoked.by}: {one.revoked.reason}" if one.revoked else ""),
        ("File", one.file),
    )  # fmt: skip
    return ((name, text) for name, text in pairs if text)


def _approvals(one: Written) -> Iterator[Approval]:
    for each in one.approvals:
        yield Approval(str(each.system), each.number, each.by, each.on, each.until, each.digest, each.subjects)


def _confirmed(one: Confirmation) -> Confirmed:
    return Confirmed(str(one.system), one.number, str(one.verdict), one.by, one.checked_at, one.digest)


def _told(
    name: str, written: Written | None, files: Files, *, sources: Sources, period: tuple[dt.datetime, dt.datetime],
    is_in: Callable[[str], bool] | None, safe: Callable[[str], str],
) -> Iterator[Told]:  # fmt: skip
    """Its file and its approved sets, at each commit that held in the period."""
    if written is None:
        return
    folder = written.file.rpartition("/")[0]
    sets = dict.fromkeys(one.subjects for one in written.approvals if one.subjects)
    for path in (written.file, *(f"{folder}/{one}".lstrip("/") for one in sets)):
        line = sources.line(path)
        commits: Sequence[Commit | None] = [None] if line is None else holding(line, *period)
        for commit in commits:
            held = Held("", None, "", "") if commit is None else Held(
                commit.id, commit.at, f"{commit.author} <{commit.email}>", commit.subject
            )  # fmt: skip
            yield _one(path, held, files, sources=sources, is_in=is_in, place=f"waivers/{safe(name)}", safe=safe)


def _one(
    path: str, held: Held, files: Files, *, sources: Sources, is_in: Callable[[str], bool] | None, place: str,
    safe: Callable[[str], str],
) -> Told:  # fmt: skip
    base = path.rpartition("/")[2]
    try:
        raw = sources.read(path, held.id or None)
    except (HubpostureError, OSError) as error:
        return Told(held, "", f"{base} cannot be read there: {error}")
    if is_in is not None:
        return _part(base, raw, held, files, is_in=is_in, place=place, safe=safe)
    put = f"{place}/{held.id[:12] or 'working-tree'}/{safe(base)}"
    files.found[put] = raw
    return Told(held, put)


def _part(
    base: str,
    raw: bytes,
    held: Held,
    files: Files,
    *,
    is_in: Callable[[str], bool],
    place: str,
    safe: Callable[[str], str],
) -> Told:
    """Of a part of the organization: of an approved set what lies in it, of a waiver's file nothing, for it may name others."""
    if not base.endswith(".subjects"):
        return Told(held, "", f"{base} is left out: it may speak of accounts outside; what it says is told above")
    found, problems = from_text(raw, base)
    if problems:
        return Told(held, "", f"{base} cannot be read: {problems[0].what}")
    inside = [one for one in found.subjects if is_in(one.account)]
    text = "".join(f"{one.account} {one.region} {one.control} {one.resource}\n" for one in inside)
    put = f"{place}/{held.id[:12] or 'working-tree'}/{safe(base)}.part.txt"
    files.found[put] = text.encode("utf-8", "replace")
    left = len(found.subjects) - len(inside)
    return Told(held, put, f"{left:,} resources outside this part are left out" if left else "")
