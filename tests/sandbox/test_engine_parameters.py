from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import Quirks, Sandbox
from hubposture.sandbox.quirks import DefaultParameterRead, DisabledControlParameters
from sandbox.engine_world import ADMIN, AWAY, CIS_ARN, code_of, hub, off, organization

LENGTH = "MinimumPasswordLength"


def read(client: Any, control: str = "IAM.7") -> Any:
    (found,) = client.batch_get_security_controls(SecurityControlIds=[control])["SecurityControls"]
    return found


def custom(value: Any, kind: str = "Integer", name: str = LENGTH) -> Any:
    return {name: {"ValueType": "CUSTOM", "Value": {kind: value}}}


def write(client: Any, parameters: Any, control: str = "IAM.7", **more: str) -> None:
    client.update_security_control(SecurityControlId=control, Parameters=parameters, **more)


def test_a_custom_value_holds_in_one_target_and_the_control_is_updating_for_a_while() -> None:
    sandbox = Sandbox(organization())
    client = hub(sandbox)
    write(client, custom(14), LastUpdateReason="policy 7")
    assert read(client)["UpdateStatus"] == "UPDATING"
    with pytest.raises(ClientError) as caught:
        write(client, custom(15))
    assert code_of(caught) == "ResourceInUseException"
    sandbox.wait(16)
    found = read(client)
    assert (found["UpdateStatus"], found["LastUpdateReason"]) == ("READY", "policy 7")
    assert found["Parameters"][LENGTH] == {"ValueType": "CUSTOM", "Value": {"Integer": 14}}
    for other in (hub(sandbox, account=ADMIN), hub(sandbox, region=AWAY)):
        assert read(other)["Parameters"][LENGTH] == {"ValueType": "DEFAULT", "Value": {"Integer": 8}}


def test_default_takes_a_custom_value_back_and_leaves_the_others() -> None:
    sandbox = Sandbox(organization())
    client = hub(sandbox)
    write(client, {**custom(14), **custom(90, name="MaxPasswordAge")})
    sandbox.wait(16)
    write(client, {LENGTH: {"ValueType": "DEFAULT"}})
    found = read(client)["Parameters"]
    assert (found[LENGTH]["ValueType"], found["MaxPasswordAge"]["ValueType"]) == ("DEFAULT", "CUSTOM")


@pytest.mark.parametrize(
    "parameters",
    [
        custom(100_000),
        custom("14", kind="String"),
        custom(14, name="NoSuch"),
        {LENGTH: {"ValueType": "CUSTOM"}},
        {LENGTH: {"ValueType": "OTHER"}},
    ],
)
def test_a_value_of_the_wrong_name_type_or_range_is_refused_and_changes_nothing(parameters: Any) -> None:
    client = hub(Sandbox(organization()))
    with pytest.raises(ClientError) as caught:
        write(client, parameters)
    assert code_of(caught) == "InvalidInputException"
    assert read(client)["Parameters"][LENGTH]["ValueType"] == "DEFAULT"


def test_a_reason_with_punctuation_is_refused() -> None:
    with pytest.raises(ClientError) as caught:
        write(hub(Sandbox(organization())), custom(14), LastUpdateReason="see W-7.1")
    assert code_of(caught) == "InvalidInputException"


def test_an_unknown_control_is_not_found() -> None:
    with pytest.raises(ClientError) as caught:
        write(hub(Sandbox(organization())), custom(14), control="S3.99999")
    assert code_of(caught) == "ResourceNotFoundException"


def test_a_control_counts_as_disabled_when_it_is_off_in_every_standard() -> None:
    client = hub(Sandbox(organization()))
    client.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    assert read(client, "S3.1")["SecurityControlStatus"] == "ENABLED"
    client.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1", CIS_ARN)])
    assert read(client, "S3.1")["SecurityControlStatus"] == "DISABLED"


def test_parameters_at_their_default_may_read_three_ways_and_disabled_controls_may_take_none() -> None:
    shown = {
        value: read(hub(Sandbox(organization(), quirks=Quirks(default_parameter_read=value))))["Parameters"].get(LENGTH)
        for value in DefaultParameterRead
    }
    assert shown == {
        DefaultParameterRead.WITH_VALUE: {"ValueType": "DEFAULT", "Value": {"Integer": 8}},
        DefaultParameterRead.TYPE_ONLY: {"ValueType": "DEFAULT"},
        DefaultParameterRead.ABSENT: None,
    }
    quirks = Quirks(disabled_control_parameters=DisabledControlParameters.REFUSED)
    with pytest.raises(ClientError) as caught:
        write(hub(Sandbox(organization(standards=()), quirks=quirks)), custom(14))
    assert code_of(caught) == "InvalidInputException"
