"""The in-process way to the engine: real boto3 clients whose requests never reach a socket."""

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from hubposture.sandbox.answers import ConnectionLost, NoAnswerInTime
from hubposture.sandbox.engine import Engine
from hubposture.sandbox.wire import Reply, Request


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_kwargs: Any) -> Iterator[bytes]:
        yield self.getvalue()


def connect(engine: Engine, client: Any) -> Any:
    """Let a boto3 client talk to the engine: its requests are signed as ever and answered here; gives the client back.

    Works for clients of any service; who calls and where follows from the signature of each request.
    """
    import botocore.awsrequest  # noqa: PLC0415 - start-up time: help and version need no AWS library
    import botocore.exceptions  # noqa: PLC0415 - see above

    def send(request: Any, **_kwargs: Any) -> Any:
        try:
            reply = engine.handle(_request(request))
        except ConnectionLost as lost:
            raise botocore.exceptions.ConnectionClosedError(endpoint_url=request.url, error=lost) from lost
        except NoAnswerInTime as late:
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=request.url, error=late) from late
        return _response(botocore.awsrequest.AWSResponse, request.url, reply)

    client.meta.events.register("before-send", send)
    return client


def _request(prepared: Any) -> Request:
    parts = urlsplit(prepared.url)
    body = prepared.body or b""
    return Request(
        method=prepared.method,
        path=parts.path,
        query=parts.query,
        headers=_headers(prepared.headers),
        body=body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else body.read(),
    )


def _headers(headers: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }


def _response(make: Any, url: str, reply: Reply) -> Any:
    return make(url, reply.status, dict(reply.headers), _Raw(reply.body))
