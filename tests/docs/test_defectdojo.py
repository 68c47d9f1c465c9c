"""What docs/defectdojo.md shows is taken, and what it counts is so."""

import re
import tomllib
from pathlib import Path

import orjson
import yaml

from hubposture.owners.read import read_teams
from hubposture.settings.defectdojo import DefectDojoSettings
from hubposture.work.dojo import SERVICE, TAGS, Place
from hubposture.work.dojo_asff import LARGEST_BYTES, MOST_FINDINGS
from hubposture.work.dojo_plan import CloseGuard

TEXT = (Path(__file__).parents[2] / "docs" / "defectdojo.md").read_text(encoding="utf-8")


def shown(kind: str) -> list[str]:
    found = re.findall(rf"^( *)```{kind}\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def test_the_settings_that_are_shown_are_settings() -> None:
    (one,) = shown("toml")
    settings = DefectDojoSettings.model_validate_json(orjson.dumps(tomllib.loads(one)["defectdojo"]))
    assert settings.token_reference is not None


def test_the_teams_that_are_shown_are_teams() -> None:
    (one,) = shown("yaml")
    assert yaml.safe_load(one)
    read = read_teams(one.encode(), "teams.yaml")
    assert read.problems == ()
    assert [team.defectdojo_product for team in read.teams.teams] == ["Web shop"]


def test_every_setting_has_its_row() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", TEXT, re.MULTILINE))
    assert rows == set(DefectDojoSettings.model_fields)


def test_names_and_numbers_are_those_of_the_code() -> None:
    assert Place("x", "ACCOUNT", "REGION").title in TEXT
    assert f"`{SERVICE}`" in TEXT
    assert all(f"`{tag}`" in TEXT for tag in TAGS)
    assert f"{MOST_FINDINGS:,} findings and {LARGEST_BYTES // 2**20} MiB" in TEXT
    assert (CloseGuard().share, CloseGuard().share_from) == (0.5, 20)
    assert "more than half of the open findings of a test, and at least 20" in TEXT
