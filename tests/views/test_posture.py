"""Posture for its readers: what comes first, what is said, and that every number can be had as data."""

from dataclasses import replace

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views import posture
from hubposture.views.document import Document, Heading, Lines, Table, Text, Tone
from hubposture.views.movement import Level
from hubposture.views.posture_rows import Missing, Overdue, Posture, Waivers
from views.posture_world import BY_ACCOUNT, BY_CONTROL, BY_STANDARD, POSTURE, STAMP, ago
from views.test_plan import sections, words

DOCUMENT = posture.document(STAMP, POSTURE)
BY = {
    by: posture.by_document(STAMP, by, rows, POSTURE.as_is)
    for by, rows in (("account", BY_ACCOUNT), ("control", BY_CONTROL), ("standard", BY_STANDARD), ("ou", BY_STANDARD))
}
NOTHING = Posture(Level(0, 0), Level(0, 0), Level(0, 0), Level(0, 0))


def shown(document: Document, width: int) -> str:
    return text.render(document, width=width)


def test_the_title_says_of_what_day_and_which_version() -> None:
    assert DOCUMENT.title == "Posture of acme, 24 Nov 2026 (version 57, as of 10:40 UTC)"


def test_ours_comes_first_and_the_score_of_aws_last_and_labelled() -> None:
    headings = [block.text for block in DOCUMENT.blocks if isinstance(block, Heading)]
    assert headings == [
        "With and without waivers",
        "Open and overdue",
        "What moved it",
        "Lost sight: 1 place, 1,204 resources known there, in no score",
        "Not measured: 2 places",
        "Without a row",
        "Controls with most open",
        "Accounts with most open",
        "AWS's score",
    ]
    assert words(sections(DOCUMENT)[""]) == [
        "Obligations met: 93.4 % (12,345 of 13,210); 865 open",
        "3 of 11 accounts meet all of theirs",
        "Overdue: 3 CRITICAL, 21 HIGH",
    ]
    assert words(sections(DOCUMENT)["AWS's score"]) == [
        "computed by AWS's rule from these findings; the console may be up to 24 h behind"
    ]


def test_there_are_always_three_lines() -> None:
    for document in (DOCUMENT, posture.document(STAMP, NOTHING)):
        table = sections(document)["With and without waivers"]
        assert isinstance(table, Table)
        assert [row[0] for row in table.rows] == ["as is", "without waivers", "as if nothing were off or waived"]


def test_beside_the_lines_stands_what_is_waived_visibly_or_not_and_what_nobody_approved() -> None:
    def said(waivers: Waivers) -> list[str]:
        document = posture.document(STAMP, replace(POSTURE, waivers=waivers))
        at = next(n for n, block in enumerate(document.blocks) if isinstance(block, Table))
        lines = document.blocks[at + 1]
        assert isinstance(lines, Lines)
        return words(lines)

    assert said(Waivers(245, 17, 4)) == [
        "Waived: 245 failing obligations, 17 of them accepted visibly",
        "Suppressed without a waiver: 4 failing obligations (unapproved=yes obligation=yes finds them)",
    ]
    assert said(Waivers(1)) == ["Waived: 1 failing obligation"]
    assert said(Waivers()) == ["Nothing that fails is waived"]
    assert DOCUMENT.data["waivers"] == {"waived": 245, "visible": 17, "unapproved": 4}


def test_what_moved_it_is_a_line_per_cause_and_both_ways_are_told() -> None:
    assert words(sections(DOCUMENT)["What moved it"]) == [
        "950 open on 17 Nov 2026, 865 now",
        "+64 of new resources that fail",
        "+49 in accounts that came in (52 opened, 3 closed)",
        "-181 fixed",
        "-17 waived",
    ]


def test_what_is_in_no_score_is_named_with_why() -> None:
    lost = words(sections(DOCUMENT)["Lost sight: 1 place, 1,204 resources known there, in no score"])
    assert lost == ["acme-old (123412341234) in eu-central-1", "account suspended", "1,204", "12 Nov 2026"]
    assert words(sections(DOCUMENT)["Without a row"]) == [
        "2 controls are on without a row and count in no score of ours: EC2.180, S3.25"
    ]


def test_where_nothing_is_an_obligation_that_is_said_and_no_share_is_made_up() -> None:
    found = posture.document(STAMP, NOTHING)
    assert words(sections(found)[""]) == ["Nothing is an obligation yet: no enforced control was measured."]
    assert found.data["obligations"]["as_is"] == {"met": 0, "of": 0, "open": 0, "percent": None}


def test_one_is_one_and_all_is_all() -> None:
    all_met = replace(POSTURE, as_is=Level(10, 10), accounts=Level(1, 1), overdue=(), unwanted=("S3.25",))
    found = sections(posture.document(STAMP, all_met))
    assert words(found[""]) == [
        "Obligations met: 100.0 % (10 of 10); 0 open", "1 of 1 account meets all of theirs", "Nothing is overdue",
    ]  # fmt: skip
    assert words(found["Without a row"])[0].startswith("1 control is on without a row and counts")


def test_severities_stand_in_their_order_whatever_the_order_given() -> None:
    table = sections(DOCUMENT)["Open and overdue"]
    assert words(table)[::4] == ["CRITICAL", "HIGH", "LOW"]
    odd = replace(POSTURE, overdue=(Overdue("", 1, 1), Overdue("LOW", 1, 1)))
    assert words(sections(posture.document(STAMP, odd))["Open and overdue"])[::4] == ["LOW", ""]


def test_long_tables_are_cut_and_the_data_has_every_row() -> None:
    many = replace(POSTURE, lost=tuple(Missing(f"place {n}", "why", n, ago(1)) for n in range(30)))
    found = posture.document(STAMP, many)
    tables = [block for block in found.blocks if isinstance(block, Table) and block.headings[0] == "Where"]
    assert (len(tables[0].rows), tables[0].more) == (10, 20)
    assert len(found.data["lost_sight"]) == 30


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("document", [DOCUMENT, *BY.values()], ids=["posture", *BY])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(document: Document, width: int) -> None:
    rendered = shown(document, width)
    assert max(len(line) for line in rendered.splitlines()) <= width
    for number in ("12,345", "13,210", "865"):
        assert number in rendered


def test_at_80_columns_a_row_is_a_line_with_names_and_at_200_everything_is_there() -> None:
    narrow, wide = shown(DOCUMENT, 80), shown(DOCUMENT, 200)
    (account,) = [line for line in narrow.splitlines() if "acme-web-prod" in line]
    assert account.split() == ["acme-web-prod", "Web", "production", "300", "1,400", "78.5", "%", "17"]
    (account,) = [line for line in wide.splitlines() if "acme-web-prod" in line]
    assert "111122223333" in account
    assert "/Workloads/Prod" in account
    assert "VPC default security groups should not allow inbound or outbound traffic" in wide


def test_an_account_without_an_alias_is_called_by_its_name_and_never_by_its_number_alone() -> None:
    for width in (80, 200):
        assert any("Data platform of" in line for line in shown(DOCUMENT, width).splitlines())


def test_a_table_by_account_has_alias_name_and_number_and_by_standard_both_scores() -> None:
    account = sections(BY["account"])
    assert BY["account"].title == "Posture by account of acme, 24 Nov 2026 (version 57, as of 10:40 UTC)"
    table = next(block for block in BY["account"].blocks if isinstance(block, Table))
    assert table.headings[:3] == ["Account", "Id", "Name"]
    assert words(account[""]) == ["Obligations met: 93.4 % (12,345 of 13,210); 865 open"]
    standard = next(block for block in BY["standard"].blocks if isinstance(block, Table))
    assert (standard.headings[0], standard.headings[-1]) == ("Standard", "AWS")
    lines = BY["standard"].blocks[0]
    assert isinstance(lines, Lines)
    assert "once in the sum" in words(lines)[1]
    assert BY["ou"].title.startswith("Posture by OU of acme")


def test_a_row_without_obligations_has_no_share() -> None:
    table = next(block for block in BY["account"].blocks if isinstance(block, Table))
    assert table.rows[2][3] == Text("-", Tone.DIM)
    assert BY["account"].data["rows"][2]["percent"] is None


@pytest.mark.parametrize("document", [DOCUMENT, *BY.values()], ids=["posture", *BY])
def test_every_document_is_json_and_markdown_too(document: Document) -> None:
    data = orjson.loads(as_json.render(document))
    assert (data["version"], data["at"]) == (57, "2026-11-24T10:40:00Z")
    assert markdown.render(document).startswith("## Posture")


def test_the_data_has_the_numbers_that_are_shown() -> None:
    data = DOCUMENT.data
    assert data["obligations"]["as_is"] == {"met": 12_345, "of": 13_210, "open": 865, "percent": 93.4519}
    assert data["accounts"] == {"all_met": 3, "of": 11}
    assert data["controls"][0]["oldest"] == "2026-10-12T10:40:00Z"
    assert data["aws"]["standards"][2]["score"] is None
    assert data["movement"]["unexplained"] == 0
