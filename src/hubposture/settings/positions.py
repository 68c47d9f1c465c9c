"""Where each key and value of a TOML text stands; `tomllib` reads it, but gives no positions.

The scan trusts its input: it runs on a text that `tomllib` has already taken.
"""

from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys from the top; numbers are places in arrays, arrays of tables included."""

_BARE_END = set(" \t\r\n.=]},#")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A line and a column, both from 1; columns count characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Positions:
    """Where keys and values stand. A table's value stands at its header, or at its first mention."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)

    def of(self, path: Path) -> Position:
        """The value's position; for one that is not there, that of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if (found := self.values.get(path[:length])) is not None:
                return found
        return Position(1, 1)

    def of_key(self, path: Path) -> Position:
        """The key's position, or the value's where there is no key (items of arrays)."""
        return self.keys.get(path) or self.of(path)


def positions(text: str) -> Positions:
    """The positions of a valid TOML 1.0 text."""
    return _Scan(text).document()


class _Scan:
    """One pass over a text, with a cursor."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
        self._line = 0
        self._found = Positions()
        self._counts: dict[Path, int] = {}

    def document(self) -> Positions:
        table: Path = ()
        while self._skip(" \t\r\n"):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _here(self) -> Position:
        # The cursor only moves forward, so the line does too.
        while self._line + 1 < len(self._starts) and self._starts[self._line + 1] <= self._at:
            self._line += 1
        return Position(self._line + 1, self._at - self._starts[self._line] + 1)

    def _skip(self, blanks: str) -> bool:
        """Move over blanks and comments; whether anything is left."""
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._text[self._at] in blanks:
                self._at += 1
            else:
                return True
        return False

    def _header(self) -> Path:
        start = self._here()
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        names = self._names()
        self._at += 2 if is_array else 1
        path: Path = ()
        for name, place in names:
            # A key before the last that names an array of tables means its newest table.
            path = (*self._newest(path), name)
            self._note(path, key=place, value=start)
        if is_array:
            number = self._counts.get(path, -1) + 1
            self._counts[path] = number
            path = (*path, number)
            self._found.values[path] = start
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._counts[path]) if path in self._counts else path

    def _names(self) -> list[tuple[str, Position]]:
        """A dotted key, with the position of each part; the cursor ends behind it, before `=` or `]`."""
        found = []
        while True:
            self._skip(" \t")
            place = self._here()
            found.append((self._name(), place))
            self._skip(" \t")
            if self._text[self._at] != ".":
                return found
            self._at += 1

    def _name(self) -> str:
        if self._text[self._at] == "'":
            return self._string()
        if self._text[self._at] == '"':
            return _unescaped(self._string())
        start = self._at
        while self._text[self._at] not in _BARE_END:
            self._at += 1
        return self._text[start : self._at]

    def _pair(self, table: Path) -> None:
        names = self._names()
        self._at += 1  # the equals sign
        self._skip(" \t")
        path = table
        for name, place in names:
            path = (*path, name)
            self._note(path, key=place, value=place)
        self._found.values[path] = self._here()
        self._value(path)

    def _note(self, path: Path, *, key: Position, value: Position) -> None:
        self._found.keys.setdefault(path, key)
        self._found.values.setdefault(path, value)

    def _value(self, path: Path) -> None:
        letter = self._text[self._at]
        if letter in "\"'":
            self._string()
        elif letter == "[":
            self._array(path)
        elif letter == "{":
            self._inline_table(path)
        else:
            # Numbers, dates (which may hold a blank) and booleans end at a comma, a bracket, a comment or the line.
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _string(self) -> str:
        """Move over a string of any of the four kinds; gives its inside as written."""
        quote = self._text[self._at]
        is_long = self._text.startswith(quote * 3, self._at)
        closing = quote * 3 if is_long else quote
        self._at += len(closing)
        start = self._at
        while not self._text.startswith(closing, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        inside = self._text[start : self._at]
        self._at += len(closing)
        # Up to two quotes may stand directly before the closing three.
        while is_long and self._text.startswith(quote, self._at):
            self._at += 1
        return inside

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._skip(" \t\r\n,") and self._text[self._at] != "]":
            self._found.values[*path, number] = self._here()
            self._value((*path, number))
            number += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._skip(" \t\r\n,") and self._text[self._at] != "}":
            self._pair(path)
        self._at += 1


def _unescaped(inside: str) -> str:
    """A basic key's text; escapes in keys are rare, and those of TOML 1.0 are read by Python alike."""
    if "\\" not in inside:
        return inside
    return inside.encode("ascii", "backslashreplace").decode("unicode_escape")
