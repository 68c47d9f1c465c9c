"""The filter language: `control=S3.8,EC2.2 severity>=HIGH (ou=/Workloads OR tag:owner=web) -suppressed=yes public`.

Terms side by side must all hold; OR binds weaker than that, NOT and a leading `-` stronger; parentheses group. A comma
separates values of which any may hold. Letters' case never matters in names and values.
"""

import datetime as dt
from collections.abc import Mapping

from hubposture.errors import InputErrors, Problem
from hubposture.filters.fields import Field
from hubposture.filters.simplify import simplify
from hubposture.filters.tokens import Kind, Scanner, Token
from hubposture.filters.tree import EVERYTHING, All, AnyOf, Filter, Not
from hubposture.filters.values import BadValue, comparison, word

MOST_CHARACTERS = 4_000
MOST_VALUES = 200
MOST_DEPTH = 20


def parse(text: str, *, fields: Mapping[str, Field], now: dt.datetime) -> Filter:
    """What a text asks for; empty asks for everything. `now` (aware) is what ages count back from.

    The tree is as `simplify` leaves it. Raises InputErrors with every problem, each at `filter:CHARACTER`.
    A control, account or value that nothing has is no problem: nothing is found then.
    """
    _within_limits(text)
    scanner = Scanner(text)
    tokens = tuple(scanner.tokens())
    parser = _Parser(tokens, fields, now)
    found = parser.all_of_it()
    if problems := [*scanner.problems, *parser.problems]:
        raise InputErrors(problems)
    return simplify(found)


def _within_limits(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        what = f"the filter has {len(text):,} characters, more than {MOST_CHARACTERS:,}"
        raise InputErrors([Problem("filter", what, "use * or a wider field instead of many values")])
    for at, sign in enumerate(text, 1):
        if "\ud800" <= sign <= "\udfff":
            raise InputErrors([Problem(f"filter:{at}", "this is no readable text", "give the filter as UTF-8")])


class _TooDeep(Exception):
    """Groups in groups in groups: parsing ends here."""


class _Parser:
    def __init__(self, tokens: tuple[Token, ...], fields: Mapping[str, Field], now: dt.datetime) -> None:
        self._tokens = tokens
        self._fields = fields
        self._now = now
        self._next = 0
        self._depth = 0
        self._values = 0
        self.problems: list[Problem] = []

    def all_of_it(self) -> Filter:
        parts: list[Filter] = []
        try:
            while self._next < len(self._tokens):
                parts.append(self._any_of())
                if self._next < len(self._tokens):
                    self._problem(self._tokens[self._next], ") closes nothing", "remove it, or open it with (")
                    self._next += 1
        except _TooDeep:
            pass
        return All(tuple(parts))

    def _any_of(self) -> Filter:
        begin = self._next
        parts = [self._all()]
        while (token := self._peek()) and token.kind is Kind.OR:
            is_bare = self._next == begin
            begin = self._next = self._next + 1
            parts.append(self._all())
            if is_bare or self._next == begin:
                self._problem(token, "OR needs something on both sides", 'quote it if it is text: "OR"')
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Filter:
        parts: list[Filter] = []
        joined: Token | None = None
        while (token := self._peek()) and token.kind not in (Kind.OR, Kind.CLOSE):
            if token.kind is Kind.AND:
                self._next += 1
                if not parts or joined is not None:
                    self._problem(token, "AND needs something on both sides", 'quote it if it is text: "AND"')
                joined = token
                continue
            parts.append(self._one())
            joined = None
        if joined is not None:
            self._problem(joined, "AND needs something on both sides", 'quote it if it is text: "AND"')
        return All(tuple(parts))

    def _one(self) -> Filter:
        token = self._tokens[self._next]
        self._next += 1
        match token.kind:
            case Kind.NOT:
                return self._not(token)
            case Kind.OPEN:
                return self._group(token)
            case _:
                return self._term(token)

    def _not(self, token: Token) -> Filter:
        following = self._peek()
        if following is None or following.kind in (Kind.CLOSE, Kind.OR, Kind.AND):
            self._problem(token, "NOT stands before nothing", 'quote it if it is text: "NOT"')
            return EVERYTHING
        self._deeper(token)
        inner = self._one()
        self._depth -= 1
        return Not(inner)

    def _group(self, token: Token) -> Filter:
        self._deeper(token)
        inner = self._any_of()
        self._depth -= 1
        if self._peek() is None:
            self._problem(token, "( is not closed", "close it with )")
        else:
            self._next += 1
        return inner

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            self._problem(token, f"groups and NOT stand in each other more than {MOST_DEPTH} deep", "make it simpler")
            raise _TooDeep

    def _term(self, token: Token) -> Filter:
        before = self._values
        self._values += len(token.values)
        if before <= MOST_VALUES < self._values:
            self._problem(token, f"the filter has more than {MOST_VALUES} values", "use * or a wider field instead")
        try:
            if token.kind is Kind.WORD:
                return word(token, self._fields)
            return comparison(token, self._fields, now=self._now)
        except BadValue as bad:
            self.problems.append(bad.problem)
            return EVERYTHING

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _problem(self, token: Token, what: str, hint: str) -> None:
        self.problems.append(Problem(f"filter:{token.at}", what, hint))
