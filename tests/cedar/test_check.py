"""Whatever stands in access.cedar, it is either a rule or a problem with a place."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cedar.access_world import PLACES, rule_texts
from hubposture.access.people import People
from hubposture.cedar.check import read_rules
from hubposture.verbs.access_check import check_access

WORDS = st.lists(
    st.sampled_from(
        ["permit", "forbid", "(", ")", "principal", "action", "resource", ",", ";", "when", "{", "}", '"a"', "==", "in",
         'Group::"x"', "@id", '("a")', "?principal", "//", "\n", '"', "resource.owner", "é", "\\", "unless", "true"]
    ),
    max_size=30,
).map(" ".join)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(WORDS, st.text(max_size=40)))
def test_any_text_is_read_and_every_problem_has_a_place(text: str) -> None:
    found = read_rules(text, "access.cedar")
    assert all(re.match(r"access\.cedar(:\d+:\d+)?$", one.where) for one in found.problems)
    check_access(found, people=People(), places=PLACES)


@settings(deadline=None, max_examples=60)
@given(rule_texts)
def test_rules_of_the_grammar_are_without_problems(text: str) -> None:
    assert read_rules(text, "access.cedar").problems == ()


@pytest.mark.parametrize(
    ("rule", "where", "said"),
    [
        ('permit(principal, action == Action::"suppress", resource) when { resource.ownr == "x" };', "1:75", "`ownr`"),
        ('permit(principal, action == Action::"supress", resource);', "1:29", "did you mean suppress?"),
        ('permit(principal in Gruop::"x", action, resource);', "1:21", "`Gruop`"),
        ('permit(principal, action == Action::"suppress", resource is Account);', "1:1", "can never apply"),
        (
            'permit(principal, action == Action::"suppress", resource) when { resource.severity > 3 };',
            "1:1",
            "expected",
        ),
        ("permit(principal, action, resource)", "1:36", "unexpected end of input"),
        ("permit(principal, action, resource) whem { true };", "1:37", "whem"),
        ('permit(principal == ?principal, action, resource) when { "" == "" };', "1:1", "templates"),
        ('\n\n  @id("a")\n  permit(principal,, action, resource);', "4:20", "`,`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(rule: str, where: str, said: str) -> None:
    problems = read_rules(rule, "access.cedar").problems
    assert any(one.where == f"access.cedar:{where}" and said in str(one) for one in problems), problems


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ('@id("a") permit(principal == User::"Kim", action, resource);', "access-user"),
        ('@id("a") permit(principal in Group::"annalyst", action, resource);', "access-group"),
        ('@id("a") permit(principal, action, resource in Unit::"Work");', "access-ou"),
        ('@id("a") permit(principal, action, resource in Unit::"/Wrk");', "access-ou"),
        ('@id("a") permit(principal, action, resource in Account::"12");', "access-account"),
        ('@id("a") permit(principal, action, resource in Account::"444444444444");', "access-account"),
        ('@id("a") permit(principal, action == Action::"suppress", resource) when { false };', "access-never"),
        ('@id("a") permit(principal, action, resource); @id("a") permit(principal, action, resource);', "access-twice"),
        ("permit(principal, action, resource);", "access-no-id"),
        ('@id("a") permit(principal, action == Action::"approve-waiver", resource) when { context.requestedBy == "Kim" };', "access-user"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_found(rule: str, found: str) -> None:
    findings = check_access(read_rules(rule, "access.cedar"), people=People(), places=PLACES)
    assert found in {one.rule for one in findings}, findings


def test_places_of_the_settings_are_checked_too() -> None:
    people = People(users={"kim": []}, places={"kim": ["/Nowhere", "Work"], "nobody": ["/Work"]})
    findings = check_access(read_rules("", "access.cedar"), people=people, places=PLACES)
    assert [one.rule for one in findings] == ["access-ou", "access-empty", "access-ou", "access-who"]
