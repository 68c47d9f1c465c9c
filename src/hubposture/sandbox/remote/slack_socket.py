"""Socket Mode of the emulated Slack: a WebSocket on loopback, envelopes that wait for their acknowledgement, and faults."""

import itertools
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Envelope:
    """A delivery: its payload, how often it went out, and what came back with the acknowledgement."""

    id: str
    payload: Mapping[str, Any]
    sent: int = 0
    sent_at: float = 0.0
    is_acknowledged: bool = False
    answer: Any = None
    took_seconds: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class SocketFaults:
    """What goes wrong on purpose with the next deliveries: `doubled` are sent twice, `cut` lose their connection unread."""

    doubled: int = 0
    cut: int = 0


class Sockets:
    """Opens when it is first asked for an address. What is delivered goes to one connection, or waits for the next one.

    What is not acknowledged within `ack_seconds` goes out again, as Slack does.
    """

    def __init__(self, *, ack_seconds: float = 3.0) -> None:
        self.faults = SocketFaults()
        self.ack_seconds = ack_seconds
        self.envelopes: list[Envelope] = []
        self.opened = 0
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._here: list[Any] = []
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._timers: list[threading.Timer] = []

    @property
    def is_listened_to(self) -> bool:
        """Whether somebody is connected."""
        return bool(self._here)

    def url(self) -> str:
        """The address of a new connection."""
        from websockets.sync.server import serve  # noqa: PLC0415 - only those who use Socket Mode need it

        with self._lock:
            if self._server is None:
                self._server = serve(self._talk, "127.0.0.1", 0)
                self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="slack-sockets")
                self._thread.start()
            port = self._server.socket.getsockname()[1]
            return f"ws://127.0.0.1:{port}/link/?ticket={next(self._numbers)}&app_id=A0SANDBOX"

    def close(self) -> None:
        """Close every connection and listen no more."""
        for timer in self._timers:
            timer.cancel()
        if self._server is not None:
            self._server.shutdown()
            for one in list(self._here):
                one.close()
        if self._thread is not None:
            self._thread.join()

    def deliver(self, payload: Mapping[str, Any]) -> Envelope:
        """Deliver a payload; it is sent again until it is acknowledged."""
        envelope = Envelope(f"env-{next(self._numbers)}", payload)
        self.envelopes.append(envelope)
        self._send(envelope)
        return envelope

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go and come again, as Slack does every few hours."""
        with self._lock:
            here = list(self._here)
        for one in here:
            self._tell(one, {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})

    # --- one connection ----------------------------------------------------------------------------------------------

    def _talk(self, connection: Any) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

        self.opened += 1
        self._tell(connection, {"type": "hello", "num_connections": len(self._here) + 1})
        with self._lock:
            self._here.append(connection)
        self._again()
        try:
            for message in connection:
                self._acknowledge(json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._here.remove(connection)
            self._again()

    def _again(self) -> None:
        """What was never acknowledged goes out once more."""
        for one in self.envelopes:
            if not one.is_acknowledged:
                self._send(one)

    def _send(self, envelope: Envelope) -> None:
        with self._lock:
            if not self._here or envelope.is_acknowledged:
                return
            connection = self._here[envelope.sent % len(self._here)]
            others = [one for one in self._here if one is not connection] or [connection]
            is_cut, is_doubled = self.faults.cut > 0, self.faults.doubled > 0
            self.faults.cut -= is_cut
            self.faults.doubled -= is_doubled and not is_cut
            envelope.sent += 1
            envelope.sent_at = time.monotonic()
        if is_cut:
            threading.Thread(target=connection.close, daemon=True).start()
            return
        more = {"retry_attempt": envelope.sent - 1, "retry_reason": "timeout"} if envelope.sent > 1 else {}
        said = {
            "envelope_id": envelope.id,
            "type": "interactive",
            "accepts_response_payload": True,
            "payload": envelope.payload,
            **more,
        }
        self._tell(connection, said)
        if is_doubled:
            self._tell(others[0], said)
        late = threading.Timer(self.ack_seconds, self._send, (envelope,))
        late.daemon = True
        self._timers.append(late)
        late.start()

    def _tell(self, connection: Any, said: Mapping[str, Any]) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

        try:
            connection.send(json.dumps(said))
        except ConnectionClosed:
            return

    def _acknowledge(self, said: Mapping[str, Any]) -> None:
        for one in self.envelopes:
            if one.id == said.get("envelope_id") and not one.is_acknowledged:
                one.is_acknowledged, one.answer = True, said.get("payload")
                one.took_seconds = time.monotonic() - one.sent_at
                one.done.set()
