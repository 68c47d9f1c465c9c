"""The JSON schema of teams.yaml, by which editors complete and check while it is written.

Reading takes more than the schema (an account id without quotes, one text instead of a list) and checks more (names,
accounts, OUs, tags and resources that two teams have): what the schema refuses is badly written or wrong, and what it takes may
still be refused.
"""

from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN
from hubposture.owners.read import ROOT_KEYS
from hubposture.owners.read_team import (
    ISSUE_PATTERN,
    JIRA_KEYS,
    MAIL_PATTERN,
    MAX_NAME,
    PROJECT_PATTERN,
    SLACK_PATTERN,
    TEAM_KEYS,
)
from hubposture.owners.resources import MAX_RESOURCE
from hubposture.owners.team import Pace, Via

Schema = dict[str, object]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SOME = r"\S"


def schema() -> Schema:
    """The schema of a file."""
    root: dict[str, Schema] = {
        "fallback": _line("The team that gets what has no owner."),
        "teams": {
            "type": "object",
            "propertyNames": {"pattern": _SOME, "maxLength": MAX_NAME},
            "additionalProperties": {"oneOf": [{"$ref": "#/$defs/team"}, {"type": "null"}]},
            "description": "The teams by their names.",
        },
    }
    return {
        "$schema": _DIALECT,
        "title": "Teams of a hubposture baseline",
        **_mapping(ROOT_KEYS, root, ["teams"]),
        "$defs": {"team": _team()},
    }


def _team() -> Schema:
    trackers = ("jira", "servicenow")
    both = {"required": list(trackers)}
    dojo = {"properties": {"via": {"const": Via.DEFECTDOJO.value}}, "required": ["via"]}
    only = {"required": ["defectdojo"], "properties": dict.fromkeys(trackers, False)}
    return {**_mapping(TEAM_KEYS, _TEAM, []), "not": both, "if": dojo, "then": only}


def _mapping(keys: tuple[str, ...], properties: dict[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: properties[key] for key in keys},
        "required": required,
    }


def _line(help_: str, pattern: str = _SOME) -> Schema:
    return {"type": "string", "pattern": pattern, "maxLength": 2048, "description": help_}


def _list(help_: str, pattern: str, longest: int = 2 * MAX_NAME) -> Schema:
    items = {"type": "string", "pattern": pattern, "maxLength": longest}
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True, "description": help_}


_JIRA: dict[str, Schema] = {
    "site": _line("The name of the Jira site in the settings; where there is one alone it may be left out."),
    "project": _line("The key of the project.", f"^{PROJECT_PATTERN}$"),
    "epic": _line("The epic under which tickets hang.", f"^{ISSUE_PATTERN}$"),
    "parent": _line("The parent under which tickets hang.", f"^{ISSUE_PATTERN}$"),
}
_TEAM: dict[str, Schema] = {
    "aliases": _list("Further names by which tags and rows call the team.", _SOME),
    "accounts": _list("Account ids of 12 digits, in quotes.", f"^{ACCOUNT_PATTERN}$"),
    "ous": _list("Organizational units by id or path; the nearest one decides.", f"^({OU_PATTERN}|/.*)$"),
    "tags": _list("Tags of resources that are the team's, name=value.", r"^\s*[^=\s][^=]*=\s*[^\s*?][^*?]*$"),
    "resources": _list("Ids of resources, ARNs mostly, that are the team's; with `*` and `?`.", r"[^\s*?]", MAX_RESOURCE),
    "via": {
        "enum": [one.value for one in Via],
        "description": "Who makes the team's tickets; hubposture if not given.",
    },
    "jira": {
        **_mapping(JIRA_KEYS, _JIRA, ["project"]),
        "not": {"required": ["epic", "parent"]},
        "description": "Where tickets go in Jira.",
    },
    "servicenow": {
        **_mapping(("group",), {"group": _line("The assignment group.")}, ["group"]),
        "description": "Where tickets go in ServiceNow.",
    },
    "defectdojo": {
        **_mapping(("product",), {"product": _line("The product.")}, ["product"]),
        "description": "What the team's findings belong to in DefectDojo.",
    },
    "assignee": _line("The address of who gets the team's tickets.", f"^{MAIL_PATTERN}$"),
    "in_progress": {
        "type": "integer", "minimum": 0, "maximum": 999_999,
        "description": "How many open tickets the team may have before new ones wait; 0 for no limit.",
    },
    "slack": _line('The channel, in quotes: "#team-web", or its id.', f"^{SLACK_PATTERN}$"),
    "mail": _line("One address.", f"^{MAIL_PATTERN}$"),
    "pace": {
        "enum": [one.value for one in Pace],
        "description": "Whether the team hears of news after each run, or in the weekly digest alone.",
    },
}  # fmt: skip
