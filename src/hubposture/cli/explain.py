"""`hubposture explain`: the deciding row and why it won, what is on now, since when, by which way."""

from typing import Any

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.cli.plan import made
from hubposture.controls.ground import shown
from hubposture.controls.state import TargetState
from hubposture.model.targets import Unreadable
from hubposture.verbs.explain import Explanation, InStandard
from hubposture.verbs.explain import explain as ask
from hubposture.verbs.plan import Planned
from hubposture.views import explain as view
from hubposture.views.where import account_name
from hubposture.wiring import connect, workplace


@click.command()
@click.argument("control")
@click.option("--account", required=True, help="A 12-digit id, an alias or a name.")
@click.option("--region", required=True, help="A Region, such as eu-central-1.")
@format_option
@click.pass_obj
def explain(context: Context, control: str, account: str, region: str, form: str) -> None:
    """Why CONTROL is on or off in one account and Region, and what the plan would do about it."""
    at = workplace(context.directory)
    connection = connect(at, at.organization(context.organization))
    planned = made(connection)
    found = ask(planned, connection.hub, control=control, account=account, region=region)
    show(view.document(facts(found, planned)), form)


def facts(found: Explanation, planned: Planned) -> view.Facts:
    """The explanation in words."""
    control = planned.catalog.controls[found.control]
    place = f"{account_name(found.target.account, planned.survey.organization.accounts)} {found.target.region}"
    return view.Facts(
        control=control.shown,
        title=f"{control.title} ({control.severity})",
        place=place,
        verdict=_verdict(found),
        governed=_governed(found),
        rows=_rows(found),
        now=[_now(one) for one in found.now],
        notes=_notes(found),
        data=_data(found, control.shown),
    )


def _verdict(found: Explanation) -> str:
    if found.decision is None:
        return "No row decides it here, so it is left as it is."
    if not found.available:
        return "Security Hub does not offer it in this Region, so nothing is wanted here."
    if found.intent is None:
        return "Nothing is wanted here now: the control is settling, or its row gives no disposition."
    cell = found.intent.source
    if found.elsewhere:
        return f"Wanted off here: its resources are global and checked in {found.elsewhere} alone ({cell})."
    wanted = "on" if found.intent.disposition.is_on else "off"
    why = f": {found.intent.reason}" if found.intent.reason else ""
    return f"Wanted {wanted}: {found.intent.disposition} by {cell}{why}"


def _governed(found: Explanation) -> str:
    if isinstance(found.reading, Unreadable):
        return f"The target cannot be read: {found.reading.because}, {found.reading.detail}"
    governance = found.reading.governance
    by = f" by {governance.by}" if governance.by else ""
    origin = f", from {governance.origin}" if governance.origin else ""
    return f"Governed: {governance.way}{by}{origin}"


def _rows(found: Explanation) -> list[tuple[str, str, str, str]]:
    if found.decision is None:
        return []
    rows = []
    for candidate in found.decision.candidates:
        row = candidate.row
        says = [str(row.disposition)] if row.disposition else []
        says += [f"parameters {', '.join(name for name, _ in row.parameters)}"] if row.parameters else []
        says += [f"owner {row.owner}"] if row.owner else []
        scope = row.scope or "whole organization"
        rows.append((row.at.at("control").partition("!")[2], scope, str(candidate.rank), "; ".join(says) or "nothing"))
    return rows


def _now(one: InStandard) -> tuple[str, str, str, str]:
    state = {True: "on", False: "off", None: "not there"}[one.is_on]
    return (one.standard, state, one.since[:10], one.reason)


def _notes(found: Explanation) -> list[str]:
    notes = [
        f"The plan changes {' '.join(edit.key)} from {shown(edit.current)} to {shown(edit.desired)}."
        for edit in found.edits
    ]
    notes += [f"Held: {one.why}" for one in found.held]
    if found.parameters:
        notes.append("Custom parameters now: " + ", ".join(f"{name}={value}" for name, value in found.parameters))
    if not notes and isinstance(found.reading, TargetState):
        notes.append("Nothing: it is as it is wanted.")
    return notes


def _data(found: Explanation, control: str) -> dict[str, Any]:
    return {
        "control": control,
        "target": str(found.target),
        "governed": _governed(found),
        "verdict": _verdict(found),
        "rows": [dict(zip(("row", "scope", "rank", "says"), row, strict=True)) for row in _rows(found)],
        "now": [dict(zip(("standard", "state", "since", "reason"), _now(one), strict=True)) for one in found.now],
        "notes": _notes(found),
    }
