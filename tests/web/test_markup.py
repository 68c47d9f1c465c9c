"""Pages as markup: well-formed, readable by a screen reader, nothing that executes, colours that can be read."""

import csv
import io
import itertools
import re
from collections.abc import Mapping
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from hubposture.web.answers import static
from web.web_world import MARKUP, Pages, Read

_CSS = static("hubposture.css").decode()
_SCRIPTS = frozenset(
    {"script", "iframe", "object", "embed", "style", "base", "template", "foreignobject", "animate", "set", "img"}
)


@pytest.fixture(scope="module")
def crawled(there: Pages) -> Mapping[str, str]:
    return texts(there.crawl(lists=10))


@pytest.fixture(scope="module")
def of_enemies(hostile: Pages) -> Mapping[str, str]:
    found = hostile.crawl(lists=10)
    assert {path: one.status_code for path, one in found.items() if one.status_code != 200} == {}
    return texts(found)


def texts(found: Mapping[str, Any]) -> Mapping[str, str]:
    return {path: one.text for path, one in found.items() if "text/html" in one.headers["content-type"]}


# Accessibility


def test_every_page_is_well_formed_with_one_main_heading_and_a_title_of_its_own(crawled: Mapping[str, str]) -> None:
    for path, text in crawled.items():
        page = Read(text)
        assert text.startswith("<!DOCTYPE html>"), path
        assert page.of("html")[0][0]["lang"] == "en", path
        (h1,) = [said for _, said in page.of("h1")]
        (title, *_) = [said for _, said in page.of("title")]
        assert h1, path
        assert title.startswith(h1), path
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), path


def test_names_are_unique_and_what_is_referred_to_is_there(crawled: Mapping[str, str]) -> None:
    for path, text in crawled.items():
        page = Read(text)
        ids = [one["id"] for _, one in page.elements if "id" in one]
        assert len(ids) == len(set(ids)), path
        for _, one in page.elements:
            wanted = [
                *one.get("aria-describedby", "").split(),
                *one.get("aria-labelledby", "").split(),
                *([one["for"]] if "for" in one else []),
            ]
            if one.get("href", "").startswith("#"):
                wanted.append(one["href"][1:])
            assert set(wanted) <= set(ids), path


def test_inputs_have_labels_headings_have_scopes_pictures_have_words(crawled: Mapping[str, str]) -> None:
    for path, text in crawled.items():
        page = Read(text)
        labelled = {one["for"] for one, _ in page.of("label")}
        assert all(one["id"] in labelled for one, _ in page.of("input") if one["type"] != "hidden"), path
        assert all(one.get("scope") in ("col", "row") for one, _ in page.of("th")), path
        assert all(said for one, said in page.of("th") if one["scope"] == "col"), path
        for one, _ in page.of("svg"):
            assert one.get("aria-hidden") == "true" or (one["role"] == "img" and one["aria-label"]), path
        for tag, one in page.elements:
            if tag == "nav" or one.get("role") in ("region", "group"):
                assert one["aria-label"], path
        assert all(said or any(one.get(name) for name in ("aria-label",)) for one, said in page.of("a")), path


def test_lists_and_tables_hold_only_what_belongs_there(crawled: Mapping[str, str]) -> None:
    inside = {
        "li": ("ul", "ol"),
        "tr": ("thead", "tbody"),
        "td": ("tr",),
        "th": ("tr",),
        "dt": ("div",),
        "dd": ("div",),
        "caption": ("table",),
    }
    for path, text in crawled.items():
        page = Read(text)
        for (tag, _), parent in zip(page.elements, page.parents, strict=True):
            if tag in inside:
                assert page.elements[parent or 0][0] in inside[tag], (path, tag)
        widths: dict[int | None, int] = {}
        for at, (tag, _) in enumerate(page.elements):
            if tag in ("td", "th"):
                row = page.parents[at]
                widths[row] = widths.get(row, 0) + 1
        for at, (tag, _) in enumerate(page.elements):
            if tag == "table":
                rows = [row for row in widths if row is not None and page.parents[page.parents[row] or 0] == at]
                assert len({widths[row] for row in rows}) == 1, path


def test_nothing_depends_on_scripts_or_inline_style(crawled: Mapping[str, str]) -> None:
    for path, text in crawled.items():
        for tag, one in Read(text).elements:
            assert tag not in _SCRIPTS, path
            assert not any(name == "style" or name.startswith("on") for name in one), path


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


_LIGHT = variables(_CSS.split("@media (prefers-color-scheme: dark)")[0])
_DARK = _LIGHT | variables(_CSS.split("@media (prefers-color-scheme: dark)")[1].split("*, *::before")[0])


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
def test_colours_can_be_read(colours: dict[str, str]) -> None:
    for text in ("text", "dim", "link", "good", "warn", "bad"):
        for ground in ("ground", "card", "row"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text, ground in (("head-text", "head"), ("head-dim", "head"), ("card", "link"), ("card", "critical")):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for mark in ("line-a", "line-b", "line-c", "control-edge", "good", "bad", "focus"):
        assert contrast(colours[mark], colours["card"]) >= 3, mark
    assert contrast(colours["control-edge"], colours["ground"]) >= 3


def test_every_colour_is_one_of_the_variables() -> None:
    outside = re.sub(r":root \{[^}]*\}", "", _CSS).split("@media print")[0]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", outside) == []


# Hostile data


def test_hostile_text_is_shown_as_the_text_it_is_on_every_page(of_enemies: Mapping[str, str]) -> None:
    seen = 0
    for path, text in of_enemies.items():
        page = Read(text)
        for tag, one in page.elements:
            assert tag not in _SCRIPTS, path
            assert not any(name == "style" or name.startswith("on") for name in one), (path, one)
            href = one.get("href", "/")
            assert re.match(r"(/|#|https://|http://)", href), (path, href)
            assert not href.startswith("//"), (path, href)
        assert "49" not in re.findall(r"\{\{|\b49\b", page.said), path
        seen += "<script>alert(2)</script>" in page.said
    assert seen > 30


def test_a_hostile_address_is_shown_as_text(there: Pages) -> None:
    for path in (
        f"/findings/{MARKUP}",
        f"/accounts/{MARKUP}",
        f"/findings?filter={MARKUP}&view={MARKUP}&after={MARKUP}",
        f"/{MARKUP}",
    ):
        found = there.client.get(path.replace("\x00", "%00").replace("\x1b", "%1b"))
        assert found.status_code in (400, 404), path
        if "text/html" in found.headers["content-type"]:
            assert not {tag for tag, _ in Read(found.text).elements} & _SCRIPTS


@pytest.mark.parametrize("query", ["after=x", "after=%00", f"after={'a' * 500}", f"filter={'x' * 9000}", "filter=%00", "filter=%ff", "filter=(((((", "view=%00"])  # fmt: skip
def test_no_question_breaks_the_list(there: Pages, query: str) -> None:
    found = there.client.get(f"/findings?view=list&{query}")
    assert found.status_code in (200, 400), found.text


# Files


def test_files_have_the_rows_of_the_list_and_no_formula(there: Pages, hostile: Pages) -> None:
    rows = list(csv.reader(io.StringIO(there.get("/findings.csv?filter=kind%3Dcontrol").content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 25
    book = CalamineWorkbook.from_filelike(io.BytesIO(there.get("/findings.xlsx?filter=kind%3Dcontrol").content))
    assert [row[10] for row in book.get_sheet_by_index(0).to_python()] == [row[10] for row in rows]
    assert hostile.get("/findings.csv").status_code == hostile.get("/findings.xlsx").status_code == 200
    assert there.get("/findings.csv").headers["content-disposition"].startswith('attachment; filename="findings-acme-v')
