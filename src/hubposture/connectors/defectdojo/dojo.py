"""One DefectDojo over its API v2."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from hubposture.connectors.defectdojo import reading
from hubposture.connectors.defectdojo.pages import Pages, Row, numbers, text, whole
from hubposture.connectors.defectdojo.uploading import SCAN_TYPE, Uploads
from hubposture.connectors.http import Http, Patience
from hubposture.errors import AnswerLost, Problem, RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.work.dojo import (
    AcceptanceChange,
    Current,
    Do,
    DojoAcceptance,
    DojoTest,
    Field,
    FindingPatch,
    Place,
    Upload,
    place_of,
)
from hubposture.work.dojo_result import Uploaded

_NOT_FOUND: Final = 404
_FULL: Final = "switch on Full Risk Acceptance in the settings of the product"


def defectdojo_http(
    url: str,
    token: str,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    patience: Patience | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Http:
    """What speaks to an instance (`https://HOST`) with an API v2 key. Nothing is sent yet."""
    return Http(
        url,
        headers=lambda: {"authorization": f"Token {token}"},
        patience=patience or Patience(),
        clock=clock,
        sleep=sleep,
        who="DefectDojo",
        transport=transport,
    )


@dataclass(frozen=True)
class _Where:
    """Which engagements and risk acceptances are ours, with their products by name, and product types of products."""

    products: Mapping[int, str] = field(default_factory=dict)
    acceptances: Mapping[int, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


class DefectDojo:
    """One instance. `engagement` is the name of the engagement in every product, `instance` the id of this hubposture.

    `lead` leads engagements that are made; `owner` owns risk acceptances, None for the user of the key.
    """

    def __init__(
        self, http: Http, *, engagement: str, instance: str, lead: int | None = None, owner: int | None = None
    ) -> None:
        self._pages = Pages(http)
        self._engagement = engagement
        self._instance = instance
        self._lead = lead
        self._owner = owner
        self._known: dict[Place, int] = {}
        self._uploads = Uploads(self._pages, engagement=engagement, lead=lead)

    @property
    def calls(self) -> Mapping[str, int]:
        """How many requests went out, by what was asked."""
        return dict(self._pages.calls)

    # Reading

    def look(self) -> Current:
        """Everything of ours. Raises RemoteError where products, engagements, tests or acceptances cannot be listed."""
        where = self._where()
        tests: dict[Place, DojoTest] = {}
        unread: dict[Place, str] = {}
        for place, row in self._tests(where).items():
            try:
                tests[place] = self._whole(place, row)
            except RemoteError as error:
                if isinstance(error, RemoteRefused) and error.code == "401":
                    raise
                unread[place] = str(error)
        return Current(tests, tuple(self._acceptances(where)), unread, where.types)

    def read_test(self, place: Place) -> DojoTest | None:
        """One test as it is now; by its id where that is known. Raises RemoteError."""
        known = self._known.get(place)
        if known is None:
            row = self._tests(self._where(place.product)).get(place)
            return None if row is None else self._whole(place, row)
        reply = self._pages.call("GET", "tests", known, answers=(_NOT_FOUND,))
        if reply.status == _NOT_FOUND:
            del self._known[place]
            return None
        return self._whole(place, self._pages.object("GET", f"tests/{known}/", reply))

    def read_acceptances(self) -> Sequence[DojoAcceptance]:
        """Risk acceptances in engagements of ours, sorted by id. Raises RemoteError."""
        return self._acceptances(self._where())

    def _where(self, product: str = "") -> _Where:
        """Engagements of ours, the newest of each product; of one product, or of all."""
        rows = self._pages.rows("products", {"name_exact": product} if product else {"o": "id"})
        types = {whole(one, "id"): text(one, "name") for one in self._pages.rows("product_types")}
        names = {whole(one, "id"): text(one, "name") for one in rows if not product or text(one, "name") == product}
        kinds = {text(one, "name"): types.get(whole(one, "prod_type"), "") for one in rows}
        newest: dict[int, Row] = {}
        only = {"product": next(iter(names))} if len(names) == 1 else {}
        for one in self._pages.rows("engagements", {"name": self._engagement, "o": "created", **only}):
            if text(one, "name") == self._engagement and one.get("product") in names:
                newest[whole(one, "product")] = one
        return _Where(
            products={whole(one, "id"): names[number] for number, one in newest.items()},
            acceptances={
                each: names[number] for number, one in newest.items() for each in numbers(one, "risk_acceptance")
            },
            types=kinds,
        )

    def _tests(self, where: _Where) -> dict[Place, Row]:
        """Tests of ours by their places; the newest of several."""
        found: dict[Place, Row] = {}
        only = {"engagement": next(iter(where.products))} if len(where.products) == 1 else {}
        if not where.products:
            return found
        for one in self._pages.rows("tests", {"scan_type": SCAN_TYPE, "o": "created", **only}):
            product = where.products.get(whole(one, "engagement"))
            place = None if product is None else place_of(product, text(one, "title"))
            if place is not None and text(one, "scan_type") in (SCAN_TYPE, ""):
                found[place] = one
        return dict(sorted(found.items()))

    def _whole(self, place: Place, row: Row) -> DojoTest:
        rows = self._pages.rows("findings", {"test": whole(row, "id"), "o": "id"})
        strange = [one for one in rows if one.get("test") != row["id"]]
        if strange:
            raise RemoteUnavailable(
                f"DefectDojo: {place}: findings of another test were given; run it again", code="strange"
            )
        found = [one for one in map(reading.finding, rows) if one is not None]
        self._known[place] = whole(row, "id")
        return DojoTest(place, whole(row, "id"), whole(row, "engagement"), tuple(found))

    def _acceptances(self, where: _Where) -> list[DojoAcceptance]:
        rows = self._pages.rows("risk_acceptance", {"o": "created"}) if where.acceptances else []
        known = [(one, where.acceptances[whole(one, "id")]) for one in rows if one["id"] in where.acceptances]
        return [reading.acceptance(one, product, self._instance) for one, product in known]

    # Writing

    def upload(self, upload: Upload) -> Uploaded:
        """Send what a test should hold. Raises RemoteError."""
        done = self._uploads.send(upload, lambda: self.read_test(upload.place))
        self._known[upload.place] = done.test
        return done

    def patch(self, patch: FindingPatch) -> Sequence[Field]:
        """Change fields of a finding; gives those that did not stay. Raises RemoteError."""
        fields = {str(name): list(value) if isinstance(value, tuple) else value for name, value in patch.fields.items()}
        reply = self._pages.call("PATCH", "findings", patch.id, json=fields)
        row = self._pages.object("PATCH", f"findings/{patch.id}/", reply)
        return [name for name, value in patch.fields.items() if _kept(row.get(str(name))) != value]

    def accept(self, change: AcceptanceChange) -> None:
        """Make, change or delete a risk acceptance. Raises RemoteError."""
        match change.do:
            case Do.DELETE:
                self._pages.call("DELETE", "risk_acceptance", change.id, answers=(_NOT_FOUND,))
            case Do.UPDATE:
                reply = self._pages.call("PATCH", "risk_acceptance", change.id, json=self._acceptance(change))
                self._holds(change, self._pages.object("PATCH", f"risk_acceptance/{change.id}/", reply))
            case Do.CREATE:
                self._make(change)

    def _make(self, change: AcceptanceChange) -> None:
        body = {"owner": self._owner or self._self(), **self._acceptance(change)}
        try:
            reply = self._pages.call("POST", "risk_acceptance", json=body, repeatable=False)
        except AnswerLost:
            made = next((one for one in self.read_acceptances() if self._is_it(one, change)), None)
            if made is not None:
                return
            reply = self._pages.call("POST", "risk_acceptance", json=body, repeatable=False)
        except RemoteRefused as error:
            if "Full risk acceptance" in str(error):
                raise RemoteRefused(f"{error}; {_FULL} {change.product}", code=error.code) from error
            raise
        self._holds(change, self._pages.object("POST", "risk_acceptance/", reply))

    def _is_it(self, one: DojoAcceptance, change: AcceptanceChange) -> bool:
        is_named = (one.name, one.product) == (change.name, change.product)
        return is_named and one.is_ours and not one.is_expired and set(change.findings) <= set(one.findings)

    def _acceptance(self, change: AcceptanceChange) -> dict[str, Any]:
        """The fields of an acceptance. Its whole list is always among them: without it everything would open again."""
        body: dict[str, Any] = {"accepted_findings": list(change.findings)}
        wanted = change.wanted
        if wanted is None:
            return body
        if wanted.is_told or change.do is Do.CREATE:
            body |= {
                "decision": wanted.decision,
                "decision_details": wanted.details,
                "accepted_by": wanted.accepted_by,
            }
        return {
            **body,
            "name": wanted.name,
            "recommendation_details": reading.mark(self._instance),
            "expiration_date": None if wanted.expires is None else f"{wanted.expires.isoformat()}T00:00:00Z",
            "reactivate_expired": True,
        }

    def _holds(self, change: AcceptanceChange, row: Row) -> None:
        """Raise where an acceptance does not hold what was sent."""
        has = numbers(row, "accepted_findings")
        lost = sorted(set(change.findings) - set(has))
        if lost:
            some = ", ".join(map(str, lost[:5]))
            raise RemoteRefused(
                f"DefectDojo: risk acceptance {change.name} in {change.product}: {len(lost):,} findings were not taken "
                f"({some}); one that is a duplicate cannot be accepted",
                code="not taken",
            )

    def _self(self) -> int:
        """The user of the key."""
        row = self._pages.object("GET", "user_profile/", self._pages.call("GET", "user_profile"))
        user = row.get("user")
        if not isinstance(user, dict):
            raise self._pages.strange("GET", "user_profile/", "it names no user")
        self._owner = whole(user, "id")
        return self._owner

    # Setting up

    def check(self) -> Sequence[Problem]:
        """What would fail: people of the settings who do not exist. Raises RemoteError where we cannot sign in."""
        self._pages.call("GET", "user_profile")
        found = []
        for name, number in (("lead", self._lead), ("owner", self._owner)):
            if number is None:
                continue
            reply = self._pages.call("GET", "users", number, answers=(_NOT_FOUND, 403))
            if reply.status >= 300:  # noqa: PLR2004 - HTTP's border of success
                what = f"DefectDojo has no user {number}, or does not show it"
                found.append(Problem(f"defectdojo.{name}", what, "give the id of a user, or leave it out"))
        return found


def _kept(value: Any) -> Any:
    """A value of an answer as it is compared: lists in one order."""
    return tuple(sorted(value)) if isinstance(value, list) else value
