"""Automation rules of the administrator, by Region: those that set the workflow status are other hands on findings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.reconcile.chunks import chunks
from hubposture.waivers.decision import ForeignRule

_BATCH: Final = 100
_GONE: Final = 404
_SHOWN: Final = 3

Rule = Mapping[str, Any]
"""An automation rule as BatchGetAutomationRules has it (AutomationRulesConfig)."""


class AwsRules:
    """Implements `ports.updates.RulesReader` with the administrator's reader role."""

    def __init__(self, gateway: Gateway, pool: Pool) -> None:
        self._gateway = gateway
        self._pool = pool

    def rules(self, regions: Sequence[str]) -> Iterator[tuple[str, Sequence[ForeignRule] | RemoteError]]:
        """See `ports.updates`. A rule lives in one Region alone, so each is asked."""
        for region, answer in self._pool.spread(self._of_region, dict.fromkeys(regions)):
            if isinstance(answer, Exception) and not isinstance(answer, RemoteError):
                raise answer
            yield region, answer

    def _of_region(self, region: str) -> Sequence[ForeignRule]:
        found = read_rules(self._gateway, self._gateway.administrator(region=region))
        return tuple(
            ForeignRule(rule["RuleArn"], rule.get("RuleName", ""), region, rule["RuleOrder"], status, rule["Criteria"])
            for rule in found
            if is_on(rule) and (status := status_set_by(rule))
        )


def read_rules(gateway: Gateway, seat: Seat) -> list[Rule]:
    """All rules of a hub in full, in the order in which they run; one that is deleted meanwhile is left out.

    Raises RemoteError; also when a rule that is listed cannot be read.
    """
    listed = gateway.items(seat, "ListAutomationRules", "AutomationRulesMetadata", {"MaxResults": _BATCH})
    found = [rule for arns in chunks((one["RuleArn"] for one in listed), _BATCH) for rule in _read(gateway, seat, arns)]
    return sorted(found, key=lambda rule: (rule["RuleOrder"], str(rule.get("UpdatedAt", "")), rule["RuleArn"]))


def _read(gateway: Gateway, seat: Seat, arns: Sequence[str]) -> Iterator[Rule]:
    reply = gateway.call(seat, "BatchGetAutomationRules", {"AutomationRulesArns": list(arns)})
    found = {rule["RuleArn"]: rule for rule in reply.get("Rules") or ()}
    left = {one.get("RuleArn"): one for one in reply.get("UnprocessedAutomationRules") or ()}
    for arn in arns:
        if arn in found:
            yield found[arn]
        elif left.get(arn, {}).get("ErrorCode") != _GONE:
            why = left.get(arn, {}).get("ErrorMessage", "the reply does not name it")
            raise RemoteUnavailable(f"{seat}:BatchGetAutomationRules: {arn}: {why}; run again", code="Unprocessed")


def is_on(rule: Rule) -> bool:
    """Whether a rule is enabled."""
    return rule.get("RuleStatus") == "ENABLED"


def status_set_by(rule: Rule) -> str:
    """The workflow status that a rule sets, '' where it sets none."""
    updates = (action.get("FindingFieldsUpdate") or {} for action in rule.get("Actions") or ())
    return next((status for update in updates if (status := (update.get("Workflow") or {}).get("Status", ""))), "")


def effect_of(rule: Rule) -> str:
    """What a rule does, in words: the workflow status it sets, else the fields."""
    if status := status_set_by(rule):
        return f"sets {status}"
    fields = sorted({name for action in rule.get("Actions") or () for name in action.get("FindingFieldsUpdate") or ()})
    return f"sets {', '.join(fields) or 'nothing'}"


def criteria_of(rule: Rule) -> str:
    """What findings a rule speaks of, in words; of each attribute the first values."""
    criteria: Mapping[str, Any] = rule.get("Criteria") or {}
    return " and ".join(_criterion(name, filters) for name, filters in sorted(criteria.items())) or "anything"


def _criterion(name: str, filters: Sequence[Mapping[str, Any]]) -> str:
    shown = " or ".join(_filter(one) for one in filters[:_SHOWN])
    more = f" or {len(filters) - _SHOWN} more" if len(filters) > _SHOWN else ""
    return f"{name} {shown}{more}"


def _filter(one: Mapping[str, Any]) -> str:
    """A filter: of texts by comparison, key and value, of times and numbers by its bounds."""
    if "Comparison" in one:
        return " ".join(str(one[name]) for name in ("Comparison", "Key", "Value") if name in one)
    return " ".join(f"{name} {_filter(value) if isinstance(value, dict) else value}" for name, value in one.items())
