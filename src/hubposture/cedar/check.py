"""Rules as they are read, with what is wrong with them by line and column: Cedar itself names no place."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hubposture.access.actions import Action
from hubposture.access.decision import Effect, Rule
from hubposture.access.expression import Entity, walk
from hubposture.access.schema import schema
from hubposture.access.statements import Statement, statements
from hubposture.cedar.reading import conditions, expression, scope
from hubposture.errors import Problem
from hubposture.ports.access import ReadRule, ReadRules
from hubposture.texts.near import nearest

_OF_POLICY = re.compile(r"^for policy `[^`]*`, ")
_NAMED = re.compile(r"`([^`]+)`")
_WRONG_WORD = re.compile(r": (\w+)$|^`(\w+)` is not a valid function")
_ENDED = "unexpected end of input"
_ACTION = re.compile(r'unrecognized action `Action::"(.*)"`', re.DOTALL)


def read_rules(text: str, file: str) -> ReadRules:
    """Every rule of a file. One that cannot be read is a problem and is left out; the others are checked all the same."""
    if "\0" in text:
        return ReadRules((), (Problem(file, "it holds a NUL, so it is no text"),))
    found: list[ReadRule] = []
    problems: list[Problem] = []
    for one in statements(text, file):
        rule, wrong = _read(one)
        problems += wrong
        found += [rule] if rule is not None else []
    return ReadRules(tuple(found), tuple(sorted(problems)))


def _read(one: Statement) -> tuple[ReadRule | None, list[Problem]]:
    import cedarpy  # noqa: PLC0415 - slow to import, and only some commands read rules

    try:
        whole = json.loads(cedarpy.policies_to_json_str(one.text))
    except ValueError as error:
        return None, [Problem(_broken_at(one, str(error)), f"this cannot be read: {error}", "see docs/access.md")]
    if whole["templates"] or len(whole["staticPolicies"]) != 1:
        hint = "name a group, or use an attribute of the principal"
        return None, [Problem(one.where, "templates (?principal, ?resource) are not for this file", hint)]
    ((_, policy),) = whole["staticPolicies"].items()
    bodies = tuple(expression(each["body"]) for each in policy["conditions"])
    named = [inner for body in bodies for inner in walk(body) if isinstance(inner, Entity)]
    rule = ReadRule(_rule(one, policy), one, (*scope(policy), *named), (conditions(policy),))
    return rule, list(_invalid(one))


def _rule(one: Statement, policy: Mapping[str, Any]) -> Rule:
    notes = policy.get("annotations") or {}
    return Rule(str(notes.get("id") or ""), one.where, Effect(policy["effect"]), str(notes.get("reason") or ""))


def _broken_at(one: Statement, said: str) -> str:
    """Where the word stands that is named, else where parsing ends: with fewer tokens it would only be incomplete."""
    import cedarpy  # noqa: PLC0415 - see _read

    if (named := _WRONG_WORD.search(said)) and (place := one.find(named[1] or named[2])) != one.where:
        return place

    def is_incomplete(number: int) -> bool:
        try:
            cedarpy.policies_to_json_str(one.whole[one.tokens[0].at : one.tokens[number - 1].end])
        except ValueError as error:
            return _ENDED in str(error)
        return True

    low, high = 1, len(one.tokens)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if is_incomplete(middle) else (low, middle)
    token = one.tokens[low - 1]
    return one.place(token.end if is_incomplete(low) else token.at)


def _invalid(one: Statement) -> Iterator[Problem]:
    """What Cedar's validator says against our schema."""
    import cedarpy  # noqa: PLC0415 - see _read

    said = [error.error for error in cedarpy.validate_policies(one.text, _schema()).errors]
    is_named = any("unrecognized" in text for text in said)
    for text in dict.fromkeys(said):
        what = " ".join(_OF_POLICY.sub("", text).split())
        if "unable to find an applicable action" in what:
            if is_named:
                continue
            yield Problem(
                one.where, "this rule can never apply: none of its actions is done to such a resource",
                "docs/access.md says what each action is done to",
            )  # fmt: skip
        else:
            yield Problem(_place(one, what), what, _hint(what))


def _place(one: Statement, what: str) -> str:
    """Where what is named stands."""
    for named in _NAMED.findall(what):
        found = _ACTION.search(what)
        wanted = ("Action", "::", json.dumps(found[1], ensure_ascii=False)) if found else (named,)
        for tokens in (wanted, (".", named)):
            if (place := one.find(*tokens)) != one.where:
                return place
    return one.where


def _hint(what: str) -> str:
    found = _ACTION.search(what)
    if found:
        return nearest(found[1], list(Action)) or f"there are {', '.join(Action)}"
    return ""


@cache
def _schema() -> Any:
    import cedarpy  # noqa: PLC0415 - see _read

    return cedarpy.Schema.from_str(schema())
