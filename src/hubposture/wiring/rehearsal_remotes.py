"""The systems beside AWS in a rehearsal: an emulated Jira and Slack, served on this machine, at the sandbox's time."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from hubposture.sandbox.remote import jira as emulated
from hubposture.sandbox.remote.jira import Jira
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import Workspace

_JIRA_TOKEN, _SLACK_TOKEN = "HUBPOSTURE_SANDBOX_JIRA_TOKEN", "HUBPOSTURE_SANDBOX_SLACK_TOKEN"
_APP_TOKEN, _SIGNING = "HUBPOSTURE_SANDBOX_SLACK_APP_TOKEN", "HUBPOSTURE_SANDBOX_SLACK_SIGNING_SECRET"
_SETTINGS = """
[tickets]
settle_hours = 24

[jira.main]
url = "{jira}"
user = "{user}"
token = "env:{jira_token}"

[jira.main.projects.SEC]
fields = ["Business impact=Medium"]

[messages.slack]
token = "env:{slack_token}"
app_token = "env:{app_token}"
signing_secret = "env:{signing}"
url = "{slack}"
approvers_channel = "#cloud-security"

[access.users]
"kim@acme.example" = ["account-owner", "team-web", "team-payments", "team-data", "team-platform"]
"lee@acme.example" = ["administrator"]
"ray@acme.example" = ["risk-approver", "analyst"]
"""
_TEAMS = """\
# Who fixes what. docs/owners.md says what stands here.
fallback: team-platform
teams:
  team-web: {jira: {project: SHOP, parent: SHOP-1}, slack: "#team-web"}
  team-payments: {jira: {project: SHOP}, slack: "#team-payments"}
  team-data: {jira: {project: DATA}, slack: "#team-data"}
  team-platform: {jira: {project: PLAT, parent: PLAT-1}, slack: "#team-platform"}
  team-security: {jira: {project: SEC}, slack: "#cloud-security"}
"""
_PEOPLE = ("kim@acme.example", "lee@acme.example", "ray@acme.example")
_CHANNELS = ("team-web", "team-payments", "team-data", "team-platform", "cloud-security")


@dataclass(frozen=True)
class Remotes:
    """What is served, with the baseline's texts that lead there and the variables that hold the tokens."""

    url: str
    jira: Jira
    workspace: Workspace
    slack: SlackServer
    settings: str
    teams: str
    environ: Mapping[str, str]


@contextmanager
def rehearsal_remotes(now: Callable[[], dt.datetime], *, port: int = 0) -> Iterator[Remotes]:
    """Serve an emulated Jira (at `port`, 0 takes a free one) and Slack until they are left; `now` is aware and UTC.

    What is in them is kept in memory only.
    """
    jira, workspace = acme(), Workspace(per_second=0)
    jira.follow(now)
    for name in _CHANNELS:
        workspace.channel(name)
    for mail in _PEOPLE:
        workspace.member(mail)
    environ = {
        _JIRA_TOKEN: emulated.TOKEN,
        _SLACK_TOKEN: workspace.token,
        _APP_TOKEN: workspace.app_token,
        _SIGNING: workspace.signing_secret,
    }
    with JiraServer(jira, port=port) as site, SlackServer(workspace, clock=lambda: now().timestamp()) as slack:
        settings = _SETTINGS.format(
            jira=site.url,
            user=emulated.ADDRESS,
            jira_token=_JIRA_TOKEN,
            slack=slack.api,
            slack_token=_SLACK_TOKEN,
            app_token=_APP_TOKEN,
            signing=_SIGNING,
        )
        os.environ.update(environ)
        yield Remotes(site.url, jira, workspace, slack, settings, _TEAMS, environ)
