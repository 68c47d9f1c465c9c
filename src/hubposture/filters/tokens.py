"""From text to tokens: words, comparisons, parentheses; problems are collected and scanning goes on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hubposture.errors import Problem
from hubposture.filters.tree import Operator

_COMPARISON = re.compile(
    r"""(?P<name>[^\s()"=!<>~,:-][^\s()"=!<>~,:]*)
        (?: : (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<key>[^\s()"=!<>~,]*) ) )?
        (?P<operator>>=|<=|!=|!~|=|~|>|<)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_VALUE = re.compile(r'[^\s(),"]+')
_WORD = re.compile(r'[^\s()"]+')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPERATOR_SIGNS = "=!<>~"
_KEYWORDS = ("AND", "OR", "NOT")


class Kind(StrEnum):
    """Kinds of tokens."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    WORD = "word"
    COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Value:
    """A value as written, without its quotes, and the character at which it begins (from 1)."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the character at which it begins (from 1); `values` has a word's text, or a comparison's values."""

    kind: Kind
    at: int
    name: str = ""
    key: str | None = None
    operator: Operator = Operator.CONTAINS
    values: tuple[Value, ...] = ()


class Scanner:
    """Goes through a text once; `problems` fill up on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.problems: list[Problem] = []

    def tokens(self) -> Iterator[Token]:
        """Every token that could be made out."""
        while self._at < len(self._text):
            if self._text[self._at].isspace():
                self._at += 1
            elif (token := self._next()) is not None:
                yield token

    def _next(self) -> Token | None:
        start, sign = self._at, self._text[self._at]
        if sign in "()":
            self._at += 1
            return Token(Kind(sign), start + 1)
        if sign == "-":
            return self._minus(start)
        if sign == '"':
            quoted = self._quoted()
            return None if quoted is None else Token(Kind.WORD, start + 1, values=(quoted,))
        found = _COMPARISON.match(self._text, start)
        return self._word(start) if found is None else self._comparison(found)

    def _minus(self, start: int) -> Token | None:
        self._at += 1
        following = self._text[self._at : self._at + 1]
        if not following.strip() or following == ")":
            self._problem(start, "- stands before nothing", 'write -status=PASSED without a blank, or "-" as text')
            return None
        return Token(Kind.NOT, start + 1)

    def _word(self, start: int) -> Token | None:
        found = _WORD.match(self._text, start)
        assert found is not None, "what is no parenthesis, quote or blank is a word"
        word = found[0]
        self._at = found.end()
        if word in _KEYWORDS:
            return Token(Kind(word), start + 1)
        if word.upper() in _KEYWORDS:
            self._problem(start, f"{word} is ambiguous", f'write {word.upper()} in capitals, or "{word}" as text')
            return None
        if word[0] in _OPERATOR_SIGNS:
            self._problem(start, f"{word} has no field before it", "write severity>=HIGH, without blanks in between")
            return None
        return Token(Kind.WORD, start + 1, values=(Value(start + 1, word),))

    def _comparison(self, found: re.Match[str]) -> Token | None:
        start, self._at = found.start(), found.end()
        key = found["key"] if found["quoted"] is None else _ESCAPED.sub(r"\1", found["quoted"])
        if (sign := self._text[self._at : self._at + 1]) and sign in _OPERATOR_SIGNS:
            self._problem(
                start, f"{found[0]}{sign} is no operator", "a value that begins with such a sign needs quotes"
            )
            self._skip()
            return None
        values = tuple(self._values(found))
        if not values:
            return None
        return Token(Kind.COMPARISON, start + 1, found["name"], key, Operator(found["operator"]), values)

    def _values(self, found: re.Match[str]) -> Iterator[Value]:
        """The values behind an operator, separated by commas; none at all once something is wrong with them."""
        values: list[Value] = []
        while True:
            value = self._value()
            if value is None:
                return
            values.append(value)
            if self._text[self._at : self._at + 1] != ",":
                break
            self._at += 1
        following = self._text[self._at : self._at + 1]
        if following in ('"', "("):
            self._problem(
                self._at, f"{following} in the middle of a value", f'put the whole value in quotes: {found[0]}"..."'
            )
            self._skip()
            return
        yield from values

    def _value(self) -> Value | None:
        start = self._at
        if self._text[start : start + 1] == '"':
            return self._quoted()
        found = _VALUE.match(self._text, start)
        if found is None:
            self._problem(start, "a value is missing here", 'values follow without a blank; "" is the empty one')
            self._skip()
            return None
        self._at = found.end()
        return Value(start + 1, found[0])

    def _quoted(self) -> Value | None:
        start = self._at
        found = _QUOTED.match(self._text, start)
        if found is None:
            self._problem(start, 'the quote " is not closed', 'write \\" for a quote inside of one')
            self._at = len(self._text)
            return None
        self._at = found.end()
        return Value(start + 1, _ESCAPED.sub(r"\1", found[1]))

    def _skip(self) -> None:
        """Go on behind whatever hangs together with what was wrong."""
        while self._at < len(self._text) and not self._text[self._at].isspace() and self._text[self._at] not in "()":
            self._at += 1

    def _problem(self, at: int, what: str, hint: str) -> None:
        self.problems.append(Problem(f"filter:{at + 1}", what, hint))
