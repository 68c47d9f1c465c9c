"""Where the service is reached, and what the proxies before it may say of whoever asks."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers

from hubposture.settings.web import WebSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Home:
    """The public address of the service ('' where there is none), and the proxies that are believed."""

    url: str = ""
    is_https: bool = False
    proxies: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: WebSettings) -> "Home":
        """As the settings say."""
        proxies = tuple(ipaddress.ip_network(one) for one in settings.trusted_proxies)
        return cls(settings.url, settings.is_https, proxies)

    def address(self, client: str, headers: Headers) -> str:
        """The address of whoever asks: the last one in the chain of proxies that is none of ours."""
        if not self._is_ours(client):
            return client
        chain = [one.strip() for line in headers.getlist("x-forwarded-for") for one in line.split(",")]
        for one in reversed(chain[-_LONGEST_CHAIN:]):
            if (found := _plain(one)) is None:
                return client  # what is no address was not written by our proxy
            client = found
            if not self._is_ours(found):
                break
        return client

    def is_plain(self, client: str, headers: Headers) -> bool:
        """Whether a proxy of ours says that it was asked without https, where there is https."""
        said = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
        return self.is_https and said == "http" and self._is_ours(client)

    def _is_ours(self, client: str) -> bool:
        try:
            found = ipaddress.ip_address(client)
        except ValueError:
            return False
        return any(found in network for network in self.proxies if network.version == found.version)


def _plain(text: str) -> str | None:
    """An address without a port, as `X-Forwarded-For` has it; None for anything else."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    for one in (host, host.rpartition(":")[0]):
        try:
            return str(ipaddress.ip_address(one))
        except ValueError:
            continue
    return None


def hosts_of(settings: WebSettings, always: Sequence[str]) -> tuple[str, ...]:
    """The host names under which the service answers: those of the settings, and `always`."""
    return tuple(one for one in dict.fromkeys((*always, settings.host, *settings.hosts)) if one)
