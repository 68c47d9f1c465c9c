"""Enforcing as a document: counts, the gravest first, what was kept back, and what others did."""

from dataclasses import replace

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Document, Heading, Lines, Table, Text, Tone
from hubposture.views.waivers_enforce import document
from hubposture.views.waivers_rows import DecisionRow, Enforcement, Fate, Seen
from hubposture.waivers.decision import Verb
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words
from views.waiver_world import AT, DECISIONS, ENFORCED, decision

DONE = document("acme", ENFORCED, at=AT)
NOTHING = Enforcement(decisions=[decision(Verb.KEEP)], left=3, failing=9)


def rows(found: Document, heading: str) -> list[list[str]]:
    (table,) = [block for name, block in tables(found) if name.startswith(heading)]
    return [words(Table((), [row])) for row in table.rows]


def tables(found: Document) -> list[tuple[str, Table]]:
    made: list[tuple[str, Table]] = []
    heading = ""
    for block in found.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Table):
            made.append((heading, block))
    return made


def test_the_summary_counts_by_what_became_of_it_and_says_what_was_seen() -> None:
    assert DONE.title == "Waivers enforced in acme"
    assert words(sections(DONE)[""]) == [
        "45 resources to write to: 41 written, 1 failed, 1 held back, 1 stopped by a guard, 1 only observed",
        "9,400 resources fail in all; 1,204 are left as they are",
        "Earlier writes: 30 seen as written, 2 not seen yet, 1 showing something else and decided anew",
        "These writes: 40 seen as written, 1 not seen yet",
        "recorded as run 01JDEXAMPLE0000000000000000; version 58 has it",
    ]


def test_sections_come_from_what_matters_to_what_is_only_to_know() -> None:
    assert [block.text for block in DONE.blocks if isinstance(block, Heading)] == [
        "Look at this first",
        "By decision",
        "Stopped by guards",
        "Kept back: 1 resource",
        "Failed: 1 resource",
        "To write to: 45 resources, the gravest first",
        "Automation rules of others",
        "Suppressed, and approved by nobody: 3 resources",
        "People should be told: 1 notice",
        "Not as it should be",
    ]


def test_critical_ones_that_go_out_of_sight_or_open_again_come_first() -> None:
    lines = words(sections(DONE)["Look at this first"])
    assert lines == [
        f"CRITICAL S3.8 acme-public-site-assets-{number} in acme-web-prod, eu-central-1: {what}"
        for number, what in (
            (53, "to release, W-2026-010 held until 2026-11-15 (stopped by a guard)"),
            (50, "to suppress, W-2026-001 covers it until 2026-12-06 (written)"),
        )
    ]
    many = [decision(Verb.SUPPRESS, number, severity="CRITICAL", fate=Fate.PLANNED) for number in range(1, 10)]
    found = document("acme", replace(ENFORCED, decisions=many), at=AT, most=4)
    assert words(sections(found)["Look at this first"])[4:] == ["and 5 more CRITICAL ones"]


def test_decisions_that_differ_in_waiver_and_date_alone_are_one_row() -> None:
    assert rows(DONE, "By decision")[:2] == [
        ["suppress", "41", "1", "40", "2 waivers", "its waiver covers it until its last day"],
        ["suppress", "1", "-", "1", "W-2026-014", "why suppress"],
    ]
    verbs = [row[0] for row in rows(DONE, "By decision")]
    assert verbs == ["suppress", "suppress", "keep", "adopt", "release", "unapproved", "held", "surplus"]


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["{} matches it, but does not hold (revoked on 2026-11-25 by kim: gone)"], "its waiver matches it, but does not hold (revoked)"),
        (["{} matches it, but does not hold (it expired on 2026-11-25)"], "its waiver matches it, but does not hold (it expired)"),
        (
            ["{} matches it, but does not hold (its approval ended on 2026-11-25; 2027-01-01 is not approved)"],
            "its waiver matches it, but does not hold (its approval ended; a later day is not approved)",
        ),
        (["suppressed under P-1, now under {}", "suppressed under P-2, now under {}"], "suppressed under another one, now under its waiver"),
        (["somebody wrote over the note; {} covers it until 2026-11-25"], "somebody wrote over the note; its waiver covers it until its last day"),
        (["written at 2026-11-25 10:40 UTC, not seen yet"], "written at 2026-11-25 10:40 UTC, not seen yet"),
    ],
)  # fmt: skip
def test_what_only_one_waiver_says_does_not_make_a_row_of_its_own(reasons: list[str], said: str) -> None:
    made = [
        decision(
            Verb.RELEASE, number, waiver=f"W-{number}", reason=reasons[number % len(reasons)].format(f"W-{number}")
        )
        for number in range(4)
    ]
    found = document("acme", replace(ENFORCED, decisions=made), at=AT)
    assert [row[-1] for row in rows(found, "By decision")] == [said]


def test_what_comes_next_is_told_with_its_command() -> None:
    def last(*decisions: DecisionRow, saved: str = "") -> list[str]:
        found = document("acme", replace(ENFORCED, decisions=decisions), at=AT, saved=saved)
        return [line[2:] for line in text.render(found).splitlines() if line.startswith("  hubposture ")]

    planned = decision(Verb.SUPPRESS, fate=Fate.PLANNED)
    assert last(planned) == ["hubposture waivers enforce"]
    assert last(planned, saved="plan.json") == ["hubposture waivers enforce plan.json"]
    assert last(decision(Verb.SURPLUS, 1, waiver="W-2"), decision(Verb.SURPLUS, 2, waiver="W-1")) == [
        "hubposture waivers preview W-1 W-2"
    ]
    many = [decision(Verb.SURPLUS, number, waiver=f"W-{number}") for number in range(9)]
    assert last(*many) == ["hubposture waivers preview"]
    assert last(decision(Verb.UNAPPROVED)) == ["hubposture waivers provisional"]
    assert last(decision(Verb.KEEP), decision(Verb.SUPPRESS, 2, fate=Fate.SENT)) == []


def test_what_a_guard_stops_names_the_option_that_allows_it() -> None:
    assert words(sections(DONE)["Stopped by guards"]) == [
        "released of all subjects suppressed by us: 1 of 2 (50.0%), limit 30%; --allow-release-share 51 allows it"
    ]


def test_what_is_kept_back_and_what_failed_is_told_by_why() -> None:
    assert rows(DONE, "Kept back") == [["release", "1", "1 HIGH", "it waits for the working window, Wed 25 Nov 09:00"]]
    assert rows(DONE, "Failed") == [["suppress", "1", "1 HIGH", "InternalException: try again later"]]
    back = [decision(Verb.RELEASE, number, fate=Fate.HELD_BACK, why=why) for number, why in enumerate(["a", "b", "a"])]
    found = document("acme", replace(ENFORCED, decisions=back), at=AT)
    assert [row[1:] for row in rows(found, "Kept back: 3 resources")] == [["2", "2 HIGH", "a"], ["1", "1 HIGH", "b"]]


def test_what_is_written_is_listed_the_gravest_and_the_oldest_first() -> None:
    listed = rows(DONE, "To write to")
    assert [row[1:4] for row in listed[:4]] == [
        ["release", "S3.8", "acme-public-site-assets-53"],
        ["suppress", "S3.8", "acme-public-site-assets-50"],
        ["adopt", "S3.8", "acme-public-site-assets-54"],
        ["release", "S3.8", "acme-public-site-assets-52"],
    ]
    assert listed[0][-1] == "stopped by a guard"


def test_what_rules_of_others_hold_is_told_by_rule_and_region() -> None:
    assert rows(DONE, "Automation rules of others") == [
        ["Suppress sandbox accounts", "eu-central-1", "1", "1 HIGH"],
        ["Suppress sandbox accounts", "us-east-1", "1", "1 HIGH"],
    ]


def test_what_nobody_approved_says_who_suppressed_it_since_when_and_for_how_long() -> None:
    (table,) = [found for name, found in tables(DONE) if name.startswith("Suppressed")]
    by, since, age = (list(table.headings).index(one) for one in ("Suppressed by", "Since", "For"))
    found = [words(Table((), [row])) for row in table.rows]
    assert [(row[0], row[by], row[since], row[age]) for row in found] == [
        ("CRITICAL", "kim", "2025-10-20", "400 days"),
        ("HIGH", "kim", "2026-10-25", "30 days"),
        ("HIGH", "-", "-", "-"),
    ]
    lines = sections(DONE)["Suppressed, and approved by nobody: 3 resources"]
    assert words(lines) == ["2 by kim", "1 by somebody who is not known"]


@pytest.mark.parametrize(("people", "last"), [(5, "1 by user-4"), (6, "1 by user-5"), (8, "3 by 3 others")])
def test_of_many_who_suppressed_something_the_first_are_named_and_all_are_counted(people: int, last: str) -> None:
    made = [decision(Verb.UNAPPROVED, number, waiver="", who=f"user-{number}") for number in range(people)]
    found = document("acme", replace(ENFORCED, decisions=made), at=AT)
    lines = words(sections(found)[f"Suppressed, and approved by nobody: {people} resources"])
    assert lines[-1] == last
    assert sum(int(line.split()[0]) for line in lines) == people


def test_nothing_to_write_is_good_and_says_nothing_else() -> None:
    found = document("acme", NOTHING, at=AT)
    lines = sections(found)[""]
    assert isinstance(lines, Lines)
    assert lines.lines[0] == Text("Nothing to write: everything is as the waivers want it.", Tone.GOOD)
    assert list(sections(found)) == ["", "By decision"]


def test_only_observing_says_so_and_promises_nothing() -> None:
    seen = replace(ENFORCED, is_observed=True, before=Seen(), after=Seen())
    found = document("acme", seen, at=AT)
    assert found.title == "What enforcing waivers would do in acme"
    said = words(sections(found)[""])
    assert said[-1] == "Only observed: nothing was written."
    assert not any("recorded" in line for line in said)


def test_errors_in_files_are_said_with_what_they_mean() -> None:
    found = document("acme", replace(ENFORCED, problems=["waivers/W-1.yaml:3:1: no expiry"]), at=AT)
    assert "1 error in files of waivers, so nothing is released: waivers/W-1.yaml:3:1: no expiry" in words(
        sections(found)[""]
    )


def test_the_order_of_decisions_does_not_matter() -> None:
    turned = document("acme", replace(ENFORCED, decisions=DECISIONS[::-1]), at=AT)
    for render in (text.render, markdown.render, as_json.render):
        assert render(turned) == render(DONE)


def test_the_data_has_every_decision_and_their_sum_is_that_of_the_counts() -> None:
    found = document("acme", ENFORCED, at=AT, most=1)
    data = orjson.loads(as_json.render(found))
    assert len(data["decisions"]) == len(DECISIONS) == sum(data["counts"].values())
    assert data["to_write"] == sum(data["fates"].values()) == 45
    assert sum(one["resources"] for one in data["by_decision"]) == len(DECISIONS)
    assert data["before"] == {"seen": 30, "waiting": 2, "lost": 1}
    assert data["decisions"][0]["severity"] == "CRITICAL"
    assert {one["rule"] for one in data["decisions"]} == {"", "Suppress sandbox accounts"}


def test_every_number_that_is_said_can_be_had_as_data() -> None:
    assert numbers_said(DONE) - numbers_had(DONE) == set()
    assert len(numbers_said(DONE)) > 8


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert widest(DONE, width) <= width


def test_at_80_columns_a_resource_is_a_line_that_says_what_became_of_it() -> None:
    shown = [line for line in text.render(DONE, width=80).splitlines() if " suppress " in line and "CRITICAL" in line]
    assert any(line.rstrip().endswith("written") for line in shown)
