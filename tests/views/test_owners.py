"""Documents of owners: what comes first, what is said where there is nothing, widths, numbers."""

import datetime as dt
from dataclasses import replace

import pytest

from hubposture.matrix.lint_finding import error, note, warning
from hubposture.owners.chain import Chain, Facts, Link, Owner, Step, Unit
from hubposture.owners.team import Team, Teams
from hubposture.render import json as as_json
from hubposture.render import text
from hubposture.views import checks, owner_of, owners, owners_check, owners_written
from hubposture.views.document import Code, Lines, Table, Text, Tone
from hubposture.views.owners_rows import (
    Candidate,
    LinkRow,
    LooseRow,
    Ownership,
    RowOwner,
    TeamRow,
    UnknownRow,
    Whose,
    Work,
)
from hubposture.views.posture import Stamp
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words

STAMP = Stamp("acme", 57, dt.datetime(2026, 11, 24, 10, 40))
LONG = "the-team-that-keeps-the-customer-data-platform"
FOUND = Ownership(
    everything=Work(1204, 9702, 368, 44, 101, 69),
    owned=5603,
    unknown=1099,
    teams=[
        TeamRow("team-web", "hubposture", ("Jira WEB under WEB-12", "Slack #team-web"), 11, Work(132, 900, 93, 13, 35, 15), "teams.yaml:3:3"),
        TeamRow(LONG, "defectdojo", (), 0, Work(), "teams.yaml:9:3"),
    ],
    links=[LinkRow(link, Work(100 + at, 1000 + at, 10 + at)) for at, link in enumerate(Link)],
    names=[UnknownRow("team-wep", (Link.RESOURCE_TAG, Link.ROW), ("acme-web (111122223333)", "b", "c"), Work(3, 9, 2), "team-web")],
    loose=[
        LooseRow("111122223333", "acme-shared-services", "Shared services", "/Infrastructure/Shared", Work(140, 777, 33, 4, 5, 6), Candidate("cost-centre", "4711", 120, is_team=False)),
        LooseRow("444455556666", "", "", "", Work(5, 7, 1), None),
    ],
    astray=[("teams.yaml:3:3", "team-web has the account 999999999999, which is not in the organization")],
    fallback="platform",
)  # fmt: skip


def lines(found: Ownership) -> list[str]:
    return words(sections(owners.document(STAMP, found))[""])


def test_the_share_of_owned_obligations_comes_first_then_what_is_unknown_and_what_is_nobodys() -> None:
    assert lines(FOUND) == [
        "Obligations with a team: 57.7 % (5,603 of 9,702)",
        "1,099 with an owner by a name that no team has",
        "3,000 with nobody; platform gets them as the fallback",
    ]
    assert lines(replace(FOUND, fallback=""))[2] == "3,000 with nobody; there is no fallback"
    assert lines(replace(FOUND, owned=9702, unknown=0)) == ["Obligations with a team: 100.0 % (9,702 of 9,702)"]
    assert lines(replace(FOUND, everything=Work(), owned=0, unknown=0, has_file=False, broken=2)) == [
        "There is no teams.yaml: names stand as rows and tags have them, and lead to nobody.",
        "2 things in teams.yaml cannot be read and counted here: hubposture owners check",
        "Nothing is an obligation yet: no enforced control was measured.",
    ]


def test_every_part_has_its_section_and_says_what_to_do() -> None:
    found = sections(owners.document(STAMP, FOUND))
    assert list(found) == [
        "", "Teams", "What decided", "Names that no team has (1)", "Without an owner (2 accounts)",
        "Entries of teams.yaml that lead nowhere",
    ]  # fmt: skip
    blocks = owners.document(STAMP, FOUND).blocks
    said = [word for block in blocks if isinstance(block, Lines) for word in words(block)]
    assert 'A tag that many have may be given to a team, value by value: tags: ["app=shop"].' in said
    loose = found["Without an owner (2 accounts)"]
    assert isinstance(loose, Table)
    assert words(Table((), [loose.rows[0]]))[-1] == "cost-centre=4711 on 120"
    assert words(Table((), [loose.rows[1]]))[0] == "444455556666"


def test_a_link_that_decided_nothing_has_no_line_and_stands_in_the_data() -> None:
    found = owners.document(STAMP, replace(FOUND, links=[LinkRow(Link.ROW, Work()), LinkRow(Link.OU, Work(1, 1, 1))]))
    table = sections(found)["What decided"]
    assert isinstance(table, Table)
    assert len(table.rows) == 1
    assert [one["link"] for one in found.data["links"]] == ["row", "ou"]


def test_without_teams_a_file_to_begin_with_is_offered() -> None:
    found = owners.document(STAMP, replace(FOUND, teams=(), names=[replace(FOUND.names[0], name="Kim: Lee")]))
    (code,) = [block.text for block in found.blocks if isinstance(block, Code)]
    assert code == 'teams:\n  "Kim: Lee": {}'


@pytest.mark.parametrize("width", [80, 120, 200])
def test_it_fits_the_terminal_and_every_number_can_be_had_as_data(width: int) -> None:
    found = owners.document(STAMP, FOUND)
    assert widest(found, width) <= width
    assert numbers_said(found) <= numbers_had(found)


def test_the_data_has_all_rows_where_the_tables_are_cut() -> None:
    found = owners.document(STAMP, replace(FOUND, teams=[*FOUND.teams] * 30), most=2)
    table = sections(found)["Teams"]
    assert isinstance(table, Table)
    assert (len(table.rows), table.more, len(found.data["teams"])) == (2, 58, 60)


# Of one thing

CHAIN = Chain(
    Teams((Team("team-web", accounts=("111122223333",)), Team("platform", ous=("/",))), "platform"),
    resource_tags=("owner",),
)
STEPS = CHAIN.steps(Facts("", (), "111122223333", "kim", (Unit("/"),)))
WHOSE = Whose(
    "arn:aws:s3:::site", "acme-web (111122223333)", "/Work", STEPS, [("app", "shop")],
    [RowOwner("S3.8", "Controls!G7", "kim", "kim", is_team=False)], [("", Link.NONE, Work(4, 5, 6))],
)  # fmt: skip


def test_the_owner_comes_first_then_why_link_by_link() -> None:
    found = sections(owner_of.document(WHOSE))
    assert words(found[""]) == [
        "team-web",
        "Decided by the account, as teams.yaml lists it: 111122223333",
        "For some controls the row decides instead, see below",
        "acme-web (111122223333), /Work",
    ]
    table = found["The chain"]
    assert isinstance(table, Table)
    assert [words(Table((), [row]))[-1] for row in table.rows] == [
        "-", "-", "-", "decides", "not reached", "not reached", "not reached",
    ]  # fmt: skip
    assert list(found) == ["", "The chain", "Controls whose row names the owner", "Its tags", "Whose its resources are"]


@pytest.mark.parametrize(
    ("owner", "said", "tone"),
    [
        (Owner("kim", is_team=False, link=Link.ROW), "kim, which no team is called", Tone.WARN),
        (Owner("platform", is_team=True, link=Link.FALLBACK), "platform, as the fallback; nobody was named", Tone.WARN),
        (Owner("", is_team=False, link=Link.NONE), "Nobody", Tone.BAD),
    ],
)
def test_an_owner_that_is_none_is_said_to_be(owner: Owner, said: str, tone: Tone) -> None:
    step = Step(owner.link, "x", "", owner, decides=True)
    first = sections(owner_of.document(replace(WHOSE, steps=[step])))[""]
    assert isinstance(first, Lines)
    assert first.lines[0] == Text(said, tone)


@pytest.mark.parametrize("width", [80, 200])
def test_the_chain_fits_and_has_its_numbers(width: int) -> None:
    found = owner_of.document(WHOSE)
    assert widest(found, width) <= width
    assert numbers_said(found) <= numbers_had(found)


# The file


def test_a_check_counts_by_level_and_names_every_place() -> None:
    found = owners_check.document(
        [error("file", "teams.yaml:3:5", "wrong"), note("x", "teams.yaml", "so")], teams=3, name="teams.yaml"
    )
    assert words(sections(found)[""]) == [
        "3 teams read: 1 error, 1 note",
        "What cannot be read is nobody's until it is mended.",
    ]
    assert (found.data["teams"], found.data["counts"]) == (3, {"error": 1, "warning": 0, "note": 1})


def test_an_annotation_of_a_cell_stands_at_its_workbook() -> None:
    found = checks.annotations([warning("unknown-team", "controls.xlsx!Controls!G7", "no team", "name one")])
    assert found == "::warning file=controls.xlsx,title=unknown-team::Controls!G7: no team (name one)\n"


def test_a_reassignment_shows_the_commit_and_the_change() -> None:
    given = {
        "before": "team-web",
        "branch": "hubposture/owners",
        "file": "teams.yaml",
        "old": "a: 1\nb: 2\n",
        "new": "a: 1\nb: 3\n",
    }
    found = owners_written.reassigned(
        "The account 1", "platform", commit="0123456789abcdef", pushed_to="origin", **given
    )
    said = text.render(found, width=100)
    assert "The account 1 is platform's, and was team-web's, once this is merged" in said
    assert "Commit 0123456789ab on the branch hubposture/owners, pushed to origin" in said
    assert "  -b: 2\n  +b: 3\n" in said
    assert '"changed": true' in as_json.render(found)
    again = owners_written.reassigned("The account 1", "platform", commit="", pushed_to="", **given)
    assert "already" in text.render(again, width=100)


def test_an_import_names_what_was_written_and_what_stays() -> None:
    found = owners_written.imported(
        ["teams.yaml"], source="cmdb.csv", new=["a", "b"], more=["c"], notes=["n1", "n2", "n3"], most=2
    )
    assert words(sections(found)[""]) == [
        "2 new teams from cmdb.csv, 1 known one with more than before",
        "Written: teams.yaml",
        "Commit it, and have it reviewed: a merge to the default branch makes it count.",
    ]
    assert words(sections(found)["What stays as it is (3 notes)"]) == ["n1", "n2", "and 1 more; --format json has all"]
    nothing = owners_written.imported([], source="cmdb.csv", new=[], more=[], notes=[])
    assert "Nothing to write: it is so already." in text.render(nothing)
