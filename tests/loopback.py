"""Keeps tests on this machine: a socket to anywhere but loopback is refused and fails the test."""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

_NAMES = {"localhost", "localhost.", "ip6-localhost", ""}


def is_loopback(host: object) -> bool:
    """Whether a host given to a socket or to the resolver is this machine's loopback; None is (it means any of ours)."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text.casefold() in _NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


class Guard:
    """Remembers what was refused, so that a test fails also when the attempt was made in a thread or was caught."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self._allowed: set[str] = set()

    def allow(self, url: str) -> None:
        """Let sockets through to the host of a URL, whatever addresses it has: somebody chose it for this run."""
        self._allowed.add(urlsplit(url).hostname or "")

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put the guard between Python's sockets and the network, and between the resolver and its callers."""
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, self._guarded(getattr(socket.socket, name)))
        resolve = socket.getaddrinfo

        def resolve_loopback(host: Any, *arguments: Any, **options: Any) -> Any:
            self._check(host)
            found = resolve(host, *arguments, **options)
            if host in self._allowed:
                self._allowed |= {str(address[0]) for *_, address in found}
            return found

        patch.setattr(socket, "getaddrinfo", resolve_loopback)

    def _guarded(self, original: Any) -> Any:
        def guarded(connection: socket.socket, *arguments: Any) -> Any:
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                # sendto(data, address) and sendto(data, flags, address): the address is last.
                self._check(arguments[-1][0])
            return original(connection, *arguments)

        return guarded

    def _check(self, host: object) -> None:
        if not is_loopback(host) and host not in self._allowed:
            self.refused.append(str(host))
            pytest.fail(f"tests may only reach this machine, not {host}")
