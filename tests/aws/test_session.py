"""Every request is signed as who acts, or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aws.scripted import HOME, OTHER, Asked, Aws, Refused
from hubposture.aws import session
from hubposture.aws.session import Acting, Clients, ClientSettings, Keys, NobodyActs, Purpose, acting_as
from hubposture.errors import InputError


def acting(number: int) -> Acting:
    return Acting(f"{number:012d}", Purpose.READER, Keys(f"ASIAKEY{number:013d}", f"secret{number}", f"token{number}"))


def echo(asked: Asked) -> dict[str, Any]:
    return {"HubArn": asked.key}


def test_32_threads_times_100_calls_never_sign_with_another_accounts_key() -> None:
    clients = Clients(attach=Aws(echo).attach)
    start = threading.Barrier(32)

    def calls(number: int) -> list[tuple[str, str]]:
        who = acting(number)
        start.wait()
        found = []
        for turn in range(100):
            client = clients.get("securityhub", HOME if turn % 2 else OTHER)
            with acting_as(who):
                found.append((who.credentials.get_frozen_credentials().access_key, client.describe_hub()["HubArn"]))
        return found

    with ThreadPoolExecutor(32) as pool:
        pairs = [pair for found in pool.map(calls, range(32)) for pair in found]
    assert len(pairs) == 3200
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_a_call_while_nobody_acts_is_neither_signed_nor_sent() -> None:
    aws = Aws(echo)
    client = Clients(attach=aws.attach).get("securityhub", HOME)
    with pytest.raises(NobodyActs):
        client.describe_hub()
    assert aws.asked == []


def test_a_thread_that_forgets_who_acts_does_not_inherit_it_from_the_one_that_started_it() -> None:
    aws = Aws(echo)
    client = Clients(attach=aws.attach).get("securityhub", HOME)
    with acting_as(acting(1)), ThreadPoolExecutor(1) as pool, pytest.raises(NobodyActs):
        pool.submit(client.describe_hub).result()
    assert aws.asked == []


def test_if_botocore_ignored_the_keys_we_hand_it_nothing_would_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "use_acting_credentials", lambda **_: None)
    aws = Aws(echo)
    client = Clients(attach=aws.attach).get("securityhub", HOME)
    with acting_as(acting(1)), pytest.raises(NobodyActs, match="signed with other keys"):
        client.describe_hub()
    assert aws.asked == []


def test_acting_nests_and_returns_to_who_acted_before() -> None:
    client = Clients(attach=Aws(echo).attach).get("securityhub", HOME)
    with acting_as(acting(1)):
        with acting_as(acting(2)):
            assert client.describe_hub()["HubArn"].endswith("2")
        assert client.describe_hub()["HubArn"].endswith("1")


def test_botocore_itself_never_tries_twice() -> None:
    def broken(asked: Asked) -> dict[str, Any]:
        raise Refused("InternalException", 500)

    aws = Aws(broken)
    client = Clients(attach=aws.attach).get("securityhub", HOME)
    with acting_as(acting(1)), pytest.raises(client.exceptions.InternalException):
        client.describe_hub()
    assert len(aws.asked) == 1


def test_there_is_one_client_per_service_and_region() -> None:
    clients = Clients(attach=Aws(echo).attach)
    assert clients.get("securityhub", HOME) is clients.get("securityhub", HOME)
    assert clients.get("securityhub", HOME) is not clients.get("securityhub", OTHER)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECURITYHUB"])
def test_the_standard_endpoint_variables_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Clients().get("securityhub", HOME).meta.endpoint_url == "http://127.0.0.1:9"


def test_an_endpoint_in_the_settings_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clients = Clients(ClientSettings(endpoint="http://127.0.0.1:10"))
    assert clients.get("securityhub", HOME).meta.endpoint_url == "http://127.0.0.1:10"


def test_a_profile_gives_the_base_credentials_and_its_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile audit]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = p\n"
        "endpoint_url = http://127.0.0.1:11\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "audit")
    clients = Clients()
    assert clients.base().credentials.get_frozen_credentials().access_key == "AKIAPROFILE"
    assert clients.get("securityhub", HOME).meta.endpoint_url == "http://127.0.0.1:11"


def test_a_certificate_bundle_variable_reaches_the_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import certifi

    bundle = tmp_path / "bundle.pem"
    bundle.write_text(Path(certifi.where()).read_text())
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    client = Clients().get("securityhub", HOME)
    assert client._endpoint.http_session._verify == str(bundle)


def test_no_credentials_at_all_is_an_input_error_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(InputError, match="AWS_PROFILE"):
        Clients().base()


def test_the_user_agent_names_the_product() -> None:
    agents: list[str] = []

    def attach(client: Any) -> None:
        client.meta.events.register(
            "before-send", lambda request, **_: agents.append(str(request.headers["User-Agent"]))
        )
        Aws(echo).attach(client)

    with acting_as(acting(1)):
        Clients(attach=attach).get("securityhub", HOME).describe_hub()
    assert "hubposture/" in agents[0]


def test_keys_never_show_their_secret() -> None:
    shown = repr(acting(7))
    assert "secret7" not in shown
    assert "token7" not in shown
