"""Findings come in: what they make of a subject."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from findings.fold_world import NOON, Small, archived, check_cube, hours, row, subject
from findings.reference import Row
from hubposture.findings import fold
from hubposture.findings.tables import FINDINGS, SUBJECTS

SWITCHED = "CONSOLIDATED_CONTROL_FINDINGS_UPDATE"


@pytest.fixture(scope="module")
def opened() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@pytest.fixture
def small(opened: Small) -> Small:
    opened.clear()
    return opened


def counts(small: Small, *rows: Row, at: float | None = None) -> tuple[int, int, int, int]:
    told = small.fold(list(rows), at=at)
    return told.new, told.changed, told.unchanged, told.transitions


# --- status ---------------------------------------------------------------------------------------------------------


def test_first_failed(small: Small) -> None:
    assert counts(small, row("FAILED", 1, first_observed_at=hours(-48)), at=2) == (1, 0, 0, 1)
    one = small.one()
    assert (one["presence"], one["status"], one["aws_status"], one["severity"]) == (
        "present",
        "FAILED",
        "FAILED",
        "HIGH",
    )
    assert (one["failing_since"], one["first_failed_at"], one["last_passed_at"]) == (hours(-48), hours(-48), None)
    assert (one["returns"], one["findings"], one["product"]) == (0, 1, "securityhub")
    assert (one["first_seen_at"], one["changed_at"]) == (hours(2), hours(2))
    (moved,) = small.world().transitions
    assert (moved["from_presence"], moved["from_status"], moved["to_presence"], moved["to_status"]) == (
        "", "", "present", "FAILED",
    )  # fmt: skip
    assert (moved["cause"], moved["version"], moved["at"], moved["happened_at"]) == ("finding", 1, hours(2), hours(1))


def test_last_passed(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([row("PASSED", 5)])
    one = small.one()
    assert (one["status"], one["severity"], one["workflow"]) == ("PASSED", "INFORMATIONAL", "RESOLVED")
    assert (one["last_passed_at"], one["failing_since"], one["first_failed_at"]) == (hours(5), None, hours(0))


def test_came_back_is_counted_and_dated_anew(small: Small) -> None:
    for at, status in enumerate(["FAILED", "PASSED", "FAILED", "PASSED", "FAILED"]):
        small.fold([row(status, at)])
    one = small.one()
    assert (one["returns"], one["failing_since"], one["first_failed_at"]) == (2, hours(4), hours(0))


def test_failing_since_stays_while_it_fails(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([row("FAILED", 30, reason="OTHER", first_observed_at=hours(29))])
    assert small.one()["failing_since"] == hours(0)


def test_a_first_observation_after_the_update_is_not_believed(small: Small) -> None:
    small.fold([row("FAILED", 1, first_observed_at=hours(9))])
    assert small.one()["failing_since"] == hours(1)


def test_the_worst_of_several_findings_counts_and_is_shown(small: Small) -> None:
    small.fold(
        [row("PASSED", 0, finding="cis"), row("FAILED", 0, finding="fsbp", tagset="t"), row("WARNING", 0, finding="p")]
    )
    one = small.one()
    assert (one["status"], one["finding"], one["findings"], one["tagset"]) == ("FAILED", "fsbp", 3, "t")
    small.fold([archived("FAILED", 1, finding="fsbp")])
    one = small.one()
    assert (one["presence"], one["status"], one["finding"], one["findings"]) == ("present", "WARNING", "p", 2)


def test_a_repaired_rule_s_new_finding_does_not_restart_the_clock(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="old")])
    small.fold([row("FAILED", 50, finding="new"), archived("FAILED", 50, finding="old")])
    assert (small.one()["failing_since"], small.one()["finding"]) == (hours(0), "new")
    assert len(small.moves()) == 1


def test_an_archived_failure_of_before_does_not_date_a_new_one(small: Small) -> None:
    small.fold([archived("FAILED", 0, finding="old"), row("PASSED", 5, finding="new")])
    small.fold([row("FAILED", 10, finding="new")])
    assert (small.one()["failing_since"], small.one()["returns"]) == (hours(10), 1)


def test_last_passed_does_not_go_back(small: Small) -> None:
    small.fold([row("PASSED", 10, finding="a")])
    small.fold([archived("PASSED", 11, finding="a"), row("PASSED", 5, finding="b")])
    assert small.one()["last_passed_at"] == hours(10)


# --- suppression ------------------------------------------------------------------------------------------------------


def test_a_suppressed_finding_is_out_of_aws_s_status_and_not_of_ours(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([row("FAILED", 0, seen=3, workflow="SUPPRESSED")])
    one = small.one()
    assert (one["suppressed"], one["status"], one["aws_status"], one["workflow"]) == (True, "FAILED", "", "SUPPRESSED")
    moved = small.world().transitions[-1]
    assert (moved["to_suppressed"], moved["cause"], moved["happened_at"]) == (True, "finding", hours(3))


def test_two_findings_one_suppressed_is_not_suppressed(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="cis", workflow="SUPPRESSED"), row("FAILED", 0, finding="fsbp")])
    one = small.one()
    assert (one["suppressed"], one["aws_status"], one["workflow"]) == (False, "FAILED", "NEW")


def test_findings_that_passed_need_no_suppression(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="cis", workflow="SUPPRESSED"), row("PASSED", 0, finding="fsbp")])
    assert (small.one()["suppressed"], small.one()["aws_status"]) == (True, "PASSED")


def test_what_passed_is_not_suppressed(small: Small) -> None:
    small.fold([row("PASSED", 0, workflow="SUPPRESSED")])
    assert (small.one()["suppressed"], small.one()["aws_status"]) == (False, "")


def test_a_finding_of_another_product_has_no_status_and_is_suppressed_by_itself(small: Small) -> None:
    other: Row = {"kind": "other", "control": "", "finding": "g", "title": "Crypto", "product": "arn:x/guardduty"}
    small.fold([row("", 0, workflow="SUPPRESSED", **other) | {"subject": "g"}])
    one = small.one()
    assert (one["status"], one["suppressed"], one["title"], one["product"]) == ("", True, "Crypto", "guardduty")
    assert small.query("SELECT count(*) FROM cube") == [(0,)]


# --- merging ----------------------------------------------------------------------------------------------------------


def test_check_and_customer_fields_are_ordered_by_their_own_times(small: Small) -> None:
    """BatchUpdateFindings does not move UpdatedAt; an old event may be observed late."""
    small.fold([row("FAILED", 5, seen=5, workflow="SUPPRESSED", note="mark")])
    small.fold([row("PASSED", 4, seen=9, workflow="NEW", note="")])
    (one,) = small.world().findings.values()
    assert (one["compliance"], one["workflow"], one["note"], one["updated_at"]) == ("FAILED", "NEW", "", hours(5))


def test_at_equal_times_archived_wins_then_the_worse(small: Small) -> None:
    small.fold([archived("PASSED", 1), row("FAILED", 1)])
    assert [one["record_state"] for one in small.world().findings.values()] == ["ARCHIVED"]
    small.clear()
    small.fold([row("FAILED", 1)])
    small.fold([row("PASSED", 1, seen=0)])
    assert small.one()["status"] == "FAILED"


def test_tags_stay_where_a_later_row_has_none(small: Small) -> None:
    small.fold([row("FAILED", 0, tagset="t1")])
    small.fold([row("PASSED", 1)])
    assert small.one()["tagset"] == "t1"
    small.fold([row("PASSED", 2, tagset="t2")])
    assert small.one()["tagset"] == "t2"


def test_a_refresh_without_news_is_dropped(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    assert counts(small, row("FAILED", 20), row("FAILED", 12)) == (0, 0, 2, 0)
    assert small.out() == (0, 0, 0)


def test_a_refresh_after_more_than_twenty_hours_is_written_without_a_transition(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    assert counts(small, row("FAILED", 20.1)) == (0, 1, 0, 0)
    (one,) = small.world().findings.values()
    assert (one["updated_at"], one["last_observed_at"]) == (hours(20.1), hours(20.1))


def test_a_finding_with_two_resources_is_two_subjects(small: Small) -> None:
    assert counts(small, row("FAILED", finding="f", resource="b1"), row("FAILED", finding="f", resource="b2")) == (
        2,
        0,
        0,
        2,
    )
    assert len(small.world().subjects) == 2


def test_a_clock_ahead_of_ours_is_set_to_when_we_saw_it(small: Small) -> None:
    small.fold([row("FAILED", 99_999, seen=1)], at=2)
    assert (small.one()["failing_since"], small.world().transitions[0]["happened_at"]) == (hours(1), hours(1))
    small.fold([row("PASSED", 3)], at=4)
    small.fold([row("FAILED", 99_999, seen=1)], at=5)
    assert small.one()["status"] == "PASSED"


def test_times_with_a_zone_are_written_as_utc(small: Small) -> None:
    zone = dt.timezone(dt.timedelta(hours=5))
    small.connection.execute("SET TimeZone = 'Asia/Tokyo'")
    small._fill("incoming", [[row("FAILED")[name] for name in FINDINGS.names if name != "misses"]])
    small._hold("SELECT subject FROM incoming")
    fold.fold(small.connection, version=1, at=NOON.replace(hour=17, tzinfo=zone))
    small.connection.execute("RESET TimeZone")
    assert small.query("SELECT first_seen_at FROM out_subjects") == [(NOON,)]


# --- closing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compliance", "changes"),
    [
        ("NOT_AVAILABLE", {"reason": "CONFIG_RETURNS_NOT_APPLICABLE"}),
        ("NOT_AVAILABLE", {}),
        ("FAILED", {"because": "RESOURCE_DELETED"}),
    ],
)
def test_gone_by_the_record_of_a_deleted_resource(small: Small, compliance: str, changes: dict[str, Any]) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([archived(compliance, 1, **changes)])
    one = small.one()
    assert (one["presence"], one["status"], one["failing_since"], one["findings"]) == ("gone", "FAILED", hours(0), 0)
    assert small.moves()[-1] == ("archived", "gone", "FAILED")


def test_archived_without_a_reason_is_unsure_and_keeps_its_state(small: Small) -> None:
    small.fold([row("FAILED", 0, tagset="t")])
    small.fold([archived("FAILED", 1, resource_type="Other")])
    one = small.one()
    assert (one["presence"], one["status"], one["resource_type"], one["tagset"]) == (
        "unsure",
        "FAILED",
        "AwsS3Bucket",
        "t",
    )


def test_a_broken_rule_is_no_deleted_resource(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="old")])
    broken = archived("NOT_AVAILABLE", 1, finding="new", reason="CONFIG_RULE_EVALUATION_ERROR")
    small.fold([archived("FAILED", 1, finding="old"), broken])
    assert (small.one()["presence"], small.one()["status"]) == ("unsure", "FAILED")


def test_while_frozen_a_deleted_resource_is_unsure(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([archived("NOT_AVAILABLE", 1)], frozen=True)
    assert small.one()["presence"] == "unsure"


def test_seen_archived_at_first_has_the_archived_state(small: Small) -> None:
    small.fold([archived("NOT_AVAILABLE", 1)])
    small.fold([archived("FAILED", 1, resource="b2")])
    assert [(one["presence"], one["status"]) for one in (small.one("b1"), small.one("b2"))] == [
        ("gone", "NOT_AVAILABLE"),
        ("unsure", "FAILED"),
    ]
    assert small.one("b2")["failing_since"] == hours(1)


def test_the_newest_archived_record_tells_whether_it_was_deleted(small: Small) -> None:
    """So does the same in any order: a later record that says no more takes the proof back."""
    small.fold([archived("NOT_AVAILABLE", 1, finding="cis")])
    assert small.one()["presence"] == "gone"
    small.fold([archived("FAILED", 0, finding="old")])
    assert small.one()["presence"] == "gone"
    small.fold([archived("FAILED", 2, finding="fsbp")])
    assert (small.one()["presence"], small.one()["status"]) == ("unsure", "NOT_AVAILABLE")


def test_gone_and_made_again_is_present_and_failing_since_before(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.fold([archived("NOT_AVAILABLE", 1)])
    small.fold([row("FAILED", 100)])
    one = small.one()
    assert (one["presence"], one["status"], one["failing_since"], one["returns"]) == ("present", "FAILED", hours(0), 0)
    assert small.moves()[-1] == ("finding", "present", "FAILED")


def test_a_switch_of_consolidated_findings_keeps_since_when_it_fails(small: Small) -> None:
    """Old ids are archived, then new ones come for the same subject, with the customer's fields reset."""
    small.fold(
        [
            row("FAILED", 0, finding="cis", workflow="SUPPRESSED"),
            row("FAILED", 0, finding="fsbp", workflow="SUPPRESSED"),
        ]
    )
    small.fold([archived("FAILED", 90, SWITCHED, finding=one, workflow="SUPPRESSED") for one in ("cis", "fsbp")])
    frozen = small.one()
    assert (frozen["presence"], frozen["status"], frozen["suppressed"]) == ("unsure", "FAILED", True)
    small.fold([row("FAILED", 95, finding="new", first_observed_at=hours(95))])
    one = small.one()
    assert (one["presence"], one["failing_since"], one["suppressed"]) == ("present", hours(0), False)
    assert [cause for cause, _, _ in small.moves()] == ["finding", "switch", "switch"]


def test_an_unfinished_switch_in_one_batch_is_a_switch_too(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="old", workflow="SUPPRESSED")])
    small.fold([archived("NOT_AVAILABLE", 90, SWITCHED, finding="old"), row("FAILED", 91, finding="new")])
    assert small.moves() == [("finding", "present", "FAILED"), ("switch", "present", "FAILED")]


def test_a_note_on_an_old_finding_brings_nothing_back_that_is_off(small: Small) -> None:
    small.fold([row("FAILED", 0)])
    small.connection.execute("UPDATE subjects SET presence = 'off'")
    small.fold([row("FAILED", 0, seen=2, note="mark", workflow="SUPPRESSED")])
    assert (small.one()["presence"], small.one()["suppressed"]) == ("off", True)
    small.fold([row("FAILED", 21)])
    assert small.one()["presence"] == "present"


# --- what it leaves ---------------------------------------------------------------------------------------------------


def test_it_leaves_the_columns_of_the_tables_and_can_be_run_again(small: Small) -> None:
    small._fill("incoming", [[row("FAILED")[name] for name in FINDINGS.names if name != "misses"]])
    small._hold("SELECT subject FROM incoming")
    for _ in range(2):
        fold.fold(small.connection, version=1, at=NOON)
        assert small.out() == (1, 1, 1)
    for table in (FINDINGS, SUBJECTS):
        told = small.query(f"SELECT column_name FROM (DESCRIBE out_{table.name})")
        assert tuple(name for (name,) in told) == table.names


def test_the_cube_follows_what_changes(small: Small) -> None:
    small.connection.execute("INSERT INTO waived VALUES (?, 'suppress')", [subject(resource="b2")])
    small.connection.execute("INSERT INTO waived VALUES (?, 'visible')", [subject(resource="b3")])
    small.fold([row("FAILED", 0, resource=name) for name in ("b1", "b2", "b3")])
    small.fold([row("PASSED", 30, resource="b3"), row("FAILED", 30, resource="b1", workflow="SUPPRESSED")])
    check_cube(small)
    kept = small.query(
        "SELECT status, suppressed, waived, visible, sum(n) FROM cube GROUP BY ALL HAVING sum(n) <> 0 ORDER BY ALL"
    )
    assert kept == [
        ("FAILED", False, True, False, 1), ("FAILED", True, False, False, 1), ("PASSED", False, True, True, 1),
    ]  # fmt: skip


def test_the_state_of_any_version_is_in_the_transitions(small: Small) -> None:
    for at, status in enumerate(["FAILED", "PASSED", "WARNING"], start=1):
        small.fold([row(status, at)])
    told = [small.connection.execute(fold.STATE_AT, {"version": version}).fetchall() for version in (0, 1, 2, 3)]
    assert [[one[7] for one in some] for some in told] == [[], ["FAILED"], ["PASSED"], ["WARNING"]]
