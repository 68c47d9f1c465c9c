"""What lies under a decision: what people did since the last sweep, and what is not known of waivers."""

from pathlib import Path

import pytest

from holds.findings_world import Begun, Subject
from holds.holds_world import HOME, WEB
from holds.waivers_world import ORGANIZATION, WaiversWorld, world
from hubposture.wiring import open_store

pytestmark = pytest.mark.slow


@pytest.fixture
def there(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WaiversWorld:
    return world(waivers_begun, tmp_path / "b", monkeypatch)


def on_bucket(bucket: str) -> Subject:
    return (WEB, HOME, "s3.8", bucket)


def waived(there: WaiversWorld) -> dict[str, str]:
    """Resources that the newest version has as waived, with their waiver."""
    at = there.connection().workplace
    sql = "SELECT s.resource, d.waiver FROM decisions d JOIN subjects s ON s.subject = d.subject ORDER BY s.resource"
    with at.ledger() as ledger, open_store(at, ORGANIZATION, ledger) as store, store.reader.snapshot() as snapshot:
        return dict(snapshot.execute(sql, {}))


def test_a_note_that_a_person_wrote_after_the_last_sweep_is_kept(there: WaiversWorld) -> None:
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket)
    there.read("sweep")
    there.box.person(on_bucket(bucket), note="Noor is on it, see the wiki", who="noor@example.com")
    there.once("none")
    shown = there.one(on_bucket(bucket))
    assert shown.workflow == "SUPPRESSED"
    assert "Noor is on it, see the wiki" in shown.note
    assert "Noor is on it, see the wiki" in {text for _, text in there.kept()}


def test_what_a_person_suppressed_after_the_last_sweep_is_adopted_and_not_taken_for_ours(there: WaiversWorld) -> None:
    bucket = there.bucket("site", "S3.8")
    there.waive("W-1", bucket)
    there.read("sweep")
    there.box.person(on_bucket(bucket), status="SUPPRESSED", who="noor@example.com")
    done = there.once("none")
    assert [str(step.decision.verb) for step in done.written.sent] == ["adopt"]


def test_waivers_in_a_file_that_cannot_be_read_go_on_in_the_posture(there: WaiversWorld) -> None:
    one, other = there.bucket("one", "S3.8"), there.bucket("other", "S3.8")
    there.waive("W-1", one)
    there.waive("W-2", other)
    there.once()
    assert waived(there) == {one: "W-1", other: "W-2"}
    there.edit("W-2", lambda raw: raw.replace(b"expires:", b"expired:"))
    done = there.once()
    assert done.outlook.book.problems
    assert waived(there) == {one: "W-1", other: "W-2"}
    assert there.one(on_bucket(other)).workflow == "SUPPRESSED"
    there.path("W-2").unlink()
    there.once()
    assert waived(there) == {one: "W-1"}
