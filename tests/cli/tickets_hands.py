"""What a user of tickets does again and again on the command line, and what people do in Jira meanwhile."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.commands import Commands, Said
from cli.waivers_hands import pass_time
from holds.findings_world import Subject
from holds.holds_world import DATA, HOME, LINKED, WEB
from hubposture.sandbox.remote.jira import Jira
from hubposture.sandbox.remote.jira_model import Issue
from hubposture.wiring import Remotes

TEAMS = f"""\
fallback: team-platform
teams:
  team-web: {{accounts: ["{WEB}"], jira: {{project: SHOP, parent: SHOP-1}}, slack: "#team-web"}}
  team-data: {{accounts: ["{DATA}"], jira: {{project: DATA}}, slack: "#team-data"}}
  team-platform: {{via: none}}
"""
BUCKETS = {
    "shop-1": (WEB, HOME),
    "shop-2": (WEB, HOME),
    "shop-3": (WEB, LINKED),
    "lake-1": (DATA, HOME),
}
"""Buckets that fail S3.8."""


@dataclass
class Tickets:
    """Commands, and the systems that they reach."""

    commands: Commands
    remotes: Remotes
    subjects: Mapping[str, Subject]

    @property
    def jira(self) -> Jira:
        """The emulated site."""
        return self.remotes.jira

    def __call__(self, *arguments: str) -> Said:
        """Run a command of tickets."""
        return self.commands("tickets", *arguments)

    def json(self, *arguments: str) -> Mapping[str, Any]:
        """The data of one that is shown."""
        return self.commands.json("tickets", *arguments)

    def ours(self, project: str = "") -> list[Issue]:
        """The issues that have a label of ours, in the order in which they were made."""
        found = [one for one in self.jira.issues.values() if _label(one)]
        return [one for one in found if one.key.startswith(project)]

    def one(self, project: str) -> Mapping[str, Any]:
        """The one issue of ours in a project, as it is shown."""
        (found,) = self.ours(project)
        return self.jira.issue(found.key)

    def days(self, days: int = 1) -> None:
        """Time passes, checks look again, and we read everything that they say."""
        self.commands.there.box.wait(dt.timedelta(days=days).total_seconds())
        self.commands.there.sync()

    def fix(self, name: str) -> None:
        """Somebody mends a bucket; the check sees it, and we hear of it."""
        self.commands.there.fix(self.subjects[name][3])
        pass_time(self.commands)

    def break_(self, name: str) -> None:
        """A bucket fails again."""
        self.commands.there.break_(self.subjects[name][3])
        pass_time(self.commands)

    def status(self, key: str) -> str:
        """The status of an issue."""
        return str(self.jira.issue(key)["fields"]["status"]["name"])

    def comments(self, key: str) -> list[str]:
        """What the comments of an issue say, oldest first."""
        return [words(one.body) for one in self.jira.issues[str(self.jira.issue(key)["id"])].comments]


def words(node: Any) -> str:
    """The words of a document of Jira."""
    if isinstance(node, str):
        return node
    if node.get("type") == "text":
        return str(node["text"])
    return ("" if node.get("type") == "paragraph" else " ").join(words(one) for one in node.get("content", ()))


def _label(issue: Issue) -> str:
    return next((str(one) for one in issue.fields.get("labels", ()) if str(one).startswith("shub-")), "")


def begun(commands: Commands, remotes: Remotes) -> Tickets:
    """Teams in teams.yaml, trackers in the settings, and buckets that fail since two days."""
    commands.environ.update(remotes.environ)
    commands.settings(remotes.settings)
    (commands.there.directory / "teams.yaml").write_text(TEAMS)
    subjects = {
        name: (*place, "S3.8", commands.there.bucket(name, "S3.8", place=place)) for name, place in BUCKETS.items()
    }
    pass_time(commands, dt.timedelta(days=2))
    return Tickets(commands, remotes, subjects)
