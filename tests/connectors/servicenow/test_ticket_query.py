import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.connectors.servicenow.ticket_query import parsed
from hubposture.errors import InputError

ROW = {
    "state": "2",
    "short_description": "Security Hub: S3.8",
    "description": "",
    "sys_created_on": "2026-11-01 10:00:00",
}


@pytest.mark.parametrize(
    "query",
    [
        "state=2",
        "state!=3",
        "stateIN1,2",
        "stateNOT IN3,4",
        "state>1",
        "state<10",
        "state>=2",
        "state<=2",
        "short_descriptionLIKEhub",
        "short_descriptionNOT LIKEjira",
        "short_descriptionSTARTSWITHSECURITY",
        "short_descriptionENDSWITHs3.8",
        "descriptionISEMPTY",
        "stateISNOTEMPTY",
        "sys_created_on>2026-10-31 00:00:00",
        "state=9^ORstate=2^short_descriptionLIKES3^ORDERBYDESCstate^EQ",
    ],
)
def test_a_row_meets_what_it_meets(query: str) -> None:
    assert all(one.fits(ROW) for one in parsed(query))


@pytest.mark.parametrize(
    "query",
    [
        "state=3",
        "stateIN12,22",
        "state>2",
        "descriptionISNOTEMPTY",
        "sys_created_on<2026-10-31",
        "state=2^state=3",
        "u_no=1",
    ],
)
def test_a_row_does_not_meet_what_it_does_not(query: str) -> None:
    assert not all(one.fits(ROW) for one in parsed(query))


@pytest.mark.parametrize(
    "query", ["", "^", "state", "state=", "State=1", "state=1^NQstate=2", "123TEXTQUERY321=hub", "a=JavaScript:x"]
)
def test_what_is_not_understood_is_told_with_what_would_be(query: str) -> None:
    with pytest.raises(InputError, match=r"write"):
        parsed(query)


@given(st.text(max_size=60))
def test_every_text_is_understood_or_refused(text: str) -> None:
    try:
        found = parsed(text)
    except InputError:
        return
    assert found
    assert all(one.fields for one in found)
    _ = [one.fits(ROW) for one in found]
