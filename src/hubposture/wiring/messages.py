"""What telling people needs: the carriers of the settings, the rules, and what there is to tell."""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from hubposture.catalog import load
from hubposture.connectors import slack
from hubposture.connectors.http import Http, Patience
from hubposture.connectors.mail import Letter
from hubposture.connectors.ses import Ses
from hubposture.connectors.slack import Slack
from hubposture.connectors.slack_webhooks import SlackWebhooks, channel_key
from hubposture.connectors.smtp import Server, Smtp
from hubposture.errors import HubpostureError
from hubposture.ledger.ledger import SqlLedger
from hubposture.model.targets import Target
from hubposture.owners.team import Pace
from hubposture.ports.messenger import Messenger, Sent
from hubposture.settings.messages import MailBy, MessageSettings
from hubposture.verbs.acts import notes_of
from hubposture.verbs.announcing import Begin, beginnings, is_something_coming
from hubposture.verbs.news import Means as NewsMeans
from hubposture.verbs.notify import Means
from hubposture.verbs.plan import Planned
from hubposture.wiring.connection import Connection
from hubposture.wiring.owners import owner_chain
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import naive
from hubposture.wiring.tickets import observed_for_tickets, ticket_policy
from hubposture.wiring.workplace import Workplace
from hubposture.work.message import Carrier, Message
from hubposture.work.news import Rules

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NO_SLACK: Final = "Slack: no token and no webhook is set (messages.slack); docs/messages.md says how to set one up"
NO_MAIL: Final = 'mail: nothing sends it (messages.mail.by = "none"); docs/messages.md says how to set it up'


def messages_set(at: Workplace) -> bool:
    """Whether the settings have anything that carries messages."""
    settings = at.settings.messages
    return bool(settings.slack.token or settings.slack.webhooks) or settings.mail.by is not MailBy.NONE


@contextmanager
def message_means(at: Workplace, name: str, ledger: SqlLedger, *, preview: bool = False) -> Iterator[Means]:
    """What telling needs; connections are closed in the end. A preview needs no secret, and can send nothing."""
    with ExitStack() as stack:
        carriers = _Carriers(at, stack, preview=preview)
        yield Means(
            organization=name,
            ledger=ledger,
            carrier=carriers.of,
            now=lambda: naive(at.surroundings.now()),
            notes=lambda keys: notes_of(ledger.acts(name, messages=keys)),
        )


class _Silent:
    """Stands for a carrier in a preview."""

    def __init__(self, *, can_update: bool) -> None:
        self.can_update = can_update

    def send(self, message: Message) -> Sent:
        """Nothing is sent."""
        return Sent(error=f"{message.to}: a preview sends nothing")

    def update(self, where: str, message: Message) -> Sent:
        """Nothing is changed."""
        return Sent(where=where, error=f"{message.to}: a preview changes nothing")

    def find(self, messages: Sequence[Message]) -> dict[str, str]:
        """Nobody is asked."""
        del messages
        return {}


class _Carriers:
    """What carries each message, made when it is first needed."""

    def __init__(self, at: Workplace, stack: ExitStack, *, preview: bool) -> None:
        self._at = at
        self._stack = stack
        self._preview = preview
        self._settings = at.settings.messages
        self._made: dict[str, Messenger | str] = {}
        self._hooked = {channel_key(channel) for channel in self._settings.slack.webhooks}

    def of(self, message: Message) -> Messenger | str:
        """The carrier of a message, or why there is none. A channel with a webhook of its own is told by that."""
        if message.carrier is Carrier.MAIL:
            return NO_MAIL if self._settings.mail.by is MailBy.NONE else self._once("mail", self._mail)
        if channel_key(message.to) in self._hooked:
            return self._once("webhooks", self._webhooks)
        return self._once("slack", self._slack) if self._settings.slack.token else NO_SLACK

    def _once(self, name: str, make: Callable[[], Messenger]) -> Messenger | str:
        """A carrier, or why it cannot be made: a secret is not there."""
        if name not in self._made:
            try:
                self._made[name] = _Silent(can_update=name == "slack") if self._preview else make()
            except HubpostureError as error:
                self._made[name] = f"{name}: {error}"
        return self._made[name]

    def _slack(self) -> Messenger:
        settings, around = self._settings.slack, self._at.surroundings
        reference = settings.token_reference
        token = secret(reference, around) if reference is not None else ""
        http = Http(
            settings.url or slack.API,
            headers=lambda: slack.headers(token),
            patience=Patience(),
            clock=around.clock,
            sleep=around.sleep or time.sleep,
            who="Slack",
        )
        return Slack(self._stack.enter_context(http), now=around.now)

    def _webhooks(self) -> Messenger:
        references = self._settings.slack.webhook_references
        urls = {channel: secret(reference, self._at.surroundings) for channel, reference in references.items()}
        around = self._at.surroundings
        hooks = SlackWebhooks(urls, patience=Patience(), clock=around.clock, sleep=around.sleep or time.sleep)
        return self._stack.enter_context(hooks)

    def _mail(self) -> Messenger:
        settings, around = self._settings.mail, self._at.surroundings
        letter = Letter(settings.sender, settings.reply_to, around.now)
        if settings.by is MailBy.SES:
            return Ses(_ses(self._at), letter)
        reference = settings.password_reference
        password = secret(reference, around) if reference is not None else ""
        return Smtp(Server(settings.host, settings.port, settings.user, password), letter)


def _ses(at: Workplace) -> Any:
    """A client of SES that tries once: a second try of its own could send a mail twice."""
    import boto3  # noqa: PLC0415 - slow to import, and few send by SES
    from botocore.config import Config  # noqa: PLC0415

    once = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
    client = boto3.client("sesv2", region_name=at.settings.messages.mail.region or None, config=once)
    if at.surroundings.attach is not None:
        at.surroundings.attach(client)
    return client


def message_rules(settings: MessageSettings, *, link: str = "") -> Rules:
    """The rules of the settings."""
    return Rules(
        urgent=settings.urgent,
        urgent_most=settings.urgent_most,
        top=settings.top,
        announce_days=settings.announce_days,
        digest_day=_DAYS.index(settings.digest_day),
        attach_page=settings.mail.attach_page,
        link=link,
        acts=settings.slack.has_acts,
        approvers=settings.slack.approvers_channel,
    )


def news_means(connection: Connection, ledger: SqlLedger, *, planned: Callable[[], Planned]) -> NewsMeans:
    """What gathering news needs. `planned` is asked only where a row is enforced soon, or scopes are observed."""
    at = connection.workplace
    settings = at.settings.messages
    rules = message_rules(settings, link=at.settings.tickets.link or at.settings.web.url)
    is_observed = observed_for_tickets(connection, planned)
    midnight = dt.datetime.combine(at.today, dt.time(), at.settings.zone_info)
    return NewsMeans(
        organization=connection.name,
        ledger=ledger,
        chain=owner_chain(at),
        catalog=load(),
        rules=rules,
        day=at.today,
        midnight=naive(midnight),
        pace=Pace(settings.pace.value),
        default_channel=settings.slack.default_channel,
        ladder=ticket_policy(at).ladder,
        is_observed=is_observed,
        begins=lambda: _begins(at, rules.announce_days, planned, is_observed),
    )


def _begins(
    at: Workplace, days: int, planned: Callable[[], Planned], is_observed: Callable[[Target], bool]
) -> Sequence[Begin]:
    if not days or not is_something_coming(at.matrix(), today=at.today, days=days):
        return ()
    return beginnings(
        planned().resolution,
        today=at.today,
        days=days,
        grace_days=at.settings.posture.grace_days,
        is_observed=is_observed,
    )
