"""What docs/sign-in.md shows and names is there."""

import re
from pathlib import Path

from hubposture.settings.keys import setting_rows
from hubposture.settings.load import load_settings
from hubposture.settings.web import LimitSettings
from hubposture.web.sign_in import BACK

TEXT = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text(encoding="utf-8")
BASE = 'instance = "a"\n[organizations.main]\nadministrator = "111122223333"\nhome_region = "eu-central-1"\n'


def test_the_settings_that_are_shown_make_a_sign_in() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    found = load_settings((BASE + "\n".join(line.strip() for line in shown.splitlines())).encode()).settings
    assert found.web.signs_in
    assert found.access.people.named("kim", ["Cloud Security"]).groups == ("Cloud Security", "analyst")


def test_settings_and_addresses_that_are_named_are_there() -> None:
    keys = {row.key for row in setting_rows()}
    named = set(re.findall(r"`((?:web|access)\.[a-z_.]+)`", TEXT))
    sections = {"web.oidc", "web.limits", "access.groups", "access.users", "access.places"}
    assert named - sections <= keys
    assert f"https://HOST{BACK}" in TEXT


def test_the_limits_are_those_of_the_code() -> None:
    told = {name: int(most) for name, most in re.findall(r"\| `(\w+_per_minute)` \|[^|]*\| (\d+) \|", TEXT)}
    assert told == LimitSettings().model_dump()
