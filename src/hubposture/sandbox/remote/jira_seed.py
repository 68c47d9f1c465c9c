"""A site of a company with several teams, each with a workflow of its own."""

import datetime as dt

from hubposture.sandbox.remote.jira import USER, Jira
from hubposture.sandbox.remote.jira_catalogue import EPIC_FIELD, STANDARD_SCREEN
from hubposture.sandbox.remote.jira_model import (
    Category,
    FieldSpec,
    IssueType,
    JiraKind,
    Permission,
    Project,
    Transition,
    User,
    Workflow,
)

IMPACT = "customfield_10050"
"""The field that projects with the strict screen require: Business impact, one of Low, Medium, High."""

SIMPLE = Workflow(
    "Simple",
    ("To Do", "In Progress", "Done"),
    (
        Transition("11", "To Do", "To Do"),
        Transition("21", "In Progress", "In Progress"),
        Transition("31", "Done", "Done", sets="Done"),
    ),
)
"""Every status from every status, as a new project has it."""

LONG = Workflow(
    "Software development",
    ("Backlog", "Selected for Development", "In Progress", "Review", "Done"),
    (
        Transition("111", "Select", "Selected for Development", ("Backlog",)),
        Transition("121", "Start", "In Progress", ("Selected for Development", "Review")),
        Transition("131", "Ask for review", "Review", ("In Progress",)),
        Transition("141", "Finish", "Done", ("Review",), screen=(("resolution", True), ("comment", False))),
        Transition("151", "Reopen", "Backlog", ("Done",)),
    ),
)
"""Four hops to the end, and the last one asks for a resolution."""

TERMINAL = Workflow(
    "Operations",
    ("Open", "In Progress", "Resolved", "Closed", "Rejected"),
    (
        Transition("201", "Start", "In Progress", ("Open",)),
        Transition("211", "Resolve", "Resolved", ("Open", "In Progress"), screen=(("resolution", True),)),
        Transition("221", "Reopen", "Open", ("Resolved",)),
        Transition("231", "Close", "Closed", ("Resolved",)),
        Transition("241", "Reject", "Rejected", ("Open", "In Progress"), sets="Won't Do"),
    ),
)
"""Closed and Rejected cannot be left."""

_STATUSES = {
    Category.NEW: ("To Do", "Backlog", "Selected for Development", "Open"),
    Category.IN_PROGRESS: ("In Progress", "Review"),
    Category.DONE: ("Done", "Resolved", "Closed", "Rejected"),
}


def acme(kind: JiraKind | str = JiraKind.CLOUD, *, now: dt.datetime | None = None) -> Jira:
    """A site with five projects.

    SHOP (simple), DATA (long), PLAT (terminal), SEC (a required field, security levels) and
    OLD (the client may not create there). Its people are kim, lee and sam; max has left. SHOP-1 and PLAT-1 are epics.
    """
    jira = Jira(kind, now=now)
    _people(jira)
    for category, names in _STATUSES.items():
        for name in names:
            jira.add_status(name, category)
    options = (("10200", "Low"), ("10201", "Medium"), ("10202", "High"))
    custom = "com.atlassian.jira.plugin.system.customfieldtypes:select"
    jira.add_field(FieldSpec(IMPACT, "Business impact", "option", custom=custom, allowed=options))
    # The transition screen's comment is a field to those who look at the screen.
    jira.add_field(FieldSpec("comment", "Comment", "comments-page", system="comment"))
    _projects(jira)
    for key, name in (("SHOP", "Cloud security of the shop"), ("PLAT", "Cloud security of the platform")):
        project = jira.projects[key]
        jira.add_issue(project, project.types[-1], {"summary": name, "priority": "3"}, "kim")
    jira.deny(USER, "OLD", Permission.CREATE)
    return jira


def _people(jira: Jira) -> None:
    for id_, name in (("kim", "Kim Park"), ("lee", "Lee Wong"), ("sam", "Sam Ortiz"), ("max", "Max Weber")):
        jira.add_user(User(id_, name, f"{id_}@example.com", is_active=id_ != "max"))


def _projects(jira: Jira) -> None:
    levels = (("10300", "Security team", frozenset({USER, "lee"})), ("10301", "Everybody", frozenset[str]()))
    for number, (key, name, workflow) in enumerate(
        (
            ("SHOP", "Shop", SIMPLE),
            ("DATA", "Data platform", LONG),
            ("PLAT", "Platform", TERMINAL),
            ("SEC", "Security", SIMPLE),
            ("OLD", "Archive", SIMPLE),
        )
    ):
        is_strict = key == "SEC"
        types = _types(jira.kind, 10_000 + number * 10, extra=(IMPACT,) if is_strict else ())
        jira.add_project(Project(str(10_000 + number), key, name, types, workflow, levels if is_strict else ()))


def _types(kind: JiraKind, first: int, *, extra: tuple[str, ...]) -> tuple[IssueType, ...]:
    """Task, Bug, Sub-task and Epic; the required field is of tasks alone."""
    epic = () if kind is JiraKind.CLOUD else (EPIC_FIELD[kind],)
    screen = tuple(name for name in STANDARD_SCREEN if kind is JiraKind.CLOUD or name != "parent") + epic
    below = (*(name for name in screen if name not in epic), *(() if kind is JiraKind.CLOUD else ("parent",)))
    return (
        IssueType(str(first), "Task", 0, screen + extra, extra),
        IssueType(str(first + 1), "Bug", 0, screen),
        IssueType(str(first + 2), "Sub-task", -1, below, ("parent",)),
        IssueType(str(first + 3), "Epic", 1, tuple(name for name in screen if name not in ("parent", *epic))),
    )
