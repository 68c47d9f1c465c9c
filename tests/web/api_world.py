"""The small world of the pages, to which programs are let in by tokens alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from hubposture.access.actions import Action
from hubposture.settings.web import LimitSettings, OidcSettings
from hubposture.verbs.tokens import Wish, make_token
from hubposture.web.desk import Desk
from hubposture.web.door import SessionDoor
from hubposture.web.oidc_provider import Provider
from web.web_world import Pages, pages, served

ADMIN = "ana@example.com"
_PLENTY = 1_000_000


@dataclass(frozen=True)
class Programs:
    """The pages, a desk with a door, and a client that shows nothing by itself."""

    there: Pages
    desk: Desk
    client: httpx.Client

    @property
    def base(self) -> str:
        """Where it is, without a slash at its end."""
        return str(self.client.base_url).rstrip("/")

    def token(
        self, person: str = ADMIN, *, actions: Sequence[Action] = tuple(Action), groups: Sequence[str] = ()
    ) -> str:
        """A new token of a person, who is in these groups."""
        wish = Wish(person, "tests", [str(one) for one in actions], 30, person, tuple(groups))
        _, shown = make_token(self.desk.store.ledger, wish, most_days=90, now=self.desk.at.surroundings.now())
        return shown

    def bearing(self, token: str) -> dict[str, str]:
        """The header that shows a token."""
        return {"Authorization": f"Bearer {token}"}


@contextmanager
def programs(base: Path, *, refused: int = _PLENTY, requests: int = _PLENTY) -> Iterator[Programs]:
    """A world whose rules are the shipped ones; so many requests a minute, and so many tokens that are none."""
    with pages(base) as there:
        limits = LimitSettings(
            requests_per_minute=requests, writes_per_minute=_PLENTY, refused_tokens_per_minute=refused
        )
        settings = there.desk.at.settings
        changed = settings.model_copy(update={"web": settings.web.model_copy(update={"limits": limits})})
        desk = replace(there.desk, at=replace(there.desk.at, settings=changed))
        provider = Provider(OidcSettings(), "", "", desk.at.surroundings.now)
        door = SessionDoor(
            desk.store.ledger, changed.web, provider, changed.access.people.named, desk.at.surroundings.now
        )
        with served(desk, door=door) as client:
            yield Programs(there, desk, client)
