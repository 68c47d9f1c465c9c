"""Rows for documents: what was found of waivers, in the words of people, with nothing left out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from hubposture.catalog import load
from hubposture.errors import Problem
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ports.findings import Suppression
from hubposture.ports.ledger import Failure
from hubposture.ports.waivers import Notice
from hubposture.reconcile.guard import Exceeded
from hubposture.verbs.waiver_book import Book, matching_rules
from hubposture.verbs.waiver_decide import Decided, Foreign
from hubposture.verbs.waiver_enforce import Step, Written
from hubposture.verbs.waiver_preview import Preview, previews
from hubposture.verbs.waiver_rows import Names, detail, enforcement, preview_row, waiver_row, waiver_rows
from hubposture.verbs.waiver_verify import Verified
from hubposture.verbs.waivers import Enforced, Outlook
from hubposture.views.waivers_rows import Enforcement, Fate, Trouble
from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Decision, ForeignRule, Memory, Verb
from hubposture.waivers.plan import change_of, planned
from hubposture.waivers.rule import Case, Fit, Judged, Tally
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import SubjectSet
from lake.lake_world import ACCOUNTS_
from verbs.waivers_made import EXPIRES, book_of, bucket, filled, granted, site, waiver
from waivers.decide_world import AROUND, COVERED, SURPLUS, case, finding, ours

NAMES = Names({ACCOUNTS_[0]: ("web-prod", "Web"), ACCOUNTS_[1]: ("", "Data")}, load())
HELD = granted(waiver(), site(1))


def seen(reader: Reader, found: Book) -> Preview:
    with reader.snapshot() as snapshot:
        (one,) = previews([], snapshot, found)
        return one


# Waivers


def test_a_waiver_that_holds_is_told_with_its_approval_and_its_numbers() -> None:
    (standing,) = book_of(HELD).standings
    tally = Tally("W-1", matched=5, within=3, failing=2, surplus=2, surplus_failing=1, missing=4)
    row = waiver_row(standing, tally, NAMES, idle=True)
    assert (row.state, row.controls, row.until, row.approved_by, row.approval) == (
        State.HOLDING, ["S3.8"], EXPIRES, "lee@example.com", "file CHG-7",
    )  # fmt: skip
    assert (row.matched, row.within, row.failing, row.surplus, row.surplus_failing, row.missing) == (5, 3, 2, 2, 1, 4)
    assert row.is_unneeded
    assert row.source == "waivers/W-1.yaml:1:1"


def test_every_waiver_of_the_baseline_is_a_row_also_one_that_was_never_matched() -> None:
    found = book_of(HELD, waiver("W-2"))
    judged = Judged(1, (), {"W-1": Tally("W-1", matched=1)}, (), 0, 0)
    rows = waiver_rows(found, judged, NAMES, ["W-2"])
    assert [(one.waiver, one.matched, one.is_unneeded, one.approved_by) for one in rows] == [
        ("W-1", 1, False, "lee@example.com"),
        ("W-2", 0, True, ""),
    ]


def test_one_in_full_says_which_of_its_approvals_it_stands_on(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    one, subjects = HELD
    stale = replace(one.approvals[0], digest="sha256:" + "0" * 64, number="CHG-1")
    found = book_of((replace(one, approvals=(stale, *one.approvals)), subjects))
    previewed = seen(reader, found)
    row = waiver_row(found.standings[0], Tally("W-1"), NAMES, idle=False)
    told = [Notice("W-1", "surplus", EXPIRES, dt.datetime(2026, 11, 24), {"owner": "team-web"}),
            Notice("W-2", "surplus", EXPIRES, dt.datetime(2026, 11, 24), {})]  # fmt: skip
    whole = detail(previewed, found, row, NAMES, told, steps=["next"])
    assert [(each.number, each.counts) for each in whole.approvals] == [("CHG-1", False), ("CHG-7", True)]
    assert (whole.set_file, whole.set_subjects) == ("W-1.subjects", 1)
    assert dict(whole.criteria)["controls"] == ["S3.8"]
    assert [(each.waiver, each.owner) for each in whole.notices] == [("W-1", "team-web")]
    assert [(each.resource, each.fit, each.is_beyond) for each in whole.subjects] == [
        (site(1).resource, Fit.COVERS, False),
        (site(2).resource, Fit.SURPLUS, True),
    ]
    assert whole.steps == ["next"]


def test_a_preview_counts_what_it_holds_what_is_missing_and_how_large_its_set_is(
    writer: Writer, reader: Reader
) -> None:
    filled(writer, bucket(2))
    row = preview_row(seen(reader, book_of(granted(waiver(), site(1), site(2)))), NAMES, steps=("next",))
    assert (row.held, row.missing, row.is_current, row.state) == (2, 1, False, State.HOLDING)
    assert row.set_bytes == len(f"{ACCOUNTS_[0]} eu-central-1 s3.8 {site(2).resource}\n")
    (subject,) = row.subjects
    assert (subject.alias, subject.name, subject.control) == ("web-prod", "Web", "S3.8")
    assert row.steps == ("next",)


def test_a_preview_of_what_nobody_approved_calls_nothing_surplus(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    row = preview_row(seen(reader, book_of(waiver())), NAMES)
    assert {(one.fit, one.is_beyond) for one in row.subjects} == {(Fit.COVERS, False)}
    assert (row.held, row.missing) == (0, 0)
    lying = preview_row(seen(reader, book_of((waiver(), SubjectSet((site(1),))))), NAMES)
    assert [(one.fit, one.is_beyond) for one in lying.subjects] == [(Fit.COVERS, False), (Fit.SURPLUS, True)]


# What was decided

RULE = ForeignRule(
    "arn:aws:securityhub:eu-central-1:1:automation-rule/1", "Suppress test buckets", "eu-central-1", 1, "SUPPRESSED", {}
)


def enforced(
    *pairs: tuple[Case, Decision],
    sent: Sequence[str] = (),
    failed: Sequence[str] = (),
    held_back: Sequence[str] = (),
    observed: Sequence[str] = (),
    exceeded: Sequence[Exceeded] = (),
    failures: Sequence[Failure] = (),
    suppressors: Mapping[str, Suppression] | None = None,
) -> Enforced:
    """What became of decisions: of those that write, what is in no list given was to be written and was not."""
    judged = Judged(7, tuple(one for one, _ in pairs), {}, (), failing=20, open=9)
    decided = Decided(
        judged,
        tuple(one for _, one in pairs),
        tuple(Memory() for _ in pairs),
        AROUND,
        {},
        suppressors or {},
        Foreign((RULE,)),
        tuple(failures),
    )
    steps = {one.subject: _step(one, decision) for one, decision in pairs if decision.verb.writes}
    outlook = Outlook(
        book_of(problems=[Problem("waivers/W-9.yaml:1:1", "no YAML")]),
        decided,
        planned("main", [], cells=20),
        tuple(one for name, one in steps.items() if name not in (*observed, *held_back)),
        tuple((steps[name].case, steps[name].decision, ("not now",)) for name in held_back),
        tuple(steps[name] for name in observed),
        tuple(exceeded),
    )
    written = Written(tuple(steps[name] for name in sent), tuple((steps[name], "Throttled") for name in failed))
    return Enforced(outlook, written, Verified(3, 2, 1), Verified(), (), "R-1", 8)


def _step(one: Case, decision: Decision) -> Step:
    return Step(one, decision, change_of("main", one, decision), ())


def subject(number: int, verb: Verb = Verb.SUPPRESS) -> tuple[Case, Decision]:
    """A case of its own with a decision."""
    cover = {Verb.SUPPRESS: COVERED, Verb.SURPLUS: SURPLUS}.get(verb)
    facts = finding(number) if verb is not Verb.KEEP else ours(number)
    made = case(facts, cover=cover, subject=f"s{number}", resource=f"arn:aws:s3:::site-{number}")
    if verb is Verb.UNAPPROVED:
        made = replace(made, findings=(facts._replace(workflow="SUPPRESSED"),))
    decided = decide(made, Memory(), AROUND)
    assert decided.verb is verb
    return made, decided


def shown(found: Enforced, *, is_observed: bool = False) -> Enforcement:
    return enforcement(found, NAMES, is_observed=is_observed)


def fates(found: Enforcement) -> dict[str, tuple[Fate | None, str]]:
    return {one.subject.resource.rpartition("-")[2]: (one.fate, one.why) for one in found.decisions}


def test_every_decision_but_those_that_leave_alone_is_told_with_what_became_of_it() -> None:
    found = enforced(
        *(subject(number) for number in range(1, 6)), subject(6, Verb.SURPLUS), subject(7, Verb.LEAVE),
        sent=["s1"], failed=["s2"], held_back=["s3"], observed=["s4"],
    )  # fmt: skip
    assert fates(shown(found)) == {
        "1": (Fate.SENT, ""),
        "2": (Fate.FAILED, "Throttled"),
        "3": (Fate.HELD_BACK, "not now"),
        "4": (Fate.OBSERVED, ""),
        "5": (Fate.STOPPED, ""),
        "6": (None, ""),
    }
    assert fates(shown(replace(found, written=Written()), is_observed=True))["5"] == (Fate.PLANNED, "")
    assert shown(found).left == 10, "nine open ones and the one that is left"


def test_what_stood_in_the_way_is_told_and_equal_failures_once_with_their_number() -> None:
    guard = Exceeded("suppressed of all failing subjects", "10%", "9 of 20 (45.0%)", "--allow-suppress-share 46")
    found = shown(enforced(subject(1), exceeded=[guard], failures=[Failure("who suppressed", "no history")] * 3))
    assert found.guards == (guard,)
    assert found.problems == ["waivers/W-9.yaml:1:1: no YAML"]
    assert found.troubles == [Trouble("who suppressed", "no history (3 times)")]
    assert (found.before.seen, found.before.waiting, found.before.lost) == (3, 2, 1)
    assert (found.run, found.version, found.failing) == ("R-1", 8, 20)


@pytest.mark.parametrize(("who", "said"), [("arn:aws:iam::1:user/kim", "arn:aws:iam::1:user/kim"), (RULE.arn, "the rule Suppress test buckets")])  # fmt: skip
def test_who_suppressed_something_is_named_and_a_rule_by_its_name(who: str, said: str) -> None:
    made, decided = subject(1, Verb.UNAPPROVED)
    at = dt.datetime(2026, 10, 1)
    key = made.findings[0].finding
    (row,) = shown(enforced((made, decided), suppressors={key: Suppression(key, who, at)})).decisions
    assert (row.who, row.since, row.fate) == (said, at, None)
    (bare,) = shown(enforced((made, decided))).decisions
    assert (bare.who, bare.since) == ("", None)


def test_rows_of_a_whole_judgement_are_those_of_its_book(writer: Writer, reader: Reader) -> None:
    filled(writer, bucket(1), bucket(2))
    found = book_of(HELD)
    with reader.snapshot() as snapshot:
        judged = snapshot.judge(matching_rules(found, None, "main"), ours=())
        names = Names.of(snapshot, load())
    (row,) = waiver_rows(found, judged, names)
    assert (row.matched, row.within, row.failing, row.surplus) == (2, 1, 1, 1)
    assert set(names.accounts) == set(ACCOUNTS_)
