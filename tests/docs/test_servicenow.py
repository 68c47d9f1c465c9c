"""The settings that docs/servicenow.md shows are settings, and give records that can be made."""

import re
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from hubposture.connectors.servicenow import RecordShape, Value, shape_of
from hubposture.connectors.servicenow.shape import catalog_item, change_request, policy_exception
from hubposture.settings.servicenow import ServiceNowSettings

TEXT = (Path(__file__).parents[2] / "docs" / "servicenow.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_shown_is_taken_and_contradicts_nothing(text: str) -> None:
    table = tomllib.loads(text)["waivers"]["servicenow"]
    settings = ServiceNowSettings.model_validate_json(orjson.dumps(table))
    assert shape_of(settings, ZoneInfo("UTC")).problems() == []


def test_both_ways_of_writing_settings_are_shown() -> None:
    assert len(SHOWN) == 2


@pytest.mark.parametrize("shape", [policy_exception(), catalog_item("0" * 32), change_request()])
def test_the_table_of_presets_names_what_they_use(shape: RecordShape) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith("| `") and f"`{shape.table}`" in line]
    names = {name for value, name in shape.fields.items() if value is not Value.REQUEST_ID}
    names = {"request_id", "reason", "controls", "until"} if shape.item else names
    assert names <= set(re.findall(r"`([a-z_]+)`", row))
