"""The form of a change: what can be chosen, what a row says already, and what was sent."""

from collections.abc import Iterable, Mapping, Sequence

from hubposture.matrix.rows import Matrix, ScopeRow
from hubposture.model.controls import ControlId
from hubposture.verbs.control_draft import (
    ACCOUNTS,
    FIELDS,
    NAME,
    NEW,
    OUS,
    SCOPE,
    Asked,
    Means,
    NewScope,
    Wrong,
    row_of,
    texts_of,
)
from hubposture.views.pages.control_form import Filled, Scope

_LONGEST = 120
_SENT = (SCOPE, NAME, OUS, ACCOUNTS, *FIELDS, "fresh", "filled_from", "digest")


def asked_of(control: ControlId, fields: Mapping[str, str]) -> Asked:
    """What a form asks for."""
    scope = fields.get(SCOPE, "")
    new = None
    if scope == NEW:
        new = NewScope(fields.get(NAME, "").strip(), _lines(fields.get(OUS, "")), _lines(fields.get(ACCOUNTS, "")))
    texts = {key: fields.get(key, "") for key in FIELDS}
    return Asked(control, "" if scope == NEW else scope, texts, new, fields.get("filled_from"))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def begun(matrix: Matrix, control: ControlId, given: Mapping[str, str]) -> dict[str, str]:
    """The fields to begin with: those of the row of the scope that is asked for, with what is given over them."""
    scope = given.get(SCOPE, "")
    row = row_of(matrix, control, scope) if scope != NEW else None
    there = texts_of(matrix, row) if row is not None else {}
    asked = {key: given[key] for key in _SENT if key in given}
    return {**there, **asked, SCOPE: scope, "filled_from": scope if row is not None else NEW}


def filled(
    means: Means,
    matrix: Matrix,
    control: ControlId,
    *,
    values: Mapping[str, str],
    wrong: Iterable[Wrong] = (),
    general: Sequence[str] = (),
) -> Filled:
    """The form with values, and what is wrong with them."""
    known = means.catalog.controls.get(control)
    problems: dict[str, list[str]] = {}
    shown = {name for name in _SENT if name not in ("filled_from", "digest")}
    for one in wrong:
        problems.setdefault(one.field if one.field in shown else "", []).append(one.what)
    return Filled(
        control=known.shown if known is not None else means.catalog.shown(control),
        title=known.title if known is not None else "",
        severity=str(known.severity) if known is not None else "",
        values={key: values.get(key, "") for key in _SENT},
        scopes=[
            _scope(matrix, control, "", ""),
            *(_scope(matrix, control, one.scope, _says(one)) for one in matrix.scopes if _is_seen(one, means.places)),
        ],
        new=NEW,
        approval_from=str(means.approval_from),
        problems=problems,
        general=[*general, *problems.get("", ())],
    )


def _scope(matrix: Matrix, control: ControlId, name: str, says: str) -> Scope:
    row = row_of(matrix, control, name)
    return Scope(name, says, str(row.disposition or "nothing") if row is not None else "")


def _is_seen(row: ScopeRow, places: frozenset[str] | None) -> bool:
    """Whether somebody who may see these places may see what a scope names."""
    return places is None or places.issuperset((*row.ous, *row.accounts, *row.excluding))


def _says(row: ScopeRow) -> str:
    tags = [f"{key}={value}" for key, value in row.account_tags]
    said = ", ".join([*row.ous, *row.accounts, *tags, *row.regions, *(f"not {one}" for one in row.excluding)])
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
