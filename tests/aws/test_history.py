"""Who suppressed a finding, by its history."""

import datetime as dt
from typing import Any

from aws.scripted import ADMINISTRATOR, HOME, Asked, Refused, standing
from hubposture.aws.findings import AwsFindings
from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.findings.finding import finding_key
from hubposture.ports.findings import Suppression

PRODUCT = "arn:aws:securityhub:eu-west-1::product/aws/securityhub"
KIM, LEE = "arn:aws:sts::999900000001:assumed-role/kim", "arn:aws:sts::999900000001:assumed-role/lee"


def reader(gateway: Gateway) -> AwsFindings:
    return AwsFindings(gateway, Pool(3), home=HOME, now=lambda: dt.datetime(2026, 11, 24, tzinfo=dt.UTC))


def change(when: str, who: str, *updates: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "UpdateTime": when,
        "FindingCreated": False,
        "UpdateSource": {"Type": "BATCH_UPDATE_FINDINGS", "Identity": who},
        "Updates": [{"UpdatedField": name, "OldValue": old, "NewValue": new} for name, old, new in updates],
    }


SUPPRESSED = ("Workflow.Status", "NEW", "SUPPRESSED")
RELEASED = ("Workflow.Status", "SUPPRESSED", "NEW")


def read(histories: dict[str, Any], ids: list[str]) -> list[Suppression | RemoteError]:
    """Histories by finding: pages of records, or an error."""

    def answer(asked: Asked) -> Any:
        if asked.operation != "GetFindingHistory":
            return {}
        assert asked.params["FindingIdentifier"]["ProductArn"] == PRODUCT
        pages = histories[asked.params["FindingIdentifier"]["Id"]]
        if isinstance(pages, Exception):
            raise pages
        at = int(asked.params.get("NextToken", 0))
        return {"Records": pages[at], **({"NextToken": str(at + 1)} if at + 1 < len(pages) else {})}

    with standing(answer) as here:
        found = list(reader(here.gateway).suppressions([(PRODUCT, one) for one in ids]))
        asked = [one for one in here.aws.asked if one.operation == "GetFindingHistory"]
        assert {here.aws.assumed[one.key] for one in asked} <= {f"{ADMINISTRATOR}/admin-reader"}
        assert {one.region for one in asked} <= {HOME}
    return found


def one(pages: Any) -> Suppression | RemoteError:
    (found,) = read({"a": pages}, ["a"])
    return found


def test_the_last_change_to_suppressed_says_who_and_when_in_utc() -> None:
    records = [
        change("2026-11-03T10:00:00+02:00", LEE, ("Note", "", '{"Text":"ok"}'), SUPPRESSED),
        change("2026-11-02T08:00:00Z", KIM, SUPPRESSED),
        change("2026-11-02T09:00:00Z", KIM, RELEASED),
    ]
    assert one([records]) == Suppression(finding_key(PRODUCT, "a"), LEE, dt.datetime(2026, 11, 3, 8))


def test_whatever_order_the_history_comes_in_the_newest_counts_on_every_page() -> None:
    first = [change("2026-11-02T08:00:00Z", KIM, SUPPRESSED)]
    second = [change("2026-11-05T08:00:00Z", LEE, SUPPRESSED)]
    for pages in ([first, second], [second, first], [[], first, second]):
        found = one(pages)
        assert isinstance(found, Suppression)
        assert found.who == LEE


def test_a_history_that_no_longer_tells_gives_nobody() -> None:
    nobody = Suppression(finding_key(PRODUCT, "a"), "", None)
    assert one([[]]) == nobody
    assert one([[change("2026-11-02T08:00:00Z", KIM, RELEASED), change("2026-11-01T08:00:00Z", KIM)]]) == nobody


def test_a_change_without_a_source_says_when_but_not_who() -> None:
    record = {**change("2026-11-02T08:00:00Z", KIM, SUPPRESSED), "UpdateSource": {"Type": "BATCH_UPDATE_FINDINGS"}}
    assert one([[record]]) == Suppression(finding_key(PRODUCT, "a"), "", dt.datetime(2026, 11, 2, 8))


def test_answers_come_in_the_order_asked_twice_if_asked_twice_and_one_failing_stops_no_other() -> None:
    histories: dict[str, Any] = {
        name: [[change("2026-11-02T08:00:00Z", name, SUPPRESSED)]] for name in ("a", "b", "c", "d", "e")
    }
    histories["c"] = Refused("InvalidInputException", 400)
    found = read(histories, ["e", "c", "a", "e", "b", "d"])
    assert isinstance(found[1], RemoteRefused)
    assert [found[at].who for at in (0, 2, 3, 4, 5)] == ["e", "a", "e", "b", "d"]  # type: ignore[union-attr]


def test_nothing_asked_is_nothing_answered() -> None:
    assert read({}, []) == []
