"""Calls keep to the documented rates, per account, Region and operation; what is dead is left alone."""

import threading

import pytest

from aws.scripted import HOME, OTHER, VirtualTime
from hubposture.aws.limits import CircuitOpen, Circuits, Limiter, Rate, rate_of


def limiter(time: VirtualTime) -> Limiter:
    return Limiter(clock=time.clock, sleep=time.sleep)


def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate() -> None:
    time = VirtualTime()
    limits = limiter(time)
    begun = time.clock()
    for _ in range(60):
        limits.wait("1", HOME, "securityhub", "GetFindings")
    assert time.clock() - begun == pytest.approx((60 - 6) / 3)


def test_enabling_standards_goes_out_once_a_second() -> None:
    time = VirtualTime()
    limits = limiter(time)
    begun = time.clock()
    for _ in range(5):
        limits.wait("1", HOME, "securityhub", "BatchEnableStandards")
    assert time.clock() - begun == pytest.approx(4)


def test_accounts_regions_and_operations_do_not_share_a_bucket() -> None:
    time = VirtualTime()
    limits = limiter(time)
    for account in ("1", "2"):
        for region in (HOME, OTHER):
            for operation in ("DescribeHub", "GetEnabledStandards"):
                for _ in range(30):
                    limits.wait(account, region, "securityhub", operation)
    assert time.slept == []


def test_a_bucket_that_rests_fills_up_to_its_burst_and_no_further() -> None:
    time = VirtualTime()
    limits = limiter(time)
    limits.wait("1", HOME, "cloudtrail", "LookupEvents")
    time.seconds += 3600
    begun = time.clock()
    for _ in range(4):
        limits.wait("1", HOME, "cloudtrail", "LookupEvents")
    assert time.clock() - begun == pytest.approx(1.0)


def test_a_throttle_empties_the_bucket_so_that_the_next_caller_waits() -> None:
    time = VirtualTime()
    limits = limiter(time)
    limits.wait("1", HOME, "securityhub", "DescribeHub")
    limits.empty("1", HOME, "securityhub", "DescribeHub")
    limits.wait("1", HOME, "securityhub", "DescribeHub")
    assert time.slept == [pytest.approx(0.1)]


def test_threads_together_keep_to_the_rate() -> None:
    starts: list[float] = []
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            starts.append(seconds)

    limits = Limiter(clock=lambda: 0.0, sleep=sleep)

    def calls() -> None:
        for _ in range(10):
            limits.wait("1", HOME, "securityhub", "GetFindings")

    threads = [threading.Thread(target=calls) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(starts) == pytest.approx([turn / 3 for turn in range(1, 35)])


def test_security_hubs_other_operations_share_its_published_rate() -> None:
    assert rate_of("securityhub", "UpdateSecurityControl") == Rate(10, 30)
    assert rate_of("organizations", "ListTagsForResource") == Rate(10, 15)
    assert rate_of("sqs", "ReceiveMessage").per_second >= 100
    assert rate_of("config", "DescribeConfigurationRecorders").per_second <= 10


def test_a_place_that_fails_again_and_again_is_left_alone_and_tried_once_after_its_rest() -> None:
    time = VirtualTime()
    circuits = Circuits(clock=time.clock, limit=3, rest_seconds=30)
    for _ in range(3):
        circuits.check("account 1")
        circuits.failed("account 1")
    with pytest.raises(CircuitOpen, match="failed 3 times in a row"):
        circuits.check("account 1")
    circuits.check("account 2")
    time.seconds += 31
    circuits.check("account 1")
    with pytest.raises(CircuitOpen):
        circuits.check("account 1")
    circuits.worked("account 1")
    circuits.check("account 1")


def test_one_success_forgets_the_failures_before_it() -> None:
    circuits = Circuits(clock=lambda: 0.0, limit=3)
    for _ in range(10):
        circuits.failed("account 1")
        circuits.worked("account 1")
        circuits.check("account 1")
