"""Changes of controls: drafted, checked and planned before anything is written, then a commit on a branch and no more."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from baseline_world import commit_all, git
from hubposture.model.targets import Target
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.ports.proposals import Proposal
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.views.control_plan import from_data
from hubposture.wiring import workbook_bytes
from hubposture.workbook.read import read_book
from lake.lake_world import REGIONS
from web.changes_world import FIRST, KIM, NEW, PAT, ROWS, THIRD, branches, changing
from web.web_world import MARKUP, NAME, Pages, Read

pytestmark = pytest.mark.slow

HERE = "/controls/s3.8/propose"
OFF = {
    "scope": "+", "scope_ous": "/Sandbox", "disposition": "not-applicable", "reason": "Nothing there is ours", "evidence": "",
    "approved_by": "lee@example.com", "reference": "PER-17", "expires": "2027-05-01", "parameters": "", "enforce_from": "",
}  # fmt: skip


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Pages]:
    """As the one person of this machine."""
    with changing(tmp_path / "base") as found:
        yield found


@pytest.fixture
def pat(tmp_path: Path) -> Iterator[Pages]:
    """As the administrator of the sandbox OU, under the shipped rules."""
    with changing(tmp_path / "base", asked=PAT) as found:
        yield found


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    for attributes, _ in Read(page).of("input"):
        if attributes.get("name") == name:
            return attributes["value"]
    raise AssertionError(name)


def sent(there: Pages, path: str, fields: dict[str, str], *, begin: str = HERE) -> Any:
    """What a form is answered with."""
    token = hidden(there.text(begin), "form_token")
    return there.client.post(path, data={**fields, "form_token": token}, follow_redirects=False)


def planned(there: Pages, fields: dict[str, str], path: str = HERE) -> Any:
    return sent(there, path, {**fields, "action": "plan"})


def proposed(there: Pages, fields: dict[str, str], path: str = HERE) -> str:
    """Propose after the plan was shown; gives the path of the proposal."""
    shown = planned(there, fields, path)
    assert shown.status_code == 200, Read(shown.text).said
    done = sent(there, path, {**fields, "action": "propose", "digest": hidden(shown.text, "digest")})
    assert done.status_code == 303, Read(done.text).said
    return str(done.headers["location"])


def said(answer: Any) -> str:
    return Read(answer.text).said


def problems(answer: Any) -> dict[str, str]:
    """What is wrong, by field."""
    page = Read(answer.text)
    return {one["id"].split("-")[2]: text for one, text in page.of("p") if one.get("class") == "problem"}


# --- a control -------------------------------------------------------------------------------------------------------


def test_a_control_shows_its_rows_with_cells_and_clauses_and_every_target(there: Pages) -> None:
    text = Read(there.text("/controls/s3.8")).said
    assert "enforce (Controls!G2)" in text
    assert "Storage: No storage is public." in text
    assert "6 targets, none of them other than wanted" in text
    rows = [one for one, _ in Read(there.text("/controls/s3.8")).of("a") if "/explain?" in one["href"]]
    assert len(rows) == 6
    assert "decides" in text.casefold()


def test_drift_is_what_a_plan_would_change_and_is_listed_alone(there: Pages) -> None:
    baseline = there.base
    edited = {
        **ROWS,
        "Controls": [{"control": "S3.8", "disposition": "monitor"}, {"control": "IAM.6", "disposition": "siem"}],
    }
    rewrite(baseline, edited)
    page = Read(there.text("/controls/iam.6?show=drift"))
    assert "6 targets, 6 of them not as wanted" in page.said
    assert page.said.count("on to off") == 6
    assert "Nothing drifts." in Read(there.text("/controls/s3.8?show=drift")).said


def test_a_place_is_explained_without_aws(there: Pages) -> None:
    page = Read(there.text(f"/controls/iam.6/explain?account={FIRST}&region={REGIONS[0]}")).said
    assert "Wanted on: enforce by Controls!G3" in page
    assert "so in every weekly version since" in page
    assert "version 3" in page
    wrong = there.get(f"/controls/iam.6/explain?account=nobody&region={REGIONS[0]}")
    assert wrong.status_code == 400
    assert "no account of acme" in said(wrong)


def test_a_workbook_that_cannot_be_read_is_told_with_its_cells_and_the_rest_is_shown(there: Pages) -> None:
    rewrite(there.base, {**ROWS, "Controls": [{"control": "S3.8", "disposition": "perhaps", "expires": "soon"}]})
    page = Read(there.text("/controls/s3.8")).said
    assert "Controls!G2: 'perhaps' is not one of the choices" in page
    assert "Controls!L2" in page
    assert "6 targets" in page
    commit_all(there.base, "Broken")
    form = there.get(HERE)
    assert form.status_code == 400
    assert "Controls!G2" in said(form)
    (there.base / "controls.xlsx").write_bytes(b"PK no workbook")
    assert "controls.xlsx" in Read(there.text("/controls/s3.8")).said


def rewrite(base: Path, rows: Any) -> None:
    """Another workbook in the working tree."""
    (base / "controls.xlsx").write_bytes(workbook_bytes(rows))


def test_the_inbox_has_new_controls_with_the_row_that_is_proposed(there: Pages) -> None:
    page = Read(there.text("/controls/inbox"))
    assert "1 control without a row" in page.said
    assert "settling until" in page.said
    (href,) = [one["href"] for one, text in page.of("a") if text == "Propose this row"]
    form = there.text(href.replace("&amp;", "&"))
    assert [
        one["value"] for one, _ in Read(form).of("input") if one.get("name") == "disposition" and "checked" in one
    ] == ["enforce"]
    where = proposed(there, {"scope": "", "disposition": "enforce", "reason": ""}, path=f"/controls/{NEW}/propose")
    assert "Controls!A5" in Read(there.text(where)).said


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_everything_wrong_is_told_at_its_field_at_once_and_every_value_is_kept(there: Pages) -> None:
    fields = {**OFF, "approved_by": "", "expires": "soon", "reference": "", "parameters": "what", "reason": "Kept <b>"}
    answer = planned(there, fields)
    assert answer.status_code == 422
    assert set(problems(answer)) == {"approved_by", "expires", "reference", "parameters"}
    assert "needed from HIGH upwards" in problems(answer)["approved_by"]
    assert "'soon' is not a date" in problems(answer)["expires"]
    page = Read(answer.text)
    assert [text for one, text in page.of("textarea") if one["name"] == "reason"] == ["Kept <b>"]
    assert [text for one, text in page.of("textarea") if one["name"] == "scope_ous"] == ["/Sandbox"]
    assert branches(there.base) == ["main"]


@pytest.mark.parametrize(
    ("fields", "where", "what"),
    [
        ({"scope_ous": "/Nowhere"}, "scope_ous", "no OU '/Nowhere'"),
        ({"scope_ous": "", "scope_accounts": ""}, "scope_ous", "name an OU or an account"),
        ({"scope_accounts": THIRD}, "scope_accounts", "not both"),
        ({"scope_ous": "", "scope_accounts": "12"}, "scope_accounts", "no account '12'"),
        ({"scope": "gone"}, "scope", "there is no scope 'gone'"),
        ({"scope_name": "data"}, "scope_name", "says something else"),
        ({"disposition": "perhaps"}, "disposition", "choose one of"),
        ({"disposition": "compensated"}, "evidence", "compensated without Evidence"),
        ({"reason": "x" * 4_001}, "reason", "4,000 are kept at most"),
    ],
)
def test_what_cannot_be_proposed_is_said(there: Pages, fields: dict[str, str], where: str, what: str) -> None:
    answer = planned(there, {**OFF, **fields})
    assert answer.status_code == 422
    assert what in problems(answer)[where]


def test_rows_that_would_be_as_strong_as_others_are_refused(tmp_path: Path) -> None:
    rows = {
        **ROWS,
        "Controls": [*ROWS["Controls"], {"control": "S3.8", "disposition": "monitor", "scope": "play"}],
        "Scopes": [
            *ROWS["Scopes"],
            {"scope": "play", "ous": "/Sandbox", "regions": ""},
            {"scope": "again", "ous": "/Sandbox"},
        ],
    }
    with changing(tmp_path / "base", rows=rows) as there:
        answer = planned(there, {**OFF, "scope": "again"})
        assert answer.status_code == 422
        assert "rank" in said(answer)


def test_scopes_by_tags_need_security_hub_to_be_asked(there: Pages) -> None:
    answer = planned(there, {**OFF, "scope": "tagged", "disposition": "monitor"})
    assert answer.status_code == 422
    assert "not in the last sync" in problems(answer)["fresh"]


def test_security_hub_out_of_reach_is_said_and_values_are_kept(there: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    answer = planned(there, {**OFF, "fresh": "yes"})
    assert answer.status_code == 422
    assert "credentials" in said(answer)
    assert "Nothing there is ours" in answer.text


# --- the plan and the commit -----------------------------------------------------------------------------------------


def test_the_plan_is_shown_before_anything_is_written(there: Pages) -> None:
    answer = planned(there, OFF)
    assert answer.status_code == 200
    text = said(answer)
    assert "4 changes in 2 targets (1 account)." in text
    assert "the last sync, version 3" in text
    assert "Controls!G5" in text
    assert "29.1 % (7 of 24)" in text
    assert "31.2 % (5 of 16)" in text
    assert "1 ticket with resources there: SHOP-1" in text
    assert branches(there.base) == ["main"]
    assert there.desk.store.ledger.proposals(NAME) == ()


def test_a_proposal_is_a_commit_on_a_branch_of_its_own_with_who_why_and_the_plan(there: Pages) -> None:
    head, tree = git(there.base, "rev-parse", "HEAD"), (there.base / "controls.xlsx").read_bytes()
    where = proposed(there, OFF)
    (branch,) = [one for one in branches(there.base) if one != "main"]
    assert re.fullmatch(r"controls/s3\.8-[0-9a-f]{8}", branch)
    message = git(there.base, "log", "-1", "--format=%an%n%B", branch)
    assert message.startswith("kim\nS3.8: not-applicable in Sandbox")
    assert "Why: Nothing there is ours" in message
    assert "playground (333344445555) eu-central-1: cis-5.0.0 S3.8: on -> off (local)" in message
    assert git(there.base, "diff", "--name-only", "main", branch) == "controls.xlsx"
    assert git(there.base, "rev-parse", "HEAD") == head
    assert git(there.base, "status", "--porcelain") == ""
    assert (there.base / "controls.xlsx").read_bytes() == tree
    page = Read(there.text(where)).said
    assert "open" in page
    assert "4 changes in 2 targets" in page
    assert page.count("not-applicable") >= 3
    trail = [one.entry.what for one in there.desk.store.ledger.trail()]
    assert trail == [f"proposed a change of S3.8: not-applicable in Sandbox on {branch}"]


def workbook_of(there: Pages, branch: str) -> bytes:
    return there.desk.at.repository.read("controls.xlsx", branch)


def test_a_formula_as_reason_is_text_and_hostile_text_does_nothing(there: Pages) -> None:
    reason = f'=HYPERLINK("https://evil.example.com","x")\n\nCo-authored-by: <a@b.c>\n{MARKUP}'.replace("\x00", "")
    where = proposed(
        there, {**OFF, "reason": reason, "approved_by": "@SUM(1)", "reference": MARKUP.replace("\x00", "")}
    )
    (branch,) = [one for one in branches(there.base) if one != "main"]
    raw = workbook_of(there, branch)
    with zipfile.ZipFile(BytesIO(raw)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("HYPERLINK" in found for text in sheets for found in re.findall(r"<f[ >].*?</f>", text))
    cell = {one.address: one.text for sheet in read_book(raw, name="x").sheets for one in sheet.cells.values()}[
        "Controls!H5"
    ]
    assert cell.startswith("=HYPERLINK")
    assert git(there.base, "log", "-1", "--format=%(trailers)", branch) == ""
    assert "\u202e" not in git(there.base, "log", "-1", "--format=%B", branch)
    for path in (where, "/changes", "/controls/s3.8"):
        page = there.text(path)
        assert "<script" not in page
        assert "<img" not in page
        Read(page)


def test_two_proposals_at_once_get_a_branch_each(there: Pages) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda reason: proposed(there, {**OFF, "reason": reason}), ["one", "two"]))
    made = [one for one in branches(there.base) if one != "main"]
    assert len(made) == len(set(found)) == 2
    reasons = {git(there.base, "log", "-1", "--format=%B", one).split("Why: ")[1].splitlines()[0] for one in made}
    assert reasons == {"one", "two"}
    assert "is proposed already by kim" in said(planned(there, OFF))


def test_a_workbook_that_changed_meanwhile_is_planned_anew(there: Pages) -> None:
    digest = hidden(planned(there, OFF).text, "digest")
    rewrite(there.base, {**ROWS, "Controls": [*ROWS["Controls"], {"control": "EC2.2", "disposition": "enforce"}]})
    commit_all(there.base, "Another row")
    answer = sent(there, HERE, {**OFF, "action": "propose", "digest": digest})
    assert answer.status_code == 422
    assert "is not what the plan was made of" in said(answer)
    assert "Controls!G6" in said(answer)
    assert branches(there.base) == ["main"]
    done = sent(there, HERE, {**OFF, "action": "propose", "digest": hidden(answer.text, "digest")})
    assert done.status_code == 303


def test_nothing_is_proposed_without_its_plan_having_been_seen(there: Pages) -> None:
    answer = sent(there, HERE, {**OFF, "action": "propose"})
    assert answer.status_code == 422
    assert branches(there.base) == ["main"]
    without = there.client.post(HERE, data={**OFF, "action": "propose"}, follow_redirects=False)
    assert without.status_code == 403


def test_what_is_open_in_the_working_tree_takes_no_part_and_stays(there: Pages) -> None:
    rewrite(there.base, {**ROWS, "Controls": [{"control": "S3.8", "disposition": "siem"}]})
    mine = (there.base / "controls.xlsx").read_bytes()
    proposed(there, OFF)
    (branch,) = [one for one in branches(there.base) if one != "main"]
    assert "S3.8 in Sandbox" in git(there.base, "log", "-1", "--format=%B", branch)
    assert "siem" not in git(there.base, "log", "-1", "--format=%B", branch)
    assert (there.base / "controls.xlsx").read_bytes() == mine


def test_a_row_that_is_there_is_edited_and_cleared_only_where_it_was_shown(there: Pages) -> None:
    fields = {"scope": "data", "disposition": "enforce", "reason": "", "filled_from": "+"}
    kept = proposed(there, fields, path="/controls/iam.6/propose")
    assert "Reason" not in [one.column for one in plan_of(there, kept).rows]
    cleared = proposed(there, {**fields, "filled_from": "data"}, path="/controls/iam.6/propose")
    assert [(one.column, one.after) for one in plan_of(there, cleared).rows] == [
        ("Disposition", "enforce"),
        ("Reason", ""),
    ]
    again = planned(there, {"scope": "", "disposition": "enforce", "reason": "Buckets are private"})
    digest = hidden(again.text, "digest")
    nothing = sent(
        there,
        HERE,
        {"scope": "", "disposition": "enforce", "reason": "Buckets are private", "action": "propose", "digest": digest},
    )
    assert nothing.status_code == 422
    assert "says that already" in said(nothing)


def plan_of(there: Pages, where: str) -> Any:
    found = there.desk.store.ledger.proposal(NAME, where.rpartition("/")[2])
    assert found is not None
    return from_data(found.plan)


def test_without_git_plans_are_made_and_nothing_is_proposed(there: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    shown = planned(there, OFF)
    assert shown.status_code == 200
    answer = sent(there, HERE, {**OFF, "action": "propose", "digest": hidden(shown.text, "digest")})
    assert answer.status_code == 422
    assert "git" in said(answer)
    assert "Nothing there is ours" in answer.text


def test_a_baseline_that_is_not_in_git_says_what_to_do(there: Pages) -> None:
    shutil.rmtree(there.base / ".git")
    shown = planned(there, OFF)
    answer = sent(there, HERE, {**OFF, "action": "propose", "digest": hidden(shown.text, "digest")})
    assert answer.status_code == 422
    assert "git init" in said(answer)


# --- what becomes of it ----------------------------------------------------------------------------------------------


def test_a_proposal_is_open_merged_or_deleted_as_git_has_it(there: Pages) -> None:
    where = proposed(there, OFF)
    (branch,) = [one for one in branches(there.base) if one != "main"]
    assert state_of(there, where) == "open"
    git(there.base, "branch", "-m", branch, "elsewhere")
    assert state_of(there, where) == "abandoned"
    git(there.base, "merge", "-q", "--squash", "elsewhere")
    commit_all(there.base, "Squashed")
    assert state_of(there, where) == "merged"
    git(there.base, "reset", "-q", "--hard", "HEAD~1")
    git(there.base, "merge", "-q", "--no-ff", "elsewhere")
    assert state_of(there, where) == "merged"
    commit = git(there.base, "rev-parse", "elsewhere")
    git(there.base, "reset", "-q", "--hard", "HEAD~1")
    git(there.base, "branch", "-D", "elsewhere")
    git(there.base, "reflog", "expire", "--expire=now", "--all")
    git(there.base, "gc", "-q", "--prune=now")
    assert commit not in git(there.base, "rev-list", "--all")
    assert state_of(there, where) == "not known"


def facts_of(there: Pages, where: str) -> dict[str, str]:
    """What a proposal's page says of it, by term."""
    page = Read(there.text(where))
    terms, values = ([text for _, text in page.of(tag)] for tag in ("dt", "dd"))
    return dict(zip(terms, values, strict=True))


def state_of(there: Pages, where: str) -> str:
    return facts_of(there, where)["State"]


def test_ones_own_proposal_is_withdrawn_with_its_branch(there: Pages) -> None:
    where = proposed(there, OFF)
    done = sent(there, f"{where}/withdraw", {})
    assert done.status_code == 303
    assert branches(there.base) == ["main"]
    assert state_of(there, where) == "withdrawn"
    again = sent(there, f"{where}/withdraw", {})
    assert again.status_code == 400
    assert "cannot be withdrawn any more" in said(again)


def test_a_branch_that_is_checked_out_or_went_on_stays(there: Pages, tmp_path: Path) -> None:
    where = proposed(there, OFF)
    (branch,) = [one for one in branches(there.base) if one != "main"]
    git(there.base, "worktree", "add", "-q", str(tmp_path / "tree"), branch)
    refused = sent(there, f"{where}/withdraw", {})
    assert refused.status_code == 403
    assert "is checked out" in said(refused)
    (tmp_path / "tree" / "more.txt").write_text("more")
    commit_all(tmp_path / "tree", "More")
    git(there.base, "worktree", "remove", str(tmp_path / "tree"))
    went_on = sent(there, f"{where}/withdraw", {})
    assert "has further commits" in said(went_on)
    assert branch in branches(there.base)
    assert state_of(there, where) == "open"


def test_a_proposal_is_pushed_where_a_remote_is_set_and_what_cannot_be_pushed_stays(tmp_path: Path) -> None:
    with changing(tmp_path / "base", more='[controls]\nremote = "origin"\n') as there:
        where = proposed(there, OFF)
        assert "not pushed" in Read(there.text(where)).said
        git(tmp_path, "init", "-q", "--bare", "origin.git")
        git(there.base, "remote", "add", "origin", str(tmp_path / "origin.git"))
        assert sent(there, f"{where}/push", {}).status_code == 303
        (branch,) = [one for one in branches(there.base) if one != "main"]
        assert branches(tmp_path / "origin.git") == [branch]
        assert facts_of(there, where)["Pushed to"] == "origin"
        assert "not pushed" not in there.text(where)


# --- who may what ----------------------------------------------------------------------------------------------------


def test_who_runs_an_ou_proposes_for_it_and_for_nothing_else(pat: Pages) -> None:
    where = proposed(pat, OFF)
    (branch,) = [one for one in branches(pat.base) if one != "main"]
    assert git(pat.base, "log", "-1", "--format=%an <%ae>", branch) == f"{PAT} <{PAT}>"
    assert pat.get(where).status_code == 200
    for fields in ({**OFF, "scope": ""}, {**OFF, "scope": "data"}, {**OFF, "scope": "tagged"}):
        answer = planned(pat, fields)
        assert answer.status_code in (403, 422)
    wide = planned(pat, {**OFF, "scope": ""})
    assert wide.status_code == 403
    assert "may not propose-control-change" in said(wide)
    assert "Nothing there is ours" in wide.text


def test_an_ou_sees_its_own_part_of_a_control_and_of_changes(pat: Pages) -> None:
    page = Read(pat.text("/controls/s3.8")).said
    assert "2 targets" in page
    assert "web-prod" not in page
    other = pat.get(f"/controls/s3.8/explain?account={FIRST}&region={REGIONS[0]}")
    assert other.status_code == 400
    mine = pat.desk.store.ledger
    mine.put_proposal(
        Proposal("aa", NAME, "s3.8", "", "S3.8: siem in all", "secret", KIM, pat.desk.at.surroundings.now().replace(tzinfo=None),
                 "controls/s3.8-aa", "b" * 40, "HIGH", (("ou", "/"),), {})
    )  # fmt: skip
    assert "S3.8: siem in all" not in pat.text("/changes")
    assert pat.get("/changes/aa").status_code == 404
    assert sent(pat, "/changes/aa/withdraw", {}).status_code == 404


def test_somebody_elses_proposal_is_not_withdrawn(tmp_path: Path) -> None:
    with changing(tmp_path / "base", asked=KIM) as there:
        where = proposed(there, OFF)
        name = where.rpartition("/")[2]
        ledger = there.desk.store.ledger
        found = ledger.proposal(NAME, name)
        assert found is not None
        ledger.put_proposal(replace(found, by=PAT))
        assert "Withdraw" not in there.text(where)
        refused = sent(there, f"{where}/withdraw", {})
        assert refused.status_code == 403
        assert "only they withdraw it" in said(refused)


# --- runs ------------------------------------------------------------------------------------------------------------


def applied(there: Pages) -> str:
    """An apply of which one change failed, one was skipped and the others were made."""
    ledger = there.desk.store.ledger
    edit = Edit(20, "association", ("cis-5.0.0", "s3.8"), "on", "off", f"root {MARKUP}", "Controls!G2")
    some = [Change(Target(NAME, account, region), edit) for account in (FIRST, THIRD) for region in REGIONS]
    run = ledger.open_run("apply", organization=NAME, who="kim", commit="c" * 40).id
    ledger.intend(run, some)
    ledger.sent(run, some)
    outcomes = [Outcome.APPLIED, Outcome.FAILED, Outcome.APPLIED, Outcome.SKIPPED]
    ledger.record(
        run,
        [
            Result(one, outcome, "denied" if outcome is Outcome.FAILED else "")
            for one, outcome in zip(some, outcomes, strict=True)
        ],
    )
    failures = (Failure(f"{FIRST} {REGIONS[1]}", "AccessDenied: no role"),)
    counts = {"applied": 2, "failed": 1, "skipped": 1}
    ledger.close_run(run, status=RunStatus.INCOMPLETE, counts=counts, calls={}, failures=failures)
    return run


def test_a_run_shows_that_planned_is_applied_failed_and_skipped(there: Pages) -> None:
    run = applied(there)
    there.desk.store.ledger.open_run("sync", organization=NAME, who="kim")
    listed = Read(there.text("/changes/runs"))
    assert [one["href"] for one, _ in listed.of("a") if one["href"].endswith(run)] == [f"/changes/runs/{run}"]
    assert "sync" not in listed.said
    page = Read(there.text(f"/changes/runs/{run}"))
    assert "AccessDenied: no role" in page.said
    values = {text for one, text in page.of("a") if one.get("class") == "value"}
    assert values == {"4", "2", "1"}
    assert "<script" not in there.text(f"/changes/runs/{run}")
    skipped = Read(there.text(f"/changes/runs/{run}?state=skipped"))
    assert sum(one.get("data-heading") == "Result" for one, _ in skipped.of("td")) == 1
    assert there.get("/changes/runs/nothing").status_code == 404
    assert there.get(f"/changes/runs/{run}?from=-1").status_code == 400


def test_of_a_run_only_ones_own_accounts_are_shown(pat: Pages) -> None:
    run = applied(pat)
    page = pat.text(f"/changes/runs/{run}")
    assert FIRST not in page
    assert "AccessDenied" not in page
    values = [text for one, text in Read(page).of("a") if one.get("class") == "value"]
    assert values == ["2", "1", "0", "1"]
