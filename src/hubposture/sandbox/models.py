"""botocore's service models as the sandbox uses them: routes, parsers, checks and error statuses; loaded when first used."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from hubposture.sandbox.validate import Check, Checker

Convert = Callable[[Any], Any]

INPUT_ERRORS: Mapping[str, str] = {
    "securityhub": "InvalidInputException",
    "organizations": "InvalidInputException",
    "sts": "ValidationError",
    "iam": "ValidationError",
    "ec2": "InvalidParameterValue",
    "sqs": "InvalidParameterValue",
}
"""What a service calls an input that breaks its model; ValidationException where nothing is named."""

STATUSES: Mapping[str, int] = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "InternalException": 500,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "NotImplemented": 501,
    "ServiceUnavailable": 503,
    "TooManyRequestsException": 429,
    "UnrecognizedClientException": 403,
}
"""HTTP statuses of errors that no model declares."""


@dataclass(frozen=True, slots=True)
class OperationModel:
    """One operation: how its input is read and checked, how its output is checked."""

    service: str
    name: str
    locations: Mapping[str, tuple[str, str, str]]
    convert: Convert | None
    check_input: Check
    check_output: Check
    input_shape: Any
    output_shape: Any


class ServiceModel:
    """A service: its wire protocol (`rest-json`, `json`, `query`, `ec2`), its operations and the statuses of its errors.

    Operations are built when they are first asked for: some models have hundreds.
    """

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self.protocol: str = model.protocol
        self.namespace: str = model.metadata.get("xmlNamespace", "")
        self._model = model
        self._names = frozenset(model.operation_names)
        self._built: dict[str, OperationModel] = {}
        own = name == "securityhub"
        self._inputs, self._outputs = Checker(extra=own, patterns=own), Checker(extra=False, patterns=own)
        self._statuses = {shape.error_code: status for shape in model.error_shapes if (status := _status(shape))}
        self._fixed: dict[tuple[str, str], str] = {}
        self._patterns: list[tuple[str, re.Pattern[str], str]] = []
        for one in sorted(self._names) if self.protocol == "rest-json" else ():
            self._add_route(one)

    def _add_route(self, name: str) -> None:
        http = self._model.operation_model(name).http
        path = http["requestUri"].partition("?")[0]
        if "{" in path:
            self._patterns.append((http["method"], _pattern(path), name))
        else:
            self._fixed[http["method"], path] = name

    @property
    def names(self) -> frozenset[str]:
        """The names of all operations."""
        return self._names

    def operation(self, name: str) -> OperationModel | None:
        """Give an operation by name; None if the service has none of that name."""
        if name not in self._built and name in self._names:
            self._built[name] = _operation(self._model.operation_model(name), self.name, self._inputs, self._outputs)
        return self._built.get(name)

    def route(self, method: str, raw_path: str) -> tuple[str, dict[str, str]] | None:
        """Find the operation of a rest-json request by method and still quoted path, and its path parameters."""
        found = self._fixed.get((method, raw_path))
        if found:
            return found, {}
        for wanted, pattern, name in self._patterns:
            match = pattern.fullmatch(raw_path) if wanted == method else None
            if match:
                return name, {key: unquote(text) for key, text in match.groupdict().items()}
        return None

    def status(self, code: str) -> int:
        """Give the HTTP status of an error; 400 where neither the model nor `STATUSES` says otherwise."""
        return self._statuses.get(code) or STATUSES.get(code, 400)


@cache
def session() -> Any:
    """Give the one botocore session that models are read through."""
    import botocore.session  # noqa: PLC0415 - start-up time: help and version need no AWS library

    return botocore.session.get_session()


@cache
def service(name: str) -> ServiceModel:
    """Load a service's model; an unknown service is a KeyError."""
    import botocore.exceptions  # noqa: PLC0415 - see session()

    try:
        model = session().get_service_model(name)
    except botocore.exceptions.UnknownServiceError as error:
        raise KeyError(name) from error
    return ServiceModel(name, model)


def _status(shape: Any) -> int:
    return int(shape.metadata.get("error", {}).get("httpStatusCode", 0))


def _operation(model: Any, name: str, inputs: Checker, outputs: Checker) -> OperationModel:
    given, answered = model.input_shape, model.output_shape
    members = given.members if given else {}
    return OperationModel(
        service=name,
        name=model.name,
        locations={
            member: (where, shape.serialization.get("name", member), _kind(shape))
            for member, shape in members.items()
            if (where := shape.serialization.get("location"))
        },
        convert=_converter(given, ()) if given else None,
        check_input=_late(lambda: inputs.check(given, model.name)) if given else _no_members,
        check_output=_late(lambda: outputs.check(answered, model.name)) if answered else _no_members,
        input_shape=given,
        output_shape=answered,
    )


def _late(build: Callable[[], Check]) -> Check:
    """Compile a check when it is first used: most of a service's operations never are."""
    built: list[Check] = []

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not built:
            built.append(build())
        built[0](value, path, problems)

    return check


def _no_members(value: Any, path: str, problems: list[str]) -> None:
    problems.extend(f"{path} has no property '{name}' in the service's model" for name in value)


def _kind(shape: Any) -> str:
    return f"list.{shape.member.type_name}" if shape.type_name == "list" else str(shape.type_name)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(\+?)\}", path)
    text = "".join(
        re.escape(fixed) + (f"(?P<{name}>{'.+' if greedy else '[^/]+'})" if name else "")
        for fixed, name, greedy in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True)
    )
    return re.compile(text)


def _converter(shape: Any, above: tuple[str, ...]) -> Convert | None:
    """Build what turns the JSON form of a shape's timestamps and blobs into Python's; None where it holds none."""
    if shape.name in above:
        return None
    below = (*above, shape.name)
    match shape.type_name:
        case "list":
            return _each(_converter(shape.member, below))
        case "map":
            return _each_value(_converter(shape.value, below))
        case "structure":
            inner = {name: _converter(one, below) for name, one in shape.members.items()}
            return _each_member({name: one for name, one in inner.items() if one})
        case kind:
            return _LEAVES.get(kind)


def _each(inner: Convert | None) -> Convert | None:
    return (lambda value: [inner(one) for one in value] if isinstance(value, list) else value) if inner else None


def _each_value(inner: Convert | None) -> Convert | None:
    if not inner:
        return None
    return lambda value: {key: inner(one) for key, one in value.items()} if isinstance(value, dict) else value


def _each_member(inner: dict[str, Convert]) -> Convert | None:
    if not inner:
        return None

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: inner[key](one) if key in inner else one for key, one in value.items()}

    return convert


def to_datetime(value: Any) -> Any:
    """Read a time as JSON carries it, ISO 8601 text or seconds since 1970; what is neither is left for the check."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return value


_LEAVES: Mapping[str, Convert] = {"timestamp": to_datetime, "blob": base64.b64decode}
