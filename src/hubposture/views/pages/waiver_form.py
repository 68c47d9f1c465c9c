"""The form by which somebody asks for a waiver, with what it would cover, and the one by which a finding is hidden for now."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Banner, Facts, Link, Links, Page, PageCell, Part
from hubposture.views.pages.waiver_scope import Covered, parts, rest_said
from hubposture.waivers.waiver import Effect, WaiverType

CHIPS = (30, 90, 180)
"""Days that are offered as ends."""
_ON_DAY = "date"
TYPES = {
    WaiverType.BY_DESIGN: "It is so by design",
    WaiverType.COMPENSATING: "Another measure covers it",
    WaiverType.REMEDIATION_PLAN: "It will be fixed by a plan",
    WaiverType.RISK_ACCEPTANCE: "The risk is accepted",
    WaiverType.FALSE_POSITIVE: "The check is wrong here",
}
"""Why somebody asks, in words."""
EFFECTS = {
    Effect.SUPPRESS: "Suppressed in Security Hub",
    Effect.VISIBLE: "Accepted and counted apart, open in Security Hub",
}
"""What a waiver does, in words."""


@dataclass(frozen=True)
class Asking:
    """The form as it stands: answers by entry, what is wrong with them, and what it covers if that can be told.

    `most_days` is the longest that it may hold. `where` is where the form is sent, `waiver` the request that is edited, ''.
    """

    answers: Mapping[str, str]
    today: dt.date
    most_days: int
    where: str = "/waivers/new"
    waiver: str = ""
    revision: int = 0
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    covered: Covered | None = None
    warnings: Sequence[str] = ()
    refused: Sequence[str] = ()
    note: str = ""


def page(found: Asking) -> Page:
    """The whole page: what it covers first, if anybody looked."""
    made: list[Part] = []
    if found.note:
        made.append(Banner([found.note]))
    if found.refused:
        made.append(Banner([Text(one) for one in ("It was not asked for.", *found.refused)], Tone.BAD))
    if found.warnings:
        made.append(Banner(found.warnings, Tone.WARN))
    if found.covered is not None:
        made += [Heading("What it covers now"), *parts(found.covered)]
        if said := rest_said(found.covered):
            made.append(Lines([said]))
        made.append(Heading("The request"))
    made.append(form(found))
    title = f"Change the request for {found.waiver}" if found.waiver else "Ask for a waiver"
    trail = (Link("Waivers", "/waivers"), Link("Requests", "/waivers/requests"))
    lead = (
        () if found.waiver else ("Somebody else decides. Until then, and after its last day, everything stays open.",)
    )
    return Page(title, made, place="/waivers", trail=trail, lead=lead)


def form(found: Asking) -> Form:
    """The form itself; every value is kept."""
    buttons = [
        Button("Show what it covers", "do", "look"),
        Button("Send the changed request" if found.waiver else "Ask for approval", "do", "ask"),
    ]
    fields = [*_fields(found)]
    if found.revision:
        fields.append(Field("revision", "", Ask.HIDDEN, str(found.revision)))
    known = {one.name for one in fields}
    over = [why for name, some in found.problems.items() if name not in known for why in some]
    return Form("Ask for a waiver", found.where, fields, buttons, problems=[*over])


def _fields(found: Asking) -> Iterator[Field]:
    yield _field(found, "controls", "Controls", hint="S3.8, S3.2", needed=True)
    yield _field(
        found, "resources", "Resources", Ask.LINES,
        hint="ARNs, one a line; * is any run of characters, ? exactly one. Nothing here means every resource of the accounts or OUs.",
    )  # fmt: skip
    yield _field(
        found,
        "accounts",
        "Accounts",
        hint="Ids of 12 digits; what is given of resources, accounts and OUs must all be true.",
    )
    yield _field(
        found, "ous", "OUs", Ask.LINES, hint="Paths (/Workloads/Prod) or ids, one a line; with every account below."
    )
    yield _field(found, "regions", "Regions", hint="Empty means all.")
    yield _field(found, "tags", "Tags of the resources", Ask.LINES, hint="NAME=PATTERN, one a line; all must be there.")
    yield _choice(found, "type", "Why", {kind.value: text for kind, text in TYPES.items()})
    yield _field(found, "reason", "Reason", Ask.LINES, hint="It stands in the note of every finding.", needed=True)
    yield _field(
        found,
        "compensating",
        "Compensating measure",
        Ask.LINES,
        hint="What covers the risk instead; needed where another measure does.",
    )
    yield _field(found, "owner", "Owner", hint="The team that owns what is excused.", needed=True)
    yield _field(found, "risk_owner", "Risk owner", hint="Whose risk it is, by address.")
    yield from _end(found)
    yield _choice(found, "effect", "Effect", {kind.value: text for kind, text in EFFECTS.items()})
    yield _field(
        found, "covers_new", "New resources", Ask.NUMBER,
        hint="How many that do not exist yet it may take in later; the others need another approval.",
    )  # fmt: skip
    yield Field("comment", "Comment for who decides", Ask.LINES, found.answers.get("comment", ""))


def _end(found: Asking) -> Iterator[Field]:
    days = found.answers.get("days", "")
    offered = [one for one in CHIPS if one <= found.most_days]
    if found.most_days > 0 and found.most_days not in offered:
        offered.append(found.most_days)
    options = [Option(str(one), f"{one:,} days", (found.today + dt.timedelta(days=one)).isoformat()) for one in offered]
    problem = "; ".join(found.problems.get("expires", ()))
    if problem and not found.answers.get("expires"):
        problem = "choose for how long it holds, or its last day"
    limit = f"At most {counted(found.most_days, 'day')} for these controls." if found.most_days else (
        "The workbook allows no waiver of these controls."
    )  # fmt: skip
    chosen = days if days in {one.value for one in options} else _ON_DAY if found.answers.get("expires") else ""
    yield Field(
        "days", "Holds for", Ask.CHIPS, chosen, [*options, Option(_ON_DAY, "until the day below")], hint=limit,
        problem=problem if chosen != _ON_DAY else "",
    )  # fmt: skip
    yield Field(
        "expires", "Last day", Ask.DATE, found.answers.get("expires", ""), hint="Through the end of that day.",
        problem=problem if chosen == _ON_DAY else "",
    )  # fmt: skip


def end_of(answers: Mapping[str, str], today: dt.date) -> str:
    """The last day that the answers name, as they wrote it: by a chip, or as a date."""
    days = answers.get("days", "")
    if days.isascii() and days.isdecimal() and len(days) < 6:  # noqa: PLR2004 - longer is no number of days
        return (today + dt.timedelta(days=int(days))).isoformat()
    return answers.get("expires", "").strip()


def _field(found: Asking, name: str, label: str, ask: Ask = Ask.TEXT, *, hint: str = "", needed: bool = False) -> Field:
    value = found.answers.get(name, "")
    problem = "; ".join(found.problems.get(name, ()))
    # Looking comes before everything is filled in, so the browser must not insist.
    return Field(name, f"{label} (needed)" if needed else label, ask, value, hint=hint, problem=problem, longest=20_000)


def _choice(found: Asking, name: str, label: str, texts: Mapping[str, str]) -> Field:
    value = found.answers.get(name, "")
    options = [Option(key, text) for key, text in texts.items()]
    blank = [] if value in texts else [Option("", "Choose one")]
    problem = "; ".join(found.problems.get(name, ()))
    if problem and not value:
        problem = "choose one"
    return Field(name, label, Ask.CHOICE, value if value in texts else "", [*blank, *options], problem=problem)


# For now


@dataclass(frozen=True)
class ForNow:
    """A finding that somebody wants to suppress for now; `why_not` says why they may not, ()."""

    subject: str
    facts: Sequence[tuple[str, PageCell]]
    most_days: int
    days: str = ""
    reason: str = ""
    why_not: Sequence[str] = ()
    problems: Sequence[str] = ()


def for_now(found: ForNow) -> Page:
    """Suppress one finding for some days without an approval."""
    made: list[Part] = [Facts(found.facts)]
    if found.why_not:
        made.append(Banner([Text(one) for one in found.why_not], Tone.BAD))
    else:
        chips = sorted({1, 3, 7, found.most_days} & set(range(1, found.most_days + 1)))
        options = [Option(str(one), counted(one, "day")) for one in chips]
        fields = [
            Field("subject", "", Ask.HIDDEN, found.subject),
            Field("days", "For", Ask.CHIPS, found.days or options[0].value, options),
            Field("reason", "Reason (needed)", Ask.LINES, found.reason, hint="It stands in the finding's note."),
        ]
        made.append(Form("Suppress for now", "/waivers/suppress", fields, [Button("Suppress for now")], found.problems))
    made.append(Lines(["Without an approval, and once: whoever needs longer asks for a waiver."]))
    made.append(Links("Instead", [Link("Ask for a waiver", links.asking(subject=found.subject))]))
    trail = (Link("Waivers", "/waivers"), Link("Finding", links.finding(found.subject)))
    return Page("Suppress for now", made, place="/waivers", trail=trail)
