"""The entries of one mapping by key: texts, lists, dates, choices; what does not fit is collected with its place."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from hubposture.errors import Problem
from hubposture.texts.near import nearest
from hubposture.texts.yaml_nodes import Entries, Items, Node, Scalar

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

MOST_PROBLEMS = 500
"""How many problems of one file are told."""
MAX_TEXT = 10_000
"""The longest text of several lines, in characters."""
MAX_LINE = 2_048
"""The longest text of one line, in characters."""

_FIRST, _LAST = 2000, 2199
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Report:
    """The problems of one file, up to MOST_PROBLEMS of them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._found: list[Problem] = []

    def add(self, node: Node, what: str, hint: str = "") -> None:
        """Record that something is wrong at a node."""
        self.count += 1
        if self.count <= MOST_PROBLEMS:
            self._found.append(Problem(self.where(node), what, hint))

    def put(self, problem: Problem) -> None:
        """Record a problem that ends the reading, whatever was recorded before."""
        self.count += 1
        self._found.append(problem)

    def where(self, node: Node) -> str:
        """A node's place as `file:line:column`."""
        return f"{self.file}:{node.line}:{node.column}"

    @property
    def is_full(self) -> bool:
        """Whether further problems are not kept."""
        return self.count > MOST_PROBLEMS

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found, with one more where that is not all."""
        more = Problem(self.file, f"has more problems than the {MOST_PROBLEMS} told here", "mend these first")
        return (*self._found, more) if self.is_full else tuple(self._found)


def shown(text: str) -> str:
    """A text of a file as messages show it: short and in quotes."""
    return repr(text) if len(text) <= 60 else repr(text[:60]) + "..."  # noqa: PLR2004 - what fits into a line


def guess(text: str, choices: Sequence[str]) -> str:
    """`did you mean X?`, or the choices where none is close."""
    return nearest(text[:40], choices) or f"write one of {', '.join(choices)}"


class Fields:
    """Reads the entries of one mapping by key; every method gives None (or nothing) where it recorded a problem."""

    def __init__(self, node: Entries, known: Sequence[str], report: Report, what: str) -> None:
        self.node = node
        self.report = report
        self._what = what
        self._values: dict[str, Node] = {}
        first: dict[str, Scalar] = {}
        for key, value in node.pairs:
            if key.text in first:
                report.add(key, f"{shown(key.text)} is there twice, first in line {first[key.text].line}", "keep one")
                continue
            first[key.text] = key
            if key.text in known:
                if not (isinstance(value, Scalar) and value.is_nothing):
                    self._values[key.text] = value
            elif not report.is_full:
                report.add(key, f"{shown(key.text)} is no entry of {what}", guess(key.text, known))

    def get(self, key: str) -> Node | None:
        """The value of a key as it stands, None where nothing is given."""
        return self._values.get(key)

    def missing(self, key: str, hint: str) -> None:
        """Record that a key must be given, at the mapping."""
        self.report.add(self.node, f"{self._what} has no {key}", hint)

    def _scalar(self, key: str, hint: str) -> Scalar | None:
        """The text of a key; missing where a hint says what to write."""
        node = self._values.get(key)
        if node is None:
            if hint:
                self.missing(key, hint)
            return None
        if not isinstance(node, Scalar):
            self.report.add(node, f"{key} is {_kind(node)}, but one text is meant", hint)
            return None
        return node

    def line(self, key: str, hint: str = "") -> str | None:
        """A text of one line without blanks at its ends. With a hint it must be given; without one '' stands for nothing."""
        node = self._scalar(key, hint)
        if node is None:
            return None if hint else ""
        text = node.text.strip()
        if not text and hint:
            self.report.add(node, f"{key} is empty", hint)
        elif _CONTROL_CHARACTERS.search(text):
            self.report.add(node, f"{key} is more than one line, or has control characters", "write it in one line")
        elif len(text) > MAX_LINE:
            self.report.add(node, f"{key} has {len(text):,} characters, {MAX_LINE:,} are read at most", "shorten it")
        else:
            return text
        return None

    def text(self, key: str, hint: str = "") -> str | None:
        """A text of any number of lines, else like `line`."""
        node = self._scalar(key, hint)
        if node is None:
            return None if hint else ""
        text = node.text.strip()
        if not text and hint:
            self.report.add(node, f"{key} is empty", hint)
        elif "\0" in text:
            self.report.add(node, f"{key} has a NUL character", "take it out")
        elif len(text) > MAX_TEXT:
            self.report.add(node, f"{key} has {len(text):,} characters, {MAX_TEXT:,} are read at most", "shorten it")
        else:
            return text
        return None

    def date(self, key: str, hint: str = "") -> dt.date | None:
        """A date as 2027-05-01; 01/02/2027 has two readings and is refused."""
        node = self._scalar(key, hint)
        if node is None:
            return None
        day = _day(node.text.strip())
        if day is None:
            self.report.add(node, f"{key} is {shown(node.text)}, which is no date", "write it as 2027-05-01")
        elif not _FIRST <= day.year <= _LAST:
            self.report.add(node, f"{key} is {day}, a year that cannot be meant", f"{_FIRST} to {_LAST} are read")
            return None
        return day

    def count(self, key: str) -> int | None:
        """A whole number from 0 to 999,999; 0 where nothing is given."""
        node = self._scalar(key, "")
        if node is None:
            return 0 if key not in self._values else None
        text = node.text.strip()
        if text.isascii() and text.isdecimal() and len(text) <= 6:  # noqa: PLR2004 - six digits
            return int(text)
        self.report.add(node, f"{key} is {shown(text)}, which is no whole number of 0 or more", "write digits only")
        return None

    def choice(self, key: str, choices: type[Choice], default: Choice | None = None) -> Choice | None:
        """One of an enum's values; where nothing is given the default, and missing where there is none."""
        given = self._values.get(key)
        if given is None and default is not None:
            return default
        if isinstance(given, Scalar) and (found := _chosen(choices, given.text.strip())) is not None:
            return found
        names = [one.value for one in choices]
        node = self._scalar(key, f"write one of {', '.join(names)}")
        if node is not None:
            what = f"{key} is {shown(node.text)}, which is not one of the choices"
            self.report.add(node, what, guess(node.text, names))
        return None

    def each(self, key: str, read: Callable[[Scalar], Value | None]) -> tuple[Value, ...]:
        """The values of a list of texts, in order; one text alone counts as a list of one.

        `read` gives None where it recorded a problem. The same value twice is a problem, and so is an empty list.
        """
        node = self._values.get(key)
        if node is None:
            return ()
        found: dict[Value, Scalar] = {}
        for item in self._items(key, node):
            value = read(item)
            if value is None:
                continue
            if value in found:
                what = f"{shown(item.text)} is in {key} twice, first in line {found[value].line}"
                self.report.add(item, what, "keep one")
            else:
                found[value] = item
        return tuple(found)

    def _items(self, key: str, node: Node) -> list[Scalar]:
        if isinstance(node, Scalar):
            return [node]
        if isinstance(node, Entries):
            self.report.add(node, f"{key} is a mapping, but a list is meant", f"write {key}: [...]")
            return []
        if not node.items:
            self.report.add(node, f"{key} is an empty list", f"write what is meant, or leave {key} out")
        for item in node.items:
            if not isinstance(item, Scalar):
                self.report.add(item, f"{_kind(item)} in {key}, but a text is meant", "put it into quotes")
            elif item.is_nothing:
                self.report.add(item, f"an empty item in {key}", "take it out")
        return [item for item in node.items if isinstance(item, Scalar) and not item.is_nothing]

    def mappings(self, key: str) -> tuple[Entries, ...]:
        """The mappings of a list."""
        node = self._values.get(key)
        if node is None:
            return ()
        if not isinstance(node, Items):
            self.report.add(node, f"{key} is {_kind(node)}, but a list is meant", "write each with `- ` before it")
            return ()
        for item in node.items:
            if not isinstance(item, Entries):
                self.report.add(item, f"{_kind(item)} in {key}, but a mapping is meant", "write {name: value, ...}")
        return tuple(item for item in node.items if isinstance(item, Entries))

    def mapping(self, key: str) -> Entries | None:
        """One mapping."""
        node = self._values.get(key)
        if node is None or isinstance(node, Entries):
            return node
        self.report.add(node, f"{key} is {_kind(node)}, but a mapping is meant", "write {name: value, ...}")
        return None


def _chosen(choices: type[Choice], text: str) -> Choice | None:
    try:
        return choices(text)
    except ValueError:
        return None


def _kind(node: Node) -> str:
    return "a text" if isinstance(node, Scalar) else "a list" if isinstance(node, Items) else "a mapping"


@lru_cache(maxsize=4096)
def _day(text: str) -> dt.date | None:
    # Python also reads 20270501 and 2027-W18-6, which nobody writes on purpose.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
