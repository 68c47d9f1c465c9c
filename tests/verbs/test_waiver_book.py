"""The book of waivers: where each stands by which approvals, and what matching is to look for."""

import datetime as dt
from dataclasses import replace

from hubposture.ledger.ledger import SqlLedger
from hubposture.verbs.waiver_book import digest_now, matching_rules, rule_of, sentence
from hubposture.waivers.digest import digest
from hubposture.waivers.standing import Confirmation, State, Verdict
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SubjectSet, SystemOfApproval
from lake.lake_world import ACCOUNTS_
from verbs.waivers_made import EXPIRES, TODAY, approval, book_of, granted, site, waiver

LATE = dt.datetime(2026, 11, 23, 23, 30)
"""Half an hour before midnight UTC: the next day in Berlin."""
GIT = SystemOfApproval.GIT


def review(one: str, bound_to: str, **more: object) -> Confirmation:
    """A review that approved, merged late in the evening."""
    plain = Confirmation(one, bound_to, GIT, "41", "lee@example.com", Verdict.APPROVED, EXPIRES, LATE)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_waivers_stand_in_the_order_of_their_ids_each_by_its_own_approvals() -> None:
    found = book_of(waiver("W-2"), granted(waiver("W-1"), site()))
    assert [(one.waiver.id, one.state) for one in found.standings] == [
        ("W-1", State.HOLDING),
        ("W-2", State.UNAPPROVED),
    ]
    standing = found.named("W-1")
    assert standing is not None
    assert standing.subjects.subjects == (site(),)
    assert found.named("W-9") is None


# Reviews


def test_a_review_approves_without_an_entry_in_the_file_from_the_day_of_its_merge_in_the_organizations_zone() -> None:
    one, subjects = waiver(), SubjectSet((site(),))
    bound_to = digest(one, one.expires, to_text(subjects))
    found = book_of((one, subjects), record=GIT, confirmations=[review("W-1", bound_to)])
    (standing,) = found.standings
    assert standing.state is State.HOLDING
    assert standing.approval is not None
    assert (standing.approval.by, standing.approval.number, standing.approval.on) == ("lee@example.com", "41", TODAY)


def test_a_review_of_another_waiver_of_another_text_or_that_did_not_approve_is_none() -> None:
    one, subjects = waiver(), SubjectSet((site(),))
    bound_to = digest(one, one.expires, to_text(subjects))
    for wrong in (
        review("W-2", bound_to),
        review("W-1", "sha256:" + "0" * 64),
        review("W-1", bound_to, verdict=Verdict.WITHDRAWN),
        review("W-1", bound_to, system=SystemOfApproval.SERVICENOW),
        review("W-1", bound_to, by="kim@example.com"),
    ):
        (standing,) = book_of((one, subjects), record=GIT, confirmations=[wrong]).standings
        assert not standing.state.holds, wrong


def test_reviews_count_for_nothing_where_the_files_are_the_record() -> None:
    one, subjects = waiver(), SubjectSet((site(),))
    said = review("W-1", digest(one, one.expires, to_text(subjects)))
    assert book_of((one, subjects), confirmations=[said]).standings[0].state is State.UNAPPROVED


# Rules


def test_what_does_not_hold_is_looked_for_as_well_so_that_a_decision_can_say_why() -> None:
    rules = matching_rules(book_of(waiver("W-2"), granted(waiver("W-1"), site())), None, "main")
    assert [(one.waiver, one.holds, one.why) for one in rules] == [
        ("W-1", True, ""),
        ("W-2", False, "nobody has approved it"),
    ]
    assert rules[0].approved == {site().key}
    assert rules[0].days == (EXPIRES - TODAY).days + 1


def test_accounts_are_those_at_approval_and_not_those_of_today() -> None:
    one = waiver(ous=("/Work",))
    (rule,) = matching_rules(book_of(granted(one, site(), accounts=[ACCOUNTS_[1]])), None, "main")
    assert rule.accounts == {ACCOUNTS_[1]}


def test_only_what_came_into_being_after_approval_and_the_last_decision_may_be_taken_in(books: SqlLedger) -> None:
    plain, wide = granted(waiver("W-1"), site()), granted(waiver("W-2", covers_new=2), site())
    found = book_of(plain, wide)
    rules = {one.waiver: one for one in matching_rules(found, books, "main")}
    assert (rules["W-1"].new_since, rules["W-1"].covers_new) == (None, 0)
    approved_on = dt.datetime.combine(TODAY - dt.timedelta(days=1), dt.time())
    assert (rules["W-2"].new_since, rules["W-2"].covers_new) == (approved_on, 2)
    decided = dt.datetime(2026, 11, 24, 9)
    books.put_decided("main", ["W-2"], decided)
    books.admit("main", "W-2", [site(7).key], decided)
    books.admit("other", "W-2", [site(8).key], decided)
    (rule,) = [one for one in matching_rules(found, books, "main") if one.waiver == "W-2"]
    assert (rule.new_since, rule.admitted) == (decided, {site(7).key})
    books.put_decided("main", ["W-2"], dt.datetime(2026, 11, 1))
    assert matching_rules(found, books, "main")[1].new_since == decided


def test_a_waiver_that_nobody_approved_takes_nothing_in() -> None:
    (standing,) = book_of(waiver(covers_new=5)).standings
    assert rule_of(standing, frozenset(), dt.datetime(2026, 11, 24)).new_since is None


# Words


def test_the_digest_now_is_that_of_the_file_and_of_the_set_that_lies_beside_it() -> None:
    one, subjects = waiver(), SubjectSet((site(),))
    assert digest_now(one, {"W-1.subjects": subjects}) == approval(one, subjects).digest
    assert digest_now(one, {"W-2.subjects": subjects}) == approval(one, SubjectSet(())).digest


def test_the_sentence_of_a_note_says_why_and_whose_word_that_is() -> None:
    (holding, without) = book_of(granted(waiver("W-1"), site()), waiver("W-2")).standings
    assert sentence(holding) == "Public on purpose. Approved by lee@example.com, CHG-7"
    assert sentence(without) == "Public on purpose"
    (bare,) = book_of(granted(waiver(), site(), number="")).standings
    assert sentence(bare) == "Public on purpose. Approved by lee@example.com"
    found = granted(waiver(), site(), system=SystemOfApproval.PROVISIONAL, by="", number="")
    (provisional,) = book_of(found).standings
    assert provisional.state is State.PROVISIONAL
    assert sentence(provisional) == "Public on purpose. Provisional, to be justified by team-web"
