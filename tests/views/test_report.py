"""The weekly report's words: its first page, its sections, its weeks, and how it is kept."""

import datetime as dt
from dataclasses import replace

import pytest

from hubposture.errors import InputError
from hubposture.render import markdown, text
from hubposture.views.movement import Level
from hubposture.views.report.document import document
from hubposture.views.report.kept import data, report_of
from hubposture.views.report.mail import letters
from hubposture.views.report.model import Figure, Of, Scope
from hubposture.views.report.saying import change, headline
from hubposture.views.report.sections import sections
from hubposture.views.report.week import days_of, last_full, week_of
from views.report_world import bare, hostile, report

FIRST_PAGE = """\
Weekly report of acme, 2026-W48
  23 Nov 2026 to 29 Nov 2026, by version 43 of 2026-11-29 23:45 UTC; frozen 2026-11-30 06:30 UTC

Where we stand
  Obligations met: 85.0 % (85 of 100); 80.0 % a week ago
  Open obligations: 15, 5 fewer than a week ago
  2 of 3 accounts meet all of theirs; 1 of 3 a week ago
  Overdue: 2 (2 CRITICAL); 4 a week ago
 Obligations met                       Now   A week ago   Met    Of   Open
───────────────────────────────────────────────────────────────────────────
 as is                              85.0 %       80.0 %    85   100     15
 without waivers                    82.0 %       80.0 %    82   100     18
 as if nothing were off or waived   75.0 %       70.8 %    90   120     30

What moved it
  Like for like (100 obligations in places that were there on both days): 80.0 % then, 85.0 % now
                              Change   Open
────────────────────────────────────────────
 open on 22 Nov 2026                     20
 new and failing     +3     23
 fixed                            -6     17
 waived                           -2     15
 open on 29 Nov 2026                     15

Open and overdue
 Severity   Overdue   Overdue a week ago   Open   Open a week ago   Oldest fails since
───────────────────────────────────────────────────────────────────────────────────────
 CRITICAL         2                    3      5                 8          29 Nov 2026
 HIGH             0                    1     10                12                    -

What changed in what we look at
 What                   Which                              How
───────────────────────────────────────────────────────────────────────────────
 account in             acme-new (111122223333)            new here, in /Workloads
 account out            acme-old (444455556666)            left the organization
 switched on            S3.8 Buckets block public access   in 3 places
 switched off           S3.8 Buckets block public access   in 1 place
 parameters set anew    S3.8 Buckets block public access   in 2 places
"""


def test_the_first_page_says_where_we_stand_what_moved_it_and_what_we_looked_at() -> None:
    said, wanted = _lines(text.render(document(report()), width=120)), _lines(FIRST_PAGE)
    assert said[: len(wanted)] == wanted


def _lines(said: str) -> list[str]:
    """Lines without rules and with single blanks: column widths are the renderer's matter."""
    return [" ".join(line.split()) for line in said.splitlines() if line.strip("─ ")]


def test_a_first_report_says_that_there_is_nothing_to_compare_with() -> None:
    said = " ".join(text.render(document(bare()), width=120).split())
    assert "Nothing is an obligation yet" in said
    assert "Nothing was synced before this week" in said
    assert "No tracker is set" in said
    assert "Nothing is overdue." in said


def test_every_row_has_a_value_for_every_column_and_a_list_or_none_for_every_row() -> None:
    for one in (report(), bare(), hostile()):
        for section in sections(one):
            assert all(len(row) == len(section.columns) for row in section.rows), section.key
            assert len(section.lists) in (0, len(section.rows)), section.key


def test_a_report_of_a_part_has_no_rows_of_what_lies_around_it() -> None:
    account = replace(report(), scope=Scope(Of.ACCOUNT, "1", "acme-web (1)", "account=1"))
    assert {one.key for one in sections(account)}.isdisjoint({"ous", "accounts", "owners"})
    assert document(account).title == "Weekly report of account acme-web (1) of acme, 2026-W48"


def test_aws_s_score_is_explained_in_numbers() -> None:
    (aws,) = [one for one in sections(report()) if one.key == "aws"]
    assert aws.says == (
        "AWS says 76 % (75 % a week ago): 76 of 100 controls passed, by its rule. We say 85.0 %: 85 of 100 obligations met.",
        (
            "AWS counts controls, and one failing resource fails a control: 24 controls failed there, though 60 of 75 "
            "obligations in them are met."
        ),
        "9 controls in AWS's score are no obligation here, and not in ours.",
        "4 obligations of ours belong to controls that AWS does not count.",
        "3 failing obligations are waived and count as met here; AWS leaves out what is suppressed, approved or not.",
    )


@pytest.mark.parametrize("one", [report(), bare(), hostile()], ids=["plain", "bare", "hostile"])
def test_a_report_that_was_kept_reads_as_it_was_written(one: object) -> None:
    assert report_of(data(one)) == one  # type: ignore[arg-type]


@pytest.mark.parametrize("kept", [{}, [], {"format": 99}, {"format": 1, "week": 3}])
def test_what_is_no_report_of_this_format_is_refused_in_words(kept: object) -> None:
    with pytest.raises(InputError, match="report"):
        report_of(kept)


def test_markdown_escapes_what_came_from_outside() -> None:
    said = markdown.render(document(hostile(), most=100))
    assert "<script>" not in said.replace("\\<", "")
    assert "](javascript" not in said


def test_a_change_is_told_in_words() -> None:
    assert change(Figure(3, 5)) == "3, 2 fewer than a week ago"
    assert change(Figure(5, 5)) == "5, as a week ago"
    assert change(Figure(5)) == "5"


def test_one_account_meets_and_many_meet() -> None:
    one = replace(report(), accounts=replace(report().accounts, now=Level(1, 1)))
    assert "1 of 1 account meets all of theirs; 1 of 3 a week ago" in list(headline(one))


def test_weeks_are_those_of_the_calendar() -> None:
    assert days_of("2026-W48") == (dt.date(2026, 11, 23), dt.date(2026, 11, 29))
    assert days_of("2026w1") == (dt.date(2025, 12, 29), dt.date(2026, 1, 4))
    assert week_of(dt.date(2027, 1, 1)) == "2026-W53"
    assert last_full(dt.date(2026, 11, 30)) == "2026-W48"
    for wrong in ("", "2026", "2026-W54", "2026-W00", "last", "2026-W48 x", "9999-W53"):
        with pytest.raises(InputError, match="2026-W48"):
            days_of(wrong)


def test_each_address_gets_one_mail_of_a_week_with_the_page() -> None:
    made = list(letters(report(), ["a@example.com", "b@example.com", "a@example.com"], page="<p>page</p>"))
    assert [one.to for one in made] == ["a@example.com", "b@example.com"]
    assert {one.attachment for one in made} == {("acme-2026-W48.html", "<p>page</p>")}
    assert len({one.key for one in made}) == 2
