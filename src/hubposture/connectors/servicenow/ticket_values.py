"""What we write into a record for a ticket, cut to what its fields take."""

import re
from collections.abc import Mapping
from typing import Final

from hubposture.connectors.servicenow.dictionary import FieldDefinition
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.render.plain_body import plain
from hubposture.render.spans import clean, units
from hubposture.work.body import Body
from hubposture.work.ticket import Draft

TITLE_LENGTH: Final = 160
TEXT_LENGTH: Final = 4000
"""How long titles, texts and comments may be where the instance does not say: the lengths of a new one."""

_LAST_SECOND: Final = "23:59:59"
_DAYS: Final = ("glide_date", "date")
_CODE: Final = re.compile(r"\[(?=/?code\b)", re.IGNORECASE)
"""What begins HTML in a journal."""
_NAMED: Final = re.compile(r"@(?=\[)")
"""What names a person in a journal."""
_MARKS: Final = re.compile(r"\s*\[comments:((?: [^\s\[\]]+)+)\]\s*\Z")
_MOST_MARKS: Final = 12

Fields = Mapping[str, FieldDefinition]
"""The fields of the table as the instance defines them; empty where that may not be read."""


def values_of(draft: Draft, shape: TicketShape, fields: Fields) -> dict[str, str]:
    """What a draft says by field, references left out; '' empties a field."""
    found = dict(shape.severity(draft.severity, draft.raised))
    if shape.due:
        found[shape.due] = _due(draft, fields.get(shape.due))
    if not draft.keeps_text:
        found[shape.title] = cut(clean(draft.title).strip(), longest(fields, shape.title, TITLE_LENGTH))
        found[shape.body] = plain(draft.body, most=longest(fields, shape.body, TEXT_LENGTH)).strip()
    found[shape.key] = draft.key
    return {name: value for name, value in found.items() if name}


def longest(fields: Fields, name: str, default: int) -> int:
    """How many characters a field takes."""
    definition = fields.get(name)
    return definition.max_length if definition is not None and definition.max_length else default


def entry(body: Body, mark: str) -> str:
    """A comment, by whose last line it is found again. No HTML begins in it, and nobody is named by it."""
    end = f"\n\n{signed(mark)}"
    text = plain(body, most=TEXT_LENGTH - len(end)).strip()
    return cut(_NAMED.sub("@\u200b", _CODE.sub("[\u200b", text)), TEXT_LENGTH - len(end)) + end


def signed(mark: str) -> str:
    """How a mark stands in a comment."""
    return f"(hubposture {mark})"


def marks_of(text: str) -> tuple[str, ...]:
    """The marks of comments that a record's text keeps, the oldest first."""
    found = _MARKS.search(text)
    return tuple(found[1].split()) if found else ()


def with_marks(text: str, marks: tuple[str, ...], *, most: int) -> str:
    """A text with the marks of comments at its end, and without those that it had; the text is cut to make room."""
    bare = _MARKS.sub("", text)
    if not marks:
        return bare
    end = f"\n\n[comments: {' '.join(marks[-_MOST_MARKS:])}]"
    return cut(bare.rstrip(), most - len(end)) + end


def cut(text: str, most: int) -> str:
    """The text, or as much of it as fits with three dots at its end; lengths are UTF-16 code units."""
    if units(text) <= most:
        return text
    dots = "..."[: max(0, most)]
    while text and units(text) > most - len(dots):
        text = text[: -max(1, (units(text) - most + len(dots)) // 2)]
    return text + dots


def _due(draft: Draft, definition: FieldDefinition | None) -> str:
    """The due day, or its last second in UTC."""
    if draft.due is None:
        return ""
    is_day = definition is not None and definition.type in _DAYS
    return f"{draft.due}" if is_day else f"{draft.due} {_LAST_SECOND}"
