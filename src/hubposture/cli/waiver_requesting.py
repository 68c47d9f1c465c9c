"""`hubposture waivers request` and `approvals`: asked for in the system of record, read back, confirmed."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import click

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.enforced import guarded_now, waiver_store
from hubposture.cli.main import EXIT_FAILED
from hubposture.cli.output import format_option, rendered, show
from hubposture.cli.waiver_deciding import request_here, request_row
from hubposture.errors import InputError, InputErrors, RemoteError
from hubposture.ports.ledger import Failure
from hubposture.verbs.held import held
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waiver_requests import Read, Requested, ask, read
from hubposture.verbs.waiver_review import Rechecked, recheck
from hubposture.verbs.waiver_reviews import Reviewed, read_reviews
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_rows import Names, preview_row
from hubposture.views import waivers_approvals as view
from hubposture.views import waivers_preview
from hubposture.views.document import counted
from hubposture.waivers.waiver import SystemOfApproval, Waiver
from hubposture.wiring import (
    Connection,
    Store,
    Workplace,
    approval_records,
    connect,
    demand_service,
    holder,
    is_enforced,
    packaged_catalog,
    read_baseline_waivers,
    request_means,
    review_means,
    workplace,
)
from hubposture.wiring.asking import asking_means
from hubposture.wiring.waivers import unmerged_waivers


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the system of record said; `requests` or `reviews`, None where that is not the one."""

    requests: Read | None = None
    reviews: Reviewed | None = None
    own: Rechecked = field(default_factory=Rechecked)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that could not be read or written."""
        if self.requests is not None:
            return (*self.own.failures, *self.requests.unwritten, *self.requests.failures)
        return (*self.own.failures, *(self.reviews.failures if self.reviews is not None else ()))

    @property
    def news(self) -> int:
        """How many requests moved, or reviews were found."""
        if self.requests is not None:
            return len(self.requests.changed)
        return len(self.reviews.found) if self.reviews is not None else 0

    @property
    def line(self) -> str:
        """What there is to say in a line."""
        if self.requests is not None:
            return f"{counted(self.news, 'request')} moved"
        if self.reviews is not None:
            return f"{counted(self.news, 'review')} found, {counted(len(self.reviews.without), 'waiver')} without one"
        if self.own.confirmed or self.own.taken_back:
            return f"{counted(self.own.confirmed, 'approval')} confirmed, {self.own.taken_back:,} taken back"
        return "the baseline's own entries count"


def confirmed(connection: Connection) -> Confirmed:
    """Read outcomes or reviews by the system of record of the settings; with `file` there is nothing to read."""
    at = connection.workplace
    record = at.settings.waivers.system
    with waiver_store(connection, writes=False, asks=False) as (store, _, book), _alone(connection, store):
        own = _own(connection, store)
        if record in (SystemOfApproval.FILE, SystemOfApproval.HUBPOSTURE):
            return Confirmed(own=own)
        if record is SystemOfApproval.SERVICENOW:
            asked = unmerged_waivers(at, store.ledger, connection.name)
            with request_means(at, store.ledger) as means:
                return Confirmed(requests=read(means, [*(one.waiver for one in book.standings), *asked]), own=own)
        with review_means(at, store.ledger) as reading:
            return Confirmed(reviews=read_reviews(reading, book), own=own)


def _own(connection: Connection, store: Store) -> Rechecked:
    """Look again at what was approved on our own pages; without any there is nothing to open for it."""
    at = connection.workplace
    if not store.ledger.asked(connection.name):
        return Rechecked()
    with store.reader.snapshot() as snapshot:
        rights = Rights(at.settings.access.people.named(at.who()), snapshot, None)
        return recheck(asking_means(at, connection.name, store.ledger, snapshot=snapshot, rights=rights))


def _alone(connection: Connection, store: Store) -> AbstractContextManager[None]:
    """Only one process asks or reads at a time: two would make two records of one waiver."""
    return held(store.ledger, f"approvals/{connection.name}", holder(), what="asking for approvals, or reading them,")


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--check", "check_only", is_flag=True, help="Only hold the settings against the instance; asks for nothing."
)
@format_option
@click.pass_obj
def request(context: Context, ids: tuple[str, ...], form: str, *, check_only: bool) -> int:
    """Ask for the approval of waivers as they are now, for what they match now: in ServiceNow, or on our own pages.

    Asking again gives the same record. With --check it says everything that the instance lacks, table and fields, before
    the first request. Exit status: 0 asked, 1 something is missing or a field did not persist.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    if check_only:
        with approval_records(at) as records:
            problems = tuple(records.check())
        if problems:
            raise InputErrors(problems)
        click.echo("the instance has all that the settings name")
        return 0
    if not ids:
        raise InputError("waivers request: name the waivers to ask for; `hubposture waivers list` shows who waits")
    if (record := at.settings.waivers.system) is SystemOfApproval.HUBPOSTURE:
        return request_here(context, ids, form)
    if record is not SystemOfApproval.SERVICENOW:
        raise InputError(
            f"waivers request: the approval of record is {record} (waivers.record), so a record in ServiceNow would count "
            "for nothing; `hubposture waivers preview` says what leads to an approval"
        )
    connection = connect(at, at.organization(context.organization))
    for waiver in _named(at, ids):
        guarded_now(context, at, Action.REQUEST_WAIVER, waiver)
    done, failures = requested(connection, list(ids))
    show(view.requested(connection.name, [request_row(one.request, one) for one in done]), form)
    for one in failures:
        click.echo(f"{one.where}: {one.what}", err=True)
    return EXIT_FAILED if failures or any(one.lost for one in done) else 0


def _named(at: Workplace, ids: Sequence[str]) -> list[Waiver]:
    """The waivers with these ids; what is wrong with the others is said when they are asked for."""
    return [one for one in read_baseline_waivers(at).waivers if one.id in ids] if is_enforced(at) else []


def requested(connection: Connection, ids: list[str]) -> tuple[list[Requested], list[Failure]]:
    """Ask for the approval of waivers by id; one that cannot be asked for stops no other."""
    at = connection.workplace
    with (
        waiver_store(connection, writes=False, asks=False) as (store, _, book),
        _alone(connection, store),
        request_means(at, store.ledger) as means,
    ):
        with store.reader.snapshot() as snapshot:
            names = Names.of(snapshot, packaged_catalog())
            found = previews(ids, snapshot, book, ledger=store.ledger, organization=connection.name)
            at_time, version = snapshot.at, snapshot.number
        made: list[Requested] = []
        failures: list[Failure] = []
        for one in found:
            document = waivers_preview.document(connection.name, [preview_row(one, names)], at=at_time, version=version)
            text = rendered(document, "text")
            try:
                made.append(ask(means, one.waiver, one.proposed, text=text, asked_by=at.who()))
            except (InputError, RemoteError) as error:
                failures.append(Failure(one.waiver.id, str(error)))
        return made, failures


@click.command()
@format_option
@click.pass_obj
def approvals(context: Context, form: str) -> int:
    """Read outcomes of requests, or reviews of merges, by the system of record; confirm, and write what was approved.

    An approved request becomes a commit on the branch `waivers.branch` that carries its id, once. What cannot be read
    stays as it is. Exit status: 0 all read, 1 something was not.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    demand_service(at, connection.name, revision=context.settings_from)
    done = confirmed(connection)
    requests = [request_row(one) for one in done.requests.changed] if done.requests is not None else []
    found = done.reviews.found if done.reviews is not None else ()
    reviews = [view.ReviewRow(one.waiver, one.number, one.by, one.checked_at) for one in found]
    without = done.reviews.without if done.reviews is not None else ()
    failures = [(one.where, one.what) for one in done.failures]
    show(
        view.approvals(
            connection.name, record=str(at.settings.waivers.system), requests=requests, reviews=reviews,
            without=without, failures=failures,
        ),
        form,
    )  # fmt: skip
    return EXIT_FAILED if failures else 0
