"""The time line of a finding's page: asked for by a button, kept for everybody, honest about what cannot be seen, escaped."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws.scripted import Refused
from hubposture.timeline.facts import Who, Write
from hubposture.timeline.outside import Reading, Rule
from lake.lake_world import T0
from web.browser import axe, browsing
from web.history_world import History, history_pages
from web.web_world import FIRST, MARKUP, SECOND, WEEK, Read

NOW = (T0 + WEEK).replace(tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIABASE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[History]:
    with history_pages(tmp_path) as found:
        yield found


def test_looking_at_a_finding_asks_nothing_of_aws(here: History) -> None:
    page = Read(here.text_of(f"/findings/{here.failing()}"))
    assert "Show the resource's history" in page.said
    assert here.asked() == []


def test_the_button_asks_and_the_page_then_shows_changes_writes_and_the_likely_cause(here: History) -> None:
    subject = here.failing()
    answer = here.ask(subject)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/findings/{subject}#time-line")
    page = Read(here.text_of(f"/findings/{subject}"))
    for said in (
        "2 recorded configurations and 2 writes were found.",
        "PublicAccessBlockConfiguration.blockPublicAcls was true is false",
        "kim@example.com (role Developer)",
        "from 198.51.100.7",
        "ASIA...3F2A",
        "refused: AccessDenied",
        "Likely why it began to fail at the same moment; likely behind the change recorded 2 min later",
        "Ticket SHOP-1 was made for team-web",
        "Ask again",
    ):
        assert said in page.said, said
    assert "hunter2" not in page.said


def test_whoever_asks_again_soon_gets_the_same_answer(here: History) -> None:
    subject = here.failing()
    here.ask(subject)
    asked = here.asked()
    assert here.ask(subject).status_code == 303
    assert here.asked() == asked


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (Refused("AccessDeniedException"), "the reader role needs"),
        (Refused("ThrottlingException"), "others use up its rate there"),
        (Refused("InternalFailure", status=500), "ask again later"),
    ],
)
def test_whatever_aws_refuses_is_told_on_the_page_and_breaks_nothing(
    here: History, refused: Refused, said: str
) -> None:
    here.refuses.append(refused)
    subject = here.failing()
    assert here.ask(subject).status_code == 303
    page = Read(here.text_of(f"/findings/{subject}"))
    assert said in page.said
    assert page.said.count("Not seen") >= 2
    assert "The check says" in page.said or "It has been failing" in page.said


def test_without_any_credentials_the_page_says_so(here: History, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    subject = here.failing()
    assert here.ask(subject).status_code == 303
    assert "no AWS credentials were found" in here.text_of(f"/findings/{subject}")


def test_only_a_form_of_this_session_asks(here: History) -> None:
    assert here.ask(here.failing(), token="wrong").status_code == 403
    assert here.get(f"/findings/{here.failing()}/history").status_code == 404
    assert here.asked() == []


def test_what_somebody_may_not_see_they_may_not_ask_for(tmp_path: Path) -> None:
    users = f'[access.users]\n"kim" = ["account-owner"]\n[access.places]\n"kim" = ["{SECOND}"]\n'
    with history_pages(tmp_path, settings=users, who="kim") as here:
        with here.desk.snapshot() as whole:
            rows = whole.execute("SELECT subject, account FROM subjects WHERE kind = 'control' ORDER BY subject", {})
        other = next(subject for subject, account in rows if account == FIRST)
        mine = next(subject for subject, account in rows if account == SECOND)
        token = here.text_of(f"/findings/{mine}").partition('name="form_token" value="')[2].partition('"')[0]
        assert here.ask(other, token=token).status_code == 404
        assert here.asked() == []
        assert here.ask(mine, token=token).status_code == 303


def test_hostile_texts_of_aws_are_texts(tmp_path: Path) -> None:
    with history_pages(tmp_path, text=MARKUP) as here:
        subject = here.failing()
        assert here.ask(subject).status_code == 303
        text = here.text_of(f"/findings/{subject}")
        page = Read(text)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert not [one for tag, one in page.elements if tag in ("script", "img", "svg") and "onload" in one]
        assert "<script>alert(2)</script>" in page.said


def write(account: str, number: int, text: str = "") -> Write:
    who = Who(f"kim{text}", f"role Analyst{text}", arn="arn:aws:sts::1:assumed-role/Analyst/kim")
    at = NOW - dt.timedelta(hours=number)
    return Write(
        at,
        f"{account} {number}",
        "securityhub",
        f"UpdateStandardsControl{text}",
        account,
        "eu-central-1",
        who,
        controls=("S3.8",),
    )


def outside_of(here: History, text: str = "") -> None:
    for account in (FIRST, SECOND):
        rules = (Rule(f"hand made{text}", "arn", f"sets SUPPRESSED{text}"),) if account == FIRST else ()
        reading = Reading(account, "eu-central-1", NOW, NOW, trouble=text if account == SECOND else "", rules=rules)
        here.desk.store.ledger.put_outside(
            "acme", reading, [write(account, 1, text), write(account, 2, text)], keep=NOW - dt.timedelta(days=9)
        )


def test_changes_past_hubposture_are_listed_with_who_and_what(here: History) -> None:
    assert "Nobody has looked yet" in here.text_of("/outside")
    outside_of(here)
    page = Read(here.text_of("/outside"))
    assert "4 writes by 1 identity" in page.said
    assert "kim (role Analyst)" in page.said
    assert "hand made" in page.said
    assert "outside.imports" in page.said
    assert "/controls/s3.8" in page.inside("/outside")


def test_changes_past_hubposture_are_those_of_ones_own_accounts(tmp_path: Path) -> None:
    users = f'[access.users]\n"kim" = ["account-owner"]\n[access.places]\n"kim" = ["{SECOND}"]\n'
    with history_pages(tmp_path, settings=users, who="kim") as here:
        outside_of(here)
        page = Read(here.text_of("/outside"))
        assert "2 writes by 1 identity" in page.said
        assert FIRST not in page.said
        assert "hand made" not in page.said


def test_hostile_writes_are_texts(here: History) -> None:
    outside_of(here, MARKUP)
    text = here.text_of("/outside")
    Read(text)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_both_pages_can_be_used_by_everybody(here: History, width: int, dark: bool) -> None:
    outside_of(here)
    subject = here.failing()
    with browsing(str(here.client.base_url)) as browser:
        page = browser.page(f"/findings/{subject}", width=width, dark=dark, script=False)
        page.get_by_role("button", name="Show the resource's history").click()
        page.get_by_role("button", name="Ask again").wait_for()
        assert page.locator("#time-line li").count() > 4
        page.context.close()
        for path in (f"/findings/{subject}", "/outside"):
            page = browser.page(path, width=width, dark=dark)
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.context.close()
