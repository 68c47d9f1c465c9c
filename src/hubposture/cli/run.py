"""`hubposture run`: everything once, for a scheduler."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial

import click

from hubposture.cli.apply import applied
from hubposture.cli.context import Context
from hubposture.cli.dojo import dojo_done
from hubposture.cli.enforced import enforced
from hubposture.cli.main import EXIT_FAILED
from hubposture.cli.messaging import messages_done
from hubposture.cli.output import format_option, show
from hubposture.cli.outside import outside_done
from hubposture.cli.plan import made
from hubposture.cli.sync import synced
from hubposture.cli.ticketing import tickets_done
from hubposture.cli.waiver_requesting import confirmed
from hubposture.errors import HubpostureError
from hubposture.ports.ledger import Failure
from hubposture.reconcile.outcome import Outcome
from hubposture.verbs.gather import unread
from hubposture.verbs.posture import read_posture
from hubposture.verbs.run import LOOKED, VERB, Done, Means, Part, RunRecord, Step
from hubposture.verbs.run import run as run_steps
from hubposture.verbs.waivers import Enforced, Options
from hubposture.views import run as view
from hubposture.views.document import counted
from hubposture.wiring import Connection, connect, demand_service, holder, open_store, trackers_set, workplace
from hubposture.work.message import Subject


@click.command()
@click.option(
    "--only", type=click.Choice([part.value for part in Part]), multiple=True, help="Only this step; may be repeated."
)
@click.option("--observe", is_flag=True, help="Say what would be written and told; write and tell nothing.")
@format_option
@click.pass_obj
def run(context: Context, only: tuple[str, ...], form: str, *, observe: bool) -> int:
    """Everything once: controls, findings, approvals, waivers, tickets, messages, posture.

    Under a lease, within the guards, and recorded step by step. Safe to interrupt: the next run goes on from what is
    there. Exit status: 0 all done, 1 something failed or is incomplete, 130 interrupted.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    demand_service(at, connection.name, revision=context.settings_from)
    record = ran(connection, [Part(one) for one in only], observe=observe)
    row = row_of(record, who=at.who(), commit=at.commit)
    show(view.document(connection.name, row, is_observed=observe), form)
    return 0 if record.is_complete else EXIT_FAILED


def ran(
    connection: Connection,
    only: Sequence[Part] = (),
    *,
    observe: bool = False,
    messages: Collection[Subject] = (),
    tell: Callable[[Step], None] | None = None,
) -> RunRecord:
    """A run of the steps, recorded in the ledger; `messages` are the kinds that are told, all for none."""
    at = connection.workplace
    looks_outside = at.settings.outside.in_run or Part.OUTSIDE in only
    with at.ledger() as ledger:
        means = Means(
            organization=connection.name,
            ledger=ledger,
            holder=holder(),
            who=at.who(),
            commit=at.commit,
            steps={
                Part.CONTROLS: partial(_controls, connection, observe=observe),
                Part.FINDINGS: partial(_findings, connection),
                Part.APPROVALS: partial(_approvals, connection),
                Part.WAIVERS: partial(_waivers, connection, observe=observe),
                Part.TICKETS: partial(_tickets, connection, observe=observe),
                Part.MESSAGES: partial(messages_done, connection, messages, observe=observe),
                **({Part.OUTSIDE: partial(outside_done, connection)} if looks_outside else {}),
                Part.POSTURE: partial(_posture, connection),
            },
            calls=connection.calls,
            now=at.surroundings.now,
            tell=tell or (lambda _: None),
            verb=LOOKED if observe or (only and not {Part.CONTROLS, Part.WAIVERS} & set(only)) else VERB,
        )
        return run_steps(means, only=only)


def row_of(record: RunRecord, *, who: str, commit: str) -> view.RunRow:
    """A run for its document."""
    return view.RunRow(
        run=record.run,
        status="done" if record.is_complete else "incomplete",
        began=record.began,
        ended=record.ended,
        steps=[
            view.StepRow(
                str(step.part),
                step.seconds,
                step.counts,
                [(one.where, one.what) for one in step.failures],
                step.skipped,
                step.line,
            )
            for step in record.steps
        ],
        calls=record.calls,
        who=who,
        commit=commit,
    )


def _controls(connection: Connection, *, observe: bool) -> Done:
    at = connection.workplace
    planned = made(connection)
    done, _ = applied(connection, planned, planned.plan, at.settings.guards.limits(), everywhere=observe)
    tally = done.tally
    problems = tuple(Failure(one.where, one.what) for one in planned.problems)
    counts = {"applied": tally.applied, "failed": tally.failed, "skipped": tally.skipped}
    observed = sum(one.outcome is Outcome.SKIPPED and one.detail == "only observed here" for one in done.results)
    line = f"{counted(tally.planned, 'change')}: {tally.applied:,} applied, {tally.failed:,} failed"
    line += f", {observed:,} only observed" if observed else ""
    return Done(counts, (*problems, *unread(planned), *done.failures), line)


def _findings(connection: Connection) -> Done:
    done = synced(connection, "api")
    counts = {"new": done.folded.new, "changed": done.folded.changed, "rejected": len(done.rejected)}
    line = f"{done.control:,} control findings read, {done.folded.transitions:,} changes of state"
    return Done({**counts, "transitions": done.folded.transitions}, done.failures, line)


def _approvals(connection: Connection) -> Done:
    done = confirmed(connection)
    return Done({"news": done.news}, done.failures, done.line)


def _waivers(connection: Connection, *, observe: bool) -> Done:
    done = enforced(connection, Options(observe=observe))
    verbs = {f"decided_{verb}": number for verb, number in done.outlook.counts.items() if number}
    counts = {
        **verbs,
        "written": len(done.written.sent),
        "not_written": len(done.written.failed),
        "planned": len(done.outlook.steps) if observe else 0,
        "only_observed": len(done.outlook.observed),
        "held_back": len(done.outlook.held_back),
        "notices": len(done.notices),
    }
    return Done(counts, done.failures, _said(done, observe=observe))


def _said(done: Enforced, *, observe: bool) -> str:
    """What became of what was to be written, in a line."""
    sent, outlook = done.written.sent, done.outlook
    left = len(outlook.steps) - len(sent) - len(done.written.failed)
    verbs = Counter(str(one.decision.verb) for one in (outlook.steps if observe else sent))
    listed = ", ".join(f"{number:,} {verb}" for verb, number in verbs.items())
    parts = [
        (f"to write: {listed}" if observe else listed, len(verbs)),
        (f"{len(done.written.failed):,} failed", len(done.written.failed)),
        (f"{left:,} stopped by a guard", 0 if observe else left),
        (f"{len(outlook.observed):,} only observed", len(outlook.observed)),
        (f"{len(outlook.held_back):,} held back", len(outlook.held_back)),
    ]
    return "; ".join(text for text, number in parts if number) or "nothing to write"


def _tickets(connection: Connection, *, observe: bool) -> Done:
    """Trackers, and DefectDojo where the settings have it; one failing does not keep the other from being done."""
    at = connection.workplace
    has_dojo = bool(at.settings.defectdojo.url)
    done = [tickets_done(connection, observe=observe)] if trackers_set(at) or not has_dojo else []
    if has_dojo:
        try:
            done.append(dojo_done(connection, observe=observe))
        except HubpostureError as error:
            done.append(Done(failures=(Failure("DefectDojo", str(error)),)))
    counts = {name: number for one in done for name, number in one.counts.items()}
    failures = tuple(failure for one in done for failure in one.failures)
    return Done(counts, failures, "; ".join(one.line for one in done if one.line))


def _posture(connection: Connection) -> Done:
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        found = read_posture(snapshot, movement=None)
        score = found.as_is
        return Done(
            {"version": snapshot.number, "met": score.met, "obligations": score.of},
            line=f"obligations met: {score.met:,} of {score.of:,}",
        )
