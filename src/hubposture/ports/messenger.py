"""What carries messages: Slack, mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.work.message import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message. `where` names it there (Slack: channel and ts), so that it can be updated; ''.

    `is_doubtful`: it may have been sent.
    """

    where: str = ""
    error: str = ""
    is_doubtful: bool = False


class Messenger(Protocol):
    """One way to people. Raises nothing remote; what goes wrong is in the answer."""

    @property
    def can_update(self) -> bool:
        """Whether a message that was sent can be changed."""

    def send(self, message: Message) -> Sent:
        """Send it. Nothing that may have been sent is sent again."""

    def update(self, where: str, message: Message) -> Sent:
        """Change one that was sent; only where `can_update`.

        With an error, an empty `where` in the answer says that it can never be changed any more (people deleted it).
        """

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        """Of messages that may have been sent: `where` by key of those that were, '' for those that surely were not.

        What could not be looked for is not in the answer, and stays unknown; a carrier that cannot look gives nothing.
        """
