"""A baseline with somebody of every role, and things inside and outside the scope of those who have one."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from baseline_world import commit_all
from hubposture.web.app import make_app
from hubposture.web.caller import LocalDoor
from hubposture.web.desk import Desk
from hubposture.web.posted import TOKEN
from hubposture.wiring import Surroundings, Workplace, open_store, workplace
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket
from lake import lake_world
from lake.lake_world import REGIONS, T0, finding
from web.changes_world import FIRST, SECOND, baseline, dimensions
from web.web_world import NAME, WEEK, served

ROLES = ("reader", "account-owner", "analyst", "ou-administrator", "risk-approver", "administrator")
SCOPED = ("account-owner", "ou-administrator")
"""Those who see the first account alone, one by its number and one by its OU."""
PEOPLE = "".join(f'"{role}@example.com" = ["{role}"]\n' for role in ROLES)
MORE = f"""
[access.users]
{PEOPLE}
[access.places]
"account-owner@example.com" = ["{FIRST}"]
"ou-administrator@example.com" = ["/Workloads"]
"""
FROM_HERE = {"sec-fetch-site": "same-origin"}
OUTSIDE = (SECOND, "zulu", "/Data", "ou-data")
"""What stands in everything that is outside of their scope, and in nothing else."""
WAIVER = """\
id: {id}
controls: [S3.8]
resources: ["arn:aws:s3:::{where}-*"]
accounts: ["{account}"]
type: by-design
reason: "Public on purpose, {where}"
owner: team-{where}
risk_owner: lee@example.com
requested_by: kim@example.com
valid_from: 2026-11-02
expires: 2027-05-01
covers_new: 0
effect: suppress
"""


def subjects(where: str) -> list[str]:
    """The keys of what fails inside (alfa) or outside (zulu)."""
    return [one.subject for one in _findings() if where in one.resource and one.compliance == "FAILED"]


def _findings() -> list[Any]:
    return [
        finding(
            f"arn:aws:s3:::{where}-{number}", account=account, region=REGIONS[number % 2], updated=T0, first_observed_at=T0,
            compliance="PASSED" if number % 4 == 0 else "FAILED", tags=(("place", where),), note=f"seen {where}",
        )
        for where, account in (("alfa", FIRST), ("zulu", SECOND))
        for number in range(8)
    ]  # fmt: skip


def _ticket(where: str, account: str) -> Ticket:
    members = tuple(Member(one, T0) for one in subjects(where))
    return Ticket(
        key=f"shub-{where}", group=Group(NAME, By.CONTROL_ACCOUNT, "s3.8", f"team-{where}", account), number=1,
        route=Route(f"team-{where}", "jira", where.upper()), state=State.OPEN, members=members, made_at=T0, id=where,
        shown=f"{where.upper()}-1", url=f"https://jira.example.com/browse/{where}-1",
    )  # fmt: skip


@dataclass
class Somebody:
    """The pages as somebody of a role asks for them."""

    role: str
    client: httpx.Client
    token: str

    def ask(self, method: str, path: str, fields: Mapping[str, str], *, is_api: bool) -> Any:
        """An answer; forms carry the session's token, and their answers are not followed."""
        if method == "GET":
            return self.client.get(path, follow_redirects=False)
        if is_api:
            return self.client.request(method, path, json=dict(fields), follow_redirects=False)
        given = {TOKEN: self.token, **fields}
        return self.client.request(method, path, data=given, headers=FROM_HERE, follow_redirects=False)


@dataclass
class World:
    """Everybody over one desk, and the paths of everything that they may ask for."""

    desk: Desk
    people: Mapping[str, Somebody] = field(default_factory=dict)

    @property
    def app(self) -> Any:
        """The application, to be asked for its routes."""
        return make_app(self.desk, door=LocalDoor("kim", self.desk.at.settings.access.people.named("kim"), "secret"))


def text_of(answer: Any) -> str:
    """All that an answer says, headers included; files that are archives are opened."""
    said = f"{dict(answer.headers)} "
    content: bytes = answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return said + " ".join(opened.read(name).decode("utf-8", "replace") for name in opened.namelist())
    return said + content.decode("utf-8", "replace")


@contextmanager
def matrix(base: Path) -> Iterator[World]:
    """The world in a directory."""
    baseline(base)
    settings = base / "hubposture.toml"
    text = settings.read_text()
    settings.write_text(text[: text.index("[access.users]")] + MORE)
    (base / "waivers").mkdir()
    for where, account in (("alfa", FIRST), ("zulu", SECOND)):
        id_ = f"W-{where}"
        (base / "waivers" / f"{id_}.yaml").write_text(WAIVER.format(id=id_, where=where, account=account))
    commit_all(base, "People and waivers")
    moments = [T0.replace(tzinfo=dt.UTC)]
    at = workplace(base, surroundings=Surroundings(now=lambda: moments[-1], environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        for _ in range(2):
            store.writer.fold(_findings())
            store.writer.settle(dimensions())
            moments.append(moments[-1] + WEEK)
        decided = [row for w in ("alfa", "zulu") for row in lake_world.decided(subjects(w)[0], waiver=f"W-{w}")]
        store.writer.decided(decided, [_waiver_row(where) for where in ("alfa", "zulu")])
        ledger.put_tickets([_ticket("alfa", FIRST), _ticket("zulu", SECOND)])
        desk = Desk(at, NAME, store)
        with ExitStack() as opened:
            yield World(desk, {role: _somebody(at, desk, role, opened) for role in ROLES})


def _waiver_row(where: str) -> tuple[object, ...]:
    row = lake_world.waiver(f"W-{where}")
    return (*row[:5], f"team-{where}", *row[6:10], f"Public on purpose, {where}", *row[11:])


def _somebody(at: Workplace, desk: Desk, role: str, opened: ExitStack) -> Somebody:
    name = f"{role}@example.com"
    door = LocalDoor(name, at.settings.access.people.named(name), f"secret of {role}", is_asked=True)
    caller = door.caller({}, {})
    assert caller is not None
    return Somebody(role, opened.enter_context(served(desk, door=door)), caller.form_token)
