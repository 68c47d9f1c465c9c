"""The samples of docs/: what some commands say of the emulated organization, for a small workbook and one waiver."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from hubposture.cli.census import document_of as census_document
from hubposture.cli.enforced import enforced, waiver_store
from hubposture.cli.plan import around_of
from hubposture.cli.posture import shown as posture_document
from hubposture.cli.sync import synced
from hubposture.cli.ticketing import ticket_store
from hubposture.cli.waiver_writing import approved
from hubposture.render import markdown
from hubposture.render.plain_body import plain
from hubposture.verbs.census import census
from hubposture.verbs.init import Rows, from_catalog
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.report import Wanted, read_report
from hubposture.verbs.suppressions import suppressions
from hubposture.verbs.tickets import look
from hubposture.verbs.waiver_next import steps
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waiver_rows import Names, enforcement, preview_row
from hubposture.verbs.waivers import Options
from hubposture.views import plan as view
from hubposture.views import tickets as ticket_view
from hubposture.views import waivers_enforce as enforce_view
from hubposture.views import waivers_preview as preview_view
from hubposture.views.report import document as report_view
from hubposture.views.report.week import week_of
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
from hubposture.wiring.report import report_means

_SETTINGS: Final = """\
instance = "sample"

[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""
administrator_writer_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
"""
_WAIVER: Final = """\
id: W-2026-014
controls: [S3.2, S3.8]
resources: ["arn:aws:s3:::*-public-*"]
ous: ["/Workloads"]
type: by-design
reason: "Static web site, public on purpose"
compensating: "CloudFront with WAF in front; no customer data"
owner: team-web
risk_owner: lee@example.com
requested_by: kim@example.com
valid_from: 2026-11-24
expires: 2027-05-01
"""
_TEAMS: Final = """\
fallback: team-platform
teams:
  team-web: {jira: {project: SHOP, parent: SHOP-1}}
  team-payments: {jira: {project: SHOP}, in_progress: 3}
  team-data: {jira: {project: DATA}}
  team-platform: {jira: {project: PLAT}}
  team-security: {via: none}
"""
_TRACKERS: Final = """
[jira.main]
url = "https://acme.atlassian.net"
user = "hubposture@example.com"
token = "env:HUBPOSTURE_SANDBOX_JIRA_TOKEN"

[tickets]
link = "https://posture.example.com"
rows = 5
"""
_ROWS: Final = 12
_POSTURE_ROWS: Final = 8
_MANY: Final = 12
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
    return _after_a_week()[0]


def sample_waivers() -> tuple[str, str]:
    """A preview of a waiver and what became of enforcing it, as markdown; the same whenever and wherever it is made."""
    return _after_a_week()[1:3]


def sample_tickets() -> tuple[str, str]:
    """A plan of tickets as markdown, and the text of one of them; the same whenever and wherever they are made."""
    return _after_a_week()[3:5]


def sample_report() -> str:
    """The weekly report as markdown after a week of findings; the same whenever and wherever it is made."""
    return _after_a_week()[5]


@cache
def _after_a_week() -> tuple[str, str, str, str, str, str]:
    """The posture, a preview, an enforcement, tickets and a report: the week is lived once for all of them."""
    with _connected(start=_NOW - _WEEK) as connection:
        tick = _TICKS[connection.name]
        synced(connection, "api")
        tick(7)
        synced(connection, "api")
        posture, report = _posture(connection), _report(connection)
        return posture, *_waivers(connection), *_tickets(connection), report


def _posture(connection: Connection) -> str:
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        return markdown.render(
            posture_document(connection.name, store.reader, snapshot, by=None, since=None, limit=_POSTURE_ROWS)
        )


def _report(connection: Connection) -> str:
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        found = read_report(report_means(at, store), Wanted(week_of(at.today)))
    return markdown.render(report_view.document(found, most=_POSTURE_ROWS))


def _waivers(connection: Connection) -> tuple[str, str]:
    """The waiver that docs/waivers.md tells of, previewed, approved and enforced."""
    at = connection.workplace
    at.repository.write({"waivers/W-2026-014.yaml": _WAIVER.encode()})
    record = at.settings.waivers.system
    with waiver_store(connection, writes=False, asks=False) as (store, _, book), store.reader.snapshot() as snapshot:
        (found,) = previews(["W-2026-014"], snapshot, book, ledger=store.ledger, organization=connection.name)
        names = Names.of(snapshot, packaged_catalog())
        row = preview_row(found, names, steps=steps(found, record=record, today=at.today))
        previewed = preview_view.document(connection.name, [row], at=snapshot.at, version=snapshot.number, most=_ROWS)
    approved(connection, found, by="lee@example.com", number="CHG-204")
    done = enforced(connection, Options())
    told = replace(enforcement(done, names, is_observed=False), run="")  # which is another one each time
    shown = enforce_view.document(connection.name, told, at=_NOW.replace(tzinfo=None), most=_POSTURE_ROWS)
    return markdown.render(previewed), markdown.render(shown)


def _tickets(connection: Connection) -> tuple[str, str]:
    """What would be made for teams that work in Jira, and one ticket as its team reads it."""
    root = connection.workplace.repository.root
    (root / "teams.yaml").write_text(_TEAMS, encoding="utf-8")
    with (root / "hubposture.toml").open("a", encoding="utf-8") as settings:
        settings.write(_TRACKERS)
    again = connect(workplace(root, surroundings=connection.workplace.surroundings), connection.name)
    synced(again, "api", sweep=True)
    with ticket_store(again) as (store, means), store.reader.snapshot() as snapshot:
        planned = look(means, snapshot)
    shown = ticket_view.plan_document(again.name, planned.plan, exceeded=planned.exceeded, failures=(), limit=_ROWS)
    drafts = [(one.draft, one.after) for one in planned.plan.actions if one.draft is not None]
    few = [
        (draft.severity == "HIGH", len(one.members), one.key, draft)
        for draft, one in drafts
        if len(one.members) < _MANY
    ]
    draft = max(few, key=lambda one: one[:3])[3]
    return markdown.render(shown), f"{draft.title}\n\n{plain(draft.body, most=32_767)}"


_TICKS: dict[str, Callable[[int], None]] = {}


@contextmanager
def _connected(start: dt.datetime = _NOW) -> Iterator[Connection]:
    box, around = rehearsal(start=start)
    _TICKS["acme"] = box.tick
    around = replace(
        around, environ={**around.environ, "HUBPOSTURE_LIMITS_THREADS": "1", "HUBPOSTURE_SANDBOX_JIRA_TOKEN": "none"}
    )
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
