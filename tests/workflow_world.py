"""The world of a workflow's scripts: a workspace, a runner's directories, and programs that are stand-ins."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubposture.baseline.skeleton import WORKFLOW, skeleton
from yaml_text import load_yaml

VALUES = {"organization": "main", "administrator": "111122223333", "home_region": "eu-central-1"}

GH = r"""#!/usr/bin/env python3
# A stand-in for gh: comments and runs live in files; what was asked is noted.
import json, os, pathlib, subprocess, sys
here = pathlib.Path(os.environ["WORLD"])
arguments = sys.argv[1:]
with open(here / "asked", "a") as asked:
    asked.write(" ".join(arguments) + "\n")
def filtered(value):
    program = arguments[arguments.index("--jq") + 1]
    done = subprocess.run(["jq", "--raw-output", program], input=json.dumps(value), text=True, capture_output=True, check=True)
    sys.stdout.write(done.stdout)
if arguments[:2] == ["run", "download"]:
    target = pathlib.Path(arguments[arguments.index("--dir") + 1])
    target.mkdir(parents=True)
    for file in (here / "artifact").iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    sys.exit(0)
path = here / "comments.json"
comments = json.loads(path.read_text())
if "--method" in arguments:
    field = arguments[arguments.index("--field") + 1]
    body = pathlib.Path(field.removeprefix("body=@")).read_text()
    url = next(one for one in arguments if one.startswith("repos/"))
    if "PATCH" in arguments:
        next(one for one in comments if url.endswith(f"/{one['id']}"))["body"] = body
    else:
        comments.append({"id": 900 + len(comments), "user": {"type": "Bot"}, "body": body})
    path.write_text(json.dumps(comments))
elif any(one.endswith("/comments") for one in arguments):
    filtered(comments)
elif any(one.endswith("/pulls") for one in arguments):
    filtered(json.loads((here / "pulls.json").read_text()))
else:
    filtered(json.loads((here / "runs.json").read_text()))
"""

HUBPOSTURE = """#!/bin/sh
# A stand-in for hubposture: notes how it was called and with which settings, and ends as told.
first=$1
echo "$@ | $(cat hubposture.toml 2> /dev/null)" >> "$WORLD/called"
while [ $# -gt 0 ]; do
  case "$1" in --out|--comment) echo "$1" > "$2"; shift ;; esac
  shift
done
echo said
test "$first" != "${FAILS:-}" || exit 2
exit "${ENDS:-0}"
"""


@dataclass(frozen=True)
class World:
    """A workspace, a runner's directory for temporary files, and programs that are stand-ins."""

    root: Path
    environ: dict[str, str]

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    def step(self, job: str, name: str, **environ: str) -> subprocess.CompletedProcess[str]:
        steps = load_yaml(skeleton(VALUES)[WORKFLOW])["jobs"][job]["steps"]
        (script,) = [one["run"] for one in steps if one["name"].startswith(name)]
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.root / "workspace", env=self.environ | environ, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def written(self, name: str, value: Any) -> None:
        (self.root / name).write_text(json.dumps(value))

    def read(self, name: str) -> str:
        path = self.root / name
        return path.read_text() if path.exists() else ""

    def git(self, *arguments: str) -> str:
        person = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *person, *arguments], cwd=self.root / "workspace", capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


def make_world(tmp_path: Path) -> World:
    """A world in a new directory."""
    for name in ("workspace", "temporary", "programs", "artifact"):
        (tmp_path / name).mkdir()
    python = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    for name, text in (("gh", GH), ("hubposture", HUBPOSTURE), ("python", python)):
        (tmp_path / "programs" / name).write_text(text)
        (tmp_path / "programs" / name).chmod(0o755)
    environ = {
        "PATH": f"{tmp_path / 'programs'}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "WORLD": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path / "temporary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_SHA": "5ba5e",
        "GH_REPO": "acme/baseline",
        "NUMBER": "7",
        "RUN": "41",
        "LC_ALL": "C.UTF-8",
    }
    return World(tmp_path, environ)
