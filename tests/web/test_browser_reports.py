"""Reports and the audit trail in a real browser: anybody can use them, and the way of an executive to a PDF."""

from collections.abc import Iterator

import pytest

from hubposture.ports.ledger import Entry
from web.browser import Browsing, axe, browsing
from web.web_world import Pages, pages

pytestmark = pytest.mark.slow
WEEK_OF = "2026-W49"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    with pages(tmp_path_factory.mktemp("reports")) as there:
        fill(there)
        with browsing(str(there.client.base_url)) as found:
            yield found


def fill(there: Pages) -> None:
    there.desk.store.ledger.audit(Entry("kim", f"thing {one}", None, "on", "why") for one in range(120))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False)])
@pytest.mark.parametrize("path", ["/reports", "/audit", "/audit?since=x", f"/reports/{WEEK_OF}"])
def test_a_page_can_be_used_by_everybody(browser: Browsing, path: str, width: int, dark: bool) -> None:
    page = browser.page(path, width=width, dark=dark)
    assert axe(page) == []
    page.context.close()


def test_an_executive_opens_a_week_and_takes_the_pdf(browser: Browsing) -> None:
    page = browser.page("/reports", script=False)
    page.get_by_label("Week (needed)").fill(WEEK_OF)
    page.get_by_role("button", name="Show it").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Weekly report of acme")
    with page.expect_download() as found:
        page.get_by_role("link", name="PDF").click()
    assert found.value.suggested_filename == f"acme-{WEEK_OF}-organization.pdf"
    page.context.close()


def test_somebody_who_runs_it_finds_who_did_what_and_checks_the_chain(browser: Browsing) -> None:
    page = browser.page("/audit", script=False)
    page.get_by_label("What").fill("thing 7")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("row").count() == 1 + 11
    page.get_by_role("link", name="Compute it again from its first record").click()
    assert "each as it was written" in page.inner_text("main")
    page.context.close()
