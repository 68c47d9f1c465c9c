"""The files of a new baseline but its workbook, from templates that ship with the package."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from hubposture.baseline.attributes import attributes, ignored

_WORKBOOK = "controls.xlsx"


def skeleton(values: Mapping[str, str]) -> dict[str, bytes]:
    """Path -> contents, sorted by path.

    `values` are instance, organization, administrator, home_region and global_controls; a template that names
    another is a KeyError, which is a defect of the package.
    """
    root = files("hubposture.baseline").joinpath("templates")
    found = {path: Template(text).substitute(values) for path, text in _texts(root, "")}
    found[".gitattributes"] = attributes("", workbook=_WORKBOOK)
    found[".gitignore"] = ignored("")
    return {path: found[path].encode() for path in sorted(found)}


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found = []
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            found += _texts(entry, f"{path}/")
        else:
            found.append((path, entry.read_text(encoding="utf-8")))
    return found
