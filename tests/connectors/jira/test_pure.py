"""Queries, values of fields, settings and issues as data."""

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.jira_place import draft
from hubposture.connectors.jira import Cloud, DataCenter, ProjectShape, Shape, shape_of
from hubposture.connectors.jira.drafting import labels_of, title_of
from hubposture.connectors.jira.fields import shaped
from hubposture.connectors.jira.jql import changed_since, labelled, quoted
from hubposture.connectors.jira.reading import seen_of
from hubposture.render.spans import units
from hubposture.settings.jira import JiraSettings
from hubposture.work.ticket import Outcome

BERLIN = ZoneInfo("Europe/Berlin")
SHAPE = Shape("acme", "https://acme.atlassian.net/", priorities={"CRITICAL": "P1", "HIGH": "P2", "MEDIUM": "P3"})
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "key",
                    "fields",
                    "created",
                    "labels",
                    "status",
                    "name",
                    "description",
                    "content",
                    "text",
                    "properties",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("since", "zone", "told"),
    [
        (dt.datetime(2026, 11, 2, 9), ZoneInfo("UTC"), "2026/11/02 08:58"),
        (dt.datetime(2026, 11, 2, 9), BERLIN, "2026/11/02 09:58"),
        (dt.datetime(2026, 7, 2, 9), BERLIN, "2026/07/02 10:58"),
        (dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC), BERLIN, "2026/11/02 09:58"),
        (dt.datetime(2026, 11, 2, 9), None, "2026/11/01 20:58"),
        # At three in the morning clocks go back to two: the hour between is taken from its beginning, twice.
        (dt.datetime(2026, 10, 25, 0, 32), BERLIN, "2026/10/25 01:30"),
        (dt.datetime(2026, 10, 25, 1, 32), BERLIN, "2026/10/25 01:30"),
        (dt.datetime(2026, 10, 25, 2, 32), BERLIN, "2026/10/25 03:30"),
    ],
)
def test_a_time_is_that_of_the_users_zone(since: dt.datetime, zone: ZoneInfo | None, told: str) -> None:
    jql = changed_since(since, label="security-hub", zone=zone)
    assert jql == f'labels in ("security-hub") AND updated >= "{told}" ORDER BY updated ASC'


def test_without_a_label_every_ticket_with_one_is_looked_at() -> None:
    assert changed_since(dt.datetime(2026, 11, 2), label="", zone=None).startswith("labels is not EMPTY AND updated")


@given(st.text())
def test_no_text_breaks_out_of_a_query(text: str) -> None:
    found = quoted(text)
    assert found.isprintable()
    inner = found[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert "\\" not in inner
    assert labelled([text]).endswith(") ORDER BY created ASC")


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, "x", "x"),
        ({"type": "number"}, "4", 4),
        ({"type": "number"}, "4.5", 4.5),
        ({"type": "number"}, "four", "four"),
        ({"type": "option"}, "High", {"value": "High"}),
        ({"type": "array", "items": "option"}, "A, B", [{"value": "A"}, {"value": "B"}]),
        ({"type": "array", "items": "string"}, "a,b", ["a", "b"]),
        ({"type": "array", "items": "component"}, "Cloud", [{"name": "Cloud"}]),
        ({"type": "option-with-child"}, "EU > Berlin", {"value": "EU", "child": {"value": "Berlin"}}),
        ({"type": "option-with-child"}, "EU", {"value": "EU"}),
        ({"type": "securitylevel"}, "Red", {"name": "Red"}),
        ({"type": "date"}, "2026-12-01", "2026-12-01"),
        ({"type": "any"}, '{"id": "7"}', {"id": "7"}),
        ({"type": "string"}, "{not json", "{not json"),
        ({}, "x", "x"),
    ],
)
def test_a_value_is_written_as_its_field_takes_it(schema: dict[str, Any], value: str, expected: object) -> None:
    for dialect in (Cloud(), DataCenter()):
        assert shaped(schema, value, dialect) == expected


def test_people_and_long_texts_differ_between_the_kinds() -> None:
    long = {"type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}
    assert shaped({"type": "user"}, "kim", Cloud()) == {"accountId": "kim"}
    assert shaped({"type": "user"}, "kim", DataCenter()) == {"name": "kim"}
    assert shaped(long, "x", Cloud())["type"] == "doc"
    assert shaped(long, "x", DataCenter()) == "x"


@given(st.text(), st.lists(st.text(), max_size=4).map(tuple))
def test_titles_and_labels_are_always_such_as_jira_takes(title: str, labels: tuple[str, ...]) -> None:
    found = title_of(title)
    assert 0 < units(found) <= 255
    assert "\n" not in found
    one = draft(1, labels=labels)
    assert labels_of(one)[0] == one.key
    assert all(label and not any(letter.isspace() for letter in label) for label in labels_of(one))


@given(anything)
def test_issues_of_any_shape_raise_nothing(issue: Any) -> None:
    for one in (issue, {"id": "1", "key": "A-1", "fields": issue}):
        seen_of(one, SHAPE, with_text=True)


def test_a_description_without_end_is_read_to_some_depth() -> None:
    node: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(5000):
        node = {"type": "panel", "content": [node]}
    fields = {"created": "2026-11-02T09:00:00.000+0000", "description": node}
    seen = seen_of({"id": "1", "key": "A-1", "fields": fields}, SHAPE, with_text=True)
    assert seen is not None
    assert len(seen.text) < 200
    assert (seen.place, seen.url) == ("A", "https://acme.atlassian.net/browse/A-1")


def test_priorities_go_up_from_that_of_the_severity() -> None:
    found = [
        SHAPE.priority(severity, raised) for severity, raised in (("MEDIUM", 0), ("MEDIUM", 1), ("HIGH", 7), ("LOW", 0))
    ]
    assert found == ["P3", "P2", "P1", ""]
    assert SHAPE.priority("INFORMATIONAL", 1) == ""


def test_settings_make_a_shape() -> None:
    given = {
        "url": "https://acme.atlassian.net",
        "user": "hub@example.com",
        "token": "env:JIRA",
        "issue_type": "Bug",
        "projects": {
            "SHOP": {
                "issue_type": "Story",
                "fields": ["Business impact=High = very", "customfield_1=x"],
                "transition_fields": ["Reason=Closed by the check"],
                "outcomes": {"fixed": ["Done"], "waived": ["Done/Won't Do", "Closed"]},
                "reopen_to": ["To Do"],
                "security_level": "Red",
            }
        },
    }
    found = shape_of("acme", JiraSettings.model_validate_json(json.dumps(given)), label="security-hub")
    assert found.projects["SHOP"] == ProjectShape(
        issue_type="Story",
        security_level="Red",
        fields={"Business impact": "High = very", "customfield_1": "x"},
        transition_fields={"Reason": "Closed by the check"},
        outcomes={Outcome.FIXED: ("Done",), Outcome.WAIVED: ("Done/Won't Do", "Closed")},
        reopen_to=("To Do",),
    )
    assert (found.type_in("SHOP"), found.type_in("DATA"), found.label) == ("Story", "Bug", "security-hub")
    assert found.priorities == {"CRITICAL": "Highest", "HIGH": "High", "MEDIUM": "Medium", "LOW": "Low"}
