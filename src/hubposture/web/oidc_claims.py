"""What an ID token says of somebody, once everything about it was checked (OpenID Connect Core 1.0, 3.1.3.7)."""

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from hubposture.errors import Refusal
from hubposture.settings.web import OidcSettings

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""By which ID tokens may be signed: public keys only, so that nothing that is public can sign."""
_KEYS: Final = ("RSA", "EC", "OKP")
_LEEWAY_SECONDS: Final = 60
_LONGEST_NAME: Final = 320
_MOST_GROUPS: Final = 2_000


class NotBelieved(Refusal):
    """What the provider sent does not prove who somebody is, or proves it of somebody who may not come in."""


class NotWelcome(NotBelieved):
    """The provider vouches for somebody, `who`, but not for what is needed to let them in."""

    def __init__(self, who: str, why: str) -> None:
        self.who = who
        super().__init__(why)


class UnknownKey(NotBelieved):
    """The token is signed by a key that was not known when keys were last read."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom the provider vouches for."""

    name: str
    groups: tuple[str, ...]


def key_set(document: Any) -> KeySet:
    """The public keys that may sign, of a provider's key document. Raises NotBelieved where there are none."""
    found = document.get("keys") if isinstance(document, dict) else None
    keys = [one for one in found if _may_sign(one)] if isinstance(found, list) else []
    try:
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotBelieved("the sign-in provider's keys cannot be read") from error


def _may_sign(key: Any) -> bool:
    return isinstance(key, dict) and key.get("kty") in _KEYS and key.get("use", "sig") == "sig"


def read_id_token(
    text: str, keys: KeySet, *, issuer: str, client: str, nonce: str, now: dt.datetime, access_token: str = ""
) -> Mapping[str, Any]:
    """The claims of an ID token. Raises NotBelieved, UnknownKey."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        token = jwt.decode(text, keys, algorithms=ALGORITHMS, registry=registry)
    except InvalidKeyIdError as error:
        raise UnknownKey("the sign-in provider signed with a key that it does not publish") from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(
            f"the sign-in provider's answer is not signed as it must be ({type(error).__name__})"
        ) from error
    claims = CodeIDToken(
        token.claims, token.header, options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client}},
        params={"nonce": nonce, "client_id": client, "access_token": access_token},
    )  # fmt: skip
    try:
        _kinds(claims)
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        which = getattr(error, "claim", "") or type(error).__name__
        raise NotBelieved(f"the sign-in provider's answer is not for this sign-in ({which})") from error
    if not hmac.compare_digest(str(claims["nonce"]).encode("utf-8", "replace"), nonce.encode()):
        raise NotBelieved("the sign-in provider's answer is not for this sign-in (nonce)")
    return dict(claims)


def _kinds(claims: Mapping[str, Any]) -> None:
    """Raises TypeError for values of kinds that comparing would let pass by accident."""
    audience = claims.get("aud")
    many = audience if isinstance(audience, list) else [audience]
    texts = [claims.get("iss"), claims.get("sub"), claims.get("nonce"), *many]
    times = [claims.get("exp"), claims.get("iat")]
    if not all(isinstance(one, str) and one for one in texts):
        raise TypeError("texts")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in times):
        raise TypeError("times")


def identity_of(claims: Mapping[str, Any], settings: OidcSettings) -> Identity:
    """Who it is, by the claims that the settings name. Raises NotWelcome where the name is missing or not verified."""
    name, subject = claims.get(settings.name_claim), f"subject {str(claims.get('sub'))[:_LONGEST_NAME]}"
    if not isinstance(name, str) or not name.strip():
        raise NotWelcome(
            subject, f"the sign-in provider does not say who you are: there is no claim {settings.name_claim}"
        )
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise NotWelcome(
            subject, f"the claim {settings.name_claim} is no name: it is too long, or holds control characters"
        )
    if any(one.casefold().isascii() for one in name if not one.isascii()):
        raise NotWelcome(subject, f"the claim {settings.name_claim} holds letters that could be taken for others")
    if settings.name_claim == "email" and settings.require_verified and claims.get("email_verified") is not True:
        why = "the sign-in provider does not say that your address is verified, so anybody could have written it; ask whoever gives out access there"
        raise NotWelcome(name.strip(), why)
    return Identity(name.strip(), groups_of(claims.get(settings.groups_claim)))


def groups_of(found: Any) -> tuple[str, ...]:
    """The groups of a claim, sorted: a list of texts, or one text; what is none is left out."""
    many: Sequence[Any] = found if isinstance(found, list) else [found]
    groups = {one.strip() for one in many[:_MOST_GROUPS] if isinstance(one, str) and one.strip() and one.isprintable()}
    return tuple(sorted(groups))
