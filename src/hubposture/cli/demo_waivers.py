"""The waivers' part of `hubposture demo`: found at the start, granted, grown, warned of, expired, open again."""

import datetime as dt
import subprocess
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import click

from hubposture.cli.enforced import enforced, waiver_store
from hubposture.cli.output import show
from hubposture.cli.sync import synced
from hubposture.cli.waiver_enforce import document_of
from hubposture.cli.waiver_reading import rows_of
from hubposture.cli.waiver_writing import approved, found_provisional
from hubposture.model.controls import ControlId
from hubposture.verbs.waiver_preview import Preview, preview
from hubposture.verbs.waiver_rows import Names, preview_row
from hubposture.verbs.waivers import Enforced, Options
from hubposture.views import waivers as list_view
from hubposture.views import waivers_preview
from hubposture.views.document import Document, counted
from hubposture.waivers.rule import Case
from hubposture.wiring import Connection, connect, findings_reader, packaged_catalog, workplace

_ID = "W-2026-014"
_DAYS = 10
_WAIVER = """\
id: {id}
controls: [S3.2, S3.8]
resources: ["arn:aws:s3:::*-public-*"]    # * and ?; everything else is literal
ous: ["/Workloads"]                       # at any depth below
type: by-design
reason: "Static web site, public on purpose"
compensating: "CloudFront with WAF in front; no customer data"
owner: team-web
risk_owner: lee@example.com
requested_by: kim@example.com
valid_from: {begins}
expires: {ends}
"""
_PLACES = """
SELECT s.account, s.region
FROM subjects s
WHERE s.kind = 'control' AND s.control = 's3.2' AND s.presence = 'present'
ORDER BY CASE WHEN s.resource LIKE '%-public-%' THEN 0 ELSE 1 END, CASE WHEN s.status = 'FAILED' THEN 0 ELSE 1 END,
    s.account, s.region
"""


class Hands(Protocol):
    """What is done to the emulated organization."""

    def tick(self, days: int) -> None:
        """Let days pass."""

    def create_resource(self, kind: str, account: str, *, region: str, name: str, failing: Iterable[str]) -> str:
        """Make a resource that fails some controls; gives its id."""


def story(connection: Connection, hands: Hands, number: int, say: Callable[[str, str], None]) -> int:
    """The whole life of a waiver; gives the next step's number."""
    connection = _provisional(connection, number, say)
    connection = _granted(connection, number + 1, say)
    _grown(connection, hands, number + 2, say)
    _ended(connection, hands, number + 3, say)
    return number + 4


def _again(connection: Connection) -> Connection:
    """The same place after its files changed: a commit is read when a place is opened."""
    at = connection.workplace
    return connect(workplace(at.repository.root, surroundings=at.surroundings), connection.name)


def _commit(connection: Connection, message: str) -> Connection:
    person = ("-c", "user.name=hubposture demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")
    root = connection.workplace.repository.root
    for arguments in (("add", "."), (*person, "commit", "-q", "-m", message)):
        subprocess.run(["git", *arguments], cwd=root, check=True)  # noqa: S603, S607 (git, with fixed arguments)
    return _again(connection)


def _provisional(connection: Connection, number: int, say: Callable[[str, str], None]) -> Connection:
    files, subjects = found_provisional(connection, days=None)
    at = connection.workplace
    written = at.repository.create(files)
    say(
        f"{number}. What people suppressed by hand becomes waivers that end (hubposture waivers provisional)",
        f"{counted(len(written) // 2, 'waiver')} for {counted(subjects, 'suppressed finding')}. Nothing reopens today; in 90 days "
        "each must have been justified, or it does. One of them:\n",
    )
    first = next(path for path in written if path.endswith(".yaml"))
    click.echo(at.repository.read(first).decode())
    connection = _commit(connection, "Waivers: what was suppressed before there were any")
    _show(connection, enforced(connection, Options()), most=3)
    return connection


def _granted(connection: Connection, number: int, say: Callable[[str, str], None]) -> Connection:
    at = connection.workplace
    text = _WAIVER.format(id=_ID, begins=at.today, ends=at.today + dt.timedelta(days=_DAYS))
    at.repository.write({f"waivers/{_ID}.yaml": text.encode()})
    say(f"{number}. Granted: a waiver is asked for, and this is what it would do (hubposture waivers preview)", "")
    found = _preview(connection)
    with waiver_store(connection, writes=False, asks=False) as (store, _, _book), store.reader.snapshot() as snapshot:
        row = preview_row(found, Names.of(snapshot, packaged_catalog()))
        show(waivers_preview.document(connection.name, [row], at=snapshot.at, version=snapshot.number, most=4), "text")
    approved(connection, found, by="lee@example.com", number="CHG-204")
    click.echo(
        f"\nApproved by lee@example.com, for exactly these {len(found.proposed.subjects)}; merged, and enforced:\n"
    )
    connection = _commit(connection, f"Waiver {_ID}")
    _show(connection, enforced(connection, Options()), most=5)
    return connection


def _preview(connection: Connection) -> Preview:
    with waiver_store(connection, writes=False, asks=False) as (store, _, book), store.reader.snapshot() as snapshot:
        standing = book.named(_ID)
        assert standing is not None
        return preview(standing.waiver, snapshot, book, ledger=store.ledger, organization=connection.name)


def _grown(connection: Connection, hands: Hands, number: int, say: Callable[[str, str], None]) -> None:
    """A new bucket fits the pattern and is public: nobody approved that one."""
    with waiver_store(connection, writes=False, asks=False) as (store, _, _book), store.reader.snapshot() as snapshot:
        account, region = snapshot.execute(_PLACES, {})[0]
    name = hands.create_resource(
        "AWS::S3::Bucket", str(account), region=str(region), name="campaign-public-site", failing=["S3.2", "S3.8"]
    )
    hands.tick(1)
    say(
        f"{number}. Grown: a new bucket fits the pattern ({name})",
        "It is beyond what was approved, so it stays open, and the waiver asks for approval again.",
    )
    synced(connection, "api", sweep=True)
    _show(connection, enforced(connection, Options()), most=3)
    _list(connection)


def _ended(connection: Connection, hands: Hands, number: int, say: Callable[[str, str], None]) -> None:
    hands.tick(5)
    synced(connection, "api", sweep=True)
    warned = enforced(connection, Options())
    hands.tick(6)
    synced(connection, "api", sweep=True)
    say(
        f"{number}. Expired: warned of, released, and open again",
        "\n".join(
            f"Told on {one.at:%d %b}: {one.waiver} {one.kind}, it holds until {one.until}" for one in warned.notices
        ),
    )
    connection = _again(connection)
    done = enforced(connection, Options())
    _show(connection, done, most=5)
    reopened = [step.case for step in done.written.sent if step.decision.waiver == _ID]
    click.echo("\nThe proof, read from Security Hub by id:")
    for line in _proof(connection, reopened):
        click.echo(f"  {line}")
    _list(connection)


def _proof(connection: Connection, cases: Sequence[Case]) -> list[str]:
    """What Security Hub says of findings now."""
    ids = [(one.product, one.id) for case in cases for one in case.findings]
    with connection.workplace.ledger() as ledger:
        pages = list(findings_reader(connection, ledger).check(ids))
    shown = packaged_catalog().shown
    found = [one for page in pages for one in page.findings]
    return [
        f"{shown(ControlId(one.control))} {one.resource.rpartition(':')[2]}: {one.compliance}, workflow {one.workflow}. "
        f"{one.note}"
        for one in sorted(found)
    ]


def _show(connection: Connection, done: Enforced, *, most: int) -> None:
    found = document_of(connection, done, is_observed=False, limit=most)
    show(Document(found.title, found.blocks, found.data), "text")


def _list(connection: Connection) -> None:
    with (
        waiver_store(connection, writes=False, asks=False) as (store, means, book),
        store.reader.snapshot() as snapshot,
    ):
        rows = [one for one in rows_of(means, book, snapshot) if one.waiver == _ID]
        click.echo()
        show(list_view.listed(connection.name, rows, today=means.today), "text")
