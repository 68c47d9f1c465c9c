from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.findings import Suppression
from ledger_world import NOON

HOUR = timedelta(hours=1)


def test_resolved_findings_are_known_since_they_were_first_seen_so(ledger: SqlLedger) -> None:
    assert ledger.resolved_since("main", ["f1", "f2"], NOON) == {"f1": NOON, "f2": NOON}
    assert ledger.resolved_since("main", ["f2", "f2", "f3"], NOON + HOUR) == {"f2": NOON, "f3": NOON + HOUR}


def test_what_was_not_resolved_in_between_begins_anew(ledger: SqlLedger) -> None:
    ledger.resolved_since("main", ["f1", "f2"], NOON)
    assert ledger.resolved_since("main", [], NOON) == {}
    assert ledger.resolved_since("main", ["f1"], NOON + HOUR) == {"f1": NOON + HOUR}


def test_resolved_findings_of_other_organizations_are_left_alone(ledger: SqlLedger) -> None:
    ledger.resolved_since("gov", ["f1"], NOON)
    ledger.resolved_since("main", ["f2"], NOON)
    assert ledger.resolved_since("gov", ["f1", "f2"], NOON + HOUR) == {"f1": NOON, "f2": NOON + HOUR}


def test_names_that_a_database_cannot_hold_are_known_the_second_time(ledger: SqlLedger) -> None:
    (first,) = ledger.resolved_since("main", ["nul \0"], NOON).items()
    assert first == ("nul \ufffd", NOON)
    assert ledger.resolved_since("main", ["nul \0"], NOON + HOUR) == dict([first])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(st.sets(st.integers(0, 4)), max_size=8))
def test_since_is_the_first_look_of_an_unbroken_row_of_looks(ledger: SqlLedger, looks: list[set[int]]) -> None:
    ledger.resolved_since("main", [], NOON)
    expected: dict[str, int] = {}
    for turn, look in enumerate(looks):
        named = {f"f{number}" for number in look}
        expected = {finding: expected.get(finding, turn) for finding in named}
        found = ledger.resolved_since("main", named, NOON + turn * HOUR)
        assert found == {finding: NOON + since * HOUR for finding, since in expected.items()}


def test_suppressors_are_kept_by_organization_and_finding(ledger: SqlLedger) -> None:
    lee, unknown = Suppression("f1", "lee", NOON), Suppression("f2", "", None)
    ledger.put_suppressors("main", [lee, unknown])
    ledger.put_suppressors("gov", [Suppression("f1", "kim", None)])
    ledger.put_suppressors("main", [])
    assert ledger.suppressors("main", ["f1", "f2", "f3"]) == {"f1": lee, "f2": unknown}
    assert ledger.suppressors("gov", ["f1"])["f1"].who == "kim"


def test_a_suppressor_is_replaced_by_a_newer_one_and_not_lost_to_a_history_that_no_longer_tells(
    ledger: SqlLedger,
) -> None:
    told = [("", None), ("lee", NOON), ("", NOON + HOUR), ("kim", None)]
    known = []
    for who, at in told:
        ledger.put_suppressors("main", [Suppression("f1", who, at)])
        known.append(ledger.suppressors("main", ["f1"])["f1"])
    assert [(one.who, one.at) for one in known] == [("", None), ("lee", NOON), ("lee", NOON), ("kim", None)]
