"""The note that we leave on a finding: what it says, what it keeps of a person's note, and what the ledger must keep.

    Waived by W-2026-014 until 2027-05-01. <sentence of the waiver> || Note by kim@example.com: <what kim wrote>
    Open again since 2027-05-02: <why> || Note by kim@example.com: <what kim wrote>

A note is one line of at most 512 characters (`shorten.units`). What a person wrote is in it once, whatever was written
over it before; in full it is in the ledger, and from there it comes back into the next note.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from hubposture.waivers.decision import Circumstances, Decision, FindingUpdate, Mark, Memory, PersonsNote
from hubposture.waivers.rule import Case, FindingFacts
from hubposture.waivers.shorten import one_line, shorten, units
from hubposture.waivers.stamp import PREFIX, Fields, ours, read_fields

LIMIT = 512
"""Characters of a note that AWS takes."""
SUPPRESSED, RELEASED = "suppressed", "released"
"""States of a `Mark`."""
SET_SUPPRESSED, SET_NEW = "SUPPRESSED", "NEW"
"""The workflow statuses that we write, and no others."""
PASSED = "PASSED"

_BOUNDARY = " || "
_LEFT_FOR_WORDS = 160
"""So much of a note is a person's, however long the sentence of the waiver is."""
_STEP = 16
_NAME = 64
_WAIVED = re.compile(r"Waived by (\S+) until (\d{4}-\d\d-\d\d)\.")
_OPEN = re.compile(r"Open again since (\d{4}-\d\d-\d\d):")
_HEAD = re.compile(rf"(?:{_WAIVED.pattern}|{_OPEN.pattern})\s*")
_DAY = dt.timedelta(days=1)


class Words(NamedTuple):
    """What a person wrote, and who; `by` is '' where nobody knows."""

    text: str
    by: str = ""


class Told(NamedTuple):
    """A note of ours read back: the waiver and its last day ('' after a release), and the person's words in it, if any.

    Words may be shortened there, and blanks and line ends are no longer what they were.
    """

    waiver: str
    day: str
    words: Words | None


def author_of(instance: str) -> str:
    """What stands as UpdatedBy of our notes."""
    return f"{PREFIX}{instance}"


@lru_cache(maxsize=4096)
def last_day(until: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The last day in a zone before a moment (naive UTC)."""
    return (until - dt.timedelta(microseconds=1)).replace(tzinfo=dt.UTC).astimezone(zone).date()


@lru_cache(maxsize=64)
def day_of(moment: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The day in a zone of a moment (naive UTC)."""
    return moment.replace(tzinfo=dt.UTC).astimezone(zone).date()


def waived_note(waiver: str, day: dt.date, sentence: str, words: Words | None) -> str:
    """The note of a finding that is suppressed under a waiver, which holds through the end of `day`."""
    return _composed(f"Waived by {waiver} until {day.isoformat()}.", sentence, words)


def open_note(day: dt.date, why: str, words: Words | None) -> str:
    """The note of a finding that is set to NEW on `day`, and why in a clause."""
    return _composed(f"Open again since {day.isoformat()}:", why, words)


@lru_cache(maxsize=4096)
def _composed(head: str, rest: str, words: Words | None) -> str:
    said = re.sub(r"\|\|+", "|", one_line(f"{head} {rest}"))
    body = said if said.endswith((".", "!", "?", ":")) else f"{said}."
    if words is None or not (text := one_line(words.text)):
        return shorten(body, LIMIT)
    by = re.sub(r":\s+", ":", shorten(one_line(words.by), _NAME))
    tail = f"{_BOUNDARY}Note by {by}: {text}" if by else f"{_BOUNDARY}Note: {text}"
    # In steps: words that were shortened a little further once leave the sentence as it is when the note is made anew.
    room = min(-(-units(tail) // _STEP) * _STEP, max(_LEFT_FOR_WORDS, LIMIT - units(body)))
    return shorten(body, LIMIT - room) + shorten(tail, room)


def read_note(text: str) -> Told | None:
    """What a note of ours says; None for any other text."""
    said, _, tail = text.partition(_BOUNDARY)
    if match := _WAIVED.match(said):
        return Told(match[1], match[2], _words_in(tail))
    if match := _OPEN.match(said):
        return Told("", match[1], _words_in(tail))
    return None


def _words_in(tail: str) -> Words | None:
    head, found, text = tail.partition(": ")
    if not found or not (head == "Note" or head.startswith("Note by ")):
        return None
    return Words(text, head.removeprefix("Note").removeprefix(" by "))


def words_of(finding: FindingFacts, instance: str, kept: PersonsNote | None) -> Words | None:
    """A person's words to keep in the next note of a finding; None where no person ever wrote any.

    A note that stands there now is the newest. Of notes that we wrote over, `kept` has the text in full; only where
    the ledger lost it, what is left of it in our own note has to do.
    """
    is_anothers = finding.note != "" and finding.note_by != author_of(instance)
    if is_anothers and (found := unwrapped(Words(finding.note, finding.note_by))) is not None:
        return found
    if kept is not None:
        return unwrapped(Words(kept.text, kept.by))
    told = read_note(finding.note)
    return None if told is None else told.words


def unwrapped(words: Words) -> Words | None:
    """Words without a note of ours around them: people copy and edit what stands there, and it must not nest.

    What a person added to the text of our note and not to the words in it is kept with that text.
    """
    text, by = words
    while (told := read_note(text)) is not None:
        if told.words is not None:
            text, by = told.words
        elif by.startswith(PREFIX):
            return None
        else:
            text = _HEAD.sub("", text, count=1)
    return Words(text, by) if text.strip() else None


def hash_of(workflow: str, note: str, note_by: str, user_fields: str) -> str:
    """32 hex digits of what a finding shows of what we write (`user_fields` as in the lake).

    Fields of other people do not count: what we wrote is seen even if somebody adds a field meanwhile.
    """
    return _hash(workflow, note, note_by, ours(read_fields(user_fields)) if PREFIX in user_fields else ())


def wanted_of(update: FindingUpdate) -> str:
    """The hash that `hash_of` gives once a finding shows what an update sets."""
    return _hash(update.workflow, update.note, update.note_by, ours(update.fields))


@lru_cache(maxsize=4096)
def _hash(workflow: str, note: str, note_by: str, fields: Fields) -> str:
    text = repr((workflow, note, note_by, fields))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def mark_of(
    case: Case, decision: Decision, *, memory: Memory, circumstances: Circumstances, organization: str, run: str
) -> tuple[Mark, ...]:
    """The marks that the ledger must hold before a decision is sent: one for each finding that it writes to.

    A release keeps the end that the mark had, so that the next run says the same of it.
    """
    by_id = {(one.product, one.id): one.finding for one in case.findings}
    found: list[Mark] = []
    for update in decision.updates:
        releases = update.workflow != SET_SUPPRESSED
        wanted = wanted_of(update)
        for product, id_ in update.ids:
            before = memory.marks.get(by_id[product, id_])
            ends = before.until if before is not None else circumstances.now
            if not releases and case.cover is not None:
                ends = case.cover.until
            found.append(
                Mark(
                    organization=organization,
                    finding=by_id[product, id_],
                    subject=case.subject,
                    product=product,
                    id=id_,
                    waiver=decision.waiver,
                    until=ends,
                    state=RELEASED if releases else SUPPRESSED,
                    wanted=wanted,
                    written_at=circumstances.now,
                    seen_at=None,
                    run=run,
                    tries=1 + (tries_spent(before, circumstances) if before and before.wanted == wanted else 0),
                )
            )
    return tuple(found)


def tries_spent(mark: Mark, circumstances: Circumstances) -> int:
    """How many of the tries that a day allows are spent; they come back one by one over the day."""
    gone = (circumstances.now - mark.written_at) // (_DAY / max(1, circumstances.tries))
    return max(0, mark.tries - max(0, gone))


def persons_notes(
    case: Case, instance: str, *, kept: Mapping[str, PersonsNote] | None = None
) -> tuple[PersonsNote, ...]:
    """Notes of people that stand on findings of a subject that we may write over; the ledger keeps them in full.

    With `kept`, what the ledger has by finding, also what is left in our own notes of words that the ledger lost.
    """
    found: list[PersonsNote] = []
    for one in case.findings:
        if one.compliance == PASSED or not one.note.strip():
            continue
        if one.note_by != author_of(instance):
            found.append(PersonsNote(one.finding, one.note, one.note_by, one.note_at))
        elif kept is not None and one.finding not in kept:
            told = read_note(one.note)
            if told is not None and told.words is not None:
                found.append(PersonsNote(one.finding, told.words.text, told.words.by, None))
    return tuple(found)
