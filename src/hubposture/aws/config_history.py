"""What AWS Config recorded of a resource; what it cannot tell is a gap that says why."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hubposture.aws.census import read_recorder
from hubposture.aws.gaps import aware, gap_of
from hubposture.aws.gateway import Gateway, reader_of
from hubposture.errors import InputError, RemoteError
from hubposture.model.targets import Target
from hubposture.ports.resource_history import Recorded
from hubposture.timeline.facts import ConfigItem, Gap, Source, Why
from hubposture.timeline.resource import ConfigKey, Resource, config_key

_PAGE: Final = 100
_UNKNOWN: Final = "ResourceNotDiscoveredException"
_NO_RECORDER: Final = "NoAvailableConfigurationRecorderException"
_LARGEST: Final = 200_000
"""Characters of one configuration that are kept: more is said and not compared."""


class AwsConfigHistory:
    """Implements `ports.resource_history.ConfigHistory` with the reader role of the resource's account.

    At most `most_pages` pages of 100 are read: AWS Config covers at most seven days by one of them.
    """

    def __init__(self, gateway: Gateway, *, most_pages: int = 20) -> None:
        self._gateway = gateway
        self._most = most_pages

    def recorded(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Recorded:
        """See `ports.resource_history`."""
        key = config_key(resource)
        if key is None:
            kind = resource.type or "a resource without a type"
            return _only(Why.NO_NAME, f"AWS Config: {kind} is not among the types whose history can be looked up")
        target = Target("", resource.account, resource.region)
        try:
            return self._read(target, key, since, until)
        except RemoteError as problem:
            if problem.code == _NO_RECORDER:
                return _only(Why.RECORDER_OFF, f"AWS Config: {resource.account}/{resource.region} has no recorder")
            return Recorded(gaps=(gap_of(Source.CONFIG, problem),))
        except InputError as problem:
            return Recorded(gaps=(gap_of(Source.CONFIG, problem),))

    def _read(self, target: Target, key: ConfigKey, since: dt.datetime, until: dt.datetime) -> Recorded:
        for one in key.ids:
            if (found := self._items(target, key.type, one, since, until)) is not None:
                return self._with_recorder(target, found)
        for one in self._ids(target, key):
            if (found := self._items(target, key.type, one, since, until)) is not None:
                return self._with_recorder(target, found)
        return Recorded(gaps=(self._why_unknown(target, key),))

    def _items(self, target: Target, kind: str, id_: str, since: dt.datetime, until: dt.datetime) -> Recorded | None:
        """What was recorded under an id, and the state before it; None where AWS Config knows no such id."""
        items: list[ConfigItem] = []
        token = ""
        try:
            for page in self._pages(target, kind, id_, until):
                items += [_item(one) for one in page.get("configurationItems") or ()]
                token = page.get("nextToken", "")
                if items and _oldest(items) < since:
                    return Recorded(_since(items, since))
        except RemoteError as problem:
            if problem.code == _UNKNOWN:
                return None
            if not items:
                raise
            return Recorded(_sorted(items), (gap_of(Source.CONFIG, problem, before=_oldest(items)),))
        if token:
            what = f"AWS Config: only the newest {len(items):,} records were read; older ones are in its console"
            return Recorded(_sorted(items), (Gap(Source.CONFIG, Why.CUT, what, _oldest(items) if items else None),))
        return Recorded(_sorted(items))

    def _pages(self, target: Target, kind: str, id_: str, until: dt.datetime) -> Iterator[Mapping[str, Any]]:
        """Pages from the newest on: the state before the time asked for is needed to say what changed first."""
        asked: dict[str, Any] = {
            "resourceType": kind, "resourceId": id_, "laterTime": until, "chronologicalOrder": "Reverse", "limit": _PAGE,
        }  # fmt: skip
        for _ in range(self._most):
            page = self._gateway.call(reader_of(target, "config"), "GetResourceConfigHistory", asked)
            yield page
            if not page.get("nextToken") or page["nextToken"] == asked.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]

    def _ids(self, target: Target, key: ConfigKey) -> Iterator[str]:
        """The ids that AWS Config gave to what has this name, those of deleted resources last."""
        asked = {"resourceType": key.type, "resourceName": key.name, "limit": 10, "includeDeletedResources": True}
        page = self._gateway.call(reader_of(target, "config"), "ListDiscoveredResources", asked)
        found = [one for one in page.get("resourceIdentifiers") or () if one.get("resourceId")]
        for one in sorted(found, key=lambda each: "resourceDeletionTime" in each):
            if one["resourceId"] not in key.ids:
                yield one["resourceId"]

    def _why_unknown(self, target: Target, key: ConfigKey) -> Gap:
        """Why AWS Config knows nothing: the recorder says."""
        place = f"{target.account}/{target.region}"
        try:
            recorder = read_recorder(self._gateway, target)
        except RemoteError as problem:
            return gap_of(Source.CONFIG, problem)
        if not recorder.is_on:
            what = f"AWS Config: nothing is recorded in {place} now: {recorder.detail}"
            return Gap(Source.CONFIG, Why.RECORDER_OFF, what)
        if not recorder.records_all:
            what = (
                f"AWS Config: the recorder of {place} does not record every type, and it has no {key.type} {key.name}"
            )
            return Gap(Source.CONFIG, Why.NOT_RECORDED, what)
        return Gap(Source.CONFIG, Why.NOT_KNOWN, f"AWS Config: {place} knows no {key.type} {key.name}")

    def _with_recorder(self, target: Target, found: Recorded) -> Recorded:
        """What was recorded, and that no more is recorded where the recorder is off now."""
        try:
            recorder = read_recorder(self._gateway, target)
        except RemoteError:
            return found
        if recorder.is_on:
            return found
        what = f"AWS Config: {target.account}/{target.region} records nothing now ({recorder.detail}), so newer changes are missing"
        return Recorded(found.items, (*found.gaps, Gap(Source.CONFIG, Why.RECORDER_OFF, what)))


def _only(why: Why, what: str) -> Recorded:
    return Recorded(gaps=(Gap(Source.CONFIG, why, what),))


def _item(one: Mapping[str, Any]) -> ConfigItem:
    related = [
        (each.get("relationshipName", ""), each.get("resourceType", ""), each.get("resourceName") or each.get("resourceId", ""))
        for each in one.get("relationships") or ()
    ]  # fmt: skip
    return ConfigItem(
        captured_at=aware(one["configurationItemCaptureTime"]),
        status=one.get("configurationItemStatus", ""),
        configuration=_bounded(one.get("configuration") or ""),
        supplementary={name: _bounded(text) for name, text in (one.get("supplementaryConfiguration") or {}).items()},
        tags=dict(one.get("tags") or {}),
        relationships=tuple(related),
    )


def _bounded(text: str) -> str:
    if len(text) <= _LARGEST:
        return text
    return f"(a configuration of {len(text):,} characters, not compared)"


def _sorted(items: list[ConfigItem]) -> tuple[ConfigItem, ...]:
    return tuple(sorted(items, key=lambda one: one.captured_at))


def _since(items: list[ConfigItem], since: dt.datetime) -> tuple[ConfigItem, ...]:
    """The items since a time and the newest one before it."""
    found = _sorted(items)
    first = sum(one.captured_at < since for one in found)
    return found[max(0, first - 1) :]


def _oldest(items: list[ConfigItem]) -> dt.datetime:
    return min(one.captured_at for one in items)
