"""The settings that docs/jira.md shows are settings, and what it says is so."""

import re
import tomllib
from pathlib import Path
from typing import Any

import orjson

from hubposture.connectors.jira import Cloud, DataCenter, dialect_of, shape_of
from hubposture.connectors.jira.rehearsal import TEST_LABEL
from hubposture.settings.jira import JiraSettings
from hubposture.work.ticket import Outcome

TEXT = (Path(__file__).parents[2] / "docs" / "jira.md").read_text(encoding="utf-8")
SHOWN = [tomllib.loads(one)["jira"] for one in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)]


def _settings(name: str) -> JiraSettings:
    whole: dict[str, Any] = {}
    for table in SHOWN:
        whole |= table.get(name, {})
    return JiraSettings.model_validate_json(orjson.dumps(whole))


def test_what_is_shown_is_taken_by_both_kinds() -> None:
    assert len(SHOWN) == 3
    assert isinstance(dialect_of(_settings("acme")), Cloud)
    assert isinstance(dialect_of(_settings("own")), DataCenter)


def test_a_project_that_is_shown_has_an_end_for_every_outcome() -> None:
    project = shape_of("acme", _settings("acme")).projects["WEB"]
    assert set(project.outcomes) == set(Outcome)
    assert project.fields == {"Component/s": "Cloud", "customfield_10050": "High"}


def test_the_label_of_test_tickets_is_told() -> None:
    assert f"`{TEST_LABEL}`" in TEXT
