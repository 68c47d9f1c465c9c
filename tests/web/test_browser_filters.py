"""Saved filters and the viewer's zone in a real browser, by keyboard and without JavaScript."""

from collections.abc import Iterator

import pytest

from web.browser import Browsing, axe, browsing
from web.web_world import Pages, pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pages(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(there: Pages) -> Iterator[Browsing]:
    with browsing(str(there.client.base_url)) as found:
        yield found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("path", ["/filters?filter=severity>=HIGH", "/zone", "/api", "/findings?saved=none"])
def test_a_page_can_be_used_by_everybody(browser: Browsing, path: str, width: int, dark: bool) -> None:
    page = browser.page(path, width=width, dark=dark)
    assert axe(page) == []
    page.context.close()


def test_an_analyst_saves_a_filter_uses_it_and_deletes_it_without_javascript(browser: Browsing) -> None:
    page = browser.page("/findings", script=False)
    page.get_by_label("Filter", exact=True).fill("severity>=HIGH status=FAILED")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Save this one").click()
    page.get_by_label("Name").fill("On Mondays")
    page.get_by_label("Everybody may use it").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "The filter On Mondays is saved."
    page.get_by_role("link", name="On Mondays").click()
    assert page.url.endswith("/findings?saved=On%20Mondays")
    assert page.get_by_label("Filter", exact=True).input_value() == "severity>=HIGH status=FAILED"
    page.get_by_role("link", name="All saved ones").click()
    page.get_by_role("button", name="Delete").click()
    assert page.get_by_role("status").inner_text() == "The filter On Mondays is deleted."
    page.context.close()


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(browser: Browsing) -> None:
    page = browser.page("/filters", script=False)
    page.get_by_label("Name").fill("On Mondays")
    page.locator("main form").first.get_by_label("Filter").fill("nofield=1")
    page.get_by_role("button", name="Save").click()
    field = page.locator("main form").first.get_by_label("Filter")
    assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", "nofield=1")
    assert page.get_by_label("Name").input_value() == "On Mondays"
    page.context.close()


def test_times_are_in_the_zone_that_was_chosen(browser: Browsing) -> None:
    page = browser.page("/", script=False)
    assert page.locator("footer time").inner_text() == "2026-12-01 09:00 UTC"
    page.locator("footer").get_by_role("link", name="UTC").click()
    page.get_by_label("Times are shown in").select_option("America/New_York")
    page.get_by_role("button", name="Show times so").click()
    page.goto("/")
    assert page.locator("footer time").inner_text() == "2026-12-01 04:00 EST"
    assert page.locator("footer time").get_attribute("title") == "2026-12-01 09:00 UTC"
    page.context.close()
