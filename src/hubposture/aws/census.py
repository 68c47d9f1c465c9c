"""What a census asks beyond states: recorders, members, other people's automation, and who changed a control."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hubposture.aws.failures import is_hub_off
from hubposture.aws.gateway import Gateway, Seat, reader_of
from hubposture.aws.pool import Pool
from hubposture.aws.rules import criteria_of, effect_of, read_rules
from hubposture.aws.session import Purpose
from hubposture.aws.targets import unreadable
from hubposture.errors import RemoteError
from hubposture.model.organization import Organization
from hubposture.model.targets import Governance, Target, Unreadable, Way
from hubposture.ports.census import Automation, Deed, Member, Recorder

_WRITES: Final = (
    "BatchUpdateStandardsControlAssociations",
    "UpdateStandardsControl",
    "UpdateSecurityControl",
    "BatchEnableStandards",
    "BatchDisableStandards",
)
_FACTS: Final = frozenset({"SecurityControlId", "StandardsControlArn", "StandardsArn", "StandardsSubscriptionArn"})


class AwsCensus:
    """On-demand reads; the administrator's reader role is enough for all but recorders and deeds in other accounts."""

    def __init__(self, gateway: Gateway, pool: Pool) -> None:
        self._gateway = gateway
        self._pool = pool

    def recorders(self, targets: Sequence[Target]) -> Iterator[Recorder | Unreadable]:
        """AWS Config's state in each target, as it comes; two calls each."""
        for target, answer in self._pool.spread(lambda one: read_recorder(self._gateway, one), targets):
            if isinstance(answer, RemoteError):
                yield unreadable(target, Governance(Way.LOCAL), answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                yield answer

    def members(self, organization: Organization) -> tuple[Member, ...]:
        """Every live account with its member status in the home Region, sorted; the administrator is left out.

        Raises RemoteError.
        """
        seat = self._gateway.administrator(region=organization.home_region)
        asked = {"OnlyAssociated": False, "MaxResults": 50}
        status = {
            one["AccountId"]: one.get("MemberStatus", "")
            for one in self._gateway.items(seat, "ListMembers", "Members", asked)
        }
        live = (one for one in organization.accounts.values() if one.state.is_live)
        return tuple(
            sorted(Member(one.id, status.get(one.id, "")) for one in live if one.id != organization.administrator)
        )

    def automation(self, regions: Sequence[str]) -> Iterator[tuple[str, tuple[Automation, ...] | RemoteError]]:
        """Automation rules, insights and custom actions of the administrator, by Region, as they come."""
        for region, answer in self._pool.spread(lambda one: tuple(read_automation(self._gateway, one)), regions):
            if isinstance(answer, Exception) and not isinstance(answer, RemoteError):
                raise answer
            yield region, answer

    def hubs(self, targets: Sequence[Target]) -> Iterator[tuple[Target, bool | RemoteError]]:
        """Whether Security Hub is on in each target, as it comes; one call each."""
        for target, answer in self._pool.spread(lambda one: read_hub_on(self._gateway, one), targets):
            if isinstance(answer, Exception) and not isinstance(answer, RemoteError):
                raise answer
            yield target, answer

    def deeds(self, target: Target, *, since: datetime, until: datetime, control: str = "") -> tuple[Deed, ...]:
        """Who changed standards, controls and parameters in a target, newest first, of one control or of all.

        From CloudTrail, at most 90 days back; LookupEvents allows two calls a second. Raises RemoteError.
        """
        seat = reader_of(target, "cloudtrail")
        found = {deed for name in _WRITES for deed in _deeds(self._gateway, seat, name, since, until)}
        return tuple(sorted((deed for deed in found if _speaks_of(deed, control)), reverse=True))

    def policy_deeds(self, home: str, *, since: datetime, until: datetime) -> tuple[Deed, ...]:
        """Who changed configuration policies, newest first; read in the administrator's account. Raises RemoteError."""
        account = self._gateway.roles.administrator_account
        seat = Seat(account, home, Purpose.ADMINISTRATOR, "cloudtrail")
        names = ("UpdateConfigurationPolicy", "CreateConfigurationPolicy", "StartConfigurationPolicyAssociation")
        found = {deed for name in names for deed in _deeds(self._gateway, seat, name, since, until)}
        return tuple(sorted(found, reverse=True))


def read_hub_on(gateway: Gateway, target: Target) -> bool:
    """Whether Security Hub is on in a target; raises RemoteError when that cannot be told."""
    try:
        gateway.call(reader_of(target), "DescribeHub")
    except RemoteError as problem:
        if is_hub_off(problem.code):
            return False
        raise
    return True


def read_recorder(gateway: Gateway, target: Target) -> Recorder:
    """AWS Config's customer recorder in a target; raises RemoteError."""
    seat = reader_of(target, "config")
    recorders = gateway.call(seat, "DescribeConfigurationRecorders").get("ConfigurationRecorders") or ()
    statuses = gateway.call(seat, "DescribeConfigurationRecorderStatus").get("ConfigurationRecordersStatus") or ()
    running = {one["name"]: one for one in statuses if one.get("recording")}
    if not recorders:
        return Recorder(target, is_on=False, records_all=False, records_global=False, detail="no recorder")
    on = [one for one in recorders if one["name"] in running]
    if not on:
        return Recorder(target, is_on=False, records_all=False, records_global=False, detail="the recorder is stopped")
    groups = [one.get("recordingGroup") or {} for one in on]
    failed = [one for one in running.values() if one.get("lastStatus") == "Failure"]
    return Recorder(
        target,
        is_on=True,
        records_all=any(group.get("allSupported") for group in groups),
        records_global=any(group.get("includeGlobalResourceTypes") for group in groups),
        detail=f"delivery fails: {failed[0].get('lastErrorCode', '')}" if failed else "",
    )


def read_automation(gateway: Gateway, region: str) -> Iterator[Automation]:
    """What others set up in the administrator's hub in one Region; raises RemoteError."""
    seat = gateway.administrator(region=region)
    page = {"MaxResults": 100}
    for one in read_rules(gateway, seat):
        detail = f"{one.get('RuleStatus', '')}, order {one.get('RuleOrder', '')}, by {one.get('CreatedBy', 'unknown')}"
        detail += f"; {effect_of(one)} where {criteria_of(one)}"
        yield Automation("automation rule", region, one.get("RuleName", ""), one["RuleArn"], detail)
    for one in gateway.items(seat, "GetInsights", "Insights", page):
        if ":insight/securityhub/" not in one["InsightArn"]:
            yield Automation("insight", region, one["Name"], one["InsightArn"], f"by {one['GroupByAttribute']}")
    for one in gateway.items(seat, "DescribeActionTargets", "ActionTargets", page):
        yield Automation("custom action", region, one["Name"], one["ActionTargetArn"], one.get("Description", ""))


def _deeds(gateway: Gateway, seat: Seat, name: str, since: datetime, until: datetime) -> Iterator[Deed]:
    asked = {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
        "StartTime": since,
        "EndTime": until,
        "MaxResults": 50,
    }
    for one in gateway.items(seat, "LookupEvents", "Events", asked):
        event = event_of(one)
        if not event.get("errorCode"):
            controls = tuple(sorted(set(facts_in(event.get("requestParameters")))))
            yield Deed(one["EventTime"], _who(one, event), name, controls, one["EventId"])


def event_of(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """The whole event that CloudTrail keeps as text; empty where it is not readable."""
    try:
        event = json.loads(one.get("CloudTrailEvent") or "{}")
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _who(one: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    identity = event.get("userIdentity") or {}
    return identity.get("arn") or one.get("Username") or identity.get("type") or "unknown"


def facts_in(node: Any) -> Iterator[str]:
    """The ids of controls and standards anywhere in a request, as they stand there; the casing of names may vary."""
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and f"{name[:1].upper()}{name[1:]}" in _FACTS:
                yield value
            else:
                yield from facts_in(value)
    elif isinstance(node, list):
        for one in node:
            yield from facts_in(one)


def _speaks_of(deed: Deed, control: str) -> bool:
    wanted = control.casefold()
    return not wanted or any(wanted in _last(one) for one in deed.controls) or _is_whole_standard(deed)


def _last(text: str) -> tuple[str, ...]:
    """A control's id and the last part of its ARN, in lower case."""
    return (text.casefold(), text.rpartition("/")[2].casefold())


def _is_whole_standard(deed: Deed) -> bool:
    """Whether the change is of a standard, which switches all its controls."""
    return deed.operation in ("BatchEnableStandards", "BatchDisableStandards")
