from dataclasses import replace
from typing import Any

import pytest

from connectors.servicenow.servicenow_world import REQUEST, World
from hubposture.connectors.servicenow import Basic, Meaning, Value
from hubposture.errors import RemoteRefused
from hubposture.sandbox.remote.servicenow_world import Field
from hubposture.waivers.standing import Verdict


def problems(place: World, **changes: Any) -> list[str]:
    return [str(problem) for problem in place.records(**changes).check()]


def test_an_instance_that_has_everything_lacks_nothing(place: World) -> None:
    assert problems(place) == []


def test_everything_that_is_missing_is_told_at_once(exceptions: World) -> None:
    instance, table = exceptions.instance, exceptions.shape.table
    fields = instance.tables.tables[table].fields
    fields["u_key"] = Field(max_length=20)
    fields["u_control_text"] = Field(read_only=True, max_length=4000)
    fields["u_must"] = Field(mandatory=True)
    fields["valid_from"] = Field("glide_date_time")
    fields["policy"] = Field("reference", 32, reference="task")
    fields["gone"] = Field(active=False, max_length=4000)
    instance.switches.hidden_fields |= {("sysapproval_approver", "approver")}
    instance.tables.insert("sysapproval_approver", {})
    found = problems(
        exceptions,
        fields={
            **exceptions.shape.fields,
            Value.REQUEST_ID: "u_key",
            Value.CONTROLS: "u_control_text",
            Value.RESOURCES: "gone",
            Value.REQUESTER: "policy",
            Value.OWNER: "approver",
            Value.DIGEST: "work_notes",
        },
        constants={"u_nothing": "x"},
        granted="valid_till",
        approver="approved_by",
        meanings=(*exceptions.shape.meanings, Meaning("u_state", "8", Verdict.APPROVED)),
    )
    expected = [
        "approver: sn_compliance_policy_exception (nor task) has no field approved_by",
        "constants: sn_compliance_policy_exception (nor task) has no field u_nothing",
        "constants: sn_compliance_policy_exception.u_must is mandatory and nothing fills it",
        "fields.controls: sn_compliance_policy_exception.u_control_text is read-only",
        "fields.digest: sn_compliance_policy_exception.work_notes is a journal",
        "fields.owner: sn_compliance_policy_exception.approver is a reference to sys_user, and owner is a text",
        "fields.request_id: sn_compliance_policy_exception.u_key holds 20 characters, and request_id needs 26",
        "fields.requester: sn_compliance_policy_exception.policy is a reference to task",
        "fields.resources: sn_compliance_policy_exception (nor task) has no field gone",
        "fields.valid_from: sn_compliance_policy_exception.valid_from is of type glide_date_time",
        "granted: sn_compliance_policy_exception (nor task) has no field valid_till",
        "sign_in: approver of sysapproval_approver cannot be read",
        "states: sn_compliance_policy_exception (nor task) has no field u_state",
    ]
    assert [
        problem.removeprefix("waivers.servicenow.")[: len(start)]
        for problem, start in zip(found, expected, strict=True)
    ] == expected


def test_a_child_of_a_table_may_override_its_fields(exceptions: World) -> None:
    override = {
        "name": exceptions.shape.table,
        "element": "short_description",
        "read_only_override": "true",
        "read_only": "true",
        "mandatory_override": "false",
        "mandatory": "true",
    }
    exceptions.instance.tables.insert("sys_dictionary_override", override)
    (found,) = problems(exceptions)
    assert "short_description is read-only" in found


def test_a_field_that_a_child_defines_anew_is_as_the_child_says(exceptions: World) -> None:
    """Whatever the alphabet says of the names of the tables: both orders are tried."""
    tables = exceptions.instance.tables.tables
    tables[exceptions.shape.table].fields["short_description"] = Field(max_length=160, read_only=True)
    (found,) = problems(exceptions)
    assert "short_description is read-only" in found
    tables["a_parent"] = replace(tables.pop("task"), name="a_parent")
    tables[exceptions.shape.table].parent = "a_parent"
    (found,) = problems(exceptions)
    assert "short_description is read-only" in found


def test_variables_that_may_not_be_read_are_told(items: World) -> None:
    items.instance.switches.forbidden_tables |= {"sc_item_option_mtom"}
    (found,) = problems(items)
    assert "sc_item_option_mtom cannot be read, so nobody knows what was ordered" in found


def test_without_the_licence_the_table_does_not_exist(exceptions: World) -> None:
    exceptions.instance.switches.has_grc = False
    (found,) = problems(exceptions)
    assert "the table sn_compliance_policy_exception cannot be read" in found
    assert "Invalid table" in found


def test_definitions_that_are_hidden_are_said_and_prove_nothing(place: World) -> None:
    place.instance.switches.hidden_tables |= {"sys_dictionary"}
    (found,) = problems(place)
    assert "hidden from us" in found
    place.instance.switches.forbidden_tables |= {"sys_dictionary"}
    (found,) = problems(place)
    assert "sys_dictionary" in found


def test_people_and_approvals_must_be_readable(place: World) -> None:
    place.instance.switches.forbidden_tables |= {"sys_user", "sysapproval_approver"}
    first, second = problems(place)
    assert "who people are" in first
    assert "who decided and when" in second


def test_an_item_must_take_our_variables_and_ask_for_no_others(items: World) -> None:
    item = items.instance.add_item("Another", {"request_id": True, "cost_centre": True})
    wanted = {Value.REQUEST_ID: "request_id", Value.DIGEST: "digest"}
    found = problems(items, item=item, variables=wanted, granted="variables.until")
    assert [one.split(": ", 1)[1] for one in found] == [
        "the catalog item has no variable until (correct its name, or leave it out)",
        "the catalog item's variable cost_centre is mandatory and nothing fills it",
        "the catalog item has no variable digest (add it to the item, correct its name, or leave it out)",
    ]
    (missing,) = problems(items, item="0" * 32)
    assert "the catalog item cannot be read" in missing


def test_a_shape_that_contradicts_itself_is_told_without_the_instance(items: World) -> None:
    found = items.records(table="", fields={}, variables={}, item="", meanings=()).check()
    assert [problem.where.rpartition("servicenow.")[2] for problem in found] == [
        "fields.request_id",
        "item",
        "states.approved",
        "table",
        "variables.request_id",
    ]


def test_an_instance_that_does_not_let_us_in_is_no_problem_of_the_settings_of_its_tables(place: World) -> None:
    place.sign_in = Basic("hubposture", "wrong")
    with pytest.raises(RemoteRefused, match="HTTP 401"):
        place.records().check()


def test_looking_writes_nothing(place: World) -> None:
    place.asked()
    before = place.the_row()
    place.instance.calls.clear()
    place.records().check()
    place.records().outcome(REQUEST)
    assert place.the_row() == before
    assert all(call.startswith("GET ") for call in place.instance.calls)
