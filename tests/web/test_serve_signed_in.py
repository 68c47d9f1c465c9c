"""`hubposture serve` where the settings have a sign-in: what is said before anything listens."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hubposture.cli.main import cli
from hubposture.errors import InputError

SETTINGS = """instance = "a"
[organizations.main]
administrator = "111122223333"
home_region = "eu-central-1"
[web]
url = "https://posture.example.com"
[web.oidc]
issuer = "https://login.example.com"
client_id = "hubposture"
client_secret = "env:HUBPOSTURE_TEST_NO_SUCH_SECRET"
"""


def serve(folder: Path, *arguments: str) -> BaseException | None:
    (folder / "hubposture.toml").write_text(SETTINGS)
    return CliRunner().invoke(cli, ["-C", str(folder), "serve", *arguments], standalone_mode=False).exception


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_secret_that_is_missing_is_said_before_anything_listens(tmp_path: Path, workers: str) -> None:
    found = serve(tmp_path, "--host", "0.0.0.0", "--workers", workers)
    assert isinstance(found, InputError)
    assert "HUBPOSTURE_TEST_NO_SUCH_SECRET" in str(found)


def test_nobody_can_be_somebody_where_people_sign_in(tmp_path: Path) -> None:
    found = serve(tmp_path, "--as", "kim")
    assert isinstance(found, InputError)
    assert "people sign in" in str(found)
