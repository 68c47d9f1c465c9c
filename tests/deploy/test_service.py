"""hubposture as a service: what its tasks may do, that image and templates and units fit together, and Lambda's runtime."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from needs import need
from yaml_text import load_template, load_yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
UNITS = sorted((DEPLOY / "systemd").iterdir())


def resources() -> dict[str, Any]:
    found = load_template((DEPLOY / "cloudformation" / "service.yaml").read_text())["Resources"]
    return {name: one["Properties"] for name, one in found.items()}


def statements(role: str) -> dict[str, Any]:
    """A role's statements by Sid; those under a condition as (condition, statement)."""
    found: dict[str, Any] = {}
    for policy in resources()[role]["Policies"]:
        for one in policy["PolicyDocument"]["Statement"]:
            condition, inner = (one["If"][0], one["If"][1]) if "If" in one else ("", one)
            found[inner["Sid"]] = (condition, inner)
    return found


def test_a_task_becomes_hubpostures_roles_keeps_the_lake_and_may_do_nothing_else() -> None:
    found = statements("TaskRole")
    assert {sid: condition for sid, (condition, _) in found.items()} == {
        "ActAsReaders": "",
        "ActAsWriters": "MayWrite",
        "ReadSecrets": "HasMoreSecrets",
        "DecryptSecrets": "HasMoreSecretsKey",
        "ListTheLake": "",
        "KeepTheLake": "",
        "EncryptTheLake": "HasLakeKey",
    }
    for sid in ("ActAsReaders", "ActAsWriters"):
        assert found[sid][1]["Action"] == "sts:AssumeRole"
        assert all(one["Sub"].endswith("RoleName}") for one in found[sid][1]["Resource"])
    assert all("Writer" not in one["Sub"] for one in found["ActAsReaders"][1]["Resource"])
    assert found["ReadSecrets"][1]["Resource"] == {"Ref": "MoreSecrets"}
    assert found["KeepTheLake"][1]["Resource"]["Sub"].endswith("${LakeBucket}/${LakePrefix}/*")


def test_without_being_told_so_a_service_cannot_write() -> None:
    template = load_template((DEPLOY / "cloudformation" / "service.yaml").read_text())
    assert template["Parameters"]["Writes"]["Default"] == "no"


def test_secrets_reach_a_task_as_variables_and_only_those_that_are_named_can_be_read() -> None:
    (container,) = resources()["Task"]["ContainerDefinitions"]
    given = {one["Name"]: one["ValueFrom"] for one in map(plain, container["Secrets"])}
    assert given == {
        "HUBPOSTURE_LEDGER_URL": {"Ref": "LedgerUrlSecret"},
        "ROLES_EXTERNAL_ID": {"Ref": "ExternalIdSecret"},
        "APPROVALS_SECRET": {"Ref": "ApprovalsSecret"},
    }
    readable = [plain(one) for one in statements("ExecutionRole")["ReadSecrets"][1]["Resource"]]
    assert readable == list(given.values())


def plain(one: Any) -> Any:
    return one["If"][1] if "If" in one else one


def test_the_schedule_runs_the_same_task_with_other_arguments() -> None:
    target = resources()["Running"]["Target"]
    text, given = target["Input"]["Sub"]
    separator, parameter = given["Arguments"]["Join"]
    assert parameter == {"Ref": "RunArguments"}
    filled = text.replace("${Arguments}", separator.join(["run", "--observe"]))
    (container,) = resources()["Task"]["ContainerDefinitions"]
    assert json.loads(filled) == {"containerOverrides": [{"name": container["Name"], "command": ["run", "--observe"]}]}
    assert target["EcsParameters"]["TaskDefinitionArn"] == {"Ref": "Task"}


def test_only_one_task_listens_at_a_time() -> None:
    service = resources()["Listening"]
    assert service["DesiredCount"] == 1
    assert service["DeploymentConfiguration"]["MaximumPercent"] == 100


def test_what_a_task_writes_to_is_what_the_image_declares_and_its_user_is_not_root() -> None:
    (container,) = resources()["Task"]["ContainerDefinitions"]
    mounted = [one["ContainerPath"] for one in container["MountPoints"]]
    declared = re.search(r"^VOLUME (\[.*\])$", CONTAINERFILE, re.MULTILINE)
    assert declared is not None
    assert json.loads(declared[1]) == mounted
    assert container["ReadonlyRootFilesystem"] is True
    environment = {one["Name"]: one["Value"] for one in container["Environment"]}
    assert environment["HUBPOSTURE_LAKE_CACHE"].startswith(tuple(mounted))
    assert re.findall(r"^USER (.+)$", CONTAINERFILE, re.MULTILINE) == ["hubposture"]


def test_what_the_image_copies_is_there_and_its_python_is_the_actions() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    assert copied
    assert all((ROOT / one).exists() for line in copied for one in line.split())
    (version,) = set(re.findall(r"^FROM docker\.io/library/python:([\d.]+)-", CONTAINERFILE, re.MULTILINE))
    steps = load_yaml((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert version == steps[0]["with"]["python-version"]


@pytest.mark.slow
def test_what_the_image_copies_is_enough_to_install_hubposture(tmp_path: Path) -> None:
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--target",
            "out",
            ".",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "bin" / "hubposture").exists()


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    need(program, "systemd-analyze", "install systemd")
    assert program is not None
    for unit in UNITS:
        text = re.sub(r"/opt/hubposture/bin/hubposture|/usr/bin/git", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "hubposture" in line]
    assert ours == []


def test_the_units_run_what_the_service_runs() -> None:
    started = [
        line.split() for unit in UNITS for line in unit.read_text().splitlines() if line.startswith("ExecStart=")
    ]
    assert [line[1] for line in started] == ["listen", "run", "serve"]


# --- Lambda's runtime ----------------------------------------------------------------------------------------------


@pytest.fixture
def runtime() -> ModuleType:
    spec = spec_from_file_location("lambda_runtime", DEPLOY / "container" / "lambda_runtime.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Interface(BaseHTTPRequestHandler):
    """Lambda's side: gives out events one by one and keeps the answers."""

    events: list[Any]
    answers: list[tuple[str, Any]]

    def do_GET(self) -> None:
        assert self.path == "/2018-06-01/runtime/invocation/next"
        self._send(json.dumps(type(self).events.pop(0)))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).answers.append((self.path.rpartition("/")[2], body))
        self._send("")

    def _send(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "r-1")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def interface() -> Iterator[str]:
    Interface.events, Interface.answers = [], []
    with HTTPServer(("127.0.0.1", 0), Interface) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"arguments": ["listen", "--once"]}, ["listen", "--once"]),
        ({"source": "aws.scheduler"}, ["run"]),
        ("text", ["run"]),
    ],
)
def test_an_invocation_runs_what_its_event_names_and_everything_else_is_a_run(
    runtime: ModuleType, interface: str, event: Any, wanted: list[str]
) -> None:
    Interface.events.append(event)
    runtime.serve(interface, lambda arguments: (0, " ".join(arguments)))
    assert Interface.answers == [("response", {"status": 0, "output": " ".join(wanted)})]


def test_a_run_that_failed_fails_the_invocation_and_one_that_differs_does_not(
    runtime: ModuleType, interface: str
) -> None:
    Interface.events += [{}, {}]
    runtime.serve(interface, lambda _: (1, "x" * 5000))
    runtime.serve(interface, lambda _: (2, "differs"))
    (failed, why), (differs, answer) = Interface.answers
    assert (failed, differs) == ("error", "response")
    assert why["errorMessage"] == "x" * 4000
    assert answer["status"] == 2


def test_the_program_beside_the_interpreter_is_run_and_its_status_and_output_are_kept(
    runtime: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "hubposture"
    program.write_text('#!/bin/sh\necho "$@"\necho trouble >&2\nexit 2\n')
    program.chmod(0o755)
    runtime.PROGRAM = program  # type: ignore[attr-defined]  # a module that is loaded from a file
    assert runtime.run(["run", "--observe"]) == (2, "run --observe\ntrouble\n")
    assert "trouble" in capfd.readouterr().out


def test_secrets_that_are_named_become_variables(runtime: ModuleType) -> None:
    environ = dict(os.environ, SECRETS="LEDGER_URL=arn:one, OTHER=arn:two")
    runtime.fetch_secrets(environ, lambda arn: f"secret of {arn}")
    assert (environ["LEDGER_URL"], environ["OTHER"]) == ("secret of arn:one", "secret of arn:two")
    assert Path(sys.executable).with_name("hubposture") == runtime.PROGRAM
