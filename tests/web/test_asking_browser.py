"""Waivers in a real browser, without script: an account owner asks, a risk approver decides, anybody can use the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.waivers.standing import State
from web.asking_world import KIM, LEE, SITE, World, answers, asking, key
from web.browser import Browsing, axe, browsing

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with asking(tmp_path) as found:
        yield found


def test_an_account_owner_asks_a_risk_approver_approves_and_it_holds(world: World) -> None:
    with browsing(world.client(KIM).base) as kim, browsing(world.client(LEE).base) as lee:
        where = asks(kim)
        approves(lee, where)
    world.merge()
    standing = world.standing("W-2026-001")
    assert standing.state is State.HOLDING
    assert standing.approval is not None
    assert standing.approval.by == LEE


def asks(kim: Browsing) -> str:
    """From a finding to a request; where it is decided."""
    page = kim.page(f"/findings/{key(0)}", script=False)
    page.get_by_role("link", name="Ask for a waiver").click()
    assert page.locator("[name=resources]").input_value() == f"{SITE}0"
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("choose for how long it holds").wait_for()  # what is missing stands at its field
    given = answers()
    page.locator("[name=reason]").fill(given["reason"])
    page.locator("[name=owner]").fill(given["owner"])
    page.locator("[name=type]").select_option(given["type"])
    page.locator("[name=days][value='90']").check()
    page.get_by_role("button", name="Show what it covers").click()
    page.get_by_role("heading", name="What it covers now").wait_for()
    assert page.locator("[name=reason]").input_value() == given["reason"], "nothing that was filled in is lost"
    page.get_by_role("button", name="Ask for approval").click()
    page.wait_for_url("**/waivers/requests/*")
    path = page.url.removeprefix(kim.base)
    assert path.startswith("/waivers/requests/")
    assert page.get_by_role("button", name="Approve").count() == 0, "nobody decides on what they asked for"
    return path


def approves(lee: Browsing, where: str) -> None:
    """The review, as somebody else sees it."""
    page = lee.page("/waivers/requests", script=False)
    page.locator(f"a[href='{where}']").first.click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("status").wait_for()
    assert LEE in page.inner_text("main")
    assert page.get_by_role("button", name="Approve").count() == 0


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False)])
def test_the_pages_of_waivers_can_be_used_by_everybody(world: World, width: int, dark: bool) -> None:
    kim = world.client(KIM)
    answer = kim.send("/waivers/new", "/waivers/new", answers() | {"do": "ask", "days": "date"})
    with browsing(world.client(LEE).base) as lee:
        for path in (
            "/waivers/new?control=S3.8",
            answer.headers["location"],
            "/waivers/requests",
            "/waivers/calendar",
            f"/waivers/suppress?subject={key(0)}",
        ):
            page = lee.page(path, width=width, dark=dark)
            assert axe(page) == [], path
            page.context.close()
