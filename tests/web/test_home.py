"""Who asks is told by the proxies that are ours and by nobody else; counts give way again."""

from collections.abc import Mapping

import pytest
from starlette.datastructures import Headers

from hubposture.settings.web import WebSettings
from hubposture.web.home import Home, hosts_of
from hubposture.web.limits import Limits, TooMany

HOME = Home.of(WebSettings(url="https://posture.example.com", hosts=("p",), trusted_proxies=("10.0.0.0/8", "::1/128")))


def headers(found: Mapping[str, str]) -> Headers:
    return Headers(dict(found))


@pytest.mark.parametrize(
    ("client", "said", "found"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # nobody asked them
        ("10.1.1.1", "198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),  # the first is what the client made up
        ("10.1.1.1", "198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.1.1.1", "10.3.3.3", "10.3.3.3"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("10.1.1.1", "198.51.100.1:5000", "198.51.100.1"),
        ("10.1.1.1", "unknown", "10.1.1.1"),
        ("10.1.1.1", "198.51.100.1, <script>", "10.1.1.1"),
        ("10.1.1.1", "," * 10_000, "10.1.1.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_last_one_who_is_no_proxy_of_ours(client: str, said: str, found: str) -> None:
    assert HOME.address(client, headers({"X-Forwarded-For": said} if said else {})) == found


def test_only_a_proxy_of_ours_says_that_there_was_no_https() -> None:
    plain = headers({"X-Forwarded-Proto": "http"})
    assert HOME.is_plain("10.1.1.1", plain)
    assert not HOME.is_plain("192.0.2.7", plain)
    assert not HOME.is_plain("10.1.1.1", headers({"X-Forwarded-Proto": "https"}))
    assert not HOME.is_plain("10.1.1.1", headers({}))


def test_it_answers_under_the_names_of_the_settings() -> None:
    settings = WebSettings(url="https://posture.example.com:8443", hosts=("Posture",))
    assert hosts_of(settings, ["localhost"]) == ("localhost", "posture.example.com", "posture")
    assert hosts_of(WebSettings(), ["localhost"]) == ("localhost",)


def test_after_a_minute_one_may_ask_for_everything_again() -> None:
    now = [0.0]
    limits = Limits(clock=lambda: now[0])
    for _ in range(6):
        limits.take("requests", "kim", most=6)
    with pytest.raises(TooMany, match="Wait 10 seconds") as caught:
        limits.take("requests", "kim", most=6)
    assert caught.value.seconds == 10
    limits.take("requests", "lee", most=6)
    limits.take("changes", "kim", most=6)
    now[0] = 10.0
    limits.take("requests", "kim", most=6)
    with pytest.raises(TooMany):
        limits.check("requests", "kim", most=6)
    now[0] = 70.0
    for _ in range(6):
        limits.take("requests", "kim", most=6)


def test_what_is_known_of_many_addresses_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubposture.web.limits._MOST_KEPT", 10)
    limits = Limits(clock=lambda: 0.0)
    for number in range(1_000):
        limits.take("requests", str(number), most=6)
    assert len(limits._left) == 10
