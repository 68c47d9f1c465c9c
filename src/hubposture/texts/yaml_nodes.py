"""YAML as nodes with their places: everything stays text, and a hostile file is refused before it costs anything.

The events of libyaml are read one by one, so that depth, size and aliases are bounded while reading. Aliases, anchors,
tags and several documents in one file are refused; duplicate keys are left to who reads the nodes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import yaml

from hubposture.errors import Problem

MAX_BYTES = 32 * 1024 * 1024
"""The largest file; a list of 10,000 waivers has 6 MB."""
MAX_NODES = 200_000
"""The most values in one item of the outermost list; a waiver has about 60."""
MAX_DEPTH = 8
"""The deepest nesting; a waiver in a list needs four."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Parser: Callable[[str], Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BEFORE = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
_Event = Any  # the published types of events know none of their fields


class Scalar(NamedTuple):
    """A text. `line` and `column` count from 1; `start` and `end` are places in the file's text, quotes included.

    `style` is '' for a plain one, else its quote or the sign of its block (`|`, `>`).
    """

    text: str
    line: int
    column: int
    start: int
    end: int
    style: str

    @property
    def is_nothing(self) -> bool:
        """Whether it stands for no value: empty or null, and not in quotes."""
        return not self.style and self.text in _NOTHING


class Items(NamedTuple):
    """A list. `end` is where its last item ends, or behind the bracket of one in brackets (`is_flow`)."""

    items: tuple["Node", ...]
    line: int
    column: int
    start: int
    end: int
    is_flow: bool


class Entries(NamedTuple):
    """A mapping as pairs in the order of the file, double keys among them. `end` and `is_flow` as in Items."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    line: int
    column: int
    start: int
    end: int
    is_flow: bool


Node = Scalar | Items | Entries


class _Bad(Exception):
    def __init__(self, what: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(what)
        self.problem = (what, line, column, hint)


def read_yaml(raw: bytes, file: str) -> Iterator[Node | Problem]:
    """The items of the list that a file is, or its one value, each as soon as it is read; nothing for an empty list.

    What cannot be read is a Problem, and nothing comes after it; a file that says nothing is one too.
    """
    try:
        yield from _document(text_of(raw))
    except _Bad as bad:
        what, line, column, hint = bad.problem
        yield Problem(f"{file}:{line}:{column}", what, hint)


def list_of(raw: bytes) -> Items | None:
    """Where the list that a file is stands, without its items; None for a file that is no list or cannot be read.

    `end` is behind the bracket of an empty one, else it is `start`.
    """
    try:
        parser = _Parser(text_of(raw))
        events = iter(parser.get_event, None)
        start = next((event for event in events if event.__class__ not in _BEFORE), None)
        following = next(events, None)
        if start is None or following is None:
            return None
        mark = start.start_mark
        if start.__class__ is not yaml.SequenceStartEvent:
            return None
        is_empty = following.__class__ is yaml.SequenceEndEvent
        end = following.end_mark.index if is_empty else mark.index
        return Items((), mark.line + 1, mark.column + 1, mark.index, end, bool(start.flow_style))
    except (_Bad, yaml.YAMLError):
        return None


def text_of(raw: bytes) -> str:
    """A file's text, without a byte order mark: what `start` and `end` of nodes count in."""
    if len(raw) > MAX_BYTES:
        raise _Bad(f"the file has {len(raw):,} bytes; {MAX_BYTES:,} are read at most", 1, 1, "split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise _Bad("not UTF-8 text", *_place(before, len(before)), "save the file as UTF-8") from error
    if found := _FORBIDDEN.search(text):
        what = f"the character U+{ord(found[0]):04X} is not allowed in YAML"
        raise _Bad(what, *_place(text, found.start()), 'take it out; within "..." it can be written \\xNN or \\uNNNN')
    return text


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _document(text: str) -> Iterator[Node]:
    parser = _Parser(text)
    try:
        yield from _Builder().nodes(parser.get_event)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text) from error
    except yaml.YAMLError as error:
        raise _Bad(f"not valid YAML: {error}", 1, 1) from error
    finally:
        parser.dispose()


def _syntax(error: yaml.MarkedYAMLError, text: str) -> _Bad:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else _place(text, len(text))
    hint = ""
    if "nesting depth" in (error.problem or ""):  # the parser gives up by itself, far beyond what we take
        return _Bad(f"nested more than {MAX_DEPTH} deep", line, column)
    if error.problem and ("scanning an alias" in (error.context or "") or "alias" in error.problem):
        hint = "put a text that begins with * into quotes"
    return _Bad(f"not valid YAML: {error.problem or error.context}", line, column, hint)


class _Builder:
    """Makes nodes of events, without recursion."""

    def __init__(self) -> None:
        self._root: list[Node] = []
        self._into = self._root
        self._outer: list[Node] = []
        self._open: list[tuple[_Event, list[Node]]] = []
        self._count = 0
        self._documents = 0
        self._take: Mapping[type, Callable[[_Event], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end_items,
            yaml.MappingEndEvent: self._end_entries,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def nodes(self, next_event: Callable[[], _Event]) -> Iterator[Node]:
        """Every item of the outermost list as soon as it ends, or the one value."""
        taken = self._take.get
        while (event := next_event()) is not None:
            take = taken(event.__class__)
            if take is not None:
                take(event)
            if self._count > MAX_NODES:
                _refuse(event, f"more than {MAX_NODES:,} values in one item", "split it")
            if self._outer:
                yield from self._outer
                self._outer.clear()
                self._count = 0
        for node in self._root:
            if isinstance(node, Scalar) and node.is_nothing:
                self._root = []
            elif not isinstance(node, Items):
                yield node
        if not self._root:
            # A file that was emptied by accident must not look like one that names nothing on purpose.
            raise _Bad("the file says nothing", 1, 1, "write [] or {} for nothing on purpose, or delete the file")

    def _document(self, event: _Event) -> None:
        self._documents += 1
        if self._documents > 1:
            _refuse(event, "a second document in one file", "take it out; several waivers are one list")

    def _alias(self, event: _Event) -> None:
        _refuse(event, "an alias (*name)", "write the value out; put a text that begins with * into quotes")

    def _scalar(self, event: _Event) -> None:
        if event.anchor is not None or event.tag is not None:
            _refuse_marked(event)
        self._count += 1
        mark = event.start_mark
        self._into.append(
            Scalar(event.value, mark.line + 1, mark.column + 1, mark.index, event.end_mark.index, event.style or "")
        )

    def _start(self, event: _Event) -> None:
        if event.anchor is not None or event.tag is not None:
            _refuse_marked(event)
        if len(self._open) >= MAX_DEPTH:
            _refuse(event, f"nested more than {MAX_DEPTH} deep")
        self._into = []
        if not self._open and event.__class__ is yaml.SequenceStartEvent:
            self._outer = self._into
        self._open.append((event, self._into))

    def _end(self, event: _Event) -> tuple[list[Node], tuple[int, int, int, int, bool]]:
        """What a list or mapping that ends holds, and its place, with the one around it open again.

        A block's own end mark lies behind blank lines and comments that may belong to what follows.
        """
        start, children = self._open.pop()
        self._into = self._open[-1][1] if self._open else self._root
        mark = start.start_mark
        end = event.end_mark.index if start.flow_style or not children else children[-1].end
        return children, (mark.line + 1, mark.column + 1, mark.index, end, bool(start.flow_style))

    def _end_items(self, event: _Event) -> None:
        children, place = self._end(event)
        self._into.append(Items(tuple(children), *place))

    def _end_entries(self, event: _Event) -> None:
        children, place = self._end(event)
        keys = [key for key in children[::2] if isinstance(key, Scalar)]
        for key in children[::2]:
            if not isinstance(key, Scalar):
                hint = "put a text that begins with [ or { into quotes"
                raise _Bad("a key that is no text", key.line, key.column, hint)
        self._into.append(Entries(tuple(zip(keys, children[1::2], strict=True)), *place))


def _refuse_marked(event: _Event) -> NoReturn:
    if event.anchor is not None:
        hint = "write the value out; put a text that begins with & into quotes"
        _refuse(event, f"an anchor (&{event.anchor[:40]})", hint)
    _refuse(event, f"a tag ({event.tag[:40]})", "take it out; put a text that begins with ! into quotes")


def _refuse(event: _Event, what: str, hint: str = "") -> NoReturn:
    mark = event.start_mark
    raise _Bad(what, mark.line + 1, mark.column + 1, hint)
