"""Times on pages in the zone of who looks, and in UTC beside."""

import re
from collections.abc import Iterator

import httpx
import pytest

from hubposture.views.pages import links
from web.web_world import FIRST, Pages, Read


@pytest.fixture
def browser(there: Pages) -> Iterator[httpx.Client]:
    """A browser that keeps its cookies to itself."""
    with httpx.Client(base_url=there.client.base_url, trust_env=False, follow_redirects=True) as client:
        yield client


def choose(browser: httpx.Client, zone: str) -> httpx.Response:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', browser.get("/zone").text)
    assert token
    return browser.post("/zone", data={"zone": zone, "form_token": token[1]})


def times(text: str) -> list[tuple[dict[str, str], str]]:
    return Read(text).of("time")


def subject(there: Pages) -> str:
    found: str = there.get("/api/v1/findings?limit=1").json()["findings"][0]["subject"]
    return found


def test_every_time_says_its_zone_and_no_heading_says_another(there: Pages, browser: httpx.Client) -> None:
    for path in ("/", links.finding(subject(there)), links.account(FIRST)):
        found = times(browser.get(path).text)
        assert found, path
        for attributes, said in found:
            assert said == f"{attributes['datetime'].replace('T', ' ').rstrip('Z')} UTC"
    page = Read(browser.get(links.finding(subject(there))).text)
    assert not [said for _, said in page.of("th") if "(UTC)" in said]


def test_times_are_shown_in_the_zone_that_was_chosen_with_utc_beside(there: Pages, browser: httpx.Client) -> None:
    path = links.finding(subject(there))
    before = browser.get(path)
    assert "Times are shown in Europe/Berlin now." in choose(browser, "Europe/Berlin").text
    after = browser.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200, "what the browser has is in another zone"
    attributes, said = times(after.text)[-1]
    assert (attributes["datetime"], attributes["title"], said) == (
        "2026-12-01T09:00Z", "2026-12-01 09:00 UTC", "2026-12-01 10:00 CET",
    )  # fmt: skip
    assert 'Times are in <a href="/zone">Europe/Berlin</a>' in after.text
    kept = browser.get("/accounts")
    assert browser.get("/accounts", headers={"If-None-Match": kept.headers["etag"]}).status_code == 304


def test_summer_time_is_that_of_the_day(browser: httpx.Client) -> None:
    from zoneinfo import ZoneInfo

    from hubposture.web.viewing import seen_in

    text = '<time datetime="2026-07-01T22:30Z">2026-07-01 22:30 <abbr>UTC</abbr></time>'
    assert "2026-07-02 00:30 <abbr>CEST</abbr>" in seen_in(ZoneInfo("Europe/Berlin"), text)
    assert seen_in(ZoneInfo("UTC"), text) == text


@pytest.mark.parametrize("name", ["../../etc/passwd", "Europe/Nowhere", "<script>", "posix/UTC"])
def test_what_is_no_zone_is_refused_and_changes_nothing(browser: httpx.Client, name: str) -> None:
    refused = choose(browser, name)
    assert refused.status_code == 422
    assert "there is no such zone" in refused.text
    browser.cookies.set("hubposture_zone", name.replace("<", "").replace(">", ""))
    assert all(said.endswith(" UTC") for _, said in times(browser.get("/").text))


def test_a_time_in_a_text_of_others_stays_as_they_wrote_it(hostile: Pages) -> None:
    text = str(hostile.get("/findings", Cookie="hubposture_zone=Europe/Berlin").text)
    assert "<img src=x" not in text
    for _, said in times(text):
        assert said.endswith((" CET", " CEST"))


def test_a_form_without_the_token_chooses_nothing(there: Pages) -> None:
    assert there.client.post("/zone", data={"zone": "UTC"}).status_code == 403
