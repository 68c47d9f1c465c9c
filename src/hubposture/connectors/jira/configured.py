"""A site from its settings."""

import base64
from collections.abc import Callable, Collection, Mapping
from typing import Final

import httpx

from hubposture.connectors.http import Http, Patience
from hubposture.connectors.jira.cloud import Cloud
from hubposture.connectors.jira.data_center import DataCenter
from hubposture.connectors.jira.dialect import Dialect
from hubposture.connectors.jira.shape import ProjectShape, Shape
from hubposture.connectors.jira.site import JiraTracker
from hubposture.errors import InputError
from hubposture.settings.jira import JiraKind, JiraProject, JiraSettings
from hubposture.settings.secrets import SecretReference
from hubposture.work.ticket import Outcome

GATEWAY: Final = "https://api.atlassian.com"
"""Where scoped tokens are taken."""


def shape_of(name: str, settings: JiraSettings, *, label: str = "") -> Shape:
    """How tickets look there. `name` is the site's in the settings, `label` one that every ticket has."""
    priorities = settings.priorities
    return Shape(
        name=name,
        url=settings.url,
        issue_type=settings.issue_type,
        priorities={
            "CRITICAL": priorities.critical,
            "HIGH": priorities.high,
            "MEDIUM": priorities.medium,
            "LOW": priorities.low,
        },
        projects={key: _project(one) for key, one in settings.projects.items()},
        label=label,
    )


def dialect_of(settings: JiraSettings) -> Dialect:
    """How the site is spoken to."""
    return Cloud() if settings.kind is JiraKind.CLOUD else DataCenter()


def jira_http(
    settings: JiraSettings,
    secret: Callable[[SecretReference], str],
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    gateway: str = GATEWAY,
    patience: Patience | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Http:
    """What speaks to a site as the user of its token. Nothing is sent yet. Raises InputError where there is no token.

    With a cloud id it speaks to `gateway`, which takes scoped tokens, and not to the site itself.
    """
    reference = settings.token_reference
    if reference is None:
        raise InputError("jira: token is not a reference to a secret")
    signed = _signed(settings, secret(reference).strip())
    return Http(
        f"{gateway}/ex/jira/{settings.cloud_id}" if settings.cloud_id else settings.url,
        headers=lambda: signed,
        patience=patience or Patience(answer_seconds=float(settings.timeout_seconds)),
        clock=clock,
        sleep=sleep,
        who="Jira",
        transport=transport,
    )


def jira_site(
    name: str,
    settings: JiraSettings,
    http: Http,
    *,
    label: str = "",
    link: str = "",
    places: Collection[str] = (),
) -> JiraTracker:
    """The tracker of a site: `label` is one that every ticket has, `link` where our pages are, `places` known projects."""
    shape = shape_of(name, settings, label=label)
    return JiraTracker(http, shape, dialect_of(settings), places=places, link=link)


def _signed(settings: JiraSettings, token: str) -> Mapping[str, str]:
    """The header of every request. X-Atlassian-Token says that this is no browser, whose requests would be held back."""
    if settings.kind is JiraKind.CLOUD:
        pair = base64.b64encode(f"{settings.user}:{token}".encode()).decode("ascii")
        return {"authorization": f"Basic {pair}"}
    return {"authorization": f"Bearer {token}", "x-atlassian-token": "no-check"}


def _project(settings: JiraProject) -> ProjectShape:
    outcomes = settings.outcomes
    wanted = {
        Outcome.FIXED: outcomes.fixed,
        Outcome.WAIVED: outcomes.waived,
        Outcome.GONE: outcomes.gone,
        Outcome.NOT_REQUIRED: outcomes.not_required,
    }
    return ProjectShape(
        issue_type=settings.issue_type,
        security_level=settings.security_level,
        fields=_pairs(settings.fields),
        transition_fields=_pairs(settings.transition_fields),
        outcomes={outcome: names for outcome, names in wanted.items() if names},
        reopen_to=settings.reopen_to,
    )


def _pairs(assignments: Collection[str]) -> dict[str, str]:
    found = (one.partition("=") for one in assignments)
    return {name.strip(): value.strip() for name, _, value in found}
