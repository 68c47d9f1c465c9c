from pathlib import Path
from typing import Any

import pytest

from hubposture.connectors.ses import Ses
from hubposture.connectors.slack import Slack
from hubposture.connectors.slack_webhooks import SlackWebhooks
from hubposture.connectors.smtp import Smtp
from hubposture.ports.messenger import Messenger
from hubposture.wiring import Surroundings, workplace
from hubposture.wiring.messages import NO_MAIL, NO_SLACK, message_means, message_rules
from hubposture.work.body import Body
from hubposture.work.message import Carrier, Message, Subject

BASE = """
instance = "test"
[organizations.acme]
administrator = "111122223333"
home_region = "eu-central-1"
"""
SLACK = """
[messages.slack]
token = "env:TOKEN"
[messages.slack.webhooks]
"Team-Data" = "env:HOOK"
"""
ENVIRON = {"TOKEN": "xoxb-1", "HOOK": "https://hooks.slack.com/services/T/B/x", "PASSWORD": "s3cret"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of nobody, so that no client looks for any elsewhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")


def carriers(root: Path, settings: str, *to: str, environ: dict[str, str] | None = None, **options: bool) -> list[Any]:
    """What carries messages to these."""
    (root / "hubposture.toml").write_text(BASE + settings)
    at = workplace(root, surroundings=Surroundings(environ=ENVIRON if environ is None else environ))
    with at.ledger() as ledger, message_means(at, "acme", ledger, **options) as means:
        return [means.carrier(message(one)) for one in to]


def message(to: str) -> Message:
    return Message("k", Subject.RUN, "web", Carrier.MAIL if "@" in to else Carrier.SLACK, to, "Title", Body())


def test_without_settings_it_is_said_what_to_set(tmp_path: Path) -> None:
    assert carriers(tmp_path, "", "#team-web", "web@example.com") == [NO_SLACK, NO_MAIL]


def test_a_channel_with_a_webhook_is_told_by_it_and_the_others_by_the_bot(tmp_path: Path) -> None:
    found = carriers(tmp_path, SLACK, "#team-data", "#team-web", "C0123456789")
    assert [type(one) for one in found] == [SlackWebhooks, Slack, Slack]
    assert found[1] is found[2]


def test_a_secret_that_is_not_there_is_the_reason_for_its_own_messages_alone(tmp_path: Path) -> None:
    found = carriers(tmp_path, SLACK, "#team-data", "#team-web", environ={"TOKEN": "xoxb-1"})
    assert "env:HOOK: there is no such secret" in found[0]
    assert isinstance(found[1], Slack)


@pytest.mark.parametrize(
    ("mail", "kind"),
    [
        ('by = "smtp"\nhost = "smtp.example.com"\nuser = "hub"\npassword = "env:PASSWORD"', Smtp),
        ('by = "ses"\nregion = "eu-central-1"', Ses),
    ],
)
def test_mail_goes_by_what_the_settings_say(tmp_path: Path, mail: str, kind: type) -> None:
    settings = f'[messages.mail]\nsender = "hub@example.com"\n{mail}\n'
    (found,) = carriers(tmp_path, settings, "web@example.com")
    assert isinstance(found, kind)


def test_the_client_of_ses_tries_once_for_a_second_try_could_send_twice(tmp_path: Path) -> None:
    settings = '[messages.mail]\nsender = "hub@example.com"\nby = "ses"\nregion = "eu-central-1"\n'
    (found,) = carriers(tmp_path, settings, "web@example.com")
    assert found._client.meta.config.retries["total_max_attempts"] == 1
    assert found._client.meta.region_name == "eu-central-1"


def test_a_preview_carries_nothing_and_needs_no_secret(tmp_path: Path) -> None:
    found: list[Messenger] = carriers(tmp_path, SLACK, "#team-data", "#team-web", environ={}, preview=True)
    assert [one.can_update for one in found] == [False, True]
    for one in found:
        assert one.send(message("#team-web")).error
        assert one.update("C1 1", message("#team-web")).error
        assert one.find([message("#team-web")]) == {}


def test_the_rules_are_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "hubposture.toml").write_text(
        BASE + '[messages]\ndigest_day = "fri"\nurgent_most = 2\n[messages.mail]\nattach_page = false\n'
    )
    at = workplace(tmp_path, surroundings=Surroundings(environ={}))
    rules = message_rules(at.settings.messages, link="https://hub.example")
    assert (rules.digest_day, rules.urgent_most, rules.attach_page, rules.link) == (4, 2, False, "https://hub.example")
