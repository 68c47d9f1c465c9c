"""An explanation in words: the verdict, who governs, the rows, what is on now, and what follows."""

from collections.abc import Iterator
from typing import Any

from hubposture.controls.edits import OFF, ON
from hubposture.controls.ground import shown
from hubposture.controls.state import TargetState
from hubposture.model.targets import Governance, Unreadable
from hubposture.verbs.central import governed
from hubposture.verbs.explain import Explanation, InStandard
from hubposture.verbs.plan import Planned
from hubposture.views import explain as view
from hubposture.views.policies import content_says
from hubposture.views.where import account_name


def facts(found: Explanation, planned: Planned) -> view.Facts:
    """The explanation in words."""
    control = planned.catalog.controls[found.control]
    place = f"{account_name(found.target.account, planned.survey.organization.accounts)} {found.target.region}"
    return view.Facts(
        control=control.shown,
        title=f"{control.title} ({control.severity})",
        place=place,
        verdict=_verdict(found),
        governed=_governed(found, planned),
        rows=_rows(found),
        now=[_now(one) for one in found.now],
        notes=_notes(found, planned),
        data=_data(found, planned),
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


def _governed(found: Explanation, planned: Planned) -> str:
    governance = planned.survey.governance.get(found.target)
    told = ""
    if isinstance(governance, Governance):
        organization = planned.survey.organization
        unit = organization.units.get(governance.origin)
        origin = unit.path if unit is not None else account_name(governance.origin, organization.accounts)
        by = f" by {governance.by}" if governance.by else ""
        told = f"Governed: {governance.way}{by}" + (f", from {origin}" if governance.origin else "")
    if isinstance(found.reading, Unreadable):
        why = f"The target cannot be read: {found.reading.because}, {found.reading.detail}"
        return f"{told}. {why}" if told else why
    return told


def _policies(found: Explanation, planned: Planned) -> Iterator[str]:
    """What the configuration policy says of the control now and after the plan, and whether the account has it so."""
    policy = governed(planned.central, found.target.account) if planned.central is not None else None
    if policy is None:
        return
    if policy.name:
        whose = "" if policy.is_ours else " (not ours, so never touched)"
        says = content_says(policy.content, found.control)
        yield f"The policy {policy.name}{whose}, associated at {policy.origin}, says: {says}."
        states = {one.is_on for one in found.now if one.is_on is not None}
        if says in (ON, OFF) and not found.elsewhere and states == {says == OFF}:
            yield f"Not confirmed: the account does not have it {says}, as its policy says."
    if policy.next_name and (policy.next_name, policy.next_content) != (policy.name, policy.content):
        says = content_says(policy.next_content, found.control)
        yield f"After the plan it is under the policy {policy.next_name}, which says: {says}."
    elif policy.name and not policy.next_name:
        yield "The plan leaves the account to itself."


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


def _notes(found: Explanation, planned: Planned) -> list[str]:
    notes = list(_policies(found, planned))
    notes += [
        f"The plan changes {' '.join(edit.key)} from {shown(edit.current)} to {shown(edit.desired)}."
        for edit in found.edits
    ]
    notes += [f"Held: {one.why}" for one in found.held]
    if found.parameters:
        notes.append("Custom parameters now: " + ", ".join(f"{name}={value}" for name, value in found.parameters))
    if not notes and isinstance(found.reading, TargetState):
        notes.append("Nothing: it is as it is wanted.")
    return notes


def _data(found: Explanation, planned: Planned) -> dict[str, Any]:
    return {
        "control": planned.catalog.shown(found.control),
        "target": str(found.target),
        "governed": _governed(found, planned),
        "verdict": _verdict(found),
        "rows": [dict(zip(("row", "scope", "rank", "says"), row, strict=True)) for row in _rows(found)],
        "now": [dict(zip(("standard", "state", "since", "reason"), _now(one), strict=True)) for one in found.now],
        "notes": _notes(found, planned),
    }
