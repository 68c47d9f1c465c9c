import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # publishes none

from hubposture.owners.read import read_teams
from hubposture.owners.schema import schema
from hubposture.owners.team import Teams
from hubposture.owners.write import to_yaml
from owners.owners_world import TWO, teams

VALIDATOR = Draft202012Validator(schema())
WEB: dict[str, Any] = {
    "aliases": ["shop"], "accounts": ["111122223333"], "ous": ["/Workloads"], "tags": ["app=shop"],
    "resources": ["arn:aws:s3:::site*"], "via": "hubposture",
    "jira": {"site": "cloud", "project": "WEB", "epic": "WEB-1"}, "defectdojo": {"product": "Shop"}, "slack": "#web",
    "mail": "web@example.com", "assignee": "kim@example.com", "in_progress": 5, "pace": "digest",
}  # fmt: skip


def fits(document: object) -> bool:
    return bool(VALIDATOR.is_valid(document))


def is_read(document: object) -> bool:
    return read_teams(json.dumps(document).encode(), "x.yaml").problems == ()


def file(**team: object) -> dict[str, Any]:
    return {"teams": {"web": {**WEB, **team}}}


def test_the_schema_is_a_schema_and_takes_what_people_write() -> None:
    Draft202012Validator.check_schema(schema())
    documents: list[object] = [file(), {"teams": {}}, {"teams": {"web": None}}, yaml.safe_load(TWO)]
    for document in documents:
        assert fits(document)
        assert is_read(document)


@given(teams())
def test_what_is_written_fits_the_schema(of: Teams) -> None:
    assert fits(yaml.safe_load(to_yaml(of)))


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"teams": []},
        {"teams": {"web": {"email": "web@example.com"}}},
        {"teams": {"": {}}},
        {"teams": {}, "other": 1},
        file(accounts=["1234"]),
        file(accounts=[]),
        file(ous=["Workloads"]),
        file(tags=["app"]),
        file(tags=["app=*"]),
        file(resources=["*"]),
        file(resources=["a" * 1025]),
        file(via="jira"),
        file(slack="web channel"),
        file(mail="nobody"),
        file(assignee="kim"),
        file(in_progress=-1),
        file(in_progress="many"),
        file(in_progress=1.5),
        file(pace="weekly"),
        file(jira={"project": "web"}),
        file(jira={"epic": "WEB-1"}),
        file(jira={"project": "WEB", "epic": "WEB-1", "parent": "WEB-2"}),
        file(servicenow={"group": "Ops"}),
        file(via="defectdojo"),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(document: object) -> None:
    assert not fits(document)
    assert not is_read(document)
