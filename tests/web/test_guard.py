"""What stands before the pages: the host's name, reading only, headers, and pages that did not change."""

import re
import socket
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from hubposture.cli.main import cli
from hubposture.errors import Refusal
from hubposture.web.guard import HEADERS
from web.web_world import FIRST, Pages

_EVERY = ("/", "/findings", "/findings?filter=nofield%3D1", "/findings.csv", "/accounts", "/nothing", "/health", "/metrics", "/static/hubposture.css")  # fmt: skip


@pytest.mark.parametrize("path", _EVERY)
def test_every_answer_carries_the_headers_and_no_cookie(there: Pages, path: str) -> None:
    headers = there.get(path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "set-cookie" not in headers
    assert headers["cache-control"]


def test_the_policy_allows_no_script_and_no_inline_style() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:8000"])
def test_its_own_names_are_answered(there: Pages, host: str) -> None:
    assert there.get("/accounts", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.2", "0.0.0.0", "[::2]", "localhost.", "x@localhost", ""]
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/health", "/static/hubposture.css"])
def test_under_another_name_nothing_is_answered(there: Pages, host: str, path: str) -> None:
    found = there.get(path, Host=host)
    assert found.status_code in (400, 421)
    assert "acme" not in found.text


def test_a_request_with_two_hosts_or_none_is_refused(there: Pages) -> None:
    at = urlsplit(str(there.client.base_url))
    for hosts in ("", "Host: localhost\r\nHost: evil.example\r\n"):
        with socket.create_connection((at.hostname, at.port)) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert re.match(rb"HTTP/1.1 (400|421) ", answer), answer[:100]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_nothing_but_reading_and_forms_is_answered(there: Pages, method: str) -> None:
    found = there.client.request(method, "/findings")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_page_without_a_form_takes_none(there: Pages) -> None:
    assert there.client.post("/findings", data={"filter": "x"}).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_reaches_no_page(there: Pages, headers: dict[str, str]) -> None:
    assert there.client.post("/findings", data={}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/findings", "/findings.csv", "/health", "/metrics", "/static/mark.svg"])
def test_head_is_the_same_without_the_body(there: Pages, path: str) -> None:
    found = there.client.head(path)
    assert (found.status_code, found.content) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/", "/findings", "/findings?view=list", "/findings.xlsx", "/accounts", f"/accounts/{FIRST}", "/controls", "/waivers", "/tickets"]
)  # fmt: skip
def test_a_page_that_did_not_change_is_not_sent_again(there: Pages, path: str) -> None:
    tag = there.get(path).headers["etag"]
    assert tag.startswith('"v')
    again = there.get(path, **{"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert there.get(path, **{"If-None-Match": '"v0"'}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com", "127.0.0.1.example.com", ""])
def test_it_listens_on_this_machine_only(there: Pages, host: str) -> None:
    done = CliRunner().invoke(cli, ["-C", str(there.base), "serve", "--host", host], standalone_mode=False)
    assert isinstance(done.exception, Refusal)
    assert "nobody signs in" in str(done.exception)


def test_a_port_that_is_taken_is_named(there: Pages) -> None:
    port = str(urlsplit(str(there.client.base_url)).port)
    done = CliRunner().invoke(cli, ["-C", str(there.base), "serve", "--port", port], standalone_mode=False)
    assert f"--port {port}" in str(done.exception)
