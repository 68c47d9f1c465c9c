"""References to secrets: settings say where a secret is, never what it is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hubposture.errors import InputError

FORMS = "env:NAME, file:/PATH or aws-secretsmanager:ARN"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+")


class Where(StrEnum):
    """Where a secret is kept."""

    ENVIRONMENT = "env"
    FILE = "file"
    SECRETS_MANAGER = "aws-secretsmanager"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where to find one secret: the name of an environment variable, an absolute path, or an ARN."""

    where: Where
    name: str

    def __str__(self) -> str:
        return f"{self.where}:{self.name}"


def parse_reference(text: str) -> SecretReference | None:
    """The reference that a text is, or None if it is none: then it may be a secret, and must not be repeated."""
    scheme, colon, name = text.partition(":")
    if not colon or scheme not in {where.value for where in Where}:
        return None
    where = Where(scheme)
    is_good = {
        Where.ENVIRONMENT: _NAME.fullmatch(name) is not None,
        Where.FILE: name.startswith("/"),
        Where.SECRETS_MANAGER: _ARN.fullmatch(name) is not None,
    }
    return SecretReference(where, name) if is_good[where] else None


def resolve(
    reference: SecretReference,
    *,
    environ: Mapping[str, str],
    fetch: Callable[[str], str] | None = None,
) -> str:
    """The secret itself. `fetch` gets a secret of AWS Secrets Manager by its ARN; a file loses its last line break.

    Raises InputError if it is not there or empty; the message names the reference.
    """
    match reference.where:
        case Where.ENVIRONMENT:
            found = environ.get(reference.name, "")
        case Where.FILE:
            found = _from_file(reference)
        case Where.SECRETS_MANAGER:
            if fetch is None:
                raise InputError(
                    f"{reference}: secrets of AWS Secrets Manager cannot be fetched here; use env: or file:"
                )
            found = fetch(reference.name)
    if not found:
        raise InputError(
            f"{reference}: there is no such secret, or it is empty; set it, or correct the reference in hubposture.toml"
        )
    return found


def _from_file(reference: SecretReference) -> str:
    try:
        return Path(reference.name).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise InputError(f"{reference}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{reference}: not UTF-8 text") from error
