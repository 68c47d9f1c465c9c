"""`hubposture sync`: findings come in, from the API, the queue of events or files."""

from collections.abc import Callable

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_FAILED
from hubposture.cli.output import format_option, progress, show
from hubposture.cli.plan import made
from hubposture.errors import InputError
from hubposture.ports.hub import Progress
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.verbs.gather import gather
from hubposture.verbs.sync import Synced, keep_in_order, sync_events, sync_files
from hubposture.views import sync as view
from hubposture.wiring import (
    Connection,
    Store,
    Workplace,
    connect,
    findings_files,
    findings_queue,
    gathering,
    naive,
    open_store,
    workplace,
)


@click.command()
@click.argument("path", required=False)
@click.option(
    "--from", "source", type=click.Choice(["api", "events", "files"]), default=None,
    help="api: GetFindings of the administrator (the default). events: the queue of the settings. files: PATH.",
)  # fmt: skip
@click.option("--sweep", is_flag=True, help="Read every active finding, also if the last sweep is not old.")
@click.option(
    "--survey", is_flag=True, help="Read accounts and controls anew, also if that was done a short while ago."
)
@format_option
@click.pass_obj
def sync(context: Context, path: str | None, source: str | None, form: str, *, sweep: bool, survey: bool) -> int:
    """Bring findings in and keep their history. Reads Security Hub; writes only to the lake and the ledger.

    PATH is a file or a folder of findings (ASFF or OCSF, as an object, a list or lines, plain or gzip), or
    s3://BUCKET/PREFIX. What cannot be read is listed and stops nothing. Exit status: 0 all read, 1 something was not.
    """
    source = source or ("files" if path else "api")
    if (source == "files") != (path is not None):
        raise InputError("sync: give a PATH with --from files, and only with it")
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    is_api = path is None
    done = synced(connect(at, name), source, sweep=sweep, survey=survey) if is_api else loaded(at, name, str(path))
    show(view.document(name, done), form)
    return 0 if done.complete else EXIT_FAILED


def synced(connection: Connection, source: str, *, sweep: bool = False, survey: bool = False) -> Synced:
    """Sync from the API or the queue of events."""

    def work(store: Store, told: Progress) -> Synced:
        if source == "events":
            return sync_events(findings_queue(connection), store.writer)
        means = gathering(connection, store, plan=lambda: made(connection), progress=told)
        return gather(means, sweep=sweep, survey=survey)

    return _under_run(connection.workplace, connection.name, f"reading findings from {source}", work, connection.calls)


def loaded(at: Workplace, name: str, path: str) -> Synced:
    """Sync from files; AWS is not asked but for objects of S3."""

    def work(store: Store, told: Progress) -> Synced:
        with findings_files(at) as files:
            return sync_files(files, store.writer, path, now=naive(at.surroundings.now()), progress=told)

    return _under_run(at, name, "reading files", work, dict)


def _under_run(
    at: Workplace,
    name: str,
    what: str,
    work: Callable[[Store, Progress], Synced],
    calls: Callable[[], dict[str, int]],
) -> Synced:
    """Do it under a run of the ledger, and keep the lake in order afterwards."""
    with at.ledger() as ledger:
        run = ledger.open_run("sync", organization=name, who=at.who(), commit=at.commit)
        status, counts, failures = RunStatus.INTERRUPTED, dict[str, int](), tuple[Failure, ...]()
        try:
            with open_store(at, name, ledger) as store, progress(what) as told:
                done = work(store, told)
                keep_in_order(store.writer, keep_days=at.settings.lake.keep_days)
            counts = {"new": done.folded.new, "changed": done.folded.changed, "rejected": len(done.rejected)}
            status, failures = (RunStatus.DONE if done.complete else RunStatus.INCOMPLETE), done.failures
        except Exception:
            status = RunStatus.FAILED
            raise
        finally:
            ledger.close_run(run.id, status=status, counts=counts, calls=calls(), failures=failures)
    return done
