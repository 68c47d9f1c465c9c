"""The shape of a record or a ticket, and how to sign in, from the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from hubposture.connectors.http import Patience
from hubposture.connectors.servicenow.shape import (
    Dates,
    Meaning,
    RecordShape,
    Value,
    catalog_item,
    change_request,
    policy_exception,
)
from hubposture.connectors.servicenow.signing import Basic, Bearer, ClientCredentials, SignIn
from hubposture.connectors.servicenow.ticket_shape import TicketShape
from hubposture.errors import InputError
from hubposture.settings.secrets import SecretReference
from hubposture.settings.servicenow import (
    Preset,
    ServiceNowAccess,
    ServiceNowNames,
    ServiceNowSettings,
    ServiceNowStates,
    SignInBy,
)
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.waivers.standing import Verdict
from hubposture.work.ticket import Outcome

_VERDICTS: Final = (
    ("rejected", Verdict.REJECTED),
    ("changes_requested", Verdict.CHANGES_REQUESTED),
    ("withdrawn", Verdict.WITHDRAWN),
    ("approved", Verdict.APPROVED),
    ("pending", None),
)
"""In which order states are asked: where two fit, the one that excuses less counts."""


def shape_of(settings: ServiceNowSettings, zone: ZoneInfo) -> RecordShape:
    """The preset with what the settings say over it. `zone` is the organization's."""
    shape = _preset(settings)
    return replace(
        shape,
        table=settings.table or shape.table,
        fields=_over(shape.fields, settings.fields),
        variables=_over(shape.variables, settings.variables),
        constants=_pairs(settings.constants),
        meanings=_meanings(settings.states) or shape.meanings,
        granted=_or(settings.granted, shape.granted),
        approver=_or(settings.approver, shape.approver),
        comments=_or(settings.comments, shape.comments),
        dates=shape.dates if settings.dates is None else Dates(settings.dates.value),
        zone=zone,
    )


def ticket_shape_of(settings: TrackerServiceNow, name: str) -> TicketShape:
    """How tickets look there. `name` is the tracker's name."""
    fields, states, severities = settings.fields, settings.states, settings.severities
    return TicketShape(
        name=name,
        url=settings.url,
        table=settings.table,
        key=fields.key,
        title=fields.title,
        body=fields.body,
        comment=fields.comment,
        group=fields.group,
        assignee=fields.assignee,
        due=fields.due,
        parent=fields.parent,
        open=_pairs(states.open),
        done=tuple((field, value) for field, _, value in (one.partition("=") for one in states.done)),
        outcomes={
            Outcome.FIXED: _pairs(states.fixed),
            Outcome.WAIVED: _pairs(states.waived),
            Outcome.GONE: _pairs(states.gone),
            Outcome.NOT_REQUIRED: _pairs(states.not_required),
        },
        severities={
            "CRITICAL": _pairs(severities.critical),
            "HIGH": _pairs(severities.high),
            "MEDIUM": _pairs(severities.medium),
            "LOW": _pairs(severities.low),
        },
        constants=_pairs(settings.constants),
    )


def sign_in_of(settings: ServiceNowAccess, secret: Callable[[SecretReference], str]) -> SignIn:
    """How to sign in; `secret` gets the secret that a reference means. Raises InputError where none is named."""
    reference = settings.secret_reference
    if reference is None:
        place = "servicenow" if isinstance(settings, TrackerServiceNow) else "waivers.servicenow"
        raise InputError(f"{place}: sign_in is {settings.sign_in}, and its secret is not named")
    match settings.sign_in:
        case SignInBy.CLIENT_CREDENTIALS:
            return ClientCredentials(settings.client_id, secret(reference))
        case SignInBy.BASIC:
            return Basic(settings.user, secret(reference))
        case SignInBy.TOKEN:
            return Bearer(secret(reference))


def patience_of(settings: ServiceNowAccess) -> Patience:
    """How long is waited."""
    return Patience(answer_seconds=float(settings.timeout_seconds))


def _preset(settings: ServiceNowSettings) -> RecordShape:
    match settings.preset:
        case Preset.POLICY_EXCEPTION:
            return policy_exception()
        case Preset.CATALOG_ITEM:
            return catalog_item(settings.item)
        case Preset.CHANGE_REQUEST:
            return change_request()
        case Preset.NONE:
            return RecordShape(table=settings.table, fields={}, meanings=())


def _over(names: Mapping[Value, str], given: ServiceNowNames) -> Mapping[Value, str]:
    """The preset's names with those that are given over them; an empty one takes its value out."""
    found = {value: _or(getattr(given, value.value), names.get(value, "")) for value in Value}
    return {value: name for value, name in found.items() if name}


def _meanings(states: ServiceNowStates) -> tuple[Meaning, ...]:
    found = []
    for name, verdict in _VERDICTS:
        for pair in getattr(states, name):
            field, _, value = pair.partition("=")
            found.append(Meaning(field, value, verdict))
    return tuple(found)


def _pairs(given: Sequence[str]) -> Mapping[str, str]:
    """What FIELD=VALUE says, in its order."""
    return dict(one.partition("=")[::2] for one in given)


def _or(given: str | None, preset: str) -> str:
    return preset if given is None else given
