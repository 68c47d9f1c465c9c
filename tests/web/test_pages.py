"""Every page: it answers, its numbers are those of the command line, and every number leads to its list."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from hubposture.cli.main import cli
from hubposture.views.pages import links
from web.web_world import FIRST, Pages, Read, numbers, value_of


def data(there: Pages, *arguments: str) -> Any:
    done = CliRunner().invoke(cli, ["-C", str(there.base), *arguments, "--format", "json"], standalone_mode=False)
    assert done.exception is None, done.exception
    return json.loads(done.output)


def listed(there: Pages, href: str) -> int:
    """How many findings a list says that it has, which are those that it shows."""
    page = Read(there.text(href))
    (lead,) = [text for attributes, text in page.of("div") if attributes.get("class") == "lead summary"]
    found = numbers(lead)[1]
    shown = [link for link in page.inside(href) if link.startswith("/findings/")]
    assert len(shown) == found
    return found


@pytest.mark.slow
def test_every_page_that_is_linked_is_there(there: Pages) -> None:
    found = there.crawl()
    assert {path: one.status_code for path, one in found.items() if one.status_code != 200} == {}
    heads = {path.partition("?")[0].split("/")[1] for path in found}
    assert heads >= {
        "",
        "findings",
        "findings.csv",
        "findings.xlsx",
        "accounts",
        "controls",
        "waivers",
        "tickets",
        "static",
    }
    assert len(found) > 60


def test_the_overview_says_what_the_command_line_says(there: Pages) -> None:
    page, told = Read(there.text("/")), data(there, "posture")
    line = told["obligations"]["as_is"]
    assert numbers(value_of(page, "Open")) == [line["open"]]
    assert value_of(page, "Obligations met").startswith(f"{line['met'] * 1000 // line['of'] / 10:.1f}")
    assert numbers(value_of(page, "Accounts with all met")) == [told["accounts"]["all_met"], told["accounts"]["of"]]
    assert numbers(value_of(page, "Overdue")) == [sum(one["overdue"] for one in told["overdue"])]
    assert numbers(value_of(page, "Waived")) == [told["waivers"]["waived"]] == [1]
    assert numbers(value_of(page, "Suppressed without a waiver")) == [told["waivers"]["unapproved"]] == [1]
    for step in told["movement"]["steps"]:
        assert f"{step['opened'] - step['closed']:+,}" in page.said
    assert "W-2026-014" in page.said, "it ends within thirty days"


@pytest.mark.parametrize("label", ["Obligations met", "Open", "Overdue", "Waived", "Suppressed without a waiver"])
def test_a_figure_of_the_overview_leads_to_as_many_findings(there: Pages, label: str) -> None:
    page = Read(there.text("/"))
    tile = next(at for at, text in enumerate(page.texts) if page.elements[at][0] == "li" and text.startswith(label))
    href = next(one["href"] for at, (tag, one) in enumerate(page.elements) if tag == "a" and page.parents[at] == tile)
    told = data(there, "posture")
    wanted = {
        "Obligations met": told["obligations"]["as_is"]["of"],
        "Open": told["obligations"]["as_is"]["open"],
        "Overdue": sum(one["overdue"] for one in told["overdue"]),
        "Waived": told["waivers"]["waived"],
        "Suppressed without a waiver": told["waivers"]["unapproved"],
    }
    assert listed(there, href) == wanted[label]


def test_findings_by_control_are_those_of_the_command_line(there: Pages) -> None:
    page, told = Read(there.text("/findings")), data(there, "findings")
    assert [text for attributes, text in page.of("th") if attributes.get("scope") == "row" and text.startswith("S3.8")]
    (lead,) = [text for attributes, text in page.of("div") if attributes.get("class") == "lead summary"]
    assert numbers(lead) == [told["failing"], told["subjects"]]


def test_a_list_goes_on_where_the_page_before_ended(there: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubposture.web.lists._ROWS", 4)
    path, found = links.findings("kind=control"), []
    while path:
        text = there.get(f"{path}&small").text
        page = Read(text)
        found += [one for one in page.inside(path) if one.startswith("/findings/")]
        path = next((one["href"] for one, name in page.of("a") if name == "Next page"), "")
    assert len(found) == len(set(found)) == 25


def test_a_filter_that_cannot_be_read_is_explained_and_kept(there: Pages) -> None:
    found = there.get(links.findings("severity>=HUGE nofield=1"))
    page = Read(found.text)
    assert found.status_code == 400
    (field,) = [one for one, _ in page.of("input") if one.get("type") == "search"]
    assert (field["value"], field["aria-invalid"]) == ("severity>=HUGE nofield=1", "true")
    (alert,) = [text for one, text in page.of("div") if one.get("role") == "alert"]
    assert "HUGE is no severity" in alert
    assert "there is no field nofield" in alert


def test_an_account_is_told_what_is_left_to_do_the_shortest_first(there: Pages) -> None:
    page = Read(there.text(f"/accounts/{FIRST}"))
    (row,) = [one for one in data(there, "posture", "--by", "account")["rows"] if one["id"] == FIRST]
    assert numbers(value_of(page, "Open")) == [row["open"]]
    todo = [numbers(text)[0] for one, text in page.of("a") if text.endswith(("resource", "resources"))]
    assert todo == sorted(todo)
    assert sum(todo) == row["open"]


def test_a_control_is_told_by_account_with_its_cell_and_requirements(there: Pages) -> None:
    page = Read(there.text("/controls/S3.8"))
    (row,) = [one for one in data(there, "posture", "--by", "control")["rows"] if one["key"] == "S3.8"]
    assert numbers(value_of(page, "Open")) == [row["open"]]
    assert "Controls!G7" in page.said
    assert "2.1.4" in page.said


def test_a_finding_says_since_when_who_works_on_it_and_where_it_is(there: Pages) -> None:
    (held,) = there.desk.store.ledger.tickets("acme")
    subject = held.members[0].subject
    page, told = Read(there.text(f"/findings/{subject}")), data(there, "findings", subject)
    assert told["subject"]["resource"] in page.said
    assert "SHOP-1" in page.said
    assert "2.1.4" in page.said
    outside = [one["href"] for one, _ in page.of("a") if one["href"].startswith("https:")]
    assert "https://docs.aws.amazon.com/s3-8" in outside
    assert any(".console.aws.amazon.com/securityhub/" in one for one in outside)


def test_a_waiver_and_a_ticket_have_pages_of_their_own(there: Pages) -> None:
    waiver = Read(there.text("/waivers/W-2026-014"))
    assert "Public on purpose" in waiver.said
    assert "no waiver is called W-2026-014" in waiver.said, "its file is gone, and the page says so"
    ticket = Read(there.text("/tickets/shub-0123456789ab"))
    assert len([one for one in ticket.inside("/") if one.startswith("/findings/")]) == 3


@pytest.mark.parametrize("path", ["/nothing", "/findings/none", "/accounts/1", "/controls/x.1", "/waivers/W", "/tickets/x", "/static/app.py", "/static/..%2fcommand.py"])  # fmt: skip
def test_what_is_not_there_is_said_to_be_not_there(there: Pages, path: str) -> None:
    found = there.get(path)
    assert found.status_code == 404
    assert [text for _, text in Read(found.text).of("h1")] == ["Not found"]


@pytest.mark.parametrize("path", ["/", "/findings", "/accounts", "/controls", "/waivers", "/tickets", "/findings/x"])
def test_without_findings_every_page_says_what_to_do(empty: Pages, path: str) -> None:
    found = empty.get(path)
    assert found.status_code == 503
    assert "hubposture sync" in found.text


def test_machines_are_told_how_it_is(there: Pages, empty: Pages) -> None:
    assert (there.get("/health").text, there.get("/ready").status_code) == ("ok\n", 200)
    assert (empty.get("/health").text, empty.get("/ready").status_code) == ("ok\n", 503)
    told = data(there, "posture")["obligations"]["as_is"]
    figures = there.get("/metrics").text.splitlines()
    assert f'hubposture_obligations_met{{organization="acme"}} {told["met"]}' in figures
    assert "hubposture_up 1" in figures
    assert "hubposture_up 0" in empty.get("/metrics").text.splitlines()
