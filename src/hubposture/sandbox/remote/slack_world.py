"""An emulated Slack workspace: channels, who is in them, messages, and what goes wrong on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = "xoxb-sandbox-hubposture"  # noqa: S105 - of the emulated workspace
BOT = "U0HUBPOSTURE"
APP_TOKEN = "xapp-sandbox-hubposture"  # noqa: S105 - of the emulated workspace
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - of the emulated workspace
TEAM = "T0SANDBOX"
SCOPES = frozenset(
    {
        *("chat:write", "channels:read", "groups:read", "channels:history", "groups:history"),
        *("users:read", "users:read.email"),
    }
)


@dataclass(slots=True)
class Member:
    """Somebody as users.info shows them; `more` is put over what it says."""

    id: str
    mail: str
    team: str = TEAM
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, Any]:
        """The user object."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.mail.partition("@")[0],
            "deleted": False,
            "is_bot": False,
            "is_app_user": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_email_confirmed": True,
            "profile": {"email": self.mail, "team": self.team},
            **self.more,
        }


@dataclass(slots=True)
class Whisper:
    """What one person alone was told in a channel."""

    channel: str
    user: str
    text: str


@dataclass(slots=True)
class View:
    """A form that was opened before somebody."""

    id: str
    user: str
    view: Mapping[str, Any]


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
    """Channels by id, people by address, members by id, webhooks by their path, scopes of the token, and limits.

    `triggers` are the ids of presses that a form may be opened for: who pressed, and when. `request_url` is where signed
    requests go while no socket is asked for. `per_second` is how many messages a channel takes in a second; 0 for any number.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = SCOPES
    per_second: int = 1
    token: str = TOKEN
    app_token: str = APP_TOKEN
    signing_secret: str = SIGNING_SECRET
    request_url: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    whispers: list[Whisper] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
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

    def member(self, mail: str, *, team: str = TEAM, **more: Any) -> Member:
        """Somebody with an address, made if there is nobody; `more` is put over what users.info says."""
        found = next((one for one in self.members.values() if one.mail == mail), None)
        if found is None:
            found = Member(f"U{len(self.members) + 1:010d}", mail, team, more)
            self.members[found.id] = found
            self.people[mail] = found.id
        return found

    def posts(self, name: str) -> list[Post]:
        """The messages of a channel, oldest first."""
        found = self.named(name)
        return found.posts if found is not None else []
