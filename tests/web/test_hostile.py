"""What an enemy writes is text: in every field of the world, in every part of an address, in every field of every form, in files."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Dialog
from python_calamine import CalamineWorkbook

from hubposture.access.people import Person
from hubposture.web.app import make_app
from hubposture.web.caller import LocalDoor
from hubposture.web.posted import TOKEN
from web.browser import browsing
from web.web_world import FIRST, MARKUP, Pages, Read

FORMULA = '=HYPERLINK("http://evil.example","x")'
TEXTS = (
    MARKUP,
    "\r\nSet-Cookie: a=b",
    FORMULA,
    "../../../etc/passwd",
    "javascript:alert(6)",
    "\u202e" * 9,
    "x" * 3_000,
)
_EXECUTE = frozenset(
    {"script", "iframe", "object", "embed", "style", "base", "template", "foreignobject", "animate", "img"}
)
_DOORS = ("/sign-in", "/sign-out")
_SCHEMES = re.compile(r"\s*(javascript|data|vbscript):", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d*%?")
_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def paths(there: Pages) -> list[tuple[str, str]]:
    """Every route of pages, and its method."""
    app = make_app(there.desk, door=LocalDoor("kim", Person("kim"), "secret"))
    return [
        (method, one.path)
        for one in app.routes
        if isinstance(one, APIRoute)
        for method in sorted((one.methods or set()) - {"HEAD"})
    ]


def harmless(where: str, answer: Any) -> None:
    """Nothing in it executes, nothing broke, and nothing of it became a header."""
    assert answer.status_code < 500 or answer.status_code == 503, (where, answer.status_code, answer.text[-2_000:])
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"], where
    if "text/html" in answer.headers.get("content-type", ""):
        for tag, given in Read(answer.text).elements:
            assert tag not in _EXECUTE, (where, tag)
            assert not any(name == "style" or name.startswith("on") for name in given), (where, tag, given)
            assert not any(_SCHEMES.match(given.get(name, "")) for name in ("href", "src", "action", "formaction")), (
                where,
                given,
            )
        assert "default-src 'none'" in answer.headers["content-security-policy"], where


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_an_address_of_any_route_may_say_anything(hostile: Pages, text: str) -> None:
    for method, path in paths(hostile):
        if method == "GET" and not path.startswith(_DOORS):
            asked = re.sub(r"\{[^}]*\}", quote(text[:1_000], safe="/"), path)
            names = (
                "filter",
                "view",
                "after",
                "subject",
                "account",
                "region",
                "scope",
                "week",
                "of",
                "key",
                "from",
                "state",
                "saved",
            )
            query = "&".join(f"{name}={quote(text, safe='')}" for name in names)
            harmless(f"{asked}?{query}", hostile.get(f"{asked}?{query}"))
            harmless(asked, hostile.get(asked))


@pytest.fixture(scope="module")
def forms(hostile: Pages) -> Mapping[str, Mapping[str, str]]:
    """Every form that is sent, of every page that is linked, with what its fields hold."""
    found: dict[str, dict[str, str]] = {}
    for answer in hostile.crawl(lists=4).values():
        if "text/html" not in answer.headers["content-type"]:
            continue
        page = Read(answer.text)
        for at, (tag, given) in enumerate(page.elements):
            if tag == "form" and given.get("method", "").lower() == "post":
                found.setdefault(given["action"], {}).update(_fields(page, at))
    return found


def _fields(page: Read, form: int) -> Iterator[tuple[str, str]]:
    for number, (tag, given) in enumerate(page.elements):
        if tag in ("input", "textarea", "select") and given.get("name") and _is_within(page, number, form):
            yield given["name"], given.get("value", "")


def _is_within(page: Read, number: int, form: int) -> bool:
    at: int | None = number
    while at is not None and at != form:
        at = page.parents[at]
    return at == form


def test_there_are_forms(forms: Mapping[str, Mapping[str, str]]) -> None:
    assert len(forms) >= 2, forms


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS[:4], ids=range(4))
def test_a_form_may_be_filled_with_anything(hostile: Pages, forms: Mapping[str, Mapping[str, str]], text: str) -> None:
    for action, fields in forms.items():
        if action.endswith("/history"):
            continue  # it asks AWS, and takes nothing
        sent = {name: value if name == TOKEN else text for name, value in fields.items()}
        headers = {"sec-fetch-site": "same-origin"}
        answer = hostile.client.post(action, data=sent, headers=headers, follow_redirects=False)
        harmless(action, answer)
        if answer.status_code == 303:
            harmless(action, hostile.client.get(answer.headers["location"]))


def test_no_cell_of_a_file_is_a_formula(hostile: Pages) -> None:
    for path in (path for method, path in paths(hostile) if method == "GET" and "{" not in path):
        if path.endswith(".csv"):
            for row in csv.reader(io.StringIO(hostile.get(path).content.decode("utf-8-sig"))):
                assert [
                    one for one in row if one.startswith(_BEGINS) and not re.fullmatch(r"-?\d*\.?\d*%?|-", one)
                ] == [], path
        elif path.endswith(".xlsx"):
            content = hostile.get(path).content
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            assert any(book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names))), path


def reports(hostile: Pages) -> dict[str, bytes]:
    page = Read(hostile.text("/reports"))
    weeks = sorted({link for link in page.inside("/reports") if re.fullmatch(r"/reports/\d{4}-W\d\d", link)})
    week = weeks[-1] if weeks else "/reports/2026-W48"
    kinds = ("html", "csv", "json", "md", "xlsx")
    return {kind: hostile.get(f"{week}/report.{kind}").content for kind in kinds}


def test_reports_execute_nothing(hostile: Pages) -> None:
    found = reports(hostile)
    page = Read(found["html"].decode())
    assert not any(
        tag in _EXECUTE - {"style"} or any(name.startswith("on") for name in given) for tag, given in page.elements
    )
    assert not any(_SCHEMES.match(given.get("href", "")) for _, given in page.elements)
    with zipfile.ZipFile(io.BytesIO(found["csv"])) as opened:
        for name in opened.namelist():
            for row in csv.reader(io.StringIO(opened.read(name).decode("utf-8-sig"))):
                assert [one for one in row if one.startswith(_BEGINS) and not _NUMBER.fullmatch(one)] == [], name
    assert CalamineWorkbook.from_filelike(io.BytesIO(found["xlsx"])).sheet_names


def listening(heard: list[str]) -> Callable[[Dialog], None]:
    """What listens to a page: everything that it says aloud is kept, and ends."""

    def listen(dialog: Dialog) -> None:
        heard.append(dialog.message)
        dialog.dismiss()

    return listen


@pytest.mark.slow
def test_nothing_executes_in_a_real_browser(hostile: Pages) -> None:
    heard: list[str] = []
    subject = next(
        link for link in Read(hostile.text("/findings?view=list")).inside("/") if link.startswith("/findings/")
    )
    main = ("/", "/findings", "/findings?view=list", f"/findings?filter={quote(MARKUP)}", subject, f"/accounts/{FIRST}", "/controls",
            "/controls/s3.8", "/waivers", "/waivers/new", "/waivers/W-2026-014", "/tickets", "/tickets/shub-0123456789ab", "/ous",
            "/changes", "/reports", "/filters", "/operations", "/outside", "/audit", "/me", f"/{quote(MARKUP, safe='')}")  # fmt: skip
    with browsing(str(hostile.client.base_url)) as browser:
        page = browser.page()
        page.on("dialog", listening(heard))
        for path in main:
            page.goto(path)
            assert page.evaluate("() => document.querySelectorAll('script, img, [onerror], [onload]').length") == 0, (
                path
            )
        page.goto("/filters")
        page.locator("input[name=name]").first.fill(MARKUP.replace("\x00", ""))
        page.locator("[name=filter]").last.fill("<svg/onload=alert(9)>")
        page.locator("form button").last.click()
        report = browser.context(script=True).new_page()
        report.on("dialog", listening(heard))
        report.set_content(reports(hostile)["html"].decode())
        report.wait_for_timeout(200)
    assert heard == []
