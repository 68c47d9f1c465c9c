"""Signing in: only whom the provider vouches for, in the browser in which it was begun, once, and to a page of ours."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from web.fake_provider import CLIENT, SECRET, Claims, FakeProvider, never_ends, new_key
from web.sign_in_world import SignInWorld, sign_in_world
from web.web_world import Pages, Read


@pytest.fixture(scope="module")
def shared(there: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInWorld]:
    with sign_in_world(there, tmp_path_factory.mktemp("people")) as found:
        yield found


@pytest.fixture
def world(shared: SignInWorld) -> SignInWorld:
    return shared.fresh()


def test_whoever_is_not_signed_in_is_led_there_and_back(world: SignInWorld) -> None:
    kim = world.new()
    led = kim.get("/findings?filter=severity%3E%3DHIGH")
    assert (led.status_code, led.headers["location"]) == (
        303,
        "/sign-in?next=%2Ffindings%3Ffilter%3Dseverity%253E%253DHIGH",
    )
    (action,) = [
        one["href"] for one, _ in Read(kim.get(led.headers["location"]).text).of("a") if one.get("class") == "action"
    ]
    begun = kim.get(action)
    state = begun.headers["location"].split("state=")[1].split("&")[0]
    done = kim.back(state, world.idp.grant(begun.headers["location"]))
    assert (done.status_code, done.headers["location"]) == (303, "/findings?filter=severity%3E%3DHIGH")
    assert kim.get(done.headers["location"]).status_code == 200


def test_who_signed_in_is_shown_with_their_groups_and_roles(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    page = Read(kim.get("/me").text)
    assert "kim@example.com" in page.said
    assert "analyst (works on findings everywhere" in page.said
    assert "Cloud Security" in page.said
    assert world.audit() == [("kim@example.com", "session", "signed in from 127.0.0.1")]


def test_what_a_browser_keeps_stands_nowhere_in_the_ledger(world: SignInWorld) -> None:
    kim = world.new()
    state, code = kim.begin()
    kim.back(state, code)
    secret = kim.client.cookies["hubposture_session"]
    raw = b"".join(
        one.read_bytes() for one in Path(str(world.ledger.engine.url.database)).parent.glob("people.sqlite*")
    )
    for one in (secret, state, code, SECRET, "an access token"):
        assert one.encode() not in raw


def test_cookies_are_for_the_browser_alone(world: SignInWorld) -> None:
    done = world.new().sign_in()
    (session,) = [one for one in done.headers.get_list("set-cookie") if one.startswith("hubposture_session=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    assert "Domain" not in session


def test_over_https_cookies_are_bound_to_the_host_and_browsers_are_told_to_stay(there: Pages, tmp_path: Path) -> None:
    with sign_in_world(there, tmp_path, url="https://127.0.0.1") as world:
        kim = world.new()
        begun = kim.get("/sign-in/start")
        (cookie,) = begun.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-hubposture-sign-in=")
        assert "Secure" in cookie
        assert begun.headers["strict-transport-security"] == "max-age=31536000"
        state = begun.headers["location"].split("state=")[1].split("&")[0]
        code = world.idp.grant(begun.headers["location"])
        jar = {"__Host-hubposture-sign-in": cookie.split("=")[1].split(";")[0]}
        kim.client.cookies.update(jar)
        session = [one for one in kim.back(state, code).headers.get_list("set-cookie") if "Max-Age=0" not in one]
        assert [one.split("=")[0] for one in session] == ["__Host-hubposture"]
        assert all("Secure" in one and "Path=/" in one and "HttpOnly" in one for one in session)


@pytest.mark.parametrize("state", ["forged", "x" * 43, ""])
def test_a_state_that_was_not_given_out_signs_nobody_in(world: SignInWorld, state: str) -> None:
    kim = world.new()
    _, code = kim.begin()
    found = kim.back(state, code)
    assert found.status_code == 400
    assert "was not begun in this browser" in Read(found.text).said
    assert not kim.is_in
    assert "/token" not in world.idp.asked


def test_a_sign_in_that_somebody_else_began_signs_nobody_in(world: SignInWorld) -> None:
    enemy, kim = world.new(), world.new()
    theirs = enemy.begin()
    kim.begin()
    assert kim.back(*theirs).status_code == 400
    assert not kim.is_in


def test_a_sign_in_counts_once(world: SignInWorld) -> None:
    kim = world.new()
    state, code = kim.begin()
    assert kim.back(state, code).status_code == 303
    other = world.new()
    other.client.cookies.update({"hubposture_sign_in": "x" * 43})
    assert kim.back(state, code).status_code == 400
    assert other.back(state, code).status_code == 400


def test_two_sign_ins_begun_in_one_browser_do_not_disturb_each_other(world: SignInWorld) -> None:
    kim = world.new()
    first, second = kim.begin("/accounts"), kim.begin("/controls")
    assert kim.back(*first).headers["location"] == "/accounts"
    assert kim.back(*second).headers["location"] == "/controls"
    assert kim.is_in


def test_a_code_that_was_used_is_refused_in_plain_words(world: SignInWorld) -> None:
    kim = world.new()
    state, code = kim.begin()
    world.idp.codes.clear()
    found = kim.back(state, code)
    assert found.status_code == 403
    assert "it was used already, or took too long" in Read(found.text).said
    assert "a secret of the provider" not in found.text


def test_a_sign_in_that_takes_too_long_is_over(world: SignInWorld) -> None:
    kim = world.new()
    state, code = kim.begin()
    world.clock.move(timedelta(minutes=10))
    assert kim.back(state, code).status_code == 400


def changed(**claims: object) -> Callable[[FakeProvider], None]:
    def make(idp: FakeProvider) -> None:
        def twist(found: Claims) -> None:
            found.update(claims)
            for name in [name for name, value in claims.items() if value is None]:
                del found[name]

        idp.twist = twist

    return make


def signed(how: str) -> Callable[[FakeProvider], None]:
    def make(idp: FakeProvider) -> None:
        if how == "another key":
            idp.sign = lambda claims: idp.signed(claims, key=new_key("one"))
        elif how == "an unknown key":
            idp.sign = lambda claims: idp.signed(claims, key=new_key("other"))
        elif how == "nobody":
            idp.sign = idp.unsigned
        elif how == "the public key":
            idp.sign = idp.signed_with_the_public_key
        else:
            idp.sign = lambda claims: how

    return make


LIES: dict[str, Callable[[FakeProvider], None]] = {
    "another nonce": changed(nonce="other"),
    "no nonce": changed(nonce=None),
    "another audience": changed(aud="other"),
    "several audiences without azp": changed(aud=[CLIENT, "other"]),
    "several audiences for another": changed(aud=[CLIENT, "other"], azp="other"),
    "an audience that is no text": changed(aud=[CLIENT, 1], azp=CLIENT),
    "another issuer": changed(iss="https://evil.example"),
    "no issuer": changed(iss=None),
    "no subject": changed(sub=None),
    "a subject that is no text": changed(sub=["s-1"]),
    "expired": changed(exp=1),
    "an end that is no time": changed(exp="99999999999"),
    "an end that is true": changed(exp=True),
    "no end": changed(exp=None),
    "made in the future": changed(iat=99999999999),
    "not valid yet": changed(nbf=99999999999),
    "signed by nobody": signed("nobody"),
    "signed with the public key as a secret": signed("the public key"),
    "signed by another key of the same name": signed("another key"),
    "signed by a key nobody published": signed("an unknown key"),
    "no token at all": signed("rubbish"),
    "a token of three empty parts": signed(".."),
    "markup": signed("<script>alert(1)</script>"),
    "no address": changed(email=None),
    "an address that is no text": changed(email=["kim@example.com"]),
    "an empty address": changed(email=" "),
    "an address with line ends": changed(email="kim@example.com\r\nSet-Cookie: a=b"),
    "an address that turns round": changed(email="kim\u202e@example.com"),
    "an address that reads as another's": changed(email="\u212aim@example.com"),
    "an address that is another's once case does not matter": changed(email="wei\u00df@example.com"),
    "an access token of somebody else": changed(at_hash="x" * 22),
    "an endless address": changed(email="k" * 400),
    "an address that is not verified": changed(email_verified=False),
    "an address of which nothing is said": changed(email_verified=None),
    "an address verified as text": changed(email_verified="true"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_lets_nobody_in(world: SignInWorld, lie: str) -> None:
    LIES[lie](world.idp)
    kim = world.new()
    found = kim.sign_in()
    assert found.status_code == 403, found.text
    assert Read(found.text).of("h1") == [({}, "You are not signed in")]
    assert "hubposture_session" not in kim.client.cookies
    assert not kim.is_in
    assert world.ledger.sessions() == ()
    assert "alert(1)</script>" not in found.text


def test_who_is_refused_though_the_provider_knows_them_is_in_the_audit_trail(world: SignInWorld) -> None:
    LIES["an address that is not verified"](world.idp)
    world.new().sign_in()
    ((who, what, why),) = world.audit()
    assert (who, what) == ("kim@example.com", "sign-in")
    assert "verified" in why


def test_an_address_needs_no_verification_where_the_settings_say_so(there: Pages, tmp_path: Path) -> None:
    with sign_in_world(there, tmp_path, oidc={"require_verified": False}) as world:
        changed(email_verified=None)(world.idp)
        kim = world.new()
        kim.sign_in()
        assert kim.is_in


def test_keys_that_were_changed_are_read_again_once(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    world.idp.keys.append(new_key("two"))
    assert kim.sign_in().status_code == 303
    assert world.idp.asked.count("/keys") == 2
    assert kim.sign_in().status_code == 303
    assert world.idp.asked.count("/keys") == 2
    assert world.idp.asked.count("/.well-known/openid-configuration") == 1


def test_what_the_id_token_lacks_is_asked_for(world: SignInWorld) -> None:
    world.idp.userinfo, world.idp.claims = world.idp.claims, {"sub": "s-1"}
    kim = world.new()
    kim.sign_in()
    assert "Cloud Security" in Read(kim.get("/me").text).said


def test_what_is_said_of_somebody_else_is_not_taken(world: SignInWorld) -> None:
    world.idp.userinfo, world.idp.claims = {**world.idp.claims, "sub": "s-2"}, {"sub": "s-1"}
    found = world.new().sign_in()
    assert found.status_code == 403
    assert "two different people" in found.text


@pytest.mark.parametrize("issuer", ["https://evil.example", "http://127.0.0.1:1"])
def test_an_answer_of_another_provider_is_not_taken(world: SignInWorld, issuer: str) -> None:
    kim = world.new()
    state, code = kim.begin()
    assert kim.back(state, code, iss=issuer).status_code == 403
    assert "/token" not in world.idp.asked


def test_a_provider_that_names_itself_in_answers_must_always_do_so(world: SignInWorld) -> None:
    world.idp.metadata = {"authorization_response_iss_parameter_supported": True}
    kim = world.new()
    assert kim.sign_in().status_code == 403
    state, code = kim.begin()
    assert kim.back(state, code, iss=world.idp.issuer).status_code == 303


HTML = (200, "text/html", "<h1>Maintenance secret-page</h1>")
BROKEN = (500, "application/json", '{"error": "secret-trace"}')
ELSEWHERE = (302, "text/html", "secret-page")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token", "/userinfo"])
@pytest.mark.parametrize("told", [HTML, BROKEN, ELSEWHERE, (200, "application/json", "[1]"), never_ends])
def test_a_provider_in_trouble_is_told_as_that_and_nothing_more(
    world: SignInWorld, path: str, told: tuple[int, str, str]
) -> None:
    world.idp.answers[path] = told
    world.idp.claims.pop("groups")
    kim = world.new()
    begun = kim.get("/sign-in/start")
    if begun.status_code == 303:
        state = begun.headers["location"].split("state=")[1].split("&")[0]
        begun = kim.back(state, world.idp.grant(begun.headers["location"]))
    assert begun.status_code in (403, 503), begun.text
    assert Read(begun.text).of("h1") == [({}, "You are not signed in")]
    assert "secret" not in begun.text
    assert not kim.is_in


def test_a_provider_that_is_another_one_is_not_asked(world: SignInWorld) -> None:
    world.idp.metadata = {"issuer": "https://evil.example"}
    assert world.new().get("/sign-in/start").status_code == 503


@pytest.mark.parametrize("where", ["http://evil.example/token", "javascript:alert(1)", "//evil.example", "https://a@evil.example", 7, "https://x/\n"])  # fmt: skip
def test_doors_of_a_provider_that_are_no_https_are_not_used(world: SignInWorld, where: object) -> None:
    world.idp.metadata = {"authorization_endpoint": where}
    assert world.new().get("/sign-in/start").status_code == 503


def test_a_provider_that_is_away_is_not_asked_again_at_once(world: SignInWorld) -> None:
    world.idp.answers["/.well-known/openid-configuration"] = (404, "text/html", "")
    for _ in range(3):
        assert world.new().get("/sign-in/start").status_code == 503
    assert world.idp.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [("access_denied", "It was cancelled"), ("server_error", "a problem of its own"), ("odd_thing", "(odd_thing)"), ("<script>alert(1)</script>", "without a reason")],
)  # fmt: skip
def test_what_the_provider_refuses_is_said_in_plain_words(world: SignInWorld, error: str, said: str) -> None:
    kim = world.new()
    state, _ = kim.begin()
    found = kim.back(state, error=error, error_description="<b>secret</b>")
    assert found.status_code == 403
    assert said in Read(found.text).said
    assert "<script>" not in found.text
    assert "secret" not in found.text


ELSEWHERES = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/\t/evil.example", "/\n/evil.example",
    "javascript:alert(1)", "evil.example", "", "///evil.example", "/%09/evil.example\x00", "/" + "a" * 3_000, "/sign-in", "//",
    "http:/evil.example", "/\u2215evil.example", " //evil.example",
]  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERES)
def test_nobody_is_led_elsewhere(world: SignInWorld, where: str) -> None:
    done = world.new().sign_in(where)
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize("where", ["/%2f%2fevil.example", "/%5cevil.example", "/findings?next=//evil.example", "/a@evil.example", "/a:b"])  # fmt: skip
def test_odd_paths_of_ours_stay_ours(world: SignInWorld, where: str) -> None:
    location = world.new().sign_in(where).headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_there_is_no_sign_in_where_nobody_signs_in(there: Pages) -> None:
    assert there.get("/sign-in").status_code == 404
    assert there.get("/sign-in/start").status_code == 404
    assert there.get("/sign-in/back?state=x").status_code == 404
    page = Read(there.text("/me"))
    assert "not asked for whoever uses this machine" in page.said
    assert page.of("form") == []
