"""Findings as documents: by control, one by one, a single one; and what a sync did."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from hubposture.findings.finding import Rejected
from hubposture.ports.lake import Counts, Folded, Group
from hubposture.ports.ledger import Failure
from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views import finding, findings, sync
from hubposture.views.document import Code, Document, Table, Text, Tone
from hubposture.views.words import age, resource_short, share, state
from views.posture_world import AT, ago, row
from views.test_plan import sections, words

UNTIL = dt.datetime(2026, 12, 12, 23)
GROUPS = [
    Group("s3.8", "S3.8", "Buckets should block public access", "CRITICAL", 17, 240, 6, 3, 2, ago(43), UNTIL),
    Group("iam.6", "IAM.6", "Root should have hardware MFA", "CRITICAL", 0, 11, 0, 0, 0, None),
    Group("", "guardduty", "EC2 instance mines", "HIGH", 1, 1, 1, 0, 0, ago(0.2)),
]


def table(document: Document) -> Table:
    (found,) = [block for block in document.blocks if isinstance(block, Table)]
    return found


def cells(document: Document, at: int) -> list[str]:
    return words(Table((), [table(document).rows[at]]))


# By control


def test_a_group_says_how_many_fail_of_how_many_where_since_when_and_what_is_waived() -> None:
    document = findings.grouped("acme", GROUPS, Counts(252, 18), wanted="severity>=HIGH", at=AT)
    assert words(sections(document)[""]) == ["18 of 252 resources failing", "filter: severity>=HIGH"]
    assert cells(document, 0) == [
        "CRITICAL", "S3.8", "Buckets should block public access", "17", "240", "6", "43 days", "2 (next expiry 12 Dec)", "3",
    ]  # fmt: skip
    assert cells(document, 1)[3:] == ["0", "11", "-", "-", "-", "-"]
    assert cells(document, 2)[1:3] == ["guardduty", "EC2 instance mines"]
    assert document.data["groups"][0]["since"] == "2026-10-12T10:40:00Z"
    assert document.data["groups"][0]["waived_until"] == "2026-12-12T23:00:00Z"


def test_the_next_expiry_is_the_last_day_of_the_organization_with_its_year_where_that_is_another_one() -> None:
    group = replace(GROUPS[0], waived_until=dt.datetime(2026, 12, 31, 23))
    document = findings.grouped("acme", [group], Counts(1, 1), wanted="", at=AT, zone=ZoneInfo("Asia/Tokyo"))
    assert cells(document, 0)[7] == "2 (next expiry 1 Jan 2027)"
    document = findings.grouped("acme", [group], Counts(1, 1), wanted="", at=AT, zone=ZoneInfo("Europe/Berlin"))
    assert cells(document, 0)[7] == "2 (next expiry 31 Dec)"


def test_nothing_found_is_good_without_a_filter_and_a_doubt_with_one() -> None:
    def first(wanted: str) -> object:
        return findings.grouped("acme", [], Counts(0, 0), wanted=wanted, at=AT).blocks[0].lines[0]  # type: ignore[union-attr]

    assert first("") == Text("Nothing found", Tone.GOOD)
    assert first("control=S9.9") == Text("Nothing found", Tone.WARN)


# One by one


def test_a_list_calls_accounts_by_alias_or_name_and_resources_by_what_tells_them_apart() -> None:
    nameless = row(account_alias="", account_name="Data", account="444455556666", region="us-east-1",
                   resource="arn:aws:ec2:us-east-1:444455556666:security-group/sg-1", failing_since=ago(0.3))  # fmt: skip
    document = findings.listed("acme", [row(), nameless], Counts(2, 2), wanted="", at=AT)
    assert cells(document, 0) == [
        "HIGH", "S3.8", "acme-public-site-assets", "acme-web-prod", "111122223333", "eu-central-1", "43 days", "failing", "",
    ]  # fmt: skip
    assert cells(document, 1)[2:7] == ["security-group/sg-1", "Data", "444455556666", "us-east-1", "7 h"]


def test_a_list_says_how_to_go_on_and_gives_it_as_data() -> None:
    document = findings.listed("acme", [row()], Counts(31, 31), wanted="", at=AT, more=True)
    assert words(document.blocks[-1]) == [f"and 30 more; --after {row()['subject']} goes on"]  # type: ignore[arg-type]
    assert document.data["after"] == row()["subject"]
    assert findings.listed("acme", [row()], Counts(1, 1), wanted="", at=AT).data["after"] == ""


def test_a_finding_of_another_product_is_shown_by_product_and_title() -> None:
    other = row(kind="other", control="", control_shown="", product="guardduty", title="EC2 mines", status="",
                failing_since=None, first_seen_at=ago(3), resource="AWS::::Account:111122223333")  # fmt: skip
    document = findings.listed("acme", [other], Counts(1, 1), wanted="", at=AT)
    assert cells(document, 0)[1:3] == ["guardduty", "EC2 mines (the account)"]
    assert cells(document, 0)[6:8] == ["3 days", "open"]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_list_fits_the_terminal_a_row_a_line_and_keeps_the_state_where_states_differ(width: int) -> None:
    rows = [row(), row(status="PASSED", failing_since=None)]
    lines = text.render(findings.listed("acme", rows, Counts(2, 1), wanted="", at=AT), width=width).splitlines()
    shown = [line for line in lines if "acme-web-prod" in line]
    assert len(shown) == 2
    assert all(len(line) <= width for line in lines)
    assert "failing" in shown[0]
    assert "passed" in shown[1]


# One


FINDING = {
    "record_state": "ACTIVE", "compliance": "FAILED", "severity": "HIGH", "workflow": "NEW", "updated_at": ago(0.4),
    "standard": "", "reason": "", "id": "arn:aws:securityhub:eu-central-1:111122223333:security-control/S3.8/finding/1",
    "note": "Asked the team", "note_by": "kim", "note_at": ago(3),
}  # fmt: skip


def change(days: float, was: str, becomes: str, **more: Any) -> dict[str, Any]:
    return {
        "happened_at": ago(days), "at": ago(days), "cause": "finding",
        "from_presence": "present" if was else "", "from_status": was, "from_suppressed": False,
        "to_presence": "present", "to_status": becomes, "to_suppressed": False,
    } | more  # fmt: skip


def one(**more: Any) -> Document:
    history = [change(200, "", "PASSED"), change(43, "PASSED", "FAILED")]
    return finding.document(row(**more), [FINDING], history, [("Owner", "team-web")], at=AT)


def test_a_finding_says_what_fails_since_when_where_and_whose_it_is() -> None:
    document = one()
    assert document.title == "S3.8: S3 general purpose buckets should block public access"
    said = [line for block in document.blocks[:2] for line in words(block)]  # type: ignore[arg-type]
    assert said == [
        "HIGH, failing for 43 days, since 12 Oct 2026",
        "Resource: arn:aws:s3:::acme-public-site-assets (AwsS3Bucket)",
        "Account: acme-web-prod (111122223333), Web production, in eu-central-1",
        "OU: /Workloads/Prod",
        "Owner: team-web",
        "How to fix it: https://example.com/S3.8",
    ]


def test_a_finding_shows_its_history_its_notes_and_the_ids_in_security_hub() -> None:
    document = one()
    found = sections(document)
    assert words(found["History"]) == [
        "2026-05-08 10:40", "not known", "passed", "its check said so",
        "2026-10-12 10:40", "passed", "failing", "its check said so",
    ]  # fmt: skip
    assert Code(str(FINDING["id"])) in document.blocks
    assert 'Note by kim on 21 Nov 2026: "Asked the team"' in text.render(document)
    assert words(found["Tags"]) == ["Owner", "team-web"]
    assert orjson.loads(as_json.render(document))["subject"]["failing_since"] == "2026-10-12T10:40:00Z"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ["Enforced: it must pass or be waived.", "Overdue by 13 days: it was due on 11 Nov 2026."]),
        ({"failing_since": ago(10)}, ["Enforced: it must pass or be waived.", "Due on 14 Dec 2026."]),
        ({"due_before": None}, ["Enforced: it must pass or be waived."]),
        ({"waiver": "W-1", "waived_until": dt.datetime(2027, 5, 1)}, ["Enforced: it must pass or be waived."]),
        ({"disposition": "", "obligation": False}, ["The matrix has no row for this control here."]),
        ({"disposition": "monitor", "obligation": False}, ["The matrix says monitor; it is no obligation now."]),
        ({"kind": "other"}, ["Found by another product; the matrix speaks of controls only."]),
    ],
)
def test_a_finding_says_what_is_wanted_and_by_when(more: dict[str, Any], said: list[str]) -> None:
    assert words(sections(one(**more))["What is wanted"]) == said


WAIVED = {
    "waiver": "W-2026-014", "waived_until": dt.datetime(2027, 5, 1, 22), "waiver_effect": "suppress",
    "waiver_state": "holding", "waiver_approved_by": "lee@example.com", "waiver_approval": "servicenow PER0010042",
    "waiver_reason": "Static web site, public on purpose",
}  # fmt: skip


def test_a_waived_finding_shows_its_waiver_who_approved_it_why_and_its_last_day() -> None:
    berlin = finding.document(row(**WAIVED), [], [], [], at=AT, zone=ZoneInfo("Europe/Berlin"))
    assert words(sections(berlin)["Waiver W-2026-014"]) == [
        "holding, through 1 May 2027",
        "Approved by lee@example.com (servicenow PER0010042)",
        "Reason: Static web site, public on purpose",
    ]
    assert words(sections(berlin)[""])[0] == "HIGH, failing, waived for 43 days, since 12 Oct 2026"
    assert not [heading for heading in sections(one()) if heading.startswith("Waiver")]


def test_a_finding_says_that_it_is_accepted_visibly_and_that_its_waiver_is_over() -> None:
    visible = words(sections(one(**WAIVED | {"waiver_effect": "visible", "waived_until": AT}))["Waiver W-2026-014"])
    assert visible[:3] == [
        "holding, through 24 Nov 2026",
        "That day is over; the next `hubposture waivers enforce` ends it.",
        "Accepted visibly: it counts as met, and stays open in Security Hub.",
    ]
    bare = {"waiver": "W-1", "waived_until": None}
    assert words(sections(one(**bare))["Waiver W-1"]) == ["its state is not known"]


@pytest.mark.parametrize(
    ("presence", "said"), [("lost", "We lost sight of it"), ("gone", "It is gone, with proof"), ("off", "is off here"), ("unsure", "not proven")]
)  # fmt: skip
def test_a_finding_that_is_not_simply_there_says_so(presence: str, said: str) -> None:
    assert said in words(sections(one(presence=presence))[""])[1]


def test_how_often_a_finding_came_back_is_told() -> None:
    assert "It came back 1 time after it had passed." in words(sections(one(returns=1, last_passed_at=ago(50)))[""])


# Sync


@dataclass(frozen=True)
class File:
    path: str
    control: int
    other: int
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class Synced:
    source: str = "files"
    folded: Folded = field(default_factory=lambda: Folded(57, 120, 43, 8_000, 12, 43))
    control: int = 8_214
    other: int = 31
    rejected: tuple[Rejected, ...] = tuple(Rejected(f"a.json[{n}]", "no Id", "{}") for n in range(12))
    files: tuple[File, ...] = (File("a.json", 8_000, 0), File("b.json.gz", 214, 31))
    swept: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    messages: int = 0


def test_a_sync_says_what_came_what_was_news_and_what_changed_state() -> None:
    document = sync.document("acme", Synced(), moves={"failing": 12, "fixed": 20, "gone": 8, "lost": 3})
    assert document.title == "Sync of acme from files"
    assert words(sections(document)[""]) == [
        "8,214 control findings, 31 of other products, 12 rejected",
        "120 new, 43 changed or refreshed, 8,000 unchanged",
        "43 changes of state: 12 newly failing, 20 fixed, 8 gone, 3 lost sight",
        "version 57 has it",
    ]
    assert words(sections(document)["Files"]) == ["a.json", "8,000", "0", "0", "b.json.gz", "214", "31", "0"]


def test_ten_rejected_records_are_shown_with_why_and_the_data_has_all() -> None:
    document = sync.document("acme", Synced())
    rejected = sections(document)["Rejected: 12 records"]
    assert isinstance(rejected, Table)
    assert (len(rejected.rows), rejected.more) == (10, 2)
    assert words(rejected)[:2] == ["a.json[0]", "no Id"]
    assert len(document.data["rejected"]) == 12


def test_a_sync_without_news_and_without_trouble_is_short() -> None:
    quiet = Synced("api", Folded(57, 0, 0, 1), 1, 0, (), (), ("111122223333",))
    assert [words(block) for block in sync.document("acme", quiet).blocks] == [  # type: ignore[arg-type]
        [
            "1 control finding, all of 1 account", "0 new, 0 changed or refreshed, 1 unchanged", "no resource changed its state",
            "version 57 has it",
        ]
    ]  # fmt: skip


def test_what_could_not_be_read_comes_right_behind_the_summary() -> None:
    document = sync.document("acme", Synced(failures=(Failure("acme-web (1)", "throttled"),)))
    assert words(sections(document)["Not read: 1 place"]) == ["acme-web (1)", "throttled"]
    assert document.data["complete"] is False


@pytest.mark.parametrize(
    "document",
    [one(), sync.document("acme", Synced(), moves={}), findings.grouped("a", GROUPS, Counts(2, 1), wanted="", at=AT)],
)
def test_every_document_is_json_and_markdown_too(document: Document) -> None:
    assert orjson.loads(as_json.render(document))["title"] == document.title
    assert markdown.render(document).startswith("## ")


# Words


def test_ages_are_minutes_hours_and_days() -> None:
    found = [age(ago(days), AT) for days in (-1, 0.5 / 24, 1 / 24, 1.99, 2, 43, 400)]
    assert found == ["0 min", "30 min", "1 h", "47 h", "2 days", "43 days", "400 days"]
    assert age(None, AT) == "-"


def test_a_share_is_all_only_if_it_is_all_and_none_only_if_it_is_none() -> None:
    assert [share(*each) for each in ((9_999, 10_000), (1, 10_000), (0, 5), (5, 5), (0, 0))] == [
        "99.9 %", "0.1 %", "0.0 %", "100.0 %", "-",
    ]  # fmt: skip


def test_states_are_words_and_what_takes_them_out_stands_beside() -> None:
    assert state("FAILED").text == "failing"
    assert state("FAILED", suppressed=True).text == "failing, suppressed"
    assert state("FAILED", suppressed=True, waived=True).text == "failing, waived"
    assert state("PASSED", waived=True).text == "passed"
    assert state("FAILED", "unsure").text == "failing, unsure"
    assert state("FAILED", "lost").text == "lost sight"


def test_a_resource_is_shown_without_what_stands_beside_it() -> None:
    assert resource_short("arn:aws:s3:::acme") == "acme"
    assert resource_short("arn:aws-cn:lambda:cn-north-1:111122223333:function:f:1") == "function:f:1"
    assert resource_short("AWS::::Account:111122223333") == "the account"
    assert resource_short("i-0123") == "i-0123"
