"""An emulated DefectDojo: uploads with its parser's faults, findings, risk acceptances, and the hands of its people.

    dojo = DefectDojo()
    with DefectDojoServer(dojo) as server:                    # defectdojo_server; server.url
        ...                                                   # a file is uploaded over the API
        dojo.close_by_hand(dojo.finding("S3.8").id)
        dojo.world.now += dt.timedelta(days=30)
        dojo.expire()

It behaves as was measured on DefectDojo 3.2.0 with PostgreSQL, and where nothing was measured as its source says. It
shares no code with hubposture's own client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hubposture.sandbox.remote import defectdojo_show as show
from hubposture.sandbox.remote.defectdojo_acceptances import Acceptances, is_visible, the_acceptance
from hubposture.sandbox.remote.defectdojo_answers import (
    HTML,
    Answer,
    Asked,
    Refused,
    detail,
    forbidden,
    invalid,
    not_found,
    page,
)
from hubposture.sandbox.remote.defectdojo_findings import Findings
from hubposture.sandbox.remote.defectdojo_imports import Imports
from hubposture.sandbox.remote.defectdojo_world import Acceptance, Finding, User, World

TOKEN = "8a6f0c1d2e3b4a5968778695a4b3c2d1e0f10213"  # noqa: S105 - of the emulated instance
USERNAME = "hubposture"
PASSWORD = "correct horse"  # noqa: S105 - of the emulated instance
_PREFIX = "/api/v2/"


class Fate(StrEnum):
    """What becomes of a request."""

    ANSWERED = "answered"
    LOST_BEFORE = "cut off before anything was done"
    LOST_AFTER = "done, and the answer is lost"


@dataclass(slots=True)
class Trouble:
    """What becomes of requests whose method and path contain `on`: of `times`, once `after` of them went well."""

    fate: Fate
    on: str = ""
    times: int = 1
    after: int = 0
    answer: Answer | None = None


class DefectDojo:
    """One instance, with one user whose token is `TOKEN`, and one person, lee."""

    def __init__(self) -> None:
        self.world = World()
        self.troubles: list[Trouble] = []
        self.calls: list[str] = []
        self.user = self._user(USERNAME)
        self.person = self._user("lee")
        self._findings = Findings(self.world)
        self._acceptances = Acceptances(self.world)
        self._imports = Imports(self.world)

    def _user(self, name: str) -> int:
        made = User(self.world.id(), name, f"{name}@example.com")
        self.world.users[made.id] = made
        return made.id

    # Hands

    def finding(self, words: str) -> Finding:
        """The only finding whose title holds these words, in any case."""
        (found,) = [one for one in self.world.findings.values() if words.lower() in one.title.lower()]
        return found

    def close_by_hand(self, finding: int) -> None:
        """Let a person close a finding."""
        self._findings.close(self.world.findings[finding], {}, self.person)

    def call_false(self, finding: int) -> None:
        """Let a person call a finding a false positive."""
        self._findings.change(self.world.findings[finding], {"false_p": True, "active": False})

    def change(self, finding: int, **fields: Any) -> None:
        """Let a person change fields of a finding."""
        self._findings.change(self.world.findings[finding], fields)

    def accept(self, name: str, *findings: int) -> Acceptance:
        """Let a person accept findings."""
        body = {"name": name, "owner": self.person, "accepted_findings": list(findings)}
        return self._acceptances.create(Asked("POST", "risk_acceptance/", {}, body), self.person)

    def expire(self) -> None:
        """Let the job run that ends risk acceptances on their day; it does so every three hours."""
        self._acceptances.expire()

    def delete_product(self, name: str) -> None:
        """Let a person delete a product."""
        (found,) = [one.id for one in self.world.products.values() if one.name == name]
        self.world.delete_product(found)

    def fail(self, status: int, *, on: str = "", times: int = 1, after: int = 0, retry_after: int = 0) -> None:
        """Answer requests with an error, and do nothing."""
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        answer = Answer(status, {"detail": "Request was throttled." if status == 429 else "trouble"}, headers)  # noqa: PLR2004
        self.troubles.append(Trouble(Fate.ANSWERED, on, times, after, answer))

    def show_html(self, *, on: str = "", times: int = 1, after: int = 0) -> None:
        """Answer requests 200 with a page for people, as a proxy's sign-in does."""
        self.troubles.append(Trouble(Fate.ANSWERED, on, times, after, Answer(200, HTML)))

    def lose(self, fate: Fate, *, on: str = "", times: int = 1, after: int = 0) -> None:
        """Lose the answers to requests."""
        self.troubles.append(Trouble(fate, on, times, after))

    # Answering

    def answer(self, asked: Asked, authorization: str) -> Answer | None:
        """The answer to a request; None where the connection breaks."""
        self.calls.append(f"{asked.method} {asked.path}")
        if self.world.switches.is_asleep:
            return Answer(200, HTML)
        trouble = self._trouble(asked)
        if trouble is None:
            return self._done(asked, authorization)
        if trouble.fate is Fate.LOST_AFTER:
            self._done(asked, authorization)
        return trouble.answer

    def _trouble(self, asked: Asked) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.on in f"{asked.method} {asked.path}":
                if trouble.after > 0:
                    trouble.after -= 1
                    return None
                trouble.times -= 1
                if trouble.times <= 0:
                    self.troubles.remove(trouble)
                return trouble
        return None

    def _done(self, asked: Asked, authorization: str) -> Answer:
        if not asked.path.startswith(_PREFIX):
            return Answer(404, HTML)
        inner = Asked(
            asked.method, asked.path.removeprefix(_PREFIX), asked.params, asked.body, asked.file, base=asked.base
        )
        try:
            if inner.path == "api-token-auth/":
                return _token(inner)
            if authorization != f"Token {TOKEN}":
                return Answer(401, {"detail": "Invalid token."}, {"WWW-Authenticate": "Token"})
            if inner.method != "GET" and self.world.switches.is_read_only:
                raise forbidden()
            return self._routed(inner)
        except Refused as refused:
            return refused.answer

    def _routed(self, asked: Asked) -> Answer:
        """The answer by the first part of the path; every path ends in a slash."""
        name, _, rest = asked.path.partition("/")
        number, _, action = rest.rstrip("/").partition("/")
        if not asked.path.endswith("/"):
            raise not_found()
        match name, asked.method:
            case "import-scan" | "reimport-scan", "POST":
                return self._imports.answer(asked, self.user, again=name == "reimport-scan")
            case "user_profile", "GET":
                return Answer(200, {"user": show.user(self.world, self.world.users[self.user])})
            case "findings", _:
                return self._finding(asked, number, action)
            case "risk_acceptance", _:
                return self._acceptance(asked, number)
            case _:
                return self._row(asked, name, number)

    def _finding(self, asked: Asked, number: str, action: str) -> Answer:
        if not number:
            return self._findings.list(asked)
        finding = self._findings.the(number)
        done: Mapping[tuple[str, str], Callable[[], Answer]] = {
            ("", "GET"): lambda: Answer(200, show.finding(self.world, finding)),
            ("", "PATCH"): lambda: self._findings.change(finding, asked.body),
            ("close", "POST"): lambda: self._findings.close(finding, asked.body, self.user),
            ("remove_tags", "PATCH"): lambda: self._findings.remove_tags(asked, finding),
            ("remove_tags", "PUT"): lambda: self._findings.remove_tags(asked, finding),
        }
        some: Mapping[str, Callable[[], Answer]] = {
            "tags": lambda: self._findings.tags(asked, finding),
            "notes": lambda: self._findings.notes(asked, finding, self.user),
            "metadata": lambda: self._findings.metadata(asked, finding),
        }
        answered = done.get((action, asked.method)) or some.get(action)
        return answered() if answered is not None else detail(405, f'Method "{asked.method}" not allowed.')

    def _acceptance(self, asked: Asked, number: str) -> Answer:
        if not number and asked.method == "POST":
            made = self._acceptances.create(asked, self.user)
            return Answer(201, show.acceptance(self.world, made))
        if not number:
            rows = [one for one in self.world.acceptances.values() if is_visible(self.world, one)]
            name = asked.params.get("name")
            shown = [show.acceptance(self.world, one) for one in rows if name is None or one.name == name]
            return page(asked, shown)
        found = the_acceptance(self.world, number)
        if asked.method == "DELETE":
            self._acceptances.delete(found)
            return Answer(204, None)
        if asked.method == "PATCH":
            self._acceptances.change(found, asked, self.user)
        return Answer(200, show.acceptance(self.world, found))

    def _row(self, asked: Asked, name: str, number: str) -> Answer:
        """Lists and single rows of the rest, which are only read; a product's settings are also changed."""
        kind = self._kinds().get(name)
        if kind is None:
            raise not_found()
        rows, shown, filters = kind
        if number:
            found = rows.get(int(number)) if number.isdecimal() else None
            if found is None:
                raise not_found()
            if name == "products" and asked.method == "PATCH":
                for field in ("enable_full_risk_acceptance", "enable_simple_risk_acceptance", "description"):
                    setattr(found, field, asked.body.get(field, getattr(found, field)))
            elif name == "products" and asked.method == "DELETE":
                self.world.delete_product(found.id)
                return Answer(204, None)
            elif asked.method != "GET":
                return detail(405, f'Method "{asked.method}" not allowed.')
            return Answer(200, shown(self.world, found))
        if asked.method != "GET":
            raise invalid(name="This emulation makes no such rows.")
        kept = [one for one in rows.values() if _fits(one, asked.params, filters)]
        found_page = page(asked, kept)
        found_page.body["results"] = [shown(self.world, one) for one in found_page.body["results"]]
        return found_page

    def _kinds(self) -> Mapping[str, tuple[dict[int, Any], Callable[..., dict[str, Any]], Mapping[str, str]]]:
        """By the name in the path: rows that are seen, how one is shown, and which filter asks for which attribute."""
        world = self.world
        products = {key: one for key, one in world.products.items() if world.is_seen(key)}
        engagements = {key: one for key, one in world.engagements.items() if one.product in products}
        tests = {key: one for key, one in world.tests.items() if one.engagement in engagements}
        return {
            "product_types": (world.types, show.product_type, {"name": "name"}),
            "products": (products, show.product, {"name_exact": "name", "prod_type": "prod_type"}),
            "engagements": (engagements, show.engagement, {"name": "name", "product": "product"}),
            "tests": (tests, show.test, {"title": "title", "engagement": "engagement", "scan_type": "scan_type"}),
            "users": (world.users, show.user, {"username": "username"}),
        }


def _fits(row: Any, params: Mapping[str, str], filters: Mapping[str, str]) -> bool:
    return all(str(getattr(row, at)) == params[name] for name, at in filters.items() if name in params)


def _token(asked: Asked) -> Answer:
    if (asked.body.get("username"), asked.body.get("password")) != (USERNAME, PASSWORD):
        raise Refused(Answer(400, {"non_field_errors": ["Unable to log in with provided credentials."]}))
    return Answer(200, {"token": TOKEN})
