"""Suppressions: grouped, who made them asked for a few of each group, and what is not known said."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.findings.finding import finding_key
from hubposture.ports.findings import Page, Suppression
from hubposture.verbs.suppressions import suppressions
from verbs.test_sync import ACCOUNTS, START, Api, finding


@dataclass
class Hub(Api):
    """Everything it has is suppressed; `silent` findings' history cannot be read."""

    silent: Sequence[str] = ()
    breaks: bool = False

    def suppressed(self) -> Iterator[Page]:
        yield Page(tuple(self.findings[:1]), (), START)
        if self.breaks:
            raise RemoteUnavailable("cut off")
        yield Page(tuple(self.findings), (), START)

    def suppressions(self, ids: Sequence[tuple[str, str]]) -> Iterator[Suppression | RemoteError]:
        for product, id_ in ids:
            self.asked.append(id_)
            key = finding_key(product, id_)
            if key in self.silent:
                yield RemoteUnavailable("no history now")
            else:
                number = int(id_.rpartition("/")[2])
                yield Suppression(key, f"user-{number % 2}", START - dt.timedelta(days=number))


def test_every_suppressed_finding_is_counted_once_by_control_and_account() -> None:
    hub = Hub([finding(ACCOUNTS[0], one) for one in range(3)] + [finding(ACCOUNTS[1], 9)])
    found = suppressions(hub)
    assert [(one.account, one.findings, one.failing) for one in found.groups] == [
        (ACCOUNTS[0], 3, 3),
        (ACCOUNTS[1], 1, 1),
    ]
    assert found.groups[0].who == (("user-0", 2), ("user-1", 1))
    assert (found.groups[0].oldest, found.groups[0].newest) == (START - dt.timedelta(days=2), START)
    assert found.unknown == ()


def test_of_many_the_first_of_every_group_is_asked_before_the_second_of_any() -> None:
    hub = Hub([finding(ACCOUNTS[0], one) for one in range(50)] + [finding(ACCOUNTS[1], 99)])
    found = suppressions(hub, most=2)
    assert {one.rpartition("/")[2] for one in hub.asked} == {"0", "99"}
    assert found.unknown == ("who suppressed them was asked of 2 of 51 findings",)


def test_a_history_that_cannot_be_read_and_a_listing_that_breaks_are_said_and_stop_nothing() -> None:
    findings = [finding(ACCOUNTS[0], one) for one in range(3)]
    found = suppressions(Hub(findings, silent=[findings[1].finding]))
    assert found.groups[0].who == (("user-0", 2),)
    assert found.unknown == ("who suppressed 1 finding: no history now",)
    broken = suppressions(Hub(findings, breaks=True))
    assert broken.groups[0].findings == 1
    assert broken.unknown == ("suppressed findings: cut off",)
