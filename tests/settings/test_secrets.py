from pathlib import Path

import pytest

from hubposture.errors import InputError
from hubposture.settings.secrets import SecretReference, parse_reference, resolve

ARN = "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:hubposture/x-AbCdEf"


@pytest.mark.parametrize("text", ["env:TOKEN", "file:/run/secrets/x", f"aws-secretsmanager:{ARN}"])
def test_a_reference_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse_reference(text)) == text


@pytest.mark.parametrize("text", ["", "TOKEN", "env:", "env:a b", "file:x", "aws-secretsmanager:x", "s3:b", "ENV:X"])
def test_anything_else_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


def reference(text: str) -> SecretReference:
    found = parse_reference(text)
    assert found is not None
    return found


def test_secrets_come_from_where_they_are_kept(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("two\n")
    assert resolve(reference("env:TOKEN"), environ={"TOKEN": "one"}) == "one"
    assert resolve(reference(f"file:{tmp_path / 's'}"), environ={}) == "two"
    assert (
        resolve(reference(f"aws-secretsmanager:{ARN}"), environ={}, fetch=lambda arn: f"three {arn}") == f"three {ARN}"
    )


@pytest.mark.parametrize("text", ["env:MISSING", "file:/no/such/file", f"aws-secretsmanager:{ARN}", "env:EMPTY"])
def test_a_secret_that_is_not_there_is_an_error_that_names_the_reference(text: str) -> None:
    with pytest.raises(InputError, match=text[:12]):
        resolve(reference(text), environ={"EMPTY": ""})
