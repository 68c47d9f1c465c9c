"""Who owns what, read from a lake of three accounts; whose one thing is; what is wrong with the file."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from hubposture.errors import InputError
from hubposture.findings.tables import ACCOUNTS, ENABLEMENT, TARGETS, UNITS, WISHES
from hubposture.lake.engine import Means
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import open_ledger
from hubposture.matrix.rows import ControlRow, Matrix, Origin
from hubposture.model.controls import control_id
from hubposture.owners.chain import Chain, Link, Owner
from hubposture.owners.team import Jira, Team, Teams
from hubposture.ports.lake import Snapshot, TagUse
from hubposture.verbs.owner_check import Systems, check_owners
from hubposture.verbs.owner_of import whose
from hubposture.verbs.owners import candidate, reach, read_ownership
from hubposture.views.owners_rows import Candidate, Work
from lake import lake_world
from lake.lake_world import REGIONS, finding
from ledger_world import Clock, counting_entropy
from owners.owners_world import DATA, NEW, TWO, WEB, read

WEB_TEAM = Team("team-web", ("web",), (WEB, "999999999999"), mail="web@example.com", source="teams.yaml:3:3")
DATA_TEAM = Team("data", ous=("/Data", "/Dta"), source="teams.yaml:9:3")
IDLE = Team("idle", source="teams.yaml:12:3")
CHAIN = Chain(Teams((IDLE, DATA_TEAM, WEB_TEAM), "data"), resource_tags=("owner",))
LATE = lake_world.T0


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The web account is listed, the data account in an OU, the new one nowhere; one row names an owner."""
    root, clock = tmp_path_factory.mktemp("owners"), Clock()
    with open_ledger("sqlite:///l.sqlite", relative_to=root, clock=clock, entropy=counting_entropy()) as ledger:
        place, means = lake_world.place(root, ledger, clock), Means(256, root / "spill", 1)
        writer = Writer(place, means, holder="test", rollup=lake_world.rollup, full_days=7)
        reader = Reader(place, means, rollup=lake_world.ROLLUP, full_days=7, chain=lambda: CHAIN)
        try:
            writer.settle(lake_world.dimensions(tables=TABLES))
            writer.fold(FINDINGS)
            with reader.snapshot() as found:
                yield found
        finally:
            reader.close()
            writer.close()


PLACES = [(account, region) for account in (WEB, DATA, NEW) for region in REGIONS]
TABLES: dict[str, Sequence[tuple[object, ...]]] = {
    ACCOUNTS.name: [
        (WEB, "Web", "acme-web", f"acme-web ({WEB})", "active", "ou-1", "/Work", "data"),
        (DATA, "Data", "", f"Data ({DATA})", "active", "ou-2", "/Data", ""),
        (NEW, "New", "", f"New ({NEW})", "active", "ou-1", "/Work", ""),
    ],
    UNITS.name: [
        ("/", WEB, "r-1"), ("/Work", WEB, "ou-1"), ("/", DATA, "r-1"), ("/Data", DATA, "ou-2"), ("/", NEW, "r-1"),
        ("/Work", NEW, "ou-1"),
    ],
    TARGETS.name: [(*one, "seen", "", "local", "e1", "w1", None) for one in PLACES],
    ENABLEMENT.name: [("e1", "cis-5.0.0", control, True, "") for control in ("s3.8", "ec2.2")],
    WISHES.name: [
        ("w1", "s3.8", "enforce", True, "CRITICAL", LATE, "", "Controls!G7", -1, -1),
        ("w1", "ec2.2", "enforce", True, "HIGH", None, "Web", "Controls!G8", -1, -1),
    ],
}  # fmt: skip
APP = (("app", "shop"), ("Name", "one"))
FINDINGS = [
    finding("arn:aws:s3:::site", account=WEB, first_observed_at=LATE.replace(year=LATE.year - 1)),
    finding("arn:aws:s3:::site", account=WEB, control="ec2.2"),
    finding("arn:aws:s3:::lake", account=DATA, compliance="PASSED"),
    finding("arn:aws:s3:::kim", account=DATA, tags=(("Owner", "team-wep"),)),
    finding("arn:aws:s3:::new/one", account=NEW, tags=APP),
    finding("arn:aws:s3:::new/two", account=NEW, tags=(("app", "shop"), ("Name", "two")), compliance="PASSED"),
    finding("arn:aws:s3:::old/one", account=NEW, region=REGIONS[1]),
]


def test_teams_are_told_with_their_work_the_gravest_first_those_with_nothing_too(snapshot: Snapshot) -> None:
    found = read_ownership(snapshot, CHAIN)
    assert [(row.name, row.accounts, row.work.failing, row.work.critical, row.work.high) for row in found.teams] == [
        ("data", 2, 2, 2, 0),
        ("team-web", 1, 2, 1, 1),
        ("idle", 0, 0, 0, 0),
    ]
    assert found.everything == Work(
        resources=6, obligations=7, failing=5, critical=4, high=1, overdue=found.everything.overdue
    )
    assert (found.owned, found.unknown) == (3, 1)


def test_what_decided_is_counted_link_by_link(snapshot: Snapshot) -> None:
    found = read_ownership(snapshot, CHAIN)
    assert {row.link: row.work.obligations for row in found.links} == {
        Link.ROW: 1,
        Link.RESOURCE: 0,
        Link.RESOURCE_TAG: 1,
        Link.ACCOUNT: 1,
        Link.ACCOUNT_TAG: 0,
        Link.OU: 1,
        Link.FALLBACK: 3,
        Link.NONE: 0,
    }


def test_a_name_that_no_team_has_is_told_with_where_it_stands_and_who_may_be_meant(snapshot: Snapshot) -> None:
    (row,) = read_ownership(snapshot, CHAIN).names
    assert (row.name, row.links, row.accounts, row.guess) == (
        "team-wep", (Link.RESOURCE_TAG,), (f"Data ({DATA})",), "team-web",
    )  # fmt: skip
    assert row.work.failing == 1


def test_what_nobody_owns_waits_by_account_with_the_tag_by_which_it_could_be_owned(snapshot: Snapshot) -> None:
    (row,) = read_ownership(snapshot, CHAIN).loose
    assert (row.account, row.name, row.ou_path, row.work.resources, row.work.failing) == (NEW, "New", "/Work", 3, 2)
    assert row.tag == Candidate("app", "shop", 2, is_team=False)


def test_entries_of_the_file_that_lead_nowhere_are_named_unless_another_organization_may_have_them(
    snapshot: Snapshot,
) -> None:
    assert read_ownership(snapshot, CHAIN).astray == (
        ("teams.yaml:9:3", "data has the OU /Dta, and no account is in it or below it (did you mean /Data?)"),
        ("teams.yaml:3:3", "team-web has the account 999999999999, which is not in the organization"),
    )
    assert read_ownership(snapshot, CHAIN, is_whole=False).astray == ()


def test_ids_of_resources_that_no_sync_has_seen_lead_nowhere(snapshot: Snapshot) -> None:
    chain = Chain(Teams((Team("a", resources=("arn:aws:s3:::kim", "arn:aws:s3:::kin", "arn:*"), source="x"),)))
    assert read_ownership(snapshot, chain).astray == (
        ("x", "a has the resource arn:aws:s3:::kin, which no sync has seen"),
    )


USES = [TagUse(NEW, "Name", 10, 10, "one"), TagUse(NEW, "app", 9, 3, "shop"), TagUse(NEW, "who", 2, 1, "Web")]


def test_a_tag_with_the_name_of_a_team_goes_before_one_that_many_share_and_single_names_help_nobody() -> None:
    assert candidate(USES, 10, CHAIN) == Candidate("who", "Web", 2, is_team=True)
    assert candidate(USES[:2], 10, CHAIN) == Candidate("app", "shop", 9, is_team=False)
    assert candidate(USES[:1], 10, CHAIN) is None
    assert candidate([TagUse(NEW, "app", 4, 1, "shop")], 10, CHAIN) is None


def test_how_a_team_is_reached_is_told_in_words() -> None:
    team = Team(
        "a", jira=Jira("WEB", parent="WEB-1"), servicenow_group="Ops", defectdojo_product="P", slack="#a", mail="a@b"
    )
    assert list(reach(team)) == ["Jira WEB under WEB-1", "ServiceNow Ops", "DefectDojo P", "Slack #a", "a@b"]


# Of one thing


def test_of_an_account_the_chain_begins_at_the_account_and_its_resources_are_told_by_owner(snapshot: Snapshot) -> None:
    for text in (WEB, "ACME-web", "Web"):
        found = whose(snapshot, CHAIN, text)
        assert [(step.link, step.decides) for step in found.steps][:2] == [
            (Link.ACCOUNT, True),
            (Link.ACCOUNT_TAG, False),
        ]
        assert [(owner, link, work.failing) for owner, link, work in found.others] == [
            ("team-web", Link.ACCOUNT, 1), ("team-web", Link.ROW, 1),
        ]  # fmt: skip


def test_of_a_resource_that_a_team_has_the_entry_that_decides_is_told(snapshot: Snapshot) -> None:
    chain = Chain(Teams((Team("a", resources=("arn:aws:s3:::k*",)),)), resource_tags=("owner",))
    (step,) = [step for step in whose(snapshot, chain, "kim").steps if step.decides]
    assert (step.link, step.found, step.owner) == (
        Link.RESOURCE,
        "arn:aws:s3:::k*",
        Owner("a", is_team=True, link=Link.RESOURCE),
    )


def test_of_a_resource_its_tags_and_the_rows_that_name_an_owner_are_told(snapshot: Snapshot) -> None:
    found = whose(snapshot, CHAIN, "arn:aws:s3:::kim")
    (step,) = [step for step in found.steps if step.decides]
    assert (step.link, step.found) == (Link.RESOURCE_TAG, "Owner=team-wep")
    assert found.tags == [("Owner", "team-wep")]
    (row,) = whose(snapshot, CHAIN, "site").rows
    assert (row.control, row.cell, row.said, row.owner, row.is_team) == (
        "ec2.2",
        "Controls!G8",
        "Web",
        "team-web",
        True,
    )


def test_a_resource_is_found_by_its_end_and_several_are_named(snapshot: Snapshot) -> None:
    assert whose(snapshot, CHAIN, "two").thing == "arn:aws:s3:::new/two"
    with pytest.raises(
        InputError, match=r"one: several are called so: arn:aws:s3:::new/one in .*, arn:aws:s3:::old/one"
    ):
        whose(snapshot, CHAIN, "one")
    with pytest.raises(InputError, match="knows no resource and no account"):
        whose(snapshot, CHAIN, "_%")


# The file


def test_doubts_about_teams_rows_and_waivers_are_told_with_their_places() -> None:
    rows = [_row(2, "web"), _row(3, "team-wep"), _row(4, "")]
    found = check_owners(
        read("teams: {team-web: {aliases: [web], mail: web@example.com}, b: {}, c: {via: none, jira: {project: CC}}}"),
        file="teams.yaml",
        matrix=Matrix("controls.xlsx", "", tuple(rows)),
    )
    assert [(one.level, one.rule, one.where) for one in found] == [
        ("warning", "unreachable", "teams.yaml:1:60"),
        ("warning", "unknown-team", "controls.xlsx!Controls!B3"),
        ("note", "no-tracker", "teams.yaml:1:9"),
        ("note", "no-tickets", "teams.yaml:1:67"),
        ("note", "no-fallback", "teams.yaml"),
    ]
    assert found[1].hint == "did you mean team-web?"


def _row(number: int, owner: str) -> ControlRow:
    at = Origin("controls.xlsx", "Controls", number, {"control": 1, "owner": 2})
    return ControlRow(control_id("S3.8"), at, owner=owner)


def test_errors_come_first_and_a_good_file_has_none() -> None:
    found = check_owners(
        read("teams: {a: {mail: x, slack: '#a', jira: {project: AB}}}\nfallback: a"), file="teams.yaml"
    )
    assert [(one.level, one.rule) for one in found] == [("error", "file")]
    assert check_owners(read(TWO), file="teams.yaml") == ()


def checked(team: str, **systems: Any) -> list[tuple[str, str, str]]:
    found = check_owners(read(f"fallback: w\nteams: {{w: {{{team}}}}}"), file="teams.yaml", systems=Systems(**systems))
    return [(one.level, one.rule, one.hint) for one in found]


def test_a_site_that_the_settings_do_not_have_is_an_error() -> None:
    team = "jira: {site: clowd, project: WEB}"
    assert checked(team, sites=("cloud", "old")) == [("error", "unknown-site", "did you mean cloud?")]
    assert checked(team) == [("error", "unknown-site", "the settings have none; set jira.clowd")]
    assert checked(team, sites=("clowd",)) == []


def test_with_several_sites_a_team_must_say_which() -> None:
    team = "jira: {project: WEB}"
    assert checked(team, sites=("cloud", "old")) == [("error", "which-site", "write jira: {site: cloud, project: WEB}")]
    assert checked(team, sites=("cloud",)) == []


def test_a_team_in_a_system_that_the_settings_lack_is_a_warning_unless_it_gets_no_tickets() -> None:
    assert [one[:2] for one in checked("jira: {project: WEB}")] == [("warning", "no-jira")]
    assert [one[:2] for one in checked("servicenow: {group: Ops}")] == [("warning", "no-servicenow")]
    assert checked("servicenow: {group: Ops}", has_servicenow=True) == []
    dojo = "via: defectdojo, defectdojo: {product: Web}"
    assert checked(dojo) == [("warning", "no-defectdojo", "set defectdojo.url, or take defectdojo out")]
    assert checked(dojo, has_defectdojo=True) == []
    assert [one[1] for one in checked("via: none, jira: {project: WEB}")] == ["no-tickets"]
    assert [one[1] for one in checked("via: none, servicenow: {group: Ops}")] == ["no-tickets"]
