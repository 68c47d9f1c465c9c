"""How much may be sent to the API at once."""

from starlette.exceptions import HTTPException

from hubposture.web.guard import App, Message, Receive, Scope, Send

LONGEST = 256 << 10
"""Bytes of a body."""


class Limited:
    """Stands before the operations and stops a body that is too long while it is read."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LONGEST:
            raise HTTPException(413, f"What is sent may have {LONGEST >> 10:,} KiB at most.")
        return message

    return receiving
