"""What the service logs: one line of JSON for each request and each trouble, without queries, cookies or texts of forms."""

import datetime as dt
import json
import logging
import sys
import time
from typing import Any

from hubposture.web.guard import App, Message, Receive, Scope, Send

REQUESTS = logging.getLogger("hubposture.requests")
_OURS = ("hubposture", "uvicorn.error")
_LONGEST, _BROKEN = 500, 500


class JsonLines(logging.Formatter):
    """A record as one line of JSON: at (UTC), level, what, who logged it, and the fields that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, Any] = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "what": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def log_as_json() -> None:
    """From now on everything that this process logs goes to standard error as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == REQUESTS.name.partition(".")[0] else logging.WARNING)


class Logged:
    """Stands before everything: each request becomes one line, whatever became of it.

    `who` is there once somebody was let in. Paths are logged without their queries, which hold what people look for.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log it."""
        if scope["type"] != "http" or not REQUESTS.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        begun, sent = time.perf_counter(), {"status": 0, "bytes": 0}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
            elif message["type"] == "http.response.body":
                sent["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except BaseException:
            sent["status"] = sent["status"] or _BROKEN
            raise
        finally:
            REQUESTS.info("request", extra={"fields": _fields(scope, sent, time.perf_counter() - begun)})


def _fields(scope: Scope, sent: dict[str, int], seconds: float) -> dict[str, Any]:
    state = scope.get("state") or {}
    caller, client = state.get("caller"), scope.get("client") or ("",)
    return {
        "method": scope["method"],
        "path": scope["path"][:_LONGEST],
        "status": sent["status"],
        "bytes": sent["bytes"],
        "ms": round(seconds * 1000, 1),
        "who": caller.name if caller is not None else "",
        "way": str(caller.way) if caller is not None else "",
        "client": state.get("address", client[0]),
    }
