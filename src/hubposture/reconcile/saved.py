"""Saved plans: a plan as JSON with its digest, small for many places, refused when it was altered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from hubposture.errors import InputError
from hubposture.model.targets import Because, Target, Unreadable
from hubposture.reconcile.change import Edit, Value
from hubposture.reconcile.plan import Held, Plan

FORMAT = "hubposture-plan/1"


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan with the commit of the baseline it was made from and the version that made it."""

    plan: Plan
    commit: str
    version: str


def to_json(saved: Saved) -> bytes:
    """The saved form: edits once per distinct need, with the places that need them. Sorted, so equal plans are equal."""
    plan = saved.plan
    document = {
        "format": FORMAT,
        "digest": plan.digest,
        "organization": plan.organization,
        "commit": saved.commit,
        "version": saved.version,
        "places": plan.places,
        "cells": plan.cells,
        "bundles": [
            {
                "edits": [_edit_out(edit) for edit in edits],
                "places": [[place.account, place.region] for place in places],
            }
            for edits, places in plan.bundles
        ],
        "unreadable": [
            [one.target.account, one.target.region, one.because, one.detail, one.expected] for one in plan.unreadable
        ],
        "held": [[one.place.account, one.place.region, one.key, one.why] for one in plan.held],
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def from_json(raw: bytes, *, name: str) -> Saved:
    """Read a saved plan back; `name` is the file name for messages.

    Raises:
        InputError: it is no plan, of another format, or its digest does not fit its content.
    """
    try:
        document = orjson.loads(raw)
        if document["format"] != FORMAT:
            raise InputError(
                f"{name}: format {document['format']!r} is not {FORMAT}; make a new plan with this version"
            )
        plan = _plan_in(document)
        fits = plan.digest == document["digest"]
        saved = Saved(plan, str(document["commit"]), str(document["version"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError(f"{name}: not a saved plan ({what}); make one with `hubposture plan --out {name}`") from error
    if not fits:
        raise InputError(f"{name}: the digest does not fit the content, so it was altered; make a new plan")
    return saved


def _plan_in(document: Mapping[str, Any]) -> Plan:
    organization = document["organization"]
    edits: dict[Target, tuple[Edit, ...]] = {}
    for bundle in document["bundles"]:
        shared = tuple(_edit_in(edit) for edit in bundle["edits"])
        for account, region in bundle["places"]:
            place = Target(organization, account, region)
            if place in edits:
                raise ValueError(f"{place} stands in it twice")
            edits[place] = shared
    return Plan(
        organization=organization,
        edits=edits,
        places=int(document["places"]),
        cells=int(document["cells"]),
        unreadable=tuple(
            Unreadable(Target(organization, account, region), Because(because), detail, expected)
            for account, region, because, detail, expected in document["unreadable"]
        ),
        held=tuple(
            Held(Target(organization, account, region), tuple(key), why)
            for account, region, key, why in document["held"]
        ),
    )


def _edit_out(edit: Edit) -> dict[str, Any]:
    return {
        "stage": edit.stage,
        "kind": edit.kind,
        "key": edit.key,
        "current": edit.current,
        "desired": edit.desired,
        "reason": edit.reason,
        "source": edit.source,
        "weight": edit.weight,
        "because": edit.because,
    }


def _edit_in(raw: Mapping[str, Any]) -> Edit:
    return Edit(
        stage=int(raw["stage"]),
        kind=str(raw["kind"]),
        key=tuple(raw["key"]),
        current=_value_in(raw["current"]),
        desired=_value_in(raw["desired"]),
        reason=str(raw["reason"]),
        source=str(raw["source"]),
        weight=int(raw["weight"]),
        because=str(raw["because"]),
    )


def _value_in(raw: Any) -> Value:
    if isinstance(raw, list):
        return tuple(_value_in(item) for item in raw)
    if raw is None or isinstance(raw, str | int | float | bool):
        return raw
    raise ValueError(f"a value of type {type(raw).__name__} is none a plan holds")
