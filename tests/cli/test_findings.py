"""Sync, posture, findings, explain and store, as a user runs them after a week on the emulated organization."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hubposture.cli.demo import baseline_in
from hubposture.cli.main import cli, run
from hubposture.cli.sync import loaded, synced
from hubposture.render import text
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.population import REGIONS
from hubposture.sandbox.sandbox import Sandbox
from hubposture.verbs.sync import Synced
from hubposture.views.document import Document
from hubposture.wiring import Connection, connect, open_store, rehearsal, workplace

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Week:
    """A baseline whose lake has a week of findings: what the syncs gave, and where it is."""

    base: Path
    box: Sandbox
    connection: Connection
    first: Synced
    last: Synced

    @property
    def hub(self) -> Iterable[Record]:
        """The findings as the sandbox holds them, in the linked Regions."""
        found: Any = self.box.findings
        return [record for record in found.store if record.region in REGIONS]

    def text(self, *arguments: str) -> str:
        done = CliRunner().invoke(cli, ["-C", str(self.base), *arguments], standalone_mode=False)
        assert done.exception is None, done.exception
        return done.output

    def data(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(*arguments, "--format", "json"))
        return found


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    before = dict(os.environ)
    try:
        box, around = rehearsal()
        spec = box.core.spec
        base = tmp_path_factory.mktemp("week") / "base"
        baseline_in(base, administrator=spec.administrator, home=spec.home_region, now=around.now())
        connection = connect(workplace(base, surroundings=around), "acme")
        first = synced(connection, "api")
        box.tick(7)
        yield Week(base, box, connection, first, synced(connection, "api"))
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_the_first_sync_reads_everything_and_names_what_it_could_not(week: Week) -> None:
    active = sum(record.record_state == "ACTIVE" for record in week.hub)
    assert week.first.folded.new == week.first.control + week.first.other
    assert abs(week.first.folded.new - active) < 500, "a week later it is about as many"
    assert [one.where.split(" (")[0] for one in week.first.failures] == ["sandbox-kim"]
    assert len(week.first.swept) == 11


def test_the_second_sync_finds_what_changed_and_what_was_archived(week: Week) -> None:
    assert week.last.folded.transitions > 50
    assert week.last.folded.version > week.first.folded.version


def test_the_lake_says_of_every_subject_what_the_hub_says(week: Week) -> None:
    worst: dict[tuple[str, ...], str] = {}
    rank = ("PASSED", "NOT_AVAILABLE", "WARNING", "FAILED")
    for record in week.hub:
        if record.record_state == "ACTIVE" and record.body.control_id:
            for resource in record.body.resources:
                key = (record.account, record.region, record.body.control_id.lower(), resource.id)
                worst[key] = max(worst.get(key, "PASSED"), record.compliance, key=rank.index)
    at = week.connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, "acme", ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        rows = snapshot.execute(
            "SELECT account, region, control, resource, status FROM subjects WHERE kind = 'control' AND findings > 0 "
            "ORDER BY subject",
            {},
        )
    assert {tuple(row[:4]): row[4] for row in rows} == worst


def test_the_posture_has_three_lines_and_names_what_is_not_seen(week: Week) -> None:
    data = week.data("posture")
    lines = data["obligations"]
    assert lines["as_is"]["of"] == lines["without_waivers"]["of"] > 5_000
    assert lines["nothing_off_or_waived"]["of"] > lines["as_is"]["of"]
    assert [one["where"].split(" (")[0] for one in data["lost_sight"]] == ["acme-shared-services", "old-website"]
    assert any(one["where"].startswith("sandbox-kim") for one in data["not_measured"])
    assert data["movement"]["unexplained"] == 0
    assert data["movement"]["after"] == {key: lines["as_is"][key] for key in ("met", "of", "open")}
    assert {one["standard"] for one in data["aws"]["standards"]} == {"all standards", "cis-5.0.0", "fsbp-1.0.0"}


def test_no_account_that_is_lost_or_unreadable_has_all_its_obligations_met(week: Week) -> None:
    rows = {one["id"]: one for one in week.data("posture", "--by", "account")["rows"]}
    names = {one["key"]: one for one in rows.values()}
    assert names["old-website"]["standing"] == "the account is suspended"
    assert names["sandbox-kim"]["standing"] == "a Region of it cannot be read"
    assert all(one["key"] != one["id"] for one in rows.values()), "never a bare number"


@pytest.mark.parametrize("by", ["account", "ou", "owner", "control", "standard"])
def test_every_table_by_something_sums_up_to_the_organization(week: Week, by: str) -> None:
    data = week.data("posture", "--by", by)
    total = sum(one["met"] for one in data["rows"] if by != "ou" or one["key"] == "/")
    assert total == data["total"]["met"] if by != "standard" else total >= data["total"]["met"]


def test_what_fails_is_shown_by_control_with_the_worst_first(week: Week) -> None:
    data = week.data("findings", "--limit", "500")
    groups = data["groups"]
    assert groups[0]["severity"] == "CRITICAL"
    assert sum(one["failing"] for one in groups) == data["failing"]
    assert all(0 < one["failing"] <= one["subjects"] for one in groups)


def test_a_filter_narrows_and_its_mistakes_are_named_all_at_once(
    week: Week, capsys: pytest.CaptureFixture[str]
) -> None:
    found = week.data("findings", "severity=CRITICAL status=FAILED", "--list")["findings"]
    assert found
    assert {(one["severity_shown"], one["status"]) for one in found} == {("CRITICAL", "FAILED")}
    assert run(["-C", str(week.base), "findings", "severty=x", "account="]) == 1
    told = capsys.readouterr().err
    assert "2 things to fix first" in told
    assert "did you mean severity?" in told


def test_a_list_goes_on_behind_its_last_row_and_never_shows_one_twice(week: Week) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = week.data(
            "findings", "status=FAILED", "--list", "--limit", "100", *(("--after", after) if after else ())
        )
        seen += [one["subject"] for one in page["findings"]]
        after = page["after"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == page["failing"]


def test_one_finding_is_shown_in_full_with_its_history(week: Week) -> None:
    subject = week.data("findings", "status=FAILED", "--list", "--limit", "1")["findings"][0]["subject"]
    data = week.data("findings", subject)
    assert data["subject"]["subject"] == subject
    assert data["history"][0]["from_presence"] == ""
    assert data["findings"][0]["compliance"] == "FAILED"
    assert run(["-C", str(week.base), "findings", "f" * 32]) == 1


def test_a_past_day_says_what_it_said_then(week: Week) -> None:
    begin = week.data("posture")["movement"]["begin"]
    then = week.data("posture", "--day", begin)
    assert then["version"] < week.data("posture")["version"]
    assert then["obligations"]["as_is"]["met"] == week.data("posture")["movement"]["before"]["met"]


def test_the_trend_has_a_line_for_each_week_and_ends_where_the_posture_is(week: Week) -> None:
    weeks = week.data("posture", "--trend", "4")["weeks"]
    data = week.data("posture")
    assert len(weeks) == 2
    assert weeks[-1]["as_is"] == data["obligations"]["as_is"]
    assert weeks[0]["as_is"]["open"] == data["movement"]["before"]["open"]
    assert weeks[-1]["aws"] == next(
        one["score"] for one in data["aws"]["standards"] if one["standard"] == "all standards"
    )


def test_explain_says_what_the_check_found(week: Week) -> None:
    one = week.data("findings", "status=FAILED kind=control", "--list", "--limit", "1")["findings"][0]
    # The command line talks to AWS by itself; here the same documents are made in the sandbox's surroundings.
    from hubposture.cli.explain_found import with_findings
    from hubposture.cli.plan import made
    from hubposture.verbs.explain import explain
    from hubposture.verbs.explain_words import facts
    from hubposture.views import explain as view

    planned = made(week.connection)
    found = explain(planned, week.connection.hub, control=one["control"], account=one["account"], region=one["region"])
    document = view.document(with_findings(facts(found, planned), week.connection, found))
    assert document.data["findings"]["failed"] >= 1
    assert one["resource"] in {each["resource"] for each in document.data["findings"]["failing"]}
    assert "failing" in text.render(document)


def test_the_store_is_whole_before_and_after_it_was_compacted(week: Week) -> None:
    assert week.data("store", "check", "--deep")["faults"] == []
    before = week.data("posture")
    done = week.data("store", "compact")
    assert done["files"][1] <= done["files"][0]
    assert week.data("store", "check", "--deep")["faults"] == []
    after = week.data("posture")
    assert {key: after[key] for key in ("obligations", "accounts", "overdue", "aws")} == {
        key: before[key] for key in ("obligations", "accounts", "overdue", "aws")
    }


@pytest.mark.parametrize("width", [80, 200])
def test_posture_and_findings_fit_the_width_of_the_terminal(week: Week, width: int) -> None:
    from hubposture.cli.findings import failing
    from hubposture.cli.posture import shown

    with (
        week.connection.workplace.ledger() as ledger,
        open_store(week.connection.workplace, "acme", ledger) as store,
        store.reader.snapshot() as snapshot,
    ):
        documents: list[Document] = [
            shown("acme", store.reader, snapshot, by=None, since=None, limit=10),
            *(shown("acme", store.reader, snapshot, by=by, since=None, limit=10) for by in ("account", "standard")),
            failing("acme", snapshot, limit=20),
        ]
    for document in documents:
        assert max(map(len, text.render(document, width=width).splitlines())) <= width


def test_findings_of_files_come_in_beside_those_of_the_hub(week: Week, shared_samples: Path) -> None:
    done = loaded(week.connection.workplace, "acme", str(shared_samples / "guardduty-asff.json"))
    assert (done.control, done.other, done.rejected) == (0, 4, ())
    again = loaded(week.connection.workplace, "acme", str(shared_samples / "guardduty-asff.json"))
    assert (again.folded.new, again.folded.changed, again.folded.transitions) == (0, 0, 0)


def test_an_empty_lake_says_what_to_do(tmp_path: Path, week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    spec = week.box.core.spec
    baseline_in(
        tmp_path / "new", administrator=spec.administrator, home=spec.home_region,
        now=week.connection.workplace.surroundings.now(),
    )  # fmt: skip
    for command in ("posture", "findings"):
        assert run(["-C", str(tmp_path / "new"), command]) == 1
        assert "`hubposture sync` fills it" in capsys.readouterr().err


def test_owners_count_the_obligations_that_the_posture_counts(week: Week) -> None:
    level = week.data("posture")["obligations"]["as_is"]
    found = week.data("owners")
    assert (found["obligations"], found["everything"]["failing"]) == (level["of"], level["open"])
    assert found["everything"]["overdue"] == sum(one["overdue"] for one in week.data("posture")["overdue"])
    assert found["owned"] + found["unknown"] + found["unowned"] == level["of"]
    assert sum(one["obligations"] for one in found["links"]) == level["of"]
