"""What sources say of a resource: recorded configurations, writes with who, and gaps where nothing can be said."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """A configuration as AWS Config recorded it. `configuration` and the supplementary ones are texts, mostly of JSON.

    `relationships` are (name of the relation, type, id or name). `captured_at` is aware.
    """

    captured_at: dt.datetime
    status: str
    configuration: str
    supplementary: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    relationships: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """Who made a call. `name` is the person or session, `through` the role or service, '' where it is themselves.

    `kind` is CloudTrail's type of identity. `key` is an access key's id, shortened; `ip` an address or a service's name.
    """

    name: str
    through: str = ""
    kind: str = ""
    arn: str = ""
    ip: str = ""
    key: str = ""
    agent: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.through})" if self.through and self.through != self.name else self.name


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changes something, as CloudTrail has it. `error` is AWS's code where it was refused or failed.

    `of` are the ids of findings, `controls` the ids of controls and standards that its request names; `at` is aware.
    """

    at: dt.datetime
    id: str
    source: str
    operation: str
    account: str
    region: str
    who: Who
    error: str = ""
    said: str = ""
    controls: tuple[str, ...] = ()
    of: tuple[tuple[str, str], ...] = ()


class Source(StrEnum):
    """Where something comes from."""

    CONFIG = "AWS Config"
    TRAIL = "CloudTrail"


class Why(StrEnum):
    """Why something cannot be seen."""

    DENIED = "role denied"
    RECORDER_OFF = "recorder off"
    NOT_RECORDED = "type not recorded"
    NOT_KNOWN = "not known there"
    NO_NAME = "no such type there"
    TOO_OLD = "older than is kept"
    CUT = "cut"
    THROTTLED = "throttled"
    UNREACHABLE = "not reachable"
    NOT_SET = "not set up"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that cannot be seen: of which source, why, in a sentence; `before` is until when, None for all of it."""

    source: Source
    why: Why
    what: str
    before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the sources said of a resource when they were asked, oldest first. Times are aware."""

    asked_at: dt.datetime
    asked_by: str
    since: dt.datetime
    items: Sequence[ConfigItem] = ()
    writes: Sequence[Write] = ()
    gaps: Sequence[Gap] = ()


def as_data(past: Past) -> dict[str, Any]:
    """A past as plain JSON."""
    return {
        "asked_at": past.asked_at.isoformat(), "asked_by": past.asked_by, "since": past.since.isoformat(),
        "items": [
            {
                "at": one.captured_at.isoformat(), "status": one.status, "configuration": one.configuration,
                "supplementary": dict(one.supplementary), "tags": dict(one.tags),
                "relationships": [list(each) for each in one.relationships],
            }
            for one in past.items
        ],
        "writes": [write_data(one) for one in past.writes],
        "gaps": [
            {"source": str(one.source), "why": str(one.why), "what": one.what, "before": one.before.isoformat() if one.before else None}
            for one in past.gaps
        ],
    }  # fmt: skip


def from_data(data: Mapping[str, Any]) -> Past:
    """The past that `as_data` wrote."""
    return Past(
        dt.datetime.fromisoformat(data["asked_at"]), data["asked_by"], dt.datetime.fromisoformat(data["since"]),
        tuple(
            ConfigItem(
                dt.datetime.fromisoformat(one["at"]), one["status"], one["configuration"], one["supplementary"], one["tags"],
                tuple((each[0], each[1], each[2]) for each in one["relationships"]),
            )
            for one in data["items"]
        ),
        tuple(write_of(one) for one in data["writes"]),
        tuple(
            Gap(Source(one["source"]), Why(one["why"]), one["what"], dt.datetime.fromisoformat(one["before"]) if one["before"] else None)
            for one in data["gaps"]
        ),
    )  # fmt: skip


def write_data(one: Write) -> dict[str, Any]:
    """A write as plain JSON."""
    who = one.who
    return {
        "at": one.at.isoformat(), "id": one.id, "source": one.source, "operation": one.operation, "account": one.account,
        "region": one.region, "error": one.error, "said": one.said, "controls": list(one.controls),
        "of": [list(each) for each in one.of],
        "who": {"name": who.name, "through": who.through, "kind": who.kind, "arn": who.arn, "ip": who.ip, "key": who.key, "agent": who.agent},
    }  # fmt: skip


def write_of(data: Mapping[str, Any]) -> Write:
    """The write that `write_data` wrote."""
    return Write(
        dt.datetime.fromisoformat(data["at"]), data["id"], data["source"], data["operation"], data["account"], data["region"],
        Who(**data["who"]), data["error"], data["said"], tuple(data["controls"]), tuple((each[0], each[1]) for each in data["of"]),
    )  # fmt: skip
