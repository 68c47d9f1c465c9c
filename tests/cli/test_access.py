"""Access rules by the command line, on a baseline with a small lake."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED, run
from hubposture.findings.tables import UNITS
from hubposture.wiring import open_store, put_workbook, workplace
from lake import lake_world
from lake.lake_world import ACCOUNTS_, finding

ONE, TWO = ACCOUNTS_
SETTINGS = f"""
instance = "test"
[organizations.acme]
administrator = "{ONE}"
home_region = "eu-central-1"
[access]
places = {{"pat@example.com" = ["/Sandbox"]}}
[access.users]
"kim@example.com" = ["analyst"]
"Pat@example.com" = ["ou-administrator"]
"lee@example.com" = ["risk-approver"]
[access.groups]
"Cloud Security" = ["analyst"]
"""
RULES = """\
// Only what the example says.
@id("analyst-sandbox")
@reason("analysts suppress in Sandbox, S3 buckets excepted")
permit (
  principal in Group::"analyst",
  action == Action::"suppress",
  resource is Subject in Unit::"/Sandbox"
)
unless { resource.resourceType == "AwsS3Bucket" };

@id("analyst-sees")
permit (principal in Group::"analyst", action == Action::"view", resource);

@id("not-lost")
@reason("what is lost is left alone")
forbid (principal, action == Action::"suppress", resource) when { resource.resource like "*lost" };
"""
INSTANCE = "arn:aws:ec2:eu-central-1:111111111111:instance/i-1"
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One account in Sandbox and one in Prod, with a bucket each; an instance in Sandbox and one that is lost."""
    needs_git()
    root = new_repository(tmp_path_factory.mktemp("access") / "base")
    (root / "hubposture.toml").write_text(SETTINGS)
    (root / "access.cedar").write_text(RULES)
    put_workbook(root, {"Controls": [{"control": "S3.8", "disposition": "enforce"}]})
    at = workplace(root)
    units = [(path, one, ou) for one, path, ou in ((ONE, "/Sandbox", "ou-sand"), (TWO, "/Prod", "ou-prod"))]
    units += [("/", one, "r-1") for one in ACCOUNTS_]
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
        store.writer.settle(lake_world.dimensions(tables={UNITS.name: units}))
        store.writer.fold(
            [
                finding("arn:aws:s3:::site"),
                finding("arn:aws:s3:::prod", account=TWO),
                finding(INSTANCE, control="ec2.8", resource_type="AwsEc2Instance"),
                finding(f"{INSTANCE}-lost", control="ec2.8", resource_type="AwsEc2Instance"),
                finding(f"{INSTANCE}-prod", account=TWO, control="ec2.8", resource_type="AwsEc2Instance"),
            ]
        )
    (root / ".gitignore").write_text(".hubposture/\n")
    commit_all(root)
    with mock.patch.dict(os.environ, {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}):
        yield root


@pytest.fixture
def base(made: Path) -> Iterator[Path]:
    yield made
    git(made, "checkout", "-q", "--", ".")


@pytest.fixture
def invoke(base: Path, capsys: pytest.CaptureFixture[str]) -> Invoke:
    def called(*arguments: str, of: str = "access") -> tuple[int, str, str]:
        status = run(["-C", str(base), of, *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return called


def data(told: tuple[int, str, str]) -> dict[str, Any]:
    assert told[1], told[2]
    found: dict[str, Any] = json.loads(told[1])
    return found


def test_the_analyst_of_the_sandbox_is_answered_with_reasons(invoke: Invoke) -> None:
    status, told, _ = invoke("explain", "kim@example.com", "suppress", INSTANCE)
    assert status == 0
    assert "Allowed by analyst-sandbox" in told
    assert "access.cedar:2:1" in told
    for resource in ("arn:aws:s3:::site", "arn:aws:s3:::prod", f"{INSTANCE}-prod"):
        status, told, _ = invoke("explain", "kim@example.com", "suppress", resource, "--format", "json")
        assert status == EXIT_DIFFERS
        (answer,) = json.loads(told)["answers"]
        assert not answer["is_allowed"]
        assert [(one["id"], one["only"]) for one in answer["elsewhere"]] == [
            ("analyst-sandbox", "ou==/Sandbox NOT type==AwsS3Bucket")
        ]
    status, told, _ = invoke("explain", "kim@example.com", "suppress", f"{INSTANCE}-lost")
    assert status == EXIT_DIFFERS
    assert "Refused by not-lost, although analyst-sandbox would permit it" in told
    assert "what is lost is left alone" in told


def test_groups_come_from_the_settings_and_from_the_option(invoke: Invoke) -> None:
    assert invoke("explain", "nobody@example.com", "suppress", INSTANCE)[0] == EXIT_DIFFERS
    assert invoke("explain", "nobody@example.com", "suppress", INSTANCE, "--group", "Cloud Security")[0] == 0
    assert invoke("explain", " KIM@Example.com", "suppress", INSTANCE)[0] == 0


def test_ous_accounts_and_controls_are_named_as_people_name_them(invoke: Invoke, base: Path) -> None:
    (base / "access.cedar").unlink()
    for name in ("/Sandbox", "ou-sand", ONE, f"n{ONE}"):
        status, told, _ = invoke("explain", "pat@example.com", "apply-controls", name)
        assert (status, "ou-administrator-runs" in told) == (0, True)
    for name in ("/", "/Prod", TWO):
        assert invoke("explain", "pat@example.com", "apply-controls", name)[0] == EXIT_DIFFERS
    found = data(invoke("explain", "pat@example.com", "propose-control-change", f"S3.8@{ONE}", "--format", "json"))
    assert [(one["kind"], one["is_allowed"]) for one in found["answers"]] == [("Control", True)]
    assert invoke("explain", "pat@example.com", "propose-control-change", "S3.8@/Prod")[0] == EXIT_DIFFERS
    for wrong in ("nothing", "X.1@/Prod", "S3.8@nothing", "instance/i"):
        status, _, told = invoke("explain", "pat@example.com", "propose-control-change", wrong)
        assert (status, "hubposture: " in told) == (EXIT_FAILED, True)
    _, _, told = invoke("explain", "pat@example.com", "suppress", ONE)
    assert "name a resource's ARN" in told


def test_who_asked_for_a_waiver_is_refused_and_the_rule_is_named(invoke: Invoke, base: Path) -> None:
    (base / "access.cedar").unlink()
    asked = ("explain", "lee@example.com", "approve-waiver", "arn:aws:s3:::site")
    assert invoke(*asked, "--requested-by", "kim@example.com")[0] == 0
    status, told, _ = invoke(*asked, "--requested-by", "LEE@example.com ")
    assert (status, "requester-never-approves" in told) == (EXIT_DIFFERS, True)
    status, told, _ = invoke("explain", "pat@example.com", "approve-waiver", "arn:aws:s3:::site")
    assert (status, "severe-needs-risk-approver" in told) == (EXIT_DIFFERS, True)


def test_who_may_do_something_is_listed(invoke: Invoke) -> None:
    found = data(invoke("who", "suppress", INSTANCE, "--format", "json"))
    assert [(one["person"], one["allowed"], one["rules"]) for one in found["people"]] == [
        ("kim@example.com", 1, ["analyst-sandbox"]),
        ("lee@example.com", 0, []),
        ("pat@example.com", 0, []),
    ]
    assert "1 person of 3 in the settings may suppress" in invoke("who", "suppress", INSTANCE)[1]


def test_a_check_names_line_and_column_and_closes_nothing_else(invoke: Invoke, base: Path) -> None:
    assert invoke("check")[0] == 0
    (base / "access.cedar").write_text(
        'permit (principal in Group::"analist", action == Action::"supress", resource);\n'
        'permit (principal, action == Action::"suppress", resource is Subject in Unit::"/Sandbux")\n'
        '  when { resource.severity == "SEVERE" && resource.control == "S3.8" };\n'
        "permit (principal action);\n"
    )
    status, told, _ = invoke("check", "--format", "json")
    assert status == EXIT_DIFFERS
    found = {(one["rule"], one["where"]) for one in json.loads(told)["findings"]}
    assert found >= {
        ("access-file", "access.cedar:1:50"),
        ("access-group", "access.cedar:1:22"),
        ("access-ou", "access.cedar:2:73"),
        ("access-severity", "access.cedar:3:31"),
        ("access-control", "access.cedar:3:63"),
        ("access-file", "access.cedar:4:19"),
    }
    told = invoke("check", "--format", "github")[1]
    assert "::error file=access.cedar,line=4,col=19,title=access-file::" in told
    status, _, told = invoke("explain", "kim@example.com", "suppress", INSTANCE)
    assert (status, "access.cedar:4:19" in told) == (EXIT_FAILED, True)
    status, told, _ = invoke("--format", "json", of="lint")
    assert status == EXIT_DIFFERS
    assert "access.cedar:4:19" in told


def test_hostile_text_in_rules_and_names_stays_text(invoke: Invoke, base: Path) -> None:
    for raw in (b"\xff\xfe", b"\0", b"permit(", b'"' * 5_000, b"(" * 5_000, b"\xef\xbb\xbf" + RULES.encode(), b"/" * 9):
        (base / "access.cedar").write_bytes(raw)
        assert invoke("check")[0] in (0, EXIT_DIFFERS, EXIT_FAILED)
    (base / "access.cedar").write_text('@id("::error::x\\n%0A<b>") permit(principal, action, resource);')
    for name in ("a'b", '"; --', "\x1b[31m", "%s", "<script>", "a\nb"):
        assert invoke("explain", name, "view", ONE)[0] == 0
        assert invoke("explain", name, "suppress", "no'thing\"*%")[0] == EXIT_FAILED


def test_the_schema_is_printed_for_editors(invoke: Invoke) -> None:
    assert 'action "approve-waiver"' in invoke("schema")[1]
