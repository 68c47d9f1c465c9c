"""Provisional waivers: what people suppressed, put together by control and account, with who and when where that is known."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from hubposture.catalog import load
from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.findings.finding import Finding
from hubposture.findings.tables import ACCOUNTS, WISHES
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.findings import Suppression
from hubposture.verbs.notices import NoticeRules
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_provisional import person, provisional_waivers
from hubposture.verbs.waivers import Means, Policy
from hubposture.waivers.calendar import window
from hubposture.waivers.plan import Guard
from hubposture.waivers.provisional import UNOWNED, Provisional
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import SystemOfApproval
from lake.lake_world import ACCOUNTS_, REGIONS, dimensions
from verbs.test_sync import Api
from verbs.waivers_made import BERLIN, TODAY, book_of, bucket, granted, site, waiver

ONE, TWO = ACCOUNTS_
NOW = dt.datetime(2026, 11, 24, 9)
KIM = "arn:aws:sts::111122223333:assumed-role/Admin/kim@example.com"
RULE = "arn:aws:securityhub:eu-central-1:111122223333:automation-rule/1c7e24c4"
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass
class Histories(Api):
    """AWS knows who suppressed some findings; the history of the others cannot be read."""

    who: Mapping[str, tuple[str, dt.datetime]] = field(default_factory=dict)

    def suppressions(self, ids: Sequence[tuple[str, str]]) -> Iterator[Suppression | RemoteError]:
        keys = {(one.product, one.id): one.finding for one in self.findings}
        for id_ in ids:
            self.asked.append(id_[1])
            known = self.who.get(keys[id_])
            yield Suppression(keys[id_], *known) if known else RemoteUnavailable("no history now")


Made = Callable[..., tuple[Provisional, ...]]


@pytest.fixture
def made(books: SqlLedger, reader: Reader, writer: Writer) -> Made:
    """Makes provisional waivers of findings in the lake."""

    def given(
        *findings: Finding, found: Book | None = None, who: Mapping[str, tuple[str, dt.datetime]] | None = None
    ) -> tuple[Provisional, ...]:
        owned = [
            (ONE, "web", "", ONE, "active", "ou-1", "/Work", "team-web"),
            (TWO, "data", "", TWO, "active", "ou-1", "/Work", ""),
        ]
        wishes = [("w1", one, "enforce", True, "HIGH", None, "", "Controls!G7", -1, -1) for one in ("s3.8", "s3.9")]
        writer.settle(dimensions(tables={ACCOUNTS.name: owned, WISHES.name: wishes}))
        writer.fold(findings)
        policy = Policy(Guard(), window(DAYS, "00:00-24:00"), NoticeRules())
        means = Means(
            organization="main", instance="test", who="kim", commit="", lake=reader, writer=writer, ledger=books,
            catalog=load(), zone=BERLIN, now=lambda: NOW, today=TODAY, policy=policy, is_observed=lambda _: False,
            calls=dict, reader=Histories(findings, who=who or {}),
        )  # fmt: skip
        with reader.snapshot() as snapshot:
            return provisional_waivers(means, found or book_of(), snapshot, days=90)

    return given


def suppressed(number: int = 1, **more: object) -> Finding:
    return bucket(number, **{"workflow": "SUPPRESSED", "note": "known", "note_by": "kim"} | more)  # type: ignore[arg-type]


def test_there_is_one_waiver_for_each_control_and_account_for_exactly_what_is_suppressed(made: Made) -> None:
    found = made(
        suppressed(1),
        suppressed(2, region=REGIONS[1]),
        suppressed(3, account=TWO),
        bucket(4),
        suppressed(5, compliance="PASSED"),
    )
    assert [(one.waiver.id, one.subjects.subjects) for one in found] == [
        (f"P-{ONE}-S3.8", (site(1), site(2, region=REGIONS[1]))),
        (f"P-{TWO}-S3.8", (site(3, account=TWO),)),
    ]
    for one in found:
        (entry,) = one.waiver.approvals
        assert (entry.system, entry.by, entry.on) == (SystemOfApproval.PROVISIONAL, "", TODAY)
        assert one.waiver.expires == TODAY + dt.timedelta(days=90)


def test_they_hold_as_they_are_written_and_cover_what_was_suppressed(made: Made) -> None:
    (one,) = made(suppressed(1))
    (standing,) = book_of((one.waiver, one.subjects)).standings
    assert (standing.state, standing.subjects.subjects) == (State.PROVISIONAL, (site(1),))


def test_what_a_waiver_covers_already_needs_none(made: Made) -> None:
    assert made(suppressed(1), found=book_of(granted(waiver(), site(1)))) == ()
    (one,) = made(suppressed(1), found=book_of(waiver()))
    assert one.subjects.subjects == (site(1),), "one that nobody approved covers nothing"


def test_who_suppressed_it_asked_for_it_and_the_owner_is_that_of_the_account(made: Made) -> None:
    mine, other = suppressed(1), suppressed(2, account=TWO)
    found = made(mine, other, who={mine.finding: (KIM, NOW - dt.timedelta(days=40))})
    assert [(one.waiver.requested_by, one.waiver.owner) for one in found] == [
        ("kim@example.com", "team-web"),
        ("hubposture", UNOWNED),
    ]
    assert "kim@example.com (1) on 2026-10-15" in found[0].waiver.reason
    assert '"known"' in found[0].waiver.reason


def test_an_id_that_is_taken_gets_a_number(made: Made) -> None:
    (one,) = made(suppressed(1), found=book_of(waiver(f"p-{ONE}-s3.8", resources=("arn:aws:s3:::other",))))
    assert one.waiver.id == f"P-{ONE}-S3.8-2"


def test_nothing_suppressed_gives_nothing(made: Made) -> None:
    assert made(bucket(1)) == ()


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (KIM, "kim@example.com"), ("arn:aws:iam::111122223333:user/noor", "noor"), ("ops-automation", "ops-automation"),
        ("", ""), (RULE, "the rule test-buckets"), (f"{RULE}2", "an automation rule that is gone"),
    ],
)  # fmt: skip
def test_a_person_is_named_as_people_know_them_and_a_rule_by_its_name(identity: str, said: str) -> None:
    assert person(identity, {RULE: "test-buckets"}) == said
