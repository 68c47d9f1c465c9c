"""`hubposture report`: weeks of a small organization, told in numbers that add up, frozen, and mailed."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.commands import Commands
from cli.waivers_hands import approved, write
from holds.holds_world import DATA, WEB
from hubposture.cli.report_job import weekly_report
from hubposture.filters import parse
from hubposture.lake.fields import FIELDS
from hubposture.ports.ledger import RunStatus
from hubposture.sandbox.remote.smtp import Mailbox, SmtpServer
from hubposture.wiring import connect, open_store

pytestmark = pytest.mark.slow
WEEK = dt.timedelta(days=7)


@pytest.fixture
def weeks(commands: Commands) -> Commands:
    """Four weeks in which buckets break and are fixed, a waiver is approved, and the last sync is of a Sunday."""
    there = commands.there
    today = there.around.made().now().date()
    there.box.wait((dt.timedelta(days=6 - today.weekday())).total_seconds())
    site, other = there.bucket("site-1", "S3.8"), there.bucket("other-1", "S3.8")
    commands("sync")
    for week in range(4):
        there.box.wait(WEEK.total_seconds())
        (there.break_ if week % 2 else there.fix)(other)
        if week == 2:
            write(commands)
            approved(commands)
            commands("waivers", "enforce")
        if week == 3:
            there.break_(site)
        there.box.wait(dt.timedelta(hours=1).total_seconds())
        commands("sync")
    return commands


def week_of(commands: Commands) -> str:
    year, number, _ = commands.there.around.made().now().isocalendar()
    return f"{year}-W{number:02}"


def told(commands: Commands, *more: str) -> Any:
    said = commands("report", "weekly", "--week", week_of(commands), "--format", "json", *more)
    assert said.status == 0, said.text
    return json.loads(said.out)


def figures(value: Any) -> Iterator[tuple[int, str]]:
    """Every number that has a list."""
    if isinstance(value, list):
        for one in value:
            yield from figures(one)
    if isinstance(value, dict):
        if {"now", "list"} <= value.keys() and value["list"]:
            yield value["now"], value["list"]
        if "list" in value and "level" in value:
            yield value["level"]["of"] - value["level"]["met"], value["list"]
        if "list" in value and isinstance(value.get("overdue"), int) and "level" not in value:
            yield value["overdue"], value["list"]
        if "list" in value and "subjects" in value:
            yield value["subjects"], value["list"]
        for one in value.values():
            yield from figures(one)


def test_the_numbers_of_a_report_add_up_and_each_is_the_length_of_its_list(weeks: Commands) -> None:
    found = told(weeks)
    as_is = found["lines"][0]
    moved = found["movement"]
    assert (moved["before"], moved["after"]) == (as_is["before"], as_is["now"])
    steps = sum(one["opened"] - one["closed"] for one in moved["steps"])
    assert moved["after"]["of"] - moved["after"]["met"] - moved["before"]["of"] + moved["before"]["met"] == steps
    assert [one["cause"] for one in moved["steps"]], "the week is not without news"
    open_ = as_is["now"]["of"] - as_is["now"]["met"]
    assert open_ == found["open"]["now"] > 0
    assert sum(one["open"]["now"] for one in found["overdue"]) == open_
    assert sum(one["overdue"] for one in found["late"]) == sum(one["overdue"]["now"] for one in found["overdue"])
    for rows in ("worst_accounts", "controls", "owners"):
        assert sum(one["level"]["of"] - one["level"]["met"] for one in found[rows]) == open_, rows
    assert found["lines"][1]["now"]["met"] == as_is["now"]["met"] - found["waived"]["now"]
    assert len(found["trend"]) == 5
    assert found["trend"][-1]["as_is"] == as_is["now"]
    at = weeks.workplace()
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
        counted = list(figures(found))
        assert len(counted) > 10
        for number, text in counted:
            wanted = parse(text, fields=FIELDS, now=at.surroundings.now())
            assert snapshot.count(wanted).subjects == number, text


def test_a_report_of_a_part_adds_up_and_holds_nothing_of_others(weeks: Commands) -> None:
    whole = told(weeks)
    for option, key, other in (("--account", WEB, DATA), ("--account", DATA, WEB)):
        found = told(weeks, option, key)
        text = json.dumps(found)
        assert key in text
        assert other not in text
        assert found["movement"]["after"] == found["lines"][0]["now"]
        names = [one["id"] for one in whole["worst_accounts"]]
        if key in names:
            row = whole["worst_accounts"][names.index(key)]
            assert row["level"] == found["lines"][0]["now"]
    unit = whole["ous"][0]
    found = told(weeks, "--ou", unit["name"])
    assert found["lines"][0]["now"] == unit["level"]


def test_a_frozen_report_stays_as_it_was_whatever_comes_later(weeks: Commands) -> None:
    week = week_of(weeks)
    early = weeks("report", "weekly", "--week", week, "--freeze")
    assert early.status == 1
    assert "is not over" in early.text
    weeks.there.box.wait(WEEK.total_seconds())
    first = weeks("report", "weekly", "--freeze", "--format", "json")
    assert "frozen" in first.err
    weeks.there.fix(weeks.there.bucket("site-1", "S3.8"))
    weeks("sync", "--sweep")
    weeks.there.box.wait(WEEK.total_seconds())
    weeks("sync", "--sweep")
    again = weeks("report", "weekly", "--week", week, "--format", "json")
    assert again.data == first.data
    twice = weeks("report", "weekly", "--week", week, "--freeze", "--format", "json")
    assert "stays so" in twice.err
    assert twice.data == first.data
    listed = weeks.json("report", "list")["reports"]
    assert [(one["week"], one["of"]) for one in listed] == [(week, "organization")]


def test_every_format_is_written_to_a_file(weeks: Commands) -> None:
    root = weeks.there.directory
    begins = {
        "html": b"<!doctype html>",
        "xlsx": b"PK",
        "csv": b"PK",
        "json": b"{",
        "markdown": b"## ",
        "text": b"Weekly",
    }
    for form, begin in begins.items():
        out = root / f"report.{form}"
        said = weeks("report", "weekly", "--week", week_of(weeks), "--format", form, "--out", str(out))
        assert said.status == 0, said.text
        assert out.read_bytes().startswith(begin)


def test_what_cannot_be_asked_is_said(weeks: Commands) -> None:
    asked = (
        (["--week", "2026-48x"], "2026-W48"),
        (["--week", "1999-W01"], "does not hold"),
        (["--week", "2099-W01"], "still to come"),
        (["--ou", "/Nowhere"], "no such OU; known are /"),
        (["--account", "nobody"], "no such account"),
        (["--owner", "nobody"], "nobody owns anything by that name"),
        (["--ou", "/", "--account", WEB], "give one"),
    )
    for options, why in asked:
        said = weeks("report", "weekly", *(["--week", week_of(weeks)] if "--week" not in options else []), *options)
        assert said.status == 1
        assert why in said.text


def test_the_job_freezes_the_week_before_and_mails_the_page_once(weeks: Commands) -> None:
    box = Mailbox()
    with SmtpServer(box) as server:
        weeks.settings(
            '\n[report]\nmail_to = ["ciso@example.com"]\n[messages.mail]\nby = "smtp"\nsender = "posture@example.com"\n'
            f'host = "127.0.0.1"\nport = {server.port}\n'
        )
        weeks.there.box.wait(WEEK.total_seconds())
        at = weeks.workplace()
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
            connection = connect(at, "acme")
            first, second = weekly_report(connection, store), weekly_report(connection, store)
    assert first[0] is second[0] is RunStatus.DONE, (first, second)
    assert "mailed to 1 address" in first[1]
    assert "frozen before" in second[1]
    (got,) = box.got
    (page,) = got.mail.iter_attachments()
    assert str(page.get_filename()).startswith("acme-2")
    assert "<!doctype html>" in page.get_content()


def test_an_owners_report_goes_by_the_chain_of_owners_and_adds_up(weeks: Commands) -> None:
    (weeks.there.directory / "teams.yaml").write_text(
        f'teams:\n  team-web:\n    accounts: ["{WEB}"]\n  team-site:\n    resources: ["arn:aws:s3:::site-*"]\n'
    )
    whole = told(weeks)
    at = weeks.workplace()
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
        teams = sorted({one.owner for one in snapshot.owned().owners if one.owner})
        assert {"team-web", "team-site"} <= {*teams}
        for team in teams:
            found = told(weeks, "--owner", team)
            open_ = found["lines"][0]["now"]["of"] - found["lines"][0]["now"]["met"]
            wanted = parse(
                f"owner={team} obligation=yes status=FAILED waived=no", fields=FIELDS, now=at.surroundings.now()
            )
            assert open_ == found["open"]["now"] == snapshot.count(wanted).subjects, team
            assert open_ <= whole["open"]["now"]
            for number, text in figures(found):
                wanted = parse(text, fields=FIELDS, now=at.surroundings.now())
                assert snapshot.count(wanted).subjects == number, text
            assert "chain of owners" in " ".join(found["notes"])
