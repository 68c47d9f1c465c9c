"""A finding's time line as parts of its page, with the form that asks AWS for the resource's history."""

import datetime as dt
from collections.abc import Sequence

from hubposture.timeline.facts import Past
from hubposture.timeline.line import Entry, Kind
from hubposture.views import timeline as view
from hubposture.views.document import Heading, Lines, Tone
from hubposture.views.pages import links
from hubposture.views.pages.forms import Button, Form
from hubposture.views.pages.parts import Part
from hubposture.views.pages.time_parts import TimeChange, TimeEntry, TimeLine

_KINDS = {
    Kind.CHECK: "Check", Kind.CONFIG: "AWS Config", Kind.WRITE: "CloudTrail", Kind.WAIVER: "Waiver", Kind.TICKET: "Ticket",
    Kind.GAP: "Not seen",
}  # fmt: skip


def parts(subject: str, past: Past | None, entries: Sequence[Entry], *, now: dt.datetime) -> Sequence[Part]:
    """The time line of a finding; the button asks AWS, which costs calls, so nothing is asked by looking."""
    text = "Ask again" if past is not None else "Show the resource's history"
    form = Form("History of the resource", f"{links.finding(subject)}/history", (), buttons=(Button(text),))
    return [
        Heading("Time line"),
        Lines([view.asked(past, now=now)]),
        form,
        TimeLine("Time line of the resource, newest first", [entry(one) for one in entries]),
    ]


def entry(one: Entry) -> TimeEntry:
    """An entry as the page shows it."""
    return TimeEntry(
        when=view.when(one),
        kind=_KINDS[one.kind],
        told=one.told,
        tone=_tone(one),
        href=_href(one),
        facts=view.facts(one),
        changes=[TimeChange(line.where, line.before, line.after) for line in one.lines],
        more=one.more,
        likely=one.likely,
    )


def _tone(one: Entry) -> Tone:
    if one.starts_failing:
        return Tone.BAD
    if one.kind is Kind.GAP or (one.write is not None and one.write.error):
        return Tone.WARN
    return Tone.PLAIN


def _href(one: Entry) -> str:
    match one.kind:
        case Kind.WAIVER:
            return links.waiver(one.source)
        case Kind.TICKET:
            return links.ticket(one.source)
        case _:
            return ""
