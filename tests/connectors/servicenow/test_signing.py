import pytest

from connectors.servicenow.servicenow_world import PREVIEW, REQUEST, WAIVER, World
from hubposture.connectors.servicenow import Basic, Bearer, ClientCredentials
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.sandbox.remote.servicenow import CLIENT, SECRET


def signed(place: World) -> World:
    place.sign_in = ClientCredentials(CLIENT, SECRET)
    place.instance.switches.client_credentials = True
    place.instance.switches.application_user = "hubposture"
    return place


def test_a_token_of_a_client_serves_until_shortly_before_its_end(own: World) -> None:
    records = signed(own).records()
    records.outcome(REQUEST)
    own.clock.now += 1700
    records.outcome(REQUEST)
    assert own.instance.calls.count("POST /oauth_token.do") == 1
    own.clock.now += 50
    records.outcome(REQUEST)
    assert own.instance.calls.count("POST /oauth_token.do") == 2
    assert not own.clock.waited


def test_a_token_that_was_taken_back_is_renewed_once(own: World) -> None:
    records = signed(own).records()
    records.ask(WAIVER, REQUEST, text=PREVIEW)
    own.instance.revoke_tokens()
    assert records.ask(WAIVER, REQUEST, text=PREVIEW).lost == {}
    own.instance.revoke_tokens()
    own.instance.switches.application_user = ""
    with pytest.raises(RemoteRefused, match="access_denied"):
        records.outcome(REQUEST)
    assert len(own.rows()) == 1


@pytest.mark.parametrize("missing", ["property", "user", "secret"])
def test_a_client_that_the_instance_does_not_take_is_told_what_is_missing(own: World, missing: str) -> None:
    signed(own)
    if missing == "property":
        own.instance.switches.client_credentials = False
    elif missing == "user":
        own.instance.switches.application_user = ""
    else:
        own.sign_in = ClientCredentials(CLIENT, "wrong-secret")
    with pytest.raises(RemoteRefused, match=r"grant_type\.enabled.*OAuth Application User") as caught:
        own.records().outcome(REQUEST)
    assert "secret-91c2" not in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_a_token_of_somebody_elses_making_is_sent_as_it_is(own: World) -> None:
    own.instance.bearers.add("t0ken")
    own.sign_in = Bearer("t0ken")
    assert own.asked().number


def test_what_signs_in_does_not_show_its_secret() -> None:
    for sign_in in (Basic("kim", "hunter2"), Bearer("hunter2"), ClientCredentials("id", "hunter2")):
        assert "hunter2" not in repr(sign_in)


def test_an_instance_that_gives_no_token_is_unavailable(own: World) -> None:
    signed(own).instance.switches.is_asleep = True
    with pytest.raises(RemoteUnavailable, match="no token"):
        own.records().outcome(REQUEST)
