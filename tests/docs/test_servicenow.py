"""The settings that docs/servicenow.md shows are settings, and give records that can be made."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from hubposture.connectors.servicenow import RecordShape, Value, shape_of, ticket_shape_of
from hubposture.connectors.servicenow.shape import catalog_item, change_request, policy_exception
from hubposture.settings.servicenow import ServiceNowSettings
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.work.ticket import Outcome

TEXT = (Path(__file__).parents[2] / "docs" / "servicenow.md").read_text(encoding="utf-8")
ALL = [tomllib.loads(one) for one in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)]
SHOWN = [one["waivers"]["servicenow"] for one in ALL if "waivers" in one]
TICKETS = [one["servicenow"] for one in ALL if "servicenow" in one]


@pytest.mark.parametrize("table", SHOWN)
def test_what_is_shown_is_taken_and_contradicts_nothing(table: Mapping[str, Any]) -> None:
    settings = ServiceNowSettings.model_validate_json(orjson.dumps(table))
    assert shape_of(settings, ZoneInfo("UTC")).problems() == []


def test_both_ways_of_writing_settings_are_shown() -> None:
    assert (len(SHOWN), len(TICKETS)) == (2, 2)


@pytest.mark.parametrize("table", TICKETS)
def test_what_is_shown_for_tickets_closes_and_opens_them(table: Mapping[str, Any]) -> None:
    shape = ticket_shape_of(TrackerServiceNow.model_validate_json(orjson.dumps(table)), "servicenow")
    assert not shape.is_done(shape.open)
    assert all(shape.is_done(shape.outcomes[one]) for one in Outcome)


def test_the_table_of_fields_names_those_of_the_settings() -> None:
    shape = ticket_shape_of(TrackerServiceNow(), "servicenow")
    named = set(re.findall(r"`([a-z_]+)`", TEXT[TEXT.index("| Ours |") : TEXT.index("A field set to")]))
    ours = {shape.key, shape.title, shape.body, shape.comment, shape.group, shape.assignee, shape.due, shape.parent}
    assert ours | {name for pairs in shape.severities.values() for name in pairs} <= named


@pytest.mark.parametrize("shape", [policy_exception(), catalog_item("0" * 32), change_request()])
def test_the_table_of_presets_names_what_they_use(shape: RecordShape) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith("| `") and f"`{shape.table}`" in line]
    names = {name for value, name in shape.fields.items() if value is not Value.REQUEST_ID}
    names = {"request_id", "reason", "controls", "until"} if shape.item else names
    assert names <= set(re.findall(r"`([a-z_]+)`", row))
