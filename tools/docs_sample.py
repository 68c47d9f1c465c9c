"""The samples of docs/: what `hubposture plan` and `census` say of the emulated organization, for a small workbook."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from hubposture.cli.census import document_of as census_document
from hubposture.cli.plan import around_of
from hubposture.cli.posture import shown as posture_document
from hubposture.cli.sync import synced
from hubposture.render import markdown
from hubposture.verbs.census import census
from hubposture.verbs.init import Rows, from_catalog
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.suppressions import suppressions
from hubposture.views import plan as view
from hubposture.wiring import (
    Connection,
    census_reader,
    connect,
    findings_reader,
    open_store,
    packaged_catalog,
    put_workbook,
    rehearsal,
    workplace,
)

_SETTINGS: Final = """\
instance = "sample"

[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
"""
_ROWS: Final = 12
_POSTURE_ROWS: Final = 8
_WEEK: Final = dt.timedelta(weeks=1)
_NOW: Final = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def sample_plan() -> str:
    """The plan as markdown; the same whenever and wherever it is made."""
    with _connected() as connection:
        planned = connection.plan(connection.workplace.matrix(), connection.survey())
        seen = replace(around_of(planned, connection), commit="")
        return markdown.render(view.document(planned.plan, seen, most=_ROWS))


def sample_census() -> str:
    """The census as markdown; the same whenever and wherever it is made."""
    with _connected() as connection:
        survey = connection.survey()
        found = census(survey, connection.hub, census_reader(connection))
        with connection.workplace.ledger() as ledger:
            suppressed = suppressions(findings_reader(connection, ledger))
        catalog = live_catalog(packaged_catalog(), survey)
        return markdown.render(census_document(connection.name, found, catalog, suppressed))


def sample_posture() -> str:
    """The posture as markdown after a week of findings; the same whenever and wherever it is made."""
    with _connected(start=_NOW - _WEEK) as connection:
        tick = _TICKS[connection.name]
        synced(connection, "api")
        tick(7)
        synced(connection, "api")
        at = connection.workplace
        with (
            at.ledger() as ledger,
            open_store(at, connection.name, ledger) as store,
            store.reader.snapshot() as snapshot,
        ):
            return markdown.render(
                posture_document(connection.name, store.reader, snapshot, by=None, since=None, limit=_POSTURE_ROWS)
            )


_TICKS: dict[str, Callable[[int], None]] = {}


@contextmanager
def _connected(start: dt.datetime = _NOW) -> Iterator[Connection]:
    box, around = rehearsal(start=start)
    _TICKS["acme"] = box.tick
    around = replace(around, environ={**around.environ, "HUBPOSTURE_LIMITS_THREADS": "1"})
    spec = box.core.spec
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        settings = _SETTINGS.format(administrator=spec.administrator, home=spec.home_region)
        (directory / "hubposture.toml").write_text(settings, encoding="utf-8")
        put_workbook(directory, _rows(), now=_NOW)
        yield connect(workplace(directory, surroundings=around), "acme")


def _rows() -> Rows:
    """The catalog's matrix, with a parameter, and with one control switched off in test accounts by a narrower row."""
    made = dict(from_catalog(packaged_catalog()))
    changed = [
        {**row, "parameters": "daysToExpiration=45"} if row["control"] == "ACM.1" else row for row in made["Controls"]
    ]
    made["Controls"] = [
        *changed,
        {
            "control": "S3.8",
            "scope": "Test",
            "disposition": "not-applicable",
            "reason": "Test buckets hold no customer data and some are public on purpose",
            "approved_by": "lee@example.com",
            "reference": "PER0010042",
            "expires": "2027-05-01",
        },
    ]
    made["Scopes"] = [{"scope": "Test", "ous": "Workloads/NonProd"}]
    return made
