import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.servicenow.servicenow_world import OWN, REQUEST, WAIVER
from hubposture.connectors.servicenow import Dates, Value
from hubposture.connectors.servicenow.outcomes import comment
from hubposture.connectors.servicenow.shape import first_moment, last_second
from hubposture.connectors.servicenow.tables import Condition, How
from hubposture.connectors.servicenow.values import granted_day, is_there, placed, values
from hubposture.waivers.waiver import Criteria


@given(
    day=st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_the_last_second_that_is_written_grants_the_day_it_was_made_of(day: dt.date, zone: str) -> None:
    shape = replace(OWN, dates=Dates.MOMENT, zone=ZoneInfo(zone))
    written = f"{last_second(day, shape.zone):%Y-%m-%d %H:%M:%S}"
    assert granted_day(written, shape) == day
    assert granted_day(f"{first_moment(day, shape.zone):%Y-%m-%d %H:%M:%S}", shape) == day - dt.timedelta(days=1)
    assert granted_day(str(day), shape) == day


@given(text=st.text(max_size=30))
def test_whatever_stands_for_an_end_is_a_day_or_none(text: str) -> None:
    found = granted_day(text, OWN)
    assert found is None or isinstance(found, dt.date)


@given(text=st.text(max_size=400), longest=st.integers(1, 200))
def test_a_cut_text_is_never_longer_than_its_field_and_a_short_one_is_whole(text: str, longest: int) -> None:
    found = placed({Value.PREVIEW: text}, {Value.PREVIEW: "u_text"}, {"u_text": longest})["u_text"]
    assert len(found) <= longest
    assert found == text or len(text) > longest


def test_a_digest_is_never_cut() -> None:
    assert placed({Value.DIGEST: "x" * 71}, {Value.DIGEST: "u"}, {"u": 40}) == {"u": "x" * 71}


@pytest.mark.parametrize(
    ("sent", "found", "expected"),
    [
        ("a\nb", "a\r\nb ", True),
        ("a < b & c", "<p>a &lt; b &amp; c</p>", True),
        ("a", "", False),
        ("a b", "a", False),
        ("2026-01-01", "2026-01-01 00:00:00", False),
        ("", "", True),
    ],
)
def test_what_stands_there_is_what_was_sent_but_for_line_ends_and_markup(sent: str, found: str, expected: bool) -> None:
    assert is_there(sent, found) is expected


def test_of_a_journal_the_newest_entry_is_the_comment() -> None:
    journal = (
        "2026-11-02 10:00:00 - Lee Ray (Comments)\nNo, see\nabove\n\n"
        "2026-11-01 10:00:00 - Kim (Additional comments)\nPlease\n\n"
    )
    assert comment(journal) == "No, see above"
    assert comment("  plain\nwords ") == "plain words"
    assert comment("") == ""
    assert len(comment("x" * 10_000)) == 500


def test_a_waiver_of_ous_and_regions_names_them() -> None:
    criteria = Criteria(controls=WAIVER.criteria.controls, ous=("/Workloads/Prod",), regions=("us-east-1",))
    said = values(replace(WAIVER, criteria=criteria), REQUEST, "", shape=OWN, shown=str)
    assert said[Value.RESOURCES] == "OUs: /Workloads/Prod\nRegions: us-east-1"


def test_a_row_fits_only_what_was_asked_for() -> None:
    assert Condition("a", ("x", "y")).fits({"a": "Y"})
    assert not Condition("a", ("x",)).fits({})
    assert Condition("a", ("x",), How.CONTAINS).fits({"a": "its X"})
    assert not Condition("a", ("x",), How.CONTAINS).fits({"a": "y"})
