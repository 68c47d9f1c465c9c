"""What work sees of a version."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.lake.working import work_of
from hubposture.work.subject import Standing, Subject
from lake.lists_world import DATA, DAY, PROD, days_ago, lake, put, seen, subject
from lake.test_lists import undone

Connection = duckdb.DuckDBPyConnection
UNKNOWN, REQUIRED_NO_MORE = Standing.UNKNOWN, Standing.NOT_REQUIRED


@pytest.fixture(scope="module")
def opened() -> Iterator[Connection]:
    with lake() as made:
        made.execute("UPDATE targets SET swept_at = ?", [days_ago(1)])
        made.execute("UPDATE wishes SET due_days = 30 WHERE control = 's3.8'")
        made.execute("UPDATE controls SET url = 'https://aws/S3.8/remediation' WHERE control = 's3.8'")
        yield made


@pytest.fixture
def connection(opened: Connection) -> Iterator[Connection]:
    with undone(opened):
        yield opened


def work(connection: Connection, *tracked: str) -> dict[str, Subject]:
    found = work_of(seen(connection), tracked)
    assert [one.subject for one in found] == sorted({one.subject for one in found})
    return {one.subject: one for one in found}


def stood(connection: Connection, **values: Any) -> tuple[Standing, str]:
    """How a subject of a ticket stands, and why."""
    one = work(connection, subject(connection, "k1", **values))["k1"]
    return one.standing, one.why


def waive(connection: Connection, key: str = "k1", effect: str = "suppress") -> None:
    put(connection, "decisions", subject=key, waiver="W-1", until=days_ago(-30), effect=effect)


def sight(connection: Connection, sight: str, because: str = "", *, wishes: str = "") -> None:
    connection.execute("UPDATE targets SET sight = ?, because = ?, wishes = ?", [sight, because, wishes])


def test_an_obligation_that_fails_is_told_with_all_that_a_ticket_says_of_it(connection: Connection) -> None:
    subject(connection, "k1", returns=2, last_passed_at=days_ago(20))
    assert work(connection)["k1"] == Subject(
        subject="k1",
        account=PROD,
        account_shown=f"acme-web-prod ({PROD})",
        region="eu-central-1",
        control="s3.8",
        shown="S3.8",
        title="Buckets block public access",
        url="https://aws/S3.8/remediation",
        resource="arn:aws:s3:::k1",
        resource_type="AwsS3Bucket",
        severity="CRITICAL",
        standing=Standing.FAILING,
        owner="team-storage",
        is_team=True,
        failing_since=days_ago(10),
        last_passed_at=days_ago(20),
        changed_at=days_ago(10),
        seen_at=days_ago(1),
        returns=2,
        due_days=30,
    )
    assert work(connection)["k1"].due == (DAY + dt.timedelta(days=20)).date()


def test_what_is_no_open_obligation_is_told_only_where_a_ticket_has_it(connection: Connection) -> None:
    subject(connection, "k1")
    for number, values in enumerate(
        (
            {"status": "PASSED"},
            {"status": "WARNING"},
            {"presence": "gone"},
            {"presence": "lost"},
            {"presence": "off"},
            {"control": "ec2.2"},
            {"control": "unknown.1"},
            {"kind": "other", "control": ""},
        )
    ):
        subject(connection, f"no{number}", **values)
    subject(connection, "waived")
    waive(connection, "waived")
    assert set(work(connection)) == {"k1"}
    assert set(work(connection, "no0", "no3", "no7", "waived", "nowhere", "k1")) == {"k1", "no0", "no3", "waived"}


def test_owners_are_those_of_the_chain_with_names_that_no_team_has(connection: Connection) -> None:
    connection.execute("UPDATE wishes SET owner = ''")
    put(connection, "tags", tagset="t9", tag="owner", value="kim")
    subject(connection, "k1", tagset="t9")
    subject(connection, "k2", account=DATA)
    subject(connection, "k3", account="999999999999")
    found = work(connection, "k3")
    owners = {key: (one.owner, one.is_team) for key, one in found.items()}
    assert owners == {"k1": ("kim", False), "k2": ("data", True), "k3": ("", False)}
    assert found["k3"].account_shown == "999999999999"


def test_one_that_fails_is_failing_also_while_the_last_sweep_did_not_see_it(connection: Connection) -> None:
    assert stood(connection, presence="unsure") == (Standing.FAILING, "")


def test_one_that_fails_where_the_target_cannot_be_read_is_failing_as_its_findings_say(connection: Connection) -> None:
    sight(connection, "unreadable", "denied", wishes="w1")
    assert stood(connection) == (Standing.FAILING, "")


def test_one_that_passes_has_passed_also_where_a_waiver_covers_it(connection: Connection) -> None:
    waive(connection)
    assert stood(connection, status="PASSED") == (Standing.PASSED, "")
    assert work(connection, "k1")["k1"].due is None


def test_what_passed_before_it_was_out_of_sight_is_unknown(connection: Connection) -> None:
    assert stood(connection, status="PASSED", presence="unsure") == (UNKNOWN, "the last sweep did not see it")
    assert work(connection, subject(connection, "k2", status="PASSED", presence="lost"))["k2"].why == "lost sight"


@pytest.mark.parametrize("effect", ["suppress", "visible"])
@pytest.mark.parametrize("values", [{}, {"status": "WARNING"}, {"presence": "lost"}, {"presence": "unsure"}])
def test_one_that_a_waiver_covers_is_waived_until_it_ends(
    connection: Connection, effect: str, values: dict[str, str]
) -> None:
    waive(connection, effect=effect)
    assert stood(connection, **values) == (Standing.WAIVED, "")
    one = work(connection, "k1")["k1"]
    assert (one.waiver, one.until) == ("W-1", days_ago(-30))


def test_one_that_is_gone_is_gone_whatever_else_is_said(connection: Connection) -> None:
    waive(connection)
    sight(connection, "lost", "the account left the organization")
    assert stood(connection, presence="gone") == (Standing.GONE, "")


def test_one_whose_row_wants_something_else_is_no_longer_required(connection: Connection) -> None:
    assert stood(connection, control="ec2.2") == (REQUIRED_NO_MORE, "its row says monitor")
    assert work(connection, "k1")["k1"].severity == "HIGH"


@pytest.mark.parametrize("values", [{"presence": "off"}, {"status": "WARNING"}, {"presence": "lost"}])
def test_what_its_row_says_is_known_whatever_is_seen(connection: Connection, values: dict[str, str]) -> None:
    connection.execute("UPDATE wishes SET disposition = 'siem', in_force = FALSE")
    assert stood(connection, **values) == (REQUIRED_NO_MORE, "its row says siem")


def test_one_whose_row_is_gone_is_no_longer_required(connection: Connection) -> None:
    assert stood(connection, control="iam.4") == (REQUIRED_NO_MORE, "no row asks for it there")
    sight(connection, "seen")
    assert work(connection, "k1")["k1"].why == "no row asks for it there"


def test_one_whose_row_is_not_in_force_yet_is_no_longer_required(connection: Connection) -> None:
    connection.execute("UPDATE wishes SET in_force = FALSE")
    assert stood(connection) == (REQUIRED_NO_MORE, "its row is not in force there")


def test_one_that_somebody_switched_off_while_its_row_enforces_it_is_unknown(connection: Connection) -> None:
    assert stood(connection, presence="off") == (UNKNOWN, "switched off there, though its row says enforce")


@pytest.mark.parametrize("wishes", ["", "w1"])
@pytest.mark.parametrize("presence", ["lost", "present"])
@pytest.mark.parametrize("status", ["PASSED", "FAILED"])
def test_lost_sight_is_never_taken_for_an_end(connection: Connection, wishes: str, presence: str, status: str) -> None:
    sight(connection, "lost", "Config records nothing", wishes=wishes)
    standing, why = stood(connection, presence=presence, status=status)
    if presence == "lost":
        assert (standing, why) == (UNKNOWN, "lost sight: Config records nothing")
    elif status == "PASSED":
        assert standing is Standing.PASSED
    elif wishes:
        assert standing is Standing.FAILING
    else:
        assert (standing, why) == (UNKNOWN, "its target is not seen: Config records nothing")


@pytest.mark.parametrize("where", ["closed", "unreadable", "lost"])
def test_where_a_target_is_not_seen_missing_wishes_say_nothing(connection: Connection, where: str) -> None:
    sight(connection, where)
    assert stood(connection) == (UNKNOWN, "its target is not seen")
    assert work(connection, subject(connection, "k2", presence="off"))["k2"].why == "its target is not seen"
    assert work(connection, subject(connection, "k3", region="ap-south-1"))["k3"].standing is UNKNOWN


def test_an_account_that_left_is_named_where_its_target_says_nothing(connection: Connection) -> None:
    connection.execute("DELETE FROM targets")
    connection.execute("UPDATE accounts SET state = 'suspended'")
    assert stood(connection, presence="lost") == (UNKNOWN, "lost sight: the account is suspended")


@pytest.mark.parametrize("status", ["WARNING", "NOT_AVAILABLE"])
def test_what_the_check_could_not_measure_is_unknown(connection: Connection, status: str) -> None:
    assert stood(connection, status=status) == (UNKNOWN, f"the check says {status}")


def test_a_check_that_says_nothing_is_unknown(connection: Connection) -> None:
    assert stood(connection, status="") == (UNKNOWN, "the check says nothing")


def test_a_long_reason_is_cut(connection: Connection) -> None:
    sight(connection, "lost", "x" * 5000)
    assert stood(connection, presence="lost") == (UNKNOWN, "lost sight: " + "x" * 200)


ONE = st.fixed_dictionaries(
    {
        "presence": st.sampled_from(["present", "unsure", "gone", "off", "lost"]),
        "status": st.sampled_from(["FAILED", "PASSED", "WARNING", "NOT_AVAILABLE", ""]),
        "control": st.sampled_from(["s3.8", "ec2.2", "iam.4"]),
        "region": st.sampled_from(["eu-central-1", "us-east-1", "ap-south-1"]),
        "account": st.sampled_from([PROD, DATA, "999999999999"]),
    }
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(ONE, st.booleans(), st.booleans()), min_size=1, max_size=8),
    st.sampled_from(["seen", "unreadable", "lost", "closed"]),
    st.sampled_from(["", "w1"]),
    st.sampled_from([True, False]),
)
def test_every_subject_has_one_standing_and_none_out_of_sight_is_ended_by_that(
    opened: Connection, drawn: list[tuple[dict[str, str], bool, bool]], where: str, wishes: str, force: bool
) -> None:
    with undone(opened):
        sight(opened, where, wishes=wishes)
        opened.execute("UPDATE wishes SET in_force = ? WHERE control = 's3.8'", [force])
        for number, (values, is_waived, _) in enumerate(drawn):
            subject(opened, f"k{number}", **values)
            if is_waived:
                waive(opened, f"k{number}")
        tracked = {f"k{number}" for number, (_, _, is_tracked) in enumerate(drawn) if is_tracked}
        found = work(opened, *tracked)
    assert tracked <= set(found)
    for number, (values, is_waived, is_tracked) in enumerate(drawn):
        one = found.get(f"k{number}")
        if one is None:
            continue
        assert is_tracked or one.standing is Standing.FAILING
        assert bool(one.why) == (one.standing in (UNKNOWN, REQUIRED_NO_MORE))
        assert (one.standing is Standing.GONE) == (values["presence"] == "gone")
        if one.standing is Standing.FAILING:
            assert values["status"] == "FAILED"
            assert not is_waived
        if values["presence"] in ("lost", "unsure", "off") and where != "seen" and not wishes and not is_waived:
            assert one.standing is UNKNOWN
