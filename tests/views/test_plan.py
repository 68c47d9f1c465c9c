"""A plan for its reviewer: what comes first, what is said, and that it fits into one comment."""

import random
from typing import Any

import pytest

from controls.controls_world import DARK, IAM7, S38, TARGETS, intent, state
from hubposture.catalog import load
from hubposture.catalog.standards import PCI_4
from hubposture.controls.central.edits import content_value
from hubposture.controls.central.types import ListForm, Profile
from hubposture.controls.desired import StandardIntent
from hubposture.controls.edits import OFF, ON, STAGES, Kind
from hubposture.controls.plan import GOES_OFF
from hubposture.controls.state import Reading
from hubposture.model.controls import ControlId, Disposition
from hubposture.model.organization import Account
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Held, Plan, collect_edits
from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Document, Heading, Lines, Table, Text
from hubposture.views.plan import Around, document, fitting, next_steps
from verbs.test_apply import plan_of

READABLE = TARGETS[:-1]
ACCOUNTS = {
    one.account: Account(one.account, f"name-{one.account[0]}", "r-root", alias=f"acme-{one.account[0]}")
    for one in TARGETS
}


def around(**more: object) -> Around:
    return Around("acme", ACCOUNTS, TARGETS, load(), frozenset({DARK.target}), **more)  # type: ignore[arg-type]


def sections(found: Document) -> dict[str, Table | Lines]:
    """The first block under each heading; what comes before any is under ''."""
    made: dict[str, Table | Lines] = {}
    heading = ""
    for block in found.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Table | Lines):
            made.setdefault(heading, block)
    return made


def words(block: Table | Lines) -> list[str]:
    cells = block.lines if isinstance(block, Lines) else [cell for row in block.rows for cell in row]
    return [cell.text if isinstance(cell, Text) else cell for cell in cells]


def small() -> Plan:
    states: dict[Target, Reading] = {**{target: state(target) for target in READABLE}, DARK.target: DARK}
    rows = {
        S38: intent(S38, Disposition.SIEM, source="Controls!G7", reason="an alarm raises it"),
        IAM7: intent(IAM7, source="Controls!G8", days=30),
    }
    return plan_of(states, rows, {PCI_4: StandardIntent(True, "Standards!B2", "")})


def test_the_summary_says_how_much_how_many_and_what_was_not_seen() -> None:
    lines = words(sections(document(small(), around(inbox=["EC2.2", "S3.1"])))[""])
    assert lines[0].startswith("3 accounts in 2 Regions: 6 targets")
    assert lines[1].startswith("23 changes in 5 targets: 13 controls off, 5 parameters, 5 standards on")
    assert any(line == "1 target not read, 1 of them unexpectedly; the plan is incomplete" for line in lines)
    assert any("2 controls without a row: EC2.2, S3.1" in line for line in lines)


def test_the_same_words_for_a_control_are_one_row_over_its_standards_with_cell_and_place() -> None:
    table = sections(document(small(), around()))["Controls"]
    assert isinstance(table, Table)
    rows = {words(Table(table.headings, [row]))[0]: words(Table(table.headings, [row])) for row in table.rows}
    assert rows["IAM.7"][2:] == ["defaults -> days=30", "all 5 targets", "organization: enforce", "Controls!G8"]
    assert rows["S3.8"][1] == "HIGH"
    assert rows["S3.8"][2].startswith("off in cis-5.0.0, fsbp-1.0.0")
    assert rows["S3.8"][4:] == ["organization: siem, an alarm raises it", "Controls!G7"]


def test_standards_stand_apart_and_what_was_not_read_has_its_reason() -> None:
    found = sections(document(small(), around()))
    assert words(found["Standards"]) == [
        "pci-dss-4.0.1",
        "on",
        "all 5 targets",
        "whole organization",
        "Standards!B2",
    ]
    assert words(found["Not read"])[1:] == ["no role: the reader role is gone", "no"]


def test_a_critical_control_that_goes_off_comes_first_and_a_high_one_only_where_it_is_wide() -> None:
    def goes_off(control: str, *targets: Target) -> list[tuple[Target, list[Edit]]]:
        edit = Edit(20, Kind.ASSOCIATION, ("fsbp-1.0.0", control), ON, OFF, "why", "Controls!G2", because=GOES_OFF)
        return [(target, [edit]) for target in targets]

    def first(*wanted: tuple[Target, list[Edit]]) -> list[str]:
        plan = Plan("acme", collect_edits(wanted), 6, 100)
        found = sections(document(plan, around()))
        return words(found["Look at this first"]) if "Look at this first" in found else []

    assert first(*goes_off("s3.8", *TARGETS[:2])) == []
    assert first(*goes_off("s3.8", *TARGETS[:4]))[0].startswith("HIGH S3.8")
    (critical,) = first(*goes_off("iam.6", TARGETS[0]))
    assert critical.startswith("CRITICAL IAM.6")
    assert f"acme-1 ({TARGETS[0].account}) in eu-central-1: why [Controls!G2]" in critical


def test_parameters_that_start_from_different_values_are_different_rows() -> None:
    def tuned(now: int) -> list[Edit]:
        return [Edit(30, Kind.PARAMETERS, ("iam.7",), (("days", now),), (("days", 9),), "why", "Controls!G2")]

    plan = Plan("acme", collect_edits([(TARGETS[0], tuned(1)), (TARGETS[1], tuned(2))]), 6, 100)
    table = sections(document(plan, around()))["Controls"]
    assert {"days=1 -> days=9", "days=2 -> days=9"} <= set(words(table))


def test_an_empty_plan_says_so_and_nothing_is_to_apply() -> None:
    plan = Plan("acme", {}, 6, 100)
    assert "No changes" in words(sections(document(plan, around()))[""])[1]
    assert next_steps(plan, out="") == Lines(["Nothing to apply."])


def test_held_things_are_named_with_why() -> None:
    held = (Held(TARGETS[0], ("fsbp-1.0.0", "s3.8"), "not there"), Held(TARGETS[1], (), "rows tie"))
    found = words(sections(document(Plan("acme", {}, 6, 100, held=held), around()))["Held as they are"])
    assert found[0] == "whole target"
    assert "S3.8 in fsbp-1.0.0" in found


def test_the_json_data_names_every_target_and_every_value_whatever_the_table_leaves_out() -> None:
    plan = small()
    data = document(plan, around(), most=1).data
    assert (data["changes"], data["cells_moved"], data["digest"]) == (plan.count, plan.weight, plan.digest)
    listed = sum(len(one["targets"]) * max(1, len(one["standards"])) for one in data["controls"])
    assert listed + len(data["other"]) >= plan.count
    assert {one["target"] for one in data["unreadable"]} == {str(DARK.target)}
    assert as_json.render(document(plan, around())).count("\n") > 20


def test_the_same_plan_prints_the_same_text_whatever_the_order_of_its_places() -> None:
    one = small()
    turned = Plan(
        one.organization, dict(sorted(one.edits.items(), reverse=True)), one.places, one.cells, one.unreadable, one.held
    )
    for renderer in (markdown.render, text.render, as_json.render):
        assert renderer(document(one, around())) == renderer(document(turned, around()))


# --- a large one ------------------------------------------------------------------------------------------------------

LARGE = [Target("acme", f"{number:012}", f"region-{region}") for number in range(1000) for region in range(5)]


def size(found: Document) -> int:
    return len(markdown.render(found))


def large(*, reason: str) -> tuple[Plan, Around]:
    """1,000 accounts in 5 Regions of 30 kinds, with 500 controls going off here and there and every table full."""
    chance = random.Random(7)
    controls = [ControlId(one) for one in load().controls][:500]
    kinds = [
        [
            Edit(
                STAGES[Kind.ASSOCIATION],
                Kind.ASSOCIATION,
                ("fsbp-1.0.0", one),
                ON,
                OFF,
                reason,
                f"Controls!G{at}",
                because=GOES_OFF,
            )
            for at, one in enumerate(controls)
            if chance.random() < 0.4
        ]
        for _ in range(30)
    ]
    kinds = [
        [*one, Edit(10, Kind.STANDARD, (f"own-{at}",), OFF, ON, reason, "Standards!B2"), policy(at, reason)]
        for at, one in enumerate(kinds)
    ]
    shared = [tuple(one) for one in kinds]
    unreadable = tuple(Unreadable(one, Because.DENIED, f"{one.account} says {reason}") for one in LARGE[:900])
    held = tuple(Held(one, ("fsbp-1.0.0", "s3.8"), f"{one.account} {reason}") for one in LARGE[900:1800])
    wanted = [(target, chance.choice(shared)) for target in LARGE[1800:]]
    accounts = {one.account: Account(one.account, f"account-{one.account}", "r-root", alias="a" * 60) for one in LARGE}
    plan = Plan("acme", collect_edits(wanted), len(LARGE), 10**7, unreadable, held)
    return plan, Around("acme", accounts, LARGE, load(), frozenset(LARGE[:900]), inbox=[str(one) for one in controls])


def policy(at: int, reason: str) -> Edit:
    before, after = (content_value(Profile(frozenset(), form, frozenset())) for form in ListForm)
    return Edit(
        40, "policy-update", (f"policy-{at}",), before, after, reason, "", weight=1000, because=f"policy-{at} {reason}"
    )


@pytest.mark.parametrize("reason", ["short", "|*_[]" * 6000], ids=["short", "an Excel cell full of markup"])
def test_a_plan_of_a_thousand_accounts_fits_into_one_comment_and_uses_it(reason: Any) -> None:
    plan, beside = large(reason=reason)
    fitted = fitting(plan, beside, limit=markdown.COMMENT_LIMIT - 512, size=size)
    assert size(fitted) <= markdown.COMMENT_LIMIT - 512
    found = sections(fitted)
    for heading in ("Look at this first", "Controls", "Standards", "Not read", "Held as they are"):
        assert words(found[heading])
    assert len(fitted.data["controls"]) > 400
    if reason == "short":
        assert size(fitted) > markdown.COMMENT_LIMIT / 3
        assert "CRITICAL" in " ".join(words(found["Look at this first"]))
