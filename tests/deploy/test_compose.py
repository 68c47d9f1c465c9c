"""The service of one machine: what its containers may do, and that what they start is there."""

import re
from pathlib import Path
from typing import Any

import click
import pytest

from hubposture.cli.main import cli
from hubposture.settings.secrets import parse_reference
from yaml_text import load_yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
FOUND = load_yaml(TEXT)
SERVICES: dict[str, Any] = FOUND["services"]
OURS = ("web", "worker")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_writes_to_its_volumes_alone_and_gains_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", OURS)
def test_ours_run_as_the_images_own_user_without_any_capability(name: str) -> None:
    service = SERVICES[name]
    user = re.search(r"useradd --uid (\d+)", (DEPLOY / "Containerfile").read_text())
    assert user is not None
    assert service["user"] == f"{user[1]}:{user[1]}"
    assert "cap_add" not in service


@pytest.mark.parametrize("name", OURS)
def test_what_is_started_is_a_command_with_these_options(name: str) -> None:
    root = click.Context(cli)
    command_name, *words = SERVICES[name]["command"]
    command = cli.get_command(root, command_name)
    assert command is not None
    command.make_context(command_name, list(words), parent=root)  # raises for what it does not take


def test_no_secret_is_in_the_file_and_every_secret_that_is_mounted_is_used() -> None:
    settings = {key: value for name in OURS for key, value in SERVICES[name]["environment"].items()}
    assert parse_reference(settings["HUBPOSTURE_LEDGER_URL"]) is not None
    for name, service in SERVICES.items():
        for secret in service["secrets"]:
            assert secret in FOUND["secrets"], (name, secret)
    assert not re.search(r"PASSWORD: ", TEXT), "a password comes as a file"


def test_only_the_web_pages_are_reached_from_outside_and_on_this_machine_alone_unless_asked() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["${ADDRESS:-127.0.0.1}:8000:8000"]}
