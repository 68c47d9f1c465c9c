"""What was decided becomes part of the lake's next version: which subjects are waived, and what every waiver is."""

import datetime as dt
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from hubposture.catalog import Catalog
from hubposture.ports.lake import Folded, LakeWriter, Snapshot
from hubposture.verbs.waiver_book import Book
from hubposture.waivers.rule import Judged, Tally
from hubposture.waivers.standing import Standing

Row = tuple[object, ...]

_CURRENT = "SELECT subject, waiver, until, effect FROM decisions ORDER BY subject"
_CURRENT_OF = (
    "SELECT subject, waiver, until, effect FROM decisions WHERE subject IN (SELECT unnest($only)) ORDER BY subject"
)
_WAIVERS = "SELECT * FROM waivers ORDER BY waiver"


def publish(
    writer: LakeWriter,
    snapshot: Snapshot,
    found: Book,
    judged: Judged,
    *,
    catalog: Catalog,
    zone: ZoneInfo,
    only: Collection[str] | None = None,
) -> Folded | None:
    """Write decisions and waivers of a whole decision; of a partial one only where a subject's waiver changed.

    None where a partial one changed nothing. Tallies of a partial decision speak of few subjects, so waivers stay as
    they were written before. While a file cannot be read, what was known of waivers that are not there now stays too:
    they may be in it.
    """
    if only is None:
        rows = waiver_rows(found, judged, catalog=catalog, zone=zone)
        if not found.problems:
            return writer.decided(judged.covered, rows)
        there = {one.waiver.id for one in found.standings}
        return writer.decided(
            _with_unread(judged.covered, snapshot.execute(_CURRENT, {}), there, waiver=1),
            _with_unread(rows, snapshot.execute(_WAIVERS, {}), there, waiver=0),
        )
    now = sorted(judged.covered, key=lambda row: str(row[0]))
    if now == snapshot.execute(_CURRENT_OF, {"only": tuple(sorted(only))}):
        return None
    current = snapshot.execute(_CURRENT, {})
    others = [row for row in current if row[0] not in only]
    if found.problems:
        there = {one.waiver.id for one in found.standings}
        now = _with_unread(now, [row for row in current if row[0] in only], there, waiver=1)
    return writer.decided(sorted([*others, *now], key=lambda row: str(row[0])), snapshot.execute(_WAIVERS, {}))


def _with_unread(now: Sequence[Row], before: Sequence[Row], there: Collection[str], *, waiver: int) -> list[Row]:
    """Rows, and those of before that are of a waiver that is not there now; `waiver` is the column with its id."""
    keys = {row[0] for row in now}
    kept = [row for row in before if row[0] not in keys and row[waiver] not in there]
    return sorted([*now, *kept], key=lambda row: str(row[0]))


def waiver_rows(found: Book, judged: Judged, *, catalog: Catalog, zone: ZoneInfo) -> list[Row]:
    """Rows of `findings.tables.WAIVERS`."""
    nothing = {one.waiver.id: Tally(one.waiver.id) for one in found.standings}
    tallies = {**nothing, **judged.tallies}
    return [_row(one, tallies[one.waiver.id], catalog, zone) for one in found.standings]


def _row(one: Standing, tally: Tally, catalog: Catalog, zone: ZoneInfo) -> Row:
    waiver, approval = one.waiver, one.approval
    return (
        waiver.id,
        str(one.state),
        str(waiver.type),
        str(waiver.effect),
        ", ".join(catalog.shown(control) for control in waiver.criteria.controls),
        waiver.owner,
        waiver.risk_owner,
        waiver.requested_by,
        approval.by if approval is not None else "",
        f"{approval.system} {approval.number}".strip() if approval is not None else "",
        waiver.reason,
        start_of(waiver.valid_from, zone),
        one.ends_at,
        tally.within,
        tally.failing,
        tally.surplus,
        tally.passing_since,
    )


def start_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first moment of a day in the organization's zone, naive UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC).replace(tzinfo=None)


def admissions(judged: Judged) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The subjects newly taken in under `covers_new`, by waiver."""
    return [(waiver, tally.admitted) for waiver, tally in sorted(judged.tallies.items()) if tally.admitted]
