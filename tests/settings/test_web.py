"""What the settings say of the web service."""

import pytest

from hubposture.errors import InputErrors
from hubposture.settings.load import load_settings
from hubposture.settings.web import WebSettings

BASE = 'instance = "a"\n[organizations.main]\nadministrator = "111122223333"\nhome_region = "eu-central-1"\n'
SIGN_IN = '[web]\nurl = "https://Posture.example.com:8443"\n[web.oidc]\nissuer = "https://login.example.com/"\nclient_id = "h"\n'


def read(text: str, **environ: str) -> WebSettings:
    return load_settings((BASE + text).encode(), environ=environ).settings.web


def test_without_a_provider_nobody_signs_in() -> None:
    assert not read("").signs_in


def test_the_host_name_of_the_address_is_the_one_that_browsers_send() -> None:
    found = read(SIGN_IN)
    assert (found.signs_in, found.is_https, found.host) == (True, True, "posture.example.com")
    assert read('[web]\nurl = "http://[::1]:8000"').host == "[::1]"


def test_the_clients_secret_may_stand_in_the_environment_and_nowhere_else() -> None:
    found = read(SIGN_IN, HUBPOSTURE_WEB_OIDC_CLIENT_SECRET="s3cret")
    assert str(found.oidc.secret_reference) == "env:HUBPOSTURE_WEB_OIDC_CLIENT_SECRET"
    with pytest.raises(InputErrors, match="secrets do not belong into this file") as caught:
        read(SIGN_IN + 'client_secret = "s3cret"')
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[web]\nurl = "https://example.com/posture"', "without a path"),
        ('[web]\nurl = "http://example.com"', "write https://"),
        ('[web.oidc]\nissuer = "https://login.example.com"', "both oidc.issuer and oidc.client_id"),
        ('[web.oidc]\nissuer = "https://login.example.com"\nclient_id = "h"', "url must say where"),
        ('[web.oidc]\nscopes = ["email"]', "openid must be among them"),
        ('[web]\nhosts = ["https://example.com"]', "without https://"),
        ('[web]\ntrusted_proxies = ["10.0.0.1/8"]', "an address or a network"),
    ],
)
def test_what_cannot_hold_is_said(text: str, said: str) -> None:
    with pytest.raises(InputErrors, match=said):
        read(text)
