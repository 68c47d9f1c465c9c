"""Waivers on the command line: checked, previewed, approved, imported, asked for; and every way to go wrong."""

from pathlib import Path

import orjson
import pytest
from openpyxl import Workbook

from cli.commands import Commands, Said
from cli.waivers_hands import SITE, approved, bucket, write
from holds.holds_world import DATA, HOME, WEB
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED

ROOT = Path(__file__).parents[2]


# check


def test_check_names_everything_that_is_wrong_with_its_place_and_what_to_do(commands: Commands) -> None:
    assert commands("waivers", "check").text == "Check of waivers 0 waivers read: nothing to mend"
    write(commands, "W-1", more="ends: never\n")
    write(commands, "W-2")
    said = commands("waivers", "check")
    assert said.status == EXIT_DIFFERS
    assert "waivers/W-1.yaml:10:1" in said.text
    assert "While a file cannot be read whole, nothing is released." in said.text
    data = commands.json("waivers", "check")
    (waits,) = [one for one in data["findings"] if one["rule"] == "unapproved"]
    assert waits["hint"] == "`hubposture waivers approve W-2 --by ADDRESS` writes an approval"
    counts = data["counts"]
    assert (counts["error"], counts["warning"]) == (2, 0)


@pytest.mark.parametrize(
    ("record", "level", "hint"),
    [
        ('record = "servicenow"\n[waivers.servicenow]\nurl = "https://x.service-now.com"\nclient_id = "x"\nclient_secret = "env:SECRET"', "warning", "waivers request W-1"),
        ('record = "git"\n[waivers.forge]\nrepository = "o/r"\ntoken = "env:TOKEN"', "error", "waivers preview W-1 --write"),
    ],
    ids=["servicenow", "git"],
)  # fmt: skip
def test_what_leads_to_an_approval_is_that_of_the_approval_of_record(
    commands: Commands, record: str, level: str, hint: str
) -> None:
    commands.settings(f"[waivers]\n{record}\n")
    bucket(commands, "site-1")
    write(commands)
    (found,) = commands.json("waivers", "check")["findings"]
    assert found["level"] == level
    assert hint in found["hint"]
    last = commands("waivers", "preview").out.rstrip().splitlines()
    assert any(hint in line for line in last[-4:])
    assert last[-1] == "  hubposture waivers approvals"
    for refused in (approved(commands), commands("waivers", "approve", "W-9", "--by", "lee@example.com")):
        assert refused.status == EXIT_FAILED
        assert "the approval of record is" in refused.err


def test_check_makes_annotations_for_github_with_file_and_line(commands: Commands) -> None:
    write(commands)
    said = commands("waivers", "check", "--format", "github")
    assert said.status == EXIT_DIFFERS
    assert said.out.startswith("::error file=waivers/W-1.yaml,line=1,col=1,title=unapproved::W-1 excuses nothing")
    approved_ = bucket(commands, "site-1")
    assert approved_
    approved(commands)
    assert commands("waivers", "check", "--format", "github") == Said(0, "", "")


def test_check_can_ask_the_hub_for_what_the_files_alone_do_not_tell(commands: Commands) -> None:
    write(commands, more='accounts: ["999999999999"]\nous: ["/Nowhere"]\n')
    alone = {one["rule"] for one in commands.json("waivers", "check")["findings"]}
    asked = {one["rule"] for one in commands.json("waivers", "check", "--hub")["findings"]}
    assert asked - alone == {"unknown-account", "unknown-ou"}


def test_the_schema_is_the_one_in_the_docs(commands: Commands) -> None:
    said = commands("waivers", "schema")
    assert orjson.loads(said.out) == orjson.loads((ROOT / "docs" / "waiver.schema.json").read_bytes())


# preview


def test_a_draft_can_be_previewed_before_it_is_in_the_baseline(commands: Commands, tmp_path: Path) -> None:
    bucket(commands, "site-1")
    draft = tmp_path / "draft.yaml"
    write(commands).rename(draft)
    said = commands("waivers", "preview", str(draft))
    assert said.status == 0
    assert "It is not in the baseline" in said.text
    assert "approve" not in said.out.rpartition("All of them")[2]
    (data,) = commands.json("waivers", "preview", str(draft))["waivers"]
    assert (data["matched"], data["surplus"], data["held"], data["state"]) == (1, 0, 0, None)


def test_what_cannot_be_previewed_is_named(commands: Commands, tmp_path: Path) -> None:
    assert commands("waivers", "preview", "W-9").err == (
        "hubposture: no waiver is called W-9; `hubposture waivers list` shows those there are\n"
    )
    assert commands("waivers", "preview", "nowhere.yaml").err == "hubposture: nowhere.yaml: there is no such file\n"
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: W-3\ncontrols: [S3.8\n")
    assert f"{broken}:3:1" in commands("waivers", "preview", str(broken)).err
    write(commands, "W-3", more="nonsense: 1\n")
    said = commands("waivers", "preview", "W-3")
    assert said.status == EXIT_FAILED
    assert "waivers/W-3.yaml:10:1" in said.err, "it may be in what cannot be read"


def test_a_preview_can_write_the_set_and_a_comment_that_is_found_again(commands: Commands, tmp_path: Path) -> None:
    bucket(commands, "site-1")
    write(commands)
    comment = tmp_path / "comment.md"
    said = commands("waivers", "preview", "W-1", "--write", "--comment", str(comment))
    assert said.err == "wrote waivers/W-1.subjects\n"
    assert "as it lies there" in said.text
    assert commands.there.path("W-1").with_suffix(".subjects").read_text() == f"{WEB} {HOME} s3.8 {SITE}1\n"
    assert comment.read_text().startswith("<!-- hubposture waivers -->\n## Preview of W-1")
    (again,) = commands.json("waivers", "preview", "W-1")["waivers"]
    assert again["is_current"]
    assert again["held"] == 1


# approve, extend, revoke


def test_nobody_approves_what_they_asked_for_and_all_that_is_wrong_is_said_at_once(commands: Commands) -> None:
    bucket(commands, "site-1")
    path = write(commands, days=900)
    before = path.read_bytes()
    said = commands("waivers", "approve", "W-1", "--by", "Kim@Example.com", "--on", str(commands.there.day(3)))
    assert said.status == EXIT_FAILED
    assert "3 things to fix first" in said.err
    assert "Kim@Example.com asked for W-1 (somebody else must approve it)" in said.err
    assert f"--on: {commands.there.day(3)} is still to come" in said.err
    assert "waivers.max_days allows 365" in said.err
    assert path.read_bytes() == before
    assert not path.with_suffix(".subjects").exists()


def test_a_waiver_that_matches_nothing_or_only_what_is_barred_is_not_approved(commands: Commands) -> None:
    write(commands, pattern="arn:aws:s3:::nothing-*")
    assert "W-1 matches nothing now" in approved(commands).err
    bucket(commands, "site-1")
    path = write(commands)
    path.write_text(path.read_text().replace("S3.8", "S3.9"))
    said = approved(commands)
    assert said.status == EXIT_FAILED
    assert "allow no such waiver for the 1 it matches" in said.err


def test_ends_that_make_no_sense_are_refused_with_those_that_do(commands: Commands) -> None:
    path = write(commands)
    before = path.read_bytes()
    said = commands("waivers", "extend", "W-1", "--until", str(commands.there.day(-5)))
    assert said.status == EXIT_FAILED
    assert f"lies before {commands.there.day(-1)}, from which on W-1 is valid" in said.err
    said = commands("waivers", "extend", "W-1", "--until", str(commands.there.day(800)))
    assert f"({commands.there.day(365)} at the latest)" in said.err
    assert path.read_bytes() == before
    assert "Nothing to write" in commands("waivers", "extend", "W-1", "--until", str(commands.there.day(60))).text
    commands("waivers", "revoke", "W-1", "--reason", "gone", "--by", "lee@example.com")
    said = commands("waivers", "extend", "W-1", "--until", str(commands.there.day(70)))
    assert "W-1 was revoked from" in said.err


@pytest.mark.parametrize("verb", [("extend", "--until", "2027-01-01"), ("revoke", "--reason", "x")])
def test_a_waiver_that_is_not_there_is_named_or_what_keeps_it_from_being_read(
    commands: Commands, verb: tuple[str, ...]
) -> None:
    said = commands("waivers", verb[0], "W-9", *verb[1:])
    assert (said.status, "no waiver is called W-9" in said.err) == (EXIT_FAILED, True)
    write(commands, "W-3", more="nonsense: 1\n")
    said = commands("waivers", verb[0], "W-3", *verb[1:])
    assert "waivers/W-3.yaml:10:1" in said.err


# provisional


def test_provisional_waivers_hold_no_longer_than_the_settings_let_them(commands: Commands) -> None:
    said = commands("waivers", "provisional", "--days", "200")
    assert said.err == "hubposture: --days 200: waivers.provisional_days lets them hold for 90 days at most\n"
    commands.settings("[waivers]\nprovisional_days = 0\n")
    said = commands("waivers", "provisional")
    assert (said.status, "waivers.provisional_days is 0" in said.err) == (EXIT_FAILED, True)


# import

ROWS = (
    ("Exception", "Check", "Where", "Why", "Team", "Asked", "Ends"),
    ("EX-1", "S3.8", WEB, "Old site", "team-web", "kim@example.com", "90 days"),
    ("EX-2", "S3.1; S3.8", DATA, "Old data", "", "kim@example.com", "2027-01-31"),
)
MAPPED = ("--map", "Exception=id", "--map", "Check=controls", "--map", "Where=accounts", "--map", "Why=reason",
          "--map", "Team=owner", "--map", "Asked=requested_by", "--map", "Ends=expires")  # fmt: skip


def sheet_of(path: Path, *rows: tuple[str, ...]) -> str:
    """A list in xlsx or csv, as the name says."""
    if path.suffix == ".csv":
        path.write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows))
    else:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(row)
        book.save(path)
    return str(path)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_list_kept_elsewhere_becomes_waivers_that_nobody_has_approved(
    commands: Commands, tmp_path: Path, kind: str
) -> None:
    name = sheet_of(tmp_path / f"list.{kind}", *ROWS)
    said = commands("waivers", "import", name, *MAPPED, "--default", "owner=team-cloud")
    assert said.status == 0, said.err
    assert f"2 waivers from list.{kind}; none is approved yet" in said.text
    assert "owner: team-cloud" in commands.there.path("EX-2").read_text()
    counts = commands.json("waivers", "list")["counts"]
    assert (counts["waits"], counts["holding"]) == (2, 0)
    assert "Nothing to write" in commands("waivers", "import", name, *MAPPED, "--default", "owner=team-cloud").text


def test_what_is_wrong_in_a_list_is_told_with_its_cells_at_once_and_nothing_is_written(
    commands: Commands, tmp_path: Path
) -> None:
    bad = ("EX-3", "S3.x", WEB, "Old", "team", "kim@example.com", "someday")
    name = sheet_of(tmp_path / "list.csv", *ROWS, bad)
    said = commands("waivers", "import", name, *MAPPED)
    assert said.status == EXIT_FAILED
    assert "3 things to fix first" in said.err
    for cell in ("list.csv!CSV!B4", "list.csv!CSV!G4", "EX-2 has no owner"):
        assert cell in said.err
    assert "`--map HEADING=ENTRY` says what a heading means" in said.err
    assert not commands.there.path("EX-1").exists()
    assert "--map Why: write NAME=VALUE" in commands("waivers", "import", name, "--map", "Why").err
    assert "'nonsense' in the defaults" in commands("waivers", "import", name, "--default", "nonsense=1").err


def test_an_import_writes_over_no_waiver_of_that_name(commands: Commands, tmp_path: Path) -> None:
    before = write(commands, "EX-1").read_bytes()
    said = commands("waivers", "import", sheet_of(tmp_path / "list.csv", *ROWS[:2]), *MAPPED)
    assert said.status == EXIT_FAILED
    assert "waivers/EX-1.yaml" in said.err
    assert commands.there.path("EX-1").read_bytes() == before


# request and approvals


def test_requests_need_an_instance_and_approvals_of_files_need_nothing(commands: Commands) -> None:
    said = commands("waivers", "request", "--check")
    assert said.status == EXIT_FAILED
    assert "waivers.servicenow.url: no instance is set; docs/servicenow.md says how to set one up" in said.err
    said = commands("waivers", "request", "W-1")
    assert (said.status, "the approval of record is file (waivers.record)" in said.err) == (EXIT_FAILED, True)
    assert "name the waivers to ask for" in commands("waivers", "request").err
    said = commands("waivers", "approvals")
    assert said.status == 0
    assert "there is nothing to read" in said.text


# Without a lake


@pytest.mark.parametrize("command", [("list",), ("preview",), ("calendar",), ("enforce",), ("provisional",)])
def test_before_the_first_sync_it_is_said_what_fills_the_lake(commands: Commands, command: tuple[str, ...]) -> None:
    import shutil

    shutil.rmtree(commands.there.directory / ".hubposture")
    said = commands("waivers", *command)
    assert said.status == EXIT_FAILED
    assert "`hubposture sync` fills it" in said.err


def test_a_baseline_without_waivers_says_what_a_waiver_is_and_where_to_begin(commands: Commands) -> None:
    assert "`hubposture waivers provisional`" in commands("waivers", "list").text
    assert "No waiver asks for an approval" in commands("waivers", "preview").text
    assert "No waiver holds" in commands("waivers", "calendar").text
    assert "Nothing to write" in commands("waivers", "enforce").text
    assert "no waiver is called W-1" in commands("waivers", "list", "W-1").err
