"""Sessions end when they should, forms are believed from their own session alone, and rules hold for whoever signed in."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from hubposture.settings.web import LimitSettings
from web.sign_in_world import SignInWorld, sign_in_world
from web.web_world import Pages, Read


@pytest.fixture(scope="module")
def shared(there: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInWorld]:
    with sign_in_world(there, tmp_path_factory.mktemp("people")) as found:
        yield found


@pytest.fixture
def world(shared: SignInWorld) -> SignInWorld:
    return shared.fresh()


def test_a_session_that_is_not_used_ends(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    for _ in range(3):
        world.clock.move(timedelta(minutes=59))
        assert kim.is_in
    world.clock.move(timedelta(minutes=60))
    assert not kim.is_in
    assert world.audit()[-1] == ("kim@example.com", "session", "not used for too long")


def test_a_session_ends_however_much_it_is_used(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    for _ in range(23):
        world.clock.move(timedelta(minutes=30))
        assert kim.is_in
    world.clock.move(timedelta(minutes=30))
    assert not kim.is_in


def test_that_it_was_used_is_written_once_a_minute_at_most(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    begun = world.clock()
    world.clock.move(timedelta(seconds=59))
    assert kim.is_in
    assert world.ledger.sessions()[0].seen_at == begun
    world.clock.move(timedelta(seconds=1))
    assert kim.is_in
    assert world.ledger.sessions()[0].seen_at == world.clock()


def test_a_new_sign_in_takes_the_place_of_the_old_session(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    old = kim.client.cookies["hubposture_session"]
    kim.sign_in()
    assert kim.client.cookies["hubposture_session"] != old
    thief = world.new()
    thief.client.cookies.set("hubposture_session", old)
    assert not thief.is_in
    assert len(world.ledger.sessions()) == 1


def test_a_cookie_that_somebody_else_chose_is_never_taken_over(world: SignInWorld) -> None:
    chosen = "A" * 43
    kim, enemy = world.new(), world.new()
    for one in (kim, enemy):
        one.client.cookies.set("hubposture_session", chosen, domain="127.0.0.1")
    kim.sign_in()
    assert kim.is_in
    assert not enemy.is_in


@pytest.mark.parametrize("value", ["", "x", "A" * 43, "A" * 100_000, "' OR 1=1 --", "\u00fc" * 43])
def test_a_cookie_that_is_none_lets_nobody_in(world: SignInWorld, value: str) -> None:
    world.new().sign_in()
    led = httpx.get(f"{world.base}/me", headers={b"cookie": b"hubposture_session=" + value.encode()}, trust_env=False)
    assert led.status_code in (303, 400)


def test_signing_out_ends_the_session_everywhere_it_is_kept(world: SignInWorld) -> None:
    kim, copy = world.new(), world.new()
    kim.sign_in()
    copy.client.cookies.set("hubposture_session", kim.client.cookies["hubposture_session"])
    assert copy.get("/me").status_code == 200
    out = kim.send("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in?out=yes")
    assert out.headers["clear-site-data"] == '"cache"'
    assert not copy.is_in
    assert not kim.is_in
    assert world.audit()[-1] == ("kim@example.com", "session", "signed out")


def test_who_signed_out_can_sign_out_at_the_provider_too(world: SignInWorld) -> None:
    world.idp.metadata = {"end_session_endpoint": f"{world.idp.issuer}/end?a=b"}
    kim = world.new()
    kim.sign_in()
    page = Read(kim.get(kim.send("/sign-out").headers["location"]).text)
    (outside,) = [one["href"] for one, _ in page.of("a") if one["href"].startswith("http")]
    back = f"{world.base}/sign-in".replace(":", "%3A").replace("/", "%2F")
    assert outside == f"{world.idp.issuer}/end?a=b&client_id=hubposture&post_logout_redirect_uri={back}"


@pytest.mark.parametrize("path", ["/sign-out", "/me/sessions", "/me/tokens", "/me/tokens/revoke"])
@pytest.mark.parametrize("token", ["", "0" * 64, "theirs"])
def test_a_form_that_this_session_did_not_make_does_nothing(world: SignInWorld, path: str, token: str) -> None:
    kim, lee = world.new(), world.new()
    kim.sign_in()
    world.idp.claims = {**world.idp.claims, "email": "lee@example.com"}
    lee.sign_in()
    fields = {"label": "a", "action-view": "yes", "days": "1", "session": "others"}
    sent = {"form_token": lee.form_token() if token == "theirs" else token, **fields}
    assert kim.post(path, sent if token else fields).status_code == 403
    assert kim.is_in
    assert lee.is_in
    assert world.ledger.tokens() == ()


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])  # fmt: skip
def test_what_the_page_of_another_site_sent_does_nothing(world: SignInWorld, headers: dict[str, str]) -> None:
    kim = world.new()
    kim.sign_in()
    assert kim.post("/sign-out", {"form_token": kim.form_token()}, **headers).status_code == 403
    assert kim.is_in


def test_whoever_is_not_signed_in_sends_no_forms(world: SignInWorld) -> None:
    found = world.new().post("/me/tokens", {"label": "a"})
    assert found.status_code == 401
    assert "Sign in" in found.text


def test_sessions_elsewhere_can_be_ended(world: SignInWorld) -> None:
    kim, phone, desk = world.new(), world.new(), world.new()
    for one in (kim, phone, desk):
        one.sign_in()
        world.clock.move(timedelta(minutes=1))
    first = world.ledger.sessions("kim@example.com")[-2]
    assert kim.send("/me/sessions", session=first.id).status_code == 303
    assert [kim.is_in, phone.is_in, desk.is_in] == [True, False, True]
    kim.send("/me/sessions", session="others")
    assert [kim.is_in, desk.is_in] == [True, False]


def test_nobody_ends_sessions_of_somebody_else(world: SignInWorld) -> None:
    kim, lee = world.new(), world.new()
    kim.sign_in()
    world.idp.claims = {**world.idp.claims, "email": "lee@example.com"}
    lee.sign_in()
    theirs = world.ledger.sessions("kim@example.com")[0].id
    lee.send("/me/sessions", session=theirs)
    lee.send("/me/sessions", session="others")
    assert kim.is_in


def test_whoever_signed_in_sees_what_their_groups_let_them_see(world: SignInWorld) -> None:
    counts = {}
    for group in ("Readers", "Nobody's"):
        world.idp.claims = {**world.idp.claims, "groups": [group], "email": f"{group.lower()[:4]}@example.com"}
        one = world.new()
        one.sign_in()
        counts[group] = one.get("/findings?view=list").text.count('href="/findings/')
    assert counts["Readers"] > 0
    assert counts["Nobody's"] == 0


def test_pages_of_a_session_are_kept_by_no_cache(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    for path in ("/", "/me", "/accounts", "/nothing"):
        assert kim.get(path).headers["cache-control"] == "no-store", path
    assert "immutable" in kim.get("/static/hubposture.css").headers["cache-control"]


def test_a_load_balancer_may_ask_by_address_and_nobody_else(world: SignInWorld) -> None:
    kim = world.new()
    assert [kim.get(path, host="10.1.2.3:80").status_code for path in ("/health", "/ready", "/sign-in", "/")] == [
        200,
        200,
        421,
        421,
    ]


def test_figures_are_for_those_who_are_let_in(world: SignInWorld) -> None:
    assert world.new().get("/metrics").status_code in (303, 401)


def test_too_many_sign_ins_from_one_address_have_to_wait(there: Pages, tmp_path: Path) -> None:
    few = LimitSettings(sign_ins_per_minute=3)
    with sign_in_world(there, tmp_path, limits=few) as world:
        found = [world.new().get("/sign-in") for _ in range(4)]
    assert [one.status_code for one in found] == [200, 200, 200, 429]
    assert 1 <= int(found[-1].headers["retry-after"]) <= 20
    assert "too many requests of the sign-in within a minute. Wait" in Read(found[-1].text).said


def test_too_many_requests_and_changes_of_one_person_have_to_wait(there: Pages, tmp_path: Path) -> None:
    few = LimitSettings(requests_per_minute=9, writes_per_minute=2)
    with sign_in_world(there, tmp_path, limits=few) as world:
        kim, lee = world.new(), world.new()
        kim.sign_in()
        token = kim.form_token()
        sent = [kim.post("/me/sessions", {"form_token": token, "session": "x"}).status_code for _ in range(3)]
        read = [kim.get("/me").status_code for _ in range(7)]
        world.idp.claims = {**world.idp.claims, "email": "lee@example.com"}
        lee.sign_in()
        assert lee.is_in
    assert sent == [303, 303, 429]
    assert read[0] == 200
    assert read[-1] == 429


def test_what_a_provider_and_a_browser_call_themselves_is_shown_as_text(world: SignInWorld) -> None:
    nasty = "<script>alert(1)</script>\"'{{7*7}}"
    world.idp.claims = {**world.idp.claims, "email": nasty, "groups": [nasty, 7, None, "a\u202eb", ["x"]]}
    kim = world.new()
    kim.client.headers["user-agent"] = f"{nasty} Chrome/{nasty}"
    assert kim.sign_in().status_code == 303
    for path in ("/me", "/sign-in", "/"):
        text = kim.get(path).text
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)" in text, path
        Read(text)
    assert world.ledger.sessions()[0].groups == (nasty,)
