"""Between HTTP and operations: reads requests of the four protocols the sandbox speaks, writes answers and errors."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

import orjson

from hubposture.sandbox.answers import Params, ServiceError
from hubposture.sandbox.models import OperationModel, ServiceModel, to_datetime

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: header names lower-case, `path` still quoted, `query` without its `?`."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request's signature names: access key, Region and signing name of the service."""

    access_key: str
    region: str
    service: str


def scope_of(request: Request) -> Scope | None:
    """Read the credential scope of a SigV4 signature, None where there is none; the signature itself is not checked."""
    header = request.headers.get("authorization", "")
    _, found, rest = header.partition("Credential=")
    parts = rest.partition(",")[0].strip().split("/")
    if not found or len(parts) != 5:  # noqa: PLR2004 - key/date/region/service/aws4_request
        return None
    return Scope(access_key=parts[0], region=parts[2], service=parts[3])


def read(model: ServiceModel, request: Request) -> tuple[OperationModel, Params]:
    """Find the operation that a request asks for and its input, unchecked; an unknown one is NotImplemented."""
    match model.protocol:
        case "rest-json":
            return _read_rest(model, request)
        case "json":
            name = request.headers.get("x-amz-target", "").rpartition(".")[2]
            return _read_json(_known(model, name), request.body)
        case _:
            return _read_query(model, request)


def _known(model: ServiceModel, name: str) -> OperationModel:
    operation = model.operation(name)
    if not operation:
        raise ServiceError("NotImplemented", f"{model.name} has no operation {name!r} in the model the sandbox knows")
    return operation


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise ServiceError("SerializationException", f"The body is not JSON: {error}", status=400) from error


def _read_json(operation: OperationModel, body: bytes) -> tuple[OperationModel, Params]:
    params = _json(body)
    return operation, operation.convert(params) if operation.convert else params


def _read_rest(model: ServiceModel, request: Request) -> tuple[OperationModel, Params]:
    found = model.route(request.method, request.path)
    if not found:
        raise ServiceError(
            "NotImplemented", f"{model.name} has no operation at {request.method} {request.path} in the model"
        )
    name, groups = found
    operation = _known(model, name)
    params = _json(request.body)
    if not isinstance(params, dict):
        raise ServiceError("SerializationException", "The body is not an object", status=400)
    query = parse_qs(request.query, keep_blank_values=True) if request.query else {}
    for member, (where, label, kind) in operation.locations.items():
        if where == "uri" and label in groups:
            params[member] = _scalar(kind, groups[label])
        elif where == "querystring" and label in query:
            is_list = kind.startswith("list.")
            params[member] = (
                [_scalar(kind[5:], one) for one in query[label]] if is_list else _scalar(kind, query[label][0])
            )
        elif where == "header" and label.lower() in request.headers:
            params[member] = _scalar(kind, request.headers[label.lower()])
    return operation, operation.convert(params) if operation.convert else params


def _scalar(kind: str, text: str) -> Any:
    match kind:
        case "integer" | "long":
            return int(text) if text.lstrip("-").isdigit() else text
        case "float" | "double":
            return float(text) if text.replace(".", "", 1).lstrip("-").isdigit() else text
        case "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        case "timestamp":
            return to_datetime(text)
        case _:
            return text


def _read_query(model: ServiceModel, request: Request) -> tuple[OperationModel, Params]:
    flat = dict(parse_qsl(request.body.decode(), keep_blank_values=True) or parse_qsl(request.query))
    operation = _known(model, flat.get("Action", ""))
    if operation.input_shape is None:
        return operation, {}
    value = _unflatten(operation.input_shape, "", flat, ec2=model.protocol == "ec2")
    return operation, value if value is not None else {}


def _unflatten(shape: Any, prefix: str, flat: Mapping[str, str], *, ec2: bool) -> Any:
    """Rebuild a value from the query protocol's dotted keys; None where no key speaks of it."""
    match shape.type_name:
        case "structure":
            found = {}
            for name, member in shape.members.items():
                key = _query_name(name, member, ec2=ec2)
                value = _unflatten(member, f"{prefix}.{key}" if prefix else key, flat, ec2=ec2)
                if value is not None:
                    found[name] = value
            return found or None
        case "list":
            inner = prefix if ec2 or shape.serialization.get("flattened") else f"{prefix}.member"
            items: list[Any] = []
            while (item := _unflatten(shape.member, f"{inner}.{len(items) + 1}", flat, ec2=ec2)) is not None:
                items.append(item)
            return items or None
        case kind:
            return _scalar(kind, flat[prefix]) if prefix in flat else None


def _query_name(name: str, member: Any, *, ec2: bool) -> str:
    written = member.serialization.get("queryName") if ec2 else None
    if written:
        return str(written)
    given = str(member.serialization.get("name", name))
    return given[:1].upper() + given[1:] if ec2 else given


def answer(model: ServiceModel, operation: OperationModel, output: Params) -> Reply:
    """Write an operation's output in the service's protocol."""
    request_id = str(uuid.uuid4())
    if model.protocol == "rest-json":
        body = orjson.dumps(output, option=_OPTIONS)
        return Reply(200, {"content-type": "application/json", "x-amzn-requestid": request_id}, body)
    if model.protocol == "json":
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
        empty = operation.output_shape is None
        return Reply(200, headers, b"" if empty else orjson.dumps(_epochs(output), option=_OPTIONS))
    inner = "".join(_members(operation.output_shape, output)) if operation.output_shape else ""
    if model.protocol == "ec2":
        text = f"<requestId>{request_id}</requestId>{inner}"
    else:
        text = (
            f"<{operation.name}Result>{inner}</{operation.name}Result>"
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        )
    xml = f'<{operation.name}Response xmlns="{model.namespace}">{text}</{operation.name}Response>'
    return Reply(200, {"content-type": "text/xml", "x-amzn-requestid": request_id}, xml.encode())


def refuse(protocol: str, error: ServiceError, status: int) -> Reply:
    """Write an error in a protocol."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-requestid": request_id}
    if protocol in {"rest-json", "json"}:
        code = {"Code": error.code} if protocol == "rest-json" else {"__type": error.code}
        headers |= {"content-type": "application/json", "x-amzn-errortype": error.code}
        message = "Message" if protocol == "rest-json" else "message"
        return Reply(status, headers, orjson.dumps({**code, message: error.message}))
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return Reply(status, headers | {"content-type": "text/xml"}, text.encode())


def _epochs(value: Any) -> Any:
    """Write times as the json protocol does, in seconds since 1970."""
    match value:
        case dict():
            return {key: _epochs(one) for key, one in value.items()}
        case list() | tuple():
            return [_epochs(one) for one in value]
        case datetime():
            return value.timestamp()
        case _:
            return value


def _members(shape: Any, value: Mapping[str, Any]) -> Iterable[str]:
    for name, member in shape.members.items():
        if name in value:
            yield _element(member, str(member.serialization.get("name", name)), value[name])


def _element(shape: Any, name: str, value: Any) -> str:
    match shape.type_name:
        case "structure":
            return f"<{name}>{''.join(_members(shape, value))}</{name}>"
        case "list":
            item = str(shape.member.serialization.get("name", "member"))
            inner = "".join(_element(shape.member, item, one) for one in value)
            return inner if shape.serialization.get("flattened") else f"<{name}>{inner}</{name}>"
        case "boolean":
            return f"<{name}>{'true' if value else 'false'}</{name}>"
        case "timestamp":
            return f"<{name}>{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</{name}>"
        case _:
            return f"<{name}>{escape(str(value))}</{name}>"
