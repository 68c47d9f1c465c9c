"""The form by which a change of a control is proposed, with its plan below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.model.controls import Disposition
from hubposture.views import control_plan
from hubposture.views.control_plan import ControlPlan
from hubposture.views.document import Cell, Heading, Tone
from hubposture.views.pages import links
from hubposture.views.pages.blocks import as_parts
from hubposture.views.pages.forms import Ask, Button, Field, Form, Option
from hubposture.views.pages.parts import Banner, Link, Page, Part

_NOTES = {
    Disposition.ENFORCE: "on, an obligation",
    Disposition.MONITOR: "on, shown only",
    Disposition.SIEM: "off, a rule elsewhere finds it",
    Disposition.COMPENSATED: "off, another measure covers it",
    Disposition.NOT_APPLICABLE: "off",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope that there is: its name, what it names, and the disposition that its row of the control has ('' without one)."""

    name: str
    says: str
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it is filled: values and problems by field, problems of none, and what can be chosen.

    `new` is the value that stands for a new scope. `approval_from` is the severity from which switching off needs an approval.
    """

    control: str
    title: str
    severity: str
    values: Mapping[str, str]
    scopes: Sequence[Scope]
    new: str
    approval_from: str
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    general: Sequence[str] = ()


def page(filled: Filled, plan: ControlPlan | None = None) -> Page:
    """The form, and above it the plan of what it says once that is asked for and nothing is wrong."""
    here = links.control(filled.control)
    lead: list[Cell] = [
        f"{filled.severity} by AWS. A proposal is a commit on a branch of its own: it switches nothing.",
        f"Switching off from {filled.approval_from} on needs who approved it, a reference and an end.",
    ]
    parts: list[Part] = [Banner(list(filled.general), Tone.BAD)] if filled.general and plan is not None else []
    if plan is not None:
        made = control_plan.document(plan)
        parts += [Heading(made.title), *as_parts(made.blocks), _confirmed(filled), Heading("Change what is asked for")]
    if plan is not None:
        parts.append(_form(filled, "Show the plan again", ()))
    else:
        parts.append(_form(filled, "Show the plan", filled.general))
    trail = (Link("Controls", "/controls"), Link(filled.control, here))
    name = f"Propose a change of {filled.control}" + (f": {filled.title}" if filled.title else "")
    return Page(name, parts, place="/controls", trail=trail, lead=lead)


def _confirmed(filled: Filled) -> Form:
    """What the plan was made of, to be sent as it is."""
    fields = [Field(name, name, Ask.HIDDEN, value) for name, value in filled.values.items()]
    where = f"{links.control(filled.control)}/propose"
    return Form(f"Propose the change of {filled.control}", where, fields, [Button("Propose", "action", "propose")])


def _form(filled: Filled, button: str, problems: Sequence[str]) -> Form:
    return Form(
        f"A change of {filled.control}",
        f"{links.control(filled.control)}/propose",
        list(_fields(filled)),
        [Button(button, "action", "plan")],
        problems=problems,
    )


def _fields(filled: Filled) -> Iterator[Field]:
    def made(name: str, label: str, ask: Ask = Ask.TEXT, **more: object) -> Field:
        problem = "; ".join(dict.fromkeys(filled.problems.get(name, ())))
        return Field(name, label, ask, filled.values.get(name, ""), problem=problem, **more)  # type: ignore[arg-type]

    yield made(
        "scope",
        "Where",
        Ask.CHOICE,
        options=list(_scopes(filled)),
        hint="A row of its own for each scope; narrower rows win.",
    )
    yield made(
        "scope_ous",
        "OUs of a new scope",
        Ask.LINES,
        hint="Paths such as /Sandbox, one a line; everything below counts.",
    )
    yield made(
        "scope_accounts",
        "Accounts of a new scope",
        Ask.LINES,
        hint="Ids, aliases or names, one a line, instead of OUs.",
    )
    yield made("scope_name", "Name of a new scope", hint="Empty: after what it names.", longest=100)
    yield made(
        "disposition", "Disposition", Ask.CHIPS, is_required=True,
        options=[Option(one.value, one.value, note) for one, note in _NOTES.items()],
    )  # fmt: skip
    yield made("reason", "Reason", Ask.LINES, hint="Why, for auditors and for who reviews it.")
    yield made("evidence", "Evidence", hint="Where the other measure can be seen, for compensated and siem.")
    yield made("approved_by", "Approved by")
    yield made("reference", "Reference", hint="The approval's number in its system.")
    yield made("expires", "Expires", Ask.DATE, hint="The last day on which it may be off.")
    yield made("enforce_from", "Enforce from", Ask.DATE, hint="The first day of obligations; empty: at once.")
    yield made("parameters", "Parameters", Ask.LINES, hint="name=value, one a line; name=default goes back to AWS's.")
    yield made(
        "fresh", "Ask Security Hub now for what is on", Ask.CHECK,
        hint="Else the last sync is taken. In a large organization asking takes minutes.",
    )  # fmt: skip
    for name in ("filled_from", "digest"):
        yield made(name, name, Ask.HIDDEN)


def _scopes(filled: Filled) -> Iterator[Option]:
    for one in filled.scopes:
        has = f"; its row says {one.disposition}" if one.disposition else "; no row yet"
        says = f" ({one.says}{has})" if one.says else f" ({has[2:]})"
        yield Option(one.name, f"{one.name or 'The whole organization'}{says}")
    yield Option(filled.new, "A new scope: the OUs or accounts below")
