"""`hubposture census`: what is there before anything is changed."""

from collections.abc import Collection, Sequence
from typing import Any

import click

from hubposture.catalog import Catalog
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, progress, show
from hubposture.model.controls import ControlId, Severity
from hubposture.model.targets import Target
from hubposture.verbs.census import Census
from hubposture.verbs.census import census as take
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.suppressions import SuppressedFindings, suppressions
from hubposture.views import census as view
from hubposture.views.document import Cell, Document, Text, Tone, counted
from hubposture.views.where import account_name, where
from hubposture.wiring import census_reader, connect, findings_reader, packaged_catalog, workplace


@click.command()
@format_option
@click.pass_obj
def census(context: Context, form: str) -> None:
    """Who governs what, what is off and why, blind spots, what others set up. Writes nothing.

    The administrator's reader role alone is enough to be useful; with a reader role in the accounts it sees all.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    with progress("reading targets") as told:
        survey = connection.survey(progress=told)
    found = take(survey, connection.hub, census_reader(connection))
    with at.ledger() as ledger, progress("reading suppressed findings"):
        suppressed = suppressions(findings_reader(connection, ledger))
    show(document_of(connection.name, found, live_catalog(packaged_catalog(), survey), suppressed), form)


def document_of(name: str, found: Census, catalog: Catalog, suppressed: SuppressedFindings) -> Document:
    """The census as a document."""
    sections = [
        view.Section("Who governs", ("Way", "By", "Where"), [_way(one, found) for one in found.ways]),
        view.Section("Standards that are on", ("Standard", "Where"), _standards(found)),
        view.Section("Controls that are off", ("Control", "Severity", "Off in", "Reasons given"), _off(found, catalog)),
        view.Section("Cannot be read", ("Where", "Why", "Expected"), _unreadable(found)),
        view.Section("No enabled members of Security Hub", ("Account", "Status"), _members(found)),
        view.Section("Recorders", ("Account", "Region", "What"), _recorders(found), said=_recorders_said(found)),
        view.Section("Regions in use but not linked", ("Region", "Why", "Where"), _unlinked(found)),
        view.Section(
            "Suppressed findings, by whom and since when",
            ("What", "Account", "Findings", "Failing", "Suppressed by", "Since"),
            _suppressed(suppressed, found, catalog),
            numbers=frozenset({2, 3}),
        ),
        view.Section("Set up by others", ("Kind", "Region", "Name", "What"), _automation(found)),
    ]
    if unknown := [*found.unknown, *suppressed.unknown]:
        sections.append(view.Section("Not known", (), (), said=unknown))
    facts = [*_facts(found), _suppressed_said(suppressed)]
    return view.document(name, facts, sections, _data(found, catalog, suppressed))


def _facts(found: Census) -> list[Cell]:
    organization = found.survey.organization
    live = sum(account.state.is_live for account in organization.accounts.values())
    read = len(found.survey.readings) - len(found.unreadable)
    return [
        (f"{counted(len(organization.accounts), 'account')} ({live} live), {counted(len(organization.units), 'unit')}, "
        f"{counted(len(organization.linked_regions), 'linked Region')}, home {organization.home_region}"),
        f"{read} of {counted(len(found.survey.readings), 'target')} read; Security Hub is configured "
        + ("centrally" if found.survey.reading.central else "locally"),
        f"{counted(len(found.off), 'control')} off somewhere, {counted(len(found.custom), 'control')} with custom parameters",
    ]  # fmt: skip


def _places(targets: Collection[Target], found: Census) -> str:
    return where(targets, found.survey.targets, found.survey.organization.accounts)


def _way(one: tuple[str, str, Sequence[Target]], found: Census) -> list[Cell]:
    way, by, targets = one
    return [str(way), by or "-", _places(targets, found)]


def _standards(found: Census) -> list[list[Cell]]:
    return [[standard.key, _places(targets, found)] for standard, targets in found.standards]


def _off(found: Census, catalog: Catalog) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for one in found.off:
        known = catalog.controls.get(one.control)
        severity = known.severity if known is not None else None
        tone = Tone.BAD if severity is Severity.CRITICAL else Tone.PLAIN
        reasons = "; ".join(f"{reason} ({count}x)" for reason, count in one.reasons) or "not read"
        rows.append(
            [catalog.shown(one.control), Text(severity or "", tone), f"{len(one.targets)} of {one.of}", reasons]
        )
    return rows


def _unlinked(found: Census) -> list[list[Cell]]:
    accounts = found.survey.organization.accounts
    return [
        [region, why, ", ".join(account_name(one.account, accounts) for one in targets) or "-"]
        for region, why, targets in found.unlinked
    ]


def _unreadable(found: Census) -> list[list[Cell]]:
    """One row an account and reason, surprises first."""
    rows: dict[tuple[bool, str, str], list[Target]] = {}
    for one in found.unreadable:
        why = f"{one.because}: {one.detail}"
        rows.setdefault((one.expected, one.target.account, why), []).append(one.target)
    return [
        [_places(targets, found), why, "yes" if expected else Text("no", Tone.BAD)]
        for (expected, _, why), targets in sorted(rows.items())
    ]


def _members(found: Census) -> list[list[Cell]]:
    accounts = found.survey.organization.accounts
    return [[account_name(one.account, accounts), one.status or "no member"] for one in found.members]


def _recorders(found: Census) -> list[list[Cell]]:
    accounts = found.survey.organization.accounts
    return [
        [account_name(one.target.account, accounts), one.target.region, one.detail or ("on" if one.is_on else "off")]
        for one in found.recorders
    ]


def _recorders_said(found: Census) -> list[Cell]:
    return [] if found.recorders else ["AWS Config records in every target that could be read."]


def _automation(found: Census) -> list[list[Cell]]:
    return [[one.kind, one.region, one.name, one.detail] for one in found.automation]


def _suppressed_said(suppressed: SuppressedFindings) -> Cell:
    number = sum(one.findings for one in suppressed.groups)
    failing = sum(one.failing for one in suppressed.groups)
    return f"{counted(number, 'finding')} suppressed, {failing:,} of them failing"


def _suppressed(suppressed: SuppressedFindings, found: Census, catalog: Catalog) -> list[list[Cell]]:
    accounts = found.survey.organization.accounts
    return [
        [
            catalog.shown(ControlId(one.control)),
            account_name(one.account, accounts),
            f"{one.findings:,}",
            f"{one.failing:,}",
            ", ".join(f"{_person(who)} ({count}x)" for who, count in one.who) or "not asked",
            f"{one.oldest:%Y-%m-%d}" if one.oldest is not None else "-",
        ]
        for one in suppressed.groups
    ]


def _person(who: str) -> str:
    """Who it is, without the ARN around it; an automation rule says that it is one."""
    if not who:
        return "no longer known"
    return f"automation rule {who.rpartition('/')[2]}" if ":automation-rule/" in who else who.rpartition("/")[2] or who


def _data(found: Census, catalog: Catalog, suppressed: SuppressedFindings) -> dict[str, Any]:
    return {
        "organization": found.survey.organization.id,
        "central": found.survey.reading.central,
        "ways": [
            {"way": way, "by": by, "targets": [str(target) for target in targets]} for way, by, targets in found.ways
        ],
        "standards": {standard.key: [str(target) for target in targets] for standard, targets in found.standards},
        "off": [
            {
                "control": catalog.shown(one.control),
                "targets": [str(target) for target in one.targets],
                "of": one.of,
                "reasons": dict(one.reasons),
            }
            for one in found.off
        ],
        "custom_parameters": {catalog.shown(control): count for control, count in found.custom},
        "unreadable": [
            {"target": str(one.target), "because": one.because, "detail": one.detail, "expected": one.expected}
            for one in found.unreadable
        ],
        "recorders": [{"target": str(one.target), "on": one.is_on, "detail": one.detail} for one in found.recorders],
        "members": [{"account": one.account, "status": one.status} for one in found.members],
        "automation": [
            {"kind": one.kind, "region": one.region, "name": one.name, "arn": one.arn} for one in found.automation
        ],
        "unlinked_regions": [
            {"region": region, "why": why, "targets": [str(one) for one in targets]}
            for region, why, targets in found.unlinked
        ],
        "suppressed": [
            {
                "what": catalog.shown(ControlId(one.control)),
                "account": one.account,
                "findings": one.findings,
                "failing": one.failing,
                "who": dict(one.who),
                "oldest": one.oldest.isoformat() if one.oldest is not None else None,
                "newest": one.newest.isoformat() if one.newest is not None else None,
                "notes": list(one.notes),
            }
            for one in suppressed.groups
        ],
        "unknown": [*found.unknown, *suppressed.unknown],
    }
