"""Tickets as issues of Jira Cloud and Jira Data Center."""

from hubposture.connectors.jira.cloud import Cloud
from hubposture.connectors.jira.configured import dialect_of, jira_http, jira_site, shape_of
from hubposture.connectors.jira.data_center import DataCenter
from hubposture.connectors.jira.rehearsal import Rehearsal
from hubposture.connectors.jira.shape import ProjectShape, Shape
from hubposture.connectors.jira.site import JiraTracker
from hubposture.connectors.jira.webhook import HookEvent, event_of, verify

__all__ = [
    "Cloud",
    "DataCenter",
    "HookEvent",
    "JiraTracker",
    "ProjectShape",
    "Rehearsal",
    "Shape",
    "dialect_of",
    "event_of",
    "jira_http",
    "jira_site",
    "shape_of",
    "verify",
]
