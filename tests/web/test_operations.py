"""The page of operations: what the ledger says of runs, jobs, connectors, the lake and what cannot be seen."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hubposture.access.people import Person
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.ports.work import Delivery, SentMessage
from hubposture.web.caller import LocalDoor
from hubposture.wiring import workplace
from lake.lake_world import T0
from web.browser import axe, browsing
from web.web_world import MARKUP, NAME, SECOND, SETTINGS, Pages, Read, pages, served, value_of

MORE = f"""
expected_unreadable = [{{account = "{SECOND}", region = "*", reason = "sandbox of a partner", review_by = 2024-01-31}}]
"""


def happened(there: Pages, text: str = "") -> None:
    """A run that failed in part, jobs of which one is late, and a message that could not be sent."""
    ledger = there.desk.store.ledger
    ledger.plan_jobs(NAME, {"sync": "*/15 * * * *", "tidy": ""}, ZoneInfo("UTC"))
    run = ledger.open_run("sync", organization=NAME, who=f"ci{text}")
    failures = [Failure(f"account {SECOND}{text}", f"AccessDenied{text}")]
    ledger.close_run(run.id, status=RunStatus.INCOMPLETE, counts={"new": 3}, calls={}, failures=failures)
    other = ledger.open_run("sync", organization="gov", who="somebody else")
    ledger.close_run(other.id, status=RunStatus.DONE, counts={}, calls={}, failures=[])
    sent = SentMessage(f"k{text}", NAME, "run", "web", "slack", "#web", "d", Delivery.SENT, T0, "C1 1.5")
    ledger.put_messages(
        [
            sent,
            replace(
                sent,
                key="x",
                state=Delivery.FAILED,
                at=T0 + dt.timedelta(days=1),
                where="",
                trouble=f"channel_not_found{text}",
            ),
        ]
    )


@contextmanager
def operated(base: Path, *, text: str = "") -> Iterator[Pages]:
    """The world, in which something happened, with Slack in its settings."""
    with pages(base, text=text) as found:
        settings = SETTINGS.replace(
            "[organizations", '[messages.slack]\ntoken = "env:SLACK_TOKEN"\nurl = "URL"\n[organizations'
        )
        (base / "hubposture.toml").write_text(settings.replace("URL", "http://127.0.0.1:9/api") + MORE)
        around = replace(found.desk.at.surroundings, environ={"SLACK_TOKEN": "xoxb-secret"})
        desk = replace(found.desk, at=workplace(base, surroundings=around))
        happened(found, text)
        with served(desk) as client:
            yield Pages(base, desk, client)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with operated(tmp_path_factory.mktemp("worked")) as found:
        yield found


def reader(there: Pages, group: str = "reader") -> LocalDoor:
    return LocalDoor("lee", Person("lee", (group,)), "secret", is_asked=True)


def test_who_runs_it_sees_who_ran_what_and_why_it_failed(worked: Pages) -> None:
    page = Read(worked.text("/operations"))
    for words in ("AccessDenied", "ci", "3 new", "channel_not_found", "*/15 * * * * (UTC)"):
        assert words in page.said
    assert "somebody else" not in page.said
    assert value_of(page, "Last run") == "incomplete"
    assert value_of(page, "Connectors failing") == "1"


def test_readers_see_that_and_not_who_or_why(worked: Pages) -> None:
    with served(worked.desk, door=reader(worked)) as client:
        page = Read(client.get("/operations").text)
    assert value_of(page, "Last run") == "incomplete"
    for words in ("AccessDenied: ", "channel_not_found", "3 new"):
        assert words not in page.said
    assert "Check now" not in page.said
    assert "shown to those who run hubposture" in page.said


def test_a_job_that_is_late_and_an_old_excuse_cannot_be_overlooked(worked: Pages) -> None:
    moment = worked.desk.at.surroundings.now() + dt.timedelta(days=400)
    later = replace(worked.desk.at.surroundings, now=lambda: moment)
    desk = replace(worked.desk, at=replace(worked.desk.at, surroundings=later))
    with served(desk) as client:
        page = Read(client.get("/operations").text)
    assert "1 job late: sync" in page.said
    assert "past the day of review" in page.said
    assert "sandbox of a partner" in page.said


def test_what_cannot_be_seen_is_only_told_of_places_that_one_may_see(worked: Pages) -> None:
    whole = Read(worked.text("/operations"))
    assert f"/accounts/{SECOND}" in whole.inside("/operations")
    with served(worked.desk, door=reader(worked, "account-owner")) as client:
        part = Read(client.get("/operations").text)
    assert f"/accounts/{SECOND}" not in part.inside("/operations")


def test_the_connectors_are_asked_by_a_form_alone_and_what_they_say_is_shown(worked: Pages) -> None:
    page = worked.text("/operations")
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token is not None
    found = worked.client.post("/operations/check", data={"form_token": token[1]})
    assert found.status_code == 200
    assert "will fail" in Read(found.text).said
    assert "xoxb-secret" not in found.text
    assert worked.client.post("/operations/check", data={"form_token": "other"}).status_code == 403
    assert worked.client.get("/operations/check").status_code in (404, 405)
    with served(worked.desk, door=reader(worked)) as client:
        token = re.search(r'name="form_token" value="([^"]+)"', client.get("/findings").text)
        given = {"form_token": token[1] if token else ""}
        assert client.post("/operations/check", data=given).status_code == 403


def test_hostile_words_of_others_are_words(tmp_path: Path) -> None:
    with operated(tmp_path, text=MARKUP) as found:
        page = found.text("/operations")
    Read(page)
    assert "<img src=x" not in page
    assert "<script>" not in page


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_it_is_accessible_in_a_real_browser(worked: Pages, width: int, dark: bool) -> None:
    with browsing(str(worked.client.base_url)) as browser:
        page = browser.page("/operations", width=width, dark=dark)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Check now").click()
        page.get_by_role("heading", name="Checked just now").wait_for()
        assert axe(page) == []
