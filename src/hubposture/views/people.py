"""Tokens, and who is signed in, as documents."""

import datetime as dt
from collections.abc import Sequence

from hubposture.access.people import Person
from hubposture.access.sessions import Session, Token
from hubposture.views.document import Cell, Code, Document, Lines, Table, Text, Tone, counted
from hubposture.views.words import age, iso, moment


def tokens(found: Sequence[Token], *, now: dt.datetime) -> Document:
    """All tokens, those that hold first."""
    rows = [
        (one.id, one.person, one.label, ", ".join(one.actions), _used(one, now), _state(one, now))
        for one in sorted(found, key=lambda one: not one.holds(now))
    ]
    holding = sum(one.holds(now) for one in found)
    lines: list[Cell] = [f"{counted(holding, 'token')} in use, {len(found) - holding:,} ended or revoked."]
    headings = ("Id", "Person", "Called", "For", "Last used", "State")
    data = {"tokens": [token_data(one, now) for one in found]}
    return Document("Tokens", [Lines(lines), Table(headings, rows, spare=(2,), cut=frozenset({3}))], data)


def made_token(token: Token, shown: str, person: Person, *, now: dt.datetime) -> Document:
    """A token that was just made, with what is shown once."""
    lines: list[Cell] = [
        f"For {token.person}, in the groups {', '.join(person.groups) or 'none'}; to {', '.join(token.actions)}.",
        f"It ends {moment(token.ends_at)} UTC. `hubposture tokens revoke {token.id}` ends it before.",
        Text("This is shown now and never again:", Tone.STRONG),
    ]
    return Document(f"Token {token.id}", [Lines(lines), Code(shown)], {**token_data(token, now), "token": shown})


def sessions(found: Sequence[Session], *, now: dt.datetime) -> Document:
    """Everybody who is signed in, by person, the newest first."""
    rows = [
        (one.person, moment(one.made_at), f"{age(one.seen_at, now)} ago", moment(one.ends_at), one.agent)
        for one in found
    ]
    people = len({one.person.casefold() for one in found})
    lines: list[Cell] = [f"{counted(len(found), 'session')} of {counted(people, 'person', 'people')}."]
    headings = ("Person", "Signed in (UTC)", "Last seen", "Ends (UTC)", "Browser")
    data = {
        "sessions": [
            {
                "person": one.person, "groups": list(one.groups), "agent": one.agent, "signed_in": iso(one.made_at),
                "last_seen": iso(one.seen_at), "ends": iso(one.ends_at),
            }
            for one in found
        ]
    }  # fmt: skip
    return Document("Who is signed in", [Lines(lines), Table(headings, rows, spare=(3,), cut=frozenset({4}))], data)


def token_data(one: Token, now: dt.datetime) -> dict[str, object]:
    """A token for JSON, without anything that lets somebody in."""
    return {
        "id": one.id, "person": one.person, "label": one.label, "actions": list(one.actions), "made_by": one.made_by,
        "made": iso(one.made_at), "ends": iso(one.ends_at), "last_used": iso(one.used_at), "revoked": iso(one.revoked_at),
        "revoked_by": one.revoked_by, "holds": one.holds(now),
    }  # fmt: skip


def _used(one: Token, now: dt.datetime) -> str:
    return "never" if one.used_at is None else f"{age(one.used_at, now)} ago"


def _state(one: Token, now: dt.datetime) -> Cell:
    if one.revoked_at is not None:
        return Text(f"revoked {moment(one.revoked_at)} by {one.revoked_by}", Tone.DIM)
    return f"until {moment(one.ends_at)}" if one.holds(now) else Text(f"ended {moment(one.ends_at)}", Tone.DIM)
