"""Somebody's own page: who they are for the rules, what they may do, where they are signed in, their tokens."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.access.actions import ABOUT, Action
from hubposture.access.people import ROLES, Person
from hubposture.access.sessions import Session, Token
from hubposture.views.document import Cell, Code, Heading, Lines, Text, Tone, counted
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Banner, Column, Facts, Grid, Page, PageCell, Part
from hubposture.views.words import age, day, moment

EVERYWHERE, NOWHERE, ASKED = "everywhere", "no", "asked when it is done"


@dataclass(frozen=True, slots=True)
class Mine:
    """What there is to say to somebody. `may` says for each action where: everywhere, no, asked when it is done, or a filter.

    `given` are the groups that the provider named, `current` is the session that asks, `trouble` says why the rules
    cannot be asked now, `tokens` are theirs. Without `is_signed_in` there are neither sessions nor tokens to give.
    """

    name: str
    person: Person
    now: dt.datetime
    is_signed_in: bool
    is_asked: bool = True
    given: Sequence[str] = ()
    current: str = ""
    sessions: Sequence[Session] = ()
    tokens: Sequence[Token] = ()
    may: Mapping[Action, str] = field(default_factory=dict)
    trouble: str = ""
    most_days: int = 90


@dataclass(frozen=True, slots=True)
class Asked:
    """A token that was asked for, with what is wrong with it by field; nothing was asked yet where it is empty."""

    label: str = ""
    actions: frozenset[str] = frozenset()
    days: str = "30"
    problems: Mapping[str, str] = field(default_factory=dict)


def page(mine: Mine, asked: Asked | None = None) -> Page:
    """The whole page."""
    parts: list[Part] = [Facts(_who(mine)), *_may(mine)]
    if mine.is_signed_in:
        parts += [*_sessions(mine), *_tokens(mine), Heading("A new token"), new_token(mine, asked or Asked())]
    return Page("Who you are here", parts)


def token_page(shown: str, token: Token) -> Page:
    """What is shown once, right after a token was made."""
    parts: list[Part] = [
        Banner(["This is shown now and never again. Whoever has it may do what it is for, in your name."]),
        Code(shown),
        Facts([("Called", token.label), ("For", ", ".join(token.actions)), ("Ends", _until(token.ends_at))]),
        Lines(["Send it with every request:"]),
        Code("Authorization: Bearer TOKEN"),
    ]
    from_here = Text("It lies in no file of ours: only its SHA-256 is kept.", Tone.DIM)
    return Page("Your new token", [*parts, Lines([from_here])])


def _who(mine: Mine) -> list[tuple[str, PageCell]]:
    person = mine.person
    roles = [f"{group} ({ROLES[group]})" for group in person.groups if group in ROLES]
    others = [group for group in person.groups if group not in ROLES]
    return [
        ("Name", mine.name),
        ("Roles", "; ".join(roles) or "none"),
        ("Other groups", ", ".join(others) or "none"),
        ("Named by the sign-in provider", ", ".join(mine.given) or "none"),
        ("OUs that are yours", ", ".join(person.units) or "none"),
        ("Accounts that are yours", ", ".join(person.accounts) or "none"),
    ]


_MAY = (Column("Action"), Column("To", is_spare=True), Column("Where"))


def _may(mine: Mine) -> list[Part]:
    if not mine.is_asked:
        return [Lines(["The access rules are not asked for whoever uses this machine."])]
    if mine.trouble:
        return [Heading("What you may do"), Banner([f"The access rules cannot be asked now: {mine.trouble}"])]
    rows: list[Sequence[PageCell]] = [
        [str(action), ABOUT[action].meaning, _where(where)] for action, where in mine.may.items()
    ]
    notes: list[Cell] = [
        (
            "By the access rules as they are now: for which findings, and for what is not about findings, whether it holds for "
            "the organization as a whole. The rules are asked again whenever something is done, and a refusal names the rule."
        )
    ]
    return [Heading("What you may do"), Lines(notes), Grid("What you may do", _MAY, rows)]


def _where(where: str) -> PageCell:
    match where:
        case "everywhere":
            return Text("everywhere", Tone.GOOD)
        case "no" | "asked when it is done":
            return Text(where, Tone.DIM)
        case _:
            return f"where {where}"


_SESSIONS = (Column("Signed in (UTC)"), Column("Last seen"), Column("Ends (UTC)", is_spare=True), Column("Browser"))


def _sessions(mine: Mine) -> list[Part]:
    rows: list[Sequence[PageCell]] = [
        [
            moment(one.made_at), _ago(one.seen_at, mine.now), moment(one.ends_at),
            Text(f"{_agent(one)} (this one)", Tone.STRONG) if one.id == mine.current else _agent(one),
        ]
        for one in mine.sessions
    ]  # fmt: skip
    others = [one for one in mine.sessions if one.id != mine.current]
    parts: list[Part] = [
        Heading("Where you are signed in"),
        Grid("Your sessions", _SESSIONS, rows),
        Form("Sign out", "/sign-out", (), (Button("Sign out here"),)),
    ]
    if others:
        options = [Option(one.id, f"{moment(one.made_at)} UTC, {_agent(one)}"[:100]) for one in others]
        every = Option("others", f"all others ({len(others)})")
        ask = Field("session", "End a session elsewhere", Ask.CHOICE, options=[every, *options], value="others")
        parts.append(Form("End a session elsewhere", "/me/sessions", (ask,), (Button("End it", is_grave=True),)))
    return parts


_TOKENS = (Column("Token"), Column("For"), Column("Made"), Column("Last used"), Column("Ends"))


def _tokens(mine: Mine) -> list[Part]:
    rows: list[Sequence[PageCell]] = [
        [one.label, ", ".join(one.actions), _made(one), _ago(one.used_at, mine.now), _end(one, mine.now)]
        for one in mine.tokens
    ]
    parts: list[Part] = [
        Heading("Your tokens"),
        Grid("Your tokens", _TOKENS, rows, empty="You have no token. Programs use them to ask the API in your name."),
    ]
    if holding := [one for one in mine.tokens if one.holds(mine.now)]:
        options = [Option(one.id, f"{one.label}, made {moment(one.made_at)} UTC") for one in holding]
        ask = Field("token", "Revoke a token", Ask.CHOICE, options=options, value=options[0].value)
        parts.append(Form("Revoke a token", "/me/tokens/revoke", (ask,), (Button("Revoke it", is_grave=True),)))
    return parts


def new_token(mine: Mine, asked: Asked) -> Form:
    """The form for a new token: only for what one may do somewhere."""
    able = [action for action in Action if mine.may.get(action, EVERYWHERE) != NOWHERE]
    checks = [
        Field(f"action-{action}", f"{action}: {ABOUT[action].meaning}", Ask.CHECK, "yes" if action in asked.actions else "")
        for action in able
    ]  # fmt: skip
    wrong = asked.problems
    label = Field(
        "label", "What it is for", value=asked.label, hint="So that you know it again", problem=wrong.get("label", ""),
        is_required=True, longest=100,
    )  # fmt: skip
    days = Field(
        "days", "Days until it ends", Ask.NUMBER, asked.days, hint=f"At most {mine.most_days}", problem=wrong.get("days", ""),
        is_required=True, longest=4,
    )  # fmt: skip
    problems = [wrong["actions"]] if "actions" in wrong else []
    return Form("Make a token", "/me/tokens", (label, *checks, days), (Button("Make the token"),), problems)


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST_AGENT = 60


def _agent(one: Session) -> str:
    """`Firefox 145 on Windows`, as far as the browser says so itself."""
    system = next((name for mark, name in _SYSTEMS if mark in one.agent), "")
    for mark, name in _BROWSERS:
        number = one.agent.partition(mark)[2].partition(".")[0]
        if number.isascii() and number.isdecimal() and len(number) <= 4:  # noqa: PLR2004 (digits of a version)
            return f"{name} {number}" + (f" on {system}" if system else "")
    return one.agent[:_LONGEST_AGENT] or "says nothing of itself"


def _made(one: Token) -> str:
    return moment(one.made_at) if one.made_by == one.person else f"{moment(one.made_at)} UTC by {one.made_by}"


def _end(one: Token, now: dt.datetime) -> PageCell:
    if one.revoked_at is not None:
        return Text(f"revoked {moment(one.revoked_at)} UTC by {one.revoked_by}", Tone.DIM)
    if not one.holds(now):
        return Text(f"ended {moment(one.ends_at)} UTC", Tone.DIM)
    left = (one.ends_at - now).days
    return f"{moment(one.ends_at)} UTC (in {counted(left, 'day')})"


def _until(at: dt.datetime) -> str:
    return f"{day(at.date())}, {at:%H:%M} UTC"


def _ago(at: dt.datetime | None, now: dt.datetime) -> str:
    return "never" if at is None else f"{age(at, now)} ago"
