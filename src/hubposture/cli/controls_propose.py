"""`hubposture controls propose`: a change of a control as a commit on a branch, with its plan."""

from typing import Any

import click

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.errors import InputErrors, Problem
from hubposture.model.controls import Disposition, control_id
from hubposture.verbs.control_change import Change, change
from hubposture.verbs.control_draft import FIELDS, SCOPE, Asked, NewScope
from hubposture.verbs.control_propose import Wanted
from hubposture.verbs.control_propose import propose as commit
from hubposture.verbs.control_reach import things
from hubposture.views import control_plan, proposals
from hubposture.wiring import (
    Connection,
    Store,
    connect,
    draft_means,
    ground_of_hub,
    ground_of_version,
    guard,
    open_store,
    propose_means,
    workplace,
)


@click.command()
@click.argument("control")
@click.option(
    "--disposition", type=click.Choice([one.value for one in Disposition]), required=True, help="What is wanted of it."
)
@click.option("--scope", default="", metavar="NAME", help="A scope of the workbook; the whole organization by default.")
@click.option("--ou", "ous", multiple=True, metavar="PATH", help="An OU of a new scope, by path or id; repeatable.")
@click.option("--account", "accounts", multiple=True, metavar="ACCOUNT", help="An account of a new scope; repeatable.")
@click.option("--scope-name", default="", metavar="NAME", help="What the new scope is called.")
@click.option("--reason", default="", metavar="TEXT", help="Why; stands in the row and in the commit.")
@click.option("--evidence", default="", metavar="TEXT", help="Where the other measure can be seen.")
@click.option("--approved-by", default="", metavar="NAME", help="Who approved it.")
@click.option("--reference", default="", metavar="TEXT", help="The approval's number.")
@click.option("--expires", default="", metavar="DATE", help="The last day on which it may be off: 2027-05-01.")
@click.option("--enforce-from", default="", metavar="DATE", help="The first day of obligations.")
@click.option("--parameters", default="", metavar="TEXT", help="name=value; name=default goes back to AWS's.")
@click.option("--fresh", is_flag=True, help="Ask Security Hub for what is on now, instead of the last sync.")
@click.option("--plan", "plan_only", is_flag=True, help="Show the plan and commit nothing.")
@format_option
@click.pass_obj
def propose(context: Context, /, control: str, form: str, *, fresh: bool, plan_only: bool, **given: Any) -> None:
    """Propose a change of CONTROL: its row in the workbook, as a commit on a branch of its own, with the plan in it.

    The workbook is that of the last commit; the working tree and the branch that is checked out stay as they are, and
    nothing is switched. What is not given stays as the row has it. All problems are told at once.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    asked = _asked(control, given)
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        made = _made(connection, store, asked, fresh=fresh)
        assert made.plan is not None
        guard(
            connection, Action.PROPOSE_CONTROL_CHANGE, things(asked.control, made.severity, made.places),
            revision=context.settings_from,
        )  # fmt: skip
        done = None
        if not plan_only:
            wanted = Wanted(made.draft, made.places, made.severity, made.plan)
            done = commit(propose_means(at), ledger, wanted, organization=connection.name, by=at.who())
    document = control_plan.document(made.plan)
    show(proposals.with_branch(document, done.branch, done.commit, done.id, done.trouble) if done else document, form)


def _asked(control: str, given: dict[str, Any]) -> Asked:
    new = None
    if given["ous"] or given["accounts"]:
        new = NewScope(given["scope_name"], tuple(given["ous"]), tuple(given["accounts"]))
    if given["scope"] and new is not None:
        raise InputErrors([Problem("--scope", "a scope and a new one's OUs or accounts are given", "give one of them")])
    return Asked(control_id(control), given["scope"], {key: given[key] for key in FIELDS}, new)


def _made(connection: Connection, store: Store, asked: Asked, *, fresh: bool) -> Change:
    """The change with its plan. Raises InputErrors with everything that is wrong, by option."""
    at = connection.workplace
    with store.reader.snapshot() as snapshot:
        ground = (
            ground_of_hub(connection, store, snapshot)
            if fresh
            else ground_of_version(at, connection.name, store, snapshot, asked.control)
        )
        made = change(draft_means(at, snapshot), asked, ground)
    if made.draft.wrong:
        raise InputErrors([Problem(_option(one.field), one.what) for one in made.draft.wrong])
    return made


def _option(field: str) -> str:
    names = {"scope_ous": "--ou", "scope_accounts": "--account", SCOPE: "--scope", "": "the change"}
    return names.get(field) or f"--{field.replace('_', '-')}"
