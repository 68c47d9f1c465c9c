"""The OpenID provider `oidc-provider` of npm as a process, for signing in with a real browser.

Its people are kim (Cloud Security), lee (Risk), ann (Web Owners) and max, whose address is not verified; any password fits.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page

from web.browser import need_node

CLIENT, SECRET = "hubposture", "the secret of the tests"
_SCRIPT = Path(__file__).parent / "node" / "provider.mjs"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@contextmanager
def real_provider(redirect: str, after: str) -> Iterator[str]:
    """Runs the provider for a client that may lead back to `redirect`, and to `after` once signed out; gives its issuer."""
    need_node("oidc-provider")
    node, port = shutil.which("node"), free_port()
    assert node is not None
    command = [node, "--no-warnings", str(_SCRIPT), str(port), redirect, after]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def real_service(baseline: Path, *, workers: int = 2) -> Iterator[str]:
    """Runs `hubposture serve` on a baseline in which people sign in at that provider; gives where it is. Settings are added."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with real_provider(f"{base}/sign-in/back", f"{base}/sign-in") as issuer:
        file = baseline / "hubposture.toml"
        file.write_text(file.read_text() + _SETTINGS.format(base=base, issuer=issuer))
        command = [
            sys.executable,
            "-m",
            "hubposture",
            "-C",
            str(baseline),
            "serve",
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
        environ = {**os.environ, "HUBPOSTURE_WEB_OIDC_CLIENT_SECRET": SECRET}
        with subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                assert process.stdout is not None
                assert base in process.stdout.readline()
                _wait(f"{base}/health")
                yield base
            finally:
                process.send_signal(signal.SIGINT)


_SETTINGS = """
[web]
url = "{base}"
[web.oidc]
issuer = "{issuer}"
client_id = "hubposture"
scopes = ["openid", "email", "groups"]
[access.groups]
"Cloud Security" = ["analyst"]
"Risk" = ["risk-approver"]
"Web Owners" = ["account-owner"]
"""


def _wait(url: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=20), trust_env=False, timeout=30) as client:
        assert client.get(url).status_code == 200


def sign_in(page: Page, who: str, path: str = "/") -> None:
    """Ask for a page of ours without being signed in, sign in at the provider, and come back to it."""
    page.goto(path)
    page.get_by_role("link", name="Sign in at").click()
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
