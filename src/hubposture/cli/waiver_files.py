"""New waivers in the baseline's files: one file each in the directory of waivers, or all in the one list."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import PurePosixPath

from hubposture.model.controls import ControlId
from hubposture.ports.repository import FileMissing
from hubposture.verbs.waiver_book import set_name
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SubjectSet, Waiver
from hubposture.waivers.write import to_yaml
from hubposture.waivers.write_list import with_waivers
from hubposture.wiring import Workplace, packaged_catalog, waiver_path

_Shown = Callable[[ControlId], str]


def new_files(
    at: Workplace,
    waivers: Sequence[Waiver],
    *,
    heads: Mapping[str, Sequence[str]],
    sets: Mapping[str, SubjectSet] | None = None,
) -> dict[str, bytes]:
    """What is to be written for new waivers, by path: their own files, or the list with them added; and their sets.

    `heads` are lines of a comment above a waiver, `sets` approved sets, both by id. Raises InputError where the list
    cannot be added to, or holds one of the ids already.
    """
    shown = packaged_catalog().shown
    if is_list(at):
        files = {at.settings.files.waivers: _listed(at, waivers, heads, shown)} if waivers else {}
    else:
        files = {
            waiver_path(at, f"{one.id}.yaml"): to_yaml(one, head=heads.get(one.id, ()), shown=shown).encode()
            for one in waivers
        }
    return files | {waiver_path(at, set_name(id_)): to_text(found).encode() for id_, found in (sets or {}).items()}


def put_new(at: Workplace, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Write what `new_files` gives; gives the paths that changed. Raises WouldOverwrite for a file of another waiver."""
    if not is_list(at):
        return at.repository.create(files)
    name = at.settings.files.waivers
    sets = at.repository.create({path: raw for path, raw in files.items() if path != name})
    return tuple(sorted({*sets, *at.repository.write({path: raw for path, raw in files.items() if path == name})}))


def is_list(at: Workplace) -> bool:
    """Whether the waivers of a baseline are one file with a list."""
    return PurePosixPath(at.settings.files.waivers).suffix in (".yaml", ".yml")


def _listed(at: Workplace, waivers: Sequence[Waiver], heads: Mapping[str, Sequence[str]], shown: _Shown) -> bytes:
    """The list with waivers behind its others; those that share a comment stand under it together."""
    try:
        raw = at.repository.read(at.settings.files.waivers)
    except FileMissing:
        raw = b""
    for head, some in groupby(waivers, key=lambda one: tuple(heads.get(one.id, ()))):
        raw = with_waivers(raw, list(some), head=head, shown=shown)
    return raw
