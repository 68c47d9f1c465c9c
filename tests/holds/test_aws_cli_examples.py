"""The AWS CLI's shipped examples, run by the real program: what matches is listed, and the list is exact."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from holds.aws_cli import MATCHES, Example, Ran, documented, examples, run, verdict
from holds.aws_cli_table import DIFFERENT, page
from hubposture.aws.associations import key_of, pair_details
from hubposture.aws.central_wire import content_from
from hubposture.aws.definitions import known_standard
from hubposture.aws.standards import Readiness, readiness
from hubposture.aws.values import custom_values
from needs import need

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "awscli.txt"
VENV = ROOT / ".venv" / "awscli"


def install() -> bool:
    """Put the locked program into a virtual environment of its own; whether it is there."""
    stamp = VENV / "locked.txt"
    if stamp.exists() and stamp.read_bytes() == LOCK.read_bytes():
        return True
    python = VENV / "bin" / "python"
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)],
    )
    for command in commands:
        if subprocess.run(command, check=False, capture_output=True, timeout=300).returncode:
            return False
    stamp.write_bytes(LOCK.read_bytes())
    return True


@pytest.fixture(scope="module")
def program() -> Path:
    """The real `aws` program."""
    there = os.name == "posix" and install()
    need(there, "the AWS CLI", "let pip reach a package index, or install requirements/awscli.txt into .venv/awscli")
    return VENV / "bin" / "aws"


@pytest.fixture(scope="module")
def shipped(program: Path) -> list[Example]:
    (directory,) = VENV.glob("lib/python3*/site-packages/awscli/examples/securityhub")
    return examples(directory)


@pytest.fixture(scope="module")
def ran(program: Path, shipped: list[Example]) -> dict[str, Ran]:
    """Every example, run once."""
    with ThreadPoolExecutor(3) as threads:
        return dict(
            zip([one.name for one in shipped], threads.map(lambda one: run(program, one), shipped), strict=True)
        )


def test_the_table_of_what_matches_and_what_does_not_is_exact(shipped: list[Example], ran: dict[str, Ran]) -> None:
    verdicts = {one.name: verdict(one, ran[one.name]) for one in shipped}
    different = {name: found for name, found in verdicts.items() if found[0] != MATCHES}
    assert different == {name: (kind, list(what)) for name, (kind, what, _) in DIFFERENT.items()}


def test_the_page_is_what_the_table_says(shipped: list[Example]) -> None:
    assert (ROOT / "docs" / "aws-cli-examples.md").read_text() == page([one.name for one in shipped])


def both(name: str, shipped: list[Example], ran: dict[str, Ran]) -> list[Any]:
    """The output that AWS documents, and the sandbox's."""
    (example,) = [one for one in shipped if one.name == name]
    return [documented(example.output or ""), json.loads(ran[name].output)]


def test_our_adapters_read_standards_in_both(shipped: list[Example], ran: dict[str, Ran]) -> None:
    for output in both("get-enabled-standards", shipped, ran):
        (one, *_) = output["StandardsSubscriptions"]
        assert (
            readiness(one["StandardsStatus"], one.get("StandardsControlsUpdatable", "READY_FOR_UPDATES")) in Readiness
        )
        assert known_standard(one) is not None
    for output in both("describe-standards", shipped, ran):
        keys = {found.key for one in output["Standards"] if (found := known_standard(one)) is not None}
        assert keys >= {"fsbp-1.0.0", "cis-1.2.0", "pci-3.2.1"} or len(keys) == len(output["Standards"])


def test_our_adapters_read_associations_in_both(shipped: list[Example], ran: dict[str, Ran]) -> None:
    for output in both("batch-get-standards-control-associations", shipped, ran):
        bits = {key_of(one): 1 << at for at, one in enumerate(output["StandardsControlAssociationDetails"])}
        found = pair_details(output, (), bits)
        assert found.known == 0b11
        on = [one["AssociationStatus"] == "ENABLED" for one in output["StandardsControlAssociationDetails"]]
        assert found.enabled == sum(1 << at for at, state in enumerate(on) if state)


def test_our_adapters_read_parameters_in_both(shipped: list[Example], ran: dict[str, Ran]) -> None:
    for output in both("batch-get-security-controls", shipped, ran):
        (first, *_) = [one for one in output["SecurityControls"] if one["SecurityControlId"] == "ACM.1"]
        ((name, value),) = custom_values(first["Parameters"])
        assert (name, int(str(value))) == ("daysToExpiration", 15)


def test_our_adapters_read_policies_in_both(shipped: list[Example], ran: dict[str, Ran]) -> None:
    mine, theirs = (
        content_from(_typed(one["ConfigurationPolicy"])) for one in both("get-configuration-policy", shipped, ran)
    )
    assert type(mine) is type(theirs)


def _typed(value: Any) -> Any:
    """Truth values as JSON has them: documented outputs are read as texts."""
    if isinstance(value, dict):
        return {name: _typed(one) for name, one in value.items()}
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
