"""Refuses hostile, damaged and foreign files from their bytes, in bounded time and memory, before a parser sees them."""

import hashlib
from dataclasses import dataclass, replace

from hubposture.workbook.complaint import complaint
from hubposture.workbook.container import Container, open_container
from hubposture.workbook.limits import DEFAULT_LIMITS, Limits
from hubposture.workbook.package import Package, open_package
from hubposture.workbook.parsing import parse_part
from hubposture.workbook.scan import SheetScan, scan_sheet

_ASK = "do not open it before you know who made it; ask for a copy saved by a spreadsheet program"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A workbook that may be parsed. `digest` is `sha256:...` of its bytes; `scans` follow `package.sheets`."""

    container: Container
    package: Package
    scans: tuple[SheetScan, ...]
    digest: str

    @property
    def name(self) -> str:
        """The file name shown in errors."""
        return self.container.name


def guard(data: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Guarded:
    """Check a workbook's bytes; links to other files are ignored, never followed.

    Raises InputErrors with the file, what is wrong, why and what to do: no .xlsx, protected with a password, macros,
    zip bombs, entities, values far from the rest, more cells or text than `limits` allow, missing or doubled parts.
    """
    container = open_container(data, name=name, limits=limits)
    package = open_package(container, limits=limits)
    _check_strings(container, package, limits=limits)
    scans = _scan_sheets(container, package, limits=limits)
    _refuse_declarations(container, package)
    return Guarded(container, package, tuple(scans), digest_of(data))


def digest_of(data: bytes) -> str:
    """The digest by which a workbook is known to be unchanged."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _check_strings(container: Container, package: Package, *, limits: Limits) -> None:
    """Bound the number of shared strings (the size of each is bounded while parsing)."""
    relation = package.related("sharedStrings")
    if relation is None:
        return
    items = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal items
        if name.endswith(" si"):
            items += 1
            if items > limits.shared_strings:
                what = f"holds more than {limits.shared_strings} different texts"
                raise complaint(container.name, what, hint="move sheets that are not the matrix to another file")

    parse_part(container, relation.target, start=start, limits=limits)


def _scan_sheets(container: Container, package: Package, *, limits: Limits) -> tuple[SheetScan, ...]:
    scans: list[SheetScan] = []
    for sheet in package.sheets:
        xml = container.read(sheet.path)
        left = replace(limits, cells=limits.cells - sum(scan.cells for scan in scans))
        computed = not package.recalculates
        scans.append(scan_sheet(xml, where=f"{container.name}!{sheet.name}", computed=computed, limits=left))
    return tuple(scans)


def _refuse_declarations(container: Container, package: Package) -> None:
    """Look for document types also in the parts that nobody here parses, but the user's program will."""
    parsed = {package.workbook_path, *(sheet.path for sheet in package.sheets)}
    for path in container.entries:
        if path not in parsed and path.lower().endswith((".xml", ".rels", ".vml")):
            text = container.read(path)
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                what = "declares a document type or entities, which no spreadsheet program writes"
                raise complaint(f"{container.name} ({path})", what, hint=_ASK)
