import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.errors import InputError, InputErrors
from hubposture.owners.having import Thing, holder
from hubposture.owners.read import read_teams
from hubposture.owners.team import Jira, Pace, Team, Teams, Via
from hubposture.owners.write import moved, moved_together, to_yaml, with_teams
from owners.owners_world import DATA, NEW, TWO, WEB, teams

FULL = Team(
    "team shop", ("Shop: 24h", "yes", "#7"), (WEB,), ("/Workloads/Web Shop",), (("app", "shop = 1"),),
    ("arn:aws:s3:::site", "*: & x", "AWS::::Account:111122223333"),
    Jira("SHOP", parent="SHOP-1", site="the cloud"), "", "Web: shop", "#shop", "shop@example.com", Via.HUBPOSTURE, "kim@example.com", 0, Pace.DIGEST,
)  # fmt: skip
BLOCK = """\
teams:
  web:
    # what the shop runs on
    accounts:
      - "111122223333"  # prod
      - "444455556666"  # test
    tags:
      - app=shop
    mail: web@example.com  # monitored
  # nobody knows these
  old:
    aliases: [legacy, "Old Web"]
  bare:
"""
FLOW = 'teams: {web: {accounts: ["111122223333", "444455556666"], mail: web@example.com}, old: {aliases: [legacy]}, bare: {}}\n'
SPREAD = """\
teams:
  web:
    accounts: [
      "111122223333",  # prod
      "444455556666",  # test
    ]
  old: {aliases: legacy}
  bare: {}   # to be filled
"""
WAYS = {
    "block": BLOCK,
    "flow": FLOW,
    "spread": SPREAD,
    "windows": BLOCK.replace("\n", "\r\n"),
    "open end": BLOCK.rstrip(),
}


def teams_of(raw: bytes) -> Teams:
    found = read_teams(raw, "teams.yaml")
    assert found.problems == ()
    return found.teams


@given(teams())
def test_what_is_written_is_what_is_read(of: Teams) -> None:
    assert teams_of(to_yaml(of).encode()) == of


def test_every_entry_comes_back_from_its_text() -> None:
    others = Team("b", servicenow_group="Ops & more"), Team("c", defectdojo_product="C", via=Via.DEFECTDOJO), Team("d")
    of = Teams((FULL, *others), "c")
    assert teams_of(to_yaml(of).encode()) == of


def test_an_account_moves_with_its_comment_and_all_else_stays() -> None:
    found = moved(BLOCK.encode(), Thing.ACCOUNT, WEB, "old")
    assert found.before == "web"
    assert found.raw.decode() == BLOCK.replace('      - "111122223333"  # prod\n', "").replace(
        '    aliases: [legacy, "Old Web"]\n', '    aliases: [legacy, "Old Web"]\n    accounts: ["111122223333"]\n'
    )


def test_of_a_list_over_several_lines_in_brackets_the_other_comments_stay() -> None:
    first = moved(SPREAD.encode(), Thing.ACCOUNT, WEB, "bare").raw.decode()
    assert '    accounts: [\n      "444455556666",  # test\n    ]\n' in first
    assert '  bare:\n    accounts: ["111122223333"]   # to be filled\n' in first
    last = moved(SPREAD.encode(), Thing.ACCOUNT, DATA, "bare").raw.decode()
    assert '    accounts: [\n      "111122223333",  # prod\n        # test\n    ]\n' in last


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("thing", "what", "to"),
    [
        (Thing.ACCOUNT, WEB, "old"),
        (Thing.ACCOUNT, DATA, "bare"),
        (Thing.ACCOUNT, NEW, "web"),
        (Thing.NAME, "LEGACY", "web"),
        (Thing.NAME, "legacy", "bare"),
        (Thing.NAME, "kim lee", "Old"),
        (Thing.OU, "/Labs", "bare"),
        (Thing.TAG, "app=billing", "web"),
        (Thing.RESOURCE, "arn:aws:s3:::site", "bare"),
        (Thing.RESOURCE, "*: #'x", "web"),
        (Thing.TAG, "app=billing", "legacy"),
    ],
)
def test_exactly_one_thing_changes_hands_however_it_is_written(way: str, thing: Thing, what: str, to: str) -> None:
    raw = WAYS[way].encode()
    before, found = teams_of(raw), moved(raw, thing, what, to)
    after = teams_of(found.raw)
    target = holder(before, Thing.NAME, to)
    assert holder(after, thing, what) == target
    assert found.before == holder(before, thing, what)
    assert {team.name for team in after.teams} == {team.name for team in before.teams}
    changed = {old.name for old, new in zip(before.teams, after.teams, strict=True) if old != new}
    assert changed == {name for name in (target, found.before) if name}
    assert moved(found.raw, thing, what, to).raw == found.raw
    if found.before:
        assert teams_of(moved(found.raw, thing, what, found.before).raw).teams == after_back(
            before, thing, what, found.before
        )


def after_back(before: Teams, thing: Thing, what: str, to: str) -> tuple[Team, ...]:
    """The teams as they were, what came back being the last of its list."""
    raw = to_yaml(before).encode()
    other = next(team.name for team in before.teams if team.name != to)
    return teams_of(moved(moved(raw, thing, what, other).raw, thing, what, to).raw).teams


@pytest.mark.parametrize("way", WAYS)
def test_several_things_change_hands_at_once_as_one_by_one(way: str) -> None:
    one_by_one = raw = moved(WAYS[way].encode(), Thing.RESOURCE, "arn:d", "old").raw
    whats = ["arn:d", "arn:c", "arn:b", "arn:a"]
    found = moved_together(raw, Thing.RESOURCE, whats, "legacy" if way == "flow" else "bare")
    for what in whats:
        one_by_one = moved(one_by_one, Thing.RESOURCE, what, "legacy" if way == "flow" else "bare").raw
    assert (found.raw, found.before) == (one_by_one, "old")
    assert moved_together(found.raw, Thing.RESOURCE, whats, "web").before == ("old" if way == "flow" else "bare")


def test_the_last_thing_of_a_team_leaves_the_team_without_it() -> None:
    found = moved(b"teams:\n  a:\n    accounts: ['111122223333']\n  b: {}\n", Thing.ACCOUNT, WEB, "b")
    assert found.raw.decode() == 'teams:\n  a: {}\n  b:\n    accounts: ["111122223333"]\n'


def test_new_teams_stand_behind_the_others_and_known_ones_get_what_they_lack() -> None:
    more = Team("team-web", ("shop",), (NEW,), tags=(("app", "shop"),), jira=Jira("OTHER"), mail="other@example.com")
    made = with_teams(TWO.encode(), [Team("data", ("d",), mail="data@example.com")], [more]).decode()
    assert (
        made
        == TWO.replace('[web, "Web Team"]', '[web, "Web Team", shop]').replace(
            '["111122223333"]', '["111122223333", "777788889999"]'
        )
        + "  data:\n    aliases: [d]\n    mail: data@example.com\n"
    )


@pytest.mark.parametrize("way", [*WAYS.values(), "teams: {}\n", "teams: {}  # none\n", "fallback: ''\nteams: {}"])
def test_teams_are_added_to_any_file(way: str) -> None:
    before = teams_of(way.encode())
    new = [FULL, Team("last")] if not before.teams else [Team("new", mail="new@example.com"), Team("last")]
    made = with_teams(way.encode(), new)
    assert teams_of(made).teams == (*before.teams, *new)
    assert with_teams(made, []) == made
    assert made.count(b"#") == way.count("#") + made.count(b"#7") + made.count(b"#shop")


@given(
    teams(),
    st.sampled_from(list(Thing)),
    st.sampled_from((WEB, NEW)),
    st.sampled_from(("/", "/Work", "/New")),
    st.data(),
)
def test_whatever_is_given_away_belongs_to_one_team_then(
    of: Teams, thing: Thing, account: str, ou: str, data: st.DataObject
) -> None:
    if not of.teams:
        return
    to = data.draw(st.sampled_from(of.teams)).name
    what = {Thing.ACCOUNT: account, Thing.OU: ou, Thing.TAG: "app=web", Thing.NAME: "kim", Thing.RESOURCE: "*_*"}[thing]
    after = teams_of(moved(to_yaml(of).encode(), thing, what, to).raw)
    assert holder(after, thing, what) == to
    assert after.fallback == of.fallback


def test_what_cannot_be_given_away_is_refused() -> None:
    with pytest.raises(InputError, match="no team is called 'nobody'"):
        moved(TWO.encode(), Thing.ACCOUNT, WEB, "nobody")
    with pytest.raises(InputError, match="platform is the name of a team and no alias"):
        moved(TWO.encode(), Thing.NAME, "Platform", "team-web")
    with pytest.raises(InputErrors, match="is not an account id"):
        moved(b"teams: {a: {accounts: [1]}}", Thing.ACCOUNT, WEB, "a")
    with pytest.raises(InputError, match="must be edited by hand"):
        moved(b"teams: {a: {}}\n", Thing.OU, "no ou", "a")
