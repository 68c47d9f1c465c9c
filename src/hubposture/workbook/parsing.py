"""XML parts parsed by expat: no document types, no entities, bounded depth and number of elements."""

from collections.abc import Callable
from xml.parsers import expat

from hubposture.errors import InputErrors
from hubposture.workbook.complaint import complaint
from hubposture.workbook.container import Container
from hubposture.workbook.limits import Limits

StartHandler = Callable[[str, dict[str, str]], None]
_ASK = "do not open it before you know who made it; ask for a copy saved by a spreadsheet program"


def parse_part(container: Container, path: str, *, start: StartHandler, limits: Limits) -> None:
    """Call `start(name, attributes)` for every element of a part; names are `namespace local`.

    Raises InputErrors for a missing or malformed part, a document type, or one nested too deeply or too long.
    """
    parser = new_parser(f"{container.name} ({path})")
    depth = elements = last = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements, last
        depth += 1
        elements += 1
        before, last = last, parser.CurrentByteIndex
        if depth > limits.depth or elements > limits.elements or last - before > limits.string_bytes:
            raise too_complex(f"{container.name} ({path})")
        start(name, attributes)

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    run(parser, container.read(path), where=f"{container.name} ({path})")


def new_parser(where: str) -> expat.XMLParserType:
    """A parser that stops at a document type declaration, before any entity can be declared or fetched."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(_name: str, _system: str | None, _public: str | None, _subset: bool) -> None:
        raise complaint(where, "declares a document type or entities, which no spreadsheet program writes", hint=_ASK)

    parser.StartDoctypeDeclHandler = refuse
    return parser


def run(parser: expat.XMLParserType, text: bytes, *, where: str) -> None:
    """Parse a whole part; malformed XML is an InputErrors that names the line."""
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        hint = "restore the file from git, or open it in the spreadsheet program and save it again"
        raise complaint(where, f"is damaged: its XML is malformed ({error})", hint=hint) from error


def too_complex(where: str) -> InputErrors:
    """The error for a part that is nested too deeply, has too many elements or a text no cell can hold."""
    what = "is nested too deeply, has too many elements or one vast text, so that it cannot be read safely"
    return complaint(where, what, hint=_ASK)
