"""Deciding by Cedar: the rules are parsed once, the organization is made into entities once."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hubposture.access.actions import ABOUT, Action, Kind
from hubposture.access.decision import CannotCompile, Decision, Effect, Elsewhere, Explained, Rule
from hubposture.access.people import Person, person_key
from hubposture.access.residual import NOTHING, NoFilter, all_of, any_of, none_of, to_filter
from hubposture.access.things import Places, Subject, Thing
from hubposture.cedar.entities import Json, of_person, of_places, of_thing, uid, uid_of
from hubposture.cedar.reading import conditions
from hubposture.errors import InputErrors, Problem
from hubposture.filters import EVERYTHING, Filter, to_text
from hubposture.ports.access import ReadRules

if TYPE_CHECKING:
    import cedarpy

_NUMBER = re.compile(r"policy(\d+)")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")


class CedarAccess:
    """See `ports.access`. Raises InputErrors for rules with problems: by half of them nothing is decided."""

    def __init__(self, rules: ReadRules, places: Places) -> None:
        import cedarpy  # noqa: PLC0415 - slow to import, and only some commands decide

        if rules.problems:
            raise InputErrors(rules.problems)
        self._places = places
        self._rules = [one.rule for one in rules.rules]
        texts = [one.statement.text for one in rules.rules]
        self._all = cedarpy.PolicySet.from_str("\n".join(texts))
        self._permits, self._forbids = (
            cedarpy.PolicySet.from_str("\n".join(text if rule.effect is effect else _SILENT for text, rule in each))
            for effect in Effect
            for each in [list(zip(texts, self._rules, strict=True))]
        )
        self._base = cedarpy.Entities.from_json_str(json.dumps(list(of_places(places))))
        self._people: dict[Person, cedarpy.Entities] = {}

    def allowed(self, person: Person, action: Action, thing: Thing, *, requested_by: str = "") -> Decision:
        """See `ports.access`."""
        (found,) = self.all_allowed(person, action, [thing], requested_by=requested_by)
        return found

    def all_allowed(
        self, person: Person, action: Action, things: Sequence[Thing], *, requested_by: str = ""
    ) -> Sequence[Decision]:
        """See `ports.access`."""
        if not things:
            return []
        _fitting(action, things)
        results = self._asked(self._all, person, action, things, requested_by)
        return [Decision(allowed, rules) for allowed, rules in results]

    def explained(self, person: Person, action: Action, thing: Thing, *, requested_by: str = "") -> Explained:
        """See `ports.access`."""
        decision = self.allowed(person, action, thing, requested_by=requested_by)
        _, permits = self._asked(self._permits, person, action, [thing], requested_by)[0]
        _, forbids = self._asked(self._forbids, person, action, [thing], requested_by)[0]
        elsewhere = self._elsewhere(person, action, requested_by) if isinstance(thing, Subject) else {}
        others = [Elsewhere(rule, only) for rule, only in elsewhere.items() if rule not in permits]
        return Explained(decision, permits, forbids, tuple(others))

    def visible(self, person: Person, action: Action, *, requested_by: str = "") -> Filter:
        """See `ports.access`."""
        found: dict[Effect, list[Filter]] = {effect: [] for effect in Effect}
        for rule, body in self._left(person, action, requested_by).items():
            found[rule.effect].append(_filter(rule, body))
        return all_of((any_of(found[Effect.PERMIT]), none_of(any_of(found[Effect.FORBID]))))

    def _elsewhere(self, person: Person, action: Action, requested_by: str) -> Mapping[Rule, str]:
        """The permits that are for a person and an action at all, and for what."""
        found: dict[Rule, str] = {}
        for rule, body in self._left(person, action, requested_by).items():
            if rule.effect is Effect.PERMIT:
                try:
                    only = _filter(rule, body)
                except CannotCompile as error:
                    found[rule] = error.condition
                    continue
                if only not in (NOTHING, EVERYTHING):
                    found[rule] = to_text(only)
        return found

    def _left(self, person: Person, action: Action, requested_by: str) -> Mapping[Rule, Json]:
        """What is left of every rule for this person and action, over a subject that is not known."""
        import cedarpy  # noqa: PLC0415 - see __init__

        if Kind.SUBJECT not in ABOUT[action].kinds:
            raise ValueError(f"{action} is not done to subjects")
        if _UNPRINTED.search(person.name):
            where = "the person's name"
            raise InputErrors([Problem(where, "it holds signs that no name has", "nothing is shown to them")])
        request = {
            "principal": f"User::{_quoted(person.name)}",
            "action": f'Action::"{action}"',
            "context": _context(action, requested_by),
        }
        result = cedarpy.is_authorized_partial(request, self._all, self._of(person))
        if result.diagnostics.errors or len(result.residuals) != len(self._rules):
            why = "; ".join(result.diagnostics.errors) or "Cedar did not answer for every rule"
            raise InputErrors([Problem("access rules", f"what is visible cannot be told: {why}", "nothing is shown")])
        left = {self._rules[_number(name)]: policy for name, policy in result.residuals.items()}
        return {rule: left[rule] for rule in self._rules}

    def _asked(
        self, policies: "cedarpy.PolicySet", person: Person, action: Action, things: Sequence[Thing], requested_by: str
    ) -> list[tuple[bool, tuple[Rule, ...]]]:
        import cedarpy  # noqa: PLC0415 - see __init__

        entities = self._with_things(self._of(person), things)
        context = _context(action, requested_by)
        common = {"principal": uid("User", person.name), "action": uid("Action", action), "context": context}
        results = cedarpy.is_authorized_batch(
            [{**common, "resource": uid_of(thing)} for thing in things], policies, entities
        )
        return [self._read(result) for result in results]

    def _read(self, result: "cedarpy.AuthzResult") -> tuple[bool, tuple[Rule, ...]]:
        """A rule that could not be evaluated is none that permits; were it one that forbids, nothing is allowed."""
        if result.diagnostics.errors:
            raise InputErrors(
                [Problem("access rules", error, "nothing is allowed") for error in result.diagnostics.errors]
            )
        numbers = sorted(_number(name) for name in result.diagnostics.reasons)
        return result.allowed, tuple(self._rules[number] for number in numbers)

    def _of(self, person: Person) -> "cedarpy.Entities":
        """The organization with a person in it, kept: making it costs what many decisions cost. Safe in threads."""
        kept = self._people.get(person)
        if kept is None:
            kept = self._base.with_added_json_str(json.dumps(list(of_person(person))))
            if len(self._people) >= _MOST_PEOPLE:
                self._people = {}
            self._people[person] = kept
        return kept

    def _with_things(self, base: "cedarpy.Entities", things: Iterable[Thing]) -> "cedarpy.Entities":
        """Each entity once: two things of one account bring the same one."""
        added = {tuple(one["uid"].values()): one for thing in things for one in of_thing(thing, self._places)}
        return base.with_added_json_str(json.dumps(list(added.values()))) if added else base


_MOST_PEOPLE = 256
_SILENT = "forbid (principal, action, resource) when { false };"
"""Keeps the number of every rule what it is where another one is left out."""


def _filter(rule: Rule, policy: Json) -> Filter:
    try:
        return to_filter(conditions(policy))
    except NoFilter as error:
        raise CannotCompile(rule, error.condition) from error


def _fitting(action: Action, things: Sequence[Thing]) -> None:
    for thing in things:
        if thing.kind not in ABOUT[action].kinds:
            raise ValueError(f"{action} is not done to a thing like {thing}")


def _context(action: Action, requested_by: str) -> dict[str, Any]:
    return {"requestedBy": person_key(requested_by)} if action is Action.APPROVE_WAIVER else {}


def _number(name: str) -> int:
    found = _NUMBER.fullmatch(name)
    assert found is not None, "Cedar numbers the statements of a text"
    return int(found[1])


def _quoted(text: str) -> str:
    """A text as Cedar itself would write it; it takes names in no other form there."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
    return f'"{inner}"'
