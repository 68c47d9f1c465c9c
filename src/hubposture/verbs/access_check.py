"""Everything that is wrong or doubtful in access.cedar: what cannot be read, what means nobody and nothing."""

import json
from collections.abc import Collection, Iterator

from hubposture.access.constant import constant
from hubposture.access.expression import (
    RESOURCE,
    Attribute,
    Contains,
    Entity,
    Equal,
    Expression,
    Like,
    Literal,
    SetOf,
    Variable,
    walk,
)
from hubposture.access.people import People, is_account, person_key
from hubposture.access.schema import SEVERITIES
from hubposture.access.things import Places
from hubposture.matrix.lint_finding import LintFinding, error, note, warning
from hubposture.ports.access import ReadRule, ReadRules
from hubposture.texts.near import nearest

_LEVELS = ("error", "warning", "note")


def check_access(
    found: ReadRules,
    *,
    people: People,
    places: Places | None = None,
    file: str = "access.cedar",
    is_shipped: bool = False,
) -> tuple[LintFinding, ...]:
    """All findings, errors first, then in the order of the file. Without `places` nothing is said of OUs and accounts."""
    findings = [error("access-file", one.where, one.what, one.hint) for one in found.problems]
    if is_shipped:
        hint = "`hubposture init` writes them into a new baseline; docs/access.md says more"
        findings.append(note("access-shipped", file, "there is no such file, so the shipped rules hold", hint))
    elif not found.rules and not found.problems:
        findings.append(warning("access-empty", file, "no rule is in it, so nobody may do anything"))
    findings += _twice(found)
    for one in found.rules:
        findings += _of_rule(one, people, places)
    findings += _settings(people, places)
    return tuple(sorted(findings, key=lambda one: _LEVELS.index(one.level)))


def _twice(found: ReadRules) -> Iterator[LintFinding]:
    seen: dict[str, str] = {}
    for one in found.rules:
        rule = one.rule
        if not rule.id:
            hint = 'write @id("a-name") before it'
            yield note("access-no-id", rule.where, "this rule has no @id, so answers can only name its line", hint)
        elif (first := seen.setdefault(rule.id, rule.where)) != rule.where:
            yield error("access-twice", rule.where, f"{rule.id} is also at {first}", "give each rule an @id of its own")


def _of_rule(one: ReadRule, people: People, places: Places | None) -> Iterator[LintFinding]:
    for entity in dict.fromkeys(one.entities):
        yield from _entity(one, entity, people, places)
    for body in one.conditions:
        for inner in walk(body):
            yield from _compared(one, inner)
        if constant(body) is False:
            what = f"this rule can never apply: its condition is never true, so it {one.rule.effect}s nothing"
            yield error("access-never", one.rule.where, what, "remove it")


def _entity(one: ReadRule, entity: Entity, people: People, places: Places | None) -> Iterator[LintFinding]:
    where = one.statement.find(entity.type, "::", json.dumps(entity.id, ensure_ascii=False))
    match entity.type:
        case "Group" if entity.id not in people.known_groups:
            hint = nearest(entity.id, people.known_groups, cutoff=0.8)
            what = f"no role, and no group of the settings, is called {entity.id!r}"
            yield warning("access-group", where, what, hint or "right where the identity provider has such a group")
        case "User" if entity.id != person_key(entity.id):
            yield error("access-user", where, f"{entity.id!r} is nobody", f"write it as {person_key(entity.id)!r}")
        case "Account":
            yield from _account(where, entity.id, places)
        case "Unit":
            yield from _unit(where, entity.id, places)
        case _:
            return


def _account(where: str, id_: str, places: Places | None) -> Iterator[LintFinding]:
    if not is_account(id_):
        yield error("access-account", where, f"{id_!r} is no account's id", "write its 12 digits")
    elif places is not None and id_ not in places.accounts:
        hint = nearest(id_, places.accounts, cutoff=0.8)
        yield warning("access-account", where, f"the last sync knows no account {id_}", hint)


def _unit(where: str, id_: str, places: Places | None) -> Iterator[LintFinding]:
    if not id_.startswith(("/", "ou-", "r-")):
        yield error("access-ou", where, f"{id_!r} is no OU", "write its path (/Workloads/Prod) or its id (ou-...)")
    elif places is not None and id_ not in places.names:
        hint = nearest(id_, places.names)
        yield warning("access-ou", where, f"the last sync knows no OU {id_} with an account in it", hint)


def _compared(one: ReadRule, found: Expression) -> Iterator[LintFinding]:
    """Texts to which an attribute can never be equal."""
    match found:
        case Equal(Attribute(of, name), Literal(str() as text)) | Equal(Literal(str() as text), Attribute(of, name)):
            texts: tuple[str, ...] = (text,)
        case Contains(SetOf(items), Attribute(of, name)):
            texts = tuple(item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str))
        case Like(Attribute(of, "control" as name), text):
            texts = (text,)
        case _:
            return
    if of == RESOURCE:
        for text in texts:
            yield from _value(one, name, text)
    elif of == Variable("context") and name == "requestedBy":
        for text in texts:
            if text != person_key(text):
                where = one.statement.find(json.dumps(text, ensure_ascii=False))
                yield error("access-user", where, f"{text!r} is nobody", f"write it as {person_key(text)!r}")


def _value(one: ReadRule, name: str, text: str) -> Iterator[LintFinding]:
    where = one.statement.find(json.dumps(text, ensure_ascii=False))
    if name == "severity" and text not in SEVERITIES:
        hint = nearest(text, SEVERITIES) or f"it is one of {', '.join(SEVERITIES)}"
        yield error("access-severity", where, f"no severity is called {text!r}", hint)
    elif name == "control" and text != text.lower():
        yield error("access-control", where, f"{text!r} is no control here", f"write it as {text.lower()!r}")


def _settings(people: People, places: Places | None) -> Iterator[LintFinding]:
    known: Collection[str] = {*people.known_groups, *people.users}
    for who, theirs in people.places.items():
        where = f"hubposture.toml: access.places.{who}"
        if who not in known and person_key(who) not in {person_key(user) for user in people.users}:
            hint = nearest(who, known) or "right where the identity provider has such a group or person"
            yield warning("access-who", where, f"{who!r} is no person and no group of the settings", hint)
        for place in theirs:
            if is_account(place):
                yield from _account(where, place, places)
            else:
                yield from _unit(where, place, places)
