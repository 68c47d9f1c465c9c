"""Saved filters on pages, and lists as files."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from hubposture.ports.saved import SavedFilter
from web.web_world import FIRST, MARKUP, NAME, Pages, Read, pages

LISTS = ("accounts", "ous", "controls", "waivers", "tickets")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with pages(tmp_path_factory.mktemp("saved")) as found:
        yield found


@pytest.fixture(autouse=True)
def _none_is_left(mine: Pages) -> Iterator[None]:
    yield
    ledger = mine.desk.store.ledger
    for one in ledger.saved_filters(NAME):
        ledger.delete_filter(NAME, one.owner, one.name)


def send(there: Pages, path: str, **fields: str) -> tuple[int, Read]:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', there.text("/filters"))
    assert token
    answer = there.client.post(path, data=fields | {"form_token": token[1]}, follow_redirects=True)
    there.client.cookies.clear()
    return answer.status_code, Read(answer.text)


def keep(there: Pages, name: str, text: str, *, owner: str = "ana", shared: bool = True) -> None:
    saved = SavedFilter(NAME, name, text, owner, shared, there.desk.at.surroundings.now())
    there.desk.store.ledger.save_filter(saved)


def test_a_filter_is_saved_from_the_list_found_by_its_short_link_and_deleted(mine: Pages) -> None:
    page = Read(mine.text("/findings?filter=severity>=HIGH"))
    (href,) = [one["href"] for one, said in page.of("a") if said == "Save this one"]
    form = Read(mine.text(href))
    assert [one["value"] for one, _ in form.of("input") if one.get("name") == "filter"] == ["severity>=HIGH"]
    status, after = send(mine, "/filters/save", name="severe & old", filter="severity>=HIGH", share="")
    assert status == 200
    assert "The filter severe & old is saved." in after.said
    shown = Read(mine.text("/findings?saved=severe%20%26%20old"))
    (box,) = [one for one, _ in shown.of("input") if one.get("type") == "search"]
    assert box["value"] == "severity>=HIGH"
    assert [said for one, said in shown.of("a") if "aria-current" in one and "saved=" in one["href"]] == [
        "severe & old"
    ]
    status, after = send(mine, "/filters/delete", name="severe & old")
    assert "is deleted." in after.said
    assert "You keep none" in after.said


def test_a_list_shows_a_new_filter_at_once(mine: Pages) -> None:
    first = mine.get("/findings")
    keep(mine, "weekly", "since<7d")
    again = mine.get("/findings", **{"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert "weekly" in again.text


def test_everything_wrong_is_said_with_every_value_kept(mine: Pages) -> None:
    status, page = send(mine, "/filters/save", name="x" * 81, filter="severity>=HUGE nofield=1", share="yes")
    assert status == 422
    values = {one["name"]: one["value"] for one, _ in page.of("input") if one.get("type") == "text"}
    assert values == {"name": "x" * 81, "filter": "severity>=HUGE nofield=1"}
    for part in ("longer than 80", "HUGE is no severity", "there is no field nofield"):
        assert part in page.said
    assert [one for one, _ in page.of("input") if one.get("type") == "checkbox" and "checked" in one]


def test_who_shares_a_filter_is_shown_and_only_they_share_it_under_that_name(mine: Pages) -> None:
    keep(mine, "weekly", "since<7d")
    keep(mine, "hidden", "since<7d", shared=False)
    page = Read(mine.text("/filters"))
    assert "shared by ana" in page.said
    assert "hidden" not in page.said
    assert mine.get("/findings?saved=weekly").status_code == 200
    status, page = send(mine, "/filters/save", name="weekly", filter="since<9d", share="yes")
    assert status == 422
    assert "somebody else shares a filter called weekly" in page.said
    assert send(mine, "/filters/delete", name="weekly")[0] == 404


def test_a_filter_that_cannot_be_read_any_more_is_shown_with_its_problem(mine: Pages) -> None:
    keep(mine, "old", "renamed=1", owner="kim")
    assert "cannot be read any more: there is no field renamed" in Read(mine.text("/filters")).said
    found = mine.get("/findings?saved=old")
    assert found.status_code == 400
    assert "there is no field renamed" in Read(found.text).said
    missing = mine.get("/findings?saved=never")
    assert missing.status_code == 404
    assert "no filter is saved under the name" in Read(missing.text).said


def test_names_of_enemies_are_texts(mine: Pages) -> None:
    keep(mine, MARKUP, f'"{MARKUP}"'.replace("\x00", "").replace("\x1b", ""))
    for path in ("/filters", "/findings"):
        text = mine.text(path)
        assert "<img src=x" not in text
        assert "<script" not in text
        Read(text)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_file_that_its_page_links_to(there: Pages, name: str) -> None:
    page = Read(there.text(f"/{name}"))
    hrefs = [one["href"] for one, said in page.of("a") if said in ("CSV", "Excel")]
    assert hrefs == [f"/{name}.csv", f"/{name}.xlsx"]
    made = there.get(hrefs[0])
    assert made.headers["content-disposition"] == f'attachment; filename="{name}-acme-v4.csv"'
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(there.get(hrefs[1]).content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == rows[0]
    assert sheet.max_row == len(rows) > 1


@pytest.mark.parametrize("name", LISTS)
def test_files_of_enemies_hold_no_formulas(hostile: Pages, name: str) -> None:
    rows = csv.reader(io.StringIO(hostile.get(f"/{name}.csv").content.decode("utf-8-sig")))
    assert not [cell for row in rows for cell in row if cell.lstrip(" ").startswith(("=", "+", "@", "\t"))]
    sheet = load_workbook(io.BytesIO(hostile.get(f"/{name}.xlsx").content)).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_numbers_in_files_are_those_of_the_api(there: Pages) -> None:
    rows = list(csv.DictReader(io.StringIO(there.get("/accounts.csv").content.decode("utf-8-sig"))))
    told = there.get("/api/v1/accounts").json()["rows"]
    assert [(one["Id"], int(one["Open"])) for one in rows] == [(one["id"], one["level"]["open"]) for one in told]
    assert FIRST in {one["Id"] for one in rows}
