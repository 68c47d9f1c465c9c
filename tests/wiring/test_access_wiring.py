"""The rules over a real lake: what its lists show under a filter is what deciding one by one allows."""

from pathlib import Path

import pytest

from baseline_world import commit_all, needs_git, new_repository
from hubposture.access.actions import Action
from hubposture.access.things import Account
from hubposture.errors import InputError
from hubposture.filters import EVERYTHING
from hubposture.findings.tables import ACCOUNTS, UNITS
from hubposture.verbs.access import subject_of, things_named
from hubposture.wiring import open_access, open_store, put_workbook, read_access_file, workplace
from lake import lake_world
from lake.lake_world import ACCOUNTS_, finding

ONE, TWO = ACCOUNTS_
GONE = "999999999999"
SETTINGS = f"""
instance = "test"
[organizations.acme]
administrator = "{ONE}"
home_region = "eu-central-1"
[access.users]
"web" = ["account-owner", "team-web"]
"fallen" = ["account-owner", "platform"]
"ou" = ["ou-administrator"]
"twin" = ["account-owner"]
"all" = ["reader"]
[access.places]
ou = ["ou-prod"]
twin = ["{TWO}"]
"""
TEAMS = f"""\
fallback: platform
teams:
  team-web: {{accounts: ["{ONE}"]}}
  platform: {{mail: platform@example.com}}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two accounts, of which one bears the other's id as its name, and findings of an account that is not there."""
    needs_git()
    root = new_repository(tmp_path_factory.mktemp("access") / "base")
    (root / "hubposture.toml").write_text(SETTINGS)
    (root / "teams.yaml").write_text(TEAMS)
    put_workbook(root, {"Controls": [{"control": "S3.8", "disposition": "enforce"}]})
    at = workplace(root)
    accounts = [
        (ONE, TWO, "", f"{TWO} ({ONE})", "active", "ou-work", "/Work", ""),
        (TWO, "two", "", f"two ({TWO})", "active", "ou-prod", "/Work/Prod", ""),
    ]
    units = [(path, one, ou) for one in ACCOUNTS_ for path, ou in (("/", "r-1"), ("/Work", "ou-work"))]
    units.append(("/Work/Prod", TWO, "ou-prod"))
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
        store.writer.settle(lake_world.dimensions(tables={ACCOUNTS.name: accounts, UNITS.name: units}))
        store.writer.fold(
            [
                finding("arn:aws:s3:::site"),
                finding("arn:aws:s3:::passed", compliance="PASSED"),
                finding("arn:aws:s3:::lost", account=TWO),
                finding("arn:aws:s3:::webs", account=TWO, tags=(("team", "team-web"),)),
                finding("arn:aws:s3:::Webs", account=TWO, tags=(("team", "TEAM-WEB"),)),
                finding("arn:aws:s3:::kims", account=TWO, tags=(("team", "Kim"),)),
                finding("arn:aws:s3:::gone", account=GONE),
            ]
        )
    commit_all(root)
    return root


@pytest.mark.parametrize("user", ["web", "fallen", "ou", "twin", "all", "nobody"])
def test_what_is_listed_is_what_is_allowed(base: Path, user: str) -> None:
    at = workplace(base)
    person = at.settings.access.people.named(user)
    with open_access(at, "acme") as access:
        every = [subject_of(item) for item in access.means.snapshot.page(EVERYTHING)]
        assert len(every) == 7
        for action in (Action.VIEW, Action.REQUEST_WAIVER, Action.SUPPRESS):
            wanted = access.rules.visible(person, action)
            listed = {item.fields["subject"] for item in access.means.snapshot.page(wanted)}
            assert listed == {one.id for one in every if access.rules.allowed(person, action, one).is_allowed}
            assert access.means.snapshot.count(wanted).subjects == len(listed)
    # Who is fallen back to owns the accounts that nobody else does.
    expected = {"web": 4, "fallen": 5, "ou": 4, "twin": 4, "all": 7, "nobody": 0}
    with open_access(at, "acme") as access:
        assert access.means.snapshot.count(access.rules.visible(person, Action.VIEW)).subjects == expected[user]


def test_a_name_that_two_things_have_is_not_guessed(base: Path) -> None:
    with open_access(workplace(base), "acme") as access, pytest.raises(InputError, match="several accounts"):
        things_named(access.means, Action.VIEW, TWO)
    with open_access(workplace(base), "acme") as access:
        assert things_named(access.means, Action.VIEW, ONE) == [Account(ONE)]


def test_the_rules_of_another_revision_can_be_read(base: Path) -> None:
    at = workplace(base)
    (base / "access.cedar").write_text("permit (principal, action, resource);")
    assert (len(read_access_file(at).rules.rules), read_access_file(at).is_shipped) == (1, False)
    assert read_access_file(at, "HEAD").is_shipped
    (base / "access.cedar").write_bytes(b"\xff")
    with pytest.raises(InputError, match="UTF-8"):
        read_access_file(at)
    (base / "access.cedar").unlink()
