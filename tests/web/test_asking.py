"""Asking for waivers and deciding on them over HTTP, without any script."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.verbs.waiver_ask import ask
from hubposture.views.pages import links
from hubposture.waivers.standing import State
from lake.lake_world import T0
from web.asking_world import ANA, BRANCH, KIM, LEE, OLA, RED, SITE, World, answers, asking, bucket, key, shipped_with
from web.web_world import FIRST, MARKUP, SECOND, Read, value_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with asking(tmp_path) as found, found.opened:
        yield found


def problems(read: Read) -> dict[str, str]:
    """What is said beside fields, by field."""
    return {
        re.sub(r"f-\d+-|-problem", "", attributes["id"]): text
        for attributes, text in read.of("p")
        if attributes.get("class") == "problem"
    }


def asked(world: World, **more: str) -> str:
    """Kim asks; gives the address of the request."""
    kim = world.client(KIM)
    answer = kim.send("/waivers/new", "/waivers/new", answers(**more) | {"do": "ask", "days": "date"})
    return str(answer.headers["location"])


def test_the_form_begins_with_what_led_to_it_and_says_at_once_what_it_covers(world: World) -> None:
    page = world.client(KIM).get(f"/waivers/new?control=S3.8&account={FIRST}")
    assert value_of(page, "Covers") == "6"
    assert f"It names no resource: it covers everything that its controls look at in {FIRST}." in page.said
    assert problems(page) == {}
    of_one = world.client(KIM).get(f"/waivers/new?subject={key(3)}")
    assert [text for attributes, text in of_one.of("textarea") if attributes["name"] == "resources"] == [f"{SITE}3"]
    of_filter = world.client(KIM).get("/waivers/new?filter=control%3DS3.8")
    (resources,) = [text for attributes, text in of_filter.of("textarea") if attributes["name"] == "resources"]
    assert sorted(resources.split()) == [f"{SITE}{number}" for number in range(6)], "only what kim may see"


def test_looking_changes_nothing_and_keeps_what_was_filled_in(world: World) -> None:
    kim = world.client(KIM)
    answer = kim.send("/waivers/new", "/waivers/new", answers(reason="", owner="") | {"do": "look"}, status=200)
    page = Read(answer.text)
    assert value_of(page, "Covers") == "3"
    assert set(problems(page)) == {"reason", "owner"}
    assert [text for attributes, text in page.of("textarea") if attributes["name"] == "resources"] == [
        f"{SITE}0 {SITE}1 {SITE}2"
    ]
    assert world.store.ledger.asked("acme") == ()
    assert links.finding(key(0)) in [attributes["href"] for attributes, _ in page.of("a")]


def test_everything_that_is_wrong_is_told_at_its_field_at_once(world: World) -> None:
    kim = world.client(KIM)
    bad = answers(controls="nothing", accounts="12", regions="?", tags="x", covers_new="many", reason="", type="")
    answer = kim.send(
        "/waivers/new", "/waivers/new", bad | {"do": "ask", "days": "date", "expires": "soon"}, status=422
    )
    told = problems(Read(answer.text))
    assert set(told) == {"controls", "accounts", "regions", "tags", "covers_new", "reason", "type", "expires"}
    nothing = kim.send("/waivers/new", "/waivers/new", answers(resources="arn:none") | {"do": "ask"}, status=422)
    assert "matches nothing now" in Read(nothing.text).said
    wide = kim.send(
        "/waivers/new", "/waivers/new", answers(accounts="", resources=f"{SITE}*") | {"do": "ask"}, status=422
    )
    assert "2 resources of what you ask for that they may not see" in Read(wide.text).said


def test_a_chip_names_the_end(world: World) -> None:
    kim = world.client(KIM)
    answer = kim.send("/waivers/new", "/waivers/new", answers(expires="") | {"do": "ask", "days": "30"})
    assert "asked for W-2026-001" in kim.after(answer).said
    ((request, _),) = world.store.ledger.asked("acme")
    assert request.until == T0.date() + dt.timedelta(days=30)


def test_a_request_is_seen_by_who_asked_and_who_may_decide_and_decided_by_the_latter(world: World) -> None:
    where = asked(world, comment="for the site")
    page = world.client(KIM).get(where)
    assert "You may not decide on this one." in page.said
    assert "somebody else must decide" in page.said
    assert "for the site" in page.said
    lee = world.client(LEE)
    inbox = lee.get("/waivers/requests")
    assert where in [attributes["href"] for attributes, _ in inbox.of("a")]
    answer = lee.send(where, where, {"do": "approve", "comment": "fine"})
    page = lee.after(answer)
    assert "Approved and committed." in page.said
    assert f"committed as {world.git('rev-parse', BRANCH)[:12]}" in page.said
    world.merge()
    assert world.standing("W-2026-001").state is State.HOLDING
    late = lee.http.post(
        where, data={"form_token": form_token(lee.get("/waivers/requests"), lee, where), "do": "approve"}
    )
    assert late.status_code == 422
    assert "is approved by lee@example.com already" in Read(late.text).said


def form_token(page: Read, client: object, where: str) -> str:
    del page
    found = client.get(where)  # type: ignore[attr-defined]
    return next(
        str(attributes["value"]) for attributes, _ in found.of("input") if attributes.get("name") == "form_token"
    )


@pytest.mark.parametrize("who", [OLA, ANA, RED])
def test_who_lacks_authority_is_shown_the_rule_and_refused_by_it(world: World, who: str) -> None:
    where = asked(world)
    client = world.client(who)
    page = client.get(where)
    assert "severe-needs-risk-approver" in page.said
    token = form_token(page, client, where)
    answer = client.http.post(where, data={"form_token": token, "do": "approve", "revision": "2", "digest": "x"})
    assert answer.status_code == 422
    assert "severe-needs-risk-approver" in Read(answer.text).said


def test_what_moved_since_the_page_was_loaded_is_named(world: World) -> None:
    where = asked(world, resources=f"{SITE}*")
    lee = world.client(LEE)
    read = lee.get(where)
    world.fold(bucket(9))
    fields = {
        attributes["name"]: attributes.get("value", "")
        for attributes, _ in read.of("input")
        if attributes.get("name") in ("digest", "revision", "form_token")
    }
    answer = lee.http.post(where, data=fields | {"do": "approve"})
    assert answer.status_code == 422
    assert (
        "is not what your page showed: it covers 1 more than was asked for: arn:aws:s3:::site-9"
        in Read(answer.text).said
    )
    assert "It covers now and did not then: arn:aws:s3:::site-9" in lee.get(where).said


def test_changes_are_requested_made_and_rejected(world: World) -> None:
    where = asked(world)
    lee, kim = world.client(LEE), world.client(KIM)
    answer = lee.send(where, where, {"do": "changes"}, status=422)
    assert "say why" in Read(answer.text).said
    lee.send(where, where, {"do": "changes", "comment": "too wide"})
    answer = kim.send(f"{where}/edit", f"{where}/edit", {"resources": f"{SITE}0", "do": "look"}, status=200)
    assert value_of(Read(answer.text), "Covers") == "1"
    kim.send(f"{where}/edit", f"{where}/edit", {"resources": f"{SITE}0", "do": "ask", "comment": "smaller"})
    page = lee.get(where)
    assert "requested changes" in page.said
    assert "smaller" in page.said
    lee.send(where, where, {"do": "reject", "comment": "no"})
    assert "rejected" in lee.get(where).said
    answer = kim.http.post(where, data={"form_token": form_token(page, kim, where), "do": "withdraw"})
    assert "cannot be withdrawn" in Read(answer.text).said


def test_who_asked_withdraws(world: World) -> None:
    where = asked(world)
    kim = world.client(KIM)
    assert "You withdrew it." in kim.after(kim.send(where, where, {"do": "withdraw"})).said


def test_a_request_about_what_somebody_may_not_see_is_not_there_for_them(tmp_path: Path) -> None:
    with asking(tmp_path) as world, world.opened:
        with world.means("ada@example.com") as means:
            request = ask(means, answers(resources=f"{SITE}100", accounts=SECOND))
        kim = world.client(KIM)
        kim.get(f"/waivers/requests/{request.id}", status=404)
        assert request.waiver not in kim.get("/waivers/requests").said
        kim.http.post(f"/waivers/requests/{request.id}", data={})
        world.client(LEE).get(f"/waivers/requests/{request.id}")


def test_a_waiver_is_extended_and_revoked_on_its_page(world: World) -> None:
    where = asked(world)
    lee, kim = world.client(LEE), world.client(KIM)
    lee.send(where, where, {"do": "approve"})
    world.merge()
    page = kim.get("/waivers/W-2026-001")
    assert "Without it 3 resources would be open tomorrow." in page.said
    later = (T0.date() + dt.timedelta(days=200)).isoformat()
    wrong = kim.send("/waivers/W-2026-001", "/waivers/W-2026-001/extend", {"days": "date", "until": "x"}, status=422)
    assert "is no date" in Read(wrong.text).said
    answer = kim.send("/waivers/W-2026-001", "/waivers/W-2026-001/extend", {"days": "date", "until": later})
    again = answer.headers["location"]
    lee.send(again, again, {"do": "approve"})
    assert "waits on hubposture/waivers to be merged" in lee.get("/waivers/W-2026-001").said
    world.merge()
    assert world.standing("W-2026-001").until.isoformat() == later
    wrong = lee.send("/waivers/W-2026-001", "/waivers/W-2026-001/revoke", {"reason": ""}, status=422)
    assert "say why" in Read(wrong.text).said
    assert "/waivers/W-2026-001/revoke" not in [
        one.get("action") for one, _ in kim.get("/waivers/W-2026-001").of("form")
    ]
    lee.send("/waivers/W-2026-001", "/waivers/W-2026-001/revoke", {"reason": "it is fixed"})
    world.merge()
    page = lee.get("/waivers/W-2026-001")
    assert "it is fixed" in page.said
    assert "Proof of lifting" in page.said


def test_the_calendar_has_the_month_the_days_and_what_could_go(world: World) -> None:
    where = asked(world)
    lee = world.client(LEE)
    lee.send(where, where, {"do": "approve"})
    world.merge()
    until = T0.date() + dt.timedelta(days=90)
    page = lee.get(f"/waivers/calendar?month={until:%Y-%m}")
    assert f"Ending in {until:%B %Y}" in page.said
    assert "W-2026-001" in page.said
    assert lee.get("/waivers/calendar?month=x").said
    assert value_of(page, "End within 7 days") == "0"
    assert value_of(page, "End within 90 days") == "1"


def test_an_analyst_suppresses_for_now_and_is_told_the_rule_where_not(tmp_path: Path) -> None:
    rule = """@id("analyst-sandbox")
@reason("analysts suppress in Sandbox, S3 buckets excepted")
permit (principal in Group::"analyst", action == Action::"suppress", resource is Subject in Unit::"/Workloads")
unless { resource.resourceType == "AwsS3Bucket" };
"""
    with asking(tmp_path, rules=shipped_with(rule, instead_of="analyst-suppresses-minor")) as world, world.opened:
        world.fold(bucket(50, resource_type="AwsIamUser"))
        ana = world.client(ANA)
        assert "no rule permits it" in ana.get(f"/waivers/suppress?subject={key(0)}").said
        page = f"/waivers/suppress?subject={key(50)}"
        wrong = ana.send(page, "/waivers/suppress", {"reason": ""}, status=422)
        assert "say why" in Read(wrong.text).said
        ana.send(page, "/waivers/suppress", {"reason": "a test", "days": "3"})
        world.merge()
        assert world.standing(f"P-{FIRST}-S3.8").state is State.PROVISIONAL
        ana.get("/waivers/suppress?subject=none", status=404)


def test_hostile_text_is_kept_and_shown_as_text(world: World) -> None:
    kim = world.client(KIM)
    hostile = MARKUP.replace("\x00", "")
    answer = kim.send(
        "/waivers/new", "/waivers/new", answers(reason=hostile, comment=hostile) | {"do": "ask", "days": "date"}
    )
    where = answer.headers["location"]
    text = world.client(LEE).http.get(where).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    world.client(LEE).send(where, where, {"do": "approve", "comment": hostile})
    world.merge()
    assert world.standing("W-2026-001").waiver.reason == hostile.strip()


@pytest.mark.parametrize(
    "path", ["/waivers/new", "/waivers/requests/x", "/waivers/suppress", "/waivers/x/extend", "/waivers/x/revoke"]
)
def test_what_is_not_of_the_session_is_refused(world: World, path: str) -> None:
    assert world.client(KIM).http.post(path, data={"do": "ask"}).status_code == 403


def test_what_is_not_there_is_said_to_be_not_there(world: World) -> None:
    kim = world.client(KIM)
    kim.get("/waivers/requests/01ARZ3NDEKTSV4RRFFQ69G5FAV", status=404)
    kim.get("/waivers/nothing", status=404)
