"""How tickets look at one Jira site, as data: types, priorities, fields, and where they end in each project."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hubposture.work.ticket import Outcome

KEY: Final = re.compile(r"shub-[0-9a-f]{12}")
"""A label of ours."""
PROPERTY: Final = "hubposture"
"""The entity property of issues and comments in which we keep what is ours."""
SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW")


@dataclass(frozen=True, slots=True)
class ProjectShape:
    """What is different in one project; '' and () take what the site has.

    `fields` are further fields by id or name and what is written in them, `transition_fields` those that screens of
    transitions ask for. `outcomes` are names of statuses or `status/resolution`, tried in order; none takes any status that
    counts as done. `reopen_to` are statuses to which a ticket is opened again; none takes any that is not done.
    """

    issue_type: str = ""
    security_level: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    transition_fields: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[Outcome, tuple[str, ...]] = field(default_factory=dict)
    reopen_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """One site. `name` is its name in the settings, `url` where people open it in a browser.

    `priorities` are names by severity. `label` is one that every ticket of ours has, by which changes are polled; ''.
    """

    name: str
    url: str
    issue_type: str = "Task"
    priorities: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, ProjectShape] = field(default_factory=dict)
    label: str = ""

    def project(self, place: str) -> ProjectShape:
        """What is different in a project."""
        return self.projects.get(place, _PLAIN)

    def type_in(self, place: str) -> str:
        """The name of the type of issues there."""
        return self.project(place).issue_type or self.issue_type

    def priority(self, severity: str, raised: int) -> str:
        """The name of a priority, `raised` steps above that of the severity and at most the highest; '' for none."""
        if severity not in SEVERITIES:
            return ""
        return self.priorities.get(SEVERITIES[max(0, SEVERITIES.index(severity) - max(0, raised))], "")

    def browse(self, key: str) -> str:
        """Where an issue is opened in a browser. Links in answers lead to the API, so none of them is used."""
        return f"{self.url.rstrip('/')}/browse/{key}"

    def setting(self, place: str, name: str) -> str:
        """How a setting of a project is called, for hints."""
        return f"jira.{self.name}.projects.{place}.{name}"


_PLAIN: Final = ProjectShape()
