"""The files that a new baseline begins with."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hubposture.baseline.skeleton import ACTIONS, WORKFLOW, instance_of, skeleton
from hubposture.errors import InputErrors
from hubposture.settings.load import load_settings
from yaml_text import load_yaml

VALUES = {
    "organization": "Acme Europe",
    "administrator": "012345678901",
    "home_region": "eu-central-1",
    "linked": "eu-central-1, us-east-1",
}


def workflow(values: dict[str, str] | None = None) -> dict[str, Any]:
    return load_yaml(skeleton(VALUES if values is None else values)[WORKFLOW])


def test_the_settings_load_and_hold_what_was_given() -> None:
    loaded = load_settings(skeleton(VALUES)["hubposture.toml"])
    assert loaded.notes == ()
    organization = loaded.settings.organizations["Acme Europe"]
    assert organization.administrator == "012345678901"
    assert organization.home_region == "eu-central-1"
    assert organization.linked == ("eu-central-1", "us-east-1")
    assert loaded.settings.instance == "acme-europe"


@pytest.mark.parametrize(
    ("reference", "variable"),
    [("", "ROLES_EXTERNAL_ID"), ("env:ACME_ID", "ACME_ID"), ("file:/run/id", "ROLES_EXTERNAL_ID")],
)
def test_the_workflow_passes_the_variable_that_holds_the_external_id(reference: str, variable: str) -> None:
    values = {**VALUES, "external_id": reference}
    organization = load_settings(skeleton(values)["hubposture.toml"]).settings.organizations["Acme Europe"]
    assert organization.external_id == (reference or None)
    assert workflow(values)["env"][variable] == f"${{{{ vars.{variable} }}}}"


def test_a_new_baseline_only_observes() -> None:
    organization = load_settings(skeleton(VALUES)["hubposture.toml"]).settings.organizations["Acme Europe"]
    assert organization.observe.holds(["anything"])
    assert organization.observe.holds_for_waivers(["anything"])


def test_everything_has_a_default() -> None:
    assert load_settings(skeleton({})["hubposture.toml"]).settings.organizations.keys() == {"main"}


@pytest.mark.parametrize("name", ['a "quoted" one', "x]\ny = 1", "back\\slash", "@zone@", "Größe"])
def test_no_name_breaks_out_of_its_place_in_the_settings(name: str) -> None:
    loaded = load_settings(skeleton({**VALUES, "organization": name})["hubposture.toml"])
    assert list(loaded.settings.organizations) == [name]


def test_a_value_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(InputErrors, match="home_regoin"):
        skeleton({"home_regoin": "eu-central-1"})


@pytest.mark.parametrize(
    ("region", "role", "audience"),
    [
        ("eu-central-1", "arn:aws:iam::012345678901:role/hubposture-pipeline-reader", "sts.amazonaws.com"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::012345678901:role/hubposture-pipeline-reader", "sts.amazonaws.com"),
        ("cn-north-1", "arn:aws-cn:iam::012345678901:role/hubposture-pipeline-reader", "sts.amazonaws.com.cn"),
    ],
)
def test_the_partition_follows_from_the_home_region(region: str, role: str, audience: str) -> None:
    values = {**VALUES, "home_region": region, "linked": ""}
    environment = workflow(values)["env"]
    assert (environment["READER"], environment["AUDIENCE"]) == (role, audience)
    settings = load_settings(skeleton(values)["hubposture.toml"]).settings
    assert settings.organizations["Acme Europe"].partition == role.split(":")[1]


def test_only_the_apply_job_acts_as_the_writer_and_only_in_its_environment() -> None:
    jobs = workflow()["jobs"]
    assert {name for name, job in jobs.items() if "env.WRITER" in json.dumps(job)} == {"apply"}
    assert {name for name, job in jobs.items() if "environment" in job} == {"apply"}


def test_no_job_holds_a_permission_it_does_not_need() -> None:
    jobs = workflow()["jobs"]
    assert workflow()["permissions"] == {}
    identity = {"contents": "read", "id-token": "write"}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "plan": identity,
        "comment": {"actions": "read", "pull-requests": "write"},
        "apply": {**identity, "actions": "read", "pull-requests": "read"},
        "drift": identity,
    }


def test_the_workflow_uses_no_secret() -> None:
    assert "secrets." not in skeleton(VALUES)[WORKFLOW].decode()


def test_every_action_is_pinned_by_a_full_commit() -> None:
    used = re.findall(r"uses: (\S+)", skeleton(VALUES)[WORKFLOW].decode())
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one) for one in used)
    assert {one.partition(" ")[0] for one in ACTIONS.values()} == set(used)


def test_what_pip_installs_is_said_by_whoever_runs_the_pipeline() -> None:
    environment = workflow()["env"]
    given = workflow({**VALUES, "requirement": "git+https://git.example.com/sec/hubposture@0f3c"})["env"]
    assert environment["REQUIREMENT"] == "${{ vars.REQUIREMENT }}"
    assert given["REQUIREMENT"] == "git+https://git.example.com/sec/hubposture@0f3c"


def test_no_place_of_a_template_stays_empty() -> None:
    for path, data in skeleton({}).items():
        assert not re.search(rb"@[a-z_]+@", data), path


def test_git_is_told_of_the_workbook_and_of_what_is_never_committed() -> None:
    files = skeleton({})
    assert b"controls.xlsx -text diff=hubposture merge=hubposture" in files[".gitattributes"]
    assert b".hubposture/" in files[".gitignore"]


def test_an_instance_id_is_always_one() -> None:
    assert instance_of("Acme (Europe) GmbH & Co. KG, Frankfurt am Main") == "acme-europe-gmbh-co-kg-frankfurt"
    assert instance_of("***") == "hubposture"


def test_every_script_of_the_workflow_is_valid_shell(tmp_path: Path) -> None:
    jobs = workflow()["jobs"]
    for job in jobs.values():
        for step in job["steps"]:
            if "run" in step:
                script = tmp_path / "step.sh"
                script.write_text(step["run"])
                done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
                assert done.returncode == 0, (step["name"], done.stderr)


def test_zizmor_finds_nothing_in_the_workflow(tmp_path: Path) -> None:
    file = tmp_path / WORKFLOW
    file.parent.mkdir(parents=True)
    file.write_bytes(skeleton(VALUES)[WORKFLOW])
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona", "pedantic", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
