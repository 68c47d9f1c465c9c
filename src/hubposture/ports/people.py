"""Who is signed in, who is about to, and tokens: kept by digests, so that what lets somebody in stands nowhere."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.access.sessions import Session, Token


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in in progress: `state` and `browser` are SHA-256 (hex) of what the provider and the browser give back.

    `where` is the path of ours that is shown afterwards.
    """

    state: str
    browser: str
    where: str
    ends_at: dt.datetime


class PeopleLedger(Protocol):
    """Every method is one transaction, with its record in the audit trail where something is given or taken away."""

    def begin_sign_in(self, begun: SignIn) -> None:
        """Keep a sign-in in progress; those that are over are forgotten."""

    def end_sign_in(self, state: str, browser: str) -> SignIn | None:
        """Take it out, once; None where there is none of this browser, or its time is over."""

    def begin_session(self, session: Session, *, instead_of: str = "", address: str = "") -> None:
        """Keep a new session; `instead_of` is one of the same browser that ends. Tokens of the person get its groups."""

    def session(self, id_: str) -> Session | None:
        """A session, None where there is none or its time is over."""

    def seen_session(self, id_: str, at: dt.datetime) -> None:
        """Remember that it was used."""

    def sessions(self, person: str = "") -> Sequence[Session]:
        """Those whose time is not over, of one person or of all, by person, the newest first."""

    def end_sessions(self, *, by: str, person: str = "", id_: str = "", why: str = "") -> int:
        """End one session, or all of a person; with both, one of this person alone. Gives how many ended."""

    def keep_token(self, new: Token) -> Token:
        """Keep a new token, under an id that it gets here."""

    def token(self, digest: str) -> Token | None:
        """The token of a digest, revoked and ended ones too."""

    def used_token(self, id_: str, at: dt.datetime) -> None:
        """Remember that it was used."""

    def tokens(self, person: str = "") -> Sequence[Token]:
        """All, of one person or of everybody, by person, the newest first."""

    def revoke_token(self, id_: str, *, by: str, person: str = "") -> Token | None:
        """End a token; with `person` only one of theirs. None where there is none that holds."""

    def refused(self, what: str, *, who: str, why: str) -> None:
        """Write into the audit trail that somebody was not let in."""
