"""Lists under a filter: groups, pages in one total order, counts, and everything about one subject."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.lake import lists
from hubposture.lake.fields import COLUMNS, FIELDS, JOINS
from hubposture.ports.lake import Counts
from lake.lists_world import DATA, PROD, days_ago, lake, put, seen, subject, wanted

Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def opened() -> Iterator[Connection]:
    with lake() as made:
        yield made


@pytest.fixture
def connection(opened: Connection) -> Iterator[Connection]:
    with undone(opened):
        yield opened


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Whatever is written meanwhile is taken back."""
    connection.begin()
    try:
        yield
    finally:
        connection.rollback()


def keys(connection: Connection, text: str = "", **more: Any) -> list[str]:
    return [each.fields["subject"] for each in lists.page(seen(connection), wanted(text), **more)]


def test_failing_comes_first_then_severe_then_new_then_by_subject(connection: Connection) -> None:
    subject(connection, "passed", status="PASSED")
    subject(connection, "low", severity="LOW")
    subject(connection, "old", severity="CRITICAL", failing_since=days_ago(90))
    subject(connection, "new-b", severity="CRITICAL", failing_since=days_ago(1))
    subject(connection, "new-a", severity="CRITICAL", failing_since=days_ago(1))
    subject(connection, "unknown", status="WARNING", severity="CRITICAL")
    subject(connection, "duty", kind="other", control="", status="", failing_since=None, severity="MEDIUM")
    assert keys(connection) == ["new-a", "new-b", "old", "duty", "low", "unknown", "passed"]


STATES = st.tuples(
    st.sampled_from(["FAILED", "PASSED", "WARNING", ""]),
    st.sampled_from(["LOW", "HIGH", "CRITICAL", "INFORMATIONAL"]),
    st.integers(1, 3),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(STATES, max_size=12), st.integers(1, 5))
def test_pages_behind_each_other_give_every_subject_once_in_the_order_of_the_whole(
    opened: Connection, states: list[Any], limit: int
) -> None:
    with undone(opened):
        for at, (status, severity, days) in enumerate(states):
            since = days_ago(days) if status == "FAILED" else None
            subject(opened, f"k{at * 7 % 13:02}", status=status, severity=severity, failing_since=since)
        whole = keys(opened, limit=1000)
        assert sorted(whole) == sorted(f"k{at * 7 % 13:02}" for at in range(len(states)))
        read: list[str] = []
        while part := keys(opened, limit=limit, after=read[-1] if read else ""):
            assert len(part) <= limit
            read += part
        assert read == whole


def test_a_page_says_account_control_severity_owner_and_waiver_of_its_rows(connection: Connection) -> None:
    subject(connection, "a", status="PASSED")
    put(connection, "decisions", subject="a", waiver="W-1", until=dt.datetime(2027, 5, 1), effect="visible")
    put(
        connection, "waivers", waiver="W-1", state="holding", approved_by="lee", approval="git #7", reason="Public site"
    )
    (found,) = lists.page(seen(connection), wanted(""))
    expected = {
        "account_shown": f"acme-web-prod ({PROD})", "account_name": "Web", "account_alias": "acme-web-prod",
        "ou_path": "/Workloads/Prod", "control_shown": "S3.8", "control_title": "Buckets block public access",
        "severity": "INFORMATIONAL", "severity_shown": "CRITICAL", "owner": "team-storage", "disposition": "enforce",
        "obligation": True, "due_before": days_ago(30), "waiver": "W-1", "waived_until": dt.datetime(2027, 5, 1),
        "waiver_effect": "visible", "waiver_state": "holding", "waiver_approved_by": "lee", "waiver_approval": "git #7",
        "waiver_reason": "Public site", "failing_since": None, "subject": "a",
    }  # fmt: skip
    assert {name: found.fields[name] for name in expected} == expected


def test_a_subject_of_an_account_and_a_control_that_nobody_knows_is_shown_by_its_ids(connection: Connection) -> None:
    subject(connection, "a", account="999999999999", control="new.1")
    (found,) = lists.page(seen(connection), wanted("account=999999999999"))
    assert (found.fields["account_shown"], found.fields["control_shown"]) == ("999999999999", "new.1")
    assert (found.fields["severity_shown"], found.fields["disposition"]) == ("HIGH", "")


def test_only_what_is_in_sight_is_listed_unless_the_filter_names_presence(connection: Connection) -> None:
    for presence in ("present", "unsure", "gone", "off", "lost"):
        subject(connection, presence, presence=presence)
    assert sorted(keys(connection)) == ["present", "unsure"]
    assert keys(connection, "presence=lost") == ["lost"]
    assert sorted(keys(connection, "-presence=present")) == ["gone", "lost", "off", "unsure"]
    assert lists.count(seen(connection), wanted("")).subjects == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("control=S3.8", "a b c"),
        ("control=s3.* -status=PASSED", "a b"),
        ("service=iam", "d"),
        ("standard=CIS-5.0.0 account=Data", "b"),
        ("title~public region=us-*", "c"),
        ("severity=CRITICAL", "b c d"),
        ("severity<HIGH", "e"),
        ("account=acme-web-prod", "a c e"),
        (f"account={DATA}", "b d"),
        ("account~web-prod", "a c e"),
        ("ou=/Workloads", "a c e"),
        ("ou=/", "a b c d e"),
        ("ou=workloads/prod/", "a c e"),
        ("tag:owner=team-*", "a"),
        ("-tag:owner=team-web", "b c d e"),
        ("tag:owner!=team-web", "b c d e"),
        ("owner=team-storage", "a b c"),
        ("owner=data", "d"),
        ("owner=team-web", "e"),
        ("owner~team-", "a b c e"),
        ("owned=yes", "a b c d"),
        ("owned=no", "e"),
        ("resource~S3:::B", "b"),
        ("resource=arn:aws:s3:::?", "a b c d e"),
        ("product=guardduty", "e"),
        ("kind=other", "e"),
        ("disposition=enforce", "a b c"),
        ("disposition=no-row", "d e"),
        ("obligation=yes", "a b c"),
        ("overdue=yes", "b"),
        ("waiver=w-1", "d"),
        ("waiver=*", "d"),
        ("waived=no", "a b c e"),
        ("suppressed=yes", "d"),
        ("workflow=suppressed", "d"),
        ("since>30d", "b d"),
        ("since<2026-11-01", "b d"),
        ("returns>=2", "b"),
        ("seen>90d", "a b c d e"),
        ("passed<7d", "c"),
        ('"block public"', "a b c"),
        ("team OR cryptomining", "e"),
        (f"{PROD}", "a c e"),
        ("control=S99.1", ""),
        ("NOT (control=s3.8 OR kind=other)", "d"),
    ],
)  # fmt: skip
def test_every_field_finds_what_it_says(connection: Connection, text: str, found: str) -> None:
    subject(connection, "a", tagset="t1")
    subject(connection, "b", account=DATA, severity="CRITICAL", failing_since=days_ago(43), returns=2)
    subject(connection, "c", region="us-east-1", status="PASSED", last_passed_at=days_ago(1))
    subject(connection, "d", account=DATA, control="iam.4", severity="CRITICAL", failing_since=days_ago(60),
            suppressed=True, workflow="SUPPRESSED")  # fmt: skip
    subject(connection, "e", kind="other", control="", product="guardduty", title="Cryptomining seen", status="",
            failing_since=None, severity="LOW")  # fmt: skip
    put(connection, "decisions", subject="d", waiver="W-1", until=days_ago(-90))
    assert sorted(keys(connection, text)) == found.split()
    assert lists.count(seen(connection), wanted(text)).subjects == len(found.split())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("waived=yes", "hidden passing visible"),
        ("effect=visible", "visible"),
        ("effect=suppress", "hidden passing"),
        ("-effect=suppress", "nobody plain visible"),
        ("unapproved=yes", "nobody"),
        ("unapproved=no", "hidden passing plain visible"),
        ("waiver=W-2026-* effect=visible", "visible"),
    ],
)
def test_what_is_accepted_visibly_and_what_is_suppressed_without_a_waiver_is_found(
    connection: Connection, text: str, found: str
) -> None:
    subject(connection, "plain")
    subject(connection, "hidden", suppressed=True)
    subject(connection, "visible", suppressed=True)
    subject(connection, "nobody", suppressed=True)
    subject(connection, "passing", status="PASSED")
    subject(connection, "duty", kind="other", control="", status="", failing_since=None, suppressed=True)
    for key, effect in (("hidden", "suppress"), ("visible", "visible"), ("passing", "suppress")):
        put(connection, "decisions", subject=key, waiver="W-2026-014", until=days_ago(-90), effect=effect)
    assert sorted(keys(connection, f"kind=control {text}")) == found.split()
    assert keys(connection, "kind=other unapproved=yes") == []


def test_every_field_of_the_language_has_a_place_in_the_tables() -> None:
    assert COLUMNS.keys() == {*FIELDS, "subject", "account-id", "account-owner", "ou-id"}
    assert {need for columns in COLUMNS.values() for column in columns for need in column.needs} <= JOINS.keys()


def test_a_waived_subject_is_not_overdue(connection: Connection) -> None:
    subject(connection, "a", failing_since=days_ago(43))
    assert keys(connection, "overdue=yes") == ["a"]
    put(connection, "decisions", subject="a", waiver="W-1", until=days_ago(-9))
    assert keys(connection, "overdue=yes") == []


def test_what_is_not_measured_or_out_of_sight_is_no_obligation(connection: Connection) -> None:
    subject(connection, "a", status="NOT_AVAILABLE")
    subject(connection, "b", presence="off")
    subject(connection, "c", status="PASSED")
    assert keys(connection, "obligation=yes") == ["c"]
    assert keys(connection, "obligation=yes presence=off") == []


def test_overdue_goes_by_the_day_as_the_scores_do(connection: Connection) -> None:
    limit = days_ago(30)
    subject(connection, "same-day", failing_since=limit + dt.timedelta(hours=1))
    subject(connection, "next-day", failing_since=limit + dt.timedelta(days=1))
    assert keys(connection, "overdue=yes") == ["same-day"]


def test_groups_count_what_fails_where_since_when_and_what_is_waived_the_worst_first(connection: Connection) -> None:
    subject(connection, "a", failing_since=days_ago(43), suppressed=True)
    subject(connection, "b", account=DATA)
    subject(connection, "c", status="PASSED")
    subject(connection, "d", control="ec2.2", severity="MEDIUM")
    subject(connection, "e", control="iam.4", status="PASSED")
    subject(connection, "f", control="s3.8", presence="gone")
    for n in range(2):
        subject(connection, f"g{n}", kind="other", control="", product="guardduty", title="Mining", status="",
                failing_since=None, severity="CRITICAL", first_seen_at=days_ago(5))  # fmt: skip
    put(connection, "decisions", subject="a", waiver="W-1", until=days_ago(-9))
    put(connection, "decisions", subject="c", waiver="W-2", until=days_ago(-2))
    duty, s3, ec2, iam = lists.groups(seen(connection), wanted(""))
    assert (duty.control, duty.shown, duty.title, duty.failing, duty.since) == (
        "",
        "guardduty",
        "Mining",
        2,
        days_ago(5),
    )
    assert (s3.shown, s3.title, s3.severity) == ("S3.8", "Buckets block public access", "HIGH")
    assert (s3.failing, s3.subjects, s3.accounts, s3.suppressed, s3.waived) == (2, 3, 2, 1, 1)
    assert s3.waived_until == days_ago(-9)
    assert (duty.waived, duty.waived_until) == (0, None)
    assert s3.since == days_ago(43)
    assert (ec2.control, ec2.severity, ec2.accounts) == ("ec2.2", "MEDIUM", 1)
    assert (iam.control, iam.severity, iam.failing, iam.accounts, iam.since) == ("iam.4", "CRITICAL", 0, 0, None)
    assert [each.control for each in lists.groups(seen(connection), wanted(""), limit=2, offset=1)] == ["s3.8", "ec2.2"]


def test_groups_are_under_the_filter_also_where_it_needs_joins(connection: Connection) -> None:
    subject(connection, "a", failing_since=days_ago(43))
    subject(connection, "b", control="ec2.2")
    subject(connection, "c")
    for key, days in (("a", 9), ("c", 5)):
        put(connection, "decisions", subject=key, waiver="W-1", until=days_ago(-days))
    (group,) = lists.groups(seen(connection), wanted("disposition=enforce waived=yes"))
    assert (group.control, group.waived, group.waived_until) == ("s3.8", 2, days_ago(-5))
    assert lists.groups(seen(connection), wanted("control=none")) == []


def test_counting_says_how_many_and_how_many_fail(connection: Connection) -> None:
    subject(connection, "a")
    subject(connection, "b", status="PASSED")
    subject(connection, "c", kind="other", control="", status="", failing_since=None)
    assert lists.count(seen(connection), wanted("")) == Counts(3, 2)
    assert lists.count(seen(connection), wanted("control=none")) == Counts(0, 0)


def test_going_on_behind_a_subject_that_is_no_more_says_to_begin_again(connection: Connection) -> None:
    with pytest.raises(lists.NoSuchSubject, match="begin with the first page"):
        lists.page(seen(connection), wanted(""), after="x' OR 1=1 --")


def test_one_subject_is_found_whatever_its_presence(connection: Connection) -> None:
    subject(connection, "a", presence="lost")
    found = lists.item(seen(connection), "a")
    assert found is not None
    assert (found.fields["presence"], found.fields["control_shown"]) == ("lost", "S3.8")
    assert lists.item(seen(connection), "b") is None


def test_the_findings_of_a_subject_are_active_and_worst_and_newest_first(connection: Connection) -> None:
    for key, state, compliance, days in (
        ("1", "ARCHIVED", "FAILED", 1), ("2", "ACTIVE", "PASSED", 1), ("3", "ACTIVE", "FAILED", 9),
        ("4", "ACTIVE", "FAILED", 2), ("5", "ACTIVE", "WARNING", 1),
    ):  # fmt: skip
        put(connection, "findings", finding=key, subject="a", record_state=state, compliance=compliance,
            updated_at=days_ago(days))  # fmt: skip
    put(connection, "findings", finding="6", subject="b")
    assert [row["finding"] for row in lists.findings_of(connection, "a")] == ["4", "3", "5", "2", "1"]


def test_the_history_of_a_subject_is_its_transitions_oldest_first(connection: Connection) -> None:
    for version, to in ((7, "PASSED"), (3, "FAILED")):
        put(connection, "transitions", subject="a", version=version, to_status=to)
    assert [(row["version"], row["to_status"]) for row in lists.history_of(connection, "a")] == [
        (3, "FAILED"),
        (7, "PASSED"),
    ]
    assert lists.history_of(connection, "b") == []


def test_the_tags_of_a_subject_are_sorted_by_name(connection: Connection) -> None:
    put(connection, "tags", tagset="t1", tag="App", value="shop")
    assert lists.tags_of(connection, "t1") == [("App", "shop"), ("Owner", "team-web")]
    assert lists.tags_of(connection, "") == []
