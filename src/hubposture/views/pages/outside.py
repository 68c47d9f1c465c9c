"""Changes past hubposture as a page: who wrote to Security Hub besides us, and what cannot be seen."""

from collections.abc import Sequence

from hubposture.timeline.facts import Write
from hubposture.timeline.outside import What, about
from hubposture.views import outside as view
from hubposture.views.document import Heading, Lines, Text, Tone
from hubposture.views.outside import OutsideView
from hubposture.views.pages import links
from hubposture.views.pages.parts import Banner, Column, Grid, Link, Page, PageCell, Part
from hubposture.views.words import moment

_COLUMNS = (Column("When (UTC)"), Column("Who"), Column("What"), Column("Where", is_spare=True), Column("About"))


def page(found: OutsideView, *, more: bool = False) -> Page:
    """Writes that are not ours, rules of others, and what cannot be seen."""
    parts: list[Part] = [Lines(list(view.lead(found)))]
    if found.unapproved:
        said = "".join(one if isinstance(one, str) else one.text for one in view.suppressed(found))
        parts.append(Banner([Link(said, links.findings("unapproved=yes"))], Tone.WARN))
    rows = [_row(one, found) for one in found.writes]
    named = "Writes to Security Hub past hubposture"
    parts += [Heading("Writes"), Grid(named, _COLUMNS, rows, empty="None is known.", named=1)]
    if more:
        parts.append(Lines([Text("These are the newest; hubposture outside --limit lists more.", Tone.DIM)]))
    parts += [Heading("Automation rules of others"), _rules(found)]
    unseen = list(view.not_seen(found))
    parts += [
        Heading("What cannot be seen"),
        Lines([Text(one, Tone.WARN) for one in unseen] or ["Everything was read."]),
    ]
    lead = ["Who changed findings, controls, rules or policies in Security Hub without hubposture, by CloudTrail."]
    return Page("Changes past hubposture", parts, place="/outside", lead=lead)


def _row(one: Write, found: OutsideView) -> Sequence[PageCell]:
    refused = f", refused: {one.error}" if one.error else ""
    what = Text(f"{one.operation}{refused}", Tone.DIM if one.error else Tone.PLAIN)
    said = view.concerning(one, found.subjects)
    return moment(one.at), str(one.who), what, f"{one.account} {one.region}", _about(one, found, said)


def _about(one: Write, found: OutsideView, said: str) -> PageCell:
    known = found.subjects.get(one.id, ())
    if known:
        return Link(said, links.finding(known[0][0]))
    if about(one) is What.CONTROL and len(one.controls) == 1 and one.controls[0].isprintable():
        return Link(said, links.control(one.controls[0]))
    return said


def _rules(found: OutsideView) -> Grid:
    rows: list[Sequence[PageCell]] = [
        (rule.name, reading.region, rule.detail) for reading in found.readings for rule in reading.rules
    ]
    columns = (Column("Rule"), Column("Region"), Column("What it does"))
    return Grid("Automation rules that hubposture did not make", columns, rows, empty="None was found.")
