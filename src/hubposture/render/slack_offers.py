"""What people may do from a message in Slack, as buttons and lists, and what they did, as a line of context."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import orjson

from hubposture.render.slack import escape
from hubposture.render.spans import clean
from hubposture.work.offers import Doing, Form, FormField, Note, Offer, Thing, settled_by

ACTION: Final = "hubposture."
"""What our action ids begin with; what a person does follows."""
NOTES, OFFERS = "hubposture.notes", "hubposture.offers"
"""The ids of our two blocks."""
ITSELF: Final = "-"
"""The value of what is done to the message itself."""

_MOST_NOTES: Final = 9
_MOST_OPTIONS: Final = 100
_BUTTON: Final = 75
_NOTE: Final = 300
_WORDS: Final[Mapping[Doing, str]] = {
    Doing.ACKNOWLEDGE: "Acknowledge",
    Doing.NOT_MINE: "Not mine",
    Doing.OPEN_TICKET: "Open ticket",
    Doing.REQUEST_WAIVER: "Request waiver",
    Doing.APPROVE: "Approve",
    Doing.REJECT: "Reject",
}
_DONE: Final[Mapping[Doing, str]] = {
    Doing.ACKNOWLEDGE: "Acknowledged",
    Doing.NOT_MINE: "Said not to be theirs",
    Doing.OPEN_TICKET: "Ticket",
    Doing.REQUEST_WAIVER: "Waiver requested",
    Doing.APPROVE: "Approved",
    Doing.REJECT: "Rejected",
}
_CONFIRMED: Final[Mapping[Doing, tuple[str, str]]] = {
    Doing.NOT_MINE: ("Not yours?", "Whoever keeps the owners is told, and finds out whose it is."),
    Doing.APPROVE: ("Approve the waiver?", "It is approved in your name, as it was asked for."),
}
_STYLES: Final[Mapping[Doing, str]] = {Doing.APPROVE: "primary", Doing.REJECT: "danger"}


def beside(offers: Sequence[Offer], notes: Sequence[Note]) -> list[dict[str, Any]]:
    """The blocks under a message: what was done from it, and what may be done."""
    settled = settled_by(notes)
    left = [offer for offer in offers if offer.doing not in settled]
    elements = [_element(offer) for offer in left]
    found = [note_block(notes)] if notes else []
    return [*found, *([{"type": "actions", "block_id": OFFERS, "elements": elements}] if elements else ())]


def with_notes(
    blocks: Sequence[Mapping[str, Any]], notes: Sequence[Note], settled: Collection[Doing]
) -> list[dict[str, Any]]:
    """The blocks of a message that is there, with these notes in the place of former ones and without what is settled."""
    found = [dict(one) for one in blocks if one.get("block_id") not in (NOTES, OFFERS)]
    found += [note_block(notes)] if notes else []
    gone = {f"{ACTION}{doing}" for doing in settled}
    for block in blocks:
        if block.get("block_id") == OFFERS:
            left = [one for one in block.get("elements") or () if one.get("action_id") not in gone]
            found += [{**block, "elements": left}] if left else []
    return found


def note_block(notes: Sequence[Note]) -> dict[str, Any]:
    """What was done, the newest last; of very many the first ones are counted."""
    shown = sorted(notes, key=lambda note: note.at)
    more = len(shown) - _MOST_NOTES
    said = [*([f"... {more:,} more before"] if more > 0 else ()), *(_note(one) for one in shown[-_MOST_NOTES:])]
    return {"type": "context", "block_id": NOTES, "elements": [{"type": "mrkdwn", "text": text} for text in said]}


def _note(one: Note) -> str:
    said = f"{_DONE[one.doing]}: {one.said}" if one.said else _DONE[one.doing]
    return f"{escape(_cut(said, _NOTE))}, by {escape(_cut(one.by, 100))}, {when(one.at)}"


def when(at: dt.datetime) -> str:
    """A time for everybody who reads the message: Slack shows it in the zone of each, and UTC where it cannot."""
    stamp = int(at.replace(tzinfo=dt.UTC).timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


# --- buttons ---------------------------------------------------------------------------------------------------------


def _element(offer: Offer) -> dict[str, Any]:
    """A button for one thing, or for the message itself; a list to choose from for several."""
    words = _WORDS[offer.doing]
    found: dict[str, Any] = {"action_id": f"{ACTION}{offer.doing}"}
    if len(offer.things) > 1:
        options = [_option(thing) for thing in offer.things[:_MOST_OPTIONS]]
        found |= {"type": "static_select", "placeholder": _plain(f"{words} ..."), "options": options}
    else:
        value = offer.things[0].ref if offer.things else ITSELF
        found |= {"type": "button", "text": _plain(words), "value": value}
        if offer.doing in _STYLES:
            found["style"] = _STYLES[offer.doing]
    if offer.doing in _CONFIRMED:
        title, text = _CONFIRMED[offer.doing]
        found["confirm"] = {
            "title": _plain(title),
            "text": _plain(text),
            "confirm": _plain(words),
            "deny": _plain("Back"),
        }
    return found


def _option(thing: Thing) -> dict[str, Any]:
    return {"text": _plain(thing.shown or thing.id), "value": thing.ref}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(clean(text).strip() or "-", _BUTTON), "emoji": False}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


# --- forms -----------------------------------------------------------------------------------------------------------

_TITLE: Final = 24
_TEXT: Final = 3_000
_HINT: Final = 150


def view_of(form: Form) -> dict[str, Any]:
    """A form as a modal view; where it belongs to comes back in its private metadata."""
    kept = orjson.dumps({"where": form.where, "thing": form.thing.ref}).decode()
    about = {"type": "section", "text": {"type": "mrkdwn", "text": escape(_cut(form.thing.shown, 500)) or "-"}}
    return {
        "type": "modal",
        "callback_id": f"{ACTION}{form.doing}",
        "private_metadata": kept,
        "title": {**_plain(form.title), "text": _cut(clean(form.title), _TITLE)},
        "submit": _plain(_WORDS[form.doing][:_TITLE]),
        "close": _plain("Back"),
        "blocks": [about, *(_input(one) for one in form.fields)],
    }


def _input(one: FormField) -> dict[str, Any]:
    element: dict[str, Any]
    if one.choices:
        options = [{"text": _plain(label), "value": value} for value, label in one.choices[:_MOST_OPTIONS]]
        element = {"type": "static_select", "action_id": "value", "options": options}
        first = [option for option in options if option["value"] == one.first]
        element |= {"initial_option": first[0]} if first else {}
    else:
        element = {"type": "plain_text_input", "action_id": "value", "max_length": min(one.most, _TEXT)}
        element |= {"multiline": True} if one.is_long else {}
        element |= {"initial_value": one.first} if one.first else {}
    found: dict[str, Any] = {"type": "input", "block_id": one.name, "label": _plain(one.label), "element": element}
    found |= {"optional": True} if one.is_optional else {}
    return found | ({"hint": {**_plain(one.hint), "text": _cut(clean(one.hint), _HINT)}} if one.hint else {})
