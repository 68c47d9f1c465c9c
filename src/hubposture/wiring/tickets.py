"""What tickets need: the trackers of the settings, where each team's tickets go, and the policy."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager

from hubposture.aws.updates import AwsUpdates
from hubposture.catalog import load
from hubposture.connectors.jira.configured import jira_http, jira_site
from hubposture.connectors.servicenow.configured import patience_of, sign_in_of, ticket_shape_of
from hubposture.connectors.servicenow.signing import servicenow_http
from hubposture.connectors.servicenow.tracker import ServiceNowTracker
from hubposture.errors import InputError
from hubposture.model.targets import Target
from hubposture.owners.team import Teams
from hubposture.ports.tracker import Tracker
from hubposture.settings.secrets import SecretReference
from hubposture.settings.tickets import TicketSettings
from hubposture.verbs.plan import Planned
from hubposture.verbs.ticket_wont_do import Means as WontDoMeans
from hubposture.verbs.tickets import Guards, Means
from hubposture.wiring.connection import Connection
from hubposture.wiring.observing import observed
from hubposture.wiring.owners import read_teams_file, sound_teams
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import Store, naive
from hubposture.wiring.waivers import waiver_path
from hubposture.wiring.workplace import AUTHOR, Workplace
from hubposture.work.content import TicketWords
from hubposture.work.policy import Policy, Rung
from hubposture.work.routes import routes
from hubposture.work.saying import counted
from hubposture.work.ticket import By

SERVICENOW = "servicenow"
"""The name of the tracker that `servicenow` of the settings is."""
_WONT_DO_DAYS = 90
"""How long a waiver that a ticket asks for would hold, unless less is allowed."""


@contextmanager
def ticket_means(connection: Connection, store: Store, *, planned: Callable[[], Planned]) -> Iterator[Means]:
    """What syncing tickets needs; connections to trackers are closed in the end.

    `planned` surveys and plans; it is asked only where scopes are observed. Raises InputErrors for a broken teams.yaml, and
    InputError where there is none and tickets are open: nobody would own what is in them, and they would be closed.
    """
    at = connection.workplace
    policy = ticket_policy(at)
    held = store.ledger.tickets(connection.name)
    teams = sound_teams(at)
    if teams is None and (live := sum(one.state.is_live for one in held)):
        raise InputError(
            f"{at.settings.files.teams}: it is not there, and {counted(live, 'ticket')} of its teams are open"
        )
    teams = teams or Teams()
    found, unrouted = routes(
        teams,
        sites=tuple(at.settings.jira),
        has_servicenow=bool(at.settings.servicenow.url),
        table=at.settings.servicenow.table,
    )
    places = {(one.tracker, one.place) for one in (*found.values(), *(ticket.route for ticket in held))}
    with ExitStack() as stack:
        trackers = {one.name: one for one in _trackers(at, stack, places)}
        yield Means(
            organization=connection.name,
            who=at.who(),
            commit=at.commit,
            lake=store.reader,
            ledger=store.ledger,
            trackers=trackers,
            routes=found,
            unrouted=unrouted,
            policy=policy,
            words=TicketWords(policy),
            guards=_guards(at.settings.tickets),
            is_observed=observed_for_tickets(connection, planned),
            now=lambda: naive(at.surroundings.now()),
        )


def ticket_policy(at: Workplace) -> Policy:
    """The policy that the settings and the teams make."""
    tickets = at.settings.tickets
    read = read_teams_file(at)
    limits = {one.name: one.in_progress for one in (read.teams.teams if read else ()) if one.in_progress is not None}
    return Policy(
        by=By(tickets.group.value),
        settle_hours=tickets.settle_hours,
        batch=tickets.batch,
        in_progress=tickets.in_progress,
        team_limits=limits,
        refresh_hours=tickets.refresh_hours,
        reopen_days=tickets.reopen_days,
        flapping_returns=tickets.flapping_returns,
        calm_hours=tickets.calm_hours,
        rows=tickets.rows,
        ladder=tuple(
            Rung(one.after_days, one.raise_priority, one.mention, one.slack, one.mail) for one in tickets.escalation
        ),
        wont_do=tickets.wont_do,
        not_mine=tickets.not_mine,
        labels=tickets.labels,
        redacted=frozenset(tickets.redact),
        link=tickets.link,
    )


def _guards(tickets: TicketSettings) -> Guards:
    return Guards(tickets.max_new, tickets.max_close_share, tickets.share_from)


def _trackers(at: Workplace, stack: ExitStack, places: Collection[tuple[str, str]]) -> Iterator[Tracker]:
    """Every tracker of the settings. No call is made yet."""

    def given(reference: SecretReference) -> str:
        return secret(reference, at.surroundings)

    clock, sleep = at.surroundings.clock, at.surroundings.sleep or time.sleep

    label = next(iter(at.settings.tickets.labels), "")
    for name, settings in at.settings.jira.items():
        http = stack.enter_context(jira_http(settings, given, clock=clock, sleep=sleep))
        known = [place for tracker, place in places if tracker == name]
        yield jira_site(name, settings, http, label=label, link=at.settings.tickets.link, places=known)
    servicenow = at.settings.servicenow
    if servicenow.url:
        sign_in = sign_in_of(servicenow, given)
        patience = patience_of(servicenow)
        http = stack.enter_context(
            servicenow_http(servicenow.url, sign_in, clock=clock, sleep=sleep, patience=patience)
        )
        yield ServiceNowTracker(http, ticket_shape_of(servicenow, SERVICENOW))


def observed_for_tickets(connection: Connection, planned: Callable[[], Planned]) -> Callable[[Target], bool]:
    """Whether subjects of a target get no tickets yet."""
    observe = connection.settings.observe
    return observed(observe.tickets, observe.holds_for_tickets, planned)


def trackers_set(at: Workplace) -> bool:
    """Whether the settings have any tracker."""
    return bool(at.settings.jira or at.settings.servicenow.url)


def servicenow_set(at: Workplace) -> tuple[str, ...]:
    """The name of the tracker that ServiceNow is, where the settings have it."""
    return (SERVICENOW,) if at.settings.servicenow.url else ()


def wont_do_means(at: Workplace) -> WontDoMeans:
    """What proposing waivers of tickets that will not be done needs."""
    waivers, name = at.settings.waivers, at.settings.files.waivers
    catalog = load()
    return WontDoMeans(
        repository=at.repository,
        path=lambda file: waiver_path(at, file),
        branch=waivers.branch,
        author=AUTHOR,
        today=at.today,
        days=min(waivers.max_days, _WONT_DO_DAYS),
        shown=catalog.shown,
        list_file=name if name.endswith((".yaml", ".yml")) else "",
        remote=waivers.remote,
    )


def findings_updater(connection: Connection) -> AwsUpdates:
    """What writes to findings."""
    return AwsUpdates(connection.gateway, connection.pool, home=connection.settings.home_region)
