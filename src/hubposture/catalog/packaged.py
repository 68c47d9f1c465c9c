"""The packaged data: controls.csv and parameters.csv beside this file (refreshed by tools/catalog_build.py)."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from hubposture.catalog.entries import CatalogControl, Membership, RetiredControl
from hubposture.catalog.standards import STANDARDS
from hubposture.model.controls import Severity, Standard, control_id
from hubposture.model.parameters import ParameterKind, ParameterSpec, ParameterValue

Specs = Mapping[str, tuple[ParameterSpec, ...]]


def read_packaged() -> tuple[list[CatalogControl], list[RetiredControl]]:
    """The packaged live and retired controls, in natural order of their ids."""
    specs = _specs()
    controls, retired = [], []
    columns: list[tuple[str, Standard]] | None = None
    for row in _rows("controls.csv"):
        if row["status"] == "retired":
            retired.append(RetiredControl(control_id(row["control"]), row["control"], row["title"], _day(row["since"])))
            continue
        if columns is None:
            columns = sorted(((each.key, each) for each in STANDARDS if each.key in row), key=lambda pair: pair[1])
        controls.append(_control(row, specs, columns))
    return controls, retired


def _rows(name: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _control(row: dict[str, str], specs: Specs, columns: list[tuple[str, Standard]]) -> CatalogControl:
    membership: Membership = tuple(
        (standard, () if row[key] == "yes" else tuple(row[key].split(";"))) for key, standard in columns if row[key]
    )
    return CatalogControl(
        id=control_id(row["control"]),
        shown=row["control"],
        title=row["title"],
        service=row["service"],
        severity=Severity(row["severity"]),
        schedule=row["schedule"],
        resource=row["resource"],
        rule=row["rule"],
        customizable=row["customizable"] == "yes",
        parameters=specs.get(row["control"], ()),
        membership=membership,
        is_global=row["global"] == "yes",
        only_region=row["only region"],
        retiring=_day(row["since"]),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _specs() -> Specs:
    found: dict[str, tuple[ParameterSpec, ...]] = {}
    for row in _rows("parameters.csv"):
        found[row["control"]] = (*found.get(row["control"], ()), _spec(row))
    return found


def _spec(row: dict[str, str]) -> ParameterSpec:
    kind = ParameterKind(row["kind"])
    return ParameterSpec(
        name=row["name"],
        kind=kind,
        default=_value(kind, row["default"]) if row["default"] else None,
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        choices=tuple(row["choices"].split(";")) if row["choices"] else (),
        max_items=int(row["max items"]) if row["max items"] else None,
    )


def _value(kind: ParameterKind, text: str) -> ParameterValue:
    """A default as written in the file: lists joined by `;`, truth as true or false."""
    match kind:
        case ParameterKind.INTEGER:
            return int(text)
        case ParameterKind.DOUBLE:
            return float(text)
        case ParameterKind.BOOLEAN:
            return text == "true"
        case ParameterKind.INTEGER_LIST:
            return tuple(int(item) for item in text.split(";"))
        case ParameterKind.STRING_LIST | ParameterKind.ENUM_LIST:
            return tuple(text.split(";"))
        case ParameterKind.STRING | ParameterKind.ENUM:
            return text
