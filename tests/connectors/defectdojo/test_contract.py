"""What must hold of any DefectDojo: the emulated one, and a real one that is named by environment variables.

docs/defectdojo.md says which. What is made in a real instance stays there, in a product of its own.
"""

import datetime as dt
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import loopback
from dojo_world import BASE, EAST, Direct, connector, passed, subject, unknown, waived
from hubposture.connectors.defectdojo import DefectDojo, defectdojo_http
from hubposture.ports.dojo import Dojo
from hubposture.sandbox.remote.defectdojo import TOKEN
from hubposture.sandbox.remote.defectdojo import DefectDojo as Emulated
from hubposture.verbs.dojo_sync import Means, dojo_sync
from hubposture.work.dojo import Current, DojoFinding, Field, FindingPatch, Place
from hubposture.work.dojo_desired import Layout
from hubposture.work.dojo_result import DojoResult
from hubposture.work.subject import Subject

_PREFIX = "HUBPOSTURE_TEST_DEFECTDOJO_"
_REAL = ["a real instance"] if os.environ.get(f"{_PREFIX}URL") else []
"""An instance is somebody's own, so nothing may demand one: where none is named there is nothing to skip."""

_PRODUCT = "hubposture contract test"


@dataclass(frozen=True)
class At:
    """An instance, and an account that it never saw before."""

    dojo: Dojo
    account: str

    def look(self) -> Current:
        """What it has of this account."""
        current = self.dojo.look()
        assert not current.unread
        tests = {place: test for place, test in current.tests.items() if place.account == self.account}
        mine = {one.id for test in tests.values() for one in test.findings}
        acceptances = tuple(one for one in current.acceptances if mine & set(one.findings))
        return Current(tests, acceptances, {}, current.product_types)

    def sync(self, *subjects: Subject) -> DojoResult:
        means = Means(dojo=self.dojo, layout=Layout(product_type="hubposture", products={"web": _PRODUCT}))
        return dojo_sync(means, self.look(), subjects)

    def of(self, one: Subject) -> DojoFinding:
        (found,) = [
            each for test in self.look().tests.values() for each in test.findings if each.subject == one.subject
        ]
        return found

    def stands(self, one: Subject) -> tuple[bool, bool, bool]:
        found = self.of(one)
        return found.is_active, found.is_mitigated, found.is_accepted

    def given(self, **changes: Any) -> dict[str, Any]:
        # The name of a waiver is that of one account: acceptances of the others stay out of sight.
        return {"account": self.account, **changes}


OPEN, CLOSED, ACCEPTED = (True, False, False), (False, True, False), (False, False, True)


@pytest.fixture(params=["the emulated instance", *_REAL])
def at(request: pytest.FixtureRequest, socket_guard: loopback.Guard) -> Iterator[At]:
    account = f"{random.SystemRandom().randrange(10**12):012d}"
    if request.param == "the emulated instance":
        http = defectdojo_http(BASE, TOKEN, clock=time.monotonic, sleep=time.sleep, transport=Direct(Emulated()))
        with http:
            yield At(connector(http), account)
        return
    url, token = os.environ[f"{_PREFIX}URL"], os.environ[f"{_PREFIX}TOKEN"]
    socket_guard.allow(url)
    with defectdojo_http(url, token, clock=time.monotonic, sleep=time.sleep) as http:
        yield At(DefectDojo(http, engagement="AWS Security Hub", instance=f"test-{account}"), account)


def writes(result: DojoResult, before: DojoResult) -> dict[str, int]:
    reads = ("GET",)
    return {
        name: number - before.calls.get(name, 0)
        for name, number in result.calls.items()
        if not name.startswith(reads) and number != before.calls.get(name, 0)
    }


def test_what_fails_is_there_with_its_severity_its_days_its_tags_and_its_component(at: At) -> None:
    one = subject("b1", **at.given(severity="CRITICAL"))
    assert at.sync(one).is_whole
    found = at.of(one)
    assert (found.severity, found.date, found.sla_start) == ("Critical", dt.date(2026, 11, 3), dt.date(2026, 11, 3))
    assert (found.planned, found.component) == (dt.date(2026, 12, 3), "arn:aws:s3:::b1")
    assert found.tags == (f"hub-account:{at.account}", "hub-control:s3.8", "hub-owner:web")
    assert at.stands(one) == OPEN


def test_the_second_sync_writes_nothing(at: At) -> None:
    some = [subject("b1", **at.given()), subject("b2", **at.given(region=EAST))]
    first = at.sync(*some)
    assert writes(at.sync(*some), first) == {}


def test_severity_follows(at: At) -> None:
    at.sync(subject("b1", **at.given()))
    at.sync(subject("b1", **at.given(severity="LOW")))
    assert at.of(subject("b1", **at.given())).severity == "Low"


def test_what_passes_closes_and_opens_again_as_the_same_finding(at: At) -> None:
    one = subject("b1", **at.given())
    at.sync(one, subject("b2", **at.given()))
    number = at.of(one).id
    at.sync(passed("b1", **at.given()), subject("b2", **at.given()))
    assert at.stands(one) == CLOSED
    at.sync(one, subject("b2", **at.given()))
    assert (at.stands(one), at.of(one).id) == (OPEN, number)


def test_the_last_one_closes_too(at: At) -> None:
    one = subject("b1", **at.given())
    at.sync(one)
    at.sync(passed("b1", **at.given()))
    assert at.stands(one) == CLOSED


def test_what_is_unknown_stays_open_beside_what_closes(at: At) -> None:
    one, other = subject("b1", **at.given()), subject("b2", **at.given())
    at.sync(one, other)
    at.sync(passed("b1", **at.given()), unknown("b2", **at.given()))
    assert (at.stands(one), at.stands(other)) == (CLOSED, OPEN)


def test_closed_there_while_the_check_fails_opens_again(at: At) -> None:
    one = subject("b1", **at.given())
    at.sync(one)
    place = Place(_PRODUCT, at.account, one.region)
    patch = FindingPatch(at.of(one).id, place, one.subject, {Field.ACTIVE: False, Field.MITIGATED: True}, {})
    assert at.dojo.patch(patch) == []
    at.sync(one)
    assert at.stands(one) == OPEN


def test_a_waiver_accepts_is_extended_and_ends(at: At) -> None:
    given = at.given(waiver=f"W-{at.account}")
    one, other = waived("b1", **given), waived("b2", **given)
    assert at.sync(one, other).is_whole
    assert (at.stands(one), at.stands(other)) == (ACCEPTED, ACCEPTED)
    later = {**given, "until": dt.datetime(2028, 1, 1)}
    at.sync(waived("b1", **later), waived("b2", **later))
    assert [one.expires for one in at.look().acceptances] == [dt.date(2028, 1, 1)]
    assert (at.stands(one), at.stands(other)) == (ACCEPTED, ACCEPTED)
    at.sync(subject("b1", **at.given()), waived("b2", **later))
    assert (at.stands(one), at.stands(other)) == (OPEN, ACCEPTED)
    at.sync(subject("b1", **at.given()), subject("b2", **at.given()))
    assert (at.stands(other), at.look().acceptances) == (OPEN, ())


def test_what_was_accepted_and_passes_is_closed(at: At) -> None:
    given = at.given(waiver=f"W-{at.account}")
    at.sync(waived("b1", **given), waived("b2", **given))
    at.sync(passed("b1", **at.given()), waived("b2", **given))
    assert at.stands(subject("b1", **at.given())) == CLOSED
    assert at.stands(subject("b2", **at.given())) == ACCEPTED


def test_a_key_signs_in(at: At) -> None:
    assert at.dojo.check() == []
