"""The shared pages in a real browser by Playwright: they complain of nothing and people with any eyes and hands can use them."""

from collections.abc import Iterator

import pytest

from web.browser import Browsing, axe, browsing
from web.web_world import FIRST, Pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(there: Pages) -> Iterator[Browsing]:
    with browsing(str(there.client.base_url)) as found:
        yield found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("path", ["/", "/findings", f"/accounts/{FIRST}"])
def test_a_page_can_be_used_by_everybody(browser: Browsing, path: str, width: int, dark: bool) -> None:
    page = browser.page(path, width=width, dark=dark)
    assert axe(page) == []
    page.context.close()


def test_what_a_page_complains_of_fails_the_test(there: Pages) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        _adds_a_script(there)


def _adds_a_script(there: Pages) -> None:
    with browsing(str(there.client.base_url)) as found:
        page = found.page("/")
        page.evaluate(
            "() => { const one = document.createElement('script'); one.text = '1'; document.body.append(one) }"
        )
        page.wait_for_timeout(100)


def test_the_checker_finds_what_is_wrong(browser: Browsing) -> None:
    page = browser.page("/")
    page.evaluate("() => { document.documentElement.removeAttribute('lang') }")
    assert [one.partition(":")[0] for one in axe(page)] == ["html-has-lang"]
    page.context.close()
