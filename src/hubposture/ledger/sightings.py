"""What was seen of findings and is nowhere else: since when RESOLVED ones fail, and who suppressed what."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select

from hubposture.ledger.columns import clean
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_absent, insert_into, texts
from hubposture.ledger.schema import RESOLVED_FINDINGS, SUPPRESSORS
from hubposture.ports.findings import Suppression

_RESOLVED = RESOLVED_FINDINGS.c
_SUPPRESSOR = SUPPRESSORS.c


class Sightings(Part):
    """Sightings by organization and finding."""

    def resolved_since(self, organization: str, now_resolved: Collection[str], at: datetime) -> Mapping[str, datetime]:
        """See `ports.waivers`."""
        named = {clean(finding) for finding in now_resolved}
        mine = _RESOLVED.organization == organization
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            query = select(_RESOLVED.finding, _RESOLVED.since).where(mine)
            known: dict[str, datetime] = {row.finding: row.since for row in connection.execute(query)}
            fresh = [
                {"organization": organization, "finding": one, "since": at} for one in sorted(named - known.keys())
            ]
            insert_absent(connection, RESOLVED_FINDINGS, fresh)
            gone = _RESOLVED.finding.in_(texts(connection, known.keys() - named))
            connection.execute(delete(RESOLVED_FINDINGS).where(mine, gone))
        return {finding: known.get(finding, at) for finding in named}

    def suppressors(self, organization: str, findings: Collection[str]) -> Mapping[str, Suppression]:
        """See `ports.waivers`."""
        query = select(SUPPRESSORS).where(_SUPPRESSOR.organization == organization)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(_SUPPRESSOR.finding.in_(texts(connection, findings))))
            return {row.finding: Suppression(row.finding, row.who, row.at) for row in rows}

    def put_suppressors(self, organization: str, found: Iterable[Suppression]) -> None:
        """See `ports.waivers`."""
        rows = [{"organization": organization, "finding": one.finding, "who": one.who, "at": one.at} for one in found]
        if not rows:
            return
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            statement = insert_into(connection, SUPPRESSORS)
            new = statement.excluded
            # History that no longer tells does not unsay what it told before.
            tells = (new.who != "") | (_SUPPRESSOR.who == "")
            keys = list(SUPPRESSORS.primary_key)
            connection.execute(
                statement.on_conflict_do_update(index_elements=keys, set_={"who": new.who, "at": new.at}, where=tells),
                rows,
            )
