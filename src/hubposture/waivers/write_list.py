"""New waivers in a baseline that keeps all of them in one list."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from hubposture.errors import InputError
from hubposture.model.controls import ControlId
from hubposture.texts.yaml_edit import newline
from hubposture.texts.yaml_nodes import list_of
from hubposture.texts.yaml_text import comment
from hubposture.waivers.read import ReadWaivers, read_waivers
from hubposture.waivers.waiver import Waiver
from hubposture.waivers.write import to_yaml

_BY_HAND = "the file of waivers is no list that can be added to: it needs a line with `- ` before each waiver"
_FILE = "waivers.yaml"


def with_waivers(
    raw: bytes, waivers: Sequence[Waiver], *, head: Sequence[str] = (), shown: Callable[[ControlId], str] = str
) -> bytes:
    """A list with waivers added behind its others, `head` as a comment above the first; b"" becomes a list.

    What stood there stays byte for byte. `shown` gives control ids as AWS writes them. Raises InputError where the file
    is no list, one in brackets that is not empty, or holds one of the ids already.
    """
    if not waivers:
        return raw
    raw = raw or b"[]\n"
    root = list_of(raw)
    if root is None or (root.is_flow and root.end == root.start):
        raise InputError(_BY_HAND)
    text = raw.decode("utf-8-sig")
    end = newline(text)
    indent = " " * (0 if root.is_flow else root.column - 1)
    added = [f"{indent}{comment(line)}{end}" for line in head]
    for waiver in waivers:
        first, *rest = to_yaml(waiver, shown=shown).removesuffix("\n").split("\n")
        added += [f"{indent}- {first}{end}", *(f"{indent}  {line}{end}" for line in rest)]
    before, after = (text[: root.start], text[root.end :].lstrip()) if root.is_flow else (text, "")
    before += end if before and not before.endswith("\n") else ""
    made = ("\ufeff" if raw.startswith(b"\xef\xbb\xbf") else "") + before + "".join(added) + after
    return _checked(raw, made.encode(), waivers)


def _checked(raw: bytes, made: bytes, waivers: Sequence[Waiver]) -> bytes:
    """What was made, if reading it gives the old waivers and the new ones. Raises InputError."""
    old, new = read_waivers({_FILE: raw}), read_waivers({_FILE: made})
    ids = {waiver.id.casefold(): waiver.id for waiver in old.waivers}
    if known := [ids[one] for waiver in waivers if (one := waiver.id.casefold()) in ids]:
        raise InputError(f"the file of waivers has {known[0]} already; choose another id")
    wanted = [_placeless(one) for one in (*old.waivers, *waivers)]
    if [_placeless(one) for one in new.waivers] != wanted or _whats(new) != _whats(old):
        raise InputError(_BY_HAND)
    return made


def _whats(found: ReadWaivers) -> list[str]:
    return sorted(problem.what for problem in found.problems)


def _placeless(waiver: Waiver) -> Waiver:
    approvals = tuple(replace(one, source="") for one in waiver.approvals)
    return replace(waiver, approvals=approvals, file="", source="")
