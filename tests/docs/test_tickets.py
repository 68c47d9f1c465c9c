"""What docs/tickets.md shows is taken, and what it says of settings is so."""

import re
import tomllib
from pathlib import Path

import orjson
import pytest

from hubposture.settings.jira import JiraSettings
from hubposture.settings.tickets import TicketSettings
from hubposture.work.adopt import read_rows

TEXT = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text(encoding="utf-8")
_ALL = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
SHOWN = [tomllib.loads("\n".join(line.strip() for line in one.splitlines())) for one in _ALL]
DEFAULTS = TicketSettings()


def test_the_settings_that_are_shown_are_settings() -> None:
    sites = [table for one in SHOWN for table in one.get("jira", {}).values()]
    tickets = [one["tickets"] for one in SHOWN if "tickets" in one]
    assert (len(sites), len(tickets)) == (1, 2)
    for site in sites:
        assert JiraSettings.model_validate_json(orjson.dumps(site)).projects["WEB"].outcomes.fixed
    assert [len(TicketSettings.model_validate_json(orjson.dumps(one)).escalation) for one in tickets] == [0, 2]


def test_the_list_that_is_shown_can_be_adopted() -> None:
    (shown,) = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    rows, problems = read_rows(shown.encode(), "tickets.csv")
    assert (len(rows), problems) == (2, ())


@pytest.mark.parametrize(("name", "value"), re.findall(r"`tickets\.([a-z_]+)` \(`?([\w.-]+)`?\)", TEXT))
def test_every_default_that_is_told_is_the_default(name: str, value: str) -> None:
    default = getattr(DEFAULTS, name)
    assert str(default[0] if isinstance(default, tuple) else default) == value


def test_every_setting_of_tickets_that_is_named_exists() -> None:
    named = set(re.findall(r"`tickets\.([a-z_]+)", TEXT))
    assert len(named) > 12
    assert named <= set(TicketSettings.model_fields)
