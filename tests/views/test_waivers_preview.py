"""Previews for who approves: what is said of one, of several, and that they fit into one comment that can be found again."""

import random
from dataclasses import replace

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Document, Heading, Table, Text, Tone
from hubposture.views.waivers_preview import MARKER, comment, document, fitting
from hubposture.views.waivers_rows import PreviewRow
from hubposture.waivers.rule import Fit
from hubposture.waivers.waiver import Effect
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words
from views.waiver_world import AT, DIGEST, SUBJECTS, preview, subject

SMALL = preview("W-2026-002", subjects=SUBJECTS[:3], is_current=True, covers_new=3, missing=0)


def shown(*rows: PreviewRow, most: int = 20) -> Document:
    return document("acme", rows, at=AT, version=57, most=most)


def lines(found: Document, heading: str = "") -> list[str]:
    return words(sections(found)[heading])


ONE, TWO = shown(preview()), shown(SMALL, preview())


def test_one_says_what_it_matches_how_grave_that_is_and_what_is_not_in_its_set() -> None:
    assert ONE.title == "Preview of W-2026-014 in acme, as of version 57"
    assert lines(ONE) == [
        "Matches 13 resources in 2 accounts and 2 Regions, 12 of them failing: 2 CRITICAL, 9 HIGH, 1 of no severity",
        "Not in its approved set: 1, 1 of them failing",
        "In its approved set and not matched any more: 2",
        "Its rows of the matrix allow no such waiver for 1 more; they are left out",
        "Covered by others already: 1 by W-2026-001",
        "by-design: Static web site, public on purpose",
        "From 2 Nov 2026 until 1 May 2027, 180 days; owner team-web, asked for by kim@example.com",
        "controls: S3.2, S3.8",
        "resources: arn:aws:s3:::acme-public-site-*",
        "accounts: 111122223333, 444455556666",
        "In the baseline it stands as: holding",
        "An approval now is for exactly these 13 (waivers/W-2026-014.subjects, 1,234 bytes), and bound to",
        DIGEST,
    ]
    table = sections(ONE)["All of them, the gravest first"]
    assert isinstance(table, Table)
    assert [words(Table((), [row]))[0] for row in table.rows[:3]] == ["CRITICAL", "CRITICAL", "HIGH"]


def test_what_is_barred_counts_nowhere_else() -> None:
    barred = [subject(number, fit=Fit.BARRED, severity="CRITICAL", is_beyond=True) for number in range(1, 5)]
    found = shown(preview(subjects=[subject(9), *barred], missing=0))
    assert lines(found)[:2] == [
        "Matches 1 resource in 1 account and 1 Region, 1 of them failing: 1 HIGH",
        "Its rows of the matrix allow no such waiver for 4 more; they are left out",
    ]
    assert (found.data["waivers"][0]["matched"], found.data["waivers"][0]["surplus"]) == (1, 0)


def test_a_waiver_that_matches_nothing_or_only_what_passes_says_so() -> None:
    assert lines(shown(preview(subjects=(), missing=0)))[0] == "Matches 0 resources: it would excuse nothing"
    passing = shown(preview(subjects=[subject(1, status="PASSED")]))
    assert lines(passing)[0] == "Matches 1 resource in 1 account and 1 Region, none of them failing"


def test_grave_is_bad_and_the_rest_a_warning() -> None:
    def tone(*rows: PreviewRow) -> Tone:
        line = sections(shown(*rows))[""].lines[0]  # type: ignore[union-attr]
        assert isinstance(line, Text)
        return line.tone

    assert tone(preview()) is Tone.BAD
    assert tone(preview(subjects=[subject(severity="MEDIUM")])) is Tone.WARN


def test_problems_effect_new_ones_and_a_set_that_lies_there_are_said() -> None:
    given = preview(
        problems=["it never ends"],
        effect=Effect.VISIBLE,
        covers_new=1,
        is_current=True,
        set_bytes=1_300_000,
        state=None,
    )
    found = shown(given)
    said = lines(found)
    assert said[0] == "it never ends"
    assert "Nothing is suppressed: they are accepted and counted apart." in said
    assert "May take in 1 new resource beyond that by itself" in said
    assert (
        "An approval now is for exactly these 13 (waivers/W-2026-014.subjects, 1.3 MB, as it lies there), and bound to"
        in said
    )
    assert "It is not in the baseline" in said


def test_the_commands_that_come_next_stand_below_their_waiver() -> None:
    steps = ("hubposture waivers request W-2026-014", "hubposture waivers approvals")
    found = shown(preview(steps=steps))
    assert text.render(found).endswith("".join(f"  {one}\n" for one in steps))
    assert found.data["waivers"][0]["steps"] == list(steps)
    assert "hubposture waivers" not in text.render(ONE)


def test_several_are_counted_in_one_table_and_those_that_hide_the_gravest_stand_first() -> None:
    assert TWO.title == "Preview of 2 waivers in acme, as of version 57"
    table = sections(TWO)[""]
    assert words(table)[0].startswith("2 waivers match 16 resources, 15 of them failing")
    overview = next(block for block in TWO.blocks if isinstance(block, Table))
    assert [words(Table((), [row]))[:6] for row in overview.rows] == [
        ["W-2026-014", "S3.2, S3.8", "13", "12", "2", "9"],
        ["W-2026-002", "S3.2, S3.8", "3", "3", "-", "3"],
    ]
    headings = [block.text for block in TWO.blocks if isinstance(block, Heading)]
    assert headings == ["W-2026-014: S3.2, S3.8", "W-2026-002: S3.2, S3.8"]


def test_the_order_of_what_is_given_does_not_matter() -> None:
    turned = shown(replace(preview(), subjects=SUBJECTS[::-1]), SMALL)
    assert text.render(turned) == text.render(TWO)


def test_without_waivers_there_is_nothing_to_show() -> None:
    assert lines(shown()) == ["No waiver asks for an approval; name one to look at it."]
    assert shown().title == "Preview of waivers in acme, as of version 57"


def test_tables_are_cut_and_the_data_has_every_subject() -> None:
    found = shown(preview(subjects=[subject(number) for number in range(1, 100)]), most=5)
    table = sections(found)["Some of them, the gravest first"]
    assert isinstance(table, Table)
    assert (len(table.rows), table.more) == (5, 94)
    (data,) = orjson.loads(as_json.render(found))["waivers"]
    assert len(data["subjects"]) == 99
    assert (data["digest"], data["set_bytes"], data["days"]) == (DIGEST, 1_234, 180)


@pytest.mark.parametrize("found", [ONE, TWO], ids=["one", "two"])
def test_every_number_that_is_said_can_be_had_as_data(found: Document) -> None:
    assert numbers_said(found) - numbers_had(found) <= {2}  # "2 waivers" is the length of a list
    assert len(numbers_said(found)) > 8


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("found", [ONE, TWO], ids=["one", "two"])
def test_no_line_is_wider_than_the_terminal(found: Document, width: int) -> None:
    assert widest(found, width) <= width


# One comment

EVIL = "|*_[]<!-- hubposture waivers --> @lee #1 http://x `" * 300


def large(count: int, *, reason: str) -> list[PreviewRow]:
    """Waivers with hundreds of subjects each, in up to 200 accounts."""
    chance = random.Random(7)
    severities = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
    subjects = [
        subject(number, account=f"{chance.randrange(200):012}", severity=chance.choice(severities), is_beyond=chance.random() < 0.1)
        for number in range(1, 400)
    ]  # fmt: skip
    return [
        preview(
            f"W-{number:04}", subjects=subjects[number % 50 :], reason=reason, controls=(reason, "S3.8"), owner=reason
        )
        for number in range(count)
    ]


def size(found: Document) -> int:
    return len(markdown.render(found))


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("reason", ["short", EVIL], ids=["short", "markup without end"])
def test_however_many_and_however_large_they_fit_into_one_comment_and_use_it(count: int, reason: str) -> None:
    rows = large(count, reason=reason)
    made = comment("acme", rows, at=AT, version=57, limit=markdown.COMMENT_LIMIT, render=markdown.render)
    assert len(made) <= markdown.COMMENT_LIMIT
    assert made.startswith(MARKER + "\n")
    assert made.count(MARKER) == 1
    if reason == "short":
        assert len(made) > markdown.COMMENT_LIMIT / (12 if count == 1 else 3)
        assert "W\\-0000" in made or "W-0000" in made


def test_waivers_for_which_there_is_no_room_are_counted_and_named_as_left_out() -> None:
    rows = large(40, reason="short")
    found = fitting("acme", rows, at=AT, version=57, limit=20_000, size=size)
    assert size(found) <= 20_000
    whole = [block for block in found.blocks if isinstance(block, Heading)]
    assert 1 <= len(whole) < 40
    assert lines(found)[0].startswith("40 waivers match")
    assert f"and {40 - len(whole)} more waivers, counted at the top" in words(found.blocks[-1])  # type: ignore[arg-type]
    assert len(found.data["waivers"]) == 40


def test_the_comment_mentions_nobody_and_links_nowhere() -> None:
    made = comment("acme", [preview(reason=EVIL)], at=AT, version=57, limit=65_536, render=markdown.render)
    assert "@lee" not in made
    assert "http://" not in made
    assert "<!--" not in made.removeprefix(MARKER)
