"""Runs hubposture for AWS Lambda's runtime interface, from the same image; see docs/running.md.

An invocation's event may hold `arguments`, what follows `hubposture` on the command line; without any it is `run`. The
answer holds the exit status and the end of what was printed; exit status 1 makes the invocation fail. `SECRETS` names
secrets of AWS Secrets Manager (`HUBPOSTURE_LEDGER_URL=ARN,ROLES_EXTERNAL_ID=ARN`), which become variables before the first run.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import boto3

INTERFACE = "/2018-06-01/runtime/invocation"
PROGRAM = Path(sys.executable).with_name("hubposture")
FAILED = 1
SHOWN = 4000
"""Characters of the output that an answer carries; all of it is in the log."""

Run = Callable[[list[str]], tuple[int, str]]


def main() -> None:
    """Serve invocations until Lambda stops the process."""
    fetch_secrets(os.environ, secret)
    while True:
        serve(os.environ["AWS_LAMBDA_RUNTIME_API"], run)


def serve(host: str, run: Run) -> None:
    """Take one invocation, run hubposture and answer."""
    number, event = _call(host, "GET", f"{INTERFACE}/next")
    status, printed = run(arguments(event))
    answer: dict[str, Any] = {"status": status, "output": printed[-SHOWN:]}
    if status == FAILED:
        answer |= {"errorType": "Failed", "errorMessage": printed[-SHOWN:]}
    _call(host, "POST", f"{INTERFACE}/{number}/{'error' if status == FAILED else 'response'}", answer)


def _call(host: str, method: str, path: str, body: Any = None) -> tuple[str, Any]:
    """Ask the interface; gives the id of the invocation, if there is one, and the answer."""
    connection = http.client.HTTPConnection(host)
    try:
        connection.request(
            method, path, None if body is None else json.dumps(body), {"content-type": "application/json"}
        )
        answer = connection.getresponse()
        text = answer.read()
        return answer.headers.get("Lambda-Runtime-Aws-Request-Id", ""), json.loads(text) if text else None
    finally:
        connection.close()


def arguments(event: Any) -> list[str]:
    """What to run for an event; events of schedulers and the like name nothing, and mean `run`."""
    named = event.get("arguments") if isinstance(event, Mapping) else None
    return [str(one) for one in named] if named else ["run"]


def run(wanted: list[str]) -> tuple[int, str]:
    """Run hubposture; its output also goes to the log as it comes."""
    printed: list[str] = []
    with subprocess.Popen([PROGRAM, *wanted], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            printed.append(line)
    return process.returncode, "".join(printed)


def fetch_secrets(environ: MutableMapping[str, str], fetch: Callable[[str], str]) -> None:
    """Put the secrets that SECRETS names into the environment."""
    for pair in filter(None, environ.get("SECRETS", "").split(",")):
        name, _, arn = pair.partition("=")
        environ[name.strip()] = fetch(arn.strip())


def secret(arn: str) -> str:
    """A secret of AWS Secrets Manager, with the function's own credentials."""
    client = boto3.client("secretsmanager", region_name=arn.split(":")[3])
    return str(client.get_secret_value(SecretId=arn)["SecretString"])


if __name__ == "__main__":
    main()
