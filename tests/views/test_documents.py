"""The other documents: what became of a plan, an explanation, a census."""

from controls.controls_world import DARK, TARGETS
from hubposture.reconcile.change import Change
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.views import applied, census, explain
from hubposture.views.document import Lines, Table, Text, Tone, counted
from reconcile.plans import off
from views.test_plan import ACCOUNTS, sections, words


def results(outcome: Outcome, number: int, detail: str = "") -> list[Result]:
    return [Result(Change(TARGETS[at % 6], off(f"s3.{at}")), outcome, detail) for at in range(number)]


def test_a_run_counts_first_and_then_says_what_failed_and_what_was_skipped_with_why() -> None:
    all_of_it = [
        *results(Outcome.APPLIED, 4),
        *results(Outcome.FAILED, 3, "denied"),
        *results(Outcome.SKIPPED, 2, "moved"),
    ]
    found = applied.document("acme", all_of_it, ACCOUNTS, run="01R", most=2)
    made = sections(found)
    first = made[""].lines[0]  # type: ignore[union-attr]
    assert isinstance(first, Text)
    assert first == Text("9 changes planned: 4 applied and seen, 3 failed, 2 skipped", Tone.BAD)
    failed = made["Failed"]
    assert isinstance(failed, Table)
    assert (len(failed.rows), failed.more) == (2, 1)
    assert words(failed)[:4] == [f"acme-1 ({TARGETS[0].account})", "eu-central-1", "fsbp-1.0.0 s3.0 off", "denied"]
    assert words(made["Skipped"])[3] == "moved"
    assert (found.data["planned"], len(found.data["results"])) == (9, 9)
    assert found.data["planned"] == found.data["applied"] + found.data["failed"] + found.data["skipped"]


def test_a_run_without_failure_is_good_and_has_no_table() -> None:
    found = applied.document("acme", results(Outcome.APPLIED, 1), ACCOUNTS, run="")
    assert list(sections(found)) == [""]
    (line,) = sections(found)[""].lines  # type: ignore[union-attr]
    assert line == Text("1 change planned: 1 applied and seen, 0 failed, 0 skipped", Tone.GOOD)


def test_an_explanation_says_the_verdict_then_the_rows_then_what_is_there_and_what_follows() -> None:
    facts = explain.Facts(
        "S3.8", "Title", "here", "Wanted on.", "Governed: local",
        rows=[("Controls!A2", "prod", "OU", "enforce")], now=[("fsbp-1.0.0", "off", "2026-11-01", "by hand")],
        notes=["The plan changes it."], data={"control": "S3.8"},
    )  # fmt: skip
    found = explain.document(facts)
    assert found.title == "S3.8 in here: Title"
    assert list(sections(found)) == [
        "",
        "Rows that hold here, the strongest first",
        "Now in Security Hub",
        "What follows",
    ]
    assert words(sections(found)["Now in Security Hub"]) == ["fsbp-1.0.0", "off", "2026-11-01", "by hand"]


def test_an_explanation_without_rows_is_only_the_verdict() -> None:
    facts = explain.Facts("S3.8", "t", "here", "No row.", "Governed: local", rows=[], now=[], notes=[], data={})
    assert list(sections(explain.document(facts))) == [""]


def test_a_section_of_the_census_without_rows_says_nothing_or_what_is_said_and_long_ones_are_counted() -> None:
    full = census.Section("Off", ("Control",), [["S3.1"], ["S3.2"], ["S3.3"]], said=["three"])
    found = census.document("acme", ["a fact"], [full, census.Section("Empty", ("X",), [])], {"n": 1}, most=2)
    assert found.title == "Census of acme"
    made = sections(found)
    assert words(made["Off"]) == ["three"]
    (table,) = [block for block in found.blocks if isinstance(block, Table)]
    assert (len(table.rows), table.more) == (2, 1)
    assert made["Empty"] == Lines([Text("nothing", Tone.DIM)])


def test_a_word_fits_its_number() -> None:
    assert [counted(one, "target") for one in (0, 1, 1204)] == ["0 targets", "1 target", "1,204 targets"]
    assert counted(2, "policy", "policies") == "2 policies"
    assert str(DARK.target) == "333333333333/us-east-1"
