from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import FSBP, Quirks, Sandbox, quirks
from sandbox.engine_world import ADMIN, AWAY, arn, central, hub, off, organization, pair


def test_every_quirk_has_at_least_two_values_and_a_docstring() -> None:
    for one in fields(Quirks):
        values = quirks.values_of(one.name)
        assert len(values) >= 2, one.name
        assert type(values[0]).__doc__, one.name


def test_singles_and_pairs_cover_every_value_and_every_pair_of_values() -> None:
    every = {(one.name, value) for one in fields(Quirks) for value in quirks.values_of(one.name)}
    singles = list(quirks.singles())
    assert {(one.name, getattr(each, one.name)) for each in singles for one in fields(Quirks)} == every
    assert len(singles) == 1 + len(every) - len(fields(Quirks))
    assert sum(1 for _ in quirks.pairs()) > len(every) * len(fields(Quirks)) / 2


def test_a_sample_is_the_same_for_the_same_seed_and_reads_back_by_name() -> None:
    assert quirks.sample(3) == quirks.sample(3)
    assert len({quirks.sample(seed) for seed in range(20)}) == 20
    drawn = quirks.sample(3)
    assert quirks.from_mapping({one.name: str(getattr(drawn, one.name)) for one in fields(Quirks)}) == drawn
    with pytest.raises(ValueError, match="no quirk is called 'nonsense'"):
        quirks.from_mapping({"nonsense": "1"})
    with pytest.raises(ValueError, match="cannot be 'maybe'; it may be none, 20-seconds"):
        quirks.from_mapping({"read_lag": "maybe"})


def everything(sandbox: Sandbox) -> None:
    """Call what clients call; an answer outside the model is an EmulatorError, a refusal is fine."""
    admin, web = hub(sandbox, account=ADMIN), hub(sandbox, region=AWAY)
    missing, present = pair("EC2.182", arn(FSBP, AWAY)), pair("s3.1", arn(FSBP, AWAY))
    subscription = web.get_enabled_standards
    calls: list[Any] = [
        web.describe_hub,
        subscription,
        lambda: web.batch_get_standards_control_associations(StandardsControlAssociationIds=[missing, present]),
        lambda: web.batch_update_standards_control_associations(
            StandardsControlAssociationUpdates=[off("S3.1", arn(FSBP, AWAY)), off("EC2.182", arn(FSBP, AWAY))]
        ),
        lambda: web.batch_get_security_controls(SecurityControlIds=["iam.7", "EC2.182"]),
        lambda: web.update_security_control(
            SecurityControlId="IAM.7",
            Parameters={"MinimumPasswordLength": {"ValueType": "CUSTOM", "Value": {"Integer": 9}}},
        ),
        lambda: web.list_standards_control_associations(SecurityControlId="S3.1"),
        admin.list_configuration_policies,
        admin.list_configuration_policy_associations,
        admin.describe_organization_configuration,
        admin.list_members,
        admin.list_finding_aggregators,
    ]
    codes = [code for call in calls if (code := refusal(call))]
    assert "NotImplemented" not in codes


def refusal(call: Callable[[], Any]) -> str:
    """Give the error code a call ends with, '' for none."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("seed", range(12))
def test_under_any_combination_of_quirks_every_answer_is_valid_by_the_model(seed: int) -> None:
    for spec in (organization(), central()):
        everything(Sandbox(spec, quirks=quirks.sample(seed), quotas=False))
