"""Waivers on the command line from the first one to the last day: granted, enforced, outgrown, warned of, open again."""

import datetime as dt
from pathlib import Path

import pytest

from baseline_world import git
from cli.commands import Commands, numbers_in, numbers_of
from cli.waivers_hands import approved, bucket, held, pass_time, workflow, write
from holds.holds_world import DATA, HOME, LINKED, WEB
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED

pytestmark = pytest.mark.slow


# A life


def test_a_waiver_is_asked_for_granted_enforced_outgrown_and_taken_back(commands: Commands) -> None:
    site = bucket(commands, "site-1")
    write(commands)
    assert commands("waivers", "check").status == EXIT_DIFFERS
    seen = commands("waivers", "preview")
    assert seen.out.rstrip().endswith("hubposture waivers approve W-1 --by ADDRESS")
    assert commands("waivers", "enforce").status == 0
    assert workflow(commands, site) == "NEW", "nobody has approved it"

    said = approved(commands)
    assert "W-1: approved by lee@example.com" in said.text
    assert "for 1 resource" in said.text
    assert commands("waivers", "check").status == 0
    done = commands.json("waivers", "enforce")
    assert (done["counts"]["suppress"], done["fates"]["written"]) == (1, 1)
    shown = commands.there.one(site)
    assert (shown.workflow, shown.waiver, shown.until) == ("SUPPRESSED", "W-1", str(commands.there.day(60)))
    assert "Static web site, public on purpose" in shown.note
    pass_time(commands)
    assert commands.json("waivers", "enforce")["to_write"] == 0

    grown = bucket(commands, "site-2")
    done = commands.json("waivers", "enforce")
    assert done["counts"]["surplus"] == 1
    assert workflow(commands, grown) == "NEW"
    (listed,) = commands.json("waivers", "list")["waivers"]
    assert (listed["rank"], listed["within"], listed["surplus"]) == ("surplus", 1, 1)
    assert commands("waivers", "preview").out.rstrip().endswith("hubposture waivers approve W-1 --by ADDRESS")

    assert "for 2 resources" in approved(commands).text
    commands("waivers", "enforce")
    assert workflow(commands, grown) == "SUPPRESSED"
    pass_time(commands)

    assert commands("waivers", "revoke", "W-1", "--reason", "the site is gone", "--by", "lee@example.com").status == 0
    done = commands.json("waivers", "enforce")
    assert done["counts"]["release"] == 2
    for one in (site, grown):
        assert (workflow(commands, one), commands.there.one(one).waiver) == ("NEW", "released")
    assert commands.json("waivers", "list")["counts"]["ended"] == 1


def test_a_waiver_ends_on_its_day_whoever_forgot_it_and_people_are_told_before(commands: Commands) -> None:
    site = bucket(commands, "site-1")
    write(commands, days=10)
    approved(commands)
    commands("waivers", "enforce")
    pass_time(commands, dt.timedelta(days=4))
    told = commands.json("waivers", "enforce")["notices"]
    assert [(one["waiver"], one["kind"], one["owner"]) for one in told] == [("W-1", "expires-7", "team-web")]
    assert commands.json("waivers", "enforce")["notices"] == [], "once"
    calendar = commands.json("waivers", "calendar")
    assert [one["kind"] for one in calendar["notices"]] == ["expires-7"]
    assert (calendar["holding"], calendar["ending_soon"], calendar["ending_soon_failing"]) == (1, 1, 1)

    pass_time(commands, dt.timedelta(days=7))
    done = commands("waivers", "enforce")
    assert done.status == 0
    assert workflow(commands, site) == "NEW"
    assert commands.json("waivers", "calendar")["holding"] == 0


# Every form


@pytest.fixture
def rich(commands: Commands) -> Commands:
    """A world in which a waiver holds and has surplus, one waits, one is provisional, and somebody suppressed something."""
    held(commands, "site-1", "site-2")
    bucket(commands, "site-3")
    write(commands, "W-2", pattern="arn:aws:s3:::public-*")
    by_hand = bucket(commands, "by-hand-1", (DATA, HOME))
    commands.there.box.person(by_hand, status="SUPPRESSED", note="known")
    pass_time(commands)
    assert commands("waivers", "provisional").status == 0
    later = bucket(commands, "by-hand-2", (WEB, LINKED))
    commands.there.box.person(later, status="SUPPRESSED", note="also known")
    pass_time(commands)
    commands("waivers", "enforce")
    bucket(commands, "site-4")
    return commands


SHOWN = (
    ("waivers", "list"),
    ("waivers", "list", "W-1"),
    ("waivers", "list", "W-2"),
    ("waivers", "check"),
    ("waivers", "preview"),
    ("waivers", "preview", "W-1"),
    ("waivers", "calendar"),
    ("waivers", "enforce", "--observe"),
    ("waivers", "approvals"),
    ("jobs",),
)


def test_all_that_is_shown_can_be_had_as_text_of_any_width_as_markdown_and_as_data(rich: Commands) -> None:
    for command in SHOWN:
        plain = rich(*command)
        data = rich(*command, "--format", "json")
        marked = rich(*command, "--format", "markdown")
        assert plain.status == data.status == marked.status, command
        said = "".join(line for line in plain.out.splitlines(keepends=True) if not line.startswith("  sha256:"))
        missing = numbers_in(said) - set(numbers_of(data.data))
        assert not missing, f"{command}: {missing}\n{plain.out}"
        assert marked.out.startswith("## "), command
        for columns in (80, 200):
            for line in rich.on_terminal(columns, *command).out.splitlines():
                assert len(line) <= columns or line.startswith("  hubposture "), f"{command} at {columns}: {line}"


# preview, approve, extend


def test_a_preview_does_not_write_over_the_set_on_which_a_waiver_stands(commands: Commands) -> None:
    held(commands, "site-1")
    bucket(commands, "site-2")
    before = commands.there.path("W-1").with_suffix(".subjects").read_bytes()
    said = commands("waivers", "preview", "W-1", "--write")
    assert said.status == EXIT_FAILED
    assert "W-1 stands on the approved set that lies there" in said.err
    assert "`hubposture waivers approve W-1 --by ADDRESS`" in said.err
    assert commands.there.path("W-1").with_suffix(".subjects").read_bytes() == before


def test_without_ids_those_are_shown_for_which_an_approval_would_change_something(commands: Commands) -> None:
    def shown() -> list[str]:
        return sorted(one["waiver"] for one in commands.json("waivers", "preview")["waivers"])

    held(commands, "site-1")
    assert shown() == []
    assert "No waiver asks for an approval" in commands("waivers", "preview").text
    write(commands, "W-2", pattern="arn:aws:s3:::public-*")
    assert shown() == ["W-2"]
    bucket(commands, "site-2")
    assert shown() == ["W-1", "W-2"], "surplus"
    commands("waivers", "revoke", "W-2", "--reason", "no", "--by", "lee@example.com")
    assert shown() == ["W-1"]
    approved(commands)
    assert shown() == []
    commands("waivers", "extend", "W-1", "--until", str(commands.there.day(90)))
    assert shown() == ["W-1"], "asked for longer"


def test_a_second_approval_of_the_same_writes_nothing(commands: Commands) -> None:
    held(commands, "site-1")
    before = commands.there.path("W-1").read_bytes()
    assert "Nothing to write: it is so already." in approved(commands).text
    assert commands.there.path("W-1").read_bytes() == before


def test_a_longer_end_is_asked_for_while_the_approved_one_goes_on_to_hold(commands: Commands) -> None:
    (site,) = held(commands, "site-1")
    longer = commands.there.day(90)
    said = commands("waivers", "extend", "W-1", "--until", str(longer))
    assert f"until {longer} instead of {commands.there.day(60)}, once that is approved" in said.text
    assert "`hubposture waivers approve W-1 --by ADDRESS`" in said.text
    (listed,) = commands.json("waivers", "list")["waivers"]
    assert (listed["state"], listed["until"], listed["asked_until"]) == (
        "holding", str(commands.there.day(60)), str(longer),
    )  # fmt: skip
    commands("waivers", "enforce")
    assert commands.there.one(site).until == str(commands.there.day(60))
    approved(commands)
    commands("waivers", "enforce")
    assert commands.there.one(site).until == str(longer)


# enforce


def test_what_was_observed_and_saved_is_enforced_and_nothing_beyond_it(commands: Commands, tmp_path: Path) -> None:
    site = bucket(commands, "site-1")
    write(commands)
    approved(commands)
    saved = tmp_path / "plan.json"
    said = commands("waivers", "enforce", "--observe", "--out", str(saved))
    assert said.status == EXIT_DIFFERS
    assert said.out.rstrip().endswith(f"hubposture waivers enforce {saved}")
    assert "Only observed: nothing was written." in said.text
    assert workflow(commands, site) == "NEW"

    other = bucket(commands, "other-1")
    write(commands, "W-2", pattern="arn:aws:s3:::other-*")
    approved(commands, "W-2")
    said = commands("waivers", "enforce", str(saved))
    assert (said.status, said.out) == (EXIT_FAILED, "")
    assert "in the reviewed plan" in said.err
    assert workflow(commands, site) == "NEW"

    commands.there.path("W-2").unlink()
    assert commands("waivers", "enforce", str(saved)).status == 0
    assert (workflow(commands, site), workflow(commands, other)) == ("SUPPRESSED", "NEW")
    assert commands("waivers", "enforce", "--observe").status == 0


def test_a_saved_plan_must_be_whole_and_of_this_organization(commands: Commands, tmp_path: Path) -> None:
    bucket(commands, "site-1")
    write(commands)
    approved(commands)
    saved = tmp_path / "plan.json"
    commands("waivers", "enforce", "--observe", "--out", str(saved))
    saved.write_bytes(saved.read_bytes().replace(b"W-1", b"W-7"))
    said = commands("waivers", "enforce", str(saved))
    assert (said.status, "it was altered" in said.err) == (EXIT_FAILED, True)
    said = commands("waivers", "enforce", "--out", str(saved))
    assert said.err == "hubposture: --out: it saves what --observe shows; give both\n"


def test_a_guard_stops_its_direction_alone_and_names_the_option_that_allows_it(commands: Commands) -> None:
    commands.settings("[waivers]\nshare_from = 1\nmax_suppress_share = 0.01\nmax_release_share = 0.1\n")
    site = bucket(commands, "site-1")
    write(commands)
    approved(commands)
    said = commands("waivers", "enforce")
    assert said.status == EXIT_FAILED
    assert "1 stopped by a guard" in said.text
    assert workflow(commands, site) == "NEW"
    (guard,) = commands.json("waivers", "enforce")["guards"]
    option, percent = guard["option"].split()
    assert option == "--allow-suppress-share"
    assert commands("waivers", "enforce", option, percent).status == 0
    assert workflow(commands, site) == "SUPPRESSED"
    pass_time(commands)

    commands.there.path("W-1").unlink()
    said = commands("waivers", "enforce")
    assert said.status == EXIT_FAILED
    assert workflow(commands, site) == "SUPPRESSED"
    assert (
        "released of all subjects suppressed by us: 1 of 1 (100.0%), limit 10%; --allow-release-share 100" in said.text
    )
    assert commands("waivers", "enforce", "--allow-release-share", "100").status == 0
    assert workflow(commands, site) == "NEW"


def test_releases_wait_for_the_working_window_unless_they_need_not(commands: Commands) -> None:
    (site,) = held(commands, "site-1")
    tomorrow = f"{commands.there.day(2):%a}".lower()
    commands.settings(f'[waivers]\nrelease_days = ["{tomorrow}"]\nrelease_hours = "09:00-10:00"\n')
    commands.there.path("W-1").unlink()
    said = commands("waivers", "enforce")
    assert said.status == 0, "waiting is nothing wrong"
    assert "it waits for the working window" in said.text
    assert workflow(commands, site) == "SUPPRESSED"
    assert commands("waivers", "enforce", "--any-time").status == 0
    assert workflow(commands, site) == "NEW"


def test_scopes_that_are_observed_are_counted_and_not_written(commands: Commands) -> None:
    site = bucket(commands, "site-1")
    write(commands)
    approved(commands)
    path = commands.there.directory / "hubposture.toml"
    before = path.read_text()
    path.write_text(before.replace("home_region", 'observe = { waivers = ["*"] }\nhome_region', 1))
    done = commands.json("waivers", "enforce")
    assert (done["fates"]["only observed"], done["fates"]["written"]) == (1, 0)
    assert workflow(commands, site) == "NEW"
    path.write_text(before)
    assert commands.json("waivers", "enforce")["fates"]["written"] == 1


def test_a_file_with_an_error_keeps_everything_suppressed_and_lets_the_rest_be_suppressed(commands: Commands) -> None:
    (site,) = held(commands, "site-1")
    commands.there.path("W-1").write_text("id: W-1\ncontrols: [S3.8\n")
    other = bucket(commands, "other-1")
    write(commands, "W-2", pattern="arn:aws:s3:::other-*")
    approved(commands, "W-2")
    said = commands("waivers", "enforce")
    assert said.status == EXIT_FAILED
    assert "1 error in files of waivers, so nothing is released: waivers/W-1.yaml:3:1" in said.text
    assert said.out.splitlines()[-1] == "  hubposture waivers check"
    assert (workflow(commands, site), workflow(commands, other)) == ("SUPPRESSED", "SUPPRESSED")
    assert "1 error in files of waivers" in commands("waivers", "list").text


def test_an_older_baseline_releases_nothing_however_often_it_runs(commands: Commands) -> None:
    old = commands.commit()
    site = bucket(commands, "site-1")
    write(commands)
    approved(commands)
    commands.commit()
    commands("waivers", "enforce")
    pass_time(commands)
    git(commands.there.directory, "checkout", "-q", old)
    for _ in range(2):
        done = commands.json("waivers", "enforce")
        (kept,) = done["kept_back"]
        assert "is older than" in kept["why"]
        assert workflow(commands, site) == "SUPPRESSED"


# provisional, and one list


def test_what_people_suppressed_becomes_waivers_counted_by_account_and_nothing_reopens(commands: Commands) -> None:
    subjects = [bucket(commands, f"old-{number}", (WEB, HOME)) for number in range(3)]
    subjects.append(bucket(commands, "old-9", (DATA, LINKED)))
    for one in subjects:
        commands.there.box.person(one, status="SUPPRESSED", note="known", who="noor@example.com")
    pass_time(commands)
    assert commands("waivers", "enforce", "--observe").out.rstrip().endswith("hubposture waivers provisional")
    said = commands("waivers", "provisional")
    assert said.status == 0
    assert "2 provisional waivers for 4 suppressed resources" in said.text
    assert ".yaml" not in said.out, "the files are in the data"
    assert "Nothing to make waivers of" in commands("waivers", "provisional").text
    assert commands("waivers", "check").status == 0
    assert commands.json("waivers", "list")["counts"]["provisional"] == 2
    done = commands.json("waivers", "enforce")
    assert (done["counts"]["adopt"], done["counts"]["unapproved"], done["fates"]["written"]) == (4, 0, 4)
    for shown in (shown for one in subjects for shown in commands.there.shown(one)):
        assert (shown.workflow, "noor@example.com" in shown.note) == ("SUPPRESSED", True)


def test_the_data_of_provisional_waivers_names_every_file_and_waiver(commands: Commands) -> None:
    commands.there.box.person(bucket(commands, "old-1"), status="SUPPRESSED", note="known")
    pass_time(commands)
    data = commands.json("waivers", "provisional", "--days", "20")
    assert data["until"] == str(commands.there.day(20))
    assert data["written"] == [f"waivers/P-{WEB}-S3.8.subjects", f"waivers/P-{WEB}-S3.8.yaml"]
    assert [(one["account"], one["waivers"], one["subjects"]) for one in data["accounts"]] == [(WEB, 1, 1)]
    assert (data["waivers_in_all"], data["subjects"], data["files"]) == (1, 1, 2)


def test_new_waivers_go_into_the_one_list_where_a_baseline_has_one(commands: Commands, tmp_path: Path) -> None:
    commands.settings('[files]\nwaivers = "waivers.yaml"\n')
    listed = commands.there.directory / "waivers.yaml"
    listed.write_text("# ours\n[]\n")
    commands.there.box.person(bucket(commands, "old-1"), status="SUPPRESSED", note="known")
    pass_time(commands)
    assert "in waivers.yaml and beside it" in commands("waivers", "provisional").text
    assert listed.read_text().startswith("# ours\n")
    assert commands("waivers", "check").text == "Check of waivers.yaml 1 waiver read: nothing to mend"
    assert commands.json("waivers", "enforce")["counts"]["adopt"] == 1
    sheet = tmp_path / "list.csv"
    sheet.write_text("Id,Control,Account,Reason,Owner,Requested by,Expires\n"
                     f"EX-1,S3.8,{WEB},Old,team-web,kim@example.com,{commands.there.day(30)}\n")  # fmt: skip
    assert commands("waivers", "import", str(sheet)).status == 0
    assert commands.json("waivers", "check")["waivers"] == 2
    assert "EX-1 already" in commands("waivers", "import", str(sheet)).err
