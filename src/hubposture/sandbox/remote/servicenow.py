"""An emulated ServiceNow instance: tables, catalog, sign-in, and the hands of its people and administrators.

    instance = ServiceNow()
    instance.flow.approvers.append("lee@example.com")
    instance.switches.cleared_on_insert.add(("change_request", "requested_by"))
    with ServiceNowServer(instance) as server:                # servicenow_server; server.url
        ...                                                   # a record is made over REST
        instance.approve("CHG0010001", "lee@example.com")

It follows the public documentation and shares no code with hubposture's own client; it is not verified against a real
instance.
"""

import base64
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hubposture.sandbox.remote import servicenow_seed
from hubposture.sandbox.remote.servicenow_answers import SLEEPING, Answer, Asked, failure
from hubposture.sandbox.remote.servicenow_catalog import PREFIX, CatalogApi
from hubposture.sandbox.remote.servicenow_desk import Desk
from hubposture.sandbox.remote.servicenow_flow import COURSES, Flow
from hubposture.sandbox.remote.servicenow_switches import Switches
from hubposture.sandbox.remote.servicenow_table_api import TableApi
from hubposture.sandbox.remote.servicenow_world import Row, Tables

USER = "hubposture"
PASSWORD = "correct horse"  # noqa: S105 - of the emulated instance
CLIENT = "client-7f3a"
SECRET = "client-secret-91c2"  # noqa: S105 - of the emulated instance

_START = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


class Fate(StrEnum):
    """What becomes of a request."""

    ANSWERED = "answered"
    LOST_BEFORE = "cut off before anything was done"
    LOST_AFTER = "done, and the answer is lost"
    DONE_LATER = "cut off, and done while the next requests are answered"


@dataclass(slots=True)
class Trouble:
    """What becomes of the next `times` requests, after `skip` of them, whose method and path contain `on`.

    `answer` is given where it is set. `rests` is after how many further requests one that is DONE_LATER is done.
    """

    fate: Fate
    on: str = ""
    times: int = 1
    answer: Answer | None = None
    rests: int = 0
    skip: int = 0


@dataclass(slots=True)
class _Waiting:
    asked: Asked
    rests: int


class ServiceNow:
    """One instance. `seconds` is the clock by which tokens end."""

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self.switches = Switches()
        self.tables = Tables(self.switches, now=_START)
        for table in servicenow_seed.tables():
            self.tables.add(table)
        self.flow = Flow(self.tables)
        self.desk = Desk(self.tables, self.flow)
        self.troubles: list[Trouble] = []
        self.calls: list[str] = []
        self.bearers: set[str] = set()
        self._seconds = seconds
        self._tokens: dict[str, float] = {}
        self._waiting: list[_Waiting] = []
        self._apis: dict[str, Callable[[Asked], Answer]] = {
            "/api/now/table/": TableApi(self.tables, self.flow).answer,
            PREFIX: CatalogApi(self.tables, self.flow).answer,
        }

    # Hands

    def records(self, table: str) -> list[Row]:
        """The rows of a table as they are."""
        return [dict(row) for row in self.tables.rows(table)]

    def add_item(self, name: str, variables: Mapping[str, bool]) -> str:
        """Define a catalog item; gives its sys_id. `variables` says of each whether it must be filled."""
        item = self.tables.insert("sc_cat_item", {"name": name, "active": "true"})
        for variable, is_mandatory in variables.items():
            values = {"name": variable, "cat_item": item["sys_id"], "mandatory": str(is_mandatory).lower()}
            self.tables.insert("item_option_new", values)
        return item["sys_id"]

    def approve(self, number: str, by: str) -> None:
        """Let an approver approve a record."""
        self._decide(number, by, "approved", "")

    def reject(self, number: str, by: str, comments: str) -> None:
        """Let an approver reject a record; an instance takes no rejection without comments."""
        if not comments:
            raise ValueError("a rejection needs comments")
        self._decide(number, by, "rejected", comments)

    def withdraw(self, number: str, comments: str = "") -> None:
        """Take a record back: cancel it."""
        table, row = self.find(number)
        for one in self.tables.rows("sysapproval_approver"):
            if one["document_id"] == row["sys_id"] and one["state"] == "requested":
                self.tables.update("sysapproval_approver", one, {"state": "cancelled"})
        said = {"comments": comments} if comments else {}
        self.tables.update(table, row, {**COURSES[table].withdrawn, **said})

    def shorten(self, number: str, until: str) -> None:
        """Set the end that a record grants (YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS in UTC); '' empties it."""
        table, row = self.find(number)
        if end := COURSES[table].end:
            self.tables.update(table, row, {end: until})
            return
        for link in self.tables.rows("sc_item_option_mtom"):
            answer = self.tables.row("sc_item_option", link["sc_item_option"]) or {}
            variable = self.tables.row("item_option_new", answer.get("item_option_new", "")) or {}
            if link["request_item"] == row["sys_id"] and variable.get("name") == "until":
                self.tables.update("sc_item_option", answer, {"value": until})

    def change(self, number: str, **values: str) -> None:
        """Set fields of a record, as an administrator may."""
        self.tables.update(*self.find(number), values)

    def delete(self, number: str) -> None:
        """Delete a record."""
        table, row = self.find(number)
        self.tables.rows(table).remove(row)

    def find(self, number: str) -> tuple[str, Row]:
        """A record by its number, with its table."""
        return self.desk.find(number)

    def revoke_tokens(self) -> None:
        """Take back every token that was given."""
        self._tokens.clear()

    def fail(self, status: int, *, on: str = "", times: int = 1, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next requests with an error, and do nothing."""
        answer = failure(status, "Rate limit exceeded" if status == 429 else "Internal error", headers=headers)  # noqa: PLR2004
        self.troubles.append(Trouble(Fate.ANSWERED, on, times, answer))

    def lose(self, fate: Fate, *, on: str = "", times: int = 1, rests: int = 0) -> None:
        """Lose the answers to the next requests."""
        self.troubles.append(Trouble(fate, on, times, rests=rests))

    def _decide(self, number: str, by: str, state: str, comments: str) -> None:
        table, row = self.find(number)
        self.flow.decide(row, by, state, comments)
        course = COURSES[table]
        self.tables.update(table, row, course.approved if state == "approved" else course.rejected)

    # Answering

    def answer(self, asked: Asked, authorization: str) -> Answer | None:
        """The answer to a request; None where the connection breaks."""
        self.calls.append(f"{asked.method} {asked.path}")
        self._do_what_waited()
        if self.switches.is_asleep:
            return Answer(200, SLEEPING)
        trouble = self._trouble(asked)
        if trouble is None:
            return self._done(asked, authorization)
        match trouble.fate:
            case Fate.ANSWERED:
                return trouble.answer
            case Fate.LOST_AFTER:
                self._done(asked, authorization)
            case Fate.DONE_LATER:
                self._waiting.append(_Waiting(asked, trouble.rests))
            case Fate.LOST_BEFORE:
                pass
        return None

    def _do_what_waited(self) -> None:
        for one in list(self._waiting):
            one.rests -= 1
            if one.rests < 0:
                self._waiting.remove(one)
                self._routed(one.asked, USER)

    def _trouble(self, asked: Asked) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.on in f"{asked.method} {asked.path}":
                if trouble.skip > 0:
                    trouble.skip -= 1
                    continue
                trouble.times -= 1
                if trouble.times <= 0:
                    self.troubles.remove(trouble)
                return trouble
        return None

    def _done(self, asked: Asked, authorization: str) -> Answer:
        if asked.path == "/oauth_token.do":
            return self._token(asked.body)
        user = self._user(authorization)
        if not user:
            return failure(401, "User Not Authenticated", "Required to provide Auth information")
        return self._routed(asked, user)

    def _routed(self, asked: Asked, user: str) -> Answer:
        named = Asked(asked.method, asked.path, asked.params, asked.body, asked.base, user)
        for prefix, api in self._apis.items():
            if asked.path.startswith(prefix):
                with self.tables.remembering():
                    return api(named)
        return failure(400, "Requested URI does not represent any resource", asked.path)

    def _token(self, form: Mapping[str, Any]) -> Answer:
        if form.get("client_id") != CLIENT or form.get("client_secret") != SECRET:
            return Answer(401, {"error": "invalid_client", "error_description": "client authentication failed"})
        allowed = self.switches.client_credentials and self.switches.application_user
        if form.get("grant_type") != "client_credentials" or not allowed:
            return Answer(401, {"error": "access_denied", "error_description": "access_denied"})
        token = f"token-{len(self._tokens) + 1}-{len(self.calls)}"
        self._tokens[token] = self._seconds() + self.switches.token_seconds
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self.switches.token_seconds}
        return Answer(200, body)

    def _user(self, authorization: str) -> str:
        kind, _, given = authorization.partition(" ")
        if kind == "Basic":
            return USER if given == base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode() else ""
        if kind == "Bearer" and given in self.bearers:
            return USER
        is_good = kind == "Bearer" and self._tokens.get(given, 0.0) > self._seconds()
        return self.switches.application_user if is_good else ""
