"""CloudTrail's record of a call, read: who, what, where, and what its request speaks of."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hubposture.timeline.facts import Who, Write

_CONTROLS: Final = frozenset({"SecurityControlId", "StandardsControlArn", "StandardsArn", "StandardsSubscriptionArn"})
_DEEPEST: Final = 20
_MOST_IDS: Final = 100
_LONGEST: Final = 400
_SAID: Final = ("RuleName", "RuleArn", "AutomationRulesArns", "Name", "Identifier", "ControlStatus", "DisabledReason")


def write_of_event(text: str | Mapping[str, Any]) -> Write | None:
    """A call from CloudTrail's own text of it; None for a read, and for what is no such text."""
    event = _object(text) if isinstance(text, str) else text
    if event.get("readOnly") is True or str(event.get("readOnly", "")).lower() == "true":
        return None
    at = _time(event.get("eventTime"))
    if at is None or not isinstance(event.get("eventName"), str):
        return None
    asked = event.get("requestParameters")
    return Write(
        at=at,
        id=_text(event.get("eventID")),
        source=_text(event.get("eventSource")).removesuffix(".amazonaws.com"),
        operation=_text(event.get("eventName")),
        account=_text(event.get("recipientAccountId")),
        region=_text(event.get("awsRegion")),
        who=who_of(event),
        error=_text(event.get("errorCode")),
        said=_said(event, asked),
        controls=tuple(sorted({*_named(asked, 0)}))[:_MOST_IDS],
        of=tuple(dict.fromkeys(_findings(asked)))[:_MOST_IDS],
    )


def who_of(event: Mapping[str, Any]) -> Who:
    """Who made the call of an event."""
    identity = _dict(event.get("userIdentity"))
    kind, arn = _text(identity.get("type")), _text(identity.get("arn"))
    issuer = _dict(_dict(identity.get("sessionContext")).get("sessionIssuer"))
    name, through = _named_who(kind, arn, identity, issuer)
    return Who(
        name=name,
        through=through,
        kind=kind,
        arn=arn,
        ip=_text(event.get("sourceIPAddress"))[:100],
        key=shortened(_text(identity.get("accessKeyId"))),
        agent=_text(event.get("userAgent"))[:200],
    )


def _named_who(kind: str, arn: str, identity: Mapping[str, Any], issuer: Mapping[str, Any]) -> tuple[str, str]:
    path = arn.rpartition(":")[2].split("/")
    match kind:
        case "AssumedRole":
            role = _text(issuer.get("userName")) or (path[1] if len(path) > 1 else "")
            return (path[-1] if len(path) > 2 else role) or "unknown", f"role {role}" if role else ""  # noqa: PLR2004 (assumed-role/ROLE/SESSION)
        case "IAMUser":
            return _text(identity.get("userName")) or path[-1] or "unknown", "IAM user"
        case "Root":
            return "root user", _text(identity.get("accountId"))
        case "AWSService":
            return _text(identity.get("invokedBy")) or "an AWS service", "AWS service"
        case "AWSAccount":
            return f"account {_text(identity.get('accountId'))}", "another account"
        case _:
            name = _text(identity.get("userName")) or path[-1] or _text(identity.get("principalId"))
            return name or "unknown", kind


def shortened(key: str) -> str:
    """`ASIA...3F2A`: enough of an access key's id to tell it from others."""
    return f"{key[:4]}...{key[-4:]}" if len(key) > 8 else ""  # noqa: PLR2004 (both ends)


def _said(event: Mapping[str, Any], asked: object) -> str:
    """What went wrong, or what of the request people know it by."""
    if message := _text(event.get("errorMessage")):
        return message[:_LONGEST]
    if not isinstance(asked, dict):
        return ""
    parts = []
    for name, value in asked.items():
        shown = f"{str(name)[:1].upper()}{str(name)[1:]}"
        if shown in _SAID and isinstance(value, (str, int)):
            parts.append(f"{shown} {value}")
        elif shown == "Workflow":
            parts.append(f"Workflow {_text(next(iter(_dict(value).values()), ''))}")
    return ", ".join(parts)[:_LONGEST]


def _named(node: object, depth: int) -> Iterator[str]:
    """The controls and standards anywhere in a request; the casing of names may vary."""
    if depth > _DEEPEST:
        return
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and f"{name[:1].upper()}{name[1:]}" in _CONTROLS:
                yield value.rpartition("/")[2] if "/control/" in value else value
            else:
                yield from _named(value, depth + 1)
    elif isinstance(node, list):
        for one in node:
            yield from _named(one, depth + 1)


def _findings(asked: object) -> Iterator[tuple[str, str]]:
    """(ProductArn, Id) of the findings that a request names."""
    for name, value in _dict(asked).items():
        if name.casefold() == "findingidentifiers" and isinstance(value, list):
            for one in value:
                found = {str(key).casefold(): _text(text) for key, text in _dict(one).items()}
                if found.get("id"):
                    yield found.get("productarn", ""), found["id"]


def _object(text: str) -> Mapping[str, Any]:
    try:
        return _dict(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
