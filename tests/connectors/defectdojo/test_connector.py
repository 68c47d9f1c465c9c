import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.defectdojo.contract import check_exchanges
from dojo_world import EAST, A, B, World, connector, direct, passed, served, subject, unknown, waived
from hubposture.connectors.defectdojo import DefectDojo, defectdojo_http
from hubposture.errors import RemoteError, RemoteRefused, RemoteUnavailable
from hubposture.sandbox.remote.defectdojo import TOKEN, Fate
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked
from hubposture.sandbox.remote.defectdojo_server import DefectDojoServer
from hubposture.work.dojo import AcceptanceChange, Do, Field, FindingPatch, Place, Upload, WantedAcceptance
from hubposture.work.dojo_desired import Layout, desired

PLACE = Place(f"AWS {A}", A, "eu-west-1")


@pytest.fixture
def at() -> Iterator[tuple[World, DefectDojoServer]]:
    with served() as found:
        yield found


@pytest.fixture
def here() -> World:
    return direct()[0]


def an_upload(*names: str, test: int | None = None) -> Upload:
    wanted = desired([subject(name) for name in names], Layout()).findings
    return Upload(PLACE, test, "AWS", tuple(wanted[one] for one in sorted(wanted)), (), len(names), 0, 0, 0)


def test_every_request_and_answer_of_a_life_is_as_the_contract_has_it(at: tuple[World, DefectDojoServer]) -> None:
    world, server = at
    world.sync(subject("b1"), waived("b2"), waived("b3"), subject("b4", account=B, region=EAST, severity="CRITICAL"))
    world.dojo.close_by_hand(world.of(subject("b1")).id)
    world.sync(
        subject("b1"), waived("b2", until=dt.datetime(2027, 6, 1)), passed("b3"), unknown("b4", account=B, region=EAST)
    )
    world.sync(passed("b1"), passed("b2"), passed("b3"), passed("b4", account=B, region=EAST))
    assert world.connector.check() == []
    assert check_exchanges(server.heard) > 30
    asked = {f"{one.method} {one.path.split('/')[3]}" for one, _ in server.heard}
    assert {"POST risk_acceptance", "DELETE risk_acceptance", "PATCH findings", "POST reimport-scan"} <= asked


def test_a_look_finds_what_was_uploaded_and_nothing_of_anybody_else(here: World) -> None:
    here.sync(subject("b1"), waived("b2"))
    mine = here.of(subject("b1"))
    other = mine.new(id=0, unique_id="arn:aws:securityhub:else", service=None)
    here.dojo.world.save(other)
    here.dojo.accept("by hand", other.id)
    current = here.connector.look()
    assert list(current.tests) == [PLACE]
    assert len(current.tests[PLACE].findings) == 2
    assert [(one.name, one.is_ours) for one in current.acceptances] == [("W-2026-014", True), ("by hand", False)]
    assert current.product_types == {f"AWS {A}": "AWS"}


def test_another_hubposture_takes_acceptances_for_foreign(here: World) -> None:
    here.sync(waived("b1"))
    http = here.connector._pages.http
    assert [one.is_ours for one in connector(http, instance="two").look().acceptances] == [False]


def test_lists_are_read_over_many_pages(here: World) -> None:
    here.sync(*(subject(f"b{number}") for number in range(600)))
    assert len(here.connector.look().tests[PLACE].findings) == 600


def test_a_part_of_a_list_is_never_taken_for_the_whole(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.sync(subject("b1"), subject("b2"))
    answer = here.dojo._findings.list

    def short(asked: Asked) -> Answer:
        found = answer(asked)
        found.body["results"] = found.body["results"][:1]
        return found

    monkeypatch.setattr(here.dojo._findings, "list", short)
    assert "1 of 2 came" in here.connector.look().unread[PLACE]


def test_a_test_that_cannot_be_read_is_unknown_and_the_others_are_read(here: World) -> None:
    here.sync(subject("b1"), subject("b2", region=EAST))
    here.dojo.fail(503, on="GET /api/v2/findings/", times=5)
    current = here.connector.look()
    assert (len(current.tests), len(current.unread)) == (1, 1)


@pytest.mark.parametrize("on", ["products", "engagements", "tests", "risk_acceptance"])
def test_nothing_is_looked_at_without_the_lists(here: World, on: str) -> None:
    here.sync(waived("b1"))
    here.dojo.fail(403, on=on)
    with pytest.raises(RemoteRefused, match="403"):
        here.connector.look()


def test_a_page_for_people_is_no_answer(here: World) -> None:
    here.dojo.world.switches.is_asleep = True
    with pytest.raises(RemoteUnavailable, match="check the URL"):
        here.connector.look()


def test_throttled_requests_wait_as_long_as_they_are_told(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.fail(429, on="findings", times=2, retry_after=7)
    here.connector.look()
    assert here.clock.waited[-2:] == [7.0, 7.0]


def test_a_lost_answer_to_an_upload_that_was_done_sends_it_no_second_time(here: World) -> None:
    here.dojo.lose(Fate.LOST_AFTER, on="reimport-scan")
    told = here.connector.upload(an_upload("b1", "b2"))
    assert here.writes() == ["POST /api/v2/reimport-scan/"]
    assert told.test in here.dojo.world.tests
    assert len(here.dojo.world.findings) == 2


def test_an_upload_that_was_cut_off_before_it_was_done_is_sent_again_after_a_look(here: World) -> None:
    here.dojo.lose(Fate.LOST_BEFORE, on="reimport-scan")
    here.connector.upload(an_upload("b1"))
    asked = [one for one in here.dojo.calls if "reimport" in one or "GET /api/v2/products" in one]
    assert [one.split()[0] for one in asked] == ["POST", "GET", "GET", "POST"]
    assert len(here.dojo.world.findings) == 1


def test_an_upload_to_a_test_whose_answer_was_lost_is_sent_to_that_test_again(here: World) -> None:
    first = here.connector.upload(an_upload("b1"))
    here.dojo.lose(Fate.LOST_BEFORE, on="reimport-scan")
    told = here.connector.upload(an_upload("b1", "b2", test=first.test))
    assert (told.test, len(here.dojo.world.tests), len(here.dojo.world.findings)) == (first.test, 1, 2)


def test_an_upload_that_fails_twice_is_given_up(here: World) -> None:
    here.dojo.fail(500, on="reimport-scan", times=2)
    with pytest.raises(RemoteUnavailable, match="HTTP 500"):
        here.connector.upload(an_upload("b1"))


def test_an_upload_that_is_too_large_says_so(here: World) -> None:
    here.dojo.world.switches.max_scan_mib = 0.0001
    with pytest.raises(RemoteRefused, match="too large"):
        here.connector.upload(an_upload("b1"))


def test_an_upload_into_a_product_that_may_not_be_seen_is_refused(here: World) -> None:
    here.connector.upload(an_upload("b1"))
    here.dojo.world.switches.hidden_products.add(PLACE.product)
    with pytest.raises(RemoteRefused, match="403"):
        here.connector.upload(an_upload("b2"))


def test_a_new_test_of_many_files_holds_them_all(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubposture.connectors.defectdojo import uploading

    monkeypatch.setattr(uploading, "files", lambda upload: uploading_files(upload, most_findings=2))
    told = here.connector.upload(an_upload("b1", "b2", "b3", "b4", "b5"))
    assert (told.files, told.created, len(here.dojo.world.tests)) == (3, 5, 1)
    assert all(one.active for one in here.dojo.world.findings.values())


def test_a_field_that_does_not_stay_is_told(here: World) -> None:
    here.sync(subject("b1"))
    here.dojo.world.switches.lost_fields.add("severity")
    one = here.of(subject("b1"))
    patch = FindingPatch(one.id, PLACE, "s", {Field.SEVERITY: "Critical", Field.TAGS: ("b", "a")}, {})
    assert here.connector.patch(replace(patch, fields={**patch.fields, Field.TAGS: ("a", "b")})) == [Field.SEVERITY]


def make(*findings: int) -> AcceptanceChange:
    wanted = WantedAcceptance("W-1", PLACE.product, "M", "compensating: WAF", "lee@example.com", dt.date(2027, 5, 1))
    return AcceptanceChange(Do.CREATE, "W-1", PLACE.product, 0, findings, wanted, "a waiver holds")


@pytest.mark.parametrize(("fate", "posts"), [(Fate.LOST_AFTER, 1), (Fate.LOST_BEFORE, 2)])
def test_an_acceptance_is_made_once_whatever_is_lost(here: World, fate: Fate, posts: int) -> None:
    here.sync(subject("b1"))
    here.writes()
    here.dojo.lose(fate, on="POST /api/v2/risk_acceptance")
    here.connector.accept(make(here.of(subject("b1")).id))
    assert here.writes() == ["POST /api/v2/risk_acceptance/"] * posts
    (made,) = here.dojo.world.acceptances.values()
    assert (made.name, made.decision, made.accepted_by, made.owner) == ("W-1", "M", "lee@example.com", here.dojo.user)
    assert made.expires == dt.datetime(2027, 5, 1, tzinfo=dt.UTC)


def test_the_owner_of_the_settings_owns_acceptances() -> None:
    world, _ = direct(owner=2)
    world.sync(subject("b1"))
    world.connector.accept(make(world.of(subject("b1")).id))
    (made,) = world.dojo.world.acceptances.values()
    assert made.owner == 2


def test_a_product_without_full_risk_acceptance_is_named_with_what_to_do(here: World) -> None:
    here.dojo.world.switches.full_risk_acceptance = False
    here.sync(subject("b1"))
    with pytest.raises(RemoteRefused, match="switch on Full Risk Acceptance in the settings of the product AWS"):
        here.connector.accept(make(here.of(subject("b1")).id))


def test_a_duplicate_that_is_not_accepted_is_told(here: World) -> None:
    here.sync(subject("b1"), subject("b2"))
    b1, b2 = here.of(subject("b1")), here.of(subject("b2"))
    b2.duplicate, b2.active = True, False
    with pytest.raises(RemoteRefused, match="1 findings were not taken"):
        here.connector.accept(make(b1.id, b2.id))


def test_what_is_deleted_already_is_deleted(here: World) -> None:
    here.connector.accept(AcceptanceChange(Do.DELETE, "W-1", PLACE.product, 99, (), None, "over"))


def test_people_of_the_settings_who_do_not_exist_are_told() -> None:
    world, _ = direct(lead=98, owner=99)
    assert [one.where for one in world.connector.check()] == ["defectdojo.lead", "defectdojo.owner"]


def test_a_key_that_is_not_taken_is_told_and_never_said(here: World) -> None:
    with DefectDojoServer(here.dojo) as server:
        http = defectdojo_http(server.url, "not-the-key-1234", clock=here.clock, sleep=here.clock.sleep)
        with http, pytest.raises(RemoteRefused, match="401") as caught:
            DefectDojo(http, engagement="AWS Security Hub", instance="one").check()
    assert "not-the-key" not in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_server_that_is_not_there_is_told(here: World) -> None:
    with DefectDojoServer(here.dojo) as server:
        url = server.url
    http = defectdojo_http(url, TOKEN, clock=here.clock, sleep=here.clock.sleep)
    with http, pytest.raises(RemoteError, match="cannot be reached"):
        DefectDojo(http, engagement="AWS Security Hub", instance="one").look()


def test_rows_that_are_no_rows_are_an_error_and_no_crash(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.sync(subject("b1"))
    answer = here.dojo._findings.list

    def strange(asked: Asked) -> Answer:
        found = answer(asked)
        found.body["results"] = [{"unique_id_from_tool": 5, "tags": "x", "date": "never"}]
        return found

    monkeypatch.setattr(here.dojo._findings, "list", strange)
    assert "has no id" in here.connector.look().unread[PLACE]


def uploading_files(upload: Upload, *, most_findings: int) -> object:
    from hubposture.work.dojo_asff import files

    return files(upload, most_findings=most_findings)
