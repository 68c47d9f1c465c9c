"""A call is tried again when that may help, given up when it will not, and its error says what to do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, OTHER, Asked, Refused, standing
from hubposture.aws.gateway import Seat
from hubposture.aws.limits import CircuitOpen
from hubposture.aws.retry import Patience
from hubposture.aws.session import Purpose
from hubposture.errors import AnswerLost, RemoteRefused, RemoteUnavailable

SEAT = Seat(MEMBERS[0], HOME, Purpose.READER)
WRITER = Seat(MEMBERS[0], HOME, Purpose.WRITER)
ENABLE = {"StandardsSubscriptionRequests": [{"StandardsArn": "arn"}]}


def fails_first(times: int, problem: Exception) -> Callable[[Asked], dict[str, Any]]:
    left = [times]

    def answer(asked: Asked) -> dict[str, Any]:
        if asked.service == "securityhub" and left[0] > 0:
            left[0] -= 1
            raise problem
        return {}

    return answer


LOST = ReadTimeoutError(endpoint_url="u")


@pytest.mark.parametrize(
    "problem",
    [
        Refused("TooManyRequestsException", 429),
        Refused("ThrottlingException", 429),
        Refused("LimitExceededException", 429),
        Refused("InternalException", 500),
        Refused("ServiceUnavailable", 503),
        LOST,
        ConnectTimeoutError(endpoint_url="u"),
    ],
    ids=lambda problem: getattr(problem, "code", type(problem).__name__),
)
def test_what_may_pass_is_tried_again(problem: Exception) -> None:
    with standing(fails_first(3, problem)) as stand:
        stand.gateway.call(SEAT, "DescribeHub")
        assert stand.record.total("DescribeHub") == 4


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidInputException", "ResourceNotFoundException"])
def test_what_will_not_pass_is_tried_once(code: str) -> None:
    with standing(fails_first(1, Refused(code))) as stand, pytest.raises(RemoteRefused, match=code):
        stand.gateway.call(SEAT, "DescribeHub")
    assert stand.record.total("DescribeHub") == 1


def test_an_operation_the_server_does_not_know_is_tried_once() -> None:
    with standing(fails_first(9, Refused("NotImplemented", 501))) as stand, pytest.raises(RemoteRefused):
        stand.gateway.call(SEAT, "DescribeHub")
    assert stand.record.total("DescribeHub") == 1


@pytest.mark.parametrize("problem", [LOST, Refused("InternalException", 500)])
def test_a_lost_answer_of_what_must_not_happen_twice_is_reported_not_repeated(problem: Exception) -> None:
    with standing(fails_first(1, problem)) as stand, pytest.raises(AnswerLost, match="reading back decides"):
        stand.gateway.call(WRITER, "BatchEnableStandards", ENABLE)
    assert stand.record.total("BatchEnableStandards") == 1


def test_a_throttle_of_what_must_not_happen_twice_is_repeated_as_nothing_was_done() -> None:
    with standing(fails_first(2, Refused("TooManyRequestsException", 429))) as stand:
        stand.gateway.call(WRITER, "BatchEnableStandards", ENABLE)
    assert stand.record.total("BatchEnableStandards") == 3


def test_a_full_quota_is_given_up_sooner_than_a_throttle() -> None:
    always = Refused("LimitExceededException", 429)
    policy = {"Name": "n", "ConfigurationPolicy": {"SecurityHub": {"ServiceEnabled": False}}}
    with standing(fails_first(99, always)) as stand, pytest.raises(RemoteUnavailable, match="a quota is full"):
        stand.gateway.call(Seat(ADMINISTRATOR, HOME, Purpose.ADMINISTRATOR_WRITER), "CreateConfigurationPolicy", policy)
    assert stand.record.total("CreateConfigurationPolicy") == Patience().limit_tries


def test_tries_end_with_the_time_allowed_for_a_call() -> None:
    patience = Patience(tries=1000, budget_seconds=60)
    with (
        standing(fails_first(5000, Refused("TooManyRequestsException", 429)), patience=patience) as stand,
        pytest.raises(RemoteUnavailable, match="tries"),
    ):
        stand.gateway.call(SEAT, "DescribeHub")
    assert stand.aws.time.clock() - 1000 < 60 + 1


def test_pauses_are_drawn_so_that_callers_do_not_come_back_together() -> None:
    with standing(fails_first(6, Refused("InternalException", 500))) as stand:
        stand.gateway.call(SEAT, "DescribeHub")
        stand_pauses = set(stand.aws.time.slept)
    assert len(stand_pauses) == 6


def test_a_dead_account_costs_little_and_stops_no_other() -> None:
    def answer(asked: Asked) -> dict[str, Any]:
        if asked.service == "securityhub" and MEMBERS[0] in asked.key:
            raise ConnectTimeoutError(endpoint_url="u")
        return {}

    with standing(answer) as stand:
        for region in (HOME, OTHER) * 10:
            with pytest.raises(RemoteUnavailable):
                stand.gateway.call(Seat(MEMBERS[0], region, Purpose.READER), "DescribeHub")
            stand.gateway.call(Seat(MEMBERS[1], region, Purpose.READER), "DescribeHub")
        sent = [one for one in stand.aws.asked if MEMBERS[0] in one.key]
    assert len(sent) < 20


def test_a_circuit_says_how_long_the_account_is_left_alone() -> None:
    with standing(fails_first(9999, ConnectTimeoutError(endpoint_url="u"))) as stand:
        with pytest.raises(RemoteUnavailable):
            stand.gateway.call(SEAT, "DescribeHub")
        with pytest.raises(CircuitOpen, match=f"account {MEMBERS[0]}"):
            stand.gateway.call(SEAT, "DescribeHub")


def test_a_denial_names_account_region_operation_and_the_actions_its_role_needs() -> None:
    updates: dict[str, Any] = {"StandardsControlAssociationUpdates": []}
    with (
        standing(fails_first(1, Refused("AccessDeniedException", 403))) as stand,
        pytest.raises(RemoteRefused) as problem,
    ):
        stand.gateway.call(WRITER, "BatchUpdateStandardsControlAssociations", updates)
    text = str(problem.value)
    assert f"{MEMBERS[0]}/{HOME}" in text
    assert "the writer role needs securityhub:BatchUpdateStandardsControlAssociations" in text
    assert "securityhub:UpdateStandardsControl" in text


def test_a_denial_under_a_configuration_policy_says_so() -> None:
    message = "This account is currently associated with a central configuration policy, so only the administrator can."
    with (
        standing(fails_first(1, Refused("AccessDeniedException", 403, message))) as stand,
        pytest.raises(RemoteRefused, match="change the policy, or make the account self-managed"),
    ):
        stand.gateway.call(WRITER, "BatchEnableStandards", ENABLE)


def test_a_defect_of_ours_is_raised_as_it_is() -> None:
    def answer(asked: Asked) -> dict[str, Any]:
        raise KeyError("ours")

    with standing(answer, reader="") as stand, pytest.raises(KeyError, match="ours"):
        stand.gateway.call(SEAT, "DescribeHub")


def test_a_listing_goes_through_empty_pages_to_its_end() -> None:
    pages: Iterator[dict[str, Any]] = iter(
        [{"Roots": [], "NextToken": "a"}, {"Roots": [{"Id": "r-1"}], "NextToken": "b"}, {"Roots": []}]
    )

    def answer(asked: Asked) -> dict[str, Any]:
        return next(pages) if asked.service == "organizations" else {}

    with standing(answer) as stand:
        seat = stand.gateway.administrator("organizations")
        assert [one["Id"] for one in stand.gateway.items(seat, "ListRoots", "Roots")] == ["r-1"]


def test_a_listing_whose_token_repeats_ends_with_an_error() -> None:
    with standing(lambda _: {"Roots": [], "NextToken": "same"}) as stand, pytest.raises(RemoteRefused, match="repeats"):
        list(stand.gateway.pages(stand.gateway.administrator("organizations"), "ListRoots"))


def test_the_record_names_the_actions_of_each_role() -> None:
    with standing(lambda _: {"StandardsSubscriptions": []}) as stand:
        stand.gateway.call(SEAT, "DescribeHub")
        stand.gateway.call(
            WRITER, "BatchUpdateStandardsControlAssociations", {"StandardsControlAssociationUpdates": []}
        )
        assert stand.record.actions() == {
            Purpose.BASE: {"sts:AssumeRole"},
            Purpose.READER: {"securityhub:DescribeHub"},
            Purpose.WRITER: {
                "securityhub:BatchUpdateStandardsControlAssociations",
                "securityhub:UpdateStandardsControl",
            },
        }
