"""A baseline with history over seven weeks: a workbook that changed, a lake of some of the days, a waiver, runs, changes."""

import datetime as dt
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from baseline_world import ENV, needs_git
from hubposture.catalog import find_standard
from hubposture.model.controls import Standard
from hubposture.model.targets import Target
from hubposture.ports.ledger import RunStatus
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.verbs.evidence import Means
from hubposture.wiring import Store, Surroundings, Workplace, open_store, workbook_bytes, workplace
from hubposture.wiring.evidence import evidence_means
from lake import lake_world
from lake.lake_world import ACCOUNTS_, REGIONS, finding

NAME = "acme"
FIRST, SECOND = ACCOUNTS_
BEGIN = dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
"""The first sync; the next ones are on these days after it."""
SYNCED = (0, 1, 2, 9, 20, 21, 45)
SETTINGS = f"""instance = "acme"
[organizations.{NAME}]
administrator = "{FIRST}"
home_region = "{REGIONS[0]}"
"""
WAIVER = """\
id: W-1
controls: [S3.8]
resources: ["arn:aws:s3:::bucket-1"]
type: by-design
reason: "Public {reason}"
owner: team-web
requested_by: kim@example.com
valid_from: 2026-10-02
expires: 2026-12-31
"""


def cis() -> Standard:
    found = find_standard("cis-5.0.0")
    assert found is not None
    return found


@dataclass
class There:
    """The world: its directory, its clock (aware), and what packs are made of."""

    base: Path
    moments: list[dt.datetime]
    at: Workplace
    store: Store

    def means(self) -> Means:
        return evidence_means(self.at, self.store)

    def commit(self, message: str, on: dt.datetime) -> str:
        """Commit everything at a moment; gives the commit."""
        when = on.isoformat()
        env = {**ENV, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        for arguments in (["add", "-A"], ["commit", "-q", "-m", message], ["rev-parse", "HEAD"]):
            done = subprocess.run(
                ["git", *arguments], cwd=self.base, env=env, capture_output=True, text=True, check=True
            )
        return done.stdout.strip()

    def workbook(self, rows: list[dict[str, str]], *, clauses: list[dict[str, str]] | None = None) -> None:
        """Write the workbook."""
        sheets = {
            "Controls": rows,
            "Clauses": clauses or [{"clause": "SEC-1", "title": "No public data", "statement": "Data is not public."}],
            "Standards": [{"standard": "cis-5.0.0", "enabled": "yes"}],
        }
        (self.base / "controls.xlsx").write_bytes(workbook_bytes(sheets, now=BEGIN))

    def sync(self, day: int, *, standards: list[tuple[str, str, str]] | None = None, text: str = "") -> None:
        """A sync on a day after BEGIN: bucket n passes from the n-th sync on."""
        self.moments.append(BEGIN + dt.timedelta(days=day))
        now = self.moments[-1].replace(tzinfo=None)
        number = SYNCED.index(day)
        made = [
            finding(
                f"arn:aws:s3:::bucket-{one}{text}", account=ACCOUNTS_[one % 2], region=REGIONS[one // 2 % 2],
                compliance="PASSED" if one <= number else "FAILED", updated=now, observed=now,
            )
            for one in range(8)
        ]  # fmt: skip
        made.append(finding("AWS::::Account:1", control="iam.6", compliance="NOT_AVAILABLE", updated=now, observed=now))
        self.store.writer.fold(made)
        tables: dict[str, Sequence[tuple[object, ...]]] = {
            "accounts": [
                (one, f"n{one}{text}", f"a{one}", one, "active", "ou-1", f"/Work{one[0]}", "") for one in ACCOUNTS_
            ],
            "units": [(path, one, "") for one in ACCOUNTS_ for path in ("/", f"/Work{one[0]}")],
            "targets": [
                (FIRST, REGIONS[0], "seen", "", "local", "e1", "w1", now),
                (FIRST, REGIONS[1], "seen", "", "local", "e1", "w1", now),
                (SECOND, REGIONS[0], "seen", "", "local", "e1", "w1", now),
                (SECOND, REGIONS[1], "unreadable", "AccessDenied", "", "", "w1", now),
            ],
            "enablement": [("e1", "cis-5.0.0", "s3.8", True, ""), ("e1", "cis-5.0.0", "iam.6", True, "")],
            "wishes": [
                ("w1", "s3.8", "enforce", True, "HIGH", now - dt.timedelta(days=3), "", "Controls!G2", -1, 30),
                ("w1", "iam.6", "enforce", True, "CRITICAL", None, "", "Controls!G3", -1, -1),
            ],
            "controls": [
                ("s3.8", "S3.8", "Buckets", "S3", "HIGH", "", None),
                ("iam.6", "IAM.6", "MFA", "IAM", "HIGH", "", None),
            ],
            "standards": standards or [("cis-5.0.0", "s3.8", "2.1.4"), ("cis-5.0.0", "iam.6", "1.5")],
        }
        self.store.writer.settle(lake_world.dimensions(tables=tables))
        subject = made[1].subject
        if number:
            self.store.writer.decided(lake_world.decided(subject, waiver="W-1"), [lake_world.waiver("W-1")])

    def change(self, who: str = "kim@example.com", *, reason: str = "whole organization, S3.8") -> str:
        """A run that switches S3.8 on in two places, fails in one, and a standard; gives its id."""
        ledger = self.store.ledger
        run = ledger.open_run("apply", organization=NAME, who=who, commit="c" * 40)
        places = [Target(NAME, FIRST, REGIONS[0]), Target(NAME, FIRST, REGIONS[1]), Target(NAME, SECOND, REGIONS[0])]
        edit = Edit(20, "association", ("cis-5.0.0", "s3.8"), "off", "on", reason, "controls.xlsx!Controls!G2")
        standard = Edit(10, "standard", ("cis-5.0.0",), "off", "on", reason, "controls.xlsx!Standards!B2")
        changes = [*(Change(place, edit) for place in places), Change(places[0], standard)]
        ledger.intend(run.id, changes)
        ledger.sent(run.id, changes)
        results = [Result(one, Outcome.APPLIED, "") for one in (*changes[:2], changes[3])]
        ledger.record(run.id, [*results, Result(changes[2], Outcome.FAILED, "AccessDenied")])
        ledger.close_run(run.id, status=RunStatus.INCOMPLETE, counts={}, calls={})
        return run.id


def row(disposition: str, **more: str) -> dict[str, str]:
    return {"control": "S3.8", "disposition": disposition, "clauses": "SEC-1", **more}


@contextmanager
def world(base: Path, *, text: str = "", history: bool = True) -> Iterator[There]:
    """Seven weeks; `text` stands in every field that somebody writes."""
    (base / "hubposture.toml").write_text(SETTINGS)
    (base / ".gitignore").write_text(".hubposture/\n")
    moments = [BEGIN]
    at = workplace(base, surroundings=Surroundings(now=lambda: moments[-1], environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        there = There(base, moments, at, store)
        if history:
            needs_git()
            subprocess.run(["git", "init", "-q", "-b", "main"], cwd=base, env=ENV, check=True)
        there.workbook([row("not-applicable", reason=f"not yet {text}", approved_by=f"lee {text}")])
        if history:
            there.commit(f"First {text}", BEGIN - dt.timedelta(days=40))
        for day in SYNCED:
            there.sync(day, text=text)
            if day == 1:
                there.workbook([row("enforce", reason=f"now {text}"), {"control": "IAM.6", "disposition": "enforce"}])
                (base / "waivers").mkdir()
                (base / "waivers" / "W-1.yaml").write_text(WAIVER.format(reason=repr(text)[1:-1].replace('"', "'")))
                if history:
                    there.commit(f"Enforce {text}", moments[-1])
                there.change(f"kim {text}", reason=f"whole organization {text}")
        yield there
