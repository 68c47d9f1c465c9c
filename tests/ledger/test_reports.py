from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.reports import Frozen, Reports
from ledger_world import NOON

BODY = {"format": 1, "lines": [{"now": {"met": 1, "of": 2}}], "note": 'größe\n\x00 <script>"'}
ONE = Frozen("main", "organization", "", "2026-W48", NOON, 43, BODY)


def test_a_report_is_read_back_as_it_was_frozen(ledger: SqlLedger) -> None:
    port: Reports = ledger
    assert port.freeze(ONE)
    assert port.frozen("main", of="organization", key="", week="2026-W48") == ONE


def test_a_report_that_was_frozen_never_changes(ledger: SqlLedger) -> None:
    assert ledger.freeze(ONE)
    assert not ledger.freeze(replace(ONE, version=99, body={"format": 1}, frozen_at=NOON + timedelta(days=1)))
    assert ledger.frozen("main", of="organization", key="", week="2026-W48") == ONE


def test_reports_of_weeks_parts_and_organizations_are_apart(ledger: SqlLedger) -> None:
    others = [
        replace(ONE, week="2026-W47"),
        replace(ONE, of="ou", key="/Workloads"),
        replace(ONE, organization="gov"),
    ]
    assert all(ledger.freeze(one) for one in (ONE, *others))
    assert [(one.week, one.of, one.key) for one in ledger.frozen_reports("main")] == [
        ("2026-W48", "organization", ""),
        ("2026-W48", "ou", "/Workloads"),
        ("2026-W47", "organization", ""),
    ]
    assert all(one.body == {} for one in ledger.frozen_reports("main"))
    assert ledger.frozen("gov", of="organization", key="", week="2026-W48") == others[2]
    assert ledger.frozen("gov", of="ou", key="/Workloads", week="2026-W48") is None
    assert ledger.frozen_reports("none") == ()


def test_a_time_with_a_zone_keeps_a_report_out(ledger: SqlLedger) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        ledger.freeze(replace(ONE, frozen_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert ledger.frozen_reports("main") == ()
