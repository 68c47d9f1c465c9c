from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubposture.matrix.cells import Book
from hubposture.owners.read import read_teams
from hubposture.owners.team import Jira, Team, Teams
from hubposture.owners.write import EMPTY, to_yaml, with_teams
from hubposture.verbs.owner_import import ImportedTeams, import_teams
from matrix.matrix_world import book, sheet
from owners.owners_world import DATA, NEW, TWO, WEB, read

HEADINGS = (
    "Application Owner",
    "AWS Account",
    "OU",
    "Tag",
    "Also known as",
    "Jira Key",
    "Support Group",
    "Channel",
    "Email",
)
KEYS = ("team", "account", "ou", "tag", "alias", "jira", "group", "slack", "mail")
KNOWN = read(TWO).teams


def listed(*rows: Mapping[str, str]) -> Book:
    """A list with a title above its headings in row 2."""
    lines: list[Sequence[str]] = [["Our CMDB"], HEADINGS, *([row.get(key, "") for key in KEYS] for row in rows)]
    return book(sheet("Export", lines), name="cmdb.xlsx")


def imported(*rows: Mapping[str, str], known: Teams = Teams(), **more: Any) -> ImportedTeams:  # noqa: B008 - frozen
    return import_teams(listed(*rows), known, **more)


def said(problems: Sequence[object]) -> list[str]:
    return [str(one).removeprefix("cmdb.xlsx!Export!") for one in problems]


def test_rows_of_a_team_become_one_team() -> None:
    found = imported(
        {"team": "Shop", "account": WEB, "tag": "app=shop; app=cart", "jira": "SHOP", "mail": "shop@example.com"},
        {"team": "SHOP", "account": f"shop-test ({DATA})", "alias": "Team Shop", "slack": "Shop-Alerts"},
        {"team": "Data", "ou": "/Data", "group": "Data Operations"},
    )
    assert (found.problems, found.notes, found.more) == ((), (), ())
    assert found.new == (
        Team(
            "Shop", ("Team Shop",), (WEB, DATA), tags=(("app", "shop"), ("app", "cart")), jira=Jira("SHOP"),
            slack="#shop-alerts", mail="shop@example.com",
        ),
        Team("Data", ous=("/Data",), servicenow_group="Data Operations"),
    )  # fmt: skip


def test_everything_wrong_comes_at_once_with_its_cell() -> None:
    found = imported(
        {"account": WEB},
        {"team": "Shop", "account": "shop-prod", "mail": "shop@example.com"},
        {"team": "Shop", "account": NEW, "mail": "other@example.com"},
        {"team": "Data", "account": NEW, "ou": "Data", "jira": "DATA", "group": "Data"},
        mapping={"Our CMDB": "Colour"},
    )
    assert said(found.problems) == [
        f"cmdb.xlsx: 'Colour' in the mapping is no column of a team ({', '.join(ALL)})",
        "A3: a row without a team (name the team, or remove the row)",
        "A6: Data: Data has both jira and servicenow: every ticket would be made twice (keep the one in which the team works)",
        "B4: 'shop-prod' is not an account (write its 12 digits)",
        f"B6: the account {NEW} is Shop's too, in cmdb.xlsx!Export!B5 (let one team have it)",
        "C6: 'Data' is not an OU (write its id (ou-ab12-cdefgh34) or its path (/Workloads/Prod))",
        "I5: Mail of Shop is 'other@example.com' here and 'shop@example.com' in cmdb.xlsx!Export!I4 (let the rows of a team say the same)",
    ]


ALL = (
    "team", "aliases", "accounts", "ous", "tags", "jira_project", "jira_epic", "jira_parent", "servicenow", "defectdojo",
    "slack", "mail", "via",
)  # fmt: skip


def test_a_site_stays_where_a_list_names_the_same_project() -> None:
    known = Teams((Team("web", jira=Jira("WEB", site="cloud"), in_progress=3),))
    found = imported({"team": "Web", "jira": "WEB", "account": DATA}, known=known)
    assert (found.problems, found.notes) == ((), ())
    raw = with_teams(b"teams: {web: {jira: {site: cloud, project: WEB}, in_progress: 3}}", found.new, found.more)
    assert read_teams(raw, "").teams.teams == (
        Team("web", accounts=(DATA,), jira=Jira("WEB", site="cloud"), in_progress=3),
    )


def test_what_people_wrote_stays_and_is_told() -> None:
    found = imported(
        {"team": "Web", "account": DATA, "mail": "new@example.com", "slack": "team-web", "jira": "OTHER"},
        {"team": "platform", "account": WEB, "jira": "PLAT", "mail": "platform@example.com"},
        known=KNOWN,
    )
    assert found.problems == ()
    assert said(found.notes) == [
        "A3: Jira project of team-web stays as teams.yaml has it (see teams.yaml:4:3)",
        "A3: Mail of team-web stays as teams.yaml has it (see teams.yaml:4:3)",
        "A4: Jira project of platform stays as teams.yaml has it (see teams.yaml:13:3)",
        f"B4: the account {WEB} is team-web's in teams.yaml and stays there (hubposture owners reassign {WEB} --to platform)",
    ]
    made = with_teams(TWO.encode(), found.new, found.more)
    after = read_teams(made, "teams.yaml").teams
    assert after.teams[0].accounts == (WEB, DATA)
    assert (after.teams[0].mail, after.teams[0].jira) == ("web@example.com", Jira("WEB", "WEB-12"))
    assert (after.teams[1].mail, after.teams[1].servicenow_group) == ("platform@example.com", "Cloud Platform")


def test_a_team_cannot_be_an_alias_of_another() -> None:
    found = imported({"team": "Shop", "alias": "Cart"}, {"team": "cart"})
    assert said(found.problems) == [
        "A4: cart is a team here and an alias of Shop in cmdb.xlsx!Export!E3 (keep one of them)"
    ]


def test_headings_may_be_given_a_meaning() -> None:
    lines = [["Who", "Number"], ["Shop", WEB]]
    found = import_teams(book(sheet("A", lines)), Teams(), mapping={"Who": "Team", "Number": "Account ID"})
    assert found.new == (Team("Shop", accounts=(WEB,)),)
    (problem,) = import_teams(book(sheet("A", lines)), Teams()).problems
    assert "no heading 'Team'" in problem.what


ROWS = st.fixed_dictionaries(
    {
        "team": st.sampled_from(("Shop", "shop", "Web Team", "platform", "new")),
        "account": st.sampled_from(("", WEB, DATA, NEW)),
        "tag": st.sampled_from(("", "app=shop", "app=cart")),
        "mail": st.sampled_from(("", "a@example.com")),
    }
)


@given(st.lists(ROWS, max_size=5))
def test_importing_twice_changes_nothing_the_second_time_and_what_was_there_stays(rows: list[dict[str, str]]) -> None:
    found = imported(*rows, known=KNOWN)
    if found.problems:
        return
    once = with_teams(TWO.encode(), found.new, found.more)
    after = read_teams(once, "teams.yaml")
    assert after.problems == ()
    again = imported(*rows, known=after.teams)
    assert (again.new, again.more, again.problems) == ((), (), ())
    for old, new in zip(KNOWN.teams, after.teams.teams, strict=False):
        assert old.name == new.name
        assert set(old.accounts) <= set(new.accounts)
        assert new.mail == (old.mail or new.mail)


@given(st.lists(ROWS, max_size=5))
def test_a_new_file_says_what_the_list_says(rows: list[dict[str, str]]) -> None:
    found = imported(*rows)
    if found.problems:
        return
    assert read_teams(with_teams(EMPTY, found.new), "x").teams == Teams(found.new)
    assert read_teams(to_yaml(Teams(found.new)).encode(), "x").teams == Teams(found.new)
