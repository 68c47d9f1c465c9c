"""Whether the ground of an edit still holds in a target, and whether the edit was achieved."""

from collections.abc import Sequence

from hubposture.controls.edits import OFF, ON, Kind
from hubposture.controls.state import TargetState, Universe
from hubposture.model.controls import ControlId, Standard
from hubposture.reconcile.change import Edit, Value


def standing(edit: Edit, state: TargetState, universe: Universe) -> Value:
    """What the target holds now where the edit wants something, in the edit's own terms; None where there is nothing."""
    match edit.kind:
        case Kind.STANDARD:
            return ON if edit.key[0] in {one.key for one in state.standards | state.settling} else OFF
        case Kind.ASSOCIATION:
            return _association(edit, state, universe)
        case Kind.PARAMETERS:
            return dict(state.parameters).get(ControlId(edit.key[0]), ())
    raise ValueError(f"{edit.kind} is no edit of a target's controls")


def _association(edit: Edit, state: TargetState, universe: Universe) -> Value:
    standard = by_key(universe, edit.key[0])
    bit = universe.index.get((standard, ControlId(edit.key[1]))) if standard is not None else None
    if standard is None or bit is None or not state.known >> bit & 1:
        return None
    if standard not in state.standards | state.settling:
        return None
    return ON if state.enabled >> bit & 1 else OFF


def by_key(universe: Universe, key: str) -> Standard | None:
    """The standard of a key (`cis-5.0.0`) in the universe, or None."""
    return next((standard for standard in universe.of_standard if standard.key == key), None)


def moved(edits: Sequence[Edit], state: TargetState, universe: Universe) -> dict[Edit, str]:
    """The edits whose precondition fails, and why: what is there now is neither what was planned from nor wanted.

    Associations of a standard that these edits enable are not checked: they begin to exist with it. Neither are those
    that a standard which is still being enabled does not show yet.
    """
    coming = {edit.key[0] for edit in edits if edit.kind == Kind.STANDARD and edit.desired == ON}
    settling = {standard.key for standard in state.settling}
    found: dict[Edit, str] = {}
    for edit in edits:
        if edit.kind == Kind.ASSOCIATION and edit.key[0] in coming:
            continue
        now = standing(edit, state, universe)
        if now is None and edit.kind == Kind.ASSOCIATION and edit.key[0] in settling:
            continue
        if now not in (edit.current, edit.desired):
            found[edit] = f"the ground has moved: planned from {shown(edit.current)}, now {shown(now)}"
    return found


def achieved(edit: Edit, state: TargetState, universe: Universe) -> bool:
    """Whether the target now holds what the edit wants."""
    return standing(edit, state, universe) == edit.desired


def shown(value: Value) -> str:
    """A value for people: parameters as `name=value`, nothing as `absent`."""
    if value is None:
        return "absent"
    if isinstance(value, tuple):
        return ", ".join(_pair(item) for item in value) or "defaults"
    return str(value)


def _pair(item: Value) -> str:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):  # noqa: PLR2004 (name and value)
        name, value = item
        text = ",".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
        return f"{name}={text}"
    return str(item)
