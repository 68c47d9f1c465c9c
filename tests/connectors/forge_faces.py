"""An emulated forge, and clients of ours that see it as GitHub and as GitLab, over HTTP on loopback."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from hubposture.connectors import github, gitlab
from hubposture.connectors.http import Http
from hubposture.connectors.patience import Patience
from hubposture.ports.approvals import Forge as Port
from hubposture.ports.approvals import Review
from hubposture.sandbox.remote.forge import TOKEN, Forge
from hubposture.sandbox.remote.forge_answer import Answer
from hubposture.sandbox.remote.forge_server import ForgeServer

Face = Literal["github", "gitlab"]
FACES: Sequence[Face] = ("github", "gitlab")
FILE = "security/waivers/W-1.yaml"
NAMES: dict[Face, str] = {"github": "acme/baseline", "gitlab": "acme/security/baseline"}


@dataclass
class Seen:
    """A forge by one of its faces: `forge` has the hands, `slept` is what clients waited; `client` is ours, `another`
    makes one that remembers nothing.
    """

    face: Face
    forge: Forge
    another: Callable[[], Port]
    server: ForgeServer
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.another()

    def edit(self, path: str, change: Callable[[Any], Any]) -> None:
        """Let answers of addresses with `path` in them be otherwise."""
        answer = self.server.answer

        def other(method: str, target: str, authorization: str) -> Answer:
            found = answer(method, target, authorization)
            return Answer(found.status, change(found.body), found.headers) if path in target else found

        self.server.answer = other  # type: ignore[method-assign]

    def approvers(self, commit: str, path: str = "") -> tuple[str, ...]:
        """Who approved the one request that brought a commit."""
        return self.only(commit, path).approvers

    def only(self, commit: str, path: str = "") -> Review:
        (found,) = self.client.reviews(commit, path)
        return found


@contextmanager
def seen_as(face: Face, *, token: str = TOKEN, name: str = "") -> Iterator[Seen]:
    """A forge with three people (kim, lee, max), a bot, and main protected by nothing."""
    forge = Forge(NAMES[face])
    forge.add("kim", email="kim@example.com", name="Kim Park")
    forge.add("lee", email="lee@example.com", name="Lee Ray")
    forge.add("max", name="Max Ode")
    forge.add("renovate", kind="Bot")
    slept: list[float] = []
    module = github if face == "github" else gitlab
    patience = Patience(tries=3, first_pause_seconds=0.01, longest_pause_seconds=0.01, answer_seconds=5.0)
    with (
        ForgeServer(forge) as server,
        Http(
            server.github if face == "github" else server.gitlab,
            headers=lambda: module.headers(token),
            patience=patience,
            clock=time.monotonic,
            sleep=slept.append,
            who=face,
            transport=httpx.HTTPTransport(
                verify=False
            ),  # one that reads no certificates, which takes longer than a test
        ) as http,
    ):
        kind = github.GitHub if face == "github" else gitlab.GitLab
        yield Seen(face, forge, lambda: kind(http, name or NAMES[face]), server, slept)
