"""An analyst in a real browser, without script: from the overview to a kept filter, a file, a finding, and out of sight for now."""

from pathlib import Path

import pytest

from hubposture.waivers.standing import State
from web.asking_world import ANA, SITE, asking, bucket, key, shipped_with
from web.browser import browsing
from web.web_world import FIRST

pytestmark = pytest.mark.slow
RULE = """@id("analyst-workloads")
@reason("analysts suppress in Workloads, S3 buckets excepted")
permit (principal in Group::"analyst", action == Action::"suppress", resource is Subject in Unit::"/Workloads")
unless { resource.resourceType == "AwsS3Bucket" };
"""


def test_an_analyst_triages_and_is_offered_only_what_the_rules_allow(tmp_path: Path) -> None:
    with asking(tmp_path, rules=shipped_with(RULE, instead_of="analyst-suppresses-minor")) as world:
        world.fold(bucket(50, resource_type="AwsIamUser"))
        with world.opened, browsing(world.client(ANA).base) as ana:
            page = ana.page("/", script=False)
            page.get_by_role("link", name="Findings", exact=True).click()
            page.get_by_label("Filter", exact=True).fill("control=S3.8 status=FAILED type=AwsIamUser")
            page.get_by_role("button", name="Show", exact=True).click()
            page.get_by_role("link", name="Save this one").click()
            page.locator("[name=name]").fill("mine today")
            page.get_by_role("button", name="Save").click()
            page.get_by_role("link", name="mine today").click()
            page.wait_for_url("**/findings?saved=mine%20today")
            with page.expect_download() as found:
                page.get_by_role("link", name="CSV").click()
            assert f"{SITE}50" in found.value.path().read_text(encoding="utf-8-sig")
            page.goto(f"{ana.base}/findings/{key(0)}")
            assert page.get_by_role("link", name="Suppress for now").count() == 0, "a bucket is excepted"
            page.goto(f"{ana.base}/findings/{key(50)}")
            page.get_by_role("link", name="Suppress for now").click()
            page.locator("[name=reason]").fill("a test, gone by Friday")
            page.get_by_role("button", name="Suppress for now").click()
            page.get_by_role("status").wait_for()  # what was done is said
        world.merge()
        assert world.standing(f"P-{FIRST}-S3.8").state is State.PROVISIONAL
