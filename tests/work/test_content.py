"""What tickets say: a text that a developer can act on, stable, within its limits, and silent where it must be."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubposture.filters import All, Comparison, parse
from hubposture.lake.fields import FIELDS
from hubposture.render.adf import adf
from hubposture.render.plain_body import plain
from hubposture.render.wiki import wiki
from hubposture.waivers.shorten import units
from hubposture.work.content import TITLE_LIMIT, TicketWords
from hubposture.work.policy import Policy
from hubposture.work.saying import account_said, finding_filter
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Group, Outcome, Ticket
from render.adf_rules import check
from render.bodies import TEXTS
from work.content_world import (
    ACCOUNTS,
    DAY,
    GROUP,
    NOW,
    POLICY,
    REDACTED,
    SUBJECTS,
    TICKET,
    WORLD,
    known,
    said,
    subject,
    ticket,
)

WORDS = TicketWords(POLICY)
GOLDEN = Path(__file__).parent / "golden" / "ticket.txt"


def text_of(one: Ticket, *subjects: Subject, policy: Policy = POLICY) -> str:
    return said(TicketWords(policy).draft(one, known(*subjects)).body)


def test_a_ticket_reads_as_the_sample_does() -> None:
    draft = WORDS.draft(TICKET, WORLD)
    shown = f"{draft.title}\n{draft.severity}, due {draft.due}, {draft.labels}\n\n{plain(draft.body, most=32_767)}"
    assert shown == GOLDEN.read_text()


def test_the_title_says_control_fault_and_extent_and_stays_when_something_is_fixed() -> None:
    title = "S3.8: S3 general purpose buckets should block public access (12 resources)"
    assert WORDS.draft(TICKET, WORLD).title == title
    fixed = known(*(replace(one, standing=Standing.PASSED) for one in SUBJECTS))
    assert WORDS.draft(TICKET, fixed).title == title
    assert WORDS.draft(replace(TICKET, number=2), WORLD).title.endswith("(12 resources, part 2)")


def test_the_title_names_the_account_where_it_is_one_and_the_resource_where_it_is_one() -> None:
    two = subject(0), subject(3)
    assert WORDS.draft(ticket(*two), known(*two)).title.endswith("(2 resources in acme-web-prod)")
    group = Group("acme", By.SUBJECT, "s3.8", "team-web", subject=subject(4).subject)
    single = ticket(subject(4), group=group)
    assert WORDS.draft(single, known(subject(4))).title.endswith("(acme-site-4 in acme-web-test)")


@pytest.mark.parametrize(
    ("shown", "said_as"),
    [
        ("acme-web-prod (111122223333)", "acme-web-prod (111122223333)"),
        ("acme-web-prod", "acme-web-prod (111122223333)"),
        ("111122223333", "111122223333"),
        ("(111122223333)", "111122223333"),
        ("", "111122223333"),
    ],
)
def test_an_account_is_called_by_name_and_number_each_once(shown: str, said_as: str) -> None:
    assert account_said(subject(0, account_shown=shown)) == said_as


def test_a_title_of_which_nothing_is_known_names_the_control() -> None:
    assert WORDS.draft(TICKET, {}).title == "S3.8 (12 resources)"


def test_severity_is_that_of_the_gravest_and_due_that_of_the_earliest_which_fails() -> None:
    draft = WORDS.draft(TICKET, WORLD)
    assert (draft.severity, draft.due) == ("CRITICAL", dt.date(2026, 11, 23))
    calm = {**WORLD, SUBJECTS[5].subject: replace(SUBJECTS[5], standing=Standing.PASSED)}
    draft = WORDS.draft(TICKET, calm)
    assert (draft.severity, draft.due) == ("HIGH", dt.date(2026, 12, 17))
    done = WORDS.draft(TICKET, known(*SUBJECTS[6:10]))
    assert (done.severity, done.due) == ("HIGH", None)
    assert WORDS.draft(ticket(subject(0)), known(subject(0, severity="INFORMATIONAL"))).severity == "LOW"


@pytest.mark.parametrize(("rung", "raised"), [(0, 0), (1, 1), (2, 2), (9, 2)])
def test_every_step_of_the_ladder_that_was_told_raises_the_priority(rung: int, raised: int) -> None:
    assert WORDS.draft(replace(TICKET, rung=rung), WORLD).raised == raised


def test_a_draft_does_not_change_when_it_is_looked_at_again() -> None:
    later = known(*(replace(one, seen_at=NOW + 3 * DAY) for one in reversed(SUBJECTS)))
    other = replace(TICKET, members=TICKET.members[::-1], attempts=3, trouble="busy", written="x", written_at=NOW)
    assert WORDS.draft(other, later) == WORDS.draft(TICKET, WORLD)


def test_a_ticket_that_people_wrote_keeps_its_text_and_is_told_so() -> None:
    adopted = replace(TICKET, is_adopted=True)
    draft = WORDS.draft(adopted, WORLD)
    assert draft.keeps_text
    assert "Its title and its text stay as people wrote them" in said(draft.body)
    assert not WORDS.draft(TICKET, WORLD).keeps_text


def test_everything_done_says_so() -> None:
    text = text_of(ticket(*SUBJECTS[6:9]), *SUBJECTS[6:9])
    assert (
        "S3.8 (S3 general purpose buckets should block public access) does not fail for anything in this ticket" in text
    )
    assert "Still failing" not in text
    assert "1 waived: waiver W-2026-014, until 2026-12-01" in text


def test_without_pages_the_command_that_lists_them_is_told() -> None:
    text = text_of(TICKET, *SUBJECTS, policy=replace(POLICY, link=""))
    assert "run hubposture findings --list 'control=S3.8 owner=team-web status=FAILED'" in text


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (GROUP, "control=S3.8 owner=team-web status=FAILED"),
        (replace(GROUP, account="222233334444"), "control=S3.8 owner=team-web status=FAILED account=222233334444"),
        (
            replace(GROUP, subject="x"),
            (
                "control=S3.8 owner=team-web status=FAILED account=222233334444 region=us-east-1 "
                "resource=arn:aws:s3:::acme-site-1"
            ),
        ),
    ],
)
def test_the_filter_finds_what_the_ticket_is_about(group: Group, expected: str) -> None:
    assert finding_filter(group, "S3.8", one=subject(1), is_redacted=False) == expected
    assert (
        finding_filter(group, "S3.8", one=subject(1), is_redacted=True) == "control=S3.8 owner=team-web status=FAILED"
    )


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
@example('a" OR control=*', "\\")
def test_every_filter_can_be_read_again(owner: str, resource: str) -> None:
    group = replace(GROUP, owner=owner, subject="x")
    made = finding_filter(group, "S3.8", one=subject(1, resource=resource), is_redacted=False)
    found = parse(made, fields=FIELDS, now=NOW.replace(tzinfo=dt.UTC))
    assert isinstance(found, All)
    values = {one.name: one.values for one in found.parts if isinstance(one, Comparison)}
    assert (values["owner"], values["resource"]) == ((owner,), (resource,))


def test_settings_that_are_off_are_not_spoken_of() -> None:
    text = text_of(TICKET, *SUBJECTS, policy=replace(POLICY, not_mine=(), wont_do=(), refresh_hours=0))
    assert "Not yours?" not in text
    assert "Won't Do" not in text
    assert "Closing it by hand does not: what still fails opens it again." in text
    both = text_of(TICKET, *SUBJECTS, policy=replace(POLICY, not_mine=("not-mine", "Wrong team")))
    assert "Put the label not-mine on this ticket (or Wrong team, as a label or a resolution)" in both


SECRETS = (
    *ACCOUNTS, "acme-web-prod", "acme-web-test", "acme-site", "arn:", "eu-central-1", "us-east-1", "W-2026-014", "linked",
)  # fmt: skip


@pytest.mark.parametrize("by", list(By))
def test_in_a_redacted_place_nothing_names_an_account_or_a_resource(by: By) -> None:
    one = ticket(*SUBJECTS, group=replace(GROUP, by=by, account="111122223333", subject=SUBJECTS[0].subject))
    words = TicketWords(REDACTED)
    draft = words.draft(one, WORLD)
    comments = (
        words.closing(one, Outcome.FIXED, WORLD),
        words.reopening(one, WORLD, closed_at=NOW),
        words.reopening(one, WORLD, closed_at=None),
        words.escalation(one, POLICY.ladder[1], WORLD, due=NOW.date()),
        words.leaving(one, WORLD),
        words.moving(one, ["team-a"]),
        words.following(one, one),
    )
    for text in (draft.title, said(draft.body), *map(said, comments)):
        assert [secret for secret in SECRETS if secret in text] == []
    assert "6 resources" in said(draft.body)
    assert "https://posture.example.com/findings?filter=control%3DS3.8" in said(draft.body)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.sampled_from([POLICY, REDACTED]), st.sampled_from(list(By)))
def test_hostile_data_is_never_raised_on_and_fits_everywhere(hostile: str, policy: Policy, by: By) -> None:
    subjects = [
        replace(
            subject(number, standing),
            account_shown=hostile, title=hostile, shown=hostile, url=hostile, resource=hostile, region=hostile,
            severity=hostile, waiver=hostile, why=hostile,
        )
        for number, standing in enumerate(Standing)
    ]  # fmt: skip
    one = ticket(*subjects, group=Group("acme", by, hostile, hostile, hostile, hostile))
    words = TicketWords(replace(policy, not_mine=(hostile,), wont_do=(hostile, hostile)))
    draft = words.draft(one, known(*subjects))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", draft.title)
    assert units(draft.title) <= TITLE_LIMIT
    assert draft.digest
    for body in (
        draft.body,
        words.closing(one, Outcome.WAIVED, known(*subjects)),
        words.leaving(one, known(*subjects)),
    ):
        check(adf(body))
        assert units(wiki(body)) <= 32_767
        assert units(plain(body, most=4_000)) <= 4_000


def test_a_ticket_of_five_hundred_long_names_fits_its_tracker() -> None:
    many = [subject(number, resource=f"arn:aws:s3:::{number}-{'x' * 500}") for number in range(500)]
    draft = TicketWords(replace(POLICY, rows=200)).draft(ticket(*many), known(*many))
    assert len(wiki(draft.body)) <= 32_767
    assert "and 4" in wiki(draft.body)
