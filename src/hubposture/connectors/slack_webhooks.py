"""Messages in Slack by incoming webhooks: one channel each; what was sent can neither be changed nor found again."""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from hubposture.connectors.http import Http, Patience
from hubposture.connectors.slack_errors import failed, word
from hubposture.connectors.slack_pace import Pace
from hubposture.errors import AnswerLost, RemoteError
from hubposture.ports.messenger import Sent
from hubposture.render.slack import blocks, fallback
from hubposture.work.message import Message

_REFUSALS: Final = (400, 403, 404, 410)


def channel_key(channel: str) -> str:
    """What channels are compared by: `#team-web` and `team-web` are one."""
    return channel.strip().removeprefix("#").casefold()


class SlackWebhooks:
    """Implements `ports.messenger.Messenger`. `urls` are the webhooks by channel: each is a secret, and never said."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        patience: Patience,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._urls = {channel_key(channel): url for channel, url in urls.items()}
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._pace = Pace(clock=clock, sleep=sleep)
        self._open: dict[str, Http] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for one in self._open.values():
            one.close()
        self._open.clear()

    @property
    def can_update(self) -> bool:
        """See `ports.messenger`."""
        return False

    def send(self, message: Message) -> Sent:
        """See `ports.messenger`. Errors are told without what the request's own say, for these hold the URL."""
        channel = channel_key(message.to)
        if channel not in self._urls:
            return Sent(error=f"Slack {message.to}: it has no webhook in messages.slack.webhooks")
        self._pace.wait(channel)
        given = {"text": fallback(message.title, message.body), "blocks": blocks(message.title, message.body)}
        try:
            http = self._http(channel)
            reply = http.request("POST", "", json=given, repeatable=False, answers=_REFUSALS)
        except AnswerLost:
            why = "no answer came; the message may have been sent"
            return Sent(error=f"Slack {message.to}: {why}", is_doubtful=True)
        except RemoteError as error:
            why = f"the webhook failed ({word(error.code) or 'no answer'}); check it and the network, then run it again"
            return Sent(error=f"Slack {message.to}: {why}")
        return Sent() if reply.status not in _REFUSALS else failed(message.to, word(reply.text.strip()))

    def update(self, where: str, message: Message) -> Sent:
        """See `ports.messenger`. It is never done."""
        del where
        return Sent(error=f"Slack {message.to}: what a webhook sent cannot be changed")

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        """See `ports.messenger`. Webhooks cannot look."""
        del messages
        return {}

    def _http(self, channel: str) -> Http:
        if channel not in self._open:
            self._open[channel] = Http(
                self._urls[channel],
                headers=dict,
                patience=self._patience,
                clock=self._clock,
                sleep=self._sleep,
                who="Slack",
            )
        return self._open[channel]
