"""`hubposture tickets defectdojo`: subjects as findings in DefectDojo, for teams that work there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

from hubposture.cli.context import Context
from hubposture.cli.enforced import planned_once
from hubposture.cli.lazy import LazyGroup
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, limit_option, progress, show
from hubposture.model.targets import Target
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.verbs.dojo_sync import Means, dojo_sync, plan_sync
from hubposture.verbs.dojo_verify import dojo_verify
from hubposture.verbs.held import held
from hubposture.verbs.run import Done
from hubposture.views import dojo as view
from hubposture.wiring import Connection, connect, dojo_means, holder, observed_for_tickets, open_store, workplace
from hubposture.work.dojo import Current, Evidence
from hubposture.work.dojo_result import DojoPlanned, DojoResult, DojoVerified
from hubposture.work.subject import Subject

COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("hubposture.cli.dojo:plan", "What would be uploaded, changed and accepted there. Writes nothing."),
    "sync": ("hubposture.cli.dojo:sync", "Make it so, account by account."),
    "verify": ("hubposture.cli.dojo:verify", "What DefectDojo says against what the checks say."),
}
_OUS = "SELECT account, ou_path FROM accounts WHERE ou_path <> '' ORDER BY account"
_WAIVED = "SELECT subject FROM decisions ORDER BY subject"
"""Waived from the start, they have no finding there yet."""
_EVIDENCE = """
SELECT s.subject, f.id FROM subjects s JOIN findings f ON f.finding = s.finding AND f.subject = s.subject
WHERE s.subject IN (SELECT UNNEST($subjects))
"""


@click.group(cls=LazyGroup, lazily=COMMANDS)
def defectdojo() -> None:
    """Failing obligations as findings in DefectDojo, closed by the check; waivers as risk acceptances that end."""


@contextmanager
def _looked(
    connection: Connection, *, allow_close: bool = False
) -> Iterator[tuple[Means, Current, Sequence[Subject], Snapshot]]:
    """What DefectDojo has of ours, and every subject that is or should be there."""
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        store.reader.snapshot() as snapshot,
        dojo_means(at, product_types=dict(snapshot.execute(_OUS, {})), allow_close=allow_close) as means,
    ):
        current = means.dojo.look()
        waived = {str(subject) for (subject,) in snapshot.execute(_WAIVED, {})}
        subjects = _observed(connection, snapshot.work({*current.subjects, *waived}))
        yield replace(means, evidence=_evidence(snapshot, subjects)), current, subjects, snapshot


def _observed(connection: Connection, subjects: Sequence[Subject]) -> list[Subject]:
    is_observed = observed_for_tickets(connection, planned_once(connection))
    known: dict[tuple[str, str], bool] = {}
    found: list[Subject] = []
    for one in subjects:
        place = (one.account, one.region)
        if place not in known:
            known[place] = is_observed(Target(connection.name, *place))
        found.append(replace(one, is_observed=True) if known[place] else one)
    return found


def _evidence(snapshot: Snapshot, subjects: Sequence[Subject]) -> Mapping[str, Evidence]:
    """The worst finding of each subject."""
    rows = snapshot.execute(_EVIDENCE, {"subjects": [one.subject for one in subjects]})
    return {str(subject): Evidence(str(id_)) for subject, id_ in rows}


def dojo_planned(connection: Connection, *, allow_close: bool = False) -> DojoPlanned:
    """What a sync would do."""
    with progress("looking"), _looked(connection, allow_close=allow_close) as (means, current, subjects, _):
        return plan_sync(means, current, subjects)


def dojo_synced(connection: Connection, *, allow_close: bool = False) -> DojoResult:
    """Everything once, under a lease."""
    with (
        connection.workplace.ledger() as ledger,
        held(ledger, f"defectdojo/{connection.name}", holder(), what=f"syncing DefectDojo for {connection.name}"),
        _looked(connection, allow_close=allow_close) as (means, current, subjects, _),
        progress("uploading") as told,
    ):
        return dojo_sync(means, current, subjects, progress=told)


def dojo_verified(connection: Connection) -> DojoVerified:
    """What DefectDojo says against what the checks say."""
    with progress("comparing"), _looked(connection) as (means, current, subjects, _):
        return dojo_verify(means, current, subjects)


def dojo_done(connection: Connection, *, observe: bool) -> Done:
    """DefectDojo as a part of a run's step."""
    if observe:
        planned = dojo_planned(connection)
        return Done(
            {"uploads_planned": len(planned.plan.uploads)}, line=f"DefectDojo: {len(planned.plan.uploads)} to upload"
        )
    result = dojo_synced(connection)
    failures = [Failure(one.where, one.why) for one in result.failures]
    if result.stopped:
        failures.insert(0, Failure("DefectDojo", result.stopped))
    if not result.is_whole and not failures:
        why = "some of it could not be read, is missing or was stopped by the guard; `hubposture tickets defectdojo plan` says what"
        failures.append(Failure("DefectDojo", why))
    counts = {"uploaded": len(result.uploads), "patched": result.patched}
    return Done(counts, tuple(failures), f"DefectDojo: {len(result.uploads)} uploaded, {result.patched} changed")


_allow_close = click.option("--allow-close", is_flag=True, help="Close more than the guard lets a single upload close.")


@click.command()
@_allow_close
@limit_option
@format_option
@click.pass_obj
def plan(context: Context, limit: int, form: str, *, allow_close: bool) -> int:
    """What would be uploaded, changed and accepted in DefectDojo by the last sync of findings. Writes nothing.

    Exit status: 0 everything is as it should be, 2 something would be done, 1 something could not be read.
    """
    connection = _connected(context)
    found = dojo_planned(connection, allow_close=allow_close)
    show(view.plan_document(connection.name, found, most=limit), form)
    if found.unread or found.held:
        return EXIT_FAILED
    return 0 if found.plan.is_empty else EXIT_DIFFERS


@click.command()
@_allow_close
@limit_option
@format_option
@click.pass_obj
def sync(context: Context, limit: int, form: str, *, allow_close: bool) -> int:
    """Bring DefectDojo in line with the checks, account by account and Region by Region.

    Safe to interrupt and to do again. Exit status: 0 as it should be now, 1 something failed or was stopped by the guard.
    """
    connection = _connected(context)
    done = dojo_synced(connection, allow_close=allow_close)
    show(view.result_document(connection.name, done, most=limit), form)
    return 0 if done.is_whole else EXIT_FAILED


@click.command()
@limit_option
@format_option
@click.pass_obj
def verify(context: Context, limit: int, form: str) -> int:
    """What DefectDojo says against what the checks say, finding by finding: every disagreement is listed.

    Exit status: 0 they agree, 2 they do not, 1 something could not be read.
    """
    connection = _connected(context)
    found = dojo_verified(connection)
    at = connection.workplace.surroundings.now().replace(tzinfo=None)
    show(view.verify_document(connection.name, found, at=at, most=limit), form)
    if found.unread:
        return EXIT_FAILED
    return EXIT_DIFFERS if found.disagreements else 0


def _connected(context: Context) -> Connection:
    at = workplace(context.directory, settings_from=context.settings_from)
    return connect(at, at.organization(context.organization))
