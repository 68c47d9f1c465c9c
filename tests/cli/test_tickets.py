"""`hubposture tickets` on an emulated organization and an emulated Jira, from the first question to the last disagreement."""

from pathlib import Path

import orjson
import pytest

from cli.tickets_hands import TEAMS, Tickets
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.sandbox.remote import jira as emulated
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission

OTHER = "S3.5"
"""A control of single buckets that the baseline wants as well."""


def s3_8(tickets: Tickets, project: str = "SHOP") -> str:
    """The key of the ticket of S3.8 in a project."""
    found = [str(one["ticket"]) for one in tickets.json("list")["tickets"] if one["control"] == "S3.8"]
    return next(one for one in found if one.startswith(project))


# --- looking ---------------------------------------------------------------------------------------------------------


def test_before_the_first_ticket_a_check_says_what_would_fail_and_writes_nothing(tickets: Tickets) -> None:
    said = tickets("check")
    assert said.status == 0
    assert "Nothing stands in the way of the first ticket." in said.text
    assert "asked about: main DATA, main SHOP" in said.text
    assert "run `hubposture tickets test team-web`" in said.text
    assert not [one for one in tickets.jira.calls if one.method not in ("GET", "POST")]
    assert not tickets.ours()
    tickets.jira.deny(USER, "SHOP", Permission.CREATE)
    said = tickets("check")
    assert said.status == EXIT_DIFFERS
    assert "will fail main SHOP" in said.text
    data = tickets.json("check")
    assert (data["errors"], data["asked"]) == (1, 2)
    assert tickets("check", "--format", "markdown").out.startswith("## The trackers of acme")


def test_a_plan_says_what_would_be_made_and_what_waits_and_writes_nothing(tickets: Tickets) -> None:
    said = tickets("plan")
    assert said.status == EXIT_DIFFERS
    assert "11 actions: 11 to make" in said.text
    assert "stay as they are" not in said.text, "there are none yet"
    assert "make new team-web main SHOP S3.8 5 5 resources failing since" in said.text
    assert "team-platform" in said.text
    assert "it gets no tickets (via: none)" in said.text
    data = tickets.json("plan")
    assert (data["planned"], data["counts"]["create"], data["unchanged"]) == (11, 11, 0)
    (shop,) = [one for one in data["actions"] if (one["team"], one["control"]) == ("team-web", "S3.8")]
    assert shop["title"] == "S3.8: Buckets block public access (5 resources in web)"
    assert "| make | new | team-web | main SHOP | S3.8 | 5 |" in tickets("plan", "--format", "markdown").out
    assert len(tickets("plan", "--limit", "1").out) < len(said.out)
    assert not tickets.ours()
    for columns in (80, 120, 200):
        shown = tickets.commands.on_terminal(columns, "tickets", "plan").out
        assert all(len(line) <= columns for line in shown.splitlines())


# --- syncing ---------------------------------------------------------------------------------------------------------


def test_a_sync_makes_one_ticket_for_each_team_and_control_and_a_second_one_nothing(tickets: Tickets) -> None:
    said = tickets("sync")
    assert said.status == 0, said.text
    assert "11 actions: 11 done 11 made" in said.text
    assert len(tickets.ours()) == 11
    fields = tickets.jira.issue(s3_8(tickets))["fields"]
    assert fields["summary"] == "S3.8: Buckets block public access (5 resources in web)"
    assert fields["parent"]["key"] == "SHOP-1"
    assert {"security-hub"} < set(fields["labels"])
    before = len(tickets.jira.calls)
    again = tickets("sync", "--format", "json")
    assert again.status == 0
    assert (again.data["planned"], again.data["run"], again.data["unchanged"]) == (0, "", 11)
    assert {one.path.rpartition("/")[2] for one in tickets.jira.calls[before:]} <= {"bulkfetch", "search", "jql"}
    assert "Nothing to do: every ticket is as it should be." in tickets("sync").text
    assert tickets("sync", "--format", "markdown").out.startswith("## Tickets synced in acme")
    assert tickets("plan").status == 0


@pytest.mark.slow
def test_a_saved_plan_is_synced_and_nothing_beyond_it(tickets: Tickets, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert f"hubposture tickets sync {file}" in tickets("plan", "--out", str(file)).out
    tickets.commands.there.bucket("late", OTHER)
    tickets.days(2)
    said = tickets("sync", str(file))
    assert said.status == EXIT_FAILED
    assert "nothing was done: 1 of what is to be done now is not in the saved plan" in said.text
    assert "(s3.5 of team-web): 1 resource failing since" in said.text
    assert not tickets.ours()
    tickets("plan", "--out", str(file))
    assert tickets("sync", str(file)).status == 0
    assert len(tickets.ours()) == 12
    assert tickets("sync", str(file)).status == 0, "done already, and so within the plan"
    file.write_text(file.read_text().replace("create", "close", 1))
    assert tickets("sync", str(file)).status == EXIT_FAILED


def test_a_list_shows_what_is_open_by_team_and_by_state(tickets: Tickets) -> None:
    assert "No tickets." in tickets("list").text
    tickets("sync")
    said = tickets("list")
    assert said.status == 0
    assert "11 tickets with 19 failing resources" in said.text
    assert said.out.index("CRITICAL") < said.out.index("HIGH") < said.out.index("MEDIUM") < said.out.index("LOW")
    key = s3_8(tickets, "DATA")
    assert {one["team"] for one in tickets.json("list", "--team", "team-data")["tickets"]} == {"team-data"}
    assert f"| HIGH | {key} |" in tickets("list", "--format", "markdown").out.replace("**", "")
    assert "No tickets of team-platform." in tickets("list", "--team", "team-platform").text


@pytest.mark.slow
def test_what_is_fixed_closes_by_the_check_and_what_comes_back_opens_the_same_ticket(tickets: Tickets) -> None:
    tickets("sync")
    before = tickets.json("list")["number"]
    made = tickets.commands.there.bucket("once", OTHER, place=tickets.subjects["shop-1"][:2])
    tickets.days(2)
    tickets("sync")
    (key,) = [one["ticket"] for one in tickets.json("list")["tickets"] if one["control"] == OTHER]
    tickets.commands.there.fix(made, OTHER)
    tickets.days()
    said = tickets("sync")
    assert f"closed {key} team-web main SHOP {OTHER}" in said.text
    assert tickets.status(key) == "Done"
    assert "every resource in it that must pass does pass" in tickets.comments(key)[-1]
    assert tickets.json("list")["number"] == before
    assert tickets.json("list", "--all")["number"] == before + 1
    tickets.commands.there.break_(made, OTHER)
    tickets.days(2)
    assert f"reopened {key}" in tickets("sync").text
    assert tickets.status(key) == "To Do"
    assert len(tickets.ours()) == before + 1


# --- people ----------------------------------------------------------------------------------------------------------


def test_verify_believes_checks_alone_and_lists_what_people_did_to_tickets(tickets: Tickets) -> None:
    tickets("sync")
    said = tickets("verify")
    assert said.status == 0, said.text
    assert "11 tickets compared with" in said.text
    assert "they agree" in said.text
    closed, deleted = s3_8(tickets), s3_8(tickets, "DATA")
    tickets.jira.person("kim").close(closed, "Done")
    tickets.jira.person("kim").delete(deleted)
    said = tickets("verify")
    assert said.status == EXIT_DIFFERS
    assert "2 disagreements" in said.text
    rows = {one["ticket"]: one for one in tickets.json("verify")["disagreements"]}
    assert (rows[closed]["says"], rows[closed]["check"]) == ("done (Done)", "5 resources fail in it")
    assert rows[deleted]["says"] == "is not there"
    shown = tickets("verify", "--format", "markdown").out.replace("\\", "").replace("**", "")
    assert f"| main SHOP | {closed} | done (Done) | 5 resources fail in it |" in shown


@pytest.mark.slow
def test_a_ticket_that_is_closed_by_hand_is_opened_once_when_the_check_has_looked_again(tickets: Tickets) -> None:
    tickets("sync")
    key = s3_8(tickets)
    tickets.jira.person("kim").close(key, "Done")
    tickets("sync")
    assert tickets.status(key) == "Done", "nobody knows better yet"
    tickets.days(2)
    said = tickets("sync")
    assert f"reopened {key}" in said.text
    assert tickets.status(key) == "To Do"
    assert "5 resources" in tickets.comments(key)[-1]
    tickets.jira.person("kim").close(key, "Done")
    tickets("sync")
    tickets.days(2)
    assert f"left {key}" in tickets("sync").text
    assert tickets.status(key) == "Done"
    assert tickets("sync", "--format", "json").data["planned"] == 0
    assert tickets("verify").status == EXIT_DIFFERS
    listed = tickets("list").text
    assert "1 closed by hand while something in it failed" in listed


def test_wont_do_proposes_a_waiver_on_a_branch_once_and_suppresses_nothing(tickets: Tickets) -> None:
    tickets.commands.settings('[waivers]\nbranch = "waivers"\n')
    edit(tickets, "[tickets]\n", '[tickets]\nwont_do = ["Won\'t Do"]\n')
    tickets.commands.commit()
    tickets("sync")
    key = s3_8(tickets)
    tickets.jira.person("kim").close(key, "Won't Do")
    said = tickets("sync")
    assert said.status == 0, said.text
    assert "Waivers proposed, approved by nobody yet" in said.text
    data = tickets.json("sync")
    assert data["proposed"] == [], "once is enough"
    at = tickets.commands.there.connection().workplace
    (path,) = [one for one in at.repository.listing("waivers", "waivers") if one.endswith(".yaml")]
    waiver = at.repository.read(path, "waivers").decode()
    assert f"{key} was closed as: Won't Do" in waiver
    assert "arn:aws:s3:::shop-1" in waiver
    assert "approval" not in waiver
    assert {tickets.commands.there.one(one).workflow for one in tickets.subjects.values()} == {"NEW"}


# --- before us -------------------------------------------------------------------------------------------------------


def older(tickets: Tickets, title: str, text: str = "") -> str:
    """A ticket that a person made before; gives its key."""
    project = tickets.jira.projects["SHOP"]
    fields: dict[str, object] = {"summary": title, "priority": "3", "labels": ("aws",)}
    if text:
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
        fields["description"] = {"version": 1, "type": "doc", "content": [paragraph]}
    return str(tickets.jira.add_issue(project, project.types[0], fields, "kim").key)


def test_tickets_of_a_list_are_shown_then_taken_and_no_double_is_made(tickets: Tickets, tmp_path: Path) -> None:
    key, closed = older(tickets, "Please fix our buckets"), older(tickets, "Old")
    tickets.jira.person("kim").close(closed, "Done")
    account, region, _, _ = tickets.subjects["shop-1"]
    file = tmp_path / "mine.csv"
    file.write_text(f"ticket,control,account,region,resource\n{key},S3.8,{account},,\n")
    shown = tickets("adopt", str(file))
    assert shown.status == EXIT_DIFFERS
    assert "1 ticket with 5 resources would be taken as ours; nothing was written" in shown.text
    assert tickets.json("list")["number"] == 0
    assert tickets("adopt", str(file), "--write").status == 0
    said = tickets("sync")
    assert said.status == 0, said.text
    assert f"updated {key} team-web main SHOP S3.8 5 taken over" in said.text
    fields = tickets.jira.issue(key)["fields"]
    assert fields["summary"] == "Please fix our buckets"
    assert [one[:5] for one in fields["labels"]][:1] == ["aws"]
    assert any(one.startswith("shub-") for one in fields["labels"])
    (comment,) = tickets.comments(key)
    assert "arn:aws:s3:::shop-1" in comment
    assert len(tickets.ours()) == 11, "none twice"
    assert tickets.json("sync")["planned"] == 0
    file.write_text(
        f"ticket,control,account,region,resource\nNO-1,S3.8,{account},,\n{key},S3.99,{account},,\n{closed},S3.8,{account},,\n"
    )
    wrong = tickets("adopt", str(file))
    assert wrong.status == EXIT_FAILED
    assert "Nothing to take." in wrong.text
    assert "3 cannot be taken" in wrong.text
    file.write_text("key;what\n")
    assert "its first line must name the columns" in tickets("adopt", str(file)).err
    del region


def test_tickets_of_a_query_are_matched_by_what_they_name(tickets: Tickets) -> None:
    key = older(tickets, "S3.8 on our bucket", "arn:aws:s3:::shop-1 must not be public")
    other = older(tickets, "Repaint the office")
    query = ("adopt", "--query", "project = SHOP AND labels = aws")
    shown = tickets(*query)
    assert shown.status == EXIT_DIFFERS
    assert "1 ticket with 1 resource would be taken as ours" in shown.text
    assert "Naming nothing that fails Ticket Title" in shown.text
    assert f"{other} Repaint the office" in shown.text
    assert tickets(*query, "--write").status == 0
    tickets("sync")
    assert tickets.jira.issue(key)["fields"]["summary"] == "S3.8 on our bucket"
    assert len(tickets.ours()) == 11, "the others of this control joined it"
    assert tickets.json("sync")["planned"] == 0
    assert "give a FILE, or --query" in tickets("adopt").err
    assert "name one of main, not other" in tickets("adopt", "--query", "x", "--tracker", "other").err
    bad = tickets("adopt", "--query", "project = = x")
    assert bad.status == EXIT_FAILED
    assert emulated.TOKEN not in bad.text


# --- what stands in the way ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_guard_stops_its_own_kind_and_names_the_option_that_allows_it(tickets: Tickets) -> None:
    edit(tickets, "[tickets]\n", "[tickets]\nmax_new = 3\nshare_from = 1\nmax_close_share = 0.05\n")
    said = tickets("sync")
    assert said.status == EXIT_FAILED
    assert "--allow-new 11 allows it" in said.text
    assert not tickets.ours()
    assert "Stopped by guards" in tickets("plan").text
    assert tickets("sync", "--allow-new", "11").status == 0
    made = tickets.commands.there.bucket("once", OTHER)
    tickets.days(2)
    tickets("sync")
    tickets.commands.there.fix(made, OTHER)
    tickets.days()
    said = tickets("sync")
    assert (said.status, "--allow-close-share" in said.text) == (EXIT_FAILED, True)
    assert tickets("sync", "--allow-close-share", "100").status == 0


def test_a_tracker_that_is_down_is_said_and_nothing_is_concluded_from_it(tickets: Tickets) -> None:
    tickets("sync")
    tickets.jira.faults.fail(503, times=10_000)
    for command in ("sync", "plan", "verify", "check"):
        said = tickets(command)
        assert said.status == EXIT_FAILED, command
        assert "HTTP 503, The emulated site fails after 5 tries; run it again later" in said.text
        assert emulated.TOKEN not in said.text
    data = tickets.json("sync")
    assert data["planned"] == 0
    assert data["failures"]
    assert "they agree" not in tickets("verify").text
    assert tickets("list").status == 0, "it asks nobody"
    tickets.jira.faults.clear()
    assert tickets.json("sync")["planned"] == 0


def test_without_a_tracker_every_command_says_so(tickets: Tickets) -> None:
    settings = tickets.commands.there.directory / "hubposture.toml"
    text = settings.read_text()
    settings.write_text(text[: text.index("[jira.main]")])
    assert "No team has its tickets made here" in tickets("check").text
    plan = tickets("plan")
    assert plan.status == 0
    assert "the settings have no Jira site" in plan.text
    assert tickets("sync").status == 0
    assert "no tracker is set; docs/tickets.md says how" in tickets("adopt", "--query", "x").err
    assert "the settings have no Jira site" in tickets("test", "team-web").err


def test_a_broken_teams_file_is_an_error_with_its_line_and_nothing_is_made(tickets: Tickets) -> None:
    path = tickets.commands.there.directory / "teams.yaml"
    path.write_text(TEAMS.replace("project: SHOP", "prject: SHOP"))
    for command in ("plan", "sync", "list", "verify", "check"):
        said = tickets(command)
        assert said.status == EXIT_FAILED, command
        assert "teams.yaml" in said.err
        assert "prject" in said.err
    assert not tickets.ours()
    path.unlink()
    assert "no tickets" in tickets("plan").text, "nobody has a team yet"


def test_teams_that_are_not_there_any_more_close_no_ticket(tickets: Tickets) -> None:
    tickets("sync")
    path = tickets.commands.there.directory / "teams.yaml"
    path.unlink()
    said = tickets("sync")
    assert said.status == EXIT_FAILED
    assert "teams.yaml: it is not there, and 11 tickets of its teams are open" in said.err
    path.write_text(TEAMS)
    assert tickets.json("sync")["planned"] == 0


def test_what_is_observed_is_planned_for_and_gets_no_tickets(tickets: Tickets) -> None:
    edit(tickets, "findings_queue", 'observe.tickets = ["*"]\nfindings_queue')
    plan = tickets("plan")
    assert plan.status == 0, plan.text
    assert "only observed" in plan.text
    assert tickets("sync").status == 0
    assert not tickets.ours()
    assert tickets("verify").status == 0


@pytest.mark.slow
def test_findings_in_tickets_are_set_to_notified_where_that_is_wanted_and_never_to_resolved(tickets: Tickets) -> None:
    there = tickets.commands.there
    tickets("sync")
    assert {there.one(one).workflow for one in tickets.subjects.values()} == {"NEW"}
    edit(tickets, "[tickets]\n", "[tickets]\nwrite_notified = true\n")
    said = tickets("sync")
    assert said.status == 0, said.text
    assert "findings set to NOTIFIED in Security Hub" in said.text
    tickets.days()
    assert {there.one(one).workflow for one in tickets.subjects.values()} == {"NOTIFIED"}
    assert tickets.json("sync")["notified"] == 0
    tickets.fix("shop-1")
    tickets("sync")
    ours = [entry for one in tickets.subjects.values() for entry in there.by_us(one)]
    assert ours
    assert "RESOLVED" not in str(ours)


def test_a_test_ticket_is_walked_to_every_end_and_back_and_left_closed(tickets: Tickets) -> None:
    said = tickets("test", "team-data")
    assert said.status == 0, said.text
    assert "every way is open; it is closed now" in said.text
    assert "Finish -> Done" in said.text
    assert "open again Reopen -> Backlog" in said.text
    (key,) = [one.key for one in tickets.jira.issues.values() if "hubposture-test" in one.fields.get("labels", ())]
    assert tickets.status(key) == "Done"
    assert tickets.json("list")["number"] == 0
    assert "team-data" not in tickets("check").text, "now it is known how tickets close"
    assert "it gets no tickets" in tickets("test", "team-platform").err
    assert "no such team in teams.yaml" in tickets("test", "nobody").err
    tickets.jira.deny(USER, "SHOP", Permission.CREATE)
    said = tickets("test", "team-web")
    assert said.status == EXIT_FAILED
    assert "No test ticket could be made for team-web." in said.text


def edit(tickets: Tickets, before: str, after: str) -> None:
    """Change a line of the settings."""
    path = tickets.commands.there.directory / "hubposture.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.slow
def test_a_run_syncs_tickets_and_tells_the_teams(tickets: Tickets) -> None:
    observed = tickets.commands.json("run", "--only", "tickets", "--only", "messages", "--observe")
    assert observed["steps"][0]["line"] == "tickets: 11 to make"
    assert not tickets.ours()
    said = tickets.commands("run", "--only", "tickets", "--only", "messages", "--format", "json")
    lines = [one["line"] for one in orjson.loads(said.out)["steps"]]
    assert lines[0] == "tickets: 11 made"
    assert "sent" in lines[1]
    assert len(tickets.ours()) == 11
    assert tickets.remotes.workspace.posts("#team-web")
    again = tickets.commands.json("run", "--only", "tickets", "--only", "messages")
    assert [one["line"] for one in again["steps"]] == ["tickets: nothing to do", "nothing new to tell"]
