import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.owners.read import read_teams
from hubposture.owners.team import Jira, Pace, Team, Teams, Via
from owners.owners_world import TWO, problems, read


def test_teams_are_read_with_everything_and_the_place_where_they_stand() -> None:
    found = read(TWO)
    assert found.problems == ()
    assert found.teams == Teams(
        (
            Team(
                "team-web", ("web", "Web Team"), ("111122223333",), ("/Workloads/Web",), (("app", "shop"),),
                ("arn:aws:s3:::site",), jira=Jira("WEB", "WEB-12"), slack="#team-web", mail="web@example.com",
            ),
            Team("platform", ous=("/",), servicenow_group="Cloud Platform"),
        ),
        "platform",
    )  # fmt: skip
    assert [team.source for team in found.teams.teams] == ["teams.yaml:4:3", "teams.yaml:13:3"]


def test_what_a_team_says_of_its_tickets_and_messages_is_read() -> None:
    entries = "jira: {site: cloud, project: WEB}, assignee: kim@example.com, in_progress: 0, pace: immediate"
    (team, bare) = read(f"teams: {{web: {{{entries}}}, bare: }}").teams.teams
    assert (team.jira, team.assignee, team.in_progress) == (Jira("WEB", site="cloud"), "kim@example.com", 0)
    assert (team.pace, bare.pace, bare.in_progress) == (Pace.IMMEDIATE, None, None)


def test_a_limit_or_a_pace_that_cannot_be_is_told_and_left_out() -> None:
    text = "teams: {web: {in_progress: -1, pace: weekly, assignee: kim}}"
    assert problems(text) == [
        "teams.yaml:1:28: in_progress is '-1', which is no whole number of 0 or more (write digits only)",
        "teams.yaml:1:38: pace is 'weekly', which is not one of the choices (write one of immediate, digest)",
        "teams.yaml:1:56: assignee is 'kim', which cannot be (write one address: assignee: kim@example.com)",
    ]
    (team,) = read(text).teams.teams
    assert (team.in_progress, team.pace, team.assignee) == (None, None, "")


def test_everything_wrong_comes_at_once_with_line_column_and_what_to_do() -> None:
    text = """\
fallback: platfrom
teams:
  team-web:
    accounts: [1234]
    tags: [shop]
    ous: [Workloads]
    slack: #team-web
    email: web@example.com
    via: defect-dojo
  platform: {mail: nobody, jira: {project: plat}}
"""
    assert problems(text) == [
        "teams.yaml:1:11: fallback is 'platfrom', and no team is called so (did you mean platform?)",
        "teams.yaml:4:16: '1234' is not an account id (write all 12 digits in quotes; perhaps 000000001234 was meant, zeros in front count)",
        """teams.yaml:5:12: 'shop' is not a tag (write "name=value", as resources have it)""",
        "teams.yaml:6:11: 'Workloads' is not an OU (write its id (ou-ab12-cdefgh34) or its path (/Workloads/Prod))",
        """teams.yaml:7:5: slack is empty (write the channel in quotes, else # begins a comment: slack: "#team-web")""",
        "teams.yaml:8:5: 'email' is no entry of team team-web (did you mean mail?)",
        "teams.yaml:9:10: via is 'defect-dojo', which is not one of the choices (did you mean defectdojo?)",
        "teams.yaml:10:20: mail is 'nobody', which cannot be (write one address: mail: web@example.com)",
        "teams.yaml:10:44: project is 'plat', which cannot be (write the key of the project: project: WEB)",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("teams: {web: {}, WEB: {}}", "the name 'WEB' of WEB is web's already"),
        ("teams: {web: {}, data: {aliases: [ Web ]}}", "the name 'Web' of data is web's already"),
        ("teams: {web: {aliases: [a, A]}}", "the name 'A' is there twice in web"),
        ("teams: {a: {accounts: ['111122223333']}, b: {accounts: ['111122223333']}}", "is a's already"),
        ("teams: {a: {ous: [/Work]}, b: {ous: [/Work/]}}", "the OU /Work of b is a's already"),
        ("teams: {a: {resources: ['arn:*']}, b: {resources: [' arn:* ']}}", "the resource 'arn:*' of b is a's already"),
        ("teams: {a: {resources: [arn:x, arn:x]}}", "the resource 'arn:x' is there twice in a, first in line 1"),
        ("teams: {a: {tags: [app=shop]}, b: {tags: [App=SHOP]}}", "the tag App=SHOP of b is a's already"),
    ],
)
def test_nothing_belongs_to_two_teams(text: str, said: str) -> None:
    (found,) = problems(text)
    assert said in found


@pytest.mark.parametrize(
    ("team", "said"),
    [
        ("{jira: {project: WEB}, servicenow: {group: Ops}}", "both jira and servicenow"),
        ("{via: defectdojo, defectdojo: {product: Shop}, jira: {project: WEB}}", "has jira as well"),
        ("{via: defectdojo, defectdojo: {product: Shop}, servicenow: {group: Ops}}", "has servicenow as well"),
        ("{via: defectdojo}", "names no product"),
        ("{jira: {project: WEB, epic: WEB-1, parent: WEB-2}}", "both epic and parent"),
    ],
)
def test_two_makers_of_tickets_for_one_team_are_refused(team: str, said: str) -> None:
    (found,) = problems(f"teams: {{web: {team}}}")
    assert said in found


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("'*?*'", "teams.yaml:1:27: '*?*' is no resource (write an id"),
        ("''", "is no resource"),
        (
            "'111122223333'",
            """111122223333 is an account and no resource (write it below accounts: ["111122223333"])""",
        ),
        ('"arn:\\ax"', "has control characters"),
        ("a" * 1025, "is too long for a resource"),
    ],
)
def test_what_can_be_no_resource_is_told_and_left_out(entry: str, said: str) -> None:
    text = f"teams: {{web: {{resources: [{entry}, arn:aws:s3:::site]}}}}"
    (found,) = problems(text)
    assert said in found
    assert read(text).teams.teams[0].resources == ("arn:aws:s3:::site",)


def test_a_resource_may_be_spoken_of_by_its_id_and_by_patterns_of_others_and_casing_tells_them_apart() -> None:
    assert problems("teams: {a: {resources: [arn:x]}, b: {resources: ['arn:*']}, c: {resources: [arn:X]}}") == []


def test_defectdojo_may_know_a_team_whose_tickets_hubposture_makes() -> None:
    found = read("teams: {web: {jira: {project: WEB}, defectdojo: {product: Shop}}}")
    assert found.problems == ()
    assert found.teams.teams[0].via is Via.HUBPOSTURE


def test_what_is_wrong_with_a_team_leaves_the_rest_of_it() -> None:
    found = read("teams: {web: {aliases: [shop], accounts: [12]}}")
    assert found.teams == Teams((Team("web", ("shop",)),))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "says nothing"),
        (b"- web\n", "is a list"),
        (b"[]", "is a list"),
        (b"web", "is a text"),
        (b"{}", "has no teams"),
        (b"teams: []", "teams is a list"),
        (b"teams: {web: 1}", "is not a mapping"),
        (b"teams: {? [a] : {}}", "a key that is no text"),
        (b"teams: {'': {}}", "cannot be the name of a team"),
        (b"teams: &a {web: *a}", "an anchor"),
        (b"\xff", "not UTF-8"),
        (b"{a: " * 100_000, "nested more than 8 deep"),
    ],
)
def test_a_file_that_is_no_teams_is_a_problem_with_a_place(raw: bytes, said: str) -> None:
    (found,) = read_teams(raw, "teams.yaml").problems
    assert said in found.what
    assert found.where.startswith("teams.yaml:")


def test_no_teams_on_purpose_are_no_problem() -> None:
    assert read("teams: {}\n") == read_teams(b"teams:\n  {}\n", "teams.yaml")
    assert read("teams: {}\n").problems == ()


@given(st.binary(max_size=200) | st.text("teams: {}[]-#ab\n'\"&*!|>", max_size=200).map(str.encode))
def test_no_file_whatsoever_raises(raw: bytes) -> None:
    read_teams(raw, "teams.yaml")
