import re
from html.parser import HTMLParser

import pytest
from hypothesis import given

from hubposture.render.mail import page, text
from hubposture.work.body import Body, Grid, Link, paragraph
from hubposture.work.body import text as line
from render.bodies import BODIES, HOSTILE, TEXTS, body, long

OURS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr",
    "th", "td", "strong", "code", "a",
}  # fmt: skip


class Reader(HTMLParser):
    """Every tag and address of a page, and the texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.said: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@given(TEXTS, BODIES)
def test_any_page_has_our_tags_alone_is_closed_and_leads_only_to_the_web(title: str, given_body: Body) -> None:
    found = Reader(page(title, given_body))
    assert set(found.tags) <= OURS
    assert found.attributes <= {"lang", "charset", "name", "content", "scope", "class", "href", "data-of"}
    assert not found.open
    assert all(re.match(r"https?://", one) for one in found.addresses)
    page(title, given_body).encode("utf-8")


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words(word: str) -> None:
    found = Reader(page(word, body(word)))
    assert set(found.tags) <= OURS
    assert "script" not in found.tags


def test_a_page_needs_nothing_from_elsewhere_and_is_made_for_dark_screens_and_paper() -> None:
    html = page("Digest", Body((paragraph("Hello"),)))
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import", html)
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_a_link_that_is_none_is_shown_as_text() -> None:
    found = Reader(page("x", Body((paragraph(Link("see", "javascript:alert(1)")),))))
    assert found.addresses == []
    assert "javascript:alert(1)" in found.said


def test_rows_that_are_left_out_are_counted() -> None:
    assert "... and 1,234 more" in page("x", Body((Grid(("A",), ((line("1"),),), more=1_234),)))


def test_the_plain_text_has_every_row_and_every_address() -> None:
    said = text(long(300))
    assert all(f"arn:aws:s3:::bucket-{at}\n" in said for at in range(300))
    assert (
        text(Body((paragraph("See ", Link("the page", "https://a.example/x")),)))
        == "See the page: https://a.example/x\n"
    )
