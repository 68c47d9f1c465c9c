"""Bringing a ticket's fields in line with its draft, and nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from hubposture.connectors.http import Reply
from hubposture.connectors.jira.answers import at
from hubposture.connectors.jira.dialect import issue_path
from hubposture.connectors.jira.drafting import Drafting
from hubposture.connectors.jira.limits import Calls
from hubposture.errors import RemoteError
from hubposture.ports.tracker import Wrote
from hubposture.work.ticket import Draft

_FORBIDDEN: Final = 403
_REFUSED: Final = (400, _FORBIDDEN, 404, 409)
_ROUNDS: Final = 3
_SET_BEFORE: Final = ("security",)
"""Set when a ticket was made, so that a screen for changes may lack it."""
_QUIETLY: Final = {"notifyUsers": "false"}


class Changing:
    """Changes tickets by `PUT issue/{id}`."""

    def __init__(self, calls: Calls, drafting: Drafting) -> None:
        self._calls = calls
        self._drafting = drafting
        self._loud: set[str] = set()

    def update(self, id_: str, draft: Draft) -> Wrote:
        """See `ports.tracker`. People are told of it only where hubposture may not keep it from them."""
        try:
            return self._update(id_, draft)
        except RemoteError as error:
            return Wrote(str(error))

    def _update(self, id_: str, draft: Draft) -> Wrote:
        has_parent = self._has_parent(id_, draft)
        reply = self._put(id_, draft, has_parent=has_parent)
        for _ in range(_ROUNDS):
            errors = at(reply.body, "errors")
            refused = [str(one) for one in errors] if isinstance(errors, dict) else []
            if reply.status not in _REFUSED or not self._drafting.leave_out(draft.route, refused, also=_SET_BEFORE):
                break
            reply = self._put(id_, draft, has_parent=has_parent)
        if reply.status not in _REFUSED:
            return Wrote()
        why = self._calls.http.said(reply.body) or f"HTTP {reply.status}"
        return Wrote(f"Jira: {why}", is_place_broken=reply.status == _FORBIDDEN)

    def _put(self, id_: str, draft: Draft, *, has_parent: bool) -> Reply:
        """Write without telling people; where the user may not do so, with."""
        body, place = self._drafting.change(draft, has_parent=has_parent), draft.route.place
        if place not in self._loud:
            reply = self._send(id_, body, _QUIETLY)
            if reply.status != _FORBIDDEN:
                return reply
        reply = self._send(id_, body, {})
        if reply.status not in _REFUSED:
            self._loud.add(place)
        return reply

    def _send(self, id_: str, body: Any, params: Mapping[str, str | int]) -> Reply:
        return self._calls.write(
            "PUT", "issue", issue_path(id_), body, repeatable=True, issue=id_, params=params, answers=_REFUSED
        )

    def _has_parent(self, id_: str, draft: Draft) -> bool:
        """Whether somebody has hung it under something already; asked only where a parent is set."""
        name = self._drafting.parent_field(draft)
        if not name:
            return True
        reply = self._calls.get("issue", issue_path(id_), {"fields": name})
        return bool(at(reply.body, "fields", name))
