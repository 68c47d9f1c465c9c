"""Tokens of the trackers in servers' words, in findings and in titles: nothing of ours repeats them, anywhere."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from connectors.scripted_server import Say, ScriptedServer
from holds.test_tickets_faults import world
from holds.ticket_sites import KINDS, JiraSite, Seconds, ServiceNowSite
from holds.tickets_world import DAY, HOUR, MINUTE, TicketsWorld
from hubposture.connectors.jira.configured import jira_http
from hubposture.connectors.servicenow import Basic, servicenow_http
from hubposture.errors import RemoteRefused
from hubposture.sandbox.remote.jira import TOKEN
from hubposture.sandbox.remote.jira_answers import Answer as JiraAnswer
from hubposture.sandbox.remote.jira_faults import Fate as JiraFate
from hubposture.sandbox.remote.jira_faults import Trouble as JiraTrouble
from hubposture.sandbox.remote.servicenow import PASSWORD, Fate, Trouble
from hubposture.sandbox.remote.servicenow_answers import Answer
from hubposture.settings.jira import JiraKind, JiraSettings
from hubposture.work.subject import Standing

pytestmark = pytest.mark.slow

_STATUSES = (400, 401, 403, 404, 429, 500)


def _says(here: TicketsWorld, status: int, on: str) -> str:
    """Let the tracker repeat our secret in every way that it has of saying what is wrong; gives the secret."""
    site = here.site
    if isinstance(site, JiraSite):
        body = {
            "errorMessages": [f"bad token {site.token}"],
            "errors": {"summary": f"Bearer {site.token}", site.token: "is no field"},
            "message": site.token,
            "issues": [],
        }
        site.jira.faults.waiting.append(JiraTrouble(JiraFate.ANSWERED, on, 40, 0, JiraAnswer(status, body)))
        return site.token
    assert isinstance(site, ServiceNowSite)
    body = {"error": {"message": f"bad password {PASSWORD}", "detail": f"Basic {PASSWORD}"}, "status": "failure"}
    site.instance.troubles.append(Trouble(Fate.ANSWERED, on, 40, Answer(status, body)))
    return PASSWORD


def _texts(here: TicketsWorld) -> Iterator[str]:
    """Every value of every table of the ledger, and its files as they are."""
    with closing(sqlite3.connect(here.directory / "ledger.sqlite")) as ledger:
        for (table,) in ledger.execute("select name from sqlite_master where type = 'table'").fetchall():
            yield from (repr(row) for row in ledger.execute(f"select * from {table}"))
    for file in here.directory.iterdir():
        yield file.read_bytes().decode("latin-1")


@pytest.mark.parametrize("status", _STATUSES)
@pytest.mark.parametrize("on", ["POST", "PUT|PATCH", ""])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_tracker_repeats_of_our_secret_is_nowhere(
    kind: str, on: str, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with world(kind) as here:
        here.sync()
        for number, name in enumerate(sorted(here.checks.subjects)):
            if number % 2:
                here.checks.turn(name, Standing.PASSED, here.now)
        here.checks.subject(20, "team-web", here.now)
        here.advance(DAY + HOUR)
        secret = _says(here, status, on.replace("PUT|PATCH", "PATCH") if kind == "servicenow" else on)
        said: list[object] = []
        for _ in range(2):
            done = here.sync()
            assert done is not None
            said += [done.failures, done.written.failed, done.written.skipped, done.outlook.plan, done.outlook.changes]
            said += [here.verify(), here.tickets()]
            assert done.failures or on
            here.advance(11 * MINUTE)
        for what in (repr(said), caplog.text, *capfd.readouterr(), *_texts(here)):
            assert secret not in what


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_a_finding_or_a_title_is_neither_logged_nor_kept(
    kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with world(kind) as here:
        site = here.site
        assert isinstance(site, JiraSite | ServiceNowSite)
        for name, one in here.checks.subjects.items():
            here.checks.subjects[name] = replace(
                one, title=f"Do not show {site.token}", resource=f"arn:aws:s3:::{site.token}", account_shown=site.token
            )
        done = here.sync()
        assert done is not None
        assert not done.failures
        here.advance(HOUR)
        site.breaks("fail", "update", times=9, status=500)
        for name in here.checks.subjects:
            here.checks.turn(name, Standing.PASSED, here.now)
        here.sync()
        for what in (caplog.text, *capfd.readouterr(), *_texts(here)):
            assert site.token not in what


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("kind", KINDS)
def test_no_request_of_a_sync_is_taken_to_another_host(kind: str, status: int) -> None:
    with world(kind) as here, ScriptedServer(Say(200, b"{}")) as other:
        site = here.site
        where = {"location": f"{other.url}/rest"}
        if isinstance(site, JiraSite):
            answer = JiraAnswer(status, {}, where)
            site.jira.faults.waiting.append(JiraTrouble(JiraFate.ANSWERED, "", 100, 0, answer))
        else:
            assert isinstance(site, ServiceNowSite)
            site.instance.troubles.append(Trouble(Fate.ANSWERED, "", 100, Answer(status, {}, where)))
        done = here.sync()
        assert done is not None
        assert done.failures
        assert other.heard == []
        assert not site.issues()


def test_a_tracker_is_spoken_to_by_https_alone() -> None:
    with pytest.raises(ValueError, match="write https://"):
        JiraSettings(url="http://jira.example.com", kind=JiraKind.DATA_CENTER, token="env:JIRA_TOKEN")
    unchecked = JiraSettings.model_construct(
        url="http://jira.example.com",
        kind=JiraKind.DATA_CENTER,
        token="env:JIRA_TOKEN",
        cloud_id="",
        timeout_seconds=60,
    )
    seconds = Seconds()
    with pytest.raises(RemoteRefused, match="only https"):
        jira_http(unchecked, lambda _: TOKEN, clock=seconds, sleep=seconds.sleep)
    with pytest.raises(RemoteRefused, match="only https"):
        servicenow_http("http://acme.example.com", Basic("hub", PASSWORD), clock=seconds, sleep=seconds.sleep)
