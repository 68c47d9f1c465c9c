"""Fields that every emulated Jira has."""

from hubposture.sandbox.remote.jira_model import FieldSpec, JiraKind
from hubposture.sandbox.remote.jira_world import EPIC_LINK

EPIC_FIELD = {JiraKind.CLOUD: "customfield_10014", JiraKind.DATA_CENTER: "customfield_10101"}
"""The id of the epic link; the client must find it by its schema."""

STANDARD_SCREEN = ("summary", "description", "labels", "priority", "assignee", "duedate", "parent", "security")
"""The fields of a screen of Cloud."""


def system_fields(kind: JiraKind) -> list[FieldSpec]:
    """The fields of a new site."""
    plain = [
        FieldSpec("summary", "Summary", system="summary"),
        FieldSpec("description", "Description", system="description", is_multi_line=True),
        FieldSpec("labels", "Labels", "array", items="string", system="labels"),
        FieldSpec("priority", "Priority", "priority", system="priority"),
        FieldSpec("assignee", "Assignee", "user", system="assignee"),
        FieldSpec("reporter", "Reporter", "user", system="reporter"),
        FieldSpec("duedate", "Due date", "date", system="duedate"),
        FieldSpec("parent", "Parent", "issuelink", system="parent"),
        FieldSpec("security", "Security Level", "securitylevel", system="security"),
        FieldSpec("resolution", "Resolution", "resolution", system="resolution"),
        FieldSpec("project", "Project", "project", system="project"),
        FieldSpec("issuetype", "Issue Type", "issuetype", system="issuetype"),
        FieldSpec("status", "Status", "status", system="status"),
        FieldSpec("created", "Created", "datetime", system="created"),
        FieldSpec("updated", "Updated", "datetime", system="updated"),
    ]
    return [*plain, FieldSpec(EPIC_FIELD[kind], "Epic Link", "any", custom=EPIC_LINK)]
