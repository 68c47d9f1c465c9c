"""Secrets by their references: from the environment, a file, or AWS Secrets Manager."""

from collections.abc import Callable
from typing import Any

from hubposture.errors import InputError, RemoteRefused, RemoteUnavailable
from hubposture.settings.secrets import SecretReference, resolve
from hubposture.wiring.surroundings import Surroundings


def secret(reference: SecretReference, around: Surroundings) -> str:
    """The secret itself. Raises InputError where there is none, RemoteError where AWS does not give it."""
    return resolve(reference, environ=around.environ, fetch=lambda arn: fetch(arn, attach=around.attach))


def fetch(arn: str, *, attach: Callable[[Any], None] | None = None) -> str:
    """The text of a secret of AWS Secrets Manager, with the credentials that the process has (GetSecretValue).

    Raises RemoteRefused, RemoteUnavailable; InputError for a secret that is no text.
    """
    import boto3  # noqa: PLC0415 - slow to import, and few secrets are kept there
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    client = boto3.client("secretsmanager", region_name=arn.split(":")[3])
    if attach is not None:
        attach(client)
    try:
        answer = client.get_secret_value(SecretId=arn)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise RemoteRefused(
            f"{arn}: {code}: {error.response.get('Error', {}).get('Message', '')}", code=code
        ) from error
    except BotoCoreError as error:
        raise RemoteUnavailable(f"{arn}: {error}") from error
    found = answer.get("SecretString")
    if not isinstance(found, str):
        raise InputError(f"{arn}: holds no text")
    return found
