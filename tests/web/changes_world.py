"""A baseline in git with a workbook, and a lake of three accounts in three OUs, one of them a sandbox, with its pages."""

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.access.people import Person
from hubposture.ports.lake import Dimensions
from hubposture.web.caller import LocalDoor
from hubposture.web.desk import Desk
from hubposture.wiring import Surroundings, open_store, put_workbook, workplace
from lake import lake_world
from lake.lake_world import ACCOUNTS_, REGIONS, T0, finding
from web.web_world import NAME, SETTINGS, WEEK, Pages, served, ticket

FIRST, SECOND = ACCOUNTS_
THIRD = "333344445555"
PAT, KIM = "pat@example.com", "kim@example.com"
PEOPLE = f"""
[access.users]
"{PAT}" = ["ou-administrator"]
"{KIM}" = ["administrator"]
[access.places]
"{PAT}" = ["/Sandbox"]
"""
NEW = "ec2.999"
Rows = Mapping[str, Sequence[Mapping[str, str]]]
ROWS: Rows = {
    "Controls": [
        {"control": "S3.8", "disposition": "enforce", "clauses": "2.1", "reason": "Buckets are private"},
        {"control": "IAM.6", "disposition": "enforce"},
        {"control": "IAM.6", "disposition": "monitor", "scope": "data", "reason": "Not yet"},
    ],
    "Clauses": [{"clause": "2.1", "title": "Storage", "statement": "No storage is public."}],
    "Scopes": [{"scope": "data", "ous": "/Data"}, {"scope": "tagged", "account_tags": "env=prod"}],
}


def dimensions() -> Dimensions:
    """Two controls enforced everywhere, and one that AWS released four days ago, on without a row."""
    accounts = [
        (FIRST, "Web", "web-prod", "Workloads"),
        (SECOND, "", "", "Data"),
        (THIRD, "Play", "playground", "Sandbox"),
    ]
    return lake_world.dimensions(
        tables={
            "accounts": [
                (one, name, alias, f"{alias or name} ({one})", "active", f"ou-{unit.lower()}", f"/{unit}", "")
                for one, name, alias, unit in accounts
            ],
            "units": [("/", one, "r-1") for one, *_ in accounts]
            + [(f"/{unit}", one, f"ou-{unit.lower()}") for one, _, _, unit in accounts],
            "targets": [
                (one, region, "seen", "", "central" if one == SECOND else "local", "e1", "w1", T0)
                for one, *_ in accounts
                for region in REGIONS
            ],
            "enablement": [
                ("e1", "cis-5.0.0", "s3.8", True, ""), ("e1", "fsbp-1.0.0", "s3.8", True, ""),
                ("e1", "cis-5.0.0", "iam.6", True, ""), ("e1", "fsbp-1.0.0", NEW, True, ""),
            ],
            "wishes": [
                ("w1", "s3.8", "enforce", True, "HIGH", T0 - dt.timedelta(days=3), "", "Controls!G2", -1, 30),
                ("w1", "iam.6", "enforce", True, "CRITICAL", None, "", "Controls!G3", -1, -1),
            ],
            "controls": [
                ("s3.8", "S3.8", "Buckets block public access", "S3", "HIGH", "https://docs.aws.amazon.com/s3-8", None),
                ("iam.6", "IAM.6", "The root user has hardware MFA", "IAM", "CRITICAL", "", None),
                (NEW, "EC2.999", "Instances do something new", "EC2", "MEDIUM", "", T0 + WEEK - dt.timedelta(days=4)),
            ],
            "standards": [("cis-5.0.0", "s3.8", "2.1.4"), ("fsbp-1.0.0", NEW, "")],
        }
    )  # fmt: skip


def baseline(base: Path, rows: Rows = ROWS, *, more: str = "") -> None:
    """The baseline, committed."""
    needs_git()
    new_repository(base)
    (base / "hubposture.toml").write_text(SETTINGS + PEOPLE + more)
    (base / ".gitignore").write_text(".hubposture/\nlake/\n")
    put_workbook(base, rows, now=T0.replace(tzinfo=dt.UTC))
    commit_all(base, "Baseline")


def _filled(base: Path, rows: Rows, more: str) -> None:
    """A baseline with two weeks in its lake and a ticket in its ledger."""
    baseline(base, rows, more=more)
    moments = [T0.replace(tzinfo=dt.UTC)]
    at = workplace(base, surroundings=Surroundings(now=lambda: moments[-1], environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        found = [
            finding(
                f"arn:aws:s3:::site-{number}", account=(FIRST, SECOND, THIRD)[number % 3], region=REGIONS[number // 3 % 2],
                compliance="PASSED" if number % 4 == 0 else "FAILED", updated=T0, first_observed_at=T0,
            )
            for number in range(24)
        ]  # fmt: skip
        for step in (0, 1):
            if step:
                moments.append(moments[-1] + WEEK)
                found[1] = found[1]._replace(compliance="PASSED", updated_at=T0 + WEEK)
            store.writer.fold(found)
            store.writer.settle(dimensions())
        ledger.put_tickets(
            [ticket([one.subject for one in found if one.account == THIRD and one.compliance == "FAILED"])]
        )


@cache
def _ready() -> Path:
    """The world as it is mostly wanted, made once and copied for each test."""
    made = Path(tempfile.mkdtemp(prefix="changes-")) / "base"
    atexit.register(shutil.rmtree, made.parent, ignore_errors=True)
    _filled(made, ROWS, "")
    return made


@contextmanager
def changing(base: Path, *, asked: str = "", rows: Rows = ROWS, more: str = "") -> Iterator[Pages]:
    """The pages of that world; with `asked` they are asked by that person, under the rules."""
    if rows is ROWS and not more:
        shutil.copytree(_ready(), base)
    else:
        _filled(base, rows, more)
    at = workplace(base, surroundings=Surroundings(now=lambda: (T0 + WEEK).replace(tzinfo=dt.UTC), environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        person = at.settings.access.people.named(asked) if asked else Person("kim")
        door = LocalDoor(asked or "kim", person, "secret of this run", is_asked=bool(asked))
        desk = Desk(at, NAME, store)
        with served(desk, door=door) as client:
            yield Pages(base, desk, client)


def branches(base: Path) -> list[str]:
    """The branches of a baseline."""
    return git(base, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
