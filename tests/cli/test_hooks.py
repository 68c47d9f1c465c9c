"""Webhooks of trackers, from the request that comes in to the ticket that is synced."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from cli.tickets_hands import Tickets
from hubposture.cli.main import EXIT_FAILED
from hubposture.connectors.hooks import HookServer
from hubposture.sandbox.remote.jira_webhooks import Webhook
from hubposture.wiring import hook_server

SECRET = "a-secret-of-webhooks"
LISTEN = ("listen", "--once", "--no-jobs")


@pytest.fixture
def hooked(tickets: Tickets) -> Tickets:
    """Tickets are made, and webhooks of the site are believed."""
    tickets.commands.environ["JIRA_HOOKS"] = SECRET
    path = tickets.commands.there.directory / "hubposture.toml"
    path.write_text(path.read_text().replace("[jira.main]\n", '[jira.main]\nwebhook_secret = "env:JIRA_HOOKS"\n'))
    tickets("sync")
    return tickets


@contextmanager
def served(tickets: Tickets, secret: str = SECRET) -> Iterator[HookServer]:
    """The server that `listen --hooks` has, and the site with a webhook that leads there."""
    at = tickets.commands.workplace()
    with at.ledger() as ledger, hook_server(at, ledger, "127.0.0.1:0") as server:
        tickets.jira.webhooks.collect()  # what happened before is not told
        tickets.jira.webhooks.outgoing.clear()
        tickets.jira.webhooks.hooks[:] = [Webhook(f"{server.url}/hooks/main", secret)]
        yield server


def closed(tickets: Tickets) -> str:
    """A ticket that Kim closed although nothing was mended; gives its key."""
    key = tickets.ours("SHOP")[-1].key
    tickets.jira.person("kim").close(key, "Done")
    return key


def waiting(tickets: Tickets) -> int:
    """How many tickets a webhook spoke of that nobody looked at yet."""
    with tickets.commands.workplace().ledger() as ledger:
        return len(ledger.hooks("main"))


def test_a_signed_webhook_has_the_tickets_synced(hooked: Tickets) -> None:
    with served(hooked):
        key = closed(hooked)
        assert set(hooked.jira.webhooks.send()) == {204}
    assert waiting(hooked) == 1
    said = hooked.commands(*LISTEN)
    assert said.status == 0
    assert "webhooks of 1 ticket; tickets: 1 updated" in said.out
    assert waiting(hooked) == 0
    (listed,) = [one for one in hooked.json("list")["tickets"] if one["ticket"] == key]
    assert listed["state"] == "open", "what a webhook says of a ticket is not believed, the check is"
    assert "webhooks" not in hooked.commands(*LISTEN).out


def test_webhooks_that_come_twice_late_or_out_of_order_do_no_harm(hooked: Tickets) -> None:
    with served(hooked):
        key = closed(hooked)
        hooked.jira.person("kim").comment(key, "Done, I think")
        hooked.jira.person("kim").reopen(key)
        assert set(hooked.jira.webhooks.send(is_twice=True, is_reversed=True)) == {204}
        assert waiting(hooked) == 1
        hooked.commands(*LISTEN)
        assert set(hooked.jira.webhooks.send(is_again=True)) == {204}
        assert waiting(hooked) == 0, "the same deliveries again are no news"
    assert hooked.status(key) == "To Do"
    assert hooked.json("sync")["planned"] == 0


@pytest.mark.parametrize("secret", ["", "another-secret-of-webhooks"])
def test_a_webhook_that_is_not_signed_by_our_secret_is_refused_and_forgotten(hooked: Tickets, secret: str) -> None:
    with served(hooked, secret):
        closed(hooked)
        assert set(hooked.jira.webhooks.send()) == {401}
    assert waiting(hooked) == 0
    assert "webhooks" not in hooked.commands(*LISTEN).out


def test_webhooks_of_servicenow_carry_a_secret_and_name_a_record(hooked: Tickets) -> None:
    hooked.commands.environ["SERVICENOW_HOOKS"] = SECRET
    hooked.commands.settings(
        '\n[servicenow]\nurl = "https://acme.service-now.com"\nsign_in = "token"\ntoken = "env:SERVICENOW_HOOKS"\n'
        'webhook_secret = "env:SERVICENOW_HOOKS"\n'
    )
    body = {"sys_id": "0" * 31 + "a", "at": "7"}
    with served(hooked) as server:
        url = f"{server.url}/hooks/servicenow"
        assert httpx.post(url, json=body).status_code == 401
        assert httpx.post(url, json=body, headers={"authorization": "Bearer wrong"}).status_code == 401
        for _ in range(2):
            assert httpx.post(url, json=body, headers={"authorization": f"Bearer {SECRET}"}).status_code == 204
        assert httpx.post(f"{server.url}/hooks/other", json=body).status_code == 404
    assert "webhooks of 1 ticket; tickets: nothing to do" in hooked.commands(*LISTEN).out


def test_where_tickets_cannot_be_synced_it_is_said_and_listening_goes_on(hooked: Tickets) -> None:
    with served(hooked):
        closed(hooked)
        hooked.jira.webhooks.send()
    (hooked.commands.there.directory / "teams.yaml").write_text("teams: [")
    said = hooked.commands(*LISTEN)
    assert said.status == 0
    assert "webhooks of 1 ticket; not synced" in said.out
    assert "teams.yaml" in said.err


@pytest.mark.parametrize(
    ("address", "why"),
    [("8080", "write HOST:PORT"), ("127.0.0.1:x", "write HOST:PORT"), ("127.0.0.1:99999", "write HOST:PORT")],
)
def test_an_address_that_is_none_is_refused(hooked: Tickets, address: str, why: str) -> None:
    said = hooked.commands(*LISTEN, "--hooks", address)
    assert (said.status, why in said.err) == (EXIT_FAILED, True)


def test_nobody_listens_for_webhooks_that_none_would_be_believed_of(tickets: Tickets) -> None:
    path = tickets.commands.there.directory / "hubposture.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "signing_secret" not in line))
    said = tickets.commands(*LISTEN, "--hooks", "127.0.0.1:0")
    assert said.status == EXIT_FAILED
    assert "no tracker has a webhook_secret" in said.err


@pytest.mark.slow
def test_listening_takes_a_webhook_acts_on_it_and_stops_when_it_is_asked_to(hooked: Tickets) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    hooked.jira.webhooks.collect()
    hooked.jira.webhooks.outgoing.clear()
    hooked.jira.webhooks.hooks[:] = [Webhook(f"http://127.0.0.1:{port}/hooks/main", SECRET)]
    seen: list[bool] = []

    def elsewhere() -> None:
        _until(lambda: _answers(port))
        closed(hooked)
        seen.append(set(hooked.jira.webhooks.send()) == {204})
        seen.append(_until(lambda: not waiting(hooked)))
        os.kill(os.getpid(), signal.SIGTERM)

    people = threading.Thread(target=elsewhere)
    people.start()
    said = hooked.commands("listen", "--no-jobs", "--hooks", f"127.0.0.1:{port}")
    people.join()
    assert said.status == 0
    assert seen == [True, True]
    assert "webhooks of 1 ticket; tickets: 1 updated" in said.out


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.HTTPError:
        return False


def _until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False where it never did."""
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.1)
    return False
