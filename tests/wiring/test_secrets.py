"""Secrets of AWS Secrets Manager are fetched with the process's credentials; what fails says which one and why."""

import boto3
import pytest
from moto import mock_aws

from hubposture.errors import RemoteRefused
from hubposture.settings.secrets import parse_reference
from hubposture.wiring import Surroundings
from hubposture.wiring.secrets import fetch, secret

REGION = "eu-central-1"


@pytest.fixture(autouse=True)
def dummy_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def test_a_reference_to_secrets_manager_gives_the_secrets_text() -> None:
    with mock_aws():
        made = boto3.client("secretsmanager", region_name=REGION).create_secret(Name="ledger", SecretString="s3cret")
        reference = parse_reference(f"aws-secretsmanager:{made['ARN']}")
        assert reference is not None
        assert secret(reference, Surroundings(environ={})) == "s3cret"


def test_a_secret_that_is_not_there_is_named_and_refused() -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:nothing-AbCdEf"
    with mock_aws(), pytest.raises(RemoteRefused, match="nothing-AbCdEf: ResourceNotFoundException"):
        fetch(arn)
