"""`hubposture listen`: the queue of events and the jobs, until it is stopped; and `hubposture jobs`."""

import datetime as dt
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click

from hubposture.cli.context import Context
from hubposture.cli.enforced import planned_once
from hubposture.cli.messaging import NEWS, NONE_SET, SOON, WEEKLY
from hubposture.cli.output import format_option, show
from hubposture.cli.outside import outside_done
from hubposture.cli.report_job import weekly_report
from hubposture.cli.run import ran
from hubposture.cli.ticketing import synced_tickets, tickets_done
from hubposture.cli.waiver_requesting import confirmed
from hubposture.errors import HubpostureError
from hubposture.ports.findings import FindingsQueue, Message
from hubposture.ports.jobs import Job
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.verbs.held import Elsewhere, held, kept_up
from hubposture.verbs.listen import Batch, Means
from hubposture.verbs.listen import listen as listen_to
from hubposture.verbs.run import Done, Part, RunRecord
from hubposture.verbs.waiver_decide import Foreign, foreign_rules
from hubposture.verbs.waivers import act
from hubposture.views import run as view
from hubposture.views.document import counted
from hubposture.wiring import (
    Connection,
    Store,
    connect,
    demand_service,
    findings_queue,
    holder,
    hook_server,
    open_store,
    read_book,
    servicenow_set,
    trackers_set,
    waiver_means,
    workplace,
)
from hubposture.wiring.messages import messages_set
from hubposture.wiring.slack import SignedRequests, Ways, slack_acts

_TTL = dt.timedelta(minutes=10)
"""How long a job may be silent before somebody else takes it over; it is renewed while it goes on."""
_RULES_AGE = dt.timedelta(minutes=15)
"""How old what is known of other people's automation rules may be."""


@click.command()
@click.option("--once", is_flag=True, help="End when the queue is empty and no job is due.")
@click.option("--no-jobs", is_flag=True, help="Only the queue and webhooks; somebody else does the jobs.")
@click.option(
    "--hooks",
    metavar="HOST:PORT",
    help="Take webhooks of trackers there, at /hooks/NAME; put something that ends TLS before it.",
)
@click.option(
    "--slack", is_flag=True, help="Take what people press in Slack over Socket Mode (messages.slack.app_token)."
)
@click.pass_obj
def listen(context: Context, hooks: str | None, *, once: bool, no_jobs: bool, slack: bool) -> int:
    """Act within seconds of an event: fold it, decide on what it touches, write; and do the jobs of the settings.

    Takes the next events only when these are done. A webhook of a tracker has the tickets synced at once, and what is pressed
    in Slack is done at once (see docs/slack.md). Ends cleanly on
    SIGTERM and Ctrl-C: what was begun is finished, and nothing is lost. Several may run at once. Exit status: 0 stopped, 1 it
    could not begin.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    demand_service(at, connection.name, revision=context.settings_from)
    with (
        _stop() as stopped,
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        _pressed(connection, store, socket=slack, signed=bool(hooks)) as signed,
        hook_server(at, ledger, hooks, slack=signed) if hooks else nullcontext(),
    ):
        if not no_jobs:
            ledger.plan_jobs(connection.name, at.settings.jobs.model_dump(), at.settings.zone_info)
        if not connection.settings.findings_queue:
            click.echo("no queue of events is set (findings_queue), so only the jobs are done", err=True)
        means = Means(
            queue=_queue(connection, stopped),
            writer=store.writer,
            act=Acting(connection, store).act,
            job=lambda: hooks_done(connection, store) or (not no_jobs and job_done(connection, store)),
            is_stopped=stopped.is_set,
            tell=_tell,
        )
        listen_to(means, once=once)
    return 0


@contextmanager
def _pressed(connection: Connection, store: Store, *, socket: bool, signed: bool) -> Iterator[SignedRequests | None]:
    """What takes what people press in Slack, for as long as it is entered; signed requests only where a secret is set."""
    is_signed = signed and connection.workplace.settings.messages.slack.signing_secret is not None
    if not socket and not is_signed:
        yield None
        return
    sync = (lambda asked: _ticket_made(connection, asked)) if trackers_set(connection.workplace) else None
    ways = Ways(socket=socket, signed=is_signed, tell=lambda text: click.echo(text, err=True), sync=sync)
    with slack_acts(connection, store, ways) as found:
        yield found


def _ticket_made(connection: Connection, asked: frozenset[str]) -> str:
    """Have a ticket made for subjects; gives what stood in the way."""
    failures = synced_tickets(connection, asked=asked).failures
    return f"{failures[0].where}: {failures[0].what}" if failures else ""


@click.command()
@format_option
@click.pass_obj
def jobs(context: Context, form: str) -> None:
    """The jobs that `hubposture listen` does: schedule, when next, how the last one ended."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        found = ledger.jobs(name)
    show(view.jobs([_row(one) for one in found], now=at.surroundings.now(), organization=name), form)


@contextmanager
def _stop() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; a second one interrupts as ever."""
    stopped = threading.Event()
    before: dict[int, Any] = {}

    def stop(number: int, _frame: object) -> None:
        stopped.set()
        signal.signal(number, before[number])

    for number in (int(signal.SIGTERM), int(signal.SIGINT)):
        before[number] = signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _queue(connection: Connection, stopped: threading.Event) -> FindingsQueue:
    return findings_queue(connection) if connection.settings.findings_queue else _NoQueue(stopped)


class _NoQueue:
    """No queue: nothing ever comes, and waiting for it ends with a stop."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def receive(self, *, most: int, wait_seconds: int) -> Sequence[Message]:  # noqa: ARG002 (the port's signature)
        """Nothing, after the wait."""
        self._stopped.wait(wait_seconds)
        return ()

    def delete(self, receipts: Sequence[str]) -> Sequence[str]:  # noqa: ARG002 (the port's signature)
        """Nothing was received, so nothing is left."""
        return ()


class Acting:
    """Deciding on what events touched; the waivers are read anew each time, others' rules every quarter of an hour."""

    def __init__(self, connection: Connection, store: Store) -> None:
        self._connection = connection
        self._store = store
        self._foreign = Foreign()
        self._read_at: dt.datetime | None = None
        self._planned = planned_once(connection)

    def act(self, subjects: Collection[str]) -> int | None:
        """Decide and write; gives how many were written, None where somebody else is deciding just now."""
        connection, store = self._connection, self._store
        try:
            with held(store.ledger, f"waivers/{connection.name}", holder(), what="deciding"):
                means = waiver_means(connection, store, planned=self._planned)
                done = act(means, read_book(connection.workplace, store.ledger), subjects, self._rules())
        except Elsewhere:
            return None
        for one in done.failures:
            click.echo(f"  {one.where}: {one.what}", err=True)
        return len(done.written.sent)

    def _rules(self) -> Foreign:
        now = self._connection.workplace.surroundings.now()
        if self._read_at is None or now - self._read_at > _RULES_AGE:
            means = waiver_means(self._connection, self._store, planned=self._planned)
            with self._store.reader.snapshot() as snapshot:
                regions = [str(region) for (region,) in snapshot.execute("SELECT DISTINCT region FROM targets", {})]
            self._foreign = foreign_rules(means.rules, sorted(regions))
            self._read_at = now
        return self._foreign


def job_done(connection: Connection, store: Store) -> bool:
    """Do the job that has been due for longest; False where none is due or somebody else has it."""
    ledger = store.ledger
    job = ledger.take_job(holder(), ttl=_TTL, organizations=[connection.name])
    if job is None:
        return False
    status, detail = RunStatus.INTERRUPTED, ""
    newest = [job]

    def renew() -> bool:
        renewed = ledger.renew_job(newest[0], ttl=_TTL)
        newest[0] = renewed or newest[0]
        return renewed is not None

    try:
        with kept_up(renew, every=_TTL / 3):
            status, detail = _WORK[job.name](connection, store)
    except HubpostureError as error:
        status, detail = RunStatus.FAILED, str(error)
    except Exception as error:
        status, detail = RunStatus.FAILED, f"{type(error).__name__}: {error}"
        raise
    finally:
        ledger.finish_job(newest[0], status=status, detail=detail)
    click.echo(f"job {job.name}: {status}{f', {detail}' if detail else ''}")
    return True


def hooks_done(connection: Connection, store: Store) -> bool:
    """Sync the tickets if a tracker told of any; False where none did, or somebody else is syncing just now."""
    at = connection.workplace
    told = {name: store.ledger.hooks(name) for name in (*at.settings.jira, *servicenow_set(at))}
    if not any(told.values()):
        return False
    try:
        done = tickets_done(connection, observe=False)
    except Elsewhere:
        return False
    except HubpostureError as error:  # it is said here, and the job `tickets` looks again
        done = Done(failures=(Failure("tickets", str(error)),), line="not synced")
    for name, ids in told.items():
        if ids:
            store.ledger.settle_hooks(name, ids, until=max(ids.values()))
    click.echo(f"webhooks of {counted(sum(map(len, told.values())), 'ticket')}; {done.line}")
    for one in done.failures:
        click.echo(f"  {one.where}: {one.what}", err=True)
    return True


def _tickets(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    """What people did to tickets, what the checks say by now, and what the teams must hear soon."""
    at = connection.workplace
    has_tickets = trackers_set(at) or bool(at.settings.defectdojo.url)
    if not has_tickets and not messages_set(at):
        return RunStatus.DONE, "no tracker and no messages are set"
    return _status(ran(connection, [Part.TICKETS, Part.MESSAGES] if has_tickets else [Part.MESSAGES], messages=SOON))


def _digests(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    """What is told weekly, and what begins soon."""
    if not messages_set(connection.workplace):
        return RunStatus.DONE, NONE_SET
    return _status(ran(connection, [Part.MESSAGES], messages=WEEKLY))


def _sync(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    """What is new, and what it means for waivers: without a queue of events this is how it is known soon."""
    return _status(ran(connection, [Part.FINDINGS, Part.WAIVERS]))


def _run(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    return _status(ran(connection, messages=NEWS))


def _status(record: RunRecord) -> tuple[RunStatus, str]:
    first = next((f"{one.where}: {one.what}" for one in record.failures), "")
    return (RunStatus.DONE if record.is_complete else RunStatus.INCOMPLETE), first


def _approvals(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    done = confirmed(connection)
    return (RunStatus.INCOMPLETE if done.failures else RunStatus.DONE), done.line


def _tidy(connection: Connection, store: Store) -> tuple[RunStatus, str]:
    settings = connection.workplace.settings.lake
    done = store.writer.compact()
    retired, deleted = store.writer.tidy(keep_days=settings.keep_days)
    return RunStatus.DONE, f"{done.deltas} deltas merged, {retired} versions retired, {deleted} files deleted"


def _outside(connection: Connection, _store: Store) -> tuple[RunStatus, str]:
    """Writes to Security Hub that are not ours."""
    done = outside_done(connection)
    return (RunStatus.INCOMPLETE if done.failures else RunStatus.DONE), done.line


_WORK: dict[str, Callable[[Connection, Store], tuple[RunStatus, str]]] = {
    "sync": _sync,
    "run": _run,
    "approvals": _approvals,
    "tickets": _tickets,
    "digests": _digests,
    "tidy": _tidy,
    "report": weekly_report,
    "outside": _outside,
}


def _tell(batch: Batch) -> None:
    click.echo(
        f"{counted(batch.messages, 'message')}: {batch.folded.new + batch.folded.changed:,} findings with news, "
        f"{counted(batch.folded.transitions, 'change')} of state; {counted(batch.subjects, 'subject')} decided, "
        f"{batch.written:,} written"
    )
    for one in batch.failures:
        click.echo(f"  {one.where}: {one.what}", err=True)


def _row(job: Job) -> view.JobRow:
    return view.JobRow(
        organization=job.organization,
        name=job.name,
        schedule=job.schedule,
        zone=job.zone,
        next_at=job.next_at,
        holder=job.holder,
        until=job.until,
        attempts=job.attempts,
        last_started=job.last_started,
        last_ended=job.last_ended,
        last_status=str(job.last_status or ""),
        last_detail=job.last_detail,
    )
