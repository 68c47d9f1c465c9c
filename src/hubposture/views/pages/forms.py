"""Forms as data: what is asked, what was answered, and what is wrong with the answer, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Ask(StrEnum):
    """How a field asks."""

    TEXT = "text"
    LINES = "lines"  # several lines of text
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"  # one of a list
    CHIPS = "chips"  # one of few, all in sight
    CHECK = "check"  # yes or no; the value is "yes" or ""
    HIDDEN = "hidden"
    SECRET = "secret"  # noqa: S105 (a kind of field)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice; `value` is what is sent."""

    value: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `hint` says what fits, `problem` what is wrong with `value`; '' where there is nothing to say."""

    name: str
    label: str
    ask: Ask = Ask.TEXT
    value: str = ""
    options: Sequence[Option] = ()
    hint: str = ""
    problem: str = ""
    is_required: bool = False
    longest: int = 4_000


@dataclass(frozen=True, slots=True)
class Button:
    """One way to send a form: under `name` its `value` is sent along. `is_grave` where it cannot be undone at once."""

    text: str
    name: str = ""
    value: str = ""
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is sent to `where`, a path of ours; `label` names it for those who hear it.

    `is_question` sends by GET: it changes nothing and its answer can be linked to. Everything else is sent by POST, with the
    token of the session, which the template adds. `problems` are those of no single field.
    """

    label: str
    where: str
    fields: Sequence[Field]
    buttons: Sequence[Button] = field(default_factory=lambda: (Button("Send"),))
    problems: Sequence[str] = ()
    is_question: bool = False
