"""`hubposture serve` as a process: it says where it is, answers there, and ends when it is told to; nothing is imported before."""

import re
import signal
import subprocess
import sys

import httpx
import pytest

from web.web_world import Pages


@pytest.mark.slow
def test_it_says_where_it_is_answers_there_and_ends_when_interrupted(there: Pages) -> None:
    command = [sys.executable, "-m", "hubposture", "-C", str(there.base), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = re.findall(r"http://127\.0\.0\.1:\d+/", said)
        assert url, said + process.stdout.read()
        with httpx.Client(base_url=url[0], trust_env=False, transport=httpx.HTTPTransport(retries=5)) as client:
            found = client.get("/")
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert found.status_code == 200
    assert "server" not in found.headers
    assert (process.returncode, rest) == (0, "")


def test_the_command_line_starts_without_the_packages_of_the_pages() -> None:
    code = (
        "import sys, hubposture.cli.main as main; main.run(['--help']); "
        "print([one for one in sys.modules if one.split('.')[0] in ('fastapi', 'starlette', 'jinja2', 'uvicorn')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "serve" in done.stdout
    assert done.stdout.rstrip().endswith("[]")
