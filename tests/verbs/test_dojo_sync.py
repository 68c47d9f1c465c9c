import contextlib
import datetime as dt
from typing import Any

import httpx
import pytest

from dojo_world import (
    BASE,
    EAST,
    WEST,
    A,
    B,
    Direct,
    World,
    connector,
    direct,
    passed,
    served,
    subject,
    unknown,
    waived,
)
from hubposture.connectors.defectdojo import defectdojo_http
from hubposture.sandbox.remote.defectdojo import TOKEN, DefectDojo, Fate
from hubposture.verbs.dojo_sync import dojo_sync, plan_sync
from hubposture.waivers.waiver import Criteria, Waiver, WaiverType
from hubposture.work.dojo import Do, Place
from hubposture.work.dojo_desired import Layout
from hubposture.work.dojo_plan import CloseGuard

MANY = [subject(f"b{number}") for number in range(30)]


class Killed(BaseException):
    """The process dies."""


class Dying(Direct):
    """A way on which the process dies once so many requests that write were done, before it hears the next answer."""

    def __init__(self, dojo: DefectDojo, *, after: int) -> None:
        super().__init__(dojo)
        self._left = after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        self._left -= request.method != "GET"
        if self._left < 0:
            raise Killed
        return response


@pytest.fixture
def here() -> World:
    return direct()[0]


def test_the_first_sync_makes_everything_and_the_second_nothing() -> None:
    with served() as (world, _):
        subjects = [
            subject("b1"),
            waived("b2"),
            passed("b3"),
            subject("b4", account=B, region=EAST, severity="CRITICAL"),
        ]
        result = world.sync(*subjects)
        assert result.is_whole
        assert [told.created for _, told in result.uploads] == [2, 1]
        assert (result.patched, result.accepted[Do.CREATE]) == (3, 1)
        world.writes()
        assert world.sync(*subjects).is_whole
        assert world.writes() == []


def test_products_are_accounts_in_product_types_of_their_ous_with_one_test_a_region(here: World) -> None:
    here.layout = Layout(product_types={A: "Shop", B: "Bank"}, products={"web": "Web shop"})
    here.sync(subject("b1"), subject("b2", region=EAST), subject("b3", owner="data", account=B))
    world = here.dojo.world
    assert [(one.name, world.types[one.prod_type].name) for one in world.products.values()] == [
        (f"AWS {B}", "Bank"),
        ("Web shop", "AWS"),
    ]
    assert sorted(one.title for one in world.tests.values()) == [
        f"AWS Security Hub {A} {WEST}",
        f"AWS Security Hub {A} {EAST}",
        f"AWS Security Hub {B} {WEST}",
    ]


def test_severity_and_days_follow_although_a_reimport_leaves_them(here: World) -> None:
    here.sync(subject("b1"))
    one = here.of(subject("b1"))
    assert (one.date, one.sla_start, one.severity) == (dt.date(2026, 11, 3), dt.date(2026, 11, 3), "High")
    here.sync(subject("b1", severity="CRITICAL", due_days=7))
    assert (one.severity, one.planned) == ("Critical", dt.date(2026, 11, 10))


def test_what_passes_closes_and_what_fails_again_opens_the_same_finding(here: World) -> None:
    here.sync(subject("b1"), subject("b2"))
    result = here.sync(passed("b1"), subject("b2"))
    assert [told.closed for _, told in result.uploads] == [1]
    assert here.of(subject("b1")).is_mitigated
    here.sync(subject("b1"), subject("b2"))
    assert (here.of(subject("b1")).active, len(here.dojo.world.findings)) == (True, 2)


def test_closed_by_hand_while_the_check_fails_opens_again(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.close_by_hand(here.of(subject("b1")).id)
    here.sync(subject("b1"))
    assert here.of(subject("b1")).active


def test_an_account_out_of_sight_closes_nothing(here: World) -> None:
    here.sync(subject("b1"), subject("b2", account=B))
    result = here.sync(passed("b1"), unknown("b2", account=B))
    assert (here.of(subject("b2", account=B)).active, result.planned.unknown) == (True, 1)
    assert here.sync(passed("b1")).is_whole
    assert here.of(subject("b2", account=B)).active


def test_unknown_beside_what_passes_is_sent_again_and_stays_open(here: World) -> None:
    here.sync(subject("b1"), waived("b2"), subject("b3"))
    result = here.sync(passed("b1"), unknown("b2"), unknown("b3"))
    assert [len(upload.kept) for upload, _ in result.uploads] == [2]
    assert (here.of(subject("b2")).risk_accepted, here.of(subject("b3")).active) == (True, True)


def test_what_is_only_observed_is_not_made_and_what_is_there_stays(here: World) -> None:
    here.sync(subject("b1", is_observed=True))
    assert not here.dojo.world.findings
    here.sync(subject("b1"))
    here.sync(subject("b1", is_observed=True))
    assert here.of(subject("b1")).active


def test_a_team_that_defectdojo_does_not_serve_gets_no_findings_and_loses_none(here: World) -> None:
    here.sync(subject("b1"))
    here.layout = Layout(teams=frozenset({"data"}))
    here.sync(subject("b1"), subject("b2"))
    assert here.of(subject("b1")).active
    assert here.all_of(subject("b2")) == []
    here.sync(passed("b1"))
    assert here.of(subject("b1")).is_mitigated


# Waivers

WAIVER = Waiver(
    id="W-2026-014",
    criteria=Criteria(controls=()),
    type=WaiverType.REMEDIATION_PLAN,
    reason="Moves in spring",
    owner="team-web",
    requested_by="kim@example.com",
    valid_from=dt.date(2026, 11, 2),
    expires=dt.date(2027, 4, 30),
    risk_owner="lee@example.com",
)


def test_a_waiver_is_a_risk_acceptance_with_its_end_and_its_reason(here: World) -> None:
    here.sync(waived("b1"), waived("b2"), waivers={WAIVER.id: WAIVER})
    (one,) = here.dojo.world.acceptances.values()
    assert (one.name, one.decision, one.accepted_by) == (WAIVER.id, "F", "lee@example.com")
    assert one.decision_details == "remediation-plan: Moves in spring\nOwner: team-web"
    assert one.expires == dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    assert len(one.findings) == 2
    here.writes()
    here.sync(waived("b1"), waived("b2"), waivers={})
    assert here.writes() == []


def test_a_waiver_that_is_extended_moves_the_end_and_opens_nothing(here: World) -> None:
    here.sync(waived("b1"), waived("b2"))
    until = dt.datetime(2027, 8, 1)
    here.sync(waived("b1", until=until), waived("b2", until=until))
    (one,) = here.dojo.world.acceptances.values()
    assert (one.expires, len(one.findings)) == (dt.datetime(2027, 8, 1, tzinfo=dt.UTC), 2)
    assert not any(each.active for each in here.dojo.world.findings.values())


def test_a_waiver_that_ends_opens_what_still_fails(here: World) -> None:
    here.sync(waived("b1"), waived("b2"))
    here.sync(subject("b1"), waived("b2"))
    assert (here.of(subject("b1")).active, here.of(subject("b2")).active) == (True, False)
    here.sync(subject("b1"), subject("b2"))
    assert (here.of(subject("b2")).active, here.dojo.world.acceptances) == (True, {})


def test_what_was_accepted_and_passes_closes_and_opens_again_when_it_fails(here: World) -> None:
    here.sync(waived("b1"), waived("b2"))
    here.sync(passed("b1"), waived("b2"))
    one = here.of(subject("b1"))
    assert (one.active, one.is_mitigated, one.risk_accepted) == (False, True, False)
    here.sync(waived("b1"), waived("b2"))
    assert (one.active, one.is_mitigated, one.risk_accepted) == (False, False, True)


def test_an_acceptance_that_defectdojo_ended_is_made_again_while_the_waiver_holds(here: World) -> None:
    here.sync(waived("b1"))
    here.dojo.world.now = dt.datetime(2027, 5, 1, 1, tzinfo=dt.UTC)
    here.dojo.expire()
    assert here.of(subject("b1")).active
    here.sync(waived("b1", until=dt.datetime(2027, 8, 1)))
    assert here.of(subject("b1")).risk_accepted
    assert [one.handled is None for one in here.dojo.world.acceptances.values()] == [False, True]


def test_people_keep_their_false_positives_their_acceptances_and_their_tags(here: World) -> None:
    here.sync(subject("b1"), subject("b2"), subject("b3"))
    b1, b2, b3 = (here.of(subject(name)) for name in ("b1", "b2", "b3"))
    here.dojo.call_false(b1.id)
    here.dojo.accept("by hand", b2.id)
    here.dojo.change(b3.id, tags=["mine"])
    assert here.sync(subject("b1"), subject("b2"), subject("b3")).is_whole
    assert (b1.false_p, b2.risk_accepted, "mine" in b3.tags, "hub-owner:web" in b3.tags) == (True, True, True, True)


def test_a_finding_of_people_in_our_test_is_left_alone(here: World) -> None:
    here.sync(subject("b1"), subject("b2"))
    own = here.dojo.world.save(here.of(subject("b1")).new(id=0, unique_id="", service=None, title="by hand"))
    here.sync(passed("b1"), subject("b2"))
    assert own.active


# Guard


def test_an_upload_that_would_close_too_much_is_held_until_it_is_allowed(here: World) -> None:
    here.sync(*MANY, waived("w"))
    done = [passed(f"b{number}") for number in range(25)]
    result = here.sync(*done, passed("w"))
    (held,) = result.planned.held
    assert (held.closes, held.active, result.is_whole) == (26, 31, False)
    assert here.of(subject("w")).risk_accepted
    assert sum(one.active for one in here.dojo.world.findings.values()) == 30
    allowed = here.sync(*done, passed("w"), allowed=None)
    assert [told.closed for _, told in allowed.uploads] == [26]


def test_the_guard_stops_no_other_test(here: World) -> None:
    here.sync(*MANY, subject("b", account=B))
    done = [passed(f"b{number}") for number in range(30)]
    result = here.sync(*done, passed("b", account=B), guard=CloseGuard(0.5, 20))
    assert here.of(subject("b", account=B)).is_mitigated
    assert [one.place.account for one in result.planned.held] == [A]


# Faults


def test_one_test_that_fails_stops_no_other_and_the_next_sync_does_the_rest(here: World) -> None:
    here.dojo.fail(403, on="reimport-scan")
    subjects = (subject("b1"), subject("b2", account=B))
    result = here.sync(*subjects)
    assert [one.where for one in result.failures] == [f"AWS {A}, {A}, {WEST}"]
    assert "403" in result.failures[0].why
    assert here.of(subject("b2", account=B)).active
    assert here.sync(*subjects).is_whole
    assert here.of(subject("b1")).active


def test_a_test_that_could_not_be_read_stays_as_it_is(here: World) -> None:
    here.sync(subject("b1"), subject("b2", account=B))
    here.dojo.fail(503, on="GET /api/v2/findings/", times=5)
    result = here.sync(passed("b1"), passed("b2", account=B))
    assert list(result.planned.unread) == [Place(f"AWS {A}", A, WEST)]
    assert (here.of(subject("b1")).active, here.of(subject("b2", account=B)).active) == (True, False)


@pytest.mark.parametrize("on", ["PATCH /api/v2/findings", "POST /api/v2/risk_acceptance", "reimport-scan", "GET"])
@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_whatever_fails_is_told_and_the_next_sync_brings_it_in_line(here: World, on: str, status: int) -> None:
    here.sync(subject("b0"))
    here.dojo.fail(status, on=on, times=7, after=9 if on == "GET" else 0)
    subjects = (subject("b0", severity="LOW"), subject("b1"), waived("b2"))
    here.sync(*subjects)
    here.dojo.troubles.clear()
    assert here.sync(*subjects).is_whole
    assert (here.of(subject("b1")).active, here.of(subject("b2")).risk_accepted) == (True, True)
    assert len(here.dojo.world.findings) == 3


@pytest.mark.parametrize("fate", [Fate.LOST_AFTER, Fate.LOST_BEFORE])
@pytest.mark.parametrize("on", ["reimport-scan", "PATCH", "risk_acceptance"])
def test_lost_answers_do_nothing_twice(here: World, on: str, fate: Fate) -> None:
    here.dojo.lose(fate, on=on, times=1)
    assert here.sync(subject("b1"), waived("b2")).is_whole
    assert len(here.dojo.world.findings) == 2
    assert len(here.dojo.world.acceptances) == 1
    here.writes()
    here.sync(subject("b1"), waived("b2"))
    assert here.writes() == []


@pytest.mark.parametrize("after", range(9))
def test_killed_at_any_write_the_next_sync_converges(after: int) -> None:
    world, _ = direct()
    world.sync(subject("b1"), waived("b2"), waived("b3"), subject("b4", account=B))
    subjects = (
        passed("b1"),
        passed("b2"),
        waived("b3"),
        subject("b4", account=B, severity="LOW"),
        subject("b5"),
        waived("b6"),
    )
    http = defectdojo_http(
        BASE, TOKEN, clock=world.clock, sleep=world.clock.sleep, transport=Dying(world.dojo, after=after)
    )
    dying = connector(http)
    with contextlib.suppress(Killed):
        dojo_sync(world.the_means(dojo=dying), dying.look(), subjects)
    world.sync(*subjects)
    expected, _ = direct()
    expected.sync(subject("b1"), waived("b2"), waived("b3"), subject("b4", account=B))
    expected.sync(*subjects)

    def by_id(one: World) -> list[Any]:
        return sorted(one.state(), key=lambda each: str(each["unique_id"]))

    assert by_id(world) == by_id(expected)
    assert len(world.dojo.world.acceptances) == 1
    world.writes()
    world.sync(*subjects)
    assert world.writes() == []


def test_a_product_that_was_deleted_is_made_again(here: World) -> None:
    here.sync(subject("b1"), waived("b2"))
    here.dojo.delete_product(f"AWS {A}")
    assert here.sync(subject("b1"), waived("b2")).is_whole
    assert (here.of(subject("b1")).active, here.of(subject("b2")).risk_accepted) == (True, True)


def test_a_product_that_is_deleted_between_the_look_and_the_upload_is_a_failure_of_its_own(here: World) -> None:
    here.sync(subject("b1"), subject("b2", account=B))
    current = here.connector.look()
    here.dojo.delete_product(f"AWS {A}")
    subjects = (subject("b1"), subject("b3"), passed("b2", account=B))
    result = dojo_sync(here.the_means(), current, subjects)
    assert [one.where for one in result.failures] == [f"AWS {A}, {A}, {WEST}"]
    assert here.of(subject("b2", account=B)).is_mitigated
    assert here.sync(*subjects).is_whole


def test_a_right_that_was_taken_away_is_told_and_nothing_is_thought_fixed(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.world.switches.hidden_products.add(f"AWS {A}")
    result = here.sync(subject("b1"), subject("b2"))
    assert [one.where for one in result.failures] == [f"AWS {A}, {A}, {WEST}"]
    assert len(here.dojo.world.findings) == 1
    here.dojo.world.switches.hidden_products.clear()
    here.dojo.world.switches.is_read_only = True
    result = here.sync(subject("b1", severity="LOW"), subject("b2"))
    assert result.failures
    assert here.of(subject("b1")).severity == "High"


def test_a_key_that_is_taken_back_in_the_middle_stops_the_rest(here: World) -> None:
    here.dojo.fail(401, on="reimport-scan")
    result = here.sync(subject("b1"), subject("b2", account=B), subject("b3", region=EAST))
    assert "401" in result.stopped
    assert not here.dojo.world.findings


def test_a_field_that_does_not_stay_is_a_failure(here: World) -> None:
    here.dojo.world.switches.lost_fields.add("planned_remediation_date")
    result = here.sync(subject("b1"))
    assert [one.why for one in result.failures] == ["planned_remediation_date did not stay as written"]


def test_a_product_without_full_risk_acceptance_is_told_and_everything_else_is_done(here: World) -> None:
    here.dojo.world.switches.full_risk_acceptance = False
    result = here.sync(subject("b1"), waived("b2"))
    assert "switch on Full Risk Acceptance" in result.failures[0].why
    assert here.of(subject("b1")).active


def test_many_new_findings_go_in_several_files_and_what_passes_is_closed_all_the_same(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hubposture.connectors.defectdojo import uploading
    from hubposture.work.dojo_asff import files

    here.sync(subject("b0"), subject("b1"))
    monkeypatch.setattr(uploading, "files", lambda upload: files(upload, most_findings=2))
    result = here.sync(passed("b0"), *(subject(f"b{number}") for number in range(1, 8)))
    assert [told.files for _, told in result.uploads] == [4]
    assert result.is_whole
    assert (here.of(subject("b0")).active, here.of(subject("b0")).is_mitigated) == (False, True)
    assert sum(one.active for one in here.dojo.world.findings.values()) == 7


def test_a_plan_writes_nothing_and_is_the_same_twice(here: World) -> None:
    here.sync(subject("b1"))
    here.writes()
    current = here.connector.look()
    subjects = (passed("b1"), waived("b2"))
    assert plan_sync(here.the_means(), current, subjects) == plan_sync(here.the_means(), current, subjects)
    assert here.writes() == []


def test_how_far_it_got_is_told(here: World) -> None:
    seen: list[tuple[int, int]] = []
    current = here.connector.look()
    subjects = (subject("b1"), subject("b2", account=B))
    dojo_sync(here.the_means(), current, subjects, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
