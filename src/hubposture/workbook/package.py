"""Which parts of the zip file are the workbook, its sheets and their tables, followed by relationships, not by name."""

import posixpath
from dataclasses import dataclass
from typing import Final

from hubposture.workbook.complaint import complaint
from hubposture.workbook.container import Container
from hubposture.workbook.limits import Limits
from hubposture.workbook.names import MAIN_NAMESPACES, OFFICE_RELATIONS, PACKAGE_RELATIONS
from hubposture.workbook.parsing import parse_part

_SAVE_AS = "open it in the spreadsheet program and save it as Excel workbook (.xlsx)"
_NO_MACROS = "save it as Excel workbook (.xlsx), which leaves the macros out"
_MACRO_PARTS: Final = ("vbaproject.bin", "/macrosheets/", "/intlmacrosheets/")


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship of a part: `kind` is the last word of its type, such as `worksheet`; `target` a part's path."""

    identity: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name on the tab, the path of its part and the id that the calculation chain uses."""

    name: str
    path: str
    sheet_id: str


@dataclass(frozen=True, slots=True)
class Package:
    """A workbook's parts, in the order of its tabs; `recalculates` is set when no program has computed it yet.

    `since_1904` is set when its dates count from 1904 on, as old Macintosh programs did.
    """

    workbook_path: str
    relations: tuple[Relation, ...]
    sheets: tuple[SheetPart, ...]
    recalculates: bool
    since_1904: bool

    def sheet(self, name: str) -> SheetPart | None:
        """The worksheet of that name, whatever its case, or None."""
        return next((sheet for sheet in self.sheets if sheet.name.casefold() == name.casefold()), None)

    def related(self, kind: str) -> Relation | None:
        """The first part of that kind beside the workbook, such as `sharedStrings`, or None."""
        return next((relation for relation in self.relations if relation.kind == kind), None)


def open_package(container: Container, *, limits: Limits) -> Package:
    """The workbook in a zip file.

    Raises InputErrors for another kind of document, for macros, and for parts that are missing or malformed.
    """
    _refuse_other_documents(container)
    roots = read_relations(container, "", limits=limits)
    root = next((relation for relation in roots if relation.kind == "officeDocument"), None)
    if root is None:
        raise complaint(container.name, "is not a workbook: nothing in it is named as the document", hint=_SAVE_AS)
    relations = read_relations(container, root.target, limits=limits)
    sheets, flags = _read_workbook(container, root.target, limits=limits)
    if len(sheets) > limits.sheets:
        raise complaint(container.name, f"has {len(sheets)} sheets, more than {limits.sheets}", hint="delete some")
    targets = {relation.identity: relation for relation in relations}
    parts = tuple(_sheet_parts(container.name, sheets, targets=targets))
    return Package(root.target, relations, parts, "fullCalcOnLoad" in flags, "date1904" in flags)


def _refuse_other_documents(container: Container) -> None:
    names = {path.lower() for path in container.entries}
    if any(name.endswith(_MACRO_PARTS[0]) or any(part in name for part in _MACRO_PARTS[1:]) for name in names):
        what = "contains macros; a baseline carries no program that runs when a reviewer opens it"
        raise complaint(container.name, what, hint=_NO_MACROS)
    if "xl/workbook.bin" in names:
        raise complaint(container.name, "is a binary workbook (.xlsb)", hint=_SAVE_AS)
    if "content.xml" in names or "mimetype" in names:
        raise complaint(container.name, "is an OpenDocument file", hint=_SAVE_AS)
    if "[content_types].xml" not in names or "_rels/.rels" not in names:
        raise complaint(container.name, "is a zip file, but not an Office document", hint=_SAVE_AS)


def relations_path(part: str) -> str:
    """Where the relationships of a part stand; '' is the file itself."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def read_relations(container: Container, part: str, *, limits: Limits) -> tuple[Relation, ...]:
    """The relationships of a part within the file; links to the outside are left out. Empty when it has none."""
    path = relations_path(part)
    if path not in container.entries:
        return ()
    found: list[Relation] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == f"{PACKAGE_RELATIONS} Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = attributes.get("Target", "")
            folder = posixpath.dirname(part)
            resolved = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found.append(Relation(attributes.get("Id", ""), kind, resolved))

    parse_part(container, path, start=start, limits=limits)
    return tuple(found)


def _read_workbook(container: Container, path: str, *, limits: Limits) -> tuple[list[tuple[str, str, str]], set[str]]:
    """(tab name, relationship id, sheet id) of every sheet, and which of the flags that matter here are set."""
    sheets: list[tuple[str, str, str]] = []
    flags: set[str] = set()
    main = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal main
        main = main or name.rpartition(" ")[0]
        if name == f"{main} sheet":
            identity = next(
                (attributes[f"{space} id"] for space in OFFICE_RELATIONS if f"{space} id" in attributes), ""
            )
            sheets.append((attributes.get("name", ""), identity, attributes.get("sheetId", "")))
        elif name in (f"{main} calcPr", f"{main} workbookPr"):
            wanted = ("fullCalcOnLoad", "date1904")
            flags.update(flag for flag in wanted if attributes.get(flag, "0") in ("1", "true"))

    parse_part(container, path, start=start, limits=limits)
    if main not in MAIN_NAMESPACES:
        raise complaint(container.name, "is an Office document, but not a spreadsheet", hint=_SAVE_AS)
    return sheets, flags


def _sheet_parts(name: str, sheets: list[tuple[str, str, str]], *, targets: dict[str, Relation]) -> list[SheetPart]:
    parts: list[SheetPart] = []
    seen: set[str] = set()
    for tab, identity, sheet_id in sheets:
        if tab.casefold() in seen:
            raise complaint(name, f"has two sheets named {tab!r}", hint="rename or delete one of them")
        seen.add(tab.casefold())
        relation = targets.get(identity)
        if relation is None:
            raise complaint(f"{name}!{tab}", "the sheet has no part in the file", hint=_SAVE_AS)
        if relation.kind == "worksheet":
            parts.append(SheetPart(tab, relation.target, sheet_id))
    return parts
