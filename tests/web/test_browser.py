"""The pages in a real browser: nothing is refused by their own policy, nothing executes, they are drawn at any size."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from needs import need
from web.web_world import FIRST, Pages

pytestmark = pytest.mark.slow

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def browse(there: Pages, path: str, profile: Path, *arguments: str) -> tuple[str, str]:
    """What a browser prints, and what its console and log say."""
    need(_CHROMIUM, "Chromium", "apt-get install chromium")
    command = [
        _CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--enable-logging=stderr",
        f"--user-data-dir={profile}", *arguments, f"{str(there.client.base_url).rstrip('/')}{path}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, done.stderr


def told(log: str) -> list[str]:
    """What pages wrote to the console: their policy's refusals, and errors."""
    return [line for line in log.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize(
    "path", ["/", "/findings?view=list", "/findings?filter=nofield%3D1", f"/accounts/{FIRST}", "/waivers"]
)
def test_a_page_breaks_no_rule_of_its_own(there: Pages, tmp_path: Path, path: str) -> None:
    document, log = browse(there, path, tmp_path, "--dump-dom")
    assert told(log) == []
    assert "</footer>" in document


@pytest.mark.parametrize("path", ["/", "/findings", "/findings?view=list", "/controls/s3.8", f"/accounts/{FIRST}"])
def test_what_an_enemy_wrote_does_nothing(hostile: Pages, tmp_path: Path, path: str) -> None:
    document, log = browse(hostile, path, tmp_path, "--dump-dom")
    assert told(log) == [], "not even the policy had anything to refuse"
    assert "&lt;script&gt;alert(2)" in document
    assert "<script" not in document


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (500, False), (1280, True)])
def test_the_overview_is_drawn(there: Pages, tmp_path: Path, width: int, dark: bool) -> None:
    picture = tmp_path / "page.png"
    colours = ["--blink-settings=preferredColorScheme=0", "--force-dark-mode"] if dark else []
    browse(there, "/", tmp_path / "profile", f"--screenshot={picture}", f"--window-size={width},1400", *colours)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (width, 1400)
    assert picture.stat().st_size > 40_000, "it is not blank"


def test_the_overview_is_printed(there: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    browse(there, "/", tmp_path / "profile", f"--print-to-pdf={paper}")
    assert paper.read_bytes().startswith(b"%PDF")
