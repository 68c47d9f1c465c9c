import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from hubposture.sandbox import RealClock, Sandbox
from hubposture.sandbox.server import Server, serve
from sandbox.engine_world import ADMIN, HOME, MANAGEMENT, WEB, off, organization, state

pytestmark = pytest.mark.slow


def make() -> Sandbox:
    return Sandbox(organization(), clock=RealClock())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serve(make(), directory=tmp_path, rebuild=make, patience_seconds=0.2) as running:
        yield running


opened: list[Any] = []


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


def client(server: Server, service: str = "securityhub", account: str = WEB) -> Any:
    made = boto3.session.Session().client(
        service,
        endpoint_url=server.url,
        region_name=HOME,
        aws_access_key_id=account,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
    opened.append(made)
    return made


def ask_for_status(server: Server, name: str, body: Any, *, kind: str = "application/json") -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    sent = urllib.request.Request(f"{server.url}/_sandbox/{name}", data=data, headers={"content-type": kind})
    try:
        with urllib.request.urlopen(sent, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def ask(server: Server, name: str, body: Any = None) -> Any:
    status, reply = ask_for_status(server, name, body)
    assert status == 200
    return reply


def test_boto3_reads_and_writes_over_http_and_the_answer_is_labelled(server: Server) -> None:
    web = client(server)
    web.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    assert state(web, "S3.1") == "DISABLED"
    assert client(server, "organizations", MANAGEMENT).list_roots()["Roots"]
    headers = web.describe_hub()["ResponseMetadata"]["HTTPHeaders"]
    assert "not verified" in headers["x-hubposture-sandbox"]
    assert "not verified" in ask(server, "")["label"]


def test_other_services_are_motos_in_the_callers_account_on_the_same_port(server: Server) -> None:
    client(server, "sqs").create_queue(QueueName="work")
    assert "QueueUrls" not in client(server, "sqs", ADMIN).list_queues()
    (url,) = client(server, "sqs").list_queues()["QueueUrls"]
    assert f"/{WEB}/work" in url
    assert client(server, "iam").list_users()["Users"] == []
    with pytest.raises(ClientError) as caught:
        client(server, "sqs", "000000000000").list_queues()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_the_aws_program_works_with_endpoint_url(server: Server) -> None:
    program = shutil.which("aws")
    if not program:
        pytest.skip("the aws program is not installed")
    env = {**os.environ, "AWS_ACCESS_KEY_ID": WEB, "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": HOME}
    ran = subprocess.run(
        [program, "--endpoint-url", server.url, "securityhub", "get-enabled-standards"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)["StandardsSubscriptions"]) == 2


def test_faults_set_over_http_strike_and_a_lost_answer_follows_the_write(server: Server) -> None:
    web = client(server)
    for fault, shown in (("reset", "ENABLED"), ("timeout", "ENABLED"), ("lost_answer", "DISABLED")):
        ask(server, "faults", {fault: 1.0})
        with pytest.raises(ConnectionClosedError):
            web.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
        ask(server, "faults", {fault: 0.0})
        assert state(web, "S3.1") == shown
    status, reply = ask_for_status(server, "faults", {"nonsense": 1})
    assert (status, "no fault is called nonsense" in reply["error"]) == (400, True)


def test_a_change_without_a_json_content_type_is_refused(server: Server) -> None:
    assert ask_for_status(server, "reset", {}, kind="text/plain")[0] == 415


def test_time_moves_calls_are_counted_and_a_reset_starts_anew(server: Server) -> None:
    web = client(server)
    web.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    assert ask(server, "calls") == {"securityhub:BatchUpdateStandardsControlAssociations": 1}
    assert ask(server, "tick", {"days": 2})["ahead_seconds"] == 2 * 86400
    assert ask(server, "advance", {"seconds": 60})["ahead_seconds"] == 2 * 86400 + 60
    assert ask(server, "reset", {})["ahead_seconds"] == 0
    assert state(web, "S3.1") == "ENABLED"


def test_the_state_outlives_the_server(tmp_path: Path) -> None:
    from hubposture.sandbox.storage import restore

    with serve(make(), directory=tmp_path) as running:
        client(running).batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    again = make()
    assert restore(again, tmp_path)
    with serve(again) as running:
        assert state(client(running), "S3.1") == "DISABLED"
