import base64
import gzip
import logging
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.scripted_server import Clock, Say, ScriptedServer, http
from hubposture.connectors.http import File, Http, Patience, Reply, next_by_link
from hubposture.connectors.patience import pause_before_retry, told_pause
from hubposture.connectors.saying import said_by
from hubposture.errors import AnswerLost, RemoteRefused, RemoteUnavailable


def reply(link: str) -> Reply:
    return Reply(200, {"link": link}, None, "")


def test_an_answer_is_given_with_its_json_its_text_and_its_headers_in_lower_case() -> None:
    with ScriptedServer(Say(201, b'{"id": 7}', {"X-Thing": "A"})) as server, http(server, Clock()) as client:
        found = client.request("POST", "/things", json={"name": "x"}, params={"a": "b c"}, repeatable=False)
    assert (found.status, found.body, found.text, found.headers["x-thing"]) == (201, {"id": 7}, '{"id": 7}', "A")
    heard = server.heard[0]
    assert (heard.method, heard.target, heard.body) == ("POST", "/things?a=b+c", b'{"name":"x"}')
    assert heard.headers["authorization"] == "Bearer s3cret-t0ken"


def test_an_answer_that_is_no_json_has_no_body_but_a_text() -> None:
    with ScriptedServer(Say(200, b"<html>asleep</html>")) as server, http(server, Clock()) as client:
        found = client.request("GET", "/", repeatable=True)
    assert (found.body, found.text) == (None, "<html>asleep</html>")


def test_a_429_is_waited_out_as_long_as_is_asked_even_for_what_must_not_be_repeated() -> None:
    clock = Clock()
    with ScriptedServer(Say(429, headers={"Retry-After": "17"}), Say()) as server, http(server, clock) as client:
        assert client.request("POST", "/things", repeatable=False).body == {"ok": True}
    assert (clock.waited, len(server.heard)) == ([17.0], 2)


def test_a_date_to_wait_for_is_held_against_the_date_of_the_answer() -> None:
    headers = {"Retry-After": "Tue, 24 Nov 2026 09:00:30 GMT", "Date": "Tue, 24 Nov 2026 09:00:00 GMT"}
    clock = Clock()
    with ScriptedServer(Say(503, headers=headers), Say()) as server, http(server, clock) as client:
        client.request("GET", "/", repeatable=True)
    assert clock.waited == [30.0]


def test_a_wait_longer_than_our_patience_is_not_begun() -> None:
    clock = Clock()
    with (
        ScriptedServer(Say(429, headers={"Retry-After": "86400"})) as server,
        http(server, clock) as client,
        pytest.raises(RemoteUnavailable, match=r"Acme: GET /x: HTTP 429.*limit raised") as caught,
    ):
        client.request("GET", "/x", repeatable=True)
    assert (clock.waited, len(server.heard), caught.value.code) == ([], 1, "429")


def test_errors_of_the_server_are_tried_again_only_where_twice_is_the_same_as_once() -> None:
    with ScriptedServer(Say(500)) as server, http(server, Clock()) as client:
        with pytest.raises(RemoteUnavailable, match="after 5 tries"):
            client.request("GET", "/", repeatable=True)
        assert len(server.heard) == 5
        server.heard.clear()
        with pytest.raises(AnswerLost, match="may have been done"):
            client.request("POST", "/", repeatable=False)
        assert len(server.heard) == 1


def test_an_answer_that_is_cut_off_is_lost_where_it_must_not_be_repeated_and_asked_for_again_elsewhere() -> None:
    with ScriptedServer(Say(cut=True), Say()) as server, http(server, Clock()) as client:
        assert client.request("GET", "/", repeatable=True).body == {"ok": True}
        server.script.insert(0, Say(cut=True))
        with pytest.raises(AnswerLost) as caught:
            client.request("POST", "/", repeatable=False)
    assert caught.value.code == "no answer"
    assert [heard.method for heard in server.heard] == ["GET", "GET", "POST"]


def test_without_a_connection_nothing_was_done_so_it_is_tried_again() -> None:
    clock = Clock()
    with ScriptedServer(Say()) as server:
        pass
    with http(server, clock, patience=Patience(tries=3)) as client, pytest.raises(RemoteUnavailable) as caught:
        client.request("POST", "/", repeatable=False)
    assert not isinstance(caught.value, AnswerLost)
    assert (caught.value.code, len(clock.waited)) == ("unreachable", 2)


def test_tries_end_when_their_time_is_used_up() -> None:
    clock = Clock()
    patience = Patience(tries=1000, budget_seconds=100)
    with (
        ScriptedServer(Say(503, headers={"Retry-After": "30"})) as server,
        http(server, clock, patience=patience) as client,
        pytest.raises(RemoteUnavailable, match="after 4 tries"),
    ):
        client.request("GET", "/", repeatable=True)
    assert clock.waited == [30.0, 30.0, 30.0]


@pytest.mark.parametrize(("status", "word"), [(400, "settings"), (401, "credentials"), (403, "role"), (404, "URL")])
def test_what_is_refused_is_said_with_what_to_do_and_not_tried_again(status: int, word: str) -> None:
    body = b'{"error": {"message": "No\\nway", "detail": "ask lee"}, "status": "failure"}'
    with (
        ScriptedServer(Say(status, body)) as server,
        http(server, Clock()) as client,
        pytest.raises(RemoteRefused, match=rf"Acme: GET /x: HTTP {status}, No way - ask lee; .*{word}") as caught,
    ):
        client.request("GET", "/x", params={"q": "personal"}, repeatable=True)
    assert "personal" not in str(caught.value)
    assert len(server.heard) == 1


def test_a_file_goes_out_with_its_form_and_again_with_the_next_try() -> None:
    with ScriptedServer(Say(503), Say()) as server, http(server, Clock()) as client:
        given = File("a.json", b'{"a": 1}')
        client.request("POST", "/", form={"title": "T"}, files={"file": given}, repeatable=True)
    assert len(server.heard) == 2
    for heard in server.heard:
        assert heard.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert b'name="title"\r\n\r\nT\r\n' in heard.body
        assert b'filename="a.json"\r\nContent-Type: application/json\r\n\r\n{"a": 1}\r\n' in heard.body


def test_a_status_that_is_expected_is_an_answer() -> None:
    with ScriptedServer(Say(404)) as server, http(server, Clock()) as client:
        assert client.request("GET", "/x", repeatable=True, answers=(404,)).status == 404


def test_no_secret_is_ever_said_even_if_the_other_side_repeats_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    password = "hunter2-hunter2"
    pair = base64.b64encode(f"kim:{password}".encode()).decode()
    told = f'{{"message": "bad {pair} or {password} or s3cret-t0ken or form-secret"}}'.encode()
    signed = {"authorization": f"Basic {pair}", "private-token": "s3cret-t0ken"}
    with (
        ScriptedServer(Say(403, told)) as server,
        http(server, Clock(), headers=lambda: signed) as client,
        pytest.raises(RemoteRefused) as caught,
    ):
        client.request("POST", "/t", form={"client_secret": "form-secret"}, repeatable=True)
    everything = f"{caught.value} {caught.value.__cause__!r} {caplog.text}"
    for secret in (password, pair, "s3cret-t0ken", "form-secret"):
        assert secret not in everything
    assert "bad *** or *** or *** or ***" in str(caught.value)


def test_a_credential_that_no_header_may_hold_is_refused_without_saying_it() -> None:
    for token in ("s3cret\nevil: 1", "s3crét"):
        with (
            ScriptedServer(Say()) as server,
            http(server, Clock(), headers=lambda t=token: {"x": t}) as client,
            pytest.raises(RemoteRefused, match="characters that cannot be sent") as caught,
        ):
            client.request("GET", "/", repeatable=True)
        assert "s3cr" not in str(caught.value)
        assert server.heard == []


def test_after_a_401_new_credentials_are_tried_once() -> None:
    tokens = iter(["old", "new", "newer"])
    current = [next(tokens)]

    def renew() -> bool:
        current[0] = next(tokens)
        return True

    with (
        ScriptedServer(Say(401), Say()) as server,
        http(server, Clock(), headers=lambda: {"authorization": current[0]}, renew=renew) as client,
    ):
        client.request("POST", "/", repeatable=False)
        server.script[:0] = [Say(401), Say(401)]
        with pytest.raises(RemoteRefused):
            client.request("POST", "/", repeatable=False)
    assert [heard.headers["authorization"] for heard in server.heard] == ["old", "new", "new", "newer"]


def test_redirects_are_followed_on_the_same_host_and_for_reading_only() -> None:
    with ScriptedServer(Say(301, headers={"Location": "/there?x=1"}), Say()) as server, http(server, Clock()) as client:
        assert client.request("GET", "/here", params={"y": "2"}, repeatable=True).body == {"ok": True}
        assert [heard.target for heard in server.heard] == ["/here?y=2", "/there?x=1"]
        server.script.insert(0, Say(307, headers={"Location": "/there"}))
        with pytest.raises(RemoteRefused, match="HTTP 307"):
            client.request("POST", "/here", repeatable=False)


def test_no_credential_is_taken_to_another_host() -> None:
    with ScriptedServer(Say()) as other, ScriptedServer(Say(302, headers={"Location": f"{other.url}/x"})) as server:
        with http(server, Clock()) as client, pytest.raises(RemoteRefused, match="another host"):
            client.request("GET", "/", repeatable=True)
        server.script[0] = Say(headers={"Link": f'<{other.url}/x>; rel="next"'})
        with http(server, Clock()) as client, pytest.raises(RemoteRefused, match="another host"):
            list(client.pages("/"))
        assert other.heard == []


def test_redirects_without_end_are_refused() -> None:
    with (
        ScriptedServer(Say(302, headers={"Location": "/again"})) as server,
        http(server, Clock()) as client,
        pytest.raises(RemoteRefused, match="redirects again and again"),
    ):
        client.request("GET", "/", repeatable=True)
    assert len(server.heard) == 4


def test_only_https_is_spoken_to_other_machines() -> None:
    with pytest.raises(RemoteRefused, match="https"):
        Http("http://acme.example.com", headers=dict, patience=Patience(), clock=Clock(), sleep=print, who="Acme")


def test_certificates_are_verified() -> None:
    with Http(
        "https://acme.example.com", headers=dict, patience=Patience(), clock=Clock(), sleep=print, who="Acme"
    ) as client:
        transport = client._client._transport
        assert isinstance(transport, httpx.HTTPTransport)
        context = transport._pool._ssl_context
        assert context is not None
        assert context.check_hostname
        assert context.verify_mode.name == "CERT_REQUIRED"


def test_an_answer_larger_than_any_list_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b" " * (33 * 2**20))
    with (
        ScriptedServer(Say(body=bomb, headers={"Content-Encoding": "gzip"})) as server,
        http(server, Clock()) as client,
        pytest.raises(RemoteRefused, match="larger than 32 MiB"),
    ):
        client.request("GET", "/", repeatable=True)


def test_an_answer_that_drips_is_given_up() -> None:
    patience = Patience(tries=1, answer_seconds=0.2)
    with ScriptedServer(Say(body=b"x" * 1000, drip_seconds=0.01)) as server:
        client = Http(server.url, headers=dict, patience=patience, clock=time.monotonic, sleep=time.sleep, who="Acme")
        with client, pytest.raises(RemoteUnavailable, match="no whole answer"):
            client.request("GET", "/", repeatable=True)


def test_pages_are_followed_over_short_and_empty_ones_and_relative_links() -> None:
    script = (
        Say(body=b"[1, 2]", headers={"Link": '</items?page=2>; rel="next", </items?page=9>; rel="last"'}),
        Say(body=b"[]", headers={"Link": "<?page=3>; rel=next"}),
        Say(body=b"[3]", headers={"Link": '</items?page=1>; rel="first"'}),
    )
    with ScriptedServer(*script) as server, http(server, Clock(), path="/api") as client:
        assert [page.body for page in client.pages("/items", {"size": 2})] == [[1, 2], [], [3]]
    assert [heard.target for heard in server.heard] == ["/api/items?size=2", "/items?page=2", "/items?page=3"]


def test_pages_that_lead_round_in_a_circle_are_refused() -> None:
    with (
        ScriptedServer(Say(headers={"Link": '</x?a>; rel="next"'})) as server,
        http(server, Clock()) as client,
        pytest.raises(RemoteRefused, match="do not end"),
    ):
        list(client.pages("/x"))
    assert len(server.heard) == 2


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<https://a/?x=1,2;3>;rel="next"', "https://a/?x=1,2;3"),
        ("<https://a/1>; rel=prev, <https://a/2>; title=x; REL=NEXT", "https://a/2"),
        ('<https://a/1>; rel="last next"', "https://a/1"),
        ('<https://a/1>; title="rel=next"; rel="prev"', None),
        ("", None),
        ("next", None),
    ],
)
def test_the_next_page_is_what_the_link_header_says(link: str, expected: str | None) -> None:
    assert next_by_link(reply(link)) == expected


@given(link=st.text(alphabet='<>;,= "rel next/x', max_size=60))
def test_no_link_header_is_more_than_a_link_or_none(link: str) -> None:
    found = next_by_link(reply(link))
    assert found is None or f"<{found}>" in link


@given(retry=st.text(max_size=40), date=st.text(max_size=40))
def test_no_header_makes_us_wait_backwards(retry: str, date: str) -> None:
    found = told_pause({"retry-after": retry, "date": date})
    assert found is None or found >= 0


@given(tries=st.integers(1, 20), elapsed=st.floats(0, 1000), told=st.none() | st.floats(0, 1000))
def test_a_pause_is_never_longer_than_what_is_left(tries: int, elapsed: float, told: float | None) -> None:
    patience = Patience()
    found = pause_before_retry(told, tries=tries, elapsed_seconds=elapsed, patience=patience)
    assert found is None or (found >= 0 and elapsed + found <= patience.budget_seconds and tries < patience.tries)


def test_the_words_of_every_system_are_understood() -> None:
    assert said_by({"message": "Bad credentials"}) == "Bad credentials"
    assert (
        said_by({"error": "invalid_client", "error_description": "no such client"}) == "invalid_client - no such client"
    )
    assert said_by({"error": {"message": "m", "detail": None}}) == "m"
    assert said_by({"name": ["Too long.", "Too\nold."], "id": 3}) == "name: Too long. - name: Too old."
    assert said_by(["x"]) == said_by(None) == ""
