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
    they were written before.
    """
    if only is None:
        rows = waiver_rows(found, judged, catalog=catalog, zone=zone)
        return writer.decided(judged.covered, rows)
    now = sorted(judged.covered, key=lambda row: str(row[0]))
    if now == snapshot.execute(_CURRENT_OF, {"only": tuple(sorted(only))}):
        return None
    others = [row for row in snapshot.execute(_CURRENT, {}) if row[0] not in only]
    return writer.decided(sorted([*others, *now], key=lambda row: str(row[0])), snapshot.execute(_WAIVERS, {}))


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
