"""Reports on the pages: kept ones for those who see all of them, any week as a page and as files, and packs of evidence."""

import datetime as dt
import io
import json
import time
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from hubposture.access.people import Person
from hubposture.verbs.evidence_check import check_pack
from hubposture.verbs.report import Wanted
from hubposture.verbs.report_kept import frozen_report
from hubposture.web.caller import LocalDoor
from hubposture.web.posted import TOKEN
from hubposture.wiring.report import report_means
from lake.lake_world import T0
from web.web_world import FIRST, MARKUP, WEEK, Pages, Read, pages, served

WEEK_OF = "2026-W49"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The shared world three weeks later, with kept reports of the organization, both OUs and an account."""
    with pages(tmp_path_factory.mktemp("reports")) as found:
        now = (T0 + 3 * WEEK).replace(tzinfo=dt.UTC)
        object.__setattr__(found.desk.at.surroundings, "now", lambda: now)
        means = report_means(found.desk.at, found.desk.store)
        for wanted in (
            Wanted(WEEK_OF),
            Wanted(WEEK_OF, ou="/Workloads"),
            Wanted(WEEK_OF, ou="/Data"),
            Wanted(WEEK_OF, account=FIRST),
        ):
            frozen_report(means, found.desk.store.ledger, wanted)
        yield found


@pytest.fixture
def asked(kept: Pages, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    name, groups, units = request.param
    door = LocalDoor(name, Person(name, groups, units), "secret", is_asked=True)
    with served(kept.desk, door=door) as client:
        yield client


def as_(name: str, *groups: str, units: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("asked", [(name, groups, units)], indirect=True)


def listed(client: httpx.Client) -> list[str]:
    page = Read(client.get("/reports").text)
    return [attributes["href"] for attributes, text in page.of("a") if text == WEEK_OF]


def sent(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    page = Read(client.get("/reports").text)
    token = next(attributes["value"] for attributes, _ in page.of("input") if attributes.get("name") == TOKEN)
    return client.post(path, data={TOKEN: token, **fields}, follow_redirects=False)


def test_kept_reports_are_listed_and_shown_with_the_numbers_that_were_kept(kept: Pages) -> None:
    assert len(listed(kept.client)) == 4
    page = Read(kept.text(f"/reports/{WEEK_OF}"))
    assert "frozen 2026-12-15" in page.said
    raw = kept.get(f"/reports/{WEEK_OF}/report.json").json()
    assert raw["frozen_at"]
    assert f"{raw['open']['now']:,}" in page.said
    linked = [attributes["href"] for attributes, _ in page.of("a") if attributes["href"].startswith("/findings?")]
    assert linked
    assert kept.get(linked[0]).status_code == 200


def test_every_file_is_there_and_is_what_its_name_says(kept: Pages) -> None:
    begins = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b"PK", "json": b"{", "html": b"<!doctype html>"}
    for kind, begin in begins.items():
        found = kept.get(f"/reports/{WEEK_OF}/report.{kind}?of=ou&key=/Workloads")
        assert found.status_code == 200, kind
        assert found.content.startswith(begin)
        assert found.headers["content-disposition"].startswith("attachment")
    assert kept.get(f"/reports/{WEEK_OF}/report.exe").status_code == 404


@as_("otto", "ou-administrator", units=("/Workloads",))
def test_an_ou_administrator_sees_the_reports_of_their_ou_and_its_accounts_alone(asked: httpx.Client) -> None:
    found = listed(asked)
    assert len(found) == 2
    assert all("Workloads" in one or FIRST in one for one in found)
    other = asked.get(f"/reports/{WEEK_OF}?of=ou&key=/Data")
    assert other.status_code == 400
    assert "no such OU" in other.text
    whole = Read(asked.get(f"/reports/{WEEK_OF}").text)
    assert "Only what you may see" in whole.said
    assert "frozen" not in whole.said.partition("Obligations")[0].replace("not frozen", "")
    raw = asked.get(f"/reports/{WEEK_OF}/report.json").json()
    assert raw["frozen_at"] is None
    assert "444455556666" not in json.dumps(raw)
    refused = sent(asked, "/reports", week=WEEK_OF, of="organization", key="", do="freeze")
    assert refused.status_code == 422
    assert "only who may take out all" in Read(refused.text).said
    for of, key in (("ou", "/none"), ("ou", "/Data"), ("owner", "nobody")):
        told = sent(asked, "/reports", week=WEEK_OF, of=of, key=key, do="freeze")
        assert told.status_code == 422, (of, key)
        assert "team-data" not in told.text, "what is not theirs is not named to them"
        assert "/Data" not in told.text.replace(key, ""), "what is not theirs is not named to them"
    assert "Evidence for auditors" not in asked.get("/reports").text
    assert (
        sent(
            asked, "/reports/evidence", **{"standard": "cis-5.0.0", "from": "2026-11-01", "to": "2026-11-30"}
        ).status_code
        == 403
    )
    assert asked.get("/reports/evidence/01AAAAAAAAAAAAAAAAAAAAAAAA.zip").status_code == 403


@as_("rita", "reader")
def test_a_reader_sees_reports_and_takes_nothing_out(asked: httpx.Client) -> None:
    assert len(listed(asked)) == 4
    page = asked.get(f"/reports/{WEEK_OF}")
    assert page.status_code == 200
    assert "As a file" not in page.text
    assert asked.get(f"/reports/{WEEK_OF}/report.pdf").status_code == 403


@as_("anna", "analyst")
def test_an_analyst_keeps_a_report_of_an_owner_for_good(asked: httpx.Client) -> None:
    refused = sent(asked, "/reports", week="2026-W51", of="organization", key="", do="freeze")
    assert refused.status_code == 422
    assert "is not over" in Read(refused.text).said
    made = sent(asked, "/reports", week="2026-W48", of="organization", key="", do="freeze")
    assert made.status_code == 303
    assert "frozen" in Read(asked.get(made.headers["location"]).text).said


def test_what_is_wrong_in_a_form_is_said_at_its_field_and_kept(kept: Pages) -> None:
    for fields, problem in (
        ({"week": "x", "of": "organization", "key": "", "do": "show"}, "2026-W48"),
        ({"week": WEEK_OF, "of": "ou", "key": "", "do": "show"}, "say which ou"),
        ({"week": WEEK_OF, "of": "nothing", "key": MARKUP, "do": "freeze"}, "is none of"),
        ({"week": WEEK_OF, "of": "owner", "key": "nobody", "do": "freeze"}, "nobody"),
    ):
        found = sent(kept.client, "/reports", **fields)
        assert found.status_code == 422, fields
        page = Read(found.text)
        assert problem in page.said
        values = {one["name"]: one.get("value") for one, _ in page.of("input") if "name" in one}
        assert values["week"] == fields["week"]
    found = sent(
        kept.client, "/reports/evidence", **{"standard": "none", "from": "x", "to": "2026-11-30", "ou": "/Nowhere"}
    )
    assert found.status_code == 422
    assert "choose one of the list" in Read(found.text).said


@pytest.mark.slow
def test_a_pack_is_made_in_the_background_and_can_be_fetched(kept: Pages) -> None:
    asked_for = {"standard": "cis-5.0.0", "from": "2026-11-20", "to": "2026-12-05", "ou": "", "every": ""}
    assert sent(kept.client, "/reports/evidence", **asked_for).status_code == 303
    end = time.monotonic() + 120
    found: list[str] = []
    while not found and time.monotonic() < end:
        page = Read(kept.text("/reports"))
        assert "a defect" not in page.said
        found = [one["href"] for one, _ in page.of("a") if one["href"].endswith(".zip")]
        time.sleep(0.2)
    raw = kept.get(found[0])
    assert raw.headers["content-type"] == "application/zip"
    assert list(check_pack(io.BytesIO(raw.content), name="x").faults) == []
    with zipfile.ZipFile(io.BytesIO(raw.content)) as archive:
        assert "controls/S3.8.json" in archive.namelist()
    assert kept.get("/reports/evidence/../../etc.zip").status_code == 404


def test_reports_belong_to_the_navigation(kept: Pages) -> None:
    page = Read(kept.text("/reports"))
    assert ("/reports", "page") in [(one.get("href"), one.get("aria-current")) for one, _ in page.of("a")]
