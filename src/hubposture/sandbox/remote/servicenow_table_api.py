"""The Table API: GET and POST of a table, GET and PATCH of a row."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hubposture.sandbox.remote import servicenow_rules
from hubposture.sandbox.remote.servicenow_answers import Answer, Asked, failure, no_record, not_allowed
from hubposture.sandbox.remote.servicenow_flow import Flow
from hubposture.sandbox.remote.servicenow_query import parse
from hubposture.sandbox.remote.servicenow_world import Row, Tables

_GUARDED = ("state", "approval")


class TableApi:
    """Answers requests under /api/now/table."""

    def __init__(self, tables: Tables, flow: Flow) -> None:
        self._tables = tables
        self._switches = tables.switches
        self._flow = flow

    def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        name, _, identifier = asked.path.removeprefix("/api/now/table/").partition("/")
        if self._tables.get(name) is None:
            return failure(400, f"Invalid table {name}")
        if name in self._switches.forbidden_tables:
            return not_allowed()
        match asked.method, bool(identifier):
            case "GET", is_one:
                return self._one(asked, name, identifier) if is_one else self._page(asked, name)
            case "POST", False:
                return self._insert(asked, name)
            case (("PATCH" | "PUT"), True):
                return self._update(asked, name, identifier)
        return failure(405, "Method not allowed")

    def _page(self, asked: Asked, name: str) -> Answer:
        """A page: the limit is applied before the access rules, so a page may be short or empty and others follow."""
        query = parse(asked.params.get("sysparm_query", ""), lambda path: self._tables.is_field(name, path))
        rows = [row for row in self._tables.family(name) if query.fits(row, self._reader(name))]
        if not query.is_valid and self._switches.invalid_query_returns_no_rows:
            rows = []
        for path, is_down in reversed(query.orders):
            rows.sort(key=lambda row: self._tables.read(name, row, path) or "", reverse=is_down)
        limit = int(asked.params.get("sysparm_limit", self._switches.default_limit))
        offset = int(asked.params.get("sysparm_offset", 0))
        shown = [self._shown(asked, name, row) for row in rows[offset : offset + limit] if self._is_visible(name, row)]
        headers = {"x-total-count": str(len(rows)), "link": _links(asked, limit=limit, offset=offset, total=len(rows))}
        return Answer(200, {"result": shown}, headers)

    def _one(self, asked: Asked, name: str, identifier: str) -> Answer:
        row = self._visible(name, identifier)
        return no_record() if row is None else Answer(200, {"result": self._shown(asked, name, row)})

    def _insert(self, asked: Asked, name: str) -> Answer:
        if name in self._switches.unwritable_tables or self._is_approval(name):
            return not_allowed()
        values = _texts(asked.body)
        if why := servicenow_rules.refusal(self._tables, name, None, values=values):
            return failure(403, "Operation Failed", why)
        row = self._tables.insert(name, values, by=asked.user, is_ours=False)
        servicenow_rules.apply(self._tables, name, row, before={}, by=asked.user)
        self._flow.made(name, row)
        if not self._is_visible(name, row):
            return Answer(201, {"result": {"sys_id": row["sys_id"]}})
        return Answer(201, {"result": self._shown(asked, name, row)})

    def _update(self, asked: Asked, name: str, identifier: str) -> Answer:
        row = self._visible(name, identifier)
        if row is None:
            return no_record()
        if name in self._switches.unwritable_tables or self._is_approval(name):
            return not_allowed()
        values = _texts(asked.body)
        if name == "change_request" and self._switches.change_model_guards and set(_GUARDED) & set(values):
            return failure(403, "Operation Failed", "The change model does not allow this transition")
        if why := servicenow_rules.refusal(self._tables, name, row, values=values):
            return failure(403, "Operation Failed", why)
        before = dict(row)
        self._tables.update(name, row, values, by=asked.user, is_ours=False)
        servicenow_rules.apply(self._tables, name, row, before=before, by=asked.user)
        return Answer(200, {"result": self._shown(asked, name, row)})

    def _is_approval(self, name: str) -> bool:
        return name == "sysapproval_approver" and not self._switches.approvals_by_rest

    def _visible(self, name: str, identifier: str) -> Row | None:
        found = [row for row in self._tables.rows(name) if row["sys_id"] == identifier and self._is_visible(name, row)]
        return found[0] if found else None

    def _is_visible(self, name: str, row: Row) -> bool:
        return name not in self._switches.hidden_tables and row["sys_id"] not in self._switches.hidden_rows

    def _reader(self, name: str) -> Any:
        return lambda row, path: self._tables.read(name, row, path)

    def _shown(self, asked: Asked, name: str, row: Row) -> dict[str, Any]:
        """A row with the fields asked for; those that do not exist, or may not be read, are left out."""
        given = asked.params.get("sysparm_fields", "")
        paths = [path for path in given.split(",") if path] if given else list(self._tables.fields(name))
        return {path: self._value(asked, name, row, path) for path in paths if self._tables.is_field(name, path)}

    def _value(self, asked: Asked, name: str, row: Row, path: str) -> Any:
        value = self._tables.read(name, row, path) or ""
        definition = self._tables.fields(name).get(path)
        display = value
        if definition is not None and definition.type.startswith("journal"):
            display = "".join(self._tables.journal.get((row["sys_id"], path), []))
        reference = definition.reference if definition is not None else ""
        link = {}
        if reference and value:
            display = self._named(reference, value)
            if asked.params.get("sysparm_exclude_reference_link") != "true":
                link = {"link": f"{asked.base}/api/now/table/{reference}/{value}"}
        match asked.params.get("sysparm_display_value", "false"):
            case "all":
                return {"display_value": display, "value": value, **link}
            case "true":
                return {"display_value": display, **link} if link else display
            case _:
                return {"value": value, **link} if link else value

    def _named(self, reference: str, value: str) -> str:
        row = self._tables.row(reference, value) or {}
        return row.get("name") or row.get("number") or value


def _links(asked: Asked, *, limit: int, offset: int, total: int) -> str:
    """The Link header, as the instance writes it: with its own address."""
    found = {"first": 0, "last": max(0, (total - 1) // limit * limit) if limit else 0}
    if offset + limit < total:
        found["next"] = offset + limit
    if offset:
        found["prev"] = max(0, offset - limit)
    pages = {name: urlencode({**asked.params, "sysparm_offset": at}) for name, at in found.items()}
    return ",".join(f'<{asked.base}{asked.path}?{page}>;rel="{name}"' for name, page in pages.items())


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): "" if value is None else str(value) for name, value in body.items()}
