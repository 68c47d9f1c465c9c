"""What the access rules said, shown whatever names hold."""

import json
import re

import pytest

from hubposture.access.actions import Action
from hubposture.access.decision import Decision, Effect, Elsewhere, Explained, Rule
from hubposture.access.people import Person
from hubposture.access.things import Subject
from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views import access as view

HOSTILE = 'a|b`\n<img src=x>\x1b[31m@everyone"'
PERMIT = Rule("may", "access.cedar:1:1", Effect.PERMIT, HOSTILE)
FORBID = Rule("", "access.cedar:9:1", Effect.FORBID, HOSTILE)
PERSON = Person(HOSTILE, (HOSTILE,), ("/Work",))
SUBJECT = Subject("s" * 32, "111122223333", control="s3.8", severity="LOW", resource=HOSTILE)


def answer(*, permits: tuple[Rule, ...] = (), forbids: tuple[Rule, ...] = (), only: str = "") -> view.Answer:
    is_allowed = bool(permits) and not forbids
    elsewhere = (Elsewhere(PERMIT, only),) if only else ()
    return view.Answer(SUBJECT, Explained(Decision(is_allowed, forbids or permits), permits, forbids, elsewhere))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (answer(permits=(PERMIT,)), "Allowed by may"),
        (answer(permits=(PERMIT,), forbids=(FORBID,)), "Refused by access.cedar:9:1, although may would permit it"),
        (answer(forbids=(FORBID,)), "Refused by access.cedar:9:1"),
        (answer(only="ou==/Work"), "Refused: the rules that permit it to this person are for other resources"),
        (answer(), "Refused: no rule permits it to this person"),
    ],
)
def test_a_decision_is_said_with_its_rules_and_hostile_names_stay_text(found: view.Answer, said: str) -> None:
    document = view.explained(PERSON, Action.SUPPRESS, HOSTILE, [found])
    shown = text.render(document, width=120, colour=False)
    assert said in shown
    assert "\x1b" not in shown
    assert re.search(r"(?<!\\)<img", markdown.render(document)) is None
    data = json.loads(as_json.render(document))
    assert data["answers"][0]["why"] == said
    assert data["person"] == HOSTILE


def test_a_refusal_is_one_line_without_control_signs_and_not_endless() -> None:
    long = Subject("s" * 32, "111122223333", control="s3.8", severity="LOW", resource=HOSTILE + "x" * 5_000)
    said = Decision(is_allowed=False, rules=(FORBID,)).sentence(PERSON, Action.SUPPRESS, long)
    assert said.isprintable()
    assert len(said) < 1_500
    assert "access.cedar:9:1" in said


def test_many_checks_are_summed_up_and_all_of_them_are_in_the_data() -> None:
    many = [*[answer(permits=(PERMIT,))] * 30, answer()]
    document = view.explained(PERSON, Action.VIEW, "bucket", many)
    shown = text.render(document, width=120, colour=False)
    assert "For 30 of 31 checks" in shown
    assert "11 more, in the JSON" in shown
    assert len(document.data["answers"]) == 31


def test_who_may_is_said_of_everybody() -> None:
    some = [Decision(is_allowed=True, rules=(PERMIT,)), Decision(is_allowed=False)]
    people = [view.WhoMay(Person("kim"), some), view.WhoMay(Person("lee"), [Decision(is_allowed=False)] * 2)]
    shown = text.render(view.who(Action.VIEW, "bucket", people, of=2), width=120, colour=False)
    assert "0 people of 2 in the settings may view bucket" in shown
    assert "1 of 2" in shown
