"""Whether the store is what was written."""
# ruff: noqa: S608 - statements are put together from names of our own tables

from collections.abc import Iterator

from hubposture.findings.fold import CUBE_OF_SUBJECTS, STATE_AT
from hubposture.findings.tables import CUBE, FINDINGS, SUBJECTS
from hubposture.lake.cube import difference, show_waived
from hubposture.lake.engine import Connection, Means, Opened, columns_of, connect
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.lake.manifest import File
from hubposture.lake.publish import Head, Place
from hubposture.lake.retention import needed
from hubposture.lake.storage import FileDamaged
from hubposture.ports.lake import Fault

_RESTORE = "put the file back from a backup; `store compact` writes new base files where only old ones are damaged"
_RELOAD = "run `hubposture sync`; if it stays, load the findings again into an empty lake and report this as a defect"


def check(place: Place, means: Means, *, deep: bool, full_days: int) -> tuple[Fault, ...]:
    """Everything wrong with the versions that are kept, by file; `deep` reads all files and recounts the newest."""
    faults = list(_files(place, deep=deep, full_days=full_days))
    head = place.head()
    if deep and head.number and not faults:
        with connect(means) as connection:
            Opened(connection, place.storage, folded=(FINDINGS, SUBJECTS)).show(head.manifest, number=head.number)
            faults.extend(_contents(connection, head))
    return tuple(faults)


def _files(place: Place, *, deep: bool, full_days: int) -> Iterator[Fault]:
    """Files that are missing or damaged, each with the versions that need it."""
    users: dict[File, list[int]] = {}
    for number, files in needed(place, full_days=full_days).items():
        for file in files:
            users.setdefault(file, []).append(number)
    for file, numbers in users.items():
        what = _wrong(place, file, deep=deep)
        if what:
            shown = f"version {numbers[0]}" if len(numbers) == 1 else f"versions {numbers[-1]} to {numbers[0]}"
            yield Fault(f"{place.storage.shown}/{file.name}", f"{what}; needed by {shown}", _RESTORE)


def _wrong(place: Place, file: File, *, deep: bool) -> str:
    try:
        if deep:
            place.storage.verify(file)
        elif (size := place.storage.size(file.name)) is None:
            return "is missing"
        elif size != file.bytes:
            return f"has {size} bytes instead of {file.bytes}"
    except FileDamaged as error:
        return error.what
    return ""


def _contents(connection: Connection, head: Head) -> Iterator[Fault]:
    """What the newest version says against itself."""
    show_waived(connection)
    connection.execute(f"CREATE TEMP TABLE recount AS {CUBE_OF_SUBJECTS}")
    connection.execute(f"CREATE TEMP TABLE moved AS {STATE_AT}", {"version": head.number})
    state = "subject, presence, status, aws_status, suppressed"
    counts = {
        "subjects are there twice": "SELECT count(*) - count(DISTINCT subject) FROM subjects",
        "findings are there twice": "SELECT count(*) - count(DISTINCT (finding, subject)) FROM findings",
        "subjects are waived twice": "SELECT count(*) - count(DISTINCT subject) FROM decisions",
        "findings have no subject": "SELECT count(*) FROM findings f ANTI JOIN subjects s ON s.subject = f.subject",
        "cells of the cube differ from a recount": f"SELECT count(*) FROM ({difference(columns_of(CUBE), 'cube', 'recount')})",
        "subjects are not what their newest transition says": f"SELECT count(*) FROM ({difference(state, 'subjects', 'moved')})",
        "rows are counted wrongly": _tally(head),
    }
    for what, query in counts.items():
        ((count,),) = connection.execute(query).fetchall()
        if count:
            yield Fault(f"version {head.number}", f"{count} {what}", _RELOAD)


def _tally(head: Head) -> str:
    tally = head.manifest.tally
    failing = f"(SELECT count(*) FROM subjects s WHERE s.status = 'FAILED' AND {IN_SIGHT})"
    return (
        f"SELECT abs((SELECT count(*) FROM subjects) - {tally.subjects}) + abs({failing} - {tally.failing}) "
        f"+ abs((SELECT count(*) FROM findings) - {tally.findings})"
    )
