"""The files of a new baseline but its workbook, from templates that ship with the package."""

import json
import re
from collections.abc import Mapping
from importlib import metadata, resources
from types import MappingProxyType
from typing import Final

from hubposture.baseline.attributes import attributes, ignored
from hubposture.baseline.files import SETTINGS_FILE
from hubposture.errors import InputErrors, Problem

WORKBOOK: Final = "controls.xlsx"
WORKFLOW: Final = ".github/workflows/hubposture.yml"

DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "organization": "main",
        "administrator": "000000000000",
        "home_region": "us-east-1",
        "instance": "",
        "zone": "UTC",
        "linked": "",
        "regions": "",
        "unlisted": "leave",
        "global_controls": "home",
        "administrator_reader_role": "hubposture-administrator-reader",
        "administrator_writer_role": "hubposture-administrator-writer",
        "external_id": "",
        "branch": "main",
        "requirement": "",
    }
)
"""What `skeleton` takes. `linked` and `regions` are separated by commas; `instance` '' comes from the organization's
name; `requirement` is what the workflow lets pip install (`git+https://HOST/OWNER/hubposture@COMMIT`), '' is what the
repository's variable REQUIREMENT says: a name that is not ours on a public index must never be installed by default."""

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "checkout": "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
        "setup_python": "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0",
        "upload": "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    }
)
"""The third-party actions of the workflow, pinned by commit; all of them are GitHub's own."""

_EXTERNAL_ID = "ROLES_EXTERNAL_ID"
_PLACE = re.compile(r"@([a-z_]+)@")
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")
_PARTITIONS = (("us-gov-", "aws-us-gov"), ("cn-", "aws-cn"))


def skeleton(values: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a new baseline, path -> bytes; `values` by the keys of `DEFAULTS`, those that are absent by default.

    Raises InputErrors for values it does not know.
    """
    if unknown := sorted(values.keys() - DEFAULTS.keys()):
        raise InputErrors([Problem(name, "not a value of a new baseline", "see DEFAULTS") for name in unknown])
    given = {**DEFAULTS, **values}
    files = {
        SETTINGS_FILE: _filled("hubposture.toml", _settings(given)),
        WORKFLOW: _filled("workflow.yml", _workflow(given)),
        "teams.yaml": _filled("teams.yaml", _words()),
        "access.cedar": _filled("access.cedar", _words()),
        "waivers/README.md": _filled("waivers.md", _words()),
        ".gitattributes": attributes("", workbook=WORKBOOK),
        ".gitignore": ignored(""),
    }
    return {path: text.encode() for path, text in files.items()}


def _settings(given: Mapping[str, str]) -> dict[str, str]:
    """Every value as TOML writes it: basic strings of TOML and JSON are the same for what stands here."""
    roles = ("administrator_reader_role", "administrator_writer_role")
    texts = ("organization", "administrator", "home_region", "zone", "unlisted", "global_controls", *roles)
    reference = given["external_id"]
    return {
        "external_id": f"external_id = {_quoted(reference)}" if reference else f'# external_id = "env:{_EXTERNAL_ID}"',
        **{name: _quoted(given[name]) for name in texts},
        **{name: ", ".join(_quoted(one) for one in _listed(given[name])) for name in ("linked", "regions")},
        "instance": _quoted(given["instance"] or instance_of(given["organization"])),
        "partition": _quoted(partition_of(given["home_region"])),
    }


def _workflow(given: Mapping[str, str]) -> dict[str, str]:
    """Every value as YAML writes it; its double-quoted texts take what JSON writes."""
    partition = partition_of(given["home_region"])
    roles = f"arn:{partition}:iam::{given['administrator']}:role/hubposture-pipeline-"
    return {
        **ACTIONS,
        "branch": " ".join(given["branch"].split()),
        "branch_quoted": _quoted(given["branch"]),
        "requirement": _quoted(given["requirement"] or "${{ vars.REQUIREMENT }}"),
        "reader_arn": _quoted(f"{roles}reader"),
        "writer_arn": _quoted(f"{roles}writer"),
        "audience": _quoted("sts.amazonaws.com.cn" if partition == "aws-cn" else "sts.amazonaws.com"),
        "home_region": _quoted(given["home_region"]),
        "external_id_variable": _variable(given["external_id"]),
    }


def _variable(reference: str) -> str:
    """The environment variable that a reference to a secret names, else the usual one."""
    kind, _, name = reference.partition(":")
    return name if kind == "env" and name.isidentifier() else _EXTERNAL_ID


def _words() -> dict[str, str]:
    return {"version": _version()}


def _filled(template: str, values: Mapping[str, str]) -> str:
    """A template with `@name@` replaced, in one pass: a value that looks like a place stays as it is."""
    text = resources.files("hubposture.baseline").joinpath("templates", template).read_text(encoding="utf-8")
    return _PLACE.sub(lambda found: values[found[1]], text)


def instance_of(organization: str) -> str:
    """An instance id made of an organization's name: 1 to 32 lower-case letters, digits and hyphens."""
    return _NOT_IN_AN_ID.sub("-", organization.casefold()).strip("-")[:32].rstrip("-") or "hubposture"


def partition_of(region: str) -> str:
    """The partition a Region lies in, by its name."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _version() -> str:
    return metadata.version("hubposture")
