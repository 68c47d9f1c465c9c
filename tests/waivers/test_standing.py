import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.waivers.standing import (
    ApprovalRules,
    Confirmation,
    Standing,
    State,
    Verdict,
    end_of,
    standing,
)
from hubposture.waivers.waiver import (
    Approval,
    Effect,
    Revocation,
    SubjectName,
    SubjectSet,
    SystemOfApproval,
    Waiver,
)
from waivers.files_world import BERLIN, BUCKET, SET, SETS, SUBJECTS, approval, approved, day, waiver

UNKNOWN_EDIT = (
    "it is not what was approved: its id, controls, criteria, dates, covers_new, effect or the approved set "
    "W-2026-014.subjects were edited"
)
NOW = SystemOfApproval.SERVICENOW
BY_RECORD = ApprovalRules(record=NOW)


def on(
    text: str,
    of: Waiver,
    *,
    rules: ApprovalRules = ApprovalRules(),  # noqa: B008 - frozen
    said: Sequence[Confirmation] = (),
    sets: dict[str, SubjectSet] = SETS,
    zone: ZoneInfo = BERLIN,
) -> Standing:
    return standing(of, sets, today=day(text), zone=zone, rules=rules, confirmations=said)


def confirmation(
    of: Approval, verdict: Verdict = Verdict.APPROVED, *, until: str = "", by: str = "lee@example.com", at: int = 1
) -> Confirmation:
    return Confirmation(
        waiver="W-2026-014", digest=of.digest, system=NOW, number="PER0010042", by=by, verdict=verdict,
        until=day(until) if until else of.until, checked_at=dt.datetime(2026, 11, at),
    )  # fmt: skip


def provisional(of: Waiver, **given: str) -> Approval:
    return approval(of, system=SystemOfApproval.PROVISIONAL, by="kim@example.com", **given)  # type: ignore[arg-type]  # texts only


# Dates and zones


def test_an_approved_waiver_holds_from_its_first_day_through_its_last() -> None:
    of = approved(waiver())
    days = ["2026-11-01", "2026-11-02", "2027-05-01", "2027-05-02"]
    early = replace(of, approvals=(approval(of, on="2026-10-20"),))
    states = [State.NOT_YET, State.HOLDING, State.HOLDING, State.EXPIRED]
    assert [on(one, early).state for one in days] == states
    found = on("2026-11-24", of)
    assert (found.approval, found.subjects, found.until) == (of.approvals[0], SUBJECTS, day("2027-05-01"))
    assert (found.why, found.asked_until) == ("", None)
    assert on("2026-11-01", early).why == "it is valid from 2026-11-02 on"
    assert on("2027-05-02", of).why == "it expired on 2027-05-01"
    assert on("2027-05-02", of).approval == of.approvals[0]


@pytest.mark.parametrize(
    ("zone", "last", "moment"),
    [
        ("Europe/Berlin", "2027-05-01", dt.datetime(2027, 5, 1, 22)),
        ("Europe/Berlin", "2027-01-01", dt.datetime(2027, 1, 1, 23)),
        ("Pacific/Auckland", "2027-05-01", dt.datetime(2027, 5, 1, 12)),
        ("America/Los_Angeles", "2027-05-01", dt.datetime(2027, 5, 2, 7)),
        ("UTC", "9999-12-31", dt.datetime(9998, 12, 31)),
    ],
)
def test_it_ends_with_its_last_day_in_the_zone_of_the_organization(zone: str, last: str, moment: dt.datetime) -> None:
    assert end_of(day(last), ZoneInfo(zone)) == moment


def test_what_expired_yesterday_in_auckland_holds_today_in_los_angeles() -> None:
    of = approved(waiver(expires=day("2026-11-23")))
    now = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
    found = {}
    for name in ("Pacific/Auckland", "America/Los_Angeles"):
        zone = ZoneInfo(name)
        there = on(now.astimezone(zone).date().isoformat(), of, zone=zone)
        found[name] = (there.state, there.ends_at > now.replace(tzinfo=None))
    assert found == {
        "Pacific/Auckland": (State.EXPIRED, False),
        "America/Los_Angeles": (State.HOLDING, True),
    }


@given(
    st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    st.sampled_from(["Europe/Berlin", "Asia/Beirut", "Pacific/Apia"]),
)
def test_the_end_of_a_day_is_the_first_moment_that_has_another_date_there(last: dt.date, name: str) -> None:
    zone = ZoneInfo(name)
    end = end_of(last, zone).replace(tzinfo=dt.UTC)
    assert end.astimezone(zone).date() == last + dt.timedelta(days=1)
    assert (end - dt.timedelta(microseconds=1)).astimezone(zone).date() == last


# What was approved


def test_without_an_approval_nothing_is_excused() -> None:
    found = on("2026-11-24", waiver())
    assert (found.state, found.why) == (State.UNAPPROVED, "nobody has approved it")
    assert (found.approval, found.subjects.subjects) == (None, ())
    assert (found.until, found.ends_at) == (day("2027-05-01"), dt.datetime(2027, 5, 1, 22))


def test_a_moved_end_is_asked_for_while_the_approval_goes_on_to_its_own() -> None:
    of = replace(approved(waiver()), expires=day("2027-08-01"))
    found = on("2027-05-01", of)
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2027-05-01"), day("2027-08-01"))
    after = on("2027-05-02", of)
    assert (after.state, after.asked_until) == (State.EXPIRED, day("2027-08-01"))
    assert after.why == "its approval ended on 2027-05-01; 2027-08-01 is not approved"


def test_an_entry_that_names_no_end_was_given_for_the_end_of_then() -> None:
    moved = replace(approved(waiver()), expires=day("2027-08-01"))
    unnamed = replace(moved, approvals=(replace(moved.approvals[0], until=moved.expires),))
    found = on("2027-05-01", unnamed)
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2027-05-01"), day("2027-08-01"))


def test_an_entry_cannot_be_edited_to_hold_longer_than_was_approved() -> None:
    of = waiver()
    longer = replace(of, approvals=(replace(approval(of), until=day("2027-12-31")),), expires=day("2027-12-31"))
    assert on("2027-05-01", longer).until == day("2027-05-01")
    assert on("2027-05-02", longer).state is State.EXPIRED


def test_an_earlier_end_always_counts() -> None:
    found = on("2026-11-24", replace(approved(waiver()), expires=day("2026-12-31")))
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2026-12-31"), None)


def test_an_approver_may_grant_less_than_was_asked_for() -> None:
    of = waiver()
    less = replace(of, approvals=(replace(approval(of), until=day("2027-01-31")),))
    found = on("2026-11-24", less)
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2027-01-31"), None)
    assert on("2027-02-01", less).state is State.EXPIRED


def test_of_two_approvals_the_longer_counts_and_of_equals_the_newer() -> None:
    of = waiver()
    wider = SubjectSet((*SUBJECTS.subjects, SubjectName("111122223333", "eu-west-1", "s3.8", BUCKET)))
    second = replace(approval(of, subjects=wider, on="2026-11-10"), subjects="second.subjects")
    sets = {SET: SUBJECTS, "second.subjects": wider}
    assert on("2026-11-24", approved(of, approval(of), second), sets=sets).subjects == wider
    longer = replace(of, expires=day("2027-08-01"))
    both = approved(longer, approval(longer), replace(second, until=day("2027-05-01")))
    assert on("2026-11-24", both, sets=sets).subjects == SUBJECTS


@pytest.mark.parametrize("by", ["kim@example.com", " KIM@Example.com"])
def test_the_requesters_own_approval_counts_for_nothing(by: str) -> None:
    found = on("2026-11-24", approved(waiver(), approval(waiver(), by=by)))
    assert found.state is State.UNAPPROVED
    assert "somebody else must approve" in found.why


def test_an_entry_that_names_nobody_counts_for_nothing_by_itself() -> None:
    of = approved(waiver(), approval(waiver(), system=SystemOfApproval.GIT, by=""))
    assert (on("2026-11-24", of).state, on("2026-11-24", of).why) == (State.UNAPPROVED, "its approval names nobody")


def test_an_approval_of_tomorrow_does_not_count_today() -> None:
    of = approved(waiver(), approval(waiver(), on="2026-11-25"))
    assert on("2026-11-24", of).state is State.UNAPPROVED
    assert on("2026-11-25", of).state is State.HOLDING


@pytest.mark.parametrize(
    ("edited", "why"),
    [
        (waiver(effect=Effect.VISIBLE), "its effect was suppress when it was approved"),
        (waiver(covers_new=5), "its covers_new was 0 when it was approved"),
        (waiver(valid_from=day("2026-10-02")), "its valid_from was 2026-11-02 when it was approved"),
        (
            waiver(criteria=replace(waiver().criteria, resources=("arn:*", *waiver().criteria.resources))),
            "arn:* was added to its resources after it was approved",
        ),
        (
            waiver(criteria=replace(waiver().criteria, tags=(("env", "*"), ("team", "web")))),
            "its tags were added after it was approved",
        ),
        (
            waiver(criteria=replace(waiver().criteria, accounts=("111122223333",))),
            UNKNOWN_EDIT,
        ),
    ],
)
def test_an_edited_waiver_is_not_what_was_approved_and_says_what_was_edited(edited: Waiver, why: str) -> None:
    found = on("2026-11-24", replace(edited, approvals=(approval(waiver()),)))
    assert (found.state, found.why) == (State.CHANGED, why)
    assert (found.approval, found.subjects.subjects) == (None, ())


def test_a_set_that_is_missing_or_altered_approves_nothing() -> None:
    of = approved(waiver())
    missing = on("2026-11-24", of, sets={})
    assert missing.state is State.CHANGED
    assert missing.why == "its approved set W-2026-014.subjects is missing or cannot be read"
    more = SubjectSet((*SUBJECTS.subjects, SubjectName("111122223333", "us-east-1", "s3.8", BUCKET)))
    altered = on("2026-11-24", of, sets={SET: more})
    assert altered.state is State.CHANGED
    assert altered.why == f"111122223333 us-east-1 s3.8 {BUCKET} was added to its approved set after it was approved"
    moved = on("2026-11-24", of, sets={SET: replace(SUBJECTS, accounts=("111122223333",))})
    assert moved.why == "accounts were added to its approved set after it was approved"


def test_text_that_is_not_bound_may_be_corrected() -> None:
    assert on("2026-11-24", replace(approved(waiver()), reason="Clearer", owner="team-x")).state is State.HOLDING


# The longest time


def test_it_holds_at_most_max_days_from_its_approval_on() -> None:
    of = approved(waiver(expires=day("2028-05-01")))
    found = on("2027-11-02", of)
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2027-11-02"), None)
    after = on("2027-11-03", of)
    assert (after.state, after.until) == (State.EXPIRED, day("2027-11-02"))
    assert after.why == "the longest it may hold, 365 days from its approval on 2026-11-02, is over"


def test_an_unapproved_waiver_asks_for_at_most_max_days_from_its_first_day() -> None:
    assert on("2026-11-24", waiver(expires=day("2028-05-01"))).until == day("2027-11-02")


# Provisional


def test_a_provisional_waiver_holds_for_a_limited_time_even_if_the_requester_wrote_it() -> None:
    of = approved(waiver(), provisional(waiver()))
    rules = ApprovalRules(provisional_days=90, record=NOW)
    found = on("2027-01-31", of, rules=rules)
    assert (found.state, found.until) == (State.PROVISIONAL, day("2027-01-31"))
    over = on("2027-02-01", of, rules=rules)
    assert (over.state, over.why) == (
        State.EXPIRED,
        "it held provisionally until 2027-01-31, and nobody has approved it",
    )
    none = on("2026-11-24", of, rules=ApprovalRules(provisional_days=0))
    assert none.state is State.UNAPPROVED


def test_an_approval_counts_before_a_provisional_entry_and_the_entry_goes_on_behind_it() -> None:
    of = waiver()
    both = approved(of, replace(approval(of), until=day("2026-12-01")), provisional(of))
    assert on("2026-12-01", both).state is State.HOLDING
    assert on("2026-12-02", both).state is State.PROVISIONAL


def test_what_was_asked_for_says_more_than_a_provisional_entry_that_is_over() -> None:
    of = waiver()
    both = approved(of, approval(of, system=NOW, number="PER0010042"), provisional(of))
    assert on("2027-03-01", both, rules=BY_RECORD).state is State.UNCONFIRMED


# Systems of record


def test_an_entry_counts_only_once_the_system_of_record_has_confirmed_it() -> None:
    of = approved(waiver(), approval(waiver(), system=NOW, number="PER0010042"))
    assert on("2026-11-24", of).state is State.HOLDING, "with `file` the entry counts as it is"
    waiting = on("2026-11-24", of, rules=BY_RECORD)
    assert (waiting.state, waiting.why) == (State.UNCONFIRMED, "servicenow has not confirmed PER0010042 yet")
    assert on("2026-11-24", of, rules=BY_RECORD, said=[confirmation(of.approvals[0])]).state is State.HOLDING


@pytest.mark.parametrize(
    "wrong",
    [{"waiver": "W-2026-015"}, {"digest": "sha256:" + "0" * 64}, {"system": SystemOfApproval.GIT}],
)
def test_a_confirmation_of_anything_else_confirms_nothing(wrong: dict[str, object]) -> None:
    of = approved(waiver(), approval(waiver(), system=NOW, number="PER0010042"))
    other = replace(confirmation(of.approvals[0]), **wrong)  # type: ignore[arg-type]  # one field each
    assert on("2026-11-24", of, rules=BY_RECORD, said=[other]).state is State.UNCONFIRMED


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.REJECTED, State.REJECTED),
        (Verdict.WITHDRAWN, State.WITHDRAWN),
        (Verdict.CHANGES_REQUESTED, State.UNAPPROVED),
    ],
)
def test_the_last_word_of_the_system_counts(verdict: Verdict, state: State) -> None:
    of = approved(waiver(), approval(waiver(), system=NOW, number="PER0010042"))
    first, last = confirmation(of.approvals[0], at=3), confirmation(of.approvals[0], verdict, at=20)
    found = on("2026-11-24", of, rules=BY_RECORD, said=[last, first])
    assert (found.state, found.why) == (state, f"{verdict} by lee@example.com in servicenow PER0010042")
    assert found.approval is None
    again = replace(first, checked_at=dt.datetime(2026, 11, 22))
    assert on("2026-11-24", of, rules=BY_RECORD, said=[again, last]).state is State.HOLDING


def test_the_system_may_shorten_and_names_the_approver_and_the_number() -> None:
    of = approved(waiver(), approval(waiver(), by="somebody"))
    found = on("2026-11-24", of, rules=BY_RECORD, said=[confirmation(of.approvals[0], until="2027-01-31")])
    assert (found.state, found.until, found.asked_until) == (State.HOLDING, day("2027-01-31"), None)
    assert found.approval is not None
    assert (found.approval.by, found.approval.number) == ("lee@example.com", "PER0010042")
    later = on("2026-11-24", of, rules=BY_RECORD, said=[confirmation(of.approvals[0], until="2028-01-31")])
    assert later.until == day("2027-05-01")


def test_the_requester_cannot_approve_in_the_system_of_record_either() -> None:
    of = approved(waiver(), approval(waiver()))
    said = [confirmation(of.approvals[0], by="Kim@example.com")]
    assert on("2026-11-24", of, rules=BY_RECORD, said=said).state is State.UNAPPROVED


# Revocation


def test_a_revoked_waiver_holds_no_more_from_that_day_on() -> None:
    of = replace(approved(waiver()), revoked=Revocation(day("2027-01-15"), "lee@example.com", "The site is gone"))
    before = on("2027-01-14", of)
    assert (before.state, before.until, before.asked_until) == (State.HOLDING, day("2027-01-14"), None)
    after = on("2027-01-15", of)
    assert (after.state, after.until) == (State.REVOKED, day("2027-01-14"))
    assert after.why == "revoked on 2027-01-15 by lee@example.com: The site is gone"
    assert after.ends_at == dt.datetime(2027, 1, 14, 23)


# Whatever is given

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "expires": st.sampled_from(["2026-11-30", "2027-05-01", "2027-08-01", "2029-01-01"]).map(day),
        "effect": st.sampled_from(Effect),
        "covers_new": st.sampled_from([0, 1]),
        "revoked": st.none() | st.just(Revocation(day("2027-01-15"), "lee", "gone")),
    },
)
ENTRIES = st.lists(
    st.builds(
        approval, st.just(waiver()), system=st.sampled_from(SystemOfApproval),
        by=st.sampled_from(["lee@example.com", "kim@example.com", ""]), on=st.sampled_from(["2026-11-02", "2026-12-01"]),
    ),
    max_size=3,
)  # fmt: skip


@given(CHANGES, ENTRIES, st.dates(day("2026-10-01"), day("2028-01-01")), st.sampled_from(["file", "servicenow"]))
def test_it_never_holds_beyond_what_was_approved(
    changes: dict[str, object], entries: list[Approval], today: dt.date, record: str
) -> None:
    of = replace(waiver(), approvals=tuple(entries), **changes)  # type: ignore[arg-type]  # fields of a waiver
    rules = ApprovalRules(record=SystemOfApproval(record), max_days=100, provisional_days=30)
    said = [confirmation(entries[0])] if entries else []
    found = standing(of, SETS, today=today, zone=BERLIN, rules=rules, confirmations=said)
    assert found.ends_at == end_of(found.until, BERLIN)
    if not found.state.holds:
        assert found.why
        return
    assert found.approval is not None
    assert of.valid_from <= today <= found.until <= min(of.expires, day("2027-05-01"))
    assert (found.until - found.approval.on).days <= (30 if found.state is State.PROVISIONAL else 100)
    assert (of.effect, of.covers_new) == (Effect.SUPPRESS, 0)
    assert found.state is State.PROVISIONAL or found.approval.by == "lee@example.com"
    assert of.revoked is None or today < of.revoked.on
