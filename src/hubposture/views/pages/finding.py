"""One finding: what failed and since when, what asks for it, who works on it, and what else the resource has."""

import datetime as dt
from collections.abc import Iterator, Sequence

from hubposture.timeline.resource import resource_of
from hubposture.views.document import Document, Heading
from hubposture.views.findings import Row
from hubposture.views.pages import links
from hubposture.views.pages.consoles import console, consoles, partition_of
from hubposture.views.pages.controls import Requirement, requirements
from hubposture.views.pages.parts import Column, Facts, Grid, Link, Page, PageCell, Part
from hubposture.views.pages.tickets import due
from hubposture.views.tickets_rows import TicketRow
from hubposture.views.words import account_name, age, resource_short, severity, state


def page(
    row: Row,
    told: Document,
    *,
    required: Sequence[Requirement],
    tickets: Sequence[TicketRow],
    others: Sequence[Row],
    at: dt.datetime,
    line: Sequence[Part] = (),
    offers: Sequence[Part] = (),
) -> Page:
    """A subject as the lake's lists give it, with the document of it; `others` are further subjects of the resource.

    `line` are the parts of its time line, `offers` what the reader can do about it.
    """
    parts: list[Part] = [told.blocks[0], *offers, Facts(list(_where(row))), *told.blocks[2:]]
    if row["kind"] != "other":
        parts += [Heading("Requirements"), requirements(required)]
    parts += [Heading("Tickets"), _tickets(tickets)]
    parts += line
    parts += [Heading("Other findings of the resource"), _others(others, row, at)]
    return Page(told.title or "Finding", parts, place="/findings", trail=(Link("Findings", "/findings"),))


def _where(row: Row) -> Iterator[tuple[str, PageCell]]:
    kind = f" ({row['resource_type']})" if row["resource_type"] else ""
    yield "Resource", f"{row['resource']}{kind}"
    called = account_name(row["account_alias"], row["account_name"], row["account"])
    yield "Account", Link(called, links.account(row["account"]), more=row["account"])
    yield "Region", row["region"] or "-"
    if row["ou_path"]:
        yield "OU", Link(row["ou_path"], links.unit(row["ou_path"]))
    yield "Owner", row["owner"] or "nobody is named"
    if row["kind"] != "other":
        yield "Control", Link(row["control_shown"], links.control(row["control_shown"]))
    if row["waiver"]:
        yield "Waiver", Link(row["waiver"], links.waiver(row["waiver"]))
    if help_ := links.outside(row["url"]):
        yield "How to fix it", Link("AWS's instructions", help_)
    if there := console(row["region"], row["resource"], partition=partition_of(row["resource"])):
        yield "In AWS", Link("Security Hub's console", there)
    for name, there in consoles(resource_of(row)):
        yield "In AWS", Link(name, there)


def _tickets(found: Sequence[TicketRow]) -> Grid:
    columns = (Column("Ticket"), Column("Team"), Column("Due"), Column("State"), Column("Tracker", is_spare=True))
    rows: list[Sequence[PageCell]] = [
        (Link(one.shown or one.key, links.ticket(one.key)), one.team, due(one), one.state, f"{one.tracker} {one.place}")
        for one in found
    ]
    return Grid("Tickets that hold it", columns, rows, empty="No ticket holds it.")


def _others(found: Sequence[Row], row: Row, at: dt.datetime) -> Grid:
    columns = (Column("Finding"), Column("Severity"), Column("State"), Column("For", is_number=True))
    rows: list[Sequence[PageCell]] = [
        (
            Link(
                one["control_shown"] or one["product"],
                links.finding(one["subject"]),
                more=one["control_title"] or one["title"],
            ),
            severity(one["severity_shown"]),
            state(one["status"], one["presence"], suppressed=one["suppressed"], waived=bool(one["waiver"])),
            age(one["failing_since"], at),
        )
        for one in found
    ]
    caption = f"Other findings of {resource_short(row['resource'])}"
    return Grid(caption, columns, rows, empty="Nothing else is found of it.")
