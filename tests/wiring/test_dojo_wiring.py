"""DefectDojo by the settings and the teams of a baseline."""

from pathlib import Path

import pytest

from baseline_world import commit_all, needs_git, new_repository
from dojo_world import A, subject
from hubposture.errors import InputError, InputErrors
from hubposture.sandbox.remote.defectdojo import TOKEN, DefectDojo
from hubposture.sandbox.remote.defectdojo_server import DefectDojoServer
from hubposture.verbs.dojo_sync import dojo_sync
from hubposture.wiring import Workplace, workplace
from hubposture.wiring.dojo import dojo_layout, dojo_means
from hubposture.wiring.surroundings import Surroundings

SETTINGS = """instance = "acme"
[organizations.main]
administrator = "111122223333"
home_region = "eu-central-1"
"""
DOJO = """
[defectdojo]
url = "{url}"
token = "env:DOJO"
product_type = "Cloud"
engagement = "Hub"
"""
TEAMS = """teams:
  web:
    defectdojo: {product: Web shop}
    via: defectdojo
  data:
    mail: data@example.com
"""


def at(root: Path, url: str = "https://dojo.example.com", *, more: str = "") -> Workplace:
    needs_git()
    new_repository(root)
    (root / "hubposture.toml").write_text(SETTINGS + (DOJO.format(url=url) if url else "") + more)
    (root / "teams.yaml").write_text(TEAMS)
    commit_all(root)
    return workplace(root, surroundings=Surroundings(environ={"DOJO": TOKEN}))


def test_only_teams_that_defectdojo_serves_are_brought_there(tmp_path: Path) -> None:
    layout = dojo_layout(at(tmp_path), {A: "Shop"})
    assert (layout.product_type, dict(layout.products)) == ("Cloud", {"web": "Web shop"})
    assert layout.teams == frozenset({"web"})
    assert layout.takes(subject())
    assert not layout.takes(subject(owner="data"))
    assert not layout.takes(subject(is_team=False))


def test_everybody_is_where_the_settings_say_so(tmp_path: Path) -> None:
    layout = dojo_layout(at(tmp_path, more='teams = "all"\n'), {A: "Shop"})
    assert layout.takes(subject(owner="", is_team=False))
    assert layout.place(subject(owner="data")).product == f"AWS {A}"


def test_a_broken_file_of_teams_is_told_and_nothing_is_moved_by_it(tmp_path: Path) -> None:
    place = at(tmp_path)
    (tmp_path / "teams.yaml").write_text(TEAMS + "  shop: {nam: x}\n")
    with pytest.raises(InputErrors, match=r"teams\.yaml:7"):
        dojo_layout(place, {})


def test_without_an_instance_it_says_what_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"docs/defectdojo\.md"), dojo_means(at(tmp_path, "")):
        pass


def test_a_key_of_the_environment_syncs_as_the_settings_say(tmp_path: Path) -> None:
    dojo = DefectDojo()
    with DefectDojoServer(dojo) as server, dojo_means(at(tmp_path, server.url), product_types={A: "Shop"}) as means:
        assert means.allowed == ()
        result = dojo_sync(means, means.dojo.look(), [subject("b1"), subject("b2", owner="data")])
    assert result.is_whole
    (engagement,) = dojo.world.engagements.values()
    assert (engagement.name, dojo.world.products[engagement.product].name) == ("Hub", "Web shop")
    assert len(dojo.world.findings) == 1
