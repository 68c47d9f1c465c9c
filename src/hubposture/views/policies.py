"""Changes of central configuration for a reader: which policy, where, what it changes, and what became of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.controls.central.edits import PolicyKind, content_of, policy_named
from hubposture.controls.central.fit import differences
from hubposture.controls.central.types import Content, ListForm, Profile
from hubposture.model.controls import ControlId, Standard
from hubposture.model.targets import Target
from hubposture.reconcile.change import Edit, Value
from hubposture.reconcile.plan import Plan
from hubposture.views.document import Block, Cell, Heading, Lines, Text, Tone, counted

HEADINGS = ("Action", "Policy", "Where", "What", "Cells moved", "Row")
_KINDS = frozenset(str(kind) for kind in PolicyKind)
_FEW = 6

Shown = Callable[[str], str]
"""From the id of an OU, the root or an account to what people call it, or of a control to AWS's casing."""


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What policies change of one control in the targets that were read: `on`, `off` or `parameters`."""

    control: ControlId
    change: str
    targets: Sequence[Target]
    source: str


def is_policy(edit: Edit) -> bool:
    """Whether an edit is one of central configuration."""
    return edit.kind in _KINDS


def policy_rows(plan: Plan, *, node: Shown, control: Shown, short: Shown) -> list[list[Cell]]:
    """A row for each change of a policy or an association, in the order in which they are made."""
    edits = {edit.order: edit for edits, _ in plan.bundles for edit in edits if is_policy(edit)}
    return [_row(edits[order], node, control, short) for order in sorted(edits)]


def _row(edit: Edit, node: Shown, control: Shown, short: Shown) -> list[Cell]:
    action = edit.kind.removeprefix("policy-")
    moved = f"{edit.weight:,}" if edit.weight else ""
    if edit.kind in (PolicyKind.ASSOCIATE, PolicyKind.DISASSOCIATE):
        policy, where = _policy(edit), node(edit.key[1])
        says = edit.reason if edit.current == edit.desired or not edit.weight else f"now {_association(edit.current)}"
    else:
        policy, where, says = edit.key[0], "", f"{_says(edit, control)}; {edit.reason}"
    tone = Tone.WARN if edit.because else Tone.STRONG
    return [Text(action, tone), policy, where, short(says), moved, short(edit.source)]


def _policy(edit: Edit) -> str:
    return policy_named(edit.desired) or ("self-managed" if edit.desired == ("self-managed",) else "(inherits)")


def _association(value: Value) -> str:
    failed = ", failed" if isinstance(value, tuple) and value[-1:] == ("FAILED",) else ""
    name = policy_named(value)
    if name is not None:
        return name + failed
    return ("self-managed" if value in (("self-managed",), ("self-managed", "FAILED")) else "none of its own") + failed


def _says(edit: Edit, control: Shown) -> str:
    """A new policy in short; of one that changes, what changes."""
    if edit.desired is None:
        return "goes"
    after = content_of(edit.desired)
    before = content_of(edit.current) if edit.current is not None else None
    if not isinstance(after, Profile):
        return "Security Hub off"
    if not isinstance(before, Profile):
        return _summary(after)
    told = [_change(one, before, after, control) for one in differences(before, after)]
    more = f" and {len(told) - _FEW} more" if len(told) > _FEW else ""
    form = "" if before.form is after.form else f"lists what is {after.form} from now on; "
    return form + ", ".join(told[:_FEW]) + more


def _summary(profile: Profile) -> str:
    standards = ", ".join(one.key for one in sorted(profile.standards)) or "no standard"
    number = len(profile.controls)
    listed = (
        f"{counted(number, 'control')} on"
        if profile.form is ListForm.ENABLED
        else f"all controls on but {number:,}"
        if number
        else "all controls on"
    )
    tuned = f", parameters of {counted(len(profile.parameters), 'control')}" if profile.parameters else ""
    return f"{standards}; {listed}{tuned}"


def _change(one: ControlId | Standard, before: Profile, after: Profile, control: Shown) -> str:
    if isinstance(one, Standard):
        return f"{one.key} {'on' if one in after.standards else 'off'}"
    was, now = (_is_on(one, content) for content in (before, after))
    return f"{control(one)} {'on' if now else 'off'}" if was != now else f"{control(one)} parameters"


def _is_on(one: ControlId, profile: Profile) -> bool:
    return (one in profile.controls) is (profile.form is ListForm.ENABLED)


def content_says(content: Content | None, control: ControlId) -> str:
    """What a policy says of one control: `on`, `off`, or that nobody knows."""
    if content is None:
        return "nothing that can be read"
    if not isinstance(content, Profile):
        return "off, with Security Hub"
    return "on" if _is_on(control, content) else "off"


def checked_blocks(
    confirmed: int, differing: Mapping[str, str], unmeasured: Mapping[str, str], *, most: int = 20
) -> Iterator[Block]:
    """What was seen in targets after their policy changed; SUCCESS alone proves nothing there."""
    yield Heading("Seen in the accounts")
    summary = f"{counted(confirmed, 'target')} looked into and as the policy says"
    lines: list[Cell] = [f"{summary}, {len(differing):,} not confirmed, {len(unmeasured):,} not measured"]
    lines += _capped([Text(f"not confirmed: {place}: {why}", Tone.BAD) for place, why in differing.items()], most)
    lines += _capped([Text(f"not measured: {place}: {why}", Tone.DIM) for place, why in unmeasured.items()], most)
    yield Lines(lines)


def checked_data(
    confirmed: Sequence[str], differing: Mapping[str, str], unmeasured: Mapping[str, str]
) -> dict[str, Any]:
    """The same as data, with nothing left out."""
    return {"confirmed": list(confirmed), "not_confirmed": dict(differing), "not_measured": dict(unmeasured)}


def _capped(lines: list[Cell], most: int) -> list[Cell]:
    left = len(lines) - most
    return [*lines[:most], *([f"and {left:,} more"] if left > 0 else [])]
