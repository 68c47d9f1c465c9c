"""Somebody who runs an OU proposes to switch a control off there, in a real browser, and git has what they saw."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from holds import waivers_world
from holds.conftest import waivers_begun
from holds.findings_world import Begun
from holds.holds_world import HOME
from hubposture.reconcile.plan import Plan
from hubposture.web.caller import LocalDoor
from hubposture.web.desk import Desk
from hubposture.wiring import connect, open_store, workplace
from web.browser import Browsing, axe, browsing
from web.changes_world import PAT, PEOPLE, changing
from web.web_world import Pages, served

__all__ = ["waivers_begun"]
pytestmark = pytest.mark.slow
CONTROL = "S3.8"


@pytest.fixture
def living(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    """An emulated organization that was synced, its baseline in git, asked by who runs the sandbox OU."""
    needs_git()
    there = waivers_world.world(waivers_begun, tmp_path / "base", monkeypatch)
    new_repository(there.directory)
    settings = there.directory / "hubposture.toml"
    settings.write_text(settings.read_text() + PEOPLE)
    (there.directory / ".gitignore").write_text(".hubposture/\n")
    commit_all(there.directory, "Baseline")
    at = workplace(there.directory, surroundings=there.around.made())
    with at.ledger() as ledger, open_store(at, waivers_world.ORGANIZATION, ledger) as store:
        door = LocalDoor(PAT, at.settings.access.people.named(PAT), "secret of this run", is_asked=True)
        desk = Desk(at, waivers_world.ORGANIZATION, store)
        with served(desk, door=door) as client:
            yield Pages(there.directory, desk, client)


def plan_of(living: Pages, where: Path) -> Plan:
    """What `hubposture plan` plans there; worlds of waivers keep the matrix that they began with, so the file is read."""
    at = workplace(where, surroundings=living.desk.at.surroundings)
    connection = connect(at, living.desk.name)
    return connection.plan(at.parsed().matrix, connection.survey()).plan


def moves(plan: Plan) -> Counter[tuple[str, str, str, str]]:
    """What a plan changes of the control: account, Region, standard, to what."""
    return Counter(
        (place.account, place.region, edit.key[0], str(edit.desired))
        for place, edits in plan.edits.items()
        for edit in edits
        if edit.key[-1] == CONTROL.lower()
    )


def test_an_ou_administrator_proposes_to_switch_a_control_off_and_git_has_the_same_plan(
    living: Pages, tmp_path: Path
) -> None:
    with browsing(str(living.client.base_url)) as browser:
        page = browser.page(f"/controls/{CONTROL.lower()}")
        page.get_by_role("link", name="Propose a change of it").click()
        page.get_by_label("Where", exact=True).select_option("+")
        page.get_by_label("OUs of a new scope").fill("/Sandbox")
        page.get_by_role("radio", name="not-applicable").check()
        page.get_by_label("Reason", exact=True).fill("Only trials are there\n<script>alert(1)</script>")
        page.get_by_role("button", name="Show the plan").click()
        assert "needed from HIGH upwards" in page.content()
        assert axe(page) == []
        page.get_by_label("Approved by").fill("lee@example.com")
        page.get_by_label("Reference", exact=True).fill("PER-17")
        page.get_by_label("Expires", exact=True).fill("2027-05-01")
        page.get_by_role("button", name="Show the plan").click()
        assert page.get_by_role("heading", name="Plan: S3.8 in Sandbox").is_visible()
        assert axe(page) == []
        assert git(living.base, "for-each-ref", "--format=%(refname:short)", "refs/heads") == "main"
        page.get_by_role("button", name="Propose", exact=True).click()
        assert "Nothing is switched." in page.get_by_role("status").inner_text()
        assert axe(page) == []
        name = page.url.rpartition("/")[2]
    proposal = living.desk.store.ledger.proposal(living.desk.name, name)
    assert proposal is not None
    assert (
        git(living.base, "log", "-1", "--format=%an%n%s", proposal.branch) == f"{PAT}\nS3.8: not-applicable in Sandbox"
    )
    tree = tmp_path / "tree"
    git(living.base, "worktree", "add", "-q", str(tree), proposal.branch)
    plans = [plan_of(living, where) for where in (living.base, tree)]
    shown = Counter(
        (one["account"], one["region"], one["what"].split()[0], one["desired"]) for one in proposal.plan["cells"]
    )
    assert shown
    new = moves(plans[1])
    assert shown == Counter({key: number for key, number in new.items() if key in shown})
    assert new - shown == moves(plans[0]) - shown
    assert {region for _, region, _, _ in shown} >= {HOME}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsing]:
    with (
        changing(tmp_path_factory.mktemp("pages") / "base", asked=PAT) as there,
        browsing(str(there.client.base_url)) as found,
    ):
        yield found


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
@pytest.mark.parametrize(
    "path",
    [
        "/controls/s3.8", "/controls/inbox", "/controls/s3.8/propose?scope=", "/changes", "/changes/runs",
        "/controls/s3.8/explain?account=333344445555&region=eu-central-1",
    ],
)  # fmt: skip
def test_pages_of_changes_can_be_used_by_everybody(browser: Browsing, path: str, width: int, dark: bool) -> None:
    page = browser.page(path, width=width, dark=dark)
    assert axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()
