"""A change of one control's row as somebody asks for it: the workbook with it in, and everything that is wrong with it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.catalog import Catalog
from hubposture.errors import InputErrors
from hubposture.matrix.columns import CONTROLS, SCOPES, SheetSpec
from hubposture.matrix.edits import Edit
from hubposture.matrix.lint import Level, LintFinding, lint
from hubposture.matrix.row_edits import appended_row, edited_row
from hubposture.matrix.rows import ControlRow, Matrix, Parsed, ScopeRow
from hubposture.matrix.scope_names import scope_key
from hubposture.matrix.tables import Table
from hubposture.model.controls import ControlId, Disposition, Severity
from hubposture.model.organization import Organization
from hubposture.ports.repository import NoGit, Repository
from hubposture.verbs.init import owned

FIELDS = (
    "disposition", "reason", "evidence", "approved_by", "reference", "expires", "parameters", "enforce_from",
)  # fmt: skip
"""The cells that are asked for, by column key."""
SCOPE, NAME, OUS, ACCOUNTS = "scope", "scope_name", "scope_ous", "scope_accounts"
"""Fields that say where."""
NEW = "+"
"""The answer to SCOPE that stands for a new one; no scope of a workbook is called so."""
LONGEST = 4_000
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class NewScope:
    """A scope to be made: its name ('' to be called after what it names), OUs by path or id, accounts by id or name."""

    name: str = ""
    ous: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: a control, where ('' for the whole organization), and texts by FIELDS.

    `filled_from` is the scope whose row the texts were begun from: an empty text then empties its cell, in the row of any
    other scope it leaves the cell as it is. None where nothing was filled in.
    """

    control: ControlId
    scope: str
    texts: Mapping[str, str]
    new_scope: NewScope | None = None
    filled_from: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with one field; '' where it is no single field's."""

    field: str
    what: str


@dataclass(frozen=True, slots=True)
class Means:
    """What drafting needs: the baseline and its workbook, how one is read and changed, and the rules of lint.

    `places` are the OUs (paths and ids) and accounts that who drafts may see; None for all there are.
    """

    repository: Repository
    file: str
    read: Callable[[bytes], Parsed]
    patch: Callable[[bytes, Sequence[Edit]], bytes]
    catalog: Catalog
    today: dt.date
    approval_from: Severity
    places: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """The workbook as it is committed: its bytes and matrix; `commit` is '' where there is no git or no commit yet."""

    raw: bytes
    matrix: Matrix
    commit: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A workbook with the change in it; `scope` is the scope's name as the row has it. Nothing may be done with `wrong` ones.

    `doubts` are what lint says beside errors, and errors that were there before.
    """

    asked: Asked
    old: Committed
    raw: bytes
    new: Matrix
    scope: str
    row: Mapping[str, str]
    wrong: tuple[Wrong, ...]
    doubts: tuple[str, ...]


def committed(means: Means) -> Committed:
    """The workbook at HEAD, which a proposal begins from, or of the working tree where nothing was ever committed.

    Raises InputErrors with every cell that cannot be read: nothing can be planned from such a workbook.
    """
    try:
        commit = means.repository.commit()
    except NoGit:
        commit = None
    raw = means.repository.read(means.file, commit.id if commit is not None else None)
    parsed = means.read(raw)
    if parsed.problems:
        raise InputErrors(parsed.problems)
    return Committed(raw, parsed.matrix, commit.id if commit is not None else "")


def row_of(matrix: Matrix, control: ControlId, scope: str) -> ControlRow | None:
    """The row of a control for a scope."""
    wanted = scope_key(scope)
    return next((row for row in matrix.controls if row.control == control and scope_key(row.scope) == wanted), None)


def texts_of(matrix: Matrix, row: ControlRow) -> dict[str, str]:
    """The cells of a row as they stand, by FIELDS."""
    found = _table(matrix, CONTROLS)
    cells = next((one for one in found.rows if one.row == row.at.row), None) if found is not None else None
    return {key: cells.text(key) if cells is not None else "" for key in FIELDS}


def draft(means: Means, asked: Asked, organization: Organization) -> Draft:
    """The change in the committed workbook, checked by lint, all problems at their fields.

    Raises InputErrors for a workbook that cannot be read or changed.
    """
    old = committed(means)
    scope, scope_row, wrong = _scope(old.matrix, asked, organization)
    if asked.control not in means.catalog.controls:
        wrong.append(Wrong("", f"Security Hub has no control {asked.control}, as far as is known here"))
    texts, misfits = _texts(old.matrix, asked, scope)
    wrong += misfits
    if wrong:
        return Draft(asked, old, old.raw, old.matrix, scope, texts, tuple(wrong), ())
    edits, lacking = _edits(means, old.matrix, control=asked.control, scope=scope, texts=texts, scope_row=scope_row)
    if lacking:
        return Draft(asked, old, old.raw, old.matrix, scope, texts, tuple(lacking), ())
    raw = means.patch(old.raw, edits)
    parsed = means.read(raw)
    checked = _checked(means, old.matrix, parsed)
    row = row_of(parsed.matrix, asked.control, scope)
    errors = [one for one in checked if one.level is Level.ERROR]
    doubts = [f"{_place(one.where)}: {one.message}" for one in checked if one.level is not Level.ERROR]
    found = [each for one in errors for each in _at_fields(one, row, parsed.matrix, scope)]
    return Draft(asked, old, raw, parsed.matrix, scope, texts, tuple(dict.fromkeys(found)), tuple(doubts))


# --- where -----------------------------------------------------------------------------------------------------------


def _scope(
    matrix: Matrix, asked: Asked, organization: Organization
) -> tuple[str, Mapping[str, str] | None, list[Wrong]]:
    """(the scope's name, the row that makes it or None, what is wrong)."""
    new = asked.new_scope
    if new is None:
        known = next((row.scope for row in matrix.scopes if scope_key(row.scope) == scope_key(asked.scope)), None)
        if asked.scope and known is None:
            return (
                asked.scope,
                None,
                [Wrong(SCOPE, f"there is no scope {_short(asked.scope)}; choose one, or name a new one")],
            )
        return known or "", None, []
    ous, wrong_ous = _ous(new, organization)
    accounts, wrong_accounts = _accounts(new, organization)
    wrong = [*wrong_ous, *wrong_accounts]
    if not new.ous and not new.accounts:
        wrong.append(Wrong(OUS, "name an OU or an account"))
    if new.ous and new.accounts:
        wrong.append(Wrong(ACCOUNTS, "name OUs or accounts, not both: a scope of both holds where both hold"))
    name = " ".join(new.name.split()) or _called(ous, accounts, organization)
    if same := _same(matrix, ous, accounts):
        return same.scope, None, wrong
    wrong += _named(matrix, name)
    return name, {"scope": name, "ous": "\n".join(ous), "accounts": "\n".join(accounts)}, wrong


def _ous(new: NewScope, organization: Organization) -> tuple[list[str], list[Wrong]]:
    found = {text: organization.unit_by(text) for text in new.ous}
    wrong = [
        Wrong(OUS, f"no OU {_short(text)} with an account in it is known") for text, one in found.items() if one is None
    ]
    return list(dict.fromkeys(one.path for one in found.values() if one is not None)), wrong


def _accounts(new: NewScope, organization: Organization) -> tuple[list[str], list[Wrong]]:
    found: dict[str, None] = {}
    wrong: list[Wrong] = []
    for text in new.accounts:
        meant = [one.id for one in organization.accounts.values() if text in (one.id, one.alias, one.name)]
        if len(meant) == 1 or text in organization.accounts:
            found[text if text in organization.accounts else meant[0]] = None
        elif meant:
            wrong.append(Wrong(ACCOUNTS, f"{_short(text)} means {', '.join(meant[:5])}; give the id of one"))
        else:
            wrong.append(Wrong(ACCOUNTS, f"no account {_short(text)} is known, by id, alias or name"))
    return list(found), wrong


def _called(ous: Sequence[str], accounts: Sequence[str], organization: Organization) -> str:
    """After what it names."""
    if ous:
        return " ".join(one.rpartition("/")[2] or "all" for one in ous)[:_LONGEST_NAME]
    known = [organization.accounts[one] for one in accounts]
    return " ".join(one.alias or one.name or one.id for one in known)[:_LONGEST_NAME]


def _same(matrix: Matrix, ous: Sequence[str], accounts: Sequence[str]) -> ScopeRow | None:
    """A scope that says just this already."""
    for row in matrix.scopes:
        is_plain = not (row.account_tags or row.regions or row.excluding or row.priority is not None)
        if is_plain and (ous or accounts) and set(row.ous) == set(ous) and set(row.accounts) == set(accounts):
            return row
    return None


def _named(matrix: Matrix, name: str) -> Iterator[Wrong]:
    if any(scope_key(row.scope) == scope_key(name) for row in matrix.scopes):
        yield Wrong(NAME, f"there is a scope {_short(name)} that says something else; choose it, or take another name")
    if len(name) > _LONGEST_NAME or name in ("*", NEW) or any(sign in name for sign in ",;\n"):
        yield Wrong(NAME, f"a name has at most {_LONGEST_NAME} signs, without commas and semicolons")


# --- what ------------------------------------------------------------------------------------------------------------


def _texts(matrix: Matrix, asked: Asked, scope: str) -> tuple[dict[str, str], list[Wrong]]:
    """The cells that the row shall have, and what does not fit into them."""
    row = row_of(matrix, asked.control, scope)
    texts = {key: asked.texts.get(key, "").strip() for key in FIELDS}
    if row is not None and (asked.filled_from is None or scope_key(asked.filled_from) != scope_key(scope)):
        there = texts_of(matrix, row)
        texts = {key: text or there[key] for key, text in texts.items()}
    wrong = [
        Wrong(key, f"it has {len(text):,} signs, {LONGEST:,} are kept at most") for key, text in texts.items() if len(text) > LONGEST
    ]  # fmt: skip
    if texts["disposition"] not in [one.value for one in Disposition]:
        wrong.append(Wrong("disposition", f"choose one of {', '.join(Disposition)}"))
    return texts, wrong


def _edits(
    means: Means,
    matrix: Matrix,
    *,
    control: ControlId,
    scope: str,
    texts: Mapping[str, str],
    scope_row: Mapping[str, str] | None,
) -> tuple[list[Edit], list[Wrong]]:
    controls, scopes = _table(matrix, CONTROLS), _table(matrix, SCOPES)
    assert controls is not None  # a workbook without it is not read at all
    lacking = [
        Wrong(
            key, f"the sheet {controls.title} has no column {CONTROLS.column(key).heading}; add it, or leave this empty"
        )
        for key, text in texts.items()
        if text and key not in controls.columns
    ]
    if scope and "scope" not in controls.columns:
        lacking.append(Wrong(SCOPE, f"the sheet {controls.title} has no column Scope; add it"))
    edits: list[Edit] = []
    if scope_row is not None:
        needed = [key for key, text in scope_row.items() if text]
        if scopes is None or not set(needed) <= set(scopes.columns):
            lacking.append(
                Wrong(SCOPE, "the workbook has no sheet Scopes with the columns Scope, OUs and Accounts; add it")
            )
        else:
            edits.append(appended_row(scopes, scope_row))
    row = row_of(matrix, control, scope)
    if row is not None:
        edits += edited_row(controls, row.at.row, texts)
    else:
        edits.append(appended_row(controls, {**owned(control, means.catalog), **texts, "scope": scope}))
    return edits, lacking


def _table(matrix: Matrix, spec: SheetSpec) -> Table | None:
    return next((table for table in matrix.tables if table.spec is spec), None)


# --- checked ---------------------------------------------------------------------------------------------------------


def _checked(means: Means, old: Matrix, parsed: Parsed) -> list[LintFinding]:
    """What lint says of the changed workbook and did not say before; errors of before come as warnings."""
    today, approval = means.today, means.approval_from
    before = lint(Parsed(old, ()), means.catalog, today=today, approval_from=approval)
    known = {(one.rule, one.message) for one in before}
    after = lint(parsed, means.catalog, today=today, approval_from=approval)
    news = [one for one in after if (one.rule, one.message) not in known]
    olds = [replace(one, level=Level.WARNING) for one in before if one.level is Level.ERROR]
    return [*news, *olds]


def _at_fields(one: LintFinding, row: ControlRow | None, matrix: Matrix, scope: str) -> Iterator[Wrong]:
    """An error at the fields it is about: a missing approval at all that is missing."""
    said = f"{one.message}" + (f" ({one.hint})" if one.hint else "")
    if row is not None and one.rule == "approval":
        names = one.message.partition(" without ")[2].split(", ")
        missing = [key for key in FIELDS if CONTROLS.column(key).heading in names]
        yield from (Wrong(key, f"needed to switch it off: {one.hint}") for key in missing)
        return
    yield Wrong(field_of(one.where, row, matrix, scope), said)


def field_of(where: str, row: ControlRow | None, matrix: Matrix, scope: str) -> str:
    """The field that a cell of the row, or of the row of its scope, belongs to; '' for other cells."""
    if row is not None:
        for key in (*FIELDS, "scope"):
            if key in row.at.columns and where == row.at.at(key):
                return SCOPE if key == "scope" else key
    made = next((one for one in matrix.scopes if scope_key(one.scope) == scope_key(scope)), None)
    if made is not None:
        for key, field in (("ous", OUS), ("accounts", ACCOUNTS), ("scope", NAME)):
            if key in made.at.columns and where == made.at.at(key):
                return field
    return ""


def _place(where: str) -> str:
    return where.partition("!")[2] or where


def _short(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return repr(plain if len(plain) <= 60 else f"{plain[:60]}...")  # noqa: PLR2004 (what fits into a line)
