"""Holds requests and answers against an OpenAPI 3.0 contract.

    contract = validator(shared_contracts / "jira-cloud-v3.openapi.json")
    contract.check_request("POST", "/rest/api/3/issue/bulk", body)
    contract.check_response("POST", "/rest/api/3/issue/bulk", 201, body)
    traffic = Traffic(); jira.watchers.append(traffic.saw); ...; traffic.check(contract)

What breaks the contract is a ContractBroken, an AssertionError that says where. Paths may carry a query, whose names are
checked too. openapi-schema-validator, which reads the schemas, is in the lock through moto.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator

_GATEWAY = re.compile(r"^/ex/jira/[^/]+")


class ContractBroken(AssertionError):
    """A request or an answer that the contract does not allow."""


class Contract:
    """One contract."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        # Templates with fewer open parts come first: /issue/bulk is no /issue/{issueIdOrKey}.
        self._templates = sorted(document["paths"], key=lambda one: (one.count("{"), one))

    def knows(self, method: str, path: str) -> bool:
        """Whether the contract speaks of an operation at all."""
        return self._operation(method, path) is not None

    def check_request(self, method: str, path: str, body: Any = None) -> None:
        """Check a request: its operation, the names of its query, its JSON body (None for none)."""
        operation, where = self._known(method, path)
        allowed = {one["name"] for one in self._parameters(operation) if one["in"] == "query"}
        for name, _ in parse_qsl(urlsplit(path).query, keep_blank_values=True):
            if name not in allowed:
                raise ContractBroken(f"{where}: there is no parameter {name}, only {', '.join(sorted(allowed))}")
        content = operation.get("requestBody", {}).get("content", {})
        if body is None:
            if operation.get("requestBody", {}).get("required"):
                raise ContractBroken(f"{where}: a body is required")
            return
        if "application/json" not in content:
            raise ContractBroken(f"{where}: no JSON body is taken")
        self._check(content["application/json"]["schema"], body, where, OAS30WriteValidator)

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Check an answer by its status.

        Errors that the operation does not name (429 and 5xx may come anywhere) pass; a success that it does not name
        does not. An error may always be Jira's common one (ErrorCollection), where the contract has that.
        """
        operation, where = self._known(method, path)
        where = f"{where} -> {status}"
        answers = operation["responses"]
        found = answers.get(str(status), answers.get("default"))
        if found is None:
            if status < 400:
                raise ContractBroken(f"{where}: the operation answers {', '.join(answers)}")
            return
        content = found.get("content", {}).get("application/json")
        if content is not None:
            schema = content.get("schema", {})
            if status >= 400 and "ErrorCollection" in self._document["components"]["schemas"]:
                schema = {"anyOf": [schema, {"$ref": "#/components/schemas/ErrorCollection"}]}
            self._check(schema, body, where, OAS30ReadValidator)
        elif status < 300 and body not in (None, "", {}):
            raise ContractBroken(f"{where}: an empty answer is expected, not {body!r:.80}")

    def _known(self, method: str, path: str) -> tuple[Mapping[str, Any], str]:
        where = f"{method} {path}"
        operation = self._operation(method, path)
        if operation is None:
            raise ContractBroken(f"{where}: the contract knows no such operation")
        return operation, where

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        plain = _GATEWAY.sub("", urlsplit(path).path)
        for template in self._templates:
            if re.fullmatch(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template)), plain):
                found: Mapping[str, Any] = self._document["paths"][template]
                if method.lower() in found:
                    common = found.get("parameters", [])
                    own = found[method.lower()]
                    return {**own, "parameters": [*common, *own.get("parameters", [])]}
        return None

    def _parameters(self, operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for one in operation["parameters"]:
            if "$ref" in one:
                yield self._document["components"]["parameters"][one["$ref"].rpartition("/")[2]]
            else:
                yield one

    def _check(self, schema: Mapping[str, Any], body: Any, where: str, kind: Any) -> None:
        whole = {"allOf": [schema], "components": self._document["components"]}
        errors = list(kind(whole).iter_errors(body))
        if errors:
            told = "; ".join(f"{error.json_path}: {error.message:.200}" for error in errors[:5])
            raise ContractBroken(f"{where}: {told}")


class Traffic:
    """What was asked and answered, as an emulated server tells it (`watchers`)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Any, int, Any]] = []

    def saw(self, request: Any, answer: Any) -> None:
        """Keep one exchange: `request` has method, path, params and body, `answer` status and body."""
        query = f"?{urlencode(request.params)}" if request.params else ""
        self.seen.append((request.method, f"{request.path}{query}", request.body, answer.status, answer.body))

    def check(self, contract: Contract, *, are_requests_good: bool = True) -> list[str]:
        """Check all of it; gives the operations that the contract does not speak of.

        Pages for people, which only faults answer, are passed over. A request that was refused with 4xx may be one that broke the contract on purpose: with `are_requests_good` it is
        checked all the same.
        """
        unknown = set()
        for method, path, body, status, answer in self.seen:
            if not contract.knows(method, path):
                unknown.add(f"{method} {urlsplit(path).path}")
                continue
            if are_requests_good or status < 400:
                contract.check_request(method, path, body)
            if not (isinstance(answer, str) and answer.startswith("<!DOCTYPE html>")):
                contract.check_response(method, path, status, answer)
        return sorted(unknown)


@functools.cache
def validator(path: Path) -> Contract:
    """The contract in a file."""
    return Contract(json.loads(path.read_text(encoding="utf-8")))
