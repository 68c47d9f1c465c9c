"""Several workers on one port: a killed one is replaced, and nobody who asks again notices."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from web.web_world import pages

pytestmark = pytest.mark.slow

WORKERS = 2


@contextmanager
def workers(base: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A service of two workers over a world, and its process."""
    with pages(base):
        pass
    command = [sys.executable, "-m", "hubposture", "-C", str(base), "serve", "--port", "0", "--workers", str(WORKERS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        with httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", trust_env=False, timeout=30) as client:
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def children(process: int) -> list[int]:
    """The workers: what the process started, without what the start of processes needs."""
    found = [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def asked(client: httpx.Client, path: str) -> httpx.Response:
    """An answer; a connection that breaks is tried again, as a browser does."""
    for _ in range(200):
        try:
            return client.get(path)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(path)


def test_a_worker_that_is_killed_under_load_is_replaced_and_every_page_is_answered(tmp_path: Path) -> None:
    with workers(tmp_path) as (client, process):
        first = asked(client, "/")
        before = children(process)
        assert len(before) == WORKERS
        answers: list[httpx.Response] = []
        loading = threading.Thread(
            target=lambda: answers.extend(asked(client, f"/findings?filter=since%3E{n}d") for n in range(120))
        )
        loading.start()
        for victim in before:
            os.kill(victim, signal.SIGKILL)
            _until_replaced(process, victim)
        loading.join()
        assert {one.status_code for one in answers} == {200}
        assert len(answers) == 120
        assert not set(before) & set(children(process)), "both were replaced"
        again = asked(client, "/")
        assert again.headers["etag"] == first.headers["etag"], "workers agree on what a page is called"


def _until_replaced(process: int, victim: int) -> None:
    for _ in range(600):
        found = children(process)
        if victim not in found and len(found) == WORKERS:
            return
        time.sleep(0.05)
    raise AssertionError("no worker came in its place")
