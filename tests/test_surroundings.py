import socket
from threading import Thread

import pytest

from loopback import Guard, is_loopback
from needs import need


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST", b"localhost", None, ""])
def test_loopback_is_loopback(host: object) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "sts.amazonaws.com", "localhost.x", "1"]
)
def test_everything_else_is_not(host: object) -> None:
    assert not is_loopback(host)


def test_a_socket_to_elsewhere_fails_the_test(socket_guard: Guard) -> None:
    with socket.socket() as connection, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 80))
    with pytest.raises(pytest.fail.Exception, match=r"example\.com"):
        socket.create_connection(("example.com", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection, pytest.raises(pytest.fail.Exception):
        connection.sendto(b"x", ("192.0.2.1", 53))
    assert socket_guard.refused == ["192.0.2.1", "example.com", "192.0.2.1"]
    socket_guard.refused.clear()


def test_a_host_that_was_chosen_for_a_run_is_let_through_and_no_other() -> None:
    guard = Guard()
    guard.allow("https://192.0.2.1/api")
    guard._check("192.0.2.1")
    with pytest.raises(pytest.fail.Exception):
        guard._check("192.0.2.2")
    assert guard.refused == ["192.0.2.2"]


def test_an_attempt_in_a_thread_is_remembered(socket_guard: Guard) -> None:
    def attempt() -> None:
        with socket.socket() as connection, pytest.raises(pytest.fail.Exception):
            connection.connect(("192.0.2.1", 80))

    thread = Thread(target=attempt)
    thread.start()
    thread.join()
    assert socket_guard.refused == ["192.0.2.1"]
    socket_guard.refused.clear()


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getpeername()[0] == "127.0.0.1"


def test_a_missing_need_skips_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUBPOSTURE_STRICT", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a thing: buy one"):
        need(None, "a thing", "buy one")
    need("there", "a thing", "buy one")


def test_a_missing_need_fails_when_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBPOSTURE_STRICT", "1")
    with pytest.raises(pytest.fail.Exception, match="needs a thing: buy one"):
        need(None, "a thing", "buy one")
