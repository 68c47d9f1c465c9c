"""Many readers at once while findings come in: every page is whole and of one version, and versions never go back."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from lake.lake_world import T0, finding
from web.web_world import FIRST, WEEK, Pages, dimensions, pages

pytestmark = pytest.mark.slow

_PATHS = (
    "/",
    "/findings",
    "/findings?view=list",
    "/accounts",
    f"/accounts/{FIRST}",
    "/controls/s3.8",
    "/waivers",
    "/tickets",
)


def versions(there: Pages, reader: int) -> list[int]:
    """The versions that one reader is shown."""
    seen = []
    with httpx.Client(base_url=there.client.base_url, trust_env=False) as client:
        for at in range(8):
            found = client.get(_PATHS[(reader + at) % len(_PATHS)])
            assert found.status_code == 200, found.text
            seen.append(int(re.findall(r"Version (\d+)", found.text)[0]))
    return seen


def test_readers_see_whole_versions_while_findings_come_in(tmp_path: Path) -> None:
    with pages(tmp_path) as there, ThreadPoolExecutor(4) as readers:
        running = [readers.submit(versions, there, reader) for reader in range(4)]
        for number in range(6):
            there.desk.store.writer.fold([finding(f"arn:aws:s3:::late-{number}", updated=T0 + WEEK)])
            there.desk.store.writer.settle(dimensions())
        seen = [one.result() for one in running]
        last = versions(there, 0)
    assert all(found == sorted(found) for found in seen)
    assert set(last) == {max(last)}
    assert max(last) >= max(max(found) for found in seen)
