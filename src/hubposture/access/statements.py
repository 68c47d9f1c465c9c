"""The text of access.cedar, statement by statement, so that everything said of a rule has its line and column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<blank>\s+) | (?P<comment>//[^\n]*) | (?P<text>"(?:[^"\\]|\\.)*") | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
        | (?P<number>[0-9]+) | (?P<sign>::|==|!=|<=|>=|&&|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it begins in the whole text, counted from 0."""

    at: int
    text: str

    @property
    def end(self) -> int:
        """Where it is over."""
        return self.at + len(self.text)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement up to its semicolon, or what is left without one."""

    file: str
    whole: str
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The statement as it stands there, comments included."""
        return self.whole[self.tokens[0].at : self.tokens[-1].end]

    @property
    def where(self) -> str:
        """Where it begins, behind its annotations' first sign."""
        return self.place(self.tokens[0].at)

    def place(self, at: int) -> str:
        """`file:line:column` of a sign of the whole text."""
        before = self.whole[:at]
        return f"{self.file}:{before.count(chr(10)) + 1}:{at - before.rfind(chr(10))}"

    def find(self, *tokens: str) -> str:
        """Where tokens stand in a row; where the statement begins if they do not."""
        texts = [token.text for token in self.tokens]
        for at in range(len(texts) - len(tokens) + 1):
            if texts[at : at + len(tokens)] == list(tokens):
                return self.place(self.tokens[at].at)
        return self.where


def statements(text: str, file: str) -> tuple[Statement, ...]:
    """Every statement in order, as Cedar numbers them; what cannot be a statement is one too."""
    found: list[Statement] = []
    waiting: list[Token] = []
    for token in tokens(text):
        waiting.append(token)
        if token.text == ";":
            found.append(Statement(file, text, tuple(waiting)))
            waiting = []
    if waiting:
        found.append(Statement(file, text, tuple(waiting)))
    return tuple(found)


def tokens(text: str) -> Iterator[Token]:
    """Every token but blanks and comments. A quote that is never closed is a token of its own."""
    for found in _TOKEN.finditer(text):
        if found.lastgroup not in ("blank", "comment"):
            yield Token(found.start(), found[0])
