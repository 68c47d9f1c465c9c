"""GetFindings as the administrator: what is asked for, what is made of the answers, and that nothing is passed over."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, Asked, Refused, standing
from findings.asff_world import control_finding, stamp
from hubposture.aws.findings import AwsFindings, observed
from hubposture.aws.gateway import Gateway
from hubposture.aws.pool import Pool
from hubposture.aws.retry import Patience
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.ports.findings import FindingsReader, Page, Priority

START = dt.datetime(2026, 11, 2, 8)
NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)


def reader(gateway: Gateway, budget: Callable[[Priority], None] | None = None) -> AwsFindings:
    return AwsFindings(gateway, Pool(2), home=HOME, now=lambda: NOW, budget=budget)


def equals(*values: str) -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": "EQUALS"} for value in values]


def ids(pages: Sequence[Page]) -> list[str]:
    return [one.id for page in pages for one in page.findings]


def asked_for(aws: Any) -> list[Asked]:
    return [one for one in aws.asked if one.operation == "GetFindings"]


def paged(records: Sequence[Any]) -> Callable[[Asked], Any]:
    """Answers GetFindings with these records, as many a page as are asked for."""

    def answer(asked: Asked) -> Any:
        if asked.operation != "GetFindings":
            return {}
        at, size = int(asked.params.get("NextToken", 0)), asked.params["MaxResults"]
        more = {"NextToken": str(at + size)} if at + size < len(records) else {}
        return {"Findings": records[at : at + size], **more}

    return answer


# --- what is asked -----------------------------------------------------------------------------------------------------


def test_a_sweep_asks_for_what_is_active_in_any_of_its_accounts_in_an_order_that_updates_do_not_change() -> None:
    with standing(paged([control_finding(1)])) as here:
        list(reader(here.gateway).sweep(MEMBERS))
    (asked,) = asked_for(here.aws)
    assert asked.region == HOME
    assert here.aws.assumed[asked.key] == f"{ADMINISTRATOR}/admin-reader"
    assert asked.params == {
        "Filters": {"AwsAccountId": equals(*MEMBERS), "RecordState": equals("ACTIVE")},
        "SortCriteria": [{"Field": "CreatedAt", "SortOrder": "asc"}],
        "MaxResults": 100,
    }


def test_a_sweep_of_no_accounts_asks_nothing_for_that_would_mean_all_of_them() -> None:
    with standing(paged([control_finding(1)])) as here:
        assert list(reader(here.gateway).sweep([])) == []
    assert here.aws.asked == []


def test_an_increment_asks_for_what_was_updated_since_oldest_first_and_if_wanted_only_what_is_archived() -> None:
    with standing(paged([])) as here:
        list(reader(here.gateway).increment(START))
        list(reader(here.gateway).increment(START, archived_only=True))
    everything, archived = asked_for(here.aws)
    (since,) = everything.params["Filters"]["UpdatedAt"]
    assert since["Start"] == "2026-11-02T08:00:00.000Z"
    assert since["End"] > "2027"
    assert everything.params["Filters"].keys() == {"UpdatedAt"}
    assert everything.params["SortCriteria"] == [{"Field": "UpdatedAt", "SortOrder": "asc"}]
    assert archived.params["Filters"]["RecordState"] == equals("ARCHIVED")


def test_suppressed_findings_are_asked_for_by_their_workflow_status_and_only_where_active() -> None:
    with standing(paged([])) as here:
        list(reader(here.gateway).suppressed())
    (asked,) = asked_for(here.aws)
    assert asked.params["Filters"] == {"WorkflowStatus": equals("SUPPRESSED"), "RecordState": equals("ACTIVE")}


def test_a_check_names_each_id_once_in_twenties_and_leaves_out_what_another_product_calls_the_same() -> None:
    records = [control_finding(number) for number in range(45)]
    twin = {**records[0], "ProductArn": "arn:aws:securityhub:eu-west-1::product/acme/scanner"}

    def answer(asked: Asked) -> Any:
        if asked.operation != "GetFindings":
            return {}
        wanted = {one["Value"] for one in asked.params["Filters"]["Id"]}
        assert len(wanted) == len(asked.params["Filters"]["Id"]) <= 20
        return {"Findings": [one for one in (*records, twin) if one["Id"] in wanted]}

    wanted = [(one["ProductArn"], one["Id"]) for one in records]
    with standing(answer) as here:
        pages = list(reader(here.gateway).check([*wanted, wanted[3]]))
    assert len(asked_for(here.aws)) == 3
    assert sorted((one.product, one.id) for page in pages for one in page.findings) == sorted(wanted)


@pytest.mark.parametrize(("generator", "on"), [("SECURITY_CONTROL", True), ("STANDARD_CONTROL", False), (None, False)])
def test_findings_are_consolidated_if_the_administrators_hub_makes_them_by_control(
    generator: str | None, on: bool
) -> None:
    with standing(lambda _asked: {"ControlFindingGenerator": generator} if generator else {}) as here:
        found: FindingsReader = reader(here.gateway)
        assert found.is_consolidated() is on


# --- what is made of the answers ---------------------------------------------------------------------------------------


def test_a_record_that_is_no_finding_is_rejected_with_its_page_and_place_and_the_others_are_kept() -> None:
    records = [control_finding(number) for number in range(102)]
    records[101] = {"Id": "nothing else"}
    with standing(paged(records)) as here:
        pages = list(reader(here.gateway).sweep(MEMBERS))
    assert [len(page.findings) for page in pages] == [100, 1]
    (rejected,) = pages[1].rejected
    assert rejected.where == f"GetFindings {HOME}, page 2[1]"


def test_findings_are_observed_when_aws_says_it_answered_and_by_our_clock_only_if_it_says_nothing() -> None:
    def reply(date: str) -> dict[str, Any]:
        return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    assert observed(reply("Mon, 02 Nov 2026 08:15:30 GMT"), NOW) == dt.datetime(2026, 11, 2, 8, 15, 30)
    for date in ("", "yesterday", "Mon, 99 Nov 2026 08:15:30 GMT"):
        assert observed(reply(date), NOW) == dt.datetime(2026, 11, 24, 8)
    assert observed({}, NOW) == dt.datetime(2026, 11, 24, 8)


def test_the_budget_is_asked_before_every_call_and_told_who_asks() -> None:
    waited: list[Priority] = []
    with standing(paged([control_finding(number) for number in range(250)])) as here:
        found = reader(here.gateway, waited.append)
        list(found.sweep(MEMBERS))
        assert waited == [Priority.SWEEP] * 3
        waited.clear()
        list(found.increment(START))
        assert set(waited) == {Priority.INCREMENT}
        assert len(waited) == len(asked_for(here.aws)) - 3
        waited.clear()
        list(found.check([("p", "i")]))
        assert set(waited) == {Priority.CHECK}


def test_nothing_is_asked_ahead_of_who_reads() -> None:
    with standing(paged([control_finding(number) for number in range(300)])) as here:
        pages = reader(here.gateway).sweep(MEMBERS)
        next(pages)
        assert len(asked_for(here.aws)) == 1


# --- what goes wrong ---------------------------------------------------------------------------------------------------


def test_being_throttled_is_waited_out() -> None:
    whole = paged([control_finding(number) for number in range(150)])
    left = [Refused("TooManyRequestsException", 429), Refused("ThrottlingException", 429)]

    def answer(asked: Asked) -> Any:
        if asked.operation == "GetFindings" and left:
            raise left.pop()
        return whole(asked)

    with standing(answer) as here:
        assert len(ids(list(reader(here.gateway).sweep(MEMBERS)))) == 150


def test_calls_keep_to_three_a_second_after_the_first_six() -> None:
    with standing(paged([control_finding(number) for number in range(3_600)])) as here:
        before = here.aws.time.seconds
        list(reader(here.gateway).sweep(MEMBERS))
        assert len(asked_for(here.aws)) == 36
        assert 10 <= here.aws.time.seconds - before <= 11.5


def test_an_error_in_the_middle_comes_after_the_pages_that_were_read() -> None:
    whole = paged([control_finding(number) for number in range(150)])

    def answer(asked: Asked) -> Any:
        if asked.params.get("NextToken"):
            raise Refused("InternalException", 500)
        return whole(asked)

    with standing(answer, patience=Patience(tries=2)) as here:
        pages = reader(here.gateway).sweep(MEMBERS)
        assert len(next(pages).findings) == 100
        with pytest.raises(RemoteUnavailable, match="securityhub:GetFindings"):
            next(pages)


def test_a_role_without_the_right_is_told_which_one_it_needs() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "GetFindings":
            raise Refused("AccessDeniedException", 403)
        return {}

    with (
        standing(answer) as here,
        pytest.raises(RemoteRefused, match="administrator role needs securityhub:GetFindings"),
    ):
        list(reader(here.gateway).sweep(MEMBERS))


def test_a_listing_whose_token_repeats_ends_with_an_error() -> None:
    with (
        standing(lambda _asked: {"Findings": [], "NextToken": "again"}) as here,
        pytest.raises(RemoteRefused, match="never ends"),
    ):
        list(reader(here.gateway).sweep(MEMBERS))
    with (
        standing(lambda _asked: {"Findings": [], "NextToken": "again"}) as here,
        pytest.raises(RemoteRefused, match="never ends"),
    ):
        list(reader(here.gateway).increment(START))


# --- findings that change while they are read --------------------------------------------------------------------------


@dataclass
class Hub:
    """Findings by number with the second of their last update; every page is made of what is there at that moment.

    `updates` says which findings are updated behind each page: a finding that is updated goes to the end.
    """

    seconds: dict[int, int]
    updates: Sequence[Sequence[int]]
    calls: int = 0
    updated: set[int] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Any:
        if asked.operation != "GetFindings":
            return {}
        assert self.calls < 200, "it never ends"
        start = asked.params["Filters"]["UpdatedAt"][0]["Start"]
        skip, size = int(asked.params.get("NextToken", 0)), asked.params["MaxResults"]
        found = [one for one in self.records() if one["UpdatedAt"] >= start]
        more = {"NextToken": str(skip + size)} if skip + size < len(found) else {}
        self._go_on()
        return {"Findings": found[skip : skip + size], **more}

    def records(self) -> list[Any]:
        order = sorted(self.seconds.items(), key=lambda item: (item[1], item[0]))
        return [control_finding(one, UpdatedAt=stamp(START + dt.timedelta(seconds=at))) for one, at in order]

    def _go_on(self) -> None:
        last = max(self.seconds.values(), default=0) + 1
        for one in self.updates[self.calls] if self.calls < len(self.updates) else ():
            if one in self.seconds:
                self.seconds[one] = last
        self.calls += 1


@given(
    times=st.lists(st.integers(0, 30), max_size=350),
    updates=st.lists(st.lists(st.integers(0, 349), max_size=80), max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_an_increment_passes_nothing_over_however_findings_are_updated_while_it_reads(
    times: list[int], updates: list[list[int]]
) -> None:
    hub = Hub(dict(enumerate(times)), updates)
    there = {record["Id"] for record in hub.records()}
    with standing(hub) as here:
        found = ids(list(reader(here.gateway).increment(START)))
    assert set(found) == there


def test_an_increment_over_thousands_of_one_moment_goes_on_by_token_and_ends() -> None:
    hub = Hub(dict.fromkeys(range(450), 7), [])
    with standing(hub) as here:
        found = ids(list(reader(here.gateway).increment(START)))
    assert len(set(found)) == 450
    assert hub.calls <= 7
