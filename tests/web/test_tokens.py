"""Tokens: shown once, for some actions, until they end; never more than the person may do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hubposture.access.actions import Action
from hubposture.settings.web import LimitSettings
from hubposture.verbs.tokens import Wish, digest_of, make_token
from web.sign_in_world import Browser, SignInWorld, sign_in_world
from web.web_world import Pages, Read

WISH = {"label": "nightly export", "action-view": "yes", "action-export": "yes", "days": "30"}


@pytest.fixture
def world(there: Pages, tmp_path: Path) -> Iterator[SignInWorld]:
    with sign_in_world(there, tmp_path) as found:
        found.idp.claims = {**found.idp.claims, "groups": ["Readers", "Cloud Security"]}
        yield found


def made(kim: Browser, **fields: str) -> str:
    """A token of one's own, as it is shown."""
    page = Read(kim.send("/me/tokens", **(WISH | fields)).text)
    (token,) = re.findall(r"hubp_[A-Za-z0-9_-]{43}", page.said)
    return str(token)


def asked(world: SignInWorld, token: str, path: str = "/api/v1/posture") -> int:
    return world.new().get(path, authorization=f"Bearer {token}").status_code


def test_a_token_of_ones_own_is_shown_once_and_lets_a_program_in(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    token = made(kim)
    assert asked(world, token) == 200
    page = kim.get("/me").text
    assert token not in page
    assert "nightly export" in page
    (kept,) = world.ledger.tokens()
    assert (kept.digest, kept.actions, kept.used_at) == (digest_of(token), ("export", "view"), world.clock())
    raw = b"".join(
        one.read_bytes() for one in Path(str(world.ledger.engine.url.database)).parent.glob("people.sqlite*")
    )
    assert token.encode() not in raw


def test_a_token_ends_by_itself_and_by_being_revoked(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    first, second = made(kim), made(kim, label="other")
    ids = {one.label: one.id for one in world.ledger.tokens()}
    assert kim.send("/me/tokens/revoke", token=ids["other"]).status_code == 303
    assert [asked(world, one) for one in (first, second)] == [200, 401]
    world.clock.move(timedelta(days=30))
    assert asked(world, first) == 401
    said = [(what, why) for _, what, why in world.audit() if what.startswith("token")]
    assert (f"token {ids['other']}", "it was revoked") in said
    assert said[-1] == (f"token {ids['nightly export']}", "its time is over")


def test_a_token_is_for_its_actions_alone(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    blind = made(kim, **{"action-view": ""})
    seen = world.new().get("/api/v1/findings", authorization=f"Bearer {blind}")
    assert seen.status_code in (200, 403)
    assert "arn:aws:s3" not in seen.text


def test_nobody_gives_a_token_more_than_they_have(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    found = kim.send("/me/tokens", **WISH, **{"action-approve-waiver": "yes"})
    assert found.status_code == 422
    assert "You may not approve-waiver anywhere" in Read(found.text).said
    assert world.ledger.tokens() == ()


def test_a_token_may_no_more_than_its_person_may_now(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    token = made(kim)
    before = world.new().get("/api/v1/findings", authorization=f"Bearer {token}")
    world.idp.claims = {**world.idp.claims, "groups": []}
    world.new().sign_in()
    after = world.new().get("/api/v1/findings", authorization=f"Bearer {token}")
    assert "arn:aws:s3" in before.text
    assert "arn:aws:s3" not in after.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": ""}, "what the token is for"), ({"label": "a" * 101}, "up to 100 characters"), ({"label": "a\nb"}, "100 characters"),
        ({"days": "0"}, "1 to 90 days"), ({"days": "91"}, "1 to 90 days"), ({"days": "-1"}, "1 to 90 days"), ({"days": "x"}, "1 to 90 days"),
        ({"action-view": "", "action-export": ""}, "one action at least"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_is_shown_again_with_what_is_wrong(
    world: SignInWorld, fields: dict[str, str], said: str
) -> None:
    kim = world.new()
    kim.sign_in()
    found = kim.send("/me/tokens", **(WISH | fields))
    page = Read(found.text)
    assert found.status_code == 422
    assert said in page.said
    kept = {one["name"]: one["value"] for one, _ in page.of("input") if one.get("type") in ("text", "number")}
    assert kept["days"] == (WISH | fields)["days"]
    assert world.ledger.tokens() == ()


def test_a_token_makes_no_other_and_ends_no_session(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    token = made(kim)
    robot = world.new()
    page = robot.get("/me", authorization=f"Bearer {token}")
    assert "form_token" not in page.text
    assert robot.post("/me/tokens", WISH, authorization=f"Bearer {token}").status_code == 403
    assert robot.post("/sign-out", {}, authorization=f"Bearer {token}").status_code == 403
    assert kim.is_in


def test_nobody_revokes_a_token_of_somebody_else(world: SignInWorld) -> None:
    kim, lee = world.new(), world.new()
    kim.sign_in()
    token = made(kim)
    world.idp.claims = {**world.idp.claims, "email": "lee@example.com"}
    lee.sign_in()
    lee.send("/me/tokens/revoke", token=world.ledger.tokens("kim@example.com")[0].id)
    assert asked(world, token) == 200


def test_a_token_that_was_given_to_a_service_has_the_groups_of_the_settings(world: SignInWorld) -> None:
    wish = Wish("robot", "export", [Action.VIEW], 10, "root@example.com")
    _, token = make_token(world.ledger, wish, most_days=90, now=world.clock())
    assert asked(world, token) == 200
    assert "arn:aws:s3" in world.new().get("/api/v1/findings", authorization=f"Bearer {token}").text


@pytest.mark.parametrize("token", ["x", "hubp_", "hubp_" + "A" * 43, "A" * 43, "hubp_" + "A" * 100_000])
@pytest.mark.parametrize("path", ["/me", "/api/v1/posture"])
def test_what_is_no_token_lets_nobody_in_and_leads_nowhere(world: SignInWorld, token: str, path: str) -> None:
    found = world.new().get(path, authorization=f"Bearer {token}")
    assert found.status_code in (400, 401, 431)
    if found.status_code == 401:
        assert found.headers["www-authenticate"] == "Bearer"


def test_a_cookie_does_not_help_a_token_that_is_none(world: SignInWorld) -> None:
    kim = world.new()
    kim.sign_in()
    assert kim.get("/me", authorization="Bearer none").status_code == 401


@pytest.mark.parametrize("path", ["/me", "/api/v1/posture"])
def test_too_many_tokens_that_are_none_have_to_wait(there: Pages, tmp_path: Path, path: str) -> None:
    with sign_in_world(there, tmp_path, limits=LimitSettings(refused_tokens_per_minute=2)) as world:
        found = [world.new().get(path, authorization="Bearer hubp_x") for _ in range(3)]
        assert [one.status_code for one in found] == [401, 401, 429]
        assert int(found[-1].headers["retry-after"]) >= 1
