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

from ledger.test_move import new_database
from web.web_world import pages

pytestmark = pytest.mark.slow

WORKERS = 2


@contextmanager
def workers(base: Path, *, url: str = "") -> Iterator[tuple[httpx.Client, int]]:
    """A service of two workers over a world, and its process; with its ledger at a URL if one is given."""
    with pages(base):
        pass
    if url:
        moved = [sys.executable, "-m", "hubposture", "-C", str(base), "store", "move", url]
        subprocess.run(moved, check=True, capture_output=True)
    command = [sys.executable, "-m", "hubposture", "-C", str(base), "serve", "--port", "0", "--workers", str(WORKERS)]
    environ = {**os.environ, **({"HUBPOSTURE_LEDGER_URL": url} if url else {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
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
    for _ in range(1_200):
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


def test_what_was_acknowledged_is_kept_when_workers_are_killed_on_one_postgresql(
    tmp_path: Path, postgres_url: str
) -> None:
    with workers(tmp_path, url=new_database(postgres_url, "workers")) as (client, process):
        token = re.search(r'name="form_token" value="([0-9a-f]{64})"', asked(client, "/filters").text)
        assert token is not None
        kept: list[str] = []

        def save() -> None:
            for number in range(60):
                given = {"form_token": token[1], "name": f"filter {number}", "filter": f"since>{number}d"}
                for _ in range(1_200):
                    try:
                        answer = client.post("/filters/save", data=given, follow_redirects=False)
                    except httpx.TransportError:
                        time.sleep(0.05)  # whether it was kept is not known: it is sent again, and is there once
                        continue
                    assert answer.status_code == 303, answer.text
                    kept.append(given["name"])
                    break

        loading = threading.Thread(target=save)
        loading.start()
        for victim in children(process):
            os.kill(victim, signal.SIGKILL)
            _until_replaced(process, victim)
        loading.join()
        assert len(kept) == 60
        names = re.findall(r"saved=filter%20(\d+)", asked(client, "/filters").text)
        assert sorted(set(map(int, names))) == list(range(60))


def _until_replaced(process: int, victim: int) -> None:
    for _ in range(1_200):
        found = children(process)
        if victim not in found and len(found) == WORKERS:
            return
        time.sleep(0.05)
    raise AssertionError("no worker came in its place")
