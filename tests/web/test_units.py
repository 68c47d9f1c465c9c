"""Pages of OUs: the home of who runs one, restricted to it in every number."""

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest

from web.web_world import FIRST, SECOND, Pages, Read, numbers, value_of


def test_every_ou_is_listed_with_what_is_below_it(there: Pages) -> None:
    page = Read(there.text("/ous"))
    assert {"/ous/", "/ous/Workloads", "/ous/Data"} <= set(page.inside("/ous"))


@pytest.mark.parametrize(("path", "ou"), [("/ous/", "/"), ("/ous/Workloads", "/Workloads"), ("/ous/Data", "/Data")])
@pytest.mark.parametrize("label", ["Obligations met", "Open", "Overdue", "Waived"])
def test_a_figure_of_an_ou_leads_to_as_many_findings_in_it(there: Pages, path: str, ou: str, label: str) -> None:
    page = Read(there.text(path))
    tile = next(at for at, text in enumerate(page.texts) if page.elements[at][0] == "li" and text.startswith(label))
    href = next(one["href"] for at, (tag, one) in enumerate(page.elements) if tag == "a" and page.parents[at] == tile)
    assert f"ou={ou} " in f"{parse_qs(urlsplit(href).query)['filter'][0]} "
    (of,) = (
        [numbers(page.texts[tile].removeprefix(label))[-1]]
        if label == "Obligations met"
        else numbers(value_of(page, label))
    )
    assert len(list(csv.reader(io.StringIO(there.text(href.replace("/findings?", "/findings.csv?")))))) - 1 == of


def test_what_is_elsewhere_is_not_on_the_page_of_an_ou(there: Pages) -> None:
    inside, outside = there.text("/ous/Workloads"), there.text("/ous/Data")
    assert f"/accounts/{FIRST}" in inside
    assert f"/accounts/{SECOND}" not in inside
    assert f"/accounts/{SECOND}" in outside
    assert f"/accounts/{FIRST}" not in outside


def test_the_whole_organization_says_what_the_overview_says(there: Pages) -> None:
    overview, whole = Read(there.text("/")), Read(there.text("/ous/"))
    for label in ("Obligations met", "Open", "Overdue", "Waived", "Suppressed without a waiver"):
        assert value_of(overview, label) == value_of(whole, label)


def test_an_ou_that_is_not_known_is_said_to_be_absent(there: Pages) -> None:
    found = there.get("/ous/Nowhere/Else")
    assert found.status_code == 404
    assert "No OU /Nowhere/Else is known" in found.text
