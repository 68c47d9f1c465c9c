"""Roles are assumed once per account and purpose, renewed in time, and a missing one costs one call."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, OTHER, Asked, Refused, standing
from hubposture.aws.credentials import NoRole
from hubposture.aws.gateway import Seat
from hubposture.aws.session import Purpose
from hubposture.errors import RemoteUnavailable


def fine(_: Asked) -> dict[str, Any]:
    return {}


def test_reader_and_writer_are_different_roles_of_the_account_that_is_meant() -> None:
    with standing(fine) as stand:
        for account in MEMBERS:
            for purpose in (Purpose.READER, Purpose.WRITER):
                stand.gateway.call(Seat(account, HOME, purpose), "DescribeHub")
        used = [stand.aws.assumed[one.key] for one in stand.aws.asked if one.operation == "DescribeHub"]
    assert used == [f"{account}/{role}" for account in MEMBERS for role in ("reader", "writer")]


def test_a_role_is_asked_for_with_its_external_id_and_session_name() -> None:
    with standing(fine, session_name="run-7") as stand:
        stand.gateway.call(Seat(MEMBERS[0], HOME, Purpose.READER), "DescribeHub")
    params = stand.aws.asked[0].params
    assert params["ExternalId"] == "x-1"
    assert params["RoleSessionName"] == "run-7"
    assert params["RoleArn"] == f"arn:aws:iam::{MEMBERS[0]}:role/reader"
    assert stand.aws.asked[0].key.startswith("AKIABASE")


def test_many_threads_and_regions_assume_a_role_once() -> None:
    with standing(fine) as stand:
        seats = [Seat(MEMBERS[0], region, Purpose.READER) for region in (HOME, OTHER)] * 20
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda seat: stand.gateway.call(seat, "DescribeHub"), seats))
    assert stand.aws.operations().count("AssumeRole") == 1


def test_keys_are_renewed_before_they_end() -> None:
    with standing(fine) as stand:
        seat = Seat(MEMBERS[0], HOME, Purpose.READER)
        stand.gateway.call(seat, "DescribeHub")
        stand.aws.time.seconds += 3600 - 4 * 60
        stand.gateway.call(seat, "DescribeHub")
    keys = [one.key for one in stand.aws.asked if one.operation == "DescribeHub"]
    assert len(set(keys)) == 2


def test_keys_that_ended_early_are_renewed_and_the_call_repeated() -> None:
    first: set[str] = set()

    def answer(asked: Asked) -> dict[str, Any]:
        if asked.operation == "DescribeHub" and (not first or asked.key in first):
            first.add(asked.key)
            raise Refused("ExpiredTokenException", 403)
        return {}

    with standing(answer) as stand:
        stand.gateway.call(Seat(MEMBERS[0], HOME, Purpose.READER), "DescribeHub")
        assert stand.aws.operations().count("AssumeRole") == 2


def denied(asked: Asked) -> dict[str, Any]:
    if asked.operation == "AssumeRole" and MEMBERS[1] in asked.params["RoleArn"]:
        raise Refused("AccessDenied", 403, "not authorized to perform sts:AssumeRole")
    return {}


def test_a_missing_role_says_which_and_what_to_do_and_is_asked_for_once() -> None:
    with standing(denied) as stand:
        for region in (HOME, OTHER):
            with pytest.raises(NoRole, match=r"role reader could not be assumed.*ExternalId.*deploy"):
                stand.gateway.call(Seat(MEMBERS[1], region, Purpose.READER), "DescribeHub")
        stand.gateway.call(Seat(MEMBERS[0], HOME, Purpose.READER), "DescribeHub")
        asked = [one for one in stand.aws.asked if MEMBERS[1] in one.params.get("RoleArn", "")]
    assert len(asked) == 1


def test_a_missing_role_is_asked_for_again_after_a_while() -> None:
    with standing(denied) as stand:
        for _ in range(2):
            with pytest.raises(NoRole):
                stand.gateway.call(Seat(MEMBERS[1], HOME, Purpose.READER), "DescribeHub")
            stand.aws.time.seconds += 700
        assert stand.aws.operations().count("AssumeRole") == 2


def test_a_token_service_that_is_down_is_no_missing_role() -> None:
    def answer(asked: Asked) -> dict[str, Any]:
        raise Refused("ServiceUnavailable", 503)

    with standing(answer) as stand, pytest.raises(RemoteUnavailable):
        stand.gateway.call(Seat(MEMBERS[0], HOME, Purpose.READER), "DescribeHub")


def test_member_roles_can_be_assumed_through_the_administrators_role() -> None:
    with standing(fine, via=Purpose.ADMINISTRATOR) as stand:
        stand.gateway.call(Seat(MEMBERS[0], HOME, Purpose.READER), "DescribeHub")
    first, second = (one for one in stand.aws.asked if one.operation == "AssumeRole")
    assert first.key.startswith("AKIABASE")
    assert stand.aws.assumed[second.key] == f"{ADMINISTRATOR}/admin-reader"


def test_without_a_role_of_its_own_the_administrator_is_who_runs_this() -> None:
    with standing(fine, administrator="") as stand:
        stand.gateway.call(stand.gateway.administrator(), "DescribeHub")
    assert [one.key[:8] for one in stand.aws.asked] == ["AKIABASE"]


def test_a_purpose_is_recorded_even_where_our_own_credentials_serve_it() -> None:
    with standing(fine, administrator="") as stand:
        stand.gateway.call(stand.gateway.administrator(), "DescribeHub")
        assert set(stand.record.counts) == {(Purpose.ADMINISTRATOR, "securityhub", "DescribeHub")}
