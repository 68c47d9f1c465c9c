"""A baseline in git with people of every role, its lake, and what each of them may do about waivers."""

import datetime as dt
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

import httpx

from hubposture.access.people import Person
from hubposture.findings.finding import Finding, subject_key
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_scope import Means
from hubposture.waivers.standing import Standing
from hubposture.waivers.waiver import SubjectName
from hubposture.web.caller import LocalDoor
from hubposture.web.desk import Desk
from hubposture.wiring import (
    Store,
    Surroundings,
    Workplace,
    access_over,
    open_store,
    read_access_file,
    read_book,
    workplace,
)
from hubposture.wiring.asking import asking_means
from lake.lake_world import REGIONS, T0, finding
from web.web_world import FIRST, NAME, SECOND, Read, dimensions, served

KIM, LEE, OLA, ANA, RED = "kim@example.com", "lee@example.com", "ola@example.com", "ana@example.com", "red@example.com"
"""An account owner, a risk approver, an OU administrator, an analyst, a reader."""
BRANCH = "hubposture/waivers"
SETTINGS = f"""instance = "acme"
[organizations.{NAME}]
administrator = "{FIRST}"
home_region = "{REGIONS[0]}"
[access.users]
"{KIM}" = ["account-owner"]
"{LEE}" = ["risk-approver"]
"{OLA}" = ["ou-administrator"]
"{ANA}" = ["analyst"]
"{RED}" = ["reader"]
"ada@example.com" = ["administrator"]
[access.places]
"{KIM}" = ["{FIRST}"]
"{OLA}" = ["/Workloads"]
[waivers]
record = "{{record}}"
{{more}}
"""
SITE = "arn:aws:s3:::site-"


def bucket(number: int, *, account: str = FIRST, **more: object) -> Finding:
    """A failing bucket."""
    given = {"updated": T0, "first_observed_at": T0 - dt.timedelta(days=3)} | more
    return finding(f"{SITE}{number}", account=account, region=REGIONS[0], **given)  # type: ignore[arg-type]


def subject(number: int, *, account: str = FIRST) -> SubjectName:
    """The subject of a bucket."""
    return SubjectName(account, REGIONS[0], "s3.8", f"{SITE}{number}")


def key(number: int, *, account: str = FIRST) -> str:
    """Its key."""
    return subject_key(account, REGIONS[0], "s3.8", f"{SITE}{number}")


def git(directory: Path, *words: str) -> str:
    """What git says, as somebody who merges."""
    person = ("-c", "user.name=Mia", "-c", "user.email=mia@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *person, *words], cwd=directory, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.strip()


@dataclass
class World:
    """The baseline at `base`; `now` is its clock, the same for everybody."""

    base: Path
    at: Workplace
    store: Store
    now: list[dt.datetime]
    opened: ExitStack = field(default_factory=ExitStack)

    def fold(self, *findings: Finding) -> None:
        """Put findings into the lake, in a new version."""
        self.store.writer.fold(findings)
        self.store.writer.settle(dimensions())

    def person(self, name: str) -> Person:
        """Somebody by the settings."""
        return self.at.settings.access.people.named(name)

    @contextmanager
    def means(self, name: str) -> Iterator[Means]:
        """What somebody may do a second later, under the rules as their file is now."""
        self.now.append(self.now[-1] + dt.timedelta(seconds=1))
        with self.store.reader.snapshot() as snapshot:
            rules = access_over(self.at, read_access_file(self.at), snapshot).rules
            rights = Rights(self.person(name), snapshot, rules)
            yield asking_means(replace(self.at, actor=name), NAME, self.store.ledger, snapshot=snapshot, rights=rights)

    def book(self) -> Book:
        """The waivers as the working tree has them."""
        return read_book(self.at, self.store.ledger)

    def standing(self, waiver: str) -> Standing:
        """Where one stands."""
        found = self.book().named(waiver)
        assert found is not None, waiver
        return found

    def merge(self) -> None:
        """What people do with the branch."""
        git(self.base, "merge", "-q", "--no-edit", BRANCH)

    def git(self, *words: str) -> str:
        """What git says in the baseline."""
        return git(self.base, *words)

    def client(self, name: str) -> "Client":
        """Somebody's pages."""
        door = LocalDoor(name, self.person(name), f"secret of {name}", is_asked=True)
        return Client(self.opened.enter_context(served(Desk(self.at, NAME, self.store), door=door)))


@dataclass
class Client:
    """Pages as one person has them in a browser without script."""

    http: httpx.Client

    @property
    def base(self) -> str:
        """Where they are."""
        return str(self.http.base_url)

    def get(self, path: str, status: int = 200) -> Read:
        """A page that answers with a status."""
        found = self.http.get(path)
        assert found.status_code == status, (path, found.status_code, found.text[:3000])
        return Read(found.text)

    def send(self, page: str, where: str, fields: Mapping[str, str], status: int = 303) -> httpx.Response:
        """Fill the form of a page that is sent to an address: its hidden fields and values, and these."""
        read = self.get(page)
        given = form_of(read, where) | dict(fields)
        found = self.http.post(where, data=given)
        assert found.status_code == status, (where, found.status_code, Read(found.text).said[:3000])
        return found

    def after(self, answer: httpx.Response) -> Read:
        """The page that an answer leads to."""
        return self.get(answer.headers["location"])


def form_of(read: Read, where: str) -> dict[str, str]:
    """The values of the form that is sent to an address."""
    at = next(n for n, (tag, one) in enumerate(read.elements) if tag == "form" and one.get("action") == where)
    found: dict[str, str] = {}
    for number, (tag, one) in enumerate(read.elements):
        if not _within(read, number, at):
            continue
        is_kept = one.get("type") not in ("radio", "checkbox") or "checked" in one
        if tag == "input" and "name" in one and is_kept:
            found[one["name"]] = one.get("value", "")
        elif tag == "textarea":
            found[one["name"]] = read.texts[number].removeprefix("\n")
        elif tag == "option" and "selected" in one:
            parent = read.parents[number]
            assert parent is not None
            found[read.elements[parent][1]["name"]] = one["value"]
    return found


def _within(read: Read, number: int, form: int) -> bool:
    at: int | None = number
    while at is not None:
        if at == form:
            return True
        at = read.parents[at]
    return False


@contextmanager
def asking(base: Path, *, record: str = "file", more: str = "", rules: str = "", buckets: int = 6) -> Iterator[World]:
    """The world in a directory: buckets of two accounts, and a repository with one commit."""
    (base / "hubposture.toml").write_text(
        SETTINGS.replace("{record}", record).replace("{more}", more).replace("{{", "{")
    )
    if rules:
        (base / "access.cedar").write_text(rules)
    (base / ".gitignore").write_text(".hubposture/\n*.sqlite*\nlake/\n")
    (base / "waivers").mkdir()
    (base / "waivers" / ".keep").write_text("")
    git(base, "init", "-q", "-b", "main")
    git(base, "add", "-A")
    git(base, "commit", "-q", "-m", "Baseline")
    now = [T0.replace(tzinfo=dt.UTC)]
    at = workplace(base, surroundings=Surroundings(now=lambda: now[-1], environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store, ExitStack() as opened:
        world = World(base, at, store, now, opened)
        world.fold(*(bucket(number) for number in range(buckets)), *(bucket(n + 100, account=SECOND) for n in range(2)))
        yield world


def shipped_with(rule: str, *, instead_of: str) -> str:
    """The shipped rules with one of them replaced."""
    shipped = resources.files("hubposture.baseline").joinpath("templates", "access.cedar").read_text(encoding="utf-8")
    before, _, rest = shipped.partition(f'@id("{instead_of}")')
    assert rest
    return before + rule + rest.partition(";\n")[2]


def answers(**more: str) -> dict[str, str]:
    """What somebody fills in: buckets 0 to 2 of the first account for 90 days."""
    until = (T0.date() + dt.timedelta(days=90)).isoformat()
    plain = {
        "controls": "S3.8", "resources": f"{SITE}0\n{SITE}1\n{SITE}2", "accounts": FIRST, "type": "by-design",
        "reason": "Public on purpose", "owner": "team-web", "expires": until, "effect": "suppress", "covers_new": "0",
    }  # fmt: skip
    return plain | more
