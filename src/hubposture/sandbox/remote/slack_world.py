"""An emulated Slack workspace: channels, who is in them, messages, and what goes wrong on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = "xoxb-sandbox-hubposture"  # noqa: S105 - of the emulated workspace
BOT = "U0HUBPOSTURE"
SCOPES = frozenset(
    {"chat:write", "channels:read", "groups:read", "channels:history", "groups:history", "users:read.email"}
)


@dataclass(slots=True)
class Post:
    """A message as it is kept; `edits` are the texts that it had before."""

    ts: str
    by: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: Mapping[str, Any] | None = None
    edits: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Channel:
    """A channel; `read_only` lets nobody but people post."""

    id: str
    name: str
    is_private: bool = False
    is_member: bool = True
    is_archived: bool = False
    is_read_only: bool = False
    posts: list[Post] = field(default_factory=list)


@dataclass(slots=True)
class Trouble:
    """What happens to the next requests whose method holds `on`.

    `status` and `error` are answered and nothing is done. `cut`: the connection breaks, `before` or `after` it was done.
    """

    on: str = ""
    times: int = 1
    status: int = 200
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""


@dataclass(slots=True)
class Workspace:
    """Channels by id, people by address, webhooks by their path, scopes of the token, and limits.

    `per_second` is how many messages a channel takes in a second; 0 for any number.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = SCOPES
    per_second: int = 1
    token: str = TOKEN
    troubles: list[Trouble] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def channel(self, name: str, *, is_private: bool = False, is_member: bool = True) -> Channel:
        """The channel of a name, made if there is none."""
        found = self.named(name)
        if found is None:
            number = len(self.channels) + 1
            found = Channel(f"C{number:010d}", name.removeprefix("#"), is_private=is_private, is_member=is_member)
            self.channels[found.id] = found
        return found

    def named(self, text: str) -> Channel | None:
        """A channel by its id or its name, with or without #."""
        bare = text.removeprefix("#")
        return self.channels.get(text) or next((one for one in self.channels.values() if one.name == bare), None)

    def webhook(self, channel: str) -> str:
        """The path of a new webhook that posts to a channel."""
        path = f"/services/T0SANDBOX/B{len(self.webhooks) + 1:08d}/s3cret{len(self.webhooks) + 1:018d}"
        self.webhooks[path] = self.channel(channel).id
        return path

    def posts(self, name: str) -> list[Post]:
        """The messages of a channel, oldest first."""
        found = self.named(name)
        return found.posts if found is not None else []
