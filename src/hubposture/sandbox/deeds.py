"""What was done to the emulated resources and findings, by whom: AWS Config and CloudTrail tell of it."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hubposture.sandbox.population_inventory import Resource

MOST = 20_000
"""So many newest deeds are kept."""

_ACTORS = (
    # kind, role or user, session
    ("role", "Developer", "kim@example.com"),
    ("role", "Developer", "lee@example.com"),
    ("role", "Administrator", "noor@example.com"),
    ("role", "deploy-pipeline", "gitlab-runner-{number}"),
    ("role", "deploy-pipeline", "gitlab-runner-{number}"),
    ("user", "terraform", ""),
    ("role", "OrganizationAccountAccessRole", "sam@example.com"),
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: an ARN, an access key's id, an address and a program."""

    arn: str
    key: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to a resource: `kind` is create, change or delete; facts and tags as they were after it."""

    at: datetime
    kind: str
    type: str
    id: str
    account: str
    region: str
    born: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    tags_before: Mapping[str, str] = field(default_factory=dict)

    @property
    def id_of_event(self) -> str:
        """The id of its CloudTrail event."""
        return uuid_of("deed", self.id, self.region, self.at.isoformat(), self.kind)

    def resource(self) -> Resource:
        """The resource as it was after the deed."""
        return Resource(
            self.type, self.id, self.account, self.region, self.born, tags=self.tags, details={}, facts=dict(self.facts)
        )


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody set fields of a finding by hand."""

    at: datetime
    account: str
    region: str
    identity: str
    product: str
    finding: str
    fields: Mapping[str, Any]

    @property
    def id_of_event(self) -> str:
        """The id of its CloudTrail event."""
        return uuid_of("press", self.finding, self.at.isoformat(), self.identity)


class Deeds:
    """All deeds in the order in which they were done, and what is known of each resource."""

    def __init__(self) -> None:
        self.deeds: deque[Deed] = deque(maxlen=MOST)
        self.presses: deque[Press] = deque(maxlen=MOST)
        self._last: dict[tuple[str, str, str], Deed] = {}

    def changed(self, resource: Resource, at: datetime) -> None:
        """A resource was made or changed; where nothing differs nothing was done."""
        before = self._last.get(_place(resource))
        facts = dict(before.facts) if before else {}
        tags = dict(before.tags) if before else dict(resource.tags)
        is_new = before is None and resource.born == at
        if not is_new and before is not None and (facts, tags) == (resource.facts, dict(resource.tags)):
            return
        self._add(resource, at, "create" if is_new else "change", facts=facts, tags=tags)

    def deleted(self, resource: Resource, at: datetime) -> None:
        """A resource was deleted."""
        self._add(resource, at, "delete", facts=dict(resource.facts), tags=dict(resource.tags))

    def _add(
        self, resource: Resource, at: datetime, kind: str, *, facts: Mapping[str, Any], tags: Mapping[str, str]
    ) -> None:
        deed = Deed(
            at, kind, resource.type, resource.id, resource.account, resource.region, resource.born,
            dict(resource.facts), dict(resource.tags), facts, tags,
        )  # fmt: skip
        self._last[_place(resource)] = deed
        self.deeds.append(deed)

    def pressed(self, press: Press) -> None:
        """Somebody set fields of a finding."""
        self.presses.append(press)

    def of(self, account: str, region: str, resource: str) -> list[Deed]:
        """What was done to a resource, in order."""
        return [one for one in self.deeds if (one.account, one.region, one.id) == (account, region, resource)]

    def gone(self, account: str, region: str, kind: str) -> Iterator[Deed]:
        """The deletions of resources of a type in a target."""
        return (
            one
            for one in self.deeds
            if one.kind == "delete" and (one.account, one.region, one.type) == (account, region, kind)
        )

    def dump(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return {
            "deeds": [
                [one.at.isoformat(), one.kind, one.type, one.id, one.account, one.region, one.born.isoformat(), one.facts,
                 one.tags, one.before, one.tags_before]
                for one in self.deeds
            ],
            "presses": [
                [one.at.isoformat(), one.account, one.region, one.identity, one.product, one.finding, dict(one.fields)]
                for one in self.presses
            ],
        }  # fmt: skip

    def load(self, state: Mapping[str, Iterable[Any]]) -> None:
        """Take over what `dump` gave."""
        self.deeds.clear()
        self.presses.clear()
        self._last.clear()
        for at, kind, type_, id_, account, region, born, *rest in state.get("deeds", ()):
            deed = Deed(
                datetime.fromisoformat(at), kind, type_, id_, account, region, datetime.fromisoformat(born), *rest
            )
            self.deeds.append(deed)
            self._last[account, region, id_] = deed
        for at, *rest in state.get("presses", ()):
            self.presses.append(Press(datetime.fromisoformat(at), *rest))


def actor_of(deed: Deed, *, partition: str = "aws") -> Actor:
    """Who did something: the same deed is always done by the same."""
    draw = number_of("actor", deed.id, deed.at.isoformat())
    kind, name, session = _ACTORS[draw % len(_ACTORS)]
    number = 4000 + draw % 900
    if kind == "user":
        arn = f"arn:{partition}:iam::{deed.account}:user/{name}"
    else:
        arn = f"arn:{partition}:sts::{deed.account}:assumed-role/{name}/{session.format(number=number)}"
    agent = {"deploy-pipeline": "APN/1.0 HashiCorp/1.0 Terraform/1.9", "terraform": "aws-cli/2.31 md/command"}.get(
        name, "AWS Internal (console)"
    )
    prefix = "ASIA" if kind == "role" else "AKIA"
    key = prefix + hashlib.sha256(f"{arn}{deed.at.date()}".encode()).hexdigest()[:16].upper()
    return Actor(arn, key, f"198.51.100.{draw % 250 + 1}" if session else f"203.0.113.{draw % 250 + 1}", agent)


def number_of(*parts: str) -> int:
    """A number that is the same for the same parts and otherwise looks random."""
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=6).digest())


def uuid_of(*parts: str) -> str:
    """An id that is the same for the same parts."""
    return str(UUID(hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()))


def _place(resource: Resource) -> tuple[str, str, str]:
    return resource.account, resource.region, resource.id
