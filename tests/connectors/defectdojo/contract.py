"""Holds what was said to and by an emulated DefectDojo against the contract of the real one; forms as well as JSON."""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from openapi_schema_validator import OAS30WriteValidator

from contracts import Contract
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked
from needs import need

_CONTRACT = Path("/work/shared/contracts/defectdojo-3.2-v2.openapi.json")


def check_exchanges(heard: Iterable[tuple[Asked, Answer | None]]) -> int:
    """Fail where a request, or the answer to one, is not as the contract has it; gives how many were checked."""
    need(_CONTRACT.exists(), "DefectDojo's contract", f"put it at {_CONTRACT}")
    contract, checked = _contract(), 0
    for asked, answer in heard:
        query = f"?{urlencode(asked.params)}" if asked.params else ""
        path = f"{asked.path}{query}"
        content = _content(asked)
        if asked.file is not None:
            assert not asked.params
            _check_form(asked, content["multipart/form-data"]["schema"])
        else:
            contract.check_request(asked.method, path, dict(asked.body) if content else None)
            _check_names(asked, content.get("application/json", {}).get("schema", {}))
        if answer is not None:
            contract.check_response(asked.method, path, answer.status, json.loads(json.dumps(answer.body)))
        checked += 1
    return checked


def _content(asked: Asked) -> dict[str, Any]:
    parts = [("{id}" if one.isdecimal() else one) for one in asked.path.split("/")]
    operation = _document()["paths"]["/".join(parts)][asked.method.lower()]
    found = operation.get("requestBody", {}).get("content", {})
    assert isinstance(found, dict)
    return found


def _check_form(asked: Asked, schema: dict[str, Any]) -> None:
    """The fields of a form with the types that the contract gives them; a file is any text that ends as it must."""
    properties = _properties(schema)
    found: dict[str, Any] = {"file": "findings.json"}
    for name, value in asked.body.items():
        assert name in properties, f"{asked.path}: there is no field {name}"
        kind = properties[name].get("type")
        found[name] = int(value) if kind == "integer" else value == "true" if kind == "boolean" else value
    whole = {"allOf": [schema], "components": _document()["components"]}
    errors = [f"{one.json_path}: {one.message[:200]}" for one in OAS30WriteValidator(whole).iter_errors(found)]
    assert not errors, f"{asked.path}: {errors}"


def _check_names(asked: Asked, schema: dict[str, Any]) -> None:
    """Whether every field is one that the contract knows: the server would ignore any other."""
    if schema:
        others = set(asked.body) - set(_properties(schema))
        assert not others, f"{asked.method} {asked.path}: there are no fields {others}"


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rsplit("/", 1)[1]
    found = _document()["components"]["schemas"][name]["properties"]
    assert isinstance(found, dict)
    return found


def _document() -> dict[str, Any]:
    found = _contract()._document
    assert isinstance(found, dict)
    return found


@functools.cache
def _contract() -> Contract:
    return Contract(_nullable(json.loads(_CONTRACT.read_text())))


def _nullable(value: Any) -> Any:
    """What is written `allOf` and `nullable` is meant to be null at times; OpenAPI 3.0 wants a type beside it.

    A note without a type is not said to be possible, and most notes are.
    """
    if isinstance(value, list):
        return [_nullable(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("nullable") is True and "allOf" in value and "type" not in value:
        return {"type": "object", "nullable": True}
    found = {name: _nullable(one) for name, one in value.items()}
    if "allOf" in found.get("note_type", {}):
        found["note_type"] = {"type": "object", "nullable": True}
    return found
