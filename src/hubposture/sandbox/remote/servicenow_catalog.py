"""The Service Catalog API, as far as an item can be looked at and ordered."""

from typing import Any

from hubposture.sandbox.remote.servicenow_answers import Answer, Asked, failure, not_allowed
from hubposture.sandbox.remote.servicenow_flow import Flow
from hubposture.sandbox.remote.servicenow_world import Row, Tables

PREFIX = "/api/sn_sc/servicecatalog/items/"


class CatalogApi:
    """Answers requests for catalog items."""

    def __init__(self, tables: Tables, flow: Flow) -> None:
        self._tables = tables
        self._flow = flow

    def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        identifier, _, action = asked.path.removeprefix(PREFIX).partition("/")
        item = self._tables.row("sc_cat_item", identifier)
        if item is None:
            return failure(404, "Catalog item not found")
        if asked.method == "GET" and not action:
            return Answer(200, {"result": self._shown(item)})
        if asked.method == "POST" and action == "order_now":
            return self._order(asked, item)
        return failure(405, "Method not allowed")

    def _variables(self, item: Row) -> list[Row]:
        return [row for row in self._tables.rows("item_option_new") if row["cat_item"] == item["sys_id"]]

    def _shown(self, item: Row) -> dict[str, Any]:
        variables = [
            {"name": row["name"], "id": row["sys_id"], "mandatory": row["mandatory"] == "true", "type": "6"}
            for row in self._variables(item)
        ]
        return {"sys_id": item["sys_id"], "name": item["name"], "variables": variables}

    def _order(self, asked: Asked, item: Row) -> Answer:
        """Make a request with one item; what is answered is the request, the item is found by it."""
        if "sc_req_item" in self._tables.switches.unwritable_tables:
            return not_allowed()
        given = asked.body.get("variables") or {}
        missing = [
            row["name"] for row in self._variables(item) if row["mandatory"] == "true" and not given.get(row["name"])
        ]
        if missing:
            return failure(400, "Mandatory Variables are required", ", ".join(missing))
        order = self._tables.insert("sc_request", {}, by=asked.user)
        values = {"request": order["sys_id"], "cat_item": item["sys_id"], "short_description": item["name"]}
        made = self._tables.insert("sc_req_item", values, by=asked.user)
        for row in self._variables(item):
            self._fill(made, row, str(given.get(row["name"]) or ""))
        self._flow.made("sc_req_item", made)
        result = {
            "sys_id": order["sys_id"],
            "number": order["number"],
            "request_number": order["number"],
            "request_id": order["sys_id"],
            "parent_id": None,
            "parent_table": "task",
            "table": "sc_request",
        }
        return Answer(200, {"result": result})

    def _fill(self, made: Row, variable: Row, value: str) -> None:
        kept = "" if ("variables", variable["name"]) in self._tables.switches.not_persisted else value
        answer = self._tables.insert("sc_item_option", {"item_option_new": variable["sys_id"], "value": kept})
        self._tables.insert("sc_item_option_mtom", {"request_item": made["sys_id"], "sc_item_option": answer["sys_id"]})
