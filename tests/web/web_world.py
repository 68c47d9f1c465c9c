"""A baseline with a lake of two accounts in two Regions over two weeks, tickets and waivers, and its pages in a client."""

import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import uvicorn

from hubposture.access.people import Person
from hubposture.findings.finding import Finding
from hubposture.ports.lake import Dimensions
from hubposture.web.app import make_app
from hubposture.web.caller import Door, LocalDoor
from hubposture.web.desk import Desk
from hubposture.wiring import Surroundings, open_store, workplace
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket
from lake import lake_world
from lake.lake_world import ACCOUNTS_, REGIONS, T0, finding

NAME = "acme"
BASE = "http://127.0.0.1:8000"
FIRST, SECOND = ACCOUNTS_
WEEK = dt.timedelta(days=7)
SETTINGS = f"""instance = "acme"
[organizations.{NAME}]
administrator = "{FIRST}"
home_region = "{REGIONS[0]}"
"""
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>{{7*7}}\x00\x1b[31m\u202e]]>--><svg/onload=alert(3)>"
"""Text that executes, or breaks out, wherever it is not escaped."""


def dimensions(text: str = "") -> Dimensions:
    """Two accounts, one Region unreadable, two controls enforced of which one has no result; `text` in every name."""
    called = text or "web-prod"
    return lake_world.dimensions(
        tables={
            "accounts": [
                (FIRST, f"Web {text}".strip(), called, f"{called} ({FIRST})", "active", "ou-1", f"/Workloads{text}", text),
                (SECOND, "", "", SECOND, "active", "ou-2", "/Data", "team-data"),
            ],
            "units": [("/", FIRST, "r-1"), ("/", SECOND, "r-1"), (f"/Workloads{text}", FIRST, "ou-1"), ("/Data", SECOND, "ou-2")],
            "targets": [
                (FIRST, REGIONS[0], "seen", "", "local", "e1", "w1", T0),
                (FIRST, REGIONS[1], "seen", "", "local", "e1", "w1", T0),
                (SECOND, REGIONS[0], "seen", "", "central", "e1", "w1", None),
                (SECOND, REGIONS[1], "unreadable", text or "AccessDenied", "", "", "w1", None),
            ],
            "enablement": [("e1", "cis-5.0.0", "s3.8", True, ""), ("e1", "cis-5.0.0", "iam.6", True, "")],
            "wishes": [
                ("w1", "s3.8", "enforce", True, "HIGH", T0 - dt.timedelta(days=3), text, f"Controls!G7{text}", -1, 30),
                ("w1", "iam.6", "enforce", True, "CRITICAL", None, "", "Controls!G8", -1, -1),
            ],
            "controls": [
                ("s3.8", "S3.8", f"Buckets block public access{text}", f"S3{text}", "HIGH", "javascript:alert(4)" if text else "https://docs.aws.amazon.com/s3-8", None),
                ("iam.6", "IAM.6", "The root user has hardware MFA", "IAM", "CRITICAL", "", None),
            ],
            "standards": [("cis-5.0.0", "s3.8", f"2.1.4{text}")],
        }
    )  # fmt: skip


def findings(text: str = "") -> list[Finding]:
    """The findings of the first week."""
    old = T0 - dt.timedelta(days=20)
    made = [
        finding(
            f"arn:aws:s3:::site-{number}{text}", account=ACCOUNTS_[number % 2], region=REGIONS[number // 2 % 2],
            compliance="PASSED" if number % 3 == 0 else "FAILED", updated=old, first_observed_at=old,
            tags=((f"owner{text}", f"team-web{text}"),), note=text, note_by=text, note_at=old if text else None, reason=text,
        )
        for number in range(24)
    ]  # fmt: skip
    other = finding(
        f"arn:aws:ec2:{REGIONS[0]}:{FIRST}:instance/i-1{text}", kind="other", control="", compliance="",
        product="arn:aws:securityhub:eu-central-1::product/aws/guardduty", title=f"Somebody scans ports{text}",
        resource_type=f"AwsEc2Instance{text}", updated=old,
    )  # fmt: skip
    return [*made, other]


def ticket(subjects: Sequence[str], text: str = "") -> Ticket:
    """An open ticket that holds these subjects."""
    members = tuple(Member(one, T0) for one in subjects)
    return Ticket(
        key="shub-0123456789ab", group=Group(NAME, By.CONTROL_OWNER, "s3.8", f"team-web{text}"), number=1,
        route=Route(f"team-web{text}", f"jira{text}", f"SHOP{text}"), state=State.OPEN, members=members, made_at=T0, id="1",
        shown=f"SHOP-1{text}", url="javascript:alert(5)" if text else "https://jira.example.com/browse/SHOP-1", trouble=text,
    )  # fmt: skip


@dataclass(frozen=True)
class Pages:
    """The pages of a world, as a browser on this machine asks for them."""

    base: Path
    desk: Desk
    client: httpx.Client

    def get(self, path: str, **headers: str) -> Any:
        """An answer; redirects are not followed."""
        return self.client.get(path, headers=headers, follow_redirects=False)

    def text(self, path: str) -> str:
        """A page that is there."""
        found = self.get(path)
        assert found.status_code == 200, (path, found.status_code, found.text[:500])
        return str(found.text)

    def crawl(self, *, lists: int = 1_000) -> Mapping[str, Any]:
        """Every page that can be reached from the overview, by its address; of lists under a filter at most so many."""
        found: dict[str, Any] = {}
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            if path in found or ("?filter=" in path and sum("?filter=" in one for one in found) >= lists):
                continue
            assert len(found) < 600, f"there is no end of pages: {path}"
            found[path] = self.get(path)
            if "text/html" in found[path].headers["content-type"]:
                further = Read(found[path].text).inside(path)
                waiting += [link for link in further if not ("?filter=" in path and "?filter=" in link)]
        return found


class Read(HTMLParser):
    """A page as its elements, in order: (tag, attributes), with the text within each; raises for tags that do not match."""

    _VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
    _FOREIGN = frozenset({"rect", "line", "circle", "path", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.parents: list[int | None] = []
        self.feed(text)
        self.close()
        assert not self.open, [self.elements[one] for one in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        self.parents.append(self.open[-1] if self.open else None)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")
        if tag not in self._VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self._VOID | self._FOREIGN, f"<{tag}/> ends nothing"
        self.handle_starttag(tag, attrs)
        if tag not in self._VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        inner = self.elements[self.open.pop()][0]
        assert inner == tag, f"</{tag}> ends <{inner}>"

    def handle_data(self, data: str) -> None:
        for one in self.open:
            self.texts[one] += data

    def of(self, tag: str) -> list[tuple[dict[str, str], str]]:
        """Attributes and text of every element of a tag."""
        return [
            (attributes, " ".join(text.split()))
            for (one, attributes), text in zip(self.elements, self.texts, strict=True)
            if one == tag
        ]

    def inside(self, path: str) -> list[str]:
        """Where its links, forms and files lead within the service."""
        found = [
            attributes["href"] for tag, attributes in self.elements if "href" in attributes and tag in ("a", "link")
        ]
        full = [urlsplit(urljoin(f"{BASE}{path}", one)) for one in found]
        return [
            one._replace(scheme="", netloc="", fragment="").geturl()
            for one in full
            if one.netloc == urlsplit(BASE).netloc
        ]

    @property
    def said(self) -> str:
        """All its text, with single blanks."""
        return " ".join(" ".join(self.texts[:1]).split())


def value_of(page: Read, label: str) -> str:
    """The figure of the tile with a label."""
    for at, (tag, attributes) in enumerate(page.elements):
        if tag == "li" and "tile" in attributes.get("class", "").split():
            mine = [one for one, parent in enumerate(page.parents) if parent == at]
            texts = {page.elements[one][1].get("class", ""): page.texts[one] for one in mine}
            if texts.get("label") == label:
                return texts["value"]
    raise AssertionError(label)


def numbers(text: str) -> list[int]:
    """The whole numbers in a text."""
    return [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", text)]


@contextmanager
def served(desk: Desk, *, door: Door | None = None) -> Iterator[httpx.Client]:
    """The pages over HTTP on this machine."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(desk, door=door or LocalDoor("kim", Person("kim"), "secret of this run")),
                log_level="error",
                lifespan="off",
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def pages(base: Path, *, text: str = "", is_empty: bool = False) -> Iterator[Pages]:
    """A world in a directory; `text` stands in every field that somebody else writes."""
    (base / "hubposture.toml").write_text(SETTINGS)
    moments = [T0.replace(tzinfo=dt.UTC)]
    at = workplace(base, surroundings=Surroundings(now=lambda: moments[-1], environ={}))
    with at.ledger() as ledger, open_store(at, NAME, ledger) as store:
        if not is_empty:
            first = findings(text)
            store.writer.fold(first)
            store.writer.settle(dimensions(text))
            moments.append(moments[-1] + WEEK)
            failing = [one for one in first if one.compliance == "FAILED"]
            mended = failing[0]._replace(compliance="PASSED", severity="INFORMATIONAL", updated_at=T0 + WEEK)
            fresh = finding(f"arn:aws:s3:::new{text}", updated=T0 + WEEK, first_observed_at=T0 + WEEK)
            hidden = failing[1]._replace(workflow="SUPPRESSED", observed_at=T0 + WEEK)
            store.writer.fold([mended, fresh, hidden])
            store.writer.settle(dimensions(text))
            covered = failing[2].subject
            waiver = lake_world.waiver()
            ending = (
                *waiver[:10],
                text or waiver[10],
                waiver[11],
                T0 + WEEK + dt.timedelta(days=9),
                *waiver[13:],
            )
            given = [(one[0], one[1], ending[12], one[3]) for one in lake_world.decided(covered)]
            store.writer.decided(given, [ending, ("W-2" + text, "expired", *ending[2:])])
            ledger.put_tickets([ticket([one.subject for one in failing[3:6]], text)])
        desk = Desk(at, NAME, store)
        with served(desk) as client:
            yield Pages(base, desk, client)
