"""Findings as plain JSON and back, so that a sandbox can be stopped and started again."""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hubposture.sandbox.catalogue import Catalogue
from hubposture.sandbox.findings_record import (
    Beat,
    Body,
    ControlBody,
    Customer,
    HistoryEntry,
    ImportedBody,
    Record,
    ResourceRef,
)
from hubposture.sandbox.lifecycle_watch import Subject, Wanted, Watch

_TIMES = ("created_at", "updated_at", "first_observed_at", "processed_at")
_TEXTS = (
    "product_arn",
    "id",
    "account",
    "region",
    "compliance",
    "severity",
    "workflow",
    "record_state",
    "previous",
    "archival_reason",
    "account_name",
)


def dump_record(record: Record) -> dict[str, Any]:
    """A record as plain JSON; the beat it follows is left to the one who dumps the watches."""
    state: dict[str, Any] = {name: getattr(record, name) for name in _TEXTS}
    state |= {name: getattr(record, name).isoformat() for name in _TIMES}
    state |= {
        "reasons": list(record.reasons),
        "standards": list(record.standards),
        "parameters": [[name, list(values)] for name, values in record.parameters],
        "customer": record.customer.members if record.customer else None,
        "history": [
            [one.at.isoformat(), one.created, one.by_customer, one.identity, [list(update) for update in one.updates]]
            for one in record.history or []
        ],
        "body": _dump_body(record.body),
    }
    return state


def _dump_body(body: Body) -> list[Any]:
    resources = [[one.type, one.id, one.region, dict(one.tags), dict(one.details)] for one in body.resources]
    if isinstance(body, ControlBody):
        return ["control", body.control.id, body.standard.path if body.standard else "", body.partition, resources]
    raw = body.raw if isinstance(body, ImportedBody) else b""
    return ["imported", body.control_id, body.generator_id, base64.b64encode(raw).decode(), resources]


def load_record(state: Mapping[str, Any], catalogue: Catalogue) -> Record:
    """The record that `dump_record` gave; it follows no beat yet."""
    return Record(
        **{name: state[name] for name in _TEXTS},
        **{name: datetime.fromisoformat(state[name]) for name in _TIMES},  # type: ignore[arg-type]  # times by name
        reasons=tuple(state["reasons"]),
        standards=tuple(state["standards"]),
        parameters=tuple((name, tuple(values)) for name, values in state["parameters"]),
        customer=Customer(dict(state["customer"])) if state["customer"] else None,
        history=[
            HistoryEntry(
                datetime.fromisoformat(at), created, by_customer, identity, tuple((u[0], u[1], u[2]) for u in updates)
            )
            for at, created, by_customer, identity, updates in state["history"]
        ],
        body=_load_body(state["body"], catalogue),
    )


def _load_body(state: Iterable[Any], catalogue: Catalogue) -> Body:
    kind, first, second, third, listed = state
    resources = tuple(ResourceRef(*one) for one in listed)
    if kind == "control":
        standard = catalogue.standards[second] if second else None
        return ControlBody(catalogue.controls[first], standard, resources[0], catalogue, third)
    return ImportedBody(base64.b64decode(third), first, second, resources)


def dump_watch(watch: Watch) -> dict[str, Any]:
    """A watch as plain JSON; findings by their ids, those that follow a beat named with it."""
    wanted = watch.wanted
    return {
        "beats": [watch.periodic.at.isoformat(), watch.changes.at.isoformat()],
        "wanted": [
            wanted.hub_on,
            wanted.recorder_on,
            wanted.consolidated,
            {key: list(paths) for key, paths in wanted.controls.items()},
            {key: dict(values) for key, values in wanted.values.items()},
        ],
        "round": watch.round,
        "epoch": watch.epoch,
        "generations": watch.generations,
        "broken": sorted(watch.broken),
        "late": sorted(map(list, watch.late)),
        "subjects": {
            control: {
                resource: {slot: [list(record.key), _beat_name(record, watch)] for slot, record in subject.items()}
                for resource, subject in subjects.items()
            }
            for control, subjects in watch.subjects.items()
        },
    }


def _beat_name(record: Record, watch: Watch) -> str:
    if record.beat is None:
        return ""
    return "periodic" if record.beat is watch.periodic else "changes"


def load_watch(state: Mapping[str, Any], records: Mapping[tuple[str, str], Record]) -> Watch:
    """The watch that `dump_watch` gave, its findings taken from `records` by (ProductArn, Id)."""
    hub_on, recorder_on, consolidated, controls, values = state["wanted"]
    periodic, changes = (Beat(datetime.fromisoformat(at)) for at in state["beats"])
    watch = Watch(
        periodic,
        changes,
        wanted=Wanted(
            hub_on,
            recorder_on,
            consolidated,
            {key: tuple(paths) for key, paths in controls.items()},
            {key: _as_values(held) for key, held in values.items()},
        ),
        round=state["round"],
        epoch=state["epoch"],
        generations=dict(state["generations"]),
        broken=set(state["broken"]),
        late={(one[0], one[1]) for one in state["late"]},
    )
    beats = {"": None, "periodic": periodic, "changes": changes}
    for control, subjects in state["subjects"].items():
        for resource, slots in subjects.items():
            subject: Subject = watch.subjects.setdefault(control, {}).setdefault(resource, {})
            for slot, (key, beat) in slots.items():
                subject[slot] = records[key[0], key[1]]
                subject[slot].beat = beats[beat]
    return watch


def _as_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
