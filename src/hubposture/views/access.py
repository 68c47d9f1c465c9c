"""What the access rules say to somebody: allowed or not, by which rules, and who else may."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.access.actions import Action
from hubposture.access.decision import Decision, Explained, Rule
from hubposture.access.people import Person
from hubposture.access.things import Thing
from hubposture.matrix.lint_finding import LintFinding
from hubposture.views import checks
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided about one thing."""

    thing: Thing
    explained: Explained


@dataclass(frozen=True, slots=True)
class WhoMay:
    """What was decided about a person over all the things of a name, in their order."""

    person: Person
    decisions: Sequence[Decision]

    @property
    def allowed(self) -> int:
        """For how many things it is allowed."""
        return sum(one.is_allowed for one in self.decisions)


def explained(person: Person, action: Action, name: str, answers: Sequence[Answer], *, most: int = 20) -> Document:
    """Whether somebody may do it, thing by thing, with every rule that spoke. `name` is what was asked about."""
    blocks: list[Block] = [Lines([_verdict(answers), *_about(person)])]
    for one in answers[:most]:
        blocks += list(_answer(one, is_alone=len(answers) == 1))
    if len(answers) > most:
        blocks.append(Lines([f"{len(answers) - most:,} more, in the JSON"]))
    data = {**_person(person), "action": str(action), "resource": name, "answers": [_data(one) for one in answers]}
    return Document(f"May {person.name} {action} {name}?", blocks, data)


def _verdict(answers: Sequence[Answer]) -> Text:
    allowed = sum(one.explained.decision.is_allowed for one in answers)
    if allowed == len(answers):
        return Text("Yes" if len(answers) == 1 else f"Yes, for all {len(answers):,} checks", Tone.GOOD)
    if not allowed:
        return Text("No" if len(answers) == 1 else f"No, for none of {len(answers):,} checks", Tone.BAD)
    return Text(f"For {allowed:,} of {len(answers):,} checks", Tone.WARN)


def _about(person: Person) -> Iterator[Cell]:
    yield f"Groups: {', '.join(person.groups) or 'none'}"
    if person.units or person.accounts:
        yield f"Their OUs and accounts: {', '.join((*person.units, *person.accounts))}"


def _answer(one: Answer, *, is_alone: bool) -> Iterator[Block]:
    found = one.explained
    if not is_alone:
        yield Heading(str(one.thing))
    yield Lines([Text(_why(found), Tone.GOOD if found.decision.is_allowed else Tone.BAD)])
    rows: list[Sequence[Cell]] = [(Text("forbids", Tone.BAD), *_rule(rule), "-") for rule in found.forbids]
    rows += [(Text("permits", Tone.GOOD), *_rule(rule), "-") for rule in found.permits]
    rows += [(Text("permits elsewhere", Tone.DIM), *_rule(other.rule), other.only) for other in found.elsewhere]
    if rows:
        yield Table(("Says", "Rule", "Where", "Reason", "Only for"), rows)


def _why(found: Explained) -> str:
    if found.decision.is_allowed:
        return f"Allowed by {_names(found.permits)}"
    if found.forbids:
        beaten = f", although {_names(found.permits)} would permit it" if found.permits else ""
        return f"Refused by {_names(found.forbids)}{beaten}"
    if found.elsewhere:
        return "Refused: the rules that permit it to this person are for other resources"
    return "Refused: no rule permits it to this person"


def _names(rules: Sequence[Rule]) -> str:
    return ", ".join(rule.id or rule.where for rule in rules)


def _rule(rule: Rule) -> tuple[str, str, str]:
    return rule.id or "-", rule.where, rule.reason or "-"


def who(action: Action, name: str, people: Sequence[WhoMay], *, of: int, most: int = 500) -> Document:
    """Who of the people of the settings may do it; `of` is over how many things."""
    rows: list[list[Cell]] = [
        [one.person.name, _amount(one, of), ", ".join(_rules(one)) or "-"] for one in people[:most]
    ]
    able = sum(one.allowed == of for one in people)
    said = f"{counted(able, 'person', 'people')} of {len(people):,} in the settings may {action} {name}"
    note = "Groups that come with a login from the identity provider are not known here."
    table = Table(("Person", "May", "By"), rows, more=max(0, len(people) - most))
    data = {
        "action": str(action),
        "resource": name,
        "things": of,
        "people": [{**_person(one.person), "allowed": one.allowed, "rules": list(_rules(one))} for one in people],
    }
    return Document(f"Who may {action} {name}", [Lines([said, Text(note, Tone.DIM)]), table], data)


def _amount(one: WhoMay, of: int) -> Text:
    if one.allowed == of:
        return Text("yes", Tone.GOOD)
    return Text(f"{one.allowed:,} of {of:,}", Tone.WARN) if one.allowed else Text("no", Tone.BAD)


def _rules(one: WhoMay) -> Sequence[str]:
    return tuple(dict.fromkeys(rule.id or rule.where for found in one.decisions for rule in found.rules))


def check(findings: Sequence[LintFinding], *, rules: int, name: str) -> Document:
    """What is wrong with the rules; `rules` is how many could be read, `name` the file."""
    is_broken = any(one.level == "error" for one in findings)
    more = [Text("Until the errors are mended nobody may do anything by these rules.", Tone.WARN)] if is_broken else []
    return checks.document(f"Check of {name}", findings, read=counted(rules, "rule"), data={"rules": rules}, more=more)


def _person(person: Person) -> Mapping[str, Any]:
    return {
        "person": person.name,
        "groups": list(person.groups),
        "units": list(person.units),
        "accounts": list(person.accounts),
    }


def _data(one: Answer) -> Mapping[str, Any]:
    found = one.explained
    return {
        "thing": str(one.thing),
        "kind": str(one.thing.kind),
        "is_allowed": found.decision.is_allowed,
        "why": _why(found),
        "permits": [_rule_data(rule) for rule in found.permits],
        "forbids": [_rule_data(rule) for rule in found.forbids],
        "elsewhere": [{**_rule_data(other.rule), "only": other.only} for other in found.elsewhere],
    }


def _rule_data(rule: Rule) -> Mapping[str, str]:
    return {"id": rule.id, "where": rule.where, "reason": rule.reason}
