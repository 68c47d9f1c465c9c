"""`hubposture apply`: re-plan, stay within what was reviewed and within the guards, write, read back."""

from dataclasses import replace
from pathlib import Path

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_FAILED
from hubposture.cli.output import format_option, progress, show
from hubposture.cli.plan import made
from hubposture.errors import InputError
from hubposture.ledger.journal import RunJournal
from hubposture.model.targets import Target
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.reconcile.guard import Limits
from hubposture.reconcile.plan import Plan
from hubposture.reconcile.saved import from_json
from hubposture.verbs.execute import Executed, execute, reviewed_part, within_review
from hubposture.verbs.plan import Planned
from hubposture.verbs.settle import settle
from hubposture.views import applied as view
from hubposture.views.document import Document
from hubposture.views.policies import checked_blocks, checked_data
from hubposture.views.where import account_name
from hubposture.wiring import Connection, connect, guard_plan, workplace


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--only-reviewed", is_flag=True, help="Apply the reviewed part of a plan that has grown since.")
@click.option("--observe", is_flag=True, help="Say what would be done and write nothing.")
@click.option("--allow-changes", type=click.IntRange(min=0), help="Override guards.max_changes.")
@click.option("--allow-share", type=click.IntRange(0, 100), help="Override guards.max_share, in percent.")
@click.option("--allow-account-changes", type=click.IntRange(min=0), help="Override guards.max_changes_per_account.")
@format_option
@click.pass_obj
def apply(
    context: Context,
    file: Path | None,
    form: str,
    *,
    allow_changes: int | None,
    allow_share: int | None,
    allow_account_changes: int | None,
    only_reviewed: bool,
    observe: bool,
) -> int:
    """Make Security Hub what the baseline says.

    Plans anew first. With FILE, a plan saved by `hubposture plan --out`, the new plan must lie within it. Applying
    twice changes nothing the second time. Exit status: 0 all applied, 1 something failed or could not be read.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    planned = made(connection)
    wanted = _within(planned.plan, file, connection, only_reviewed=only_reviewed)
    if not observe:
        guard_plan(connection, wanted, has_policies=planned.central is not None, revision=context.settings_from)
    limits = _limits(at.settings.guards.limits(), allow_changes, allow_share, allow_account_changes)
    done, run = applied(connection, planned, wanted, limits, everywhere=observe)
    show(document_of(done, connection, planned, run=run), form)
    return 0 if done.status is RunStatus.DONE and not planned.problems else EXIT_FAILED


def document_of(done: Executed, connection: Connection, planned: Planned, *, run: str, most: int = 100) -> Document:
    """What became of a plan, with what was seen in the accounts whose policy changed."""
    accounts = planned.survey.organization.accounts
    found = view.document(connection.name, done.results, accounts, run=run, most=most)
    if (checked := done.checked) is None:
        return found
    places = [
        {f"{account_name(target.account, accounts)} {target.region}": why for target, why in these.items()}
        for these in (checked.differing, checked.unmeasured)
    ]
    blocks = checked_blocks(len(checked.confirmed), *places, most=most)
    data = checked_data([str(one) for one in checked.confirmed], *places)
    return Document(found.title, [*found.blocks, *blocks], {**found.data, "checked": data})


def applied(
    connection: Connection, planned: Planned, wanted: Plan, limits: Limits, *, everywhere: bool
) -> tuple[Executed, str]:
    """Execute under a run of the ledger; gives what became of it and the run's id. `everywhere` only observes."""
    at = connection.workplace
    with at.ledger() as ledger:
        settle(ledger, planned.survey, organization=connection.name, now=at.surroundings.now())
        # What only observes applies no commit: a baseline is held against those that were applied.
        verb = "apply without writing" if everywhere else "apply"
        run = ledger.open_run(verb, organization=connection.name, who=at.who(), commit=at.commit)
        status = RunStatus.INTERRUPTED
        counts: dict[str, int] = {}
        failures: tuple[Failure, ...] = ()
        try:
            with progress("applying to targets") as told:
                journal = RunJournal(ledger, run.id)
                done = execute(
                    wanted,
                    connection.means(planned.survey, journal),
                    limits=limits,
                    is_observed=lambda target: everywhere or _is_observed(target, connection, planned),
                    progress=told,
                    central=connection.central_means(planned, journal),
                )
            counted = done.tally
            counts = {"applied": counted.applied, "failed": counted.failed, "skipped": counted.skipped}
            status, failures = done.status, done.failures
        except Exception:
            status = RunStatus.FAILED
            raise
        finally:
            ledger.close_run(run.id, status=status, counts=counts, calls=connection.calls(), failures=failures)
    return done, run.id


def _within(plan: Plan, file: Path | None, connection: Connection, *, only_reviewed: bool) -> Plan:
    if file is None:
        return plan
    reviewed = from_json(file.read_bytes(), name=str(file)).plan
    if reviewed.organization != connection.name:
        raise InputError(f"{file}: a plan of {reviewed.organization}, not of {connection.name}")
    return reviewed_part(plan, reviewed) if only_reviewed else within_review(plan, reviewed)


def _limits(limits: Limits, changes: int | None, share: int | None, account: int | None) -> Limits:
    return replace(
        limits,
        changes=limits.changes if changes is None else changes,
        share=limits.share if share is None else share / 100,
        account=limits.account if account is None else account,
    )


def _is_observed(target: Target, connection: Connection, planned: Planned) -> bool:
    scopes = [name for name, _ in planned.resolution.scopes_at(target)]
    return connection.settings.observe.holds(scopes)
