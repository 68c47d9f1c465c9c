"""Waivers as text: new files, and edits of files that people keep, with their comments and their order.

Every edit is read back; one that would change anything else is refused and must be made by hand.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from hubposture.errors import InputError, InputErrors, Problem
from hubposture.model.controls import ControlId
from hubposture.texts.fields import Report
from hubposture.texts.yaml_edit import Edit, add_entry, add_item, apply, set_value
from hubposture.texts.yaml_nodes import Entries, Items, Node, Scalar, read_yaml
from hubposture.texts.yaml_text import comment, flow_list, flow_mapping, quoted, scalar
from hubposture.waivers.read_waiver import read_waiver
from hubposture.waivers.waiver import Approval, Revocation, Waiver

_BOM = b"\xef\xbb\xbf"
_WIDTH = 110
"""How long a line may get before a list is written with an item a line."""


def to_yaml(waiver: Waiver, *, head: Sequence[str] = (), shown: Callable[[ControlId], str] = str) -> str:
    """The text of a new file of one waiver; `head` are lines of a comment above it.

    `shown` gives control ids as AWS writes them. Reading the text gives the same waiver.
    """
    return "".join(f"{line}\n" for line in chain(map(comment, head), _lines(waiver, shown)))


def _lines(waiver: Waiver, shown: Callable[[ControlId], str]) -> Iterable[str]:
    criteria = waiver.criteria
    yield f"id: {scalar(waiver.id)}"
    yield f"controls: {flow_list(shown(control) for control in criteria.controls)}"
    yield from _list("resources", criteria.resources)
    yield from _list("accounts", criteria.accounts)
    yield from _list("ous", criteria.ous)
    yield from _list("regions", criteria.regions)
    if criteria.tags:
        yield f"tags: {flow_mapping((scalar(name), value) for name, value in criteria.tags)}"
    yield f"type: {waiver.type.value}"
    yield f"reason: {quoted(waiver.reason)}"
    if waiver.compensating:
        yield f"compensating: {quoted(waiver.compensating)}"
    yield f"owner: {scalar(waiver.owner)}"
    if waiver.risk_owner:
        yield f"risk_owner: {scalar(waiver.risk_owner)}"
    yield f"requested_by: {scalar(waiver.requested_by)}"
    yield f"valid_from: {waiver.valid_from}"
    yield f"expires: {waiver.expires}"
    yield f"covers_new: {waiver.covers_new}"
    yield f"effect: {waiver.effect.value}"
    if waiver.approvals:
        yield "approvals:"
        yield from (f"  - {_approval(approval)}" for approval in waiver.approvals)
    if waiver.revoked is not None:
        yield f"revoked: {_revocation(waiver.revoked)}"


def _list(key: str, items: Sequence[str]) -> Iterable[str]:
    line = f"{key}: {flow_list(items)}"
    if items and len(line) <= _WIDTH:
        yield line
    elif items:
        yield f"{key}:"
        yield from (f"  - {scalar(item)}" for item in items)


def _approval(approval: Approval) -> str:
    return flow_mapping(
        (name, value)
        for name, value in (
            ("system", approval.system.value),
            ("number", approval.number),
            ("by", approval.by),
            ("on", approval.on.isoformat()),
            ("until", approval.until.isoformat()),
            ("digest", approval.digest),
            ("subjects", approval.subjects),
        )
        if value
    )


def _revocation(revoked: Revocation) -> str:
    return flow_mapping((("on", revoked.on.isoformat()), ("by", revoked.by), ("reason", revoked.reason)))


def with_approval(raw: bytes, waiver: str, approval: Approval) -> bytes:
    """A file with one more approval of a waiver, behind its others; the same bytes where it is there already.

    Raises InputError where the waiver is not in the file, is not readable, or stands there in a way that must be edited
    by hand; the same holds for all that follow.
    """
    found = _find(raw, waiver)
    if any(_same(one) == _same(approval) for one in found.waiver.approvals):
        return raw
    value = _approval(approval)
    node = found.value("approvals")
    if node is None:
        edit = add_entry(found.text, found.node, "approvals", f"[{value}]" if found.node.is_flow else f"\n  - {value}")
    elif isinstance(node, Items):
        edit = add_item(found.text, node, value)
    else:
        edit = set_value(found.text, node, f"[{value}]")
    return found.edited([edit], replace(found.waiver, approvals=(*found.waiver.approvals, approval)))


def with_expires(raw: bytes, waiver: str, expires: dt.date) -> bytes:
    """A file with another last day of a waiver.

    Approvals that name no end of their own get the one that they had: they were given for it.
    """
    found = _find(raw, waiver)
    if found.waiver.expires == expires:
        return raw
    node = found.value("expires")
    if node is None:
        raise InputError(f"{waiver} has no expires")
    edits = [set_value(found.text, node, _like(node, expires.isoformat())), *_ends_named(found)]
    return found.edited(edits, replace(found.waiver, expires=expires))


def _ends_named(found: "_Found") -> Iterable[Edit]:
    """Edits after which every approval names its own end."""
    until = found.waiver.expires.isoformat()
    entries = found.value("approvals")
    for entry in entries.items if isinstance(entries, Items) else ():
        if isinstance(entry, Entries):
            node = _value(entry, "until")
            if node is None:
                yield add_entry(found.text, entry, "until", until)
            elif isinstance(node, Scalar) and node.is_nothing:
                yield set_value(found.text, node, until)


def with_revocation(raw: bytes, waiver: str, revoked: Revocation) -> bytes:
    """A file in which a waiver is revoked, in the place of an earlier revocation."""
    found = _find(raw, waiver)
    if found.waiver.revoked == revoked:
        return raw
    node = found.value("revoked")
    value = _revocation(revoked)
    edit = set_value(found.text, node, value) if node else add_entry(found.text, found.node, "revoked", value)
    return found.edited([edit], replace(found.waiver, revoked=revoked))


@dataclass(frozen=True, slots=True)
class _Found:
    """A waiver in its file, with its node and all waivers of the file."""

    raw: bytes
    text: str
    node: Entries
    waiver: Waiver
    others: tuple[Waiver, ...]

    def value(self, key: str) -> Node | None:
        return _value(self.node, key)

    def edited(self, edits: Iterable[Edit], wanted: Waiver) -> bytes:
        """The file after edits. Raises InputError if reading it gives anything else than was wanted."""
        new = apply(self.text, edits).encode()
        made = (_BOM if self.raw.startswith(_BOM) else b"") + new
        expected = tuple(_placeless(wanted if one is self.waiver else one) for one in self.others)
        if tuple(_placeless(one) for _, one in _waivers(made, Report(""))) != expected:
            raise InputError(
                f"{self.waiver.id} (line {self.node.line}) is written in a way that must be edited by hand"
            )
        return made


def _find(raw: bytes, waiver: str) -> _Found:
    report = Report(waiver)
    all_ = _waivers(raw, report)
    named = [(node, one) for node, one in all_ if one.id == waiver]
    if not named:
        problems = report.problems or (Problem(waiver, "is not in the file"),)
        raise InputErrors(problems)
    node, found = named[0]
    return _Found(raw, raw.decode("utf-8-sig"), node, found, tuple(one for _, one in all_))


def _waivers(raw: bytes, report: Report) -> list[tuple[Entries, Waiver]]:
    found = []
    for node in read_yaml(raw, report.file):
        if isinstance(node, Problem):
            report.put(node)
        elif (waiver := read_waiver(node, report)) is not None and isinstance(node, Entries):
            found.append((node, waiver))
    return found


def _value(node: Entries, key: str) -> Node | None:
    return next((value for name, value in node.pairs if name.text == key), None)


def _like(node: Node, text: str) -> str:
    """A text in the quotes of the one that it replaces."""
    quote = node.style if isinstance(node, Scalar) and node.style in ("'", '"') else ""
    return f"{quote}{text}{quote}"


def _same(approval: Approval) -> Approval:
    return replace(approval, source="")


def _placeless(waiver: Waiver) -> Waiver:
    approvals = tuple(_same(one) for one in waiver.approvals)
    return replace(waiver, approvals=approvals, file="", source="")
