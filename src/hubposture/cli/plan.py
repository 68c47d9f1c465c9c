"""`hubposture plan`: what differs, everywhere, and nothing written but the plan file."""

from pathlib import Path

import click

from hubposture import __version__
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, progress, rendered, show
from hubposture.model.controls import ControlId
from hubposture.reconcile.plan import Plan
from hubposture.reconcile.saved import Saved, to_json
from hubposture.render import markdown
from hubposture.verbs.central_effects import effects
from hubposture.verbs.plan import Planned
from hubposture.views import plan as view
from hubposture.views.document import Document
from hubposture.views.policies import PolicyEffect
from hubposture.wiring import Connection, connect, workplace


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan here, to be applied later.")
@click.option(
    "--comment",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it here as markdown that fits into one comment of a pull request.",
)
@format_option
@click.pass_obj
def plan(context: Context, out: Path | None, comment: Path | None, form: str) -> int:
    """What differs between the baseline and every account and Region.

    Reads only. Exit status: 0 nothing differs, 2 something does, 1 the plan is incomplete.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    planned = made(connection)
    if out is not None:
        out.write_bytes(to_json(Saved(planned.plan, at.commit, __version__)))
    show(document_of(planned, connection, out=str(out or "")), form)
    if comment is not None:
        around = around_of(planned, connection)
        fitted = view.fitting(planned.plan, around, limit=markdown.COMMENT_LIMIT - 512, size=_size)
        comment.write_text(rendered(fitted, "markdown"), encoding="utf-8")
    return EXIT_FAILED if planned.problems else status_of(planned.plan)


def made(connection: Connection) -> Planned:
    """Survey and plan one organization, with progress on a terminal."""
    matrix = connection.workplace.matrix()
    with progress("reading targets") as told:
        found = connection.survey(progress=told)
    with connection.workplace.ledger() as ledger:
        known = {one for here in found.definitions.values() for one in here.controls}
        seen = {ControlId(one): at for one, at in ledger.first_seen(connection.name, known).items()}
    return connection.plan(matrix, found, first_seen=seen)


def around_of(planned: Planned, connection: Connection) -> view.Around:
    """What a reader of the plan needs beside it."""
    return view.Around(
        organization=connection.name,
        accounts=planned.survey.organization.accounts,
        targets=planned.survey.targets,
        unreadable=frozenset(one.target for one in planned.plan.unreadable),
        catalog=planned.catalog,
        commit=connection.workplace.commit,
        inbox=[planned.catalog.shown(one.control) for one in planned.inbox],
        units={unit.id: unit.path for unit in planned.survey.organization.units.values()},
        effects=[PolicyEffect(one.control, one.change, one.targets, one.source) for one in effects(planned)],
        problems=[f"must be decided: {one}" for one in planned.problems],
    )


def document_of(planned: Planned, connection: Connection, *, out: str) -> Document:
    """The plan with what to do next."""
    found = view.document(planned.plan, around_of(planned, connection))
    return Document(found.title, [*found.blocks, view.next_steps(planned.plan, out=out)], found.data)


def status_of(plan: Plan) -> int:
    """The exit status of a plan."""
    if not plan.is_complete:
        return EXIT_FAILED
    return EXIT_DIFFERS if plan.edits else 0


def _size(document: Document) -> int:
    return len(rendered(document, "markdown"))
