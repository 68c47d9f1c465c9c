"""`hubposture demo`: the main job on the emulated organization, every step as a user would take it."""

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import click

from hubposture.cli.apply import applied, document_of
from hubposture.cli.census import document_of as census_document
from hubposture.cli.context import Context
from hubposture.cli.demo_tickets import story as story_of_tickets
from hubposture.cli.demo_waivers import story
from hubposture.cli.findings import failing as findings_document
from hubposture.cli.output import show
from hubposture.cli.outside import outside_done
from hubposture.cli.plan import around_of, made
from hubposture.cli.posture import shown as posture_document
from hubposture.cli.sync import synced
from hubposture.errors import InputError, Refusal
from hubposture.matrix.diff import diff
from hubposture.matrix.edits import CellEdit
from hubposture.reconcile.guard import Limits
from hubposture.reconcile.outcome import Outcome
from hubposture.verbs.census import census as take_census
from hubposture.verbs.execute import guards_exceeded
from hubposture.verbs.init import from_catalog
from hubposture.verbs.plan import Planned, live_catalog
from hubposture.verbs.suppressions import suppressions
from hubposture.views import diff as diff_view
from hubposture.views import plan as plan_view
from hubposture.views import sync as sync_view
from hubposture.views.document import counted
from hubposture.wiring import (
    Connection,
    Remotes,
    Sandbox,
    Surroundings,
    census_reader,
    connect,
    controls_table,
    findings_reader,
    open_store,
    packaged_catalog,
    patch_workbook,
    put_workbook,
    rehearsal,
    rehearsal_remotes,
    utc_now,
    workplace,
)

_MARK = ".hubposture-demo"
_ROWS = 8
_NAME = "acme"
_CHANGED = "IAM.6"
_CHANGE = {
    "disposition": "compensated",
    "reason": "Root credentials are sealed in the safe",
    "evidence": "https://wiki.example.com/root-safe",
    "approved_by": "lee@example.com",
    "reference": "SEC-204",
    "expires": "2027-05-01",
}
_FIRST_BLOCKS = 5
_SETTINGS = """\
# The baseline of the emulated organization.
instance = "demo"

[outside]
ours = ["arn:aws:iam::*:user/admin"]    # as whom the demo writes in the administrator's account

[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""    # the demo runs as the administrator
administrator_writer_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
findings_queue = "https://sqs.{home}.amazonaws.com/{administrator}/hubposture-findings"
"""
_CENTRAL = """\
unlisted = "enable"               # a policy decides every control

[organizations.acme.govern]
central = ["/Security", "/Workloads"]    # who comes under configuration policies; everybody else stays as governed
"""


@click.command()
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True,
    help="Where the baseline repository is made; a demo made there before is replaced.",
)  # fmt: skip
@click.option("--accounts", type=click.IntRange(12, 2000), default=12, show_default=True, help="How large it is.")
@click.option("--central", is_flag=True, help="An organization configured centrally: with configuration policies.")
@click.option(
    "--weeks", type=click.IntRange(0, 26), default=4, show_default=True, help="How many weeks of findings pass."
)
@click.option("--serve", "serves", is_flag=True, help="Then show it as web pages on this machine, until Ctrl+C.")
def demo(directory: Path, accounts: int, *, central: bool, weeks: int, serves: bool) -> int:
    """The main job on the emulated organization: controls, weeks of findings, the posture, a waiver, tickets, messages."""
    if serves and find_spec("fastapi") is None:
        raise InputError("--serve: the pages need more packages: pip install 'hubposture[web]'")
    _clear(directory)
    box, around = rehearsal(accounts=accounts, central=central, start=utc_now() - dt.timedelta(weeks=weeks))
    with rehearsal_remotes(around.now) as remotes:
        around = replace(around, environ={**around.environ, **remotes.environ})
        status = _demo(directory, box, around, remotes, central=central, weeks=weeks)
        if serves:
            _serve(directory, around)
        return status


def _serve(directory: Path, around: Surroundings) -> None:
    """The pages, by the command that shows them, which is of another skin and known by its name alone."""
    _say("The pages (hubposture serve)", "")
    outside_done(connect(workplace(directory, surroundings=around), _NAME))
    root = click.get_current_context().find_root()
    assert isinstance(root.command, click.Group)
    pages = root.command.get_command(root, "serve")
    assert pages is not None
    called = Context(directory=directory, organization=_NAME, surroundings=around)
    try:
        pages.main([], obj=called, standalone_mode=False)
    except InputError:  # somebody else has the port
        pages.main(["--port", "0"], obj=called, standalone_mode=False)


def _demo(directory: Path, box: Sandbox, around: Surroundings, remotes: Remotes, *, central: bool, weeks: int) -> int:
    spec = box.core.spec
    _say(
        "1. An emulated organization",
        "In this process; nothing leaves it. It is an emulation, not verified against AWS.",
    )
    more = (_CENTRAL if central else "") + remotes.settings
    baseline_in(directory, administrator=spec.administrator, home=spec.home_region, now=around.now(), more=more)
    _git(directory)
    connection = connect(workplace(directory, surroundings=around), _NAME)
    _census(connection)
    _say("3. A baseline repository", f"{directory}/ holds hubposture.toml, controls.xlsx and what git needs for them.")
    planned = made(connection)
    _say("4. The plan for every account and Region", "")
    show(plan_view.document(planned.plan, around_of(planned, connection), most=_ROWS), "text")
    failed = _apply(connection, planned)
    again = made(connection)
    _say("6. A second plan", "")
    show(plan_view.document(again.plan, around_of(again, connection), most=_ROWS), "text")
    number = 7
    if weeks:
        _weeks(connection, box.tick, weeks)
        number = story(connection, box, 9, _say)
        number = story_of_tickets(connection, box, remotes, number, _say)
    _change(connection, number)
    _next(directory)
    return 1 if failed or again.plan.edits else 0


def baseline_in(directory: Path, *, administrator: str, home: str, now: dt.datetime, more: str = "") -> None:
    """Make the demo's baseline for an emulated organization in a new directory; `more` is added to the settings."""
    directory.mkdir(parents=True)
    settings = _SETTINGS.format(administrator=administrator, home=home) + more
    (directory / "hubposture.toml").write_text(settings, encoding="utf-8")
    (directory / ".gitignore").write_text(".hubposture/\nplan.json\n", encoding="utf-8")
    (directory / _MARK).write_text("made by hubposture demo\n", encoding="utf-8")
    put_workbook(directory, from_catalog(packaged_catalog()), now=now)


def _say(heading: str, text: str) -> None:
    click.echo(f"\n{'=' * 4} {heading}")
    if text:
        click.echo(text)


def _clear(directory: Path) -> None:
    """Remove an earlier demo; anything else that is there is left and refused."""
    if not directory.exists():
        return
    if any(directory.iterdir()) and not (directory / _MARK).exists():
        raise Refusal(f"{directory} exists and is no earlier demo; give another one with --directory")
    shutil.rmtree(directory)


def _git(directory: Path) -> None:
    person = ("-c", "user.name=hubposture demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), (*person, "commit", "-q", "-m", "Baseline")):
        subprocess.run(["git", *arguments], cwd=directory, check=True)  # noqa: S603, S607 (git, with fixed arguments)


def _census(connection: Connection) -> None:
    survey = connection.survey()
    found = take_census(survey, connection.hub, census_reader(connection))
    with connection.workplace.ledger() as ledger:
        suppressed = suppressions(findings_reader(connection, ledger))
    _say("2. What is there (hubposture census)", "")
    document = census_document(connection.name, found, live_catalog(packaged_catalog(), survey), suppressed)
    show(type(document)(document.title, document.blocks[:5], document.data), "text")


def _apply(connection: Connection, planned: Planned) -> bool:
    """Apply, saying first what the guards would refuse; whether anything failed."""
    guards = guards_exceeded(planned.plan, connection.workplace.settings.guards.limits())
    said = "".join(f"\nThe guards would stop this ({one.what}: {one.found}, limit {one.limit}); here it is allowed as by "
                   f"`{one.option}`." for one in guards)  # fmt: skip
    _say(
        "5. Applied, and read back",
        f"{counted(planned.plan.count, 'change')} in {counted(len(planned.plan.edits), 'target')}.{said}",
    )
    done, run = applied(connection, planned, planned.plan, Limits(), everywhere=False)
    show(document_of(done, connection, planned, run=run, most=_ROWS), "text")
    return any(one.outcome is Outcome.FAILED for one in done.results)


def _weeks(connection: Connection, tick: Callable[[int], None], weeks: int) -> None:
    """Findings come in twice a week while resources appear, vanish, are fixed and break."""
    passed = f"{counted(weeks, 'week')} of findings (hubposture sync)"
    _say(f"7. {passed}", "Every few days what is new comes in; now and then everything is read again.")
    show(sync_view.document(connection.name, synced(connection, "api")), "text")
    for week in range(1, weeks + 1):
        for days in (4, 3):
            tick(days)
            done = synced(connection, "api")
        until = connection.workplace.surroundings.now()
        click.echo(
            f"  Week {week}, until {until:%Y-%m-%d}: {done.folded.transitions:,} changes of state in the last days, "
            f"version {done.folded.version}"
        )
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        _say("8. The posture (hubposture posture), and what fails (hubposture findings)", "")
        show(posture_document(connection.name, store.reader, snapshot, by=None, since=None, limit=5), "text")
        click.echo()
        show(findings_document(connection.name, snapshot, limit=_ROWS), "text")


def _change(connection: Connection, number: int) -> None:
    """The daily work: a row of the workbook changes; what it means, before anybody writes anything."""
    at = connection.workplace
    table = controls_table(at)
    row = next(one.row for one in table.rows if one.text("control") == _CHANGED)
    cells = [
        CellEdit(table.title, row, table.columns[key], text) for key, text in _CHANGE.items() if key in table.columns
    ]
    patch_workbook(at.repository.root / at.settings.files.controls, cells)
    _say(f"{number}. A row changes: what it means (hubposture diff), and what it would do (hubposture plan)", "")
    before, after = at.parsed("HEAD").matrix, at.parsed().matrix
    show(diff_view.document(diff(before, after, packaged_catalog()), old="HEAD", new="working tree"), "text")
    planned = made(connection)
    click.echo()
    shown = plan_view.document(planned.plan, around_of(planned, connection), most=_ROWS)
    show(type(shown)(shown.title, shown.blocks[:_FIRST_BLOCKS], shown.data), "text")


def _next(directory: Path) -> None:
    _say("What next", "")
    click.echo(
        f"  Open {directory}/controls.xlsx, change a disposition, and look at it: hubposture -C {directory} diff\n"
        f"  See all of it as web pages:               hubposture -C {directory} serve\n"
        "  Rehearse on an organization that stays:   hubposture sandbox up\n"
        "  With your own organization, read-only:    hubposture init baseline --from-hub --administrator ACCOUNT "
        "--home-region REGION\n"
        "                                            hubposture -C baseline census"
    )
