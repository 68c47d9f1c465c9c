from typing import Any

import pytest
from pydantic import ValidationError

from connectors.servicenow.servicenow_world import BERLIN, OWN, PREVIEW, REQUEST, WAIVER, World
from hubposture.connectors.servicenow import (
    Basic,
    Bearer,
    ClientCredentials,
    Dates,
    Meaning,
    Mode,
    Value,
    patience_of,
    shape_of,
    sign_in_of,
)
from hubposture.connectors.servicenow.shape import catalog_item, change_request, policy_exception
from hubposture.errors import InputError
from hubposture.settings.secrets import SecretReference, Where
from hubposture.settings.servicenow import ServiceNowSettings
from hubposture.waivers.standing import Verdict

ITEM = "0123456789abcdef0123456789abcdef"


def given(**settings: Any) -> ServiceNowSettings:
    return ServiceNowSettings.model_validate_json(_json(settings))


def _json(settings: Any) -> str:
    import json

    return json.dumps(settings)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, policy_exception()),
        ({"preset": "catalog-item", "item": ITEM}, catalog_item(ITEM)),
        ({"preset": "change-request"}, change_request()),
    ],
)
def test_a_preset_is_what_it_is(settings: dict[str, Any], expected: object) -> None:
    found = shape_of(given(**settings), policy_exception().zone)
    assert found == expected
    assert found.problems() == []


def test_what_is_given_goes_over_the_preset_and_what_is_empty_comes_out_of_it() -> None:
    fields = {"controls": "u_controls", "reason": "", "preview": "description"}
    found = shape_of(given(fields=fields, granted="", constants=["approval_group=abc=d", "priority=2"]), BERLIN)
    assert found.fields == {
        Value.REQUEST_ID: "correlation_id",
        Value.TITLE: "short_description",
        Value.CONTROLS: "u_controls",
        Value.VALID_FROM: "valid_from",
        Value.UNTIL: "valid_to",
        Value.REQUESTER: "requester",
        Value.PREVIEW: "description",
    }
    assert (found.granted, found.zone) == ("", BERLIN)
    assert found.constants == {"approval_group": "abc=d", "priority": "2"}
    assert found.meanings == policy_exception().meanings


def test_states_that_are_given_replace_all_of_the_preset() -> None:
    states = {"approved": ["approval=approved", "state=8"], "withdrawn": ["state=3"], "pending": ["state=1"]}
    found = shape_of(given(states=states), BERLIN)
    assert found.meanings == (
        Meaning("state", "3", Verdict.WITHDRAWN),
        Meaning("approval", "approved", Verdict.APPROVED),
        Meaning("state", "8", Verdict.APPROVED),
        Meaning("state", "1", None),
    )


def test_a_table_of_ones_own_is_described_without_a_preset(own: World) -> None:
    settings = given(
        url=own.server.url,
        sign_in="basic",
        user="hubposture",
        password="env:SNOW_PASSWORD",
        preset="none",
        table="u_waiver_request",
        fields={
            "request_id": "u_key",
            "title": "u_title",
            "preview": "u_text",
            "digest": "u_digest",
            "until": "u_until",
        },
        states={
            "approved": ["u_state=granted"],
            "rejected": ["u_state=refused"],
            "changes_requested": ["u_state=to be changed"],
            "withdrawn": ["u_state=taken back"],
            "pending": ["u_state=asked"],
        },
        granted="u_until",
        dates="day",
    )
    found = shape_of(settings, OWN.zone)
    assert (found.table, found.fields, set(found.meanings)) == (OWN.table, OWN.fields, set(OWN.meanings))
    own.shape = found
    own.sign_in = sign_in_of(settings, lambda reference: {"env:SNOW_PASSWORD": "correct horse"}[str(reference)])
    assert own.records().check() == []
    assert own.records().ask(WAIVER, REQUEST, text=PREVIEW).lost == {}


def test_dates_and_modes_follow_the_preset_unless_they_are_given() -> None:
    assert shape_of(given(preset="change-request"), BERLIN).dates is Dates.MOMENT
    assert shape_of(given(preset="change-request", dates="day"), BERLIN).dates is Dates.DAY
    assert shape_of(given(preset="catalog-item", item=ITEM), BERLIN).mode is Mode.CATALOG


def test_every_way_of_signing_in_gets_its_own_secret() -> None:
    def secret(reference: SecretReference) -> str:
        assert reference.where is Where.ENVIRONMENT
        return reference.name.lower()

    client = given(client_id="c", client_secret="env:A", password="env:B", token="env:C")
    assert sign_in_of(client, secret) == ClientCredentials("c", "a")
    assert sign_in_of(given(sign_in="basic", user="kim", password="env:B"), secret) == Basic("kim", "b")
    assert sign_in_of(given(sign_in="token", token="env:C"), secret) == Bearer("c")
    with pytest.raises(InputError, match="its secret is not named"):
        sign_in_of(given(sign_in="token"), secret)


def test_the_longest_wait_is_that_of_the_settings() -> None:
    assert patience_of(given(timeout_seconds=7)).answer_seconds == 7.0


URL = "https://acme.service-now.com"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": URL}, "client_id and client_secret are needed"),
        ({"url": URL, "sign_in": "basic", "user": "kim"}, "password is needed"),
        ({"url": URL, "sign_in": "token", "token": "env:T", "preset": "catalog-item"}, "item is needed"),
        ({"url": URL, "sign_in": "token", "token": "env:T", "preset": "none"}, "table and states.approved"),
        ({"sign_in": "token", "token": "abc123"}, "secrets do not belong into this file"),
        ({"fields": {"reason": "Short description"}}, "named as in the dictionary"),
        ({"fields": {"reasons": "x"}}, "Extra inputs"),
        ({"states": {"approved": ["Approved"]}}, "write FIELD=VALUE"),
        ({"constants": ["x="]}, "write FIELD=VALUE"),
        ({"item": "PER0010001"}, "32 hexadecimal digits"),
        ({"granted": "other.valid_to"}, "variables.NAME"),
        ({"url": "http://acme.service-now.com"}, "https"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        given(**settings)
