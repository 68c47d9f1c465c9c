"""The sandbox's own HTTP path, `/_sandbox/`: time, faults, calls, hands, saving and starting anew on a running server."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from hubposture.sandbox.engine import LABEL
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.storage import save
from hubposture.sandbox.wire import Reply, Request

PREFIX = "/_sandbox/"
HANDS = (
    "person",
    "add_rule",
    "remove_rule",
    "resources",
    "create_resource",
    "break_resource",
    "fix_resource",
    "tag_resource",
    "delete_resource",
)
"""Methods of the sandbox that `POST /_sandbox/hands/NAME` calls with its body's members."""


class Admin:
    """Answers the sandbox's own path. `rebuild` makes the sandbox anew; `directory`, if given, is where state is kept."""

    def __init__(self, sandbox: Sandbox, *, rebuild: Callable[[], Sandbox] | None, directory: Path | None) -> None:
        self.sandbox = sandbox
        self.rebuild = rebuild
        self.directory = directory

    def handle(self, request: Request) -> Reply:
        """Answer a request; a change needs a JSON body, which a page in a browser cannot send from elsewhere."""
        name = request.path.removeprefix(PREFIX).strip("/")
        if request.method != "GET" and "json" not in request.headers.get("content-type", ""):
            return _json(415, {"error": "changes are asked for with content-type application/json"})
        try:
            body = orjson.loads(request.body) if request.body else {}
            return self._answer(request.method, name, body)
        except (ValueError, TypeError, KeyError) as error:
            return _json(400, {"error": str(error)})

    def _answer(self, method: str, name: str, body: Any) -> Reply:
        answers: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", ""): lambda _body: self._summary(),
            ("GET", "faults"): lambda _body: self.sandbox.faults.as_mapping(),
            ("POST", "faults"): self._set_faults,
            ("GET", "calls"): lambda _body: dict(sorted(self.sandbox.calls.counts().items())),
            ("POST", "calls"): self._clear_calls,
            ("POST", "advance"): self._advance,
            ("POST", "tick"): self._tick,
            ("POST", "reset"): self._reset,
            ("POST", "save"): self._save,
        }
        if method == "POST" and name.startswith("hands/"):
            return _json(200, self._hand(name.removeprefix("hands/"), body))
        if (method, name) not in answers:
            return _json(404, {"error": f"there is no {method} {PREFIX}{name}"})
        return _json(200, answers[method, name](body))

    def _set_faults(self, body: Any) -> Any:
        self.sandbox.faults.update(body)
        return self.sandbox.faults.as_mapping()

    def _hand(self, name: str, body: Any) -> Any:
        if name not in HANDS:
            raise ValueError(f"there is no hand {name!r}; there are {', '.join(HANDS)}")
        given = {
            key: tuple(value) if key in ("finding", "failing") and isinstance(value, list) else value
            for key, value in body.items()
        }
        return getattr(self.sandbox, name)(**given)

    def _clear_calls(self, _body: Any) -> Any:
        self.sandbox.calls.clear()
        return {}

    def _advance(self, body: Any) -> Any:
        self.sandbox.wait(float(body["seconds"]))
        return self._summary()

    def _tick(self, body: Any) -> Any:
        self.sandbox.tick(int(body["days"]))
        return self._save(body)

    def _save(self, _body: Any) -> Any:
        self.keep()
        return self._summary()

    def _reset(self, body: Any) -> Any:
        if not self.rebuild:
            raise ValueError("this server was started without a way to make its sandbox anew")
        self.sandbox = self.rebuild()
        return self._save(body)

    def keep(self) -> None:
        """Save the state, if there is a directory for it."""
        if self.directory:
            save(self.sandbox, self.directory)

    def _summary(self) -> dict[str, Any]:
        spec = self.sandbox.core.spec
        return {
            "label": LABEL,
            "now": self.sandbox.core.now().isoformat(),
            "ahead_seconds": getattr(self.sandbox.clock, "ahead", timedelta(0)).total_seconds(),
            "organization": spec.id,
            "accounts": len(self.sandbox.core.organization.accounts),
            "management_account": spec.management_account,
            "administrator": self.sandbox.core.organization.administrator,
            "home_region": self.sandbox.core.home,
            "linked_regions": list(self.sandbox.core.linked()),
            "calls": self.sandbox.calls.seen,
            "queue": self._queue(),
        }

    def _queue(self) -> dict[str, Any]:
        events = self.sandbox.events
        waiting, hidden = events.queue.counts(self.sandbox.core.now())
        return {"url": events.url, "waiting": waiting, "hidden": hidden, "dropped": events.queue.dropped}


def _json(status: int, body: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, orjson.dumps(body, option=orjson.OPT_INDENT_2))
