"""A real browser on pages that are served on this machine: Chromium by Playwright, with axe-core for accessibility.

What pages write to the console, what their policy refuses and what fails to load is collected, and fails the test at the end.
Playwright's loop runs in the thread that uses it, so open the browser for a test or a module and not for all of them.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from needs import need

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
"""What `make node` installs."""
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
_SWITCHES = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost")  # fmt: skip
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_WANTED_STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
_WIDTH, _HEIGHT = 1280, 1000


@dataclass
class Browsing:
    """An open browser at `base`; `trouble` is what pages complained of so far, which must be nothing at the end."""

    browser: Browser
    base: str
    trouble: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, path: str = "", *, width: int = _WIDTH, dark: bool = False, script: bool = True) -> Page:
        """A page of somebody new, who shares no cookies with anybody, at a path if one is given."""
        made = self.context(width=width, dark=dark, script=script).new_page()
        if path:
            made.goto(path)
        return made

    def context(self, *, width: int = _WIDTH, dark: bool = False, script: bool = True, **more: Any) -> BrowserContext:
        """Somebody new; `more` as Playwright takes it (`storage_state`, `accept_downloads`, `extra_http_headers`)."""
        made = self.browser.new_context(
            base_url=self.base, viewport={"width": width, "height": _HEIGHT}, color_scheme="dark" if dark else "light",
            java_script_enabled=script, reduced_motion="reduce", **more,
        )  # fmt: skip
        made.set_default_timeout(20_000)
        made.on("console", self._said)
        made.on("weberror", lambda error: self.trouble.append(f"{error.page and error.page.url}: {error.error}"))
        made.on("requestfailed", self._failed)
        self._contexts.append(made)
        return made

    def close(self) -> None:
        """Close everybody's pages."""
        for one in self._contexts:
            one.close()

    def _said(self, message: ConsoleMessage) -> None:
        is_page = not message.location.get("url", "").partition("//")[2].partition("/")[2].startswith("static/")
        if message.page is not None and not self._is_ours(message.page):
            return
        if is_page and _WANTED_STATUS.match(message.text):
            return  # an answer such as 422, which browsers tell of as if a file were missing
        if message.type in ("error", "warning") or "Content Security Policy" in message.text:
            self.trouble.append(f"{message.location.get('url', '')}: {message.text}")

    def _is_ours(self, page: Page) -> bool:
        """Whether the page itself is one of the service, and not of the provider at which people sign in."""
        return page.url.startswith((f"{self.base}/", "about:"))

    def _failed(self, request: Request) -> None:
        if not request.is_navigation_request() and not self._is_ours(request.frame.page):
            return
        if "ERR_ABORTED" not in (request.failure or ""):  # a download, or a page left before it was there
            self.trouble.append(f"{request.url}: {request.failure}")


@contextmanager
def browsing(base: str) -> Iterator[Browsing]:
    """A browser on the pages at `base` (`http://127.0.0.1:PORT`). Fails at the end if pages complained of anything."""
    need(_CHROMIUM, "Chromium", "apt-get install chromium")
    with _browser() as browser:
        found = Browsing(browser, base.rstrip("/"))
        try:
            yield found
        finally:
            found.close()
    if found.trouble:
        raise AssertionError("pages complained:\n" + "\n".join(found.trouble))


_OPEN: list[Browser] = []
"""The one that is open, once for each who uses it: a thread can hold Playwright only once."""


@contextmanager
def _browser() -> Iterator[Browser]:
    with ExitStack() as stack:
        if not _OPEN:
            playwright = stack.enter_context(sync_playwright())
            opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_SWITCHES))
            stack.callback(opened.close)
            stack.callback(_OPEN.clear)
            _OPEN.append(opened)
        yield _OPEN[0]


def need_node(name: str) -> Path:
    """The folder of a package from npm; skips the test where it or Node.js is missing."""
    folder = NODE_MODULES / name
    need(
        shutil.which("node") and folder.is_dir(),
        f"Node.js and the package {name}",
        "apt-get install nodejs npm, then make node",
    )
    return folder


@cache
def _axe() -> str:
    return (need_node("axe-core") / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page, *, without: Sequence[str] = ()) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA on a page as it is shown now: the rule, what it says, and where.

    It runs beside the page's own policy, which stays as it is. `without` are rules to leave out, with a reason where it is used.
    """
    page.evaluate(f"() => {{ {_axe()}\n }}")
    rules: Mapping[str, Mapping[str, bool]] = {name: {"enabled": False} for name in without}
    asked = {"runOnly": {"type": "tag", "values": list(_TAGS)}, "rules": rules, "resultTypes": ["violations"]}
    found = page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
