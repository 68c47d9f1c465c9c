"""Names in scopes: which scope a row means, what an Excluding cell names, and what makes scopes unusable."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hubposture.errors import Problem
from hubposture.matrix.rows import ControlRow, Matrix, ScopeRow, StandardRow
from hubposture.model.organization import ACCOUNT_PATTERN, OU_PATTERN, REGION_PATTERN, Organization
from hubposture.texts.near import nearest


def scope_key(name: str) -> str:
    """The form in which names of scopes are compared."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class Excluded:
    """The values of an Excluding cell by what they are."""

    scopes: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()


def sort_excluding(row: ScopeRow, names: Iterable[str], organization: Organization | None = None) -> Excluded:
    """What each value of an Excluding cell is.

    A scope's name (`names` as scope_key gives them) goes first; then what has the form of a tag, an OU id or path, a
    Region or an account id; other words are OU paths if the organization has such an OU, else names of accounts.
    """
    scopes = set(names)
    found: dict[str, list[str]] = {"scope": [], "tag": [], "ou": [], "region": [], "account": []}
    for text in row.excluding:
        found[_kind(text, scopes, organization)].append(text)
    tags = tuple((key.strip(), value.strip()) for key, _, value in (text.partition("=") for text in found["tag"]))
    return Excluded(
        tuple(found["scope"]),
        tuple(found["ou"]),
        tuple(found["account"]),
        tags,
        tuple(text.casefold() for text in found["region"]),
    )


def _kind(text: str, scopes: set[str], organization: Organization | None) -> str:
    if scope_key(text) in scopes:
        return "scope"
    if "=" in text:
        return "tag"
    if text.startswith("/") or re.fullmatch(OU_PATTERN, text):
        return "ou"
    if re.fullmatch(REGION_PATTERN, text.casefold()):
        return "region"
    is_account = re.fullmatch(ACCOUNT_PATTERN, text) is not None
    is_unit = organization is not None and not is_account and organization.unit_by(text) is not None
    return "ou" if is_unit else "account"


def scope_problems(matrix: Matrix) -> tuple[Problem, ...]:
    """What makes the scopes of a matrix impossible to resolve: unknown names in rows, names twice, circles.

    Sorted by place.
    """
    first: dict[str, ScopeRow] = {}
    problems: list[Problem] = []
    for row in matrix.scopes:
        other = first.setdefault(scope_key(row.scope), row)
        if other is not row:
            what = f"the scope {row.scope} is defined twice, also in {other.at.at('scope')}"
            problems.append(Problem(row.at.at("scope"), what, "rename one, or make them one row"))
    problems += _unknown(matrix, first)
    problems += _circles(first)
    return tuple(sorted(problems))


def _unknown(matrix: Matrix, known: Mapping[str, ScopeRow]) -> Iterable[Problem]:
    names = [row.scope for row in known.values()]
    rows: tuple[ControlRow | StandardRow, ...] = (*matrix.controls, *matrix.standards)
    for row in rows:
        if row.scope and scope_key(row.scope) not in known:
            hint = nearest(row.scope, names) or "define it in the Scopes sheet; a row takes one scope"
            yield Problem(row.at.at("scope"), f"there is no scope {row.scope}", hint)


def _circles(known: Mapping[str, ScopeRow]) -> Iterable[Problem]:
    outer = {key: tuple(map(scope_key, sort_excluding(row, known).scopes)) for key, row in known.items()}
    for key, row in known.items():
        reached: set[str] = set()
        ahead = list(outer[key])
        while ahead:
            at = ahead.pop()
            if at not in reached:
                reached.add(at)
                ahead.extend(outer[at])
        if key in reached:
            what = f"the scope {row.scope} excludes itself in the end"
            yield Problem(row.at.at("excluding"), what, "break the circle of exclusions")
