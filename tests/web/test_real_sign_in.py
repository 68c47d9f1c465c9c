"""Signing in with a real browser at a real OpenID provider, at a service of two workers, and out again."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from web.browser import Browsing, axe, browsing
from web.real_provider import real_service, sign_in
from web.web_world import Pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(there: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    baseline = tmp_path_factory.mktemp("signed") / "baseline"
    shutil.copytree(there.base, baseline)
    with real_service(baseline) as base, browsing(base) as found:
        yield found


def said(page: Page) -> str:
    return " ".join(page.locator("body").inner_text().split())


def test_somebody_signs_in_looks_round_makes_a_token_and_signs_out(browser: Browsing) -> None:
    page = browser.page()
    page.goto("/accounts")
    assert page.url.startswith(f"{browser.base}/sign-in?next=")
    assert axe(page) == []
    sign_in(page, "kim", "/accounts")
    assert page.url == f"{browser.base}/accounts"
    assert page.locator("header .who").inner_text().strip() == "kim@example.com"

    page.get_by_role("link", name="kim@example.com").click()
    assert "analyst (works on findings everywhere" in said(page)
    assert axe(page) == []
    page.get_by_label("What it is for").fill("nightly")
    page.get_by_label("view: see findings").check()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("pre").first.inner_text().strip()
    assert token.startswith("hubp_")
    assert axe(page) == []
    answer = page.context.request.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.ok

    page.goto("/me")
    page.get_by_role("button", name="Sign out here").click()
    assert "You are signed out" in said(page)
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("header .who").count() == 0
    assert "nightly" not in said(page)
    assert "kim@example.com" not in said(page)
    assert page.context.request.get("/accounts", max_redirects=0).status == 303


def test_whose_address_is_not_verified_is_told_so_and_not_let_in(browser: Browsing) -> None:
    page = browser.page()
    sign_in(page, "max")
    assert "does not say that your address is verified" in said(page)
    assert axe(page) == []
    page.goto("/me")
    assert page.url.startswith(f"{browser.base}/sign-in")


def test_who_cancels_at_the_provider_is_told_so(browser: Browsing) -> None:
    page = browser.page("/sign-in")
    page.get_by_role("link", name="Sign in at").click()
    page.get_by_role("link", name="[ Cancel ]").click()
    assert "It was cancelled" in said(page)
    page.get_by_role("link", name="Sign in again").click()
    assert page.url.startswith(f"{browser.base}/sign-in")


def test_who_signs_out_at_the_provider_too_is_led_back(browser: Browsing) -> None:
    page = browser.page()
    sign_in(page, "lee", "/me")
    assert "risk-approver" in said(page)
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("link", name="as well").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    assert page.url.startswith(f"{browser.base}/sign-in")
